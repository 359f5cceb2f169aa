"""Whether an event loop stands still (sans-I/O). Mars: ``mars/comm/anr.cc``.

A watcher outside the loop asks it to answer every ``period`` seconds and looks whether it did:

==================================================  =====================================
seen by the watcher                                 means
==================================================  =====================================
no answer for ``stall`` seconds                     STALLED, once: look at the stacks now
no answer for ``hang`` seconds                      HUNG, once
an answer after one of these                        ENDED, with the stall's length
the watcher itself came ``LATE`` or more late       the whole process stood still (sleep, no
                                                    processor, a debugger): begin again
==================================================  =====================================

Mars counts processor time instead once its clocks disagree; a watcher that notices its own delay
needs no second clock. Mars ends the process after minutes; an application with a window leaves
that to the person in front of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from netcore.errors import ConfigError

LATE = 0.5  # seconds, Mars's clock deviation


@dataclass(frozen=True, slots=True, kw_only=True)
class StallSettings:
    """The watch's numbers, in seconds."""

    period: float = 1.0  # between two questions to the loop
    stall: float = 1.0
    hang: float = 10.0

    def __post_init__(self) -> None:
        if not self.period > 0:
            raise ConfigError(f"watchdog: period must be more than 0 s, not {self.period!r}")
        if not 0 < self.stall < self.hang:
            raise ConfigError("watchdog: 0 < stall < hang, in seconds")


class Sign(Enum):
    """What a look at the loop came to."""

    NOTHING = "nothing"
    STALLED = "stalled"
    HUNG = "hung"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Look:
    """One look: the sign, how long the loop has stood still, when to look again (seconds)."""

    sign: Sign
    seconds: float = 0.0
    wait: float = 0.0


class StallWatch:
    """The judgement. Every time is of one clock that never goes back."""

    __slots__ = ("_asked", "_due", "_said", "_settings")

    def __init__(self, settings: StallSettings) -> None:
        self._settings = settings
        self._asked: float | None = None  # when the question that has no answer was put
        self._due: float | None = None  # when the watcher meant to look
        self._said = Sign.NOTHING

    @property
    def waiting(self) -> bool:
        """Whether a question is without an answer; if not, :meth:`asked` is to follow."""
        return self._asked is not None

    def asked(self, now: float) -> None:
        """A question was put to the loop."""
        self._asked = now

    def look(self, now: float, *, answered_at: float | None) -> Look:
        """Judge the loop; ``answered_at`` is when it answered the last question, if it has."""
        late = self._due is not None and now - self._due >= LATE
        if answered_at is not None and self._asked is not None:
            seconds = answered_at - self._asked
            said, self._said, self._asked = self._said, Sign.NOTHING, None
            if said is not Sign.NOTHING:
                return self._next(now, Sign.ENDED, seconds, self._settings.period)
            return self._next(now, Sign.NOTHING, 0.0, self._settings.period)
        if self._asked is None:
            return self._next(now, Sign.NOTHING, 0.0, 0.0)
        if late and self._said is Sign.NOTHING:
            self._asked = now  # the loop gets its time again
        seconds = now - self._asked
        if self._said is Sign.NOTHING and seconds >= self._settings.stall:
            self._said = Sign.STALLED
            return self._next(now, Sign.STALLED, seconds, self._settings.hang - seconds)
        if self._said is Sign.STALLED and seconds >= self._settings.hang:
            self._said = Sign.HUNG
            return self._next(now, Sign.HUNG, seconds, self._settings.period)
        mark = self._settings.stall if self._said is Sign.NOTHING else self._settings.hang
        wait = mark - seconds if self._said is not Sign.HUNG else self._settings.period
        return self._next(now, Sign.NOTHING, seconds, wait)

    def _next(self, now: float, sign: Sign, seconds: float, wait: float) -> Look:
        wait = max(0.01, min(wait or self._settings.period, self._settings.period))
        self._due = now + wait
        return Look(sign, seconds, wait)
