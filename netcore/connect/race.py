"""The compound connect: several addresses raced, the first that works wins.

Mars: ``mars/comm/socket/complexconnect.cc``. Which attempt starts when is the policy's business
(:mod:`netcore.connect.pace`); :func:`race` is the asyncio shell around it and is generic in what
an attempt is: TCP alone, or TCP, proxy, TLS and a verifying noop.

The events draw the race as bars: :class:`RaceStarted` names the addresses, each
:class:`AttemptStarted` opens a bar, :class:`AttemptStep` divides it, :class:`AttemptEnded` closes
it, :class:`RaceEnded` tells the winner. Times in them are seconds since their race began.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from netcore.connect.endpoint import Endpoint
from netcore.connect.pace import AttemptState, Race, RaceAttempt, RaceSettings, Start
from netcore.errors import CertificateError, ConnectError, NetcoreError, ProxyError, TlsError
from netcore.observe import Event, Observer
from netcore.runtime.task_holder import TaskHolder

__all__ = [
    "AttemptEnded",
    "AttemptReport",
    "AttemptStarted",
    "AttemptState",
    "AttemptStep",
    "Race",
    "RaceEnded",
    "RaceReport",
    "RaceSettings",
    "RaceStarted",
    "mark",
    "race",
]

T = TypeVar("T")
_log = logging.getLogger("netcore.connect.race")


# ---------------------------------------------------------------------------- events


@dataclass(frozen=True, slots=True, kw_only=True)
class RaceStarted(Event):
    """A race began. ``race`` tells races apart; ``addresses`` are in the order of trying."""

    race: int
    label: str
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptStarted(Event):
    """An attempt began, ``after`` seconds into its race."""

    race: int
    index: int
    address: str
    source: str
    after: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptStep(Event):
    """An attempt did a ``step`` ("tcp", "proxy", "tls"...), ``after`` seconds into its race."""

    race: int
    index: int
    step: str
    after: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptEnded(Event):
    """An attempt ended: ``state`` says how, ``error`` why ("" when it won or lost)."""

    race: int
    index: int
    address: str
    state: AttemptState
    error: str
    after: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RaceEnded(Event):
    """A race ended after ``seconds``; ``winner`` is an attempt's index, or -1 when none won."""

    race: int
    winner: int
    seconds: float
    error: str


# ---------------------------------------------------------------------------- report


@dataclass(frozen=True, slots=True)
class AttemptReport:
    """One address's part in a finished race; times in seconds since the race began."""

    endpoint: Endpoint
    state: AttemptState
    started: float | None
    ended: float | None
    steps: tuple[tuple[str, float], ...]
    error: BaseException | None


@dataclass(frozen=True, slots=True)
class RaceReport:
    """A finished race: ``winner`` is an index into ``attempts`` or None, ``seconds`` its length.

    ``overtaken`` are the addresses that were silent for long when another won (rule 8 of
    :mod:`netcore.connect.pace`).
    """

    attempts: tuple[AttemptReport, ...]
    winner: int | None
    seconds: float
    overtaken: tuple[Endpoint, ...] = ()

    @property
    def tried(self) -> int:
        """How many attempts were started (``tryip_count`` of Mars's connect profile)."""
        return sum(each.started is not None for each in self.attempts)

    @property
    def failed(self) -> tuple[Endpoint, ...]:
        """The addresses to be reported as bad: an error, no answer in time, or overtaken."""
        bad = (AttemptState.FAILED, AttemptState.TIMED_OUT)
        failed = tuple(each.endpoint for each in self.attempts if each.state in bad)
        return failed + self.overtaken


# ---------------------------------------------------------------------------- shell

_step: ContextVar[Callable[[str], None] | None] = ContextVar("netcore.connect.race.step")
_numbers = itertools.count(1)
_SETTLE = 0.1  # how long the end of a race waits for losers that are slow to die


def mark(step: str) -> None:
    """Tell the race around this attempt, if any, that ``step`` is done; see rule 4."""
    tell = _step.get(None)
    if tell is not None:
        tell(step)


async def race(
    endpoints: Sequence[Endpoint],
    attempt: Callable[[Endpoint], Awaitable[T]],
    *,
    settings: RaceSettings | None = None,
    discard: Callable[[T], None],
    observer: Observer | None = None,
    label: str = "",
    on_report: Callable[[RaceReport], None] | None = None,
) -> tuple[T, Endpoint, RaceReport]:
    """Race ``attempt`` over ``endpoints``; the first result wins.

    ``attempt`` must leave nothing open when it raises or is cancelled. A result that comes too
    late, or that nobody is left to take because the caller was cancelled, goes to ``discard``.

    Raises :class:`~netcore.errors.ConnectError` when every attempt failed, as the most telling of
    its kinds (certificate, proxy, TLS), with ``attempts`` saying what each address answered.
    ``on_report`` gets the report of every race, the lost and the cancelled ones too.
    """
    run = _Run(endpoints, attempt, settings or RaceSettings(), discard, observer, label)
    try:
        return await run.run()
    finally:
        if on_report is not None:
            on_report(run.report())


