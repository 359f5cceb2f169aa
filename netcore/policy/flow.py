"""Bounds what may be sent on a mobile network (``mars/stn/src/flow_limit.cc``), sans-I/O.

A funnel of ``volume`` (80 MiB): each body sent fills it, and it runs dry at ``active_rate`` (80 MiB
an hour) or, while the application is inactive, at ``inactive_rate`` (20 MiB an hour). A body that
would overflow it is refused and does not fill it. On becoming inactive a funnel fuller than
``inactive_volume`` (60 MiB) is set back to that, so that 20 MiB may go out at once.

The caller asks on mobile networks only.
"""

from __future__ import annotations

from dataclasses import dataclass

from netcore.errors import ConfigError
from netcore.observe import Event

_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowSettings:
    """Bytes, and bytes a second."""

    volume: int = 80 * _MIB  # kMaxVol
    active_rate: float = 80 * _MIB / 3600  # kActiveSpeed
    inactive_rate: float = 20 * _MIB / 3600  # kInactiveSpeed
    inactive_volume: int = 60 * _MIB  # kInactiveMinvol

    def __post_init__(self) -> None:
        if self.volume <= 0 or self.active_rate < 0 or self.inactive_rate < 0:
            raise ConfigError("the flow limit needs a volume above 0 and rates of 0 or more")


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowRefused(Event):
    """A task of ``size`` bytes was refused; ``used`` of ``volume`` bytes are taken."""

    task_id: int
    cmdid: int
    cgi: str
    size: int
    used: int
    volume: int


class FlowLimit:
    """The funnel. The rules are in the module's docstring."""

    __slots__ = ("_at", "_rate", "_settings", "_used")

    def __init__(self, now: float, *, active: bool, settings: FlowSettings | None = None) -> None:
        self._settings = settings or FlowSettings()
        self._rate = self._settings.active_rate if active else self._settings.inactive_rate
        self._used = 0.0
        self._at = now

    @property
    def volume(self) -> int:
        """Bytes that the funnel holds."""
        return self._settings.volume

    def used(self, now: float) -> float:
        """Bytes in the funnel at ``now``."""
        return max(0.0, self._used - (now - self._at) * self._rate)

    def passes(self, size: int, now: float) -> bool:
        """Whether ``size`` bytes may go out; if so they are in the funnel."""
        self._used = self.used(now)
        self._at = now
        if self._used + size > self._settings.volume:
            return False
        self._used += size
        return True

    def on_active(self, active: bool, now: float) -> None:
        """The application became active or inactive."""
        self._used = self.used(now)
        self._at = now
        if active:
            self._rate = self._settings.active_rate
        else:
            self._rate = self._settings.inactive_rate
            self._used = min(self._used, self._settings.inactive_volume)
