"""The panel's model: events go in, what there is to show comes out.

Sans-I/O and without Qt: time comes in as ``now``, wall-clock seconds since the epoch. Everything
kept is bounded, so an hour at 60 events a second takes no more memory than the first minutes.

Events are told apart by their class's name. One that holds odd values, or is of a class that nobody
here knows, is in the event log and changes nothing else; no event makes :meth:`take` raise.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from enum import Enum
from typing import Any

from app.diagnostics.panel.addresses import Addresses
from app.diagnostics.panel.coerce import number, seconds, word
from app.diagnostics.panel.limits import PolicyDecisions, Signals, TrafficTotals
from app.diagnostics.panel.links import LinkRecord, Links
from app.diagnostics.panel.log import EventLog
from app.diagnostics.panel.races import Races
from app.diagnostics.panel.series import Series
from app.diagnostics.panel.tasks import Tasks

_log = logging.getLogger("app.diagnostics.panel")

DAY = 86_400.0
ANSWERS = 3600  # seconds of answers kept
PARTS = ("link", "race", "task", "address", "limit", "traffic", "signal", "log")


class Health(Enum):
    """The connection in one word, for the light in the panel's head."""

    UNKNOWN = "unknown"
    GOOD = "good"
    WEAK = "weak"
    CONNECTING = "connecting"
    DOWN = "down"
    OFFLINE = "offline"
    ASLEEP = "asleep"


class PanelModel:
    """See the module's text. ``changes`` counts, for each of :data:`PARTS`, what changed it."""

    def __init__(self) -> None:
        self.links = Links()
        self.races = Races()
        self.tasks = Tasks(self._up_since)
        self.addresses = Addresses()
        self.limits = PolicyDecisions()
        self.traffic = TrafficTotals()
        self.signals = Signals()
        self.log = EventLog()
        self.answers = Series(ANSWERS, step=1.0)  # the slowest first package of each second
        self.changes = dict.fromkeys(PARTS, 0)
        self.taken = 0
        self.odd = 0  # events that could not be understood
        self.status = ""
        self._handlers: dict[str, list[tuple[str, Callable[[Any, float], None]]]] = {}
        for part, room in (
            ("link", self.links),
            ("race", self.races),
            ("task", self.tasks),
            ("address", self.addresses),
            ("limit", self.limits),
            ("traffic", self.traffic),
            ("signal", self.signals),
        ):
            for name, handler in room.handlers().items():
                self._handlers.setdefault(name, []).append((part, handler))
        self._handlers.setdefault("TaskEnded", []).append(("link", self._answered))
        self._handlers["StatusChanged"] = [("link", self._status_changed)]

    def take(self, event: Any, now: float) -> None:
        """An event happened. Its own time counts, unless it is none of these days."""
        at = number(getattr(event, "at", None), now)
        if abs(at - now) > DAY:
            at = now
        self.taken += 1
        self.log.take(event, at)
        changes = self.changes
        changes["log"] += 1
        for part, handler in self._handlers.get(type(event).__name__, ()):
            changes[part] += 1
            try:
                handler(event, at)
            except Exception:
                self.odd += 1
                _log.debug("an odd event: %s", type(event).__name__, exc_info=True)

    def replay(self, events: Iterable[Any]) -> None:
        """Take events of the past, each at its own time."""
        for event in events:
            self.take(event, number(getattr(event, "at", None)))

    def load(self, snapshot: Any, now: float, *, core_now: float | None = None) -> None:
        """Take the state of a NetCore (:class:`netcore.snapshot.Snapshot`).

        ``core_now`` is the present moment on netcore's clock, where its heartbeats are available.
        """
        self.status = word(snapshot.status)
        self.links.load(snapshot.links, now, 0.0 if core_now is None else now - core_now)
        self.tasks.load(snapshot.tasks)
        self.addresses.load(snapshot.addresses, now)
        self.limits.load(snapshot, now)
        self.traffic.load(snapshot)
        self.signals.load(snapshot)
        for part in PARTS:
            if part != "log":
                self.changes[part] += 1

    def refresh(self, snapshot: Any, now: float) -> None:
        """Take from a later snapshot what no event tells: bans, counts, limits, traffic."""
        self.addresses.load(snapshot.addresses, now)
        self.limits.load(snapshot, now)
        self.traffic.load(snapshot)
        for part in ("address", "limit", "traffic"):
            self.changes[part] += 1

    @property
    def link(self) -> LinkRecord | None:
        """The main link."""
        return self.links.main

    @property
    def asleep(self) -> bool:
        """Whether the machine said that it sleeps."""
        return self.signals.asleep_since is not None

    def health(self) -> Health:
        """The connection in one word."""
        link = self.link
        if self.asleep:
            return Health.ASLEEP
        if not self.signals.online:
            return Health.OFFLINE
        if link is None:
            return Health.UNKNOWN
        if link.up:
            # Not by the level of the time-outs: that one is changed by the next answers alone.
            weak = self.limits.weak or link.stalled
            return Health.WEAK if weak else Health.GOOD
        if link.state == "connecting":
            return Health.CONNECTING
        return Health.UNKNOWN if link.state == "idle" else Health.DOWN

    def _up_since(self, link: str) -> float | None:
        record = self.links.records.get(link)
        return None if record is None else record.up_since

    def _answered(self, event: Any, at: float) -> None:
        first = seconds(event.first_package)
        if first:
            self.answers.append(at, first)
            record = self.links.records.get(str(event.channel_name)) or self.link
            if record is not None and record.up and word(event.channel) == "long":
                record.heard_at = at

    def _status_changed(self, event: Any, at: float) -> None:
        self.status = word(event.status)
