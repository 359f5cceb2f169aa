"""How many files and sockets this process has open. Mars: ``mars/comm/fd_info.cc``."""

from __future__ import annotations

import os
import stat
import sys
from dataclasses import dataclass

_FOLDERS = ("/proc/self/fd", "/dev/fd")


@dataclass(frozen=True, slots=True)
class OpenFiles:
    """``sockets`` are part of ``total``; -1 where the system does not tell.

    ``limit`` is how many the process may have; -1 for no limit, or where there is none to ask for.
    On Windows ``total`` counts handles of every kind.
    """

    total: int
    sockets: int
    limit: int

    def __str__(self) -> str:
        if self.total < 0:
            return "open files unknown"
        sockets = f", {self.sockets} of them sockets" if self.sockets >= 0 else ""
        limit = f" of {self.limit}" if self.limit >= 0 else ""
        return f"{self.total}{limit} open files{sockets}"


def count_open() -> OpenFiles:
    """The count now; raises nothing."""
    if sys.platform == "win32":
        return OpenFiles(_handles(), -1, -1)
    for folder in _FOLDERS:
        try:
            numbers = [int(name) for name in os.listdir(folder) if name.isdigit()]  # noqa: PTH208
        except OSError:
            continue
        total = sockets = 0
        for number in numbers:
            try:
                mode = os.fstat(number).st_mode
            except OSError:  # the listing's own descriptor, closed by now
                continue
            total += 1
            sockets += stat.S_ISSOCK(mode)
        return OpenFiles(total, sockets, _limit())
    return OpenFiles(-1, -1, -1)


def _limit() -> int:
    if sys.platform == "win32":
        return -1
    import resource

    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return -1 if soft == resource.RLIM_INFINITY else soft


def _handles() -> int:
    if sys.platform != "win32":
        return -1
    import ctypes
    from ctypes import wintypes

    count = wintypes.DWORD()
    kernel = ctypes.WinDLL("kernel32")
    kernel.GetCurrentProcess.restype = wintypes.HANDLE
    kernel.GetProcessHandleCount.argtypes = [wintypes.HANDLE, ctypes.POINTER(wintypes.DWORD)]
    if not kernel.GetProcessHandleCount(kernel.GetCurrentProcess(), ctypes.byref(count)):
        return -1
    return int(count.value)
