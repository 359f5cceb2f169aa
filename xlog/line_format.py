"""Mars's line, made fast (``mars/xlog/src/formater.cc``); :mod:`xlog.record` says its form.

What changes seldom is kept ready: the date for a second, the milliseconds as a table, process and
thread id for each thread.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import threading
import time

from xlog.record import LETTERS, date_text
from xlog.settings import AppenderConfig, Mode

LEVEL_HEADS = tuple(f"[{letter}][" for letter in LETTERS)
MILLISECONDS = tuple(f".{number:03}][" for number in range(1001))


class SecondText:
    """The date of one second, and its local hour."""

    __slots__ = ("hour", "second", "text")

    def __init__(self, second: int) -> None:
        local = time.localtime(second)
        self.second = second
        self.hour = local.tm_hour
        self.text = date_text(second, local.tm_gmtoff)


class ThreadText(threading.local):
    """``pid, tid*][`` of the thread that asks; the star marks the main thread."""

    def __init__(self) -> None:
        main = threading.main_thread().ident == threading.get_ident()
        self.text = thread_text(threading.get_native_id(), main=main)


def thread_text(tid: int, *, main: bool) -> str:
    """``pid, tid*][``."""
    return f"{os.getpid()}, {tid}{'*' if main else ''}]["


def mark_text(now: float) -> str:
    """Process, thread and time, as Mars's marks name them."""
    at = time.strftime("%Y-%m-%d %z %H:%M:%S", time.localtime(now))
    return f"[{os.getpid()},{threading.get_native_id()}][{at}]"


def opening_marks(config: AppenderConfig, spent: float, *, mapped: bool) -> list[str]:
    """The lines that Mars writes when a log is opened; opening took ``spent`` seconds."""
    now = time.time()
    stamp = time.strftime("%b %d %Y^^^%H:%M:%S", time.localtime(now))
    mode = 0 if config.mode is Mode.ASYNC else 1
    texts = [
        f"^^^^^^^^^^{stamp}^^^^^^^^^^{mark_text(now)}\n",
        f"get mmap time: {int(spent * 1000)}\n",
        f"log appender mode:{mode}, use mmap:{int(mapped)}\n",
    ]
    for name, folder in (("cache", config.cache_dir), ("log", config.log_dir)):
        with contextlib.suppress(OSError):
            if folder:
                usage = shutil.disk_usage(folder)
                texts.append(
                    f"{name} dir space info, capacity:{usage.total} free:{usage.free} "
                    f"available:{usage.free}\n"
                )
    return texts


def closing_mark() -> str:
    """The line that Mars writes when a log is closed."""
    now = time.time()
    stamp = time.strftime("%b %d %Y$$$%H:%M:%S", time.localtime(now))
    return f"$$$$$$$$$${stamp}$$$$$$$$$${mark_text(now)}\n"


def encode(text: str) -> bytes:
    """UTF-8; lone surrogates become the bytes they stand for, or an escape."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        pass
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "backslashreplace")
