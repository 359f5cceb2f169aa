"""What is known of each long link: where it stands and why, its heartbeats, how alive it is.

A round trip that was measured is never shown as the present one. How it may be shown:

========  ======================================================================================
ping      when
========  ======================================================================================
NONE      the link is not up, nothing was measured since it came up, or the machine sleeps
WAITING   a heartbeat has no answer and would long have one; the link is doubted
LIVE      measured in the last 10 s
OLD       measured before that: shown with its age
========  ======================================================================================
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, NamedTuple

import numpy as np

from app.diagnostics.panel.coerce import number, seconds, text, whole, word
from app.diagnostics.panel.series import Series

LINKS = 16  # told apart; the one that was silent the longest gives way
POINTS = 4096
PERIODS = 500
LIVE = 10.0  # seconds in which a round trip is the present one
ROLLING = 300.0  # seconds of the figures
UP, CONNECTING, IDLE = "connected", "connecting", "idle"


class PingState(Enum):
    """How a round trip may be shown; see the module's text."""

    NONE = "none"
    WAITING = "waiting"
    LIVE = "live"
    OLD = "old"


class Ping(NamedTuple):
    """A round trip in seconds and its age; for WAITING the age is that of the question."""

    state: PingState
    rtt: float
    age: float


class Figures(NamedTuple):
    """Round trips of the last five minutes, in seconds; 0.0 where there are none."""

    answered: int
    median: float
    high: float  # 95 % were no slower
    missed: int


@dataclass(slots=True)
class Period:
    """A time in which the link was down; ``end`` is None while it is."""

    start: float
    end: float | None = None