class _Run(Generic[T]):
    """One race under way."""

    def __init__(
        self,
        endpoints: Sequence[Endpoint],
        attempt: Callable[[Endpoint], Awaitable[T]],
        settings: RaceSettings,
        discard: Callable[[T], None],
        observer: Observer | None,
        label: str,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._policy = Race(endpoints, settings, self._loop.time())
        self._attempt = attempt
        self._settings = settings
        self._discard = discard
        self._observer = observer
        self._label = label
        self._number = next(_numbers)
        self._holder = TaskHolder(f"race{self._number}")
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._told: set[int] = set()  # attempts whose end was announced
        self._news = asyncio.Event()
        self._prize: list[T] = []  # the winner's result, until somebody takes it

    async def run(self) -> tuple[T, Endpoint, RaceReport]:
        """Race to the end."""
        attempts = self._policy.attempts
        self._emit(
            RaceStarted,
            label=self._label,
            addresses=tuple(each.endpoint.label for each in attempts),
        )
        failure: ConnectError | None = None
        try:
            await self._play()
            await self._settle()
            if not self._prize:
                failure = self._failure()
                raise failure
        except BaseException as error:
            self._stop()
            while self._prize:
                self._discard(self._prize.pop())
            self._emit(RaceEnded, winner=-1, seconds=self._after(), error=describe(error))
            if error is not failure:  # cancelled: nothing of ours may outlive this call
                await self._settle()
            raise
        winner = self._policy.winner
        assert winner is not None
        report = self.report()
        self._emit(RaceEnded, winner=winner, seconds=report.seconds, error="")
        return self._prize.pop(), attempts[winner].endpoint, report

    async def _play(self) -> None:
        while not self._policy.over:
            self._news.clear()
            for action in self._policy.poll(self._loop.time()):
                if isinstance(action, Start):
                    self._start(action.index)
                else:
                    self._tasks[action.index].cancel()
                    self._ended(self._policy.attempts[action.index])
            if self._policy.over:
                return
            try:
                async with asyncio.timeout_at(self._policy.deadline()):
                    await self._news.wait()
            except TimeoutError:
                continue

    def _start(self, index: int) -> None:
        attempt = self._policy.attempts[index]
        self._tasks[index] = self._holder.start(self._try(attempt), str(attempt.endpoint))
        self._emit(
            AttemptStarted,
            index=index,
            address=attempt.endpoint.label,
            source=attempt.endpoint.source.name,
            after=self._after(),
        )

    async def _try(self, attempt: RaceAttempt) -> None:
        index = attempt.index

        def step(name: str) -> None:
            self._policy.on_step(index, name, self._loop.time())
            self._emit(AttemptStep, index=index, step=name, after=self._after())
            self._news.set()  # the next start may have moved

        _step.set(step)
        try:
            result = await self._attempt(attempt.endpoint)
        except asyncio.CancelledError as error:
            if attempt.state.running:  # not by us: something within the attempt was cancelled
                self._policy.on_error(index, error, self._loop.time())
                self._ended(attempt)
            raise
        except Exception as error:
            if not isinstance(error, (NetcoreError, OSError, EOFError)):
                _log.exception("the attempt at %s failed in an unforeseen way", attempt.endpoint)
            if attempt.state.running:
                self._policy.on_error(index, error, self._loop.time())
                self._ended(attempt)
        else:
            if self._policy.on_success(index, self._loop.time()):
                self._prize.append(result)
                self._ended(attempt)
            else:
                self._discard(result)
        finally:
            self._news.set()

    def _stop(self) -> None:
        self._policy.stop(self._loop.time())
        self._holder.cancel()
        for each in self._policy.attempts:
            if each.state is AttemptState.LOST:
                self._ended(each)

    async def _settle(self) -> None:
        """Cancel what still runs and see it end; a loser that lingers is left to its holder."""
        self._stop()
        left = [task for task in self._tasks.values() if not task.done()]
        if left:
            await asyncio.wait(left, timeout=_SETTLE)

    def _ended(self, attempt: RaceAttempt) -> None:
        if attempt.index in self._told:
            return
        self._told.add(attempt.index)
        text = self._words(attempt)
        _log.debug("race %d: %s %s %s", self._number, attempt.endpoint, attempt.state.value, text)
        self._emit(
            AttemptEnded,
            index=attempt.index,
            address=attempt.endpoint.label,
            state=attempt.state,
            error=text,
            after=self._after(),
        )

    def _words(self, attempt: RaceAttempt) -> str:
        if attempt.state is AttemptState.TIMED_OUT:
            return f"no answer within {self._settings.timeout_of(attempt.endpoint):g} s"
        return "" if attempt.error is None else describe(attempt.error)

    def _failure(self) -> ConnectError:
        attempts = self._policy.attempts
        told = tuple(
            (each.endpoint.label, self._words(each).removeprefix(f"{each.endpoint}: "))
            for each in attempts
        )
        for kind in (CertificateError, ProxyError, TlsError):
            for each in attempts:
                if isinstance(each.error, kind):
                    each.error.attempts = told
                    return each.error
        if not attempts:
            return ConnectError("there is no address to connect to")
        tried = ", ".join(f"{address}: {text}" for address, text in told)
        return ConnectError(f"none of {len(told)} addresses could be reached ({tried})", told)

    def report(self) -> RaceReport:
        """The race so far."""
        start = self._policy.started

        def since(moment: float | None) -> float | None:
            return None if moment is None else moment - start

        return RaceReport(
            tuple(
                AttemptReport(
                    each.endpoint,
                    each.state,
                    since(each.started),
                    since(each.ended),
                    tuple((name, moment - start) for name, moment in each.steps),
                    each.error,
                )
                for each in self._policy.attempts
            ),
            self._policy.winner,
            self._after(),
            tuple(each.endpoint for each in self._policy.overtaken()),
        )

    def _after(self) -> float:
        return self._loop.time() - self._policy.started

    def _emit(self, kind: Callable[..., Event], **values: Any) -> None:
        if self._observer is not None and self._observer.active:
            self._observer.emit(kind(race=self._number, **values))


def describe(error: BaseException) -> str:
    """An error in words, never empty."""
    if isinstance(error, asyncio.CancelledError):
        return "cancelled"
    return str(error) or type(error).__name__
