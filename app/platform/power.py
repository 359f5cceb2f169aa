"""Whether the machine runs on mains power or on its battery.

========  ==================================================================================
Linux     ``/sys/class/power_supply``: mains and USB supplies, batteries of the system
Windows   ``GetSystemPowerStatus``: ``ACLineStatus``
macOS     ``pmset -g ps``: its first line
========  ==================================================================================

The decisions take what was read and can be tested on any system. :func:`read_power` blocks for
some milliseconds: call it in a thread.
"""

from __future__ import annotations

import ctypes
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from netcore.events import PowerSource

SUPPLIES = Path("/sys/class/power_supply")
_ASK_FOR = 5.0  # seconds that a program may take to answer


def read_power(system: str = sys.platform) -> PowerSource:
    """What the machine runs on now; raises nothing."""
    if system == "linux":
        return judge_supplies(read_supplies(SUPPLIES)) if SUPPLIES.is_dir() else PowerSource.UNKNOWN
    if system == "win32":
        return judge_line_status(_line_status())
    if system == "darwin":
        return judge_pmset(_pmset())
    return PowerSource.UNKNOWN


def read_supplies(folder: Path) -> list[dict[str, str]]:
    """The ``type``, ``online``, ``status`` and ``scope`` of each supply; "" for what is not there.

    See ``Documentation/ABI/testing/sysfs-class-power`` of the Linux kernel.
    """
    try:
        supplies = sorted(folder.iterdir())
    except OSError:
        return []
    names = ("type", "online", "status", "scope")
    return [{name: _line(supply / name) for name in names} for supply in supplies]


def _line(path: Path) -> str:
    try:
        return path.read_text("utf-8", errors="replace").strip()
    except OSError:
        return ""


def judge_supplies(supplies: Iterable[Mapping[str, str]]) -> PowerSource:
    """Linux's answer from what :func:`read_supplies` read.

    =============================================  ===========
    supplies (those of mice and headsets left out)  source
    =============================================  ===========
    one that is no battery and is online            MAINS
    a battery that discharges                       BATTERY
    a battery that charges or is full               MAINS
    no battery                                      MAINS
    else                                            UNKNOWN
    =============================================  ===========
    """
    ours = [each for each in supplies if each["scope"] != "Device"]
    batteries = [each for each in ours if each["type"] == "Battery"]
    if any(each["type"] != "Battery" and each["online"] not in ("", "0") for each in ours):
        return PowerSource.MAINS
    if not batteries:
        return PowerSource.MAINS
    states = {each["status"] for each in batteries}
    if "Discharging" in states:
        return PowerSource.BATTERY
    if states & {"Charging", "Full"}:
        return PowerSource.MAINS
    return PowerSource.UNKNOWN


def judge_line_status(status: int) -> PowerSource:
    """Windows' answer from ``ACLineStatus``: 0 offline, 1 online, 255 unknown (winbase.h)."""
    return {0: PowerSource.BATTERY, 1: PowerSource.MAINS}.get(status, PowerSource.UNKNOWN)


def judge_pmset(text: str) -> PowerSource:
    """macOS's answer from the first line of ``pmset -g ps``."""
    first = text.partition("\n")[0]
    if "'AC Power'" in first:
        return PowerSource.MAINS
    if "'Battery Power'" in first or "'UPS Power'" in first:
        return PowerSource.BATTERY
    return PowerSource.UNKNOWN


class _PowerStatus(ctypes.Structure):
    """winbase.h's SYSTEM_POWER_STATUS."""

    _fields_ = (
        ("ACLineStatus", ctypes.c_ubyte),
        ("BatteryFlag", ctypes.c_ubyte),
        ("BatteryLifePercent", ctypes.c_ubyte),
        ("SystemStatusFlag", ctypes.c_ubyte),
        ("BatteryLifeTime", ctypes.c_ulong),
        ("BatteryFullLifeTime", ctypes.c_ulong),
    )


def _line_status() -> int:
    if sys.platform != "win32":
        return 255
    status = _PowerStatus()
    if not ctypes.windll.kernel32.GetSystemPowerStatus(ctypes.byref(status)):
        return 255
    return int(status.ACLineStatus)


def _pmset() -> str:
    try:
        return subprocess.run(
            ["/usr/bin/pmset", "-g", "ps"],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_ASK_FOR,
            check=False,
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return ""
