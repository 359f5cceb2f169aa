"""macOS: NSWorkspace's sleep and wake notifications, idle time by CoreGraphics.

Needs pyobjc (installed by the ``desktop`` extra on macOS). ``WORKSPACE`` maps the recorded
notification names to what they mean; it is the part that can be tested anywhere.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import sys
from collections.abc import Callable
from typing import Any

# NSWorkspace.h; screens sleeping alone leave the network up, so they are not sleep.
WORKSPACE = {
    "NSWorkspaceWillSleepNotification": "sleep",
    "NSWorkspaceDidWakeNotification": "wake",
}

_COMBINED_SESSION, _ANY_INPUT = 0, 0xFFFFFFFF  # CGEventSource.h


class WorkspaceEvents:
    """Turns notification names into calls, each sleep and wake once."""

    def __init__(self, on_sleep: Callable[[], None], on_wake: Callable[[], None]) -> None:
        self._on_sleep = on_sleep
        self._on_wake = on_wake
        self._asleep = False
        self._tokens: list[Any] = []

    def read(self, name: str) -> None:
        """Act on one notification; a name that is not ours does nothing."""
        meaning = WORKSPACE.get(name)
        if meaning == "sleep" and not self._asleep:
            self._asleep = True
            self._on_sleep()
        elif meaning == "wake":
            self._asleep = False
            self._on_wake()

    def start(self) -> None:
        """Subscribe with NSWorkspace; raises ImportError where pyobjc is missing."""
        from AppKit import NSWorkspace  # type: ignore[import-not-found]

        center = NSWorkspace.sharedWorkspace().notificationCenter()
        for name in WORKSPACE:
            token = center.addObserverForName_object_queue_usingBlock_(
                name, None, None, lambda note: self.read(str(note.name()))
            )
            self._tokens.append((center, token))

    def stop(self) -> None:
        """Unsubscribe."""
        for center, token in self._tokens:
            center.removeObserver_(token)
        self._tokens.clear()


def idle() -> float | None:
    """Seconds since the last input of the session; None if CoreGraphics is not there."""
    if sys.platform != "darwin":
        return None
    path = ctypes.util.find_library("CoreGraphics")
    if path is None:
        return None
    ask = ctypes.CDLL(path).CGEventSourceSecondsSinceLastEventType
    ask.restype = ctypes.c_double
    ask.argtypes = (ctypes.c_int32, ctypes.c_uint32)
    return float(ask(_COMBINED_SESSION, _ANY_INPUT))
