"""The last races for a connection, as bars: one a tried address, divided by its steps."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from app.diagnostics.panel.coerce import seconds, text, texts, whole, word

RACES = 20
ATTEMPTS = 32
STEPS = 16
WAITING, RUNNING, WON = "waiting", "running", "won"


@dataclass(slots=True)
class AttemptBar:
    """One address. ``start`` and ``end`` in seconds since the race began, None until then."""

    address: str
    source: str = ""
    start: float | None = None
    end: float | None = None
    state: str = WAITING
    error: str = ""
    steps: list[tuple[str, float]] = field(default_factory=list)


@dataclass(slots=True)
class RaceRecord:
    """One race; ``winner`` is -1 until one has won."""

    number: int
    label: str
    started: float
    attempts: list[AttemptBar]
    winner: int = -1
    seconds: float | None = None  # None while it runs
    error: str = ""

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        return self.seconds is not None

    def length(self, now: float) -> float:
        """Seconds from its start to its end, or until ``now``."""
        if self.seconds is not None:
            return self.seconds
        return min(60.0, max(0.0, now - self.started))


class Races:
    """The last few races, the newest last."""

    def __init__(self) -> None:
        self.records: OrderedDict[int, RaceRecord] = OrderedDict()

    def handlers(self) -> dict[str, Callable[[Any, float], None]]:
        """What to do on which event."""
        return {
            "RaceStarted": self.started,
            "AttemptStarted": self.attempt_started,
            "AttemptStep": self.attempt_step,
            "AttemptEnded": self.attempt_ended,
            "RaceEnded": self.ended,
        }

    def latest(self, label: str = "") -> RaceRecord | None:
        """The newest race of the link of that name, else of any."""
        newest = list(reversed(self.records.values()))
        return next((each for each in newest if each.label == label), newest[0] if newest else None)

    def started(self, event: Any, at: float) -> None:
        """A race began."""
        number, label = whole(event.race), text(event.label, 80)
        attempts = [AttemptBar(address) for address in texts(event.addresses, ATTEMPTS)]
        self.records.pop(number, None)
        self.records[number] = RaceRecord(number, label, at, attempts)
        while len(self.records) > RACES:
            self.records.popitem(last=False)

    def _attempt(self, event: Any) -> AttemptBar | None:
        race = self.records.get(whole(event.race))
        index = whole(event.index, -1)
        if race is None or not 0 <= index < len(race.attempts):
            return None  # it began before we listened
        return race.attempts[index]

    def attempt_started(self, event: Any, at: float) -> None:
        """An address is tried."""
        bar = self._attempt(event)
        if bar is not None:
            bar.start, bar.state, bar.source = seconds(event.after), RUNNING, word(event.source)

    def attempt_step(self, event: Any, at: float) -> None:
        """It came a step further."""
        bar = self._attempt(event)
        if bar is not None and len(bar.steps) < STEPS:
            bar.steps.append((text(event.step, 20), seconds(event.after)))

    def attempt_ended(self, event: Any, at: float) -> None:
        """It won, lost or failed."""
        bar = self._attempt(event)
        if bar is not None:
            bar.end, bar.state, bar.error = (
                seconds(event.after),
                word(event.state),
                text(event.error),
            )

    def ended(self, event: Any, at: float) -> None:
        """A race is over."""
        race = self.records.get(whole(event.race))
        if race is not None:
            race.seconds = seconds(event.seconds)
            race.winner = whole(event.winner, -1)
            race.error = text(event.error)
