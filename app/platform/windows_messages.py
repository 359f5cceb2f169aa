"""What Windows's messages mean (sans-I/O, testable anywhere).

Source: WM_POWERBROADCAST and GetLastInputInfo in the Windows API reference (winuser.h).
"""

from __future__ import annotations

import enum

WM_POWERBROADCAST = 0x0218

_PBT_APMSUSPEND = 0x0004
_PBT_APMRESUMESUSPEND = 0x0007
_PBT_APMRESUMEAUTOMATIC = 0x0012

_TICKS = 1 << 32  # GetTickCount and dwTime wrap after 49.7 days


class Power(enum.Enum):
    """What a power message says."""

    SLEEP = enum.auto()
    WAKE = enum.auto()


class PowerMessages:
    """Turns WM_POWERBROADCAST into sleep and wake, each once.

    ============================  =========  ======================================
    wParam                        asleep?    means
    ============================  =========  ======================================
    PBT_APMSUSPEND                no         sleep
    PBT_APMSUSPEND                yes        nothing (repeated)
    PBT_APMRESUMEAUTOMATIC        any        wake: always sent first
    PBT_APMRESUMESUSPEND          yes        wake
    PBT_APMRESUMESUSPEND          no         nothing: the person came after the wake
    ============================  =========  ======================================

    A wake without a sleep is believed: Windows need not announce a critical suspend.
    """

    def __init__(self) -> None:
        self._asleep = False

    def read(self, message: int, wparam: int) -> Power | None:
        """The meaning of one message, if any."""
        if message != WM_POWERBROADCAST:
            return None
        if wparam == _PBT_APMSUSPEND and not self._asleep:
            self._asleep = True
            return Power.SLEEP
        if wparam == _PBT_APMRESUMEAUTOMATIC or (wparam == _PBT_APMRESUMESUSPEND and self._asleep):
            self._asleep = False
            return Power.WAKE
        return None


def idle_seconds(now_ticks: int, last_input_ticks: int) -> float:
    """Seconds between two 32-bit millisecond tick counts, across the wrap."""
    return ((now_ticks - last_input_ticks) % _TICKS) / 1000.0