class LinkRecord:
    """One long link."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.main = False
        self.state = IDLE
        self.reason = ""  # of the last change, as a word of DisconnectReason
        self.detail = ""
        self.fault = ""  # where the last connect failed, as a word of ErrorType
        self.changed_at = 0.0
        self.last_reason = ""  # why it was down before, while it is up
        self.last_detail = self.last_fault = ""
        self.host = self.ip = self.source = self.proxy = self.carrier = ""
        self.port = 0
        self.generation = 0
        self.connect_rtt = 0.0
        self.up_since: float | None = None
        self.heard_at: float | None = None
        self.reconnect_at: float | None = None
        self.reconnect_reason = ""
        self.interval = 0.0  # of the heartbeat, in force
        self.learned = 0.0
        self.adapting = ""  # "growing", "stable" or ""
        self.adapted = ""  # why it changed last
        self.network = ""
        self.asked_at: float | None = None  # a heartbeat without an answer yet
        self.answer_due = 0.0
        self.stalled = False
        self.rtt: float | None = None
        self.rtt_at = 0.0
        self.sent = self.answered = self.missed = 0
        self.rtts = Series(POINTS)
        self.connects = Series(PERIODS)
        self.misses = Series(PERIODS)
        self.intervals = Series(POINTS)
        self.downs: deque[Period] = deque(maxlen=PERIODS)

    @property
    def up(self) -> bool:
        """Whether it is connected."""
        return self.state == UP

    def ping(self, now: float, *, asleep: bool = False) -> Ping:
        """What may be shown of the round trip at ``now``."""
        if not self.up or asleep:
            return Ping(PingState.NONE, 0.0, 0.0)
        rtt = self.rtt or 0.0
        if self.asked_at is not None:
            waited = now - self.asked_at
            if self.stalled or waited > max(1.0, 4 * rtt):
                return Ping(PingState.WAITING, rtt, max(0.0, waited))
        if self.rtt is None:
            return Ping(PingState.NONE, 0.0, 0.0)
        age = now - self.rtt_at
        # A clock that was set back makes no old value young.
        state = PingState.LIVE if 0 <= age <= LIVE else PingState.OLD
        return Ping(state, rtt, max(0.0, age))

    def figures(self, now: float) -> Figures:
        """The last five minutes."""
        _, values = self.rtts.arrays(now - ROLLING)
        values = values[~np.isnan(values)]
        missed = len(self.misses.arrays(now - ROLLING)[0])
        if not len(values):
            return Figures(0, 0.0, 0.0, missed)
        median, high = np.percentile(values, (50, 95))
        return Figures(len(values), float(median), float(high), missed)


class Links:
    """All long links, by name."""

    def __init__(self) -> None:
        self.records: dict[str, LinkRecord] = {}
        self.main_name = ""

    def handlers(self) -> dict[str, Callable[[Any, float], None]]:
        """What to do on which event."""
        return {
            "LinkStateChanged": self.state_changed,
            "LinkStalled": self.stalled,
            "LinkRecovered": self.recovered,
            "HeartbeatSent": self.beat_sent,
            "HeartbeatAnswered": self.beat_answered,
            "HeartbeatMissed": self.beat_missed,
            "HeartbeatAdapted": self.adapted,
            "ReconnectPlanned": self.planned,
            "Pushed": self.heard,
            "TaskPart": self.heard,
            "AnswerUnknown": self.heard,
        }

    @property
    def main(self) -> LinkRecord | None:
        """The main link, else the first."""
        found = self.records.get(self.main_name)
        return found or next(iter(self.records.values()), None)

    def get(self, name: Any) -> LinkRecord:
        """The link of that name, made if need be."""
        key = text(name, 80)
        record = self.records.get(key)
        if record is None:
            while len(self.records) >= LINKS:
                spare = [each for each in self.records if each != self.main_name] or [key]
                oldest = min(spare, key=lambda each: self.records[each].changed_at)
                del self.records[oldest]
            record = self.records[key] = LinkRecord(key)
            if not self.main_name:
                self.main_name = key
        return record

    def load(self, snapshots: Any, now: float, ahead: float) -> None:
        """Take the links of a snapshot; ``ahead`` turns netcore's clock into the wall's."""
        for shot in snapshots:
            if shot.short:
                continue
            link = self.get(shot.name)
            if shot.main:
                self.main_name = link.name
            link.main = bool(shot.main)
            state = word(shot.state)
            if state != link.state:
                self._turn(link, state, now)
                link.reason, link.detail = word(shot.reason), text(shot.detail)
            since = None if shot.connected_since is None else number(shot.connected_since)
            if link.up and since is not None:
                link.up_since = link.changed_at = since
            link.host, link.ip, link.port = text(shot.host), text(shot.ip), whole(shot.port)
            link.source, link.proxy = word(shot.source), text(shot.proxy)
            link.carrier = word(shot.carrier)
            link.connect_rtt = seconds(shot.connect_rtt)
            link.generation = whole(shot.generation)
            link.heard_at = None if shot.last_received is None else number(shot.last_received)
            link.interval = seconds(shot.heartbeat_interval) or link.interval
            link.learned = seconds(shot.heartbeat_learned) or link.learned
            link.adapting = word(shot.heartbeat_state) or link.adapting
            if shot.next_connect is not None:
                link.reconnect_at = number(shot.next_connect)
            self._load_beats(link, shot.heartbeats, ahead)

    def _load_beats(self, link: LinkRecord, beats: Any, ahead: float) -> None:
        if len(link.intervals):
            return  # events told more already
        for beat in beats:
            at = number(beat.at) + ahead
            link.intervals.append(at, seconds(beat.interval))
            if beat.ok and beat.cost:
                link.rtts.append(at, seconds(beat.cost))
                if link.up:
                    link.rtt, link.rtt_at = seconds(beat.cost), at
        if link.up and link.connect_rtt and link.up_since is not None:
            link.connects.append(link.up_since, link.connect_rtt)
            if link.rtt is None:
                link.rtt, link.rtt_at = link.connect_rtt, link.up_since

    # -- events ---------------------------------------------------------------------------------

    def _turn(self, link: LinkRecord, state: str, at: float) -> None:
        was_up, link.state, link.changed_at = link.up, state, at
        link.asked_at = None
        link.stalled = False
        if link.up:
            link.up_since = at
            link.reconnect_at = None
            link.rtt = None
            if link.downs and link.downs[-1].end is None:
                link.downs[-1].end = at
            return
        link.up_since = None
        link.rtt = None
        if was_up:
            link.rtts.gap(at)
            link.intervals.gap(at)
        if state != IDLE and not (link.downs and link.downs[-1].end is None):
            link.downs.append(Period(at))

    def state_changed(self, event: Any, at: float) -> None:
        """A link is up, connecting or down."""
        state, reason = word(event.state), word(event.reason)
        detail, rtt = text(event.detail), seconds(event.rtt)
        link = self.get(event.link)
        if link.reason not in ("", "none") or link.detail:
            link.last_reason, link.last_detail = link.reason, link.detail
            link.last_fault = link.fault
        self._turn(link, state, at)
        link.reason, link.detail, link.fault = reason, detail, word(event.error_type)
        link.host, link.ip, link.port = text(event.host), text(event.ip), whole(event.port)
        link.source, link.proxy = word(event.source), text(event.proxy)
        link.carrier = word(event.carrier)
        link.generation = whole(event.generation)
        if link.up:
            link.heard_at = at
            link.connect_rtt = rtt
            if rtt:
                link.connects.append(at, rtt)
                link.rtt, link.rtt_at = rtt, at

    def heard(self, event: Any, at: float) -> None:
        """Bytes came."""
        link = self.records.get(text(event.link, 80))
        if link is not None:
            link.heard_at = at

    def stalled(self, event: Any, at: float) -> None:
        """It ought to have answered."""
        link = self.get(event.link)
        link.stalled = link.up
        if link.asked_at is None and link.up:
            link.asked_at = at - seconds(event.silence)

    def recovered(self, event: Any, at: float) -> None:
        """It sent something after all."""
        link = self.get(event.link)
        link.heard_at = at
        link.stalled = False
        link.asked_at = None

    def beat_sent(self, event: Any, at: float) -> None:
        """A heartbeat went out."""
        interval, due = seconds(event.interval), seconds(event.answer_due)
        link = self.get(event.link)
        link.sent += 1
        link.asked_at, link.answer_due = at, due
        link.interval = interval
        link.intervals.append(at, interval)

    def beat_answered(self, event: Any, at: float) -> None:
        """A heartbeat was answered."""
        rtt, interval = seconds(event.rtt), seconds(event.next_interval)
        link = self.get(event.link)
        link.answered += 1
        link.asked_at = None
        link.stalled = False
        link.rtt, link.rtt_at = rtt, at
        link.heard_at = at
        link.rtts.append(at, rtt)
        if interval != link.interval:
            link.intervals.append(at, interval)
            link.interval = interval

    def beat_missed(self, event: Any, at: float) -> None:
        """A heartbeat was not answered."""
        waited = seconds(event.waited)
        link = self.get(event.link)
        link.missed += 1
        link.stalled = link.up
        link.rtts.gap(at)
        link.misses.append(at, waited)

    def adapted(self, event: Any, at: float) -> None:
        """The interval that suits this network is another one."""
        interval, in_force = seconds(event.interval), seconds(event.in_force)
        link = self.get(event.link)
        link.learned, link.network = interval, text(event.network)
        link.adapting, link.adapted = word(event.state), text(event.why)
        if in_force:
            link.interval = in_force
            link.intervals.append(at, in_force)

    def planned(self, event: Any, at: float) -> None:
        """It will connect."""
        delay = seconds(event.delay)
        link = self.get(event.link)
        link.reconnect_at, link.reconnect_reason = at + delay, text(event.reason)
