"""The pace of the compound connect: which address to try when (sans-I/O).

Mars: ``mars/comm/socket/complexconnect.cc``. :class:`Race` has no socket and no clock; its asyncio
shell is :func:`netcore.connect.race.race`.

Rules
    1. Addresses are tried in the order given. The first starts at once.
    2. At most ``places`` (3) *fresh* attempts run at once, ``stagger`` apart, so that a healthy
       first address is not troubled with rivals.
    3. An attempt older than ``interval`` (2.5 s) is *stalled*: it stays in the race, but no longer
       holds a place. So with the first three addresses dead the fourth starts after one interval.
    4. An attempt that took a step (its peer answered, see ``race.mark``) postpones the next start
       until ``stagger`` after that step, once.
    5. An error shortens the wait: the next starts ``error_interval`` after the last start.
    6. An attempt ends after ``timeout`` (10 s), or its family's own time-out.
    7. The first success ends the race; every other attempt is lost and its socket closed.
    8. Among the lost, an attempt is *overtaken* whose peer had been silent for ``stagger`` at least
       and for 4 times what the winner took from its own start: its address is as good as dead and
       is to be ranked so, or each race would wait for it again.

========  =============  =============  =================  =========  ==========
state     start due      interval over  time-out over      on_error   on_success
========  =============  =============  =================  =========  ==========
WAITING   -> FRESH       .              .                  .          .
FRESH     .              -> STALLED     -> TIMED_OUT       -> FAILED  -> WON
STALLED   .              .              -> TIMED_OUT       -> FAILED  -> WON
others    (final; a late word from the attempt changes nothing)
========  =============  =============  =================  =========  ==========

When one is WON, all that are FRESH or STALLED become LOST. Mars itself starts attempts strictly
2.5 s apart and lets a dead one hold its place for the whole 10 s: :data:`MARS_PACE` is that pace.
It takes every attempt that began before the winner for overtaken, which at 2.5 s it is.
:data:`RFC8305_PACE` is Happy Eyeballs' 250 ms without a limit of places.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum

from netcore.connect.endpoint import Endpoint
from netcore.errors import ConfigError
from netcore.runtime.clock import NEVER


@dataclass(frozen=True, slots=True)
class RaceSettings:
    """The pace of a race; all times in seconds.

    Raises :class:`~netcore.errors.ConfigError` for a pace that could never end or never start.
    """

    places: int = 3  # kLonglinkConnMax
    interval: float = 2.5  # kLonglinkConnInteral: how long an attempt holds its place
    stagger: float = 0.25  # between two starts while places are free (RFC 8305 section 5)
    error_interval: float = 0.0  # between two starts when one failed since the last start
    timeout: float = 10.0  # kLonglinkConnTimeout: of one attempt
    timeout_v4: float | None = None  # SetIpConnectTimeout: instead of `timeout`
    timeout_v6: float | None = None

    def __post_init__(self) -> None:
        if self.places < 1:
            raise ConfigError(f"race: places must be at least 1, not {self.places}")
        for name in ("interval", "stagger", "error_interval"):
            if not getattr(self, name) >= 0:
                raise ConfigError(f"race: {name} must be 0 s or more, not {getattr(self, name)}")
        for name in ("timeout", "timeout_v4", "timeout_v6"):
            value = getattr(self, name)
            if value is not None and not 0 < value < math.inf:
                raise ConfigError(f"race: {name} must be over 0 s and finite, not {value}")

    def timeout_of(self, endpoint: Endpoint) -> float:
        """How long an attempt at ``endpoint`` may take, in seconds."""
        own = self.timeout_v6 if endpoint.is_v6 else self.timeout_v4
        return self.timeout if own is None else own


MARS_PACE = RaceSettings(interval=NEVER, stagger=2.5, error_interval=2.5)
RFC8305_PACE = RaceSettings(places=1_000, interval=2.5, stagger=0.25)


_OVERTAKEN = 4  # times the winner's own time


class AttemptState(Enum):
    """Where an attempt stands (see the table in the module's docstring)."""

    WAITING = "waiting"
    FRESH = "fresh"
    STALLED = "stalled"
    FAILED = "failed"
    TIMED_OUT = "timed out"
    WON = "won"
    LOST = "lost"

    @property
    def running(self) -> bool:
        """Whether the attempt is under way."""
        return self in (AttemptState.FRESH, AttemptState.STALLED)


@dataclass(slots=True)
class RaceAttempt:
    """One address's part in the race; times are those of the clock that the race was given."""

    index: int
    endpoint: Endpoint
    state: AttemptState = AttemptState.WAITING
    started: float | None = None
    ended: float | None = None
    steps: list[tuple[str, float]] = field(default_factory=list)
    error: BaseException | None = None


@dataclass(frozen=True, slots=True)
class Start:
    """Start the attempt at this index."""

    index: int


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Cancel the attempt at this index: its time is over."""

    index: int


class Race:
    """The policy: gets times and outcomes, says which attempts to start and to give up."""

    def __init__(self, endpoints: Sequence[Endpoint], settings: RaceSettings, now: float) -> None:
        self.attempts = [RaceAttempt(index, each) for index, each in enumerate(endpoints)]
        self.started = now
        self.winner: int | None = None
        self._settings = settings
        self._next_start = now
        self._last_start = now

    @property
    def over(self) -> bool:
        """Whether one won or none is left."""
        return self.winner is not None or not any(
            each.state is AttemptState.WAITING or each.state.running for each in self.attempts
        )

    def poll(self, now: float) -> list[Start | GiveUp]:
        """What to do at ``now``; call again at :meth:`deadline` and after each outcome."""
        actions: list[Start | GiveUp] = []
        if self.over:
            return actions
        for each in self.attempts:
            if not each.state.running:
                continue
            if now >= self._times_out(each):
                self._fail(each, AttemptState.TIMED_OUT, now)
                actions.append(GiveUp(each.index))
            elif each.state is AttemptState.FRESH and now >= self._stalls(each):
                each.state = AttemptState.STALLED
        while (waiting := self._first_waiting()) is not None and now >= self._start_due():
            waiting.state = AttemptState.FRESH
            waiting.started = now
            self._last_start = now
            self._next_start = now + self._settings.stagger
            actions.append(Start(waiting.index))
        return actions

    def deadline(self) -> float:
        """When :meth:`poll` has something to do next; infinite when the race is over."""
        if self.over:
            return NEVER
        times = [self._times_out(each) for each in self.attempts if each.state.running]
        if self._first_waiting() is not None:
            times.append(self._start_due())
        return min(times)

    def on_step(self, index: int, step: str, now: float) -> None:
        """The attempt got an answer from its peer: ``step`` ("tcp", "tls"...) is done."""
        attempt = self.attempts[index]
        if not attempt.state.running:
            return
        if not attempt.steps:
            self._next_start = max(self._next_start, now + self._settings.stagger)
        attempt.steps.append((step, now))

    def on_error(self, index: int, error: BaseException, now: float) -> None:
        """The attempt ended in ``error``."""
        attempt = self.attempts[index]
        if attempt.state.running:
            attempt.error = error
            self._fail(attempt, AttemptState.FAILED, now)

    def on_success(self, index: int, now: float) -> bool:
        """The attempt succeeded; whether it won (else its result must be discarded)."""
        winner = self.attempts[index]
        if self.over or not winner.state.running:
            return False
        self.winner = index
        self.stop(now)
        winner.state = AttemptState.WON
        return True

    def overtaken(self) -> list[RaceAttempt]:
        """The lost attempts that rule 8 speaks of; none before somebody won."""
        if self.winner is None:
            return []
        winner = self.attempts[self.winner]
        assert winner.started is not None
        assert winner.ended is not None
        enough = max(self._settings.stagger, _OVERTAKEN * (winner.ended - winner.started))
        return [
            each
            for each in self.attempts
            if each.state is AttemptState.LOST and _silent(each) >= enough
        ]

    def stop(self, now: float) -> None:
        """End all that runs or waits, as lost."""
        for each in self.attempts:
            if each.state.running:
                each.ended = now
                each.state = AttemptState.LOST

    def _fail(self, attempt: RaceAttempt, state: AttemptState, now: float) -> None:
        attempt.state = state
        attempt.ended = now
        self._next_start = min(self._next_start, self._last_start + self._settings.error_interval)

    def _first_waiting(self) -> RaceAttempt | None:
        return next((each for each in self.attempts if each.state is AttemptState.WAITING), None)

    def _start_due(self) -> float:
        """When the next waiting attempt may start: its turn has come and a place is free."""
        held = sorted(
            self._stalls(each) for each in self.attempts if each.state is AttemptState.FRESH
        )
        free = self._settings.places - len(held)
        return self._next_start if free > 0 else max(self._next_start, held[-free])

    def _stalls(self, attempt: RaceAttempt) -> float:
        assert attempt.started is not None
        return attempt.started + min(
            self._settings.interval, self._settings.timeout_of(attempt.endpoint)
        )

    def _times_out(self, attempt: RaceAttempt) -> float:
        assert attempt.started is not None
        return attempt.started + self._settings.timeout_of(attempt.endpoint)


def _silent(attempt: RaceAttempt) -> float:
    """How long nothing had come from the peer when the attempt ended, in seconds."""
    heard = attempt.steps[-1][1] if attempt.steps else attempt.started
    return 0.0 if heard is None or attempt.ended is None else attempt.ended - heard
