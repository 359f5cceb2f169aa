"""When to start a diagnosis (``mars/stn/src/net_check_logic.cc``), sans-I/O.

Each link keeps the last 32 results of its tasks and connections.

Rules
    1. A link whose latest 8 results have fewer than 3 good ones, after 8 with more than 5, went
       bad: a diagnosis is due, at a bad result.
    2. Not within 5 min of the last one, and 10 min more for each since all was well (each of both
       links had more than 5 good among its latest 8).
    3. And not more than one an hour.

Differs from Mars: its bit window leaves out the newest result, and so judges one result late; and
its hourly limit lets the second one through.
"""

from __future__ import annotations

from dataclasses import dataclass

from netcore.observe import Event
from netcore.runtime.clock import NEVER

_LATEST = 8
_MASK = (1 << _LATEST) - 1
_ALL = 0xFFFFFFFF


@dataclass(frozen=True, slots=True, kw_only=True)
class NetCheckSettings:
    """Counts of 8 results, and times in seconds."""

    below: int = 3  # kCheckifBelowCount
    above: int = 5  # kCheckifAboveCount
    gap: float = 5 * 60  # kMinCheckTimeSpan
    gap_step: float = 10 * 60  # kCheckTimeSpanIncrementStep
    limit: float = 60 * 60  # kLimitTimeSpan


@dataclass(frozen=True, slots=True, kw_only=True)
class NetCheckDue(Event):
    """A link went bad after it was good; ``good`` of its latest 8 results were."""

    longlink: bool
    good: int


class NetCheck:
    """Watches the results of both kinds of link. The rules are in the module's docstring."""

    __slots__ = ("_last", "_long", "_settings", "_short", "_steps")

    def __init__(self, settings: NetCheckSettings | None = None) -> None:
        self._settings = settings or NetCheckSettings()
        self._long = _ALL  # a bit a result, the newest is bit 0; 1 is good
        self._short = _ALL
        self._last = -NEVER
        self._steps = 0

    def good(self, *, longlink: bool) -> int:
        """How many of a link's latest 8 results were good."""
        return ((self._long if longlink else self._short) & _MASK).bit_count()

    def on_good(self, *, longlink: bool) -> None:
        """A task or a connection went well."""
        if (self._long if longlink else self._short) == _ALL and not self._steps:
            return  # as most of the time
        if longlink:
            self._long = (self._long << 1 | 1) & _ALL
        else:
            self._short = (self._short << 1 | 1) & _ALL
        worse = min(self.good(longlink=True), self.good(longlink=False))
        if worse > self._settings.above:
            self._steps = 0

    def on_bad(self, now: float, *, longlink: bool) -> bool:
        """A task or a connection failed; whether a diagnosis is due now."""
        if longlink:
            records = self._long = self._long << 1 & _ALL
        else:
            records = self._short = self._short << 1 & _ALL
        settings = self._settings
        if (records & _MASK).bit_count() >= settings.below:
            return False
        if (records >> _LATEST & _MASK).bit_count() <= settings.above:
            return False
        if now - self._last < max(settings.limit, settings.gap + self._steps * settings.gap_step):
            return False
        self._last = now
        self._steps += 1
        return True
