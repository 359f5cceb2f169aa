"""How good the network is recently, for the time-outs (``mars/stn/src/dynamic_timeout.cc``).

Sans-I/O. Each ended attempt is told: its size (sent and received) and its cost, or that it failed.
An attempt is "good" when it cost no more than is expected of its size.

Rules
    1. ``excellent_count`` good attempts in a row, one of them of ``small`` bytes or more and not
       older than ``expiry``, make the level EXCELLENT. Only a failure ends that.
    2. Of the last ten attempts, ``bad_count`` or fewer that did not fail make it BAD.
    3. BAD ends when, counted from the moment it began, more than ``bad_count`` of ten did not fail.
    4. The count of ten starts again after ``expiry``: all well, or while BAD all failed.

==========  ==========================  ==========
level       event                       next
==========  ==========================  ==========
EVALUATING  rule 1                      EXCELLENT
EVALUATING  rule 2                      BAD
EXCELLENT   a failure                   EVALUATING
BAD         rule 3                      EVALUATING
any         another network             EVALUATING
==========  ==========================  ==========

Differs from Mars: there only the short link's failures count; here those of both links do.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

from netcore.errors import ConfigError
from netcore.runtime.clock import NEVER

_WINDOW = 10
_ALL = (1 << _WINDOW) - 1


class NetworkQuality(IntEnum):
    """How the network does (``DynamicTimeoutStatus``)."""

    EVALUATING = 1
    EXCELLENT = 2
    BAD = 3


_EVALUATING, _EXCELLENT, _BAD = (
    NetworkQuality  # to look one up takes long, and each answer needs it
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedCosts:
    """Seconds that a good attempt takes at most, by its size in bytes."""

    small: float = 0.5  # below DynamicSettings.small
    middle: float = 2.0
    big: float = 4.0
    bigger: float = 6.0  # above DynamicSettings.big


@dataclass(frozen=True, slots=True, kw_only=True)
class DynamicSettings:
    """Sizes in bytes, times in seconds (``kDynTime...`` in ``mars/stn/config.h``)."""

    small: int = 3 * 1024
    middle: int = 10 * 1024
    big: int = 30 * 1024
    wifi: ExpectedCosts = field(default_factory=ExpectedCosts)
    mobile: ExpectedCosts = field(
        default_factory=lambda: ExpectedCosts(small=1.0, middle=3.0, big=5.0, bigger=7.0)
    )
    excellent_count: int = 10
    bad_count: int = 6
    expiry: float = 5 * 60

    def __post_init__(self) -> None:
        if not 0 <= self.bad_count < _WINDOW:
            raise ConfigError(f"bad_count must be 0 to {_WINDOW - 1}, not {self.bad_count}")


class DynamicTimeout:
    """Judges the network by its latest attempts. Rules: the module's docstring."""

    __slots__ = ("_big_at", "_costs", "_good", "_place", "_settings", "_since", "_window", "level")

    def __init__(self, settings: DynamicSettings | None = None) -> None:
        self._settings = settings or DynamicSettings()
        self._costs = self._settings.wifi
        self.reset(mobile=False)

    def reset(self, *, mobile: bool) -> None:
        """Another network: nothing is known of it."""
        self.level = _EVALUATING
        self._costs = self._settings.mobile if mobile else self._settings.wifi
        self._good = 0  # good attempts in a row
        self._big_at = -NEVER  # of the latest good one that was not small
        self._window = _ALL  # a bit an attempt, set when it did not fail
        self._place = -1
        self._since = -NEVER  # when the window began

    def on_answer(self, size: int, cost: float, now: float) -> bool:
        """An attempt of ``size`` bytes in both directions was answered; whether the level changed.

        ``cost`` is in seconds, from sending to the end of the answer.
        """
        settings, costs = self._settings, self._costs
        if size < settings.small:
            good, large = cost <= costs.small, False
        elif size <= settings.middle:
            good, large = cost <= costs.middle, True
        elif size <= settings.big:
            good, large = cost <= costs.big, True
        else:
            good, large = cost <= costs.bigger, True
        if self._window != _ALL or now - self._since > settings.expiry:
            place = self._next_place(now)
            self._window |= 1 << place
        if self.level is _EVALUATING:
            if not good:
                self._good = 0
                self._big_at = -NEVER
                return False
            self._good += 1
            if large:
                self._big_at = now
            excellent = self._good >= settings.excellent_count
            if excellent and now - self._big_at <= settings.expiry:
                self.level = _EXCELLENT
                return True
        elif self.level is _BAD and self._window.bit_count() > settings.bad_count:
            self.level = _EVALUATING
            self._since = -NEVER
            return True
        return False

    def on_failure(self, now: float) -> bool:
        """An attempt timed out, or no connection came about; whether the level changed."""
        place = self._next_place(now)
        self._window &= ~(1 << place)
        self._good = 0
        self._big_at = -NEVER
        before = self.level
        if before is _EXCELLENT:
            self.level = _EVALUATING
        elif before is _EVALUATING and self._window.bit_count() <= self._settings.bad_count:
            self.level = _BAD
            self._since = -NEVER
        return self.level is not before

    def _next_place(self, now: float) -> int:
        if now - self._since > self._settings.expiry:
            self._since = now
            self._place = -1
            self._window = 0 if self.level is _BAD else _ALL
        self._place = place = (self._place + 1) % _WINDOW
        return place
