"""What netcore's policies decided: time-outs, weak network, limiters, zombies, traffic, signals."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from app.diagnostics.panel.coerce import number, seconds, text, whole, word

KEPT = 100  # refusals, changes
ZOMBIES = 200
COUNTS = 200  # cgis told apart
OTHERS = "..."


@dataclass(frozen=True, slots=True)
class WeakChange:
    """The network became weak, or is no longer; the state before lasted ``lasted`` seconds."""

    at: float
    weak: bool
    reason: str
    lasted: float


@dataclass(frozen=True, slots=True)
class Refusal:
    """A task that a limiter did not let through."""

    at: float
    limiter: str  # "frequency" or "flow"
    name: str
    amount: int  # times sent, or bytes
    of: int  # for flow: bytes in the funnel


@dataclass(frozen=True, slots=True)
class Repeated:
    """How often an equal request was sent."""

    name: str
    size: int
    count: int
    limit: int
    last: float


@dataclass(slots=True)
class ZombieRecord:
    """A resting task: since when, and until when it may live."""

    task_id: int
    name: str
    since: float
    until: float


@dataclass(slots=True)
class Bytes:
    """Sent and received."""

    sent: int = 0
    received: int = 0

    @property
    def total(self) -> int:
        """Both."""
        return self.sent + self.received


@dataclass(frozen=True, slots=True)
class SystemSignal:
    """What the operating system told; ``value`` depends on ``kind``."""

    at: float
    kind: str  # network, active, portal, slept, woke
    value: str = ""
    label: str = ""
    seconds: float = 0.0


class PolicyDecisions:
    """The policies' decisions."""

    def __init__(self) -> None:
        self.level = ""
        self.mobile = False
        self.first_package = self.package_package = self.read_write = 0.0
        self.levels: deque[tuple[float, str, bool]] = deque(maxlen=KEPT)
        self.weak = False
        self.weak_reason = ""
        self.weak_since: float | None = None
        self.weak_changes: deque[WeakChange] = deque(maxlen=KEPT)
        self.repeated: tuple[Repeated, ...] = ()
        self.refusals: deque[Refusal] = deque(maxlen=KEPT)
        self.flow_used = 0.0
        self.flow_volume = 0
        self.flow_in_force = False
        self.intercepts: OrderedDict[str, float] = OrderedDict()  # cgi -> until
        self.zombies: OrderedDict[int, ZombieRecord] = OrderedDict()
        self.revived = 0
        self.good_long = self.good_short = 8
        self.sync_waited = 0.0
        self.next_sync: float | None = None
        self.check_due_at: float | None = None  # the judge wants a diagnosis since then

    def handlers(self) -> dict[str, Callable[[Any, float], None]]:
        """What to do on which event."""
        return {
            "TimeoutsChanged": self.timeouts_changed,
            "WeakChanged": self.weak_changed,
            "FrequencyRefused": self.frequency_refused,
            "FlowRefused": self.flow_refused,
            "InterceptStarted": self.intercept_started,
            "ZombieQueued": self.zombie_queued,
            "ZombieRevived": self.zombie_revived,
            "NetCheckDue": self.check_due,
            "SyncDue": self.sync_due,
            "TaskEnded": self.task_ended,
        }

    def load(self, shot: Any, now: float) -> None:
        """Take what a snapshot says."""
        times, flow, network = shot.timeouts, shot.flow, shot.network
        self.level, self.mobile = word(times.level), bool(times.mobile)
        self.first_package = seconds(times.first_package)
        self.package_package = seconds(times.package_package)
        self.read_write = seconds(times.read_write)
        self.repeated = tuple(
            Repeated(
                text(each.cgi) or f"cmdid {whole(each.cmdid)}",
                whole(each.size),
                whole(each.count),
                whole(each.limit),
                number(each.last),
            )
            for each in shot.frequency[:KEPT]
        )
        self.flow_used, self.flow_volume = seconds(flow.used), whole(flow.volume)
        self.flow_in_force = bool(flow.in_force)
        self.weak, self.weak_reason = bool(network.weak), word(network.weak_reason)
        self.weak_since = None if network.weak_since is None else number(network.weak_since)
        self.good_long, self.good_short = whole(shot.good_long), whole(shot.good_short)
        self.next_sync = None if shot.next_sync is None else number(shot.next_sync)
        for task in shot.tasks:
            if word(task.state) == "resting" and whole(task.task_id) not in self.zombies:
                name = text(task.cgi) or f"cmdid {whole(task.cmdid)}"
                self._rest(whole(task.task_id), name, now, number(task.deadline))

    def timeouts_changed(self, event: Any, at: float) -> None:
        """Other time-outs are in force."""
        self.level, self.mobile = word(event.level), bool(event.mobile)
        self.first_package = seconds(event.first_package)
        self.package_package = seconds(event.package_package)
        self.read_write = seconds(event.read_write)
        self.levels.append((at, self.level, self.mobile))

    def weak_changed(self, event: Any, at: float) -> None:
        """Weak, or no longer."""
        change = WeakChange(at, bool(event.weak), word(event.reason), seconds(event.seconds))
        self.weak, self.weak_reason = change.weak, change.reason
        self.weak_since = at if change.weak else None
        self.weak_changes.append(change)

    def frequency_refused(self, event: Any, at: float) -> None:
        """Sent too often."""
        name = text(event.cgi) or f"cmdid {whole(event.cmdid)}"
        self.refusals.append(Refusal(at, "frequency", name, whole(event.count), 0))

    def flow_refused(self, event: Any, at: float) -> None:
        """Too many bytes on a mobile network."""
        name = text(event.cgi) or f"cmdid {whole(event.cmdid)}"
        self.flow_used, self.flow_volume = seconds(event.used), whole(event.volume)
        self.refusals.append(Refusal(at, "flow", name, whole(event.size), whole(event.used)))

    def intercept_started(self, event: Any, at: float) -> None:
        """An answer stands for those of a minute."""
        self.intercepts[text(event.cgi)] = at + seconds(event.seconds)
        while len(self.intercepts) > KEPT:
            self.intercepts.popitem(last=False)

    def _rest(self, task_id: int, name: str, since: float, until: float) -> None:
        self.zombies[task_id] = ZombieRecord(task_id, name, since, until)
        while len(self.zombies) > ZOMBIES:
            self.zombies.popitem(last=False)

    def zombie_queued(self, event: Any, at: float) -> None:
        """A failed task rests."""
        name = text(event.cgi) or "?"
        self._rest(whole(event.task_id), name, at, at + seconds(event.left))

    def zombie_revived(self, event: Any, at: float) -> None:
        """It is tried again."""
        self.revived += self.zombies.pop(whole(event.task_id), None) is not None

    def task_ended(self, event: Any, at: float) -> None:
        """It rests no more, however it ended."""
        if self.zombies:
            self.zombies.pop(whole(event.task_id), None)

    def check_due(self, event: Any, at: float) -> None:
        """A link went bad: a diagnosis would tell why."""
        good = whole(event.good)
        if event.longlink:
            self.good_long = good
        else:
            self.good_short = good
        self.check_due_at = at

    def sync_due(self, event: Any, at: float) -> None:
        """The application was asked to pull news."""
        self.sync_waited = seconds(event.waited)
        self.next_sync = at + self.sync_waited


class TrafficTotals:
    """Bytes by kind of network and by cgi, since netcore began (or since the panel listens)."""

    def __init__(self) -> None:
        self.since: float | None = None
        self.by_kind: dict[str, Bytes] = {}
        self.by_link: dict[str, Bytes] = {}
        self.by_cgi: dict[str, Bytes] = {}

    def handlers(self) -> dict[str, Callable[[Any, float], None]]:
        """What to do on which event."""
        return {"TrafficReported": self.reported, "TaskEnded": self.task_ended}

    def load(self, shot: Any) -> None:
        """Take a snapshot's counts in place of our own."""
        self.since = number(shot.traffic_since)
        for mine, theirs in (
            (self.by_kind, shot.traffic_by_kind),
            (self.by_link, shot.traffic_by_link),
            (self.by_cgi, shot.traffic_by_cgi),
        ):
            mine.clear()
            for each in theirs[: COUNTS + 1]:
                name = text(each.name, 120)
                if mine is self.by_kind:
                    name = name.lower()
                mine[name] = Bytes(whole(each.sent), whole(each.received))

    @staticmethod
    def _add(counts: dict[str, Bytes], name: str, sent: int, received: int) -> None:
        if name not in counts and len(counts) >= COUNTS:
            name = OTHERS
        count = counts.setdefault(name, Bytes())
        count.sent += sent
        count.received += received

    def reported(self, event: Any, at: float) -> None:
        """Bytes went over the network."""
        self.since = at if self.since is None else self.since
        sent, received = max(0, whole(event.sent)), max(0, whole(event.received))
        self._add(self.by_kind, word(event.kind), sent, received)

    def task_ended(self, event: Any, at: float) -> None:
        """Bodies of a task."""
        name = text(event.cgi, 120) or f"cmdid {whole(event.cmdid)}"
        self._add(self.by_cgi, name, max(0, whole(event.sent)), max(0, whole(event.received)))


class Signals:
    """What the operating system told, and in which state it left us."""

    def __init__(self) -> None:
        self.latest: deque[SystemSignal] = deque(maxlen=KEPT)
        self.total = 0
        self.kind = ""  # of the network; "" is unknown
        self.label = ""
        self.generation = 0
        self.foreground: bool | None = None
        self.active: bool | None = None
        self.portal = False
        self.asleep_since: float | None = None

    def handlers(self) -> dict[str, Callable[[Any, float], None]]:
        """What to do on which event."""
        return {
            "NetworkChanged": self.network_changed,
            "ActiveChanged": self.active_changed,
            "CaptivePortal": self.captive_portal,
            "Slept": self.slept,
            "Woke": self.woke,
            "PowerChanged": self.power_changed,
        }

    @property
    def online(self) -> bool:
        """Whether there is a network, as far as anybody said."""
        return self.kind != "none"

    def load(self, shot: Any) -> None:
        """Take a snapshot's state."""
        self.kind, self.label = word(shot.network.kind), text(shot.network.label)
        self.generation = whole(shot.network.generation)
        self.foreground, self.active = bool(shot.foreground), bool(shot.active)

    def _add(self, signal: SystemSignal) -> None:
        self.latest.append(signal)
        self.total += 1

    def network_changed(self, event: Any, at: float) -> None:
        """Another network, or none."""
        self.kind, self.label = word(event.kind), text(event.label)
        self.generation = whole(event.generation)
        self._add(SystemSignal(at, "network", self.kind, self.label))

    def active_changed(self, event: Any, at: float) -> None:
        """Foreground or activity changed."""
        self.foreground, self.active = bool(event.foreground), bool(event.active)
        state = "away" if not self.active else "front" if self.foreground else "behind"
        self._add(SystemSignal(at, "active", state))

    def captive_portal(self, event: Any, at: float) -> None:
        """A log-in page came between, or went."""
        self.portal = bool(event.found)
        self._add(SystemSignal(at, "portal", "found" if self.portal else "gone"))

    def slept(self, event: Any, at: float) -> None:
        """The machine goes to sleep."""
        self.asleep_since = at
        self._add(SystemSignal(at, "slept"))

    def woke(self, event: Any, at: float) -> None:
        """It woke."""
        self.asleep_since = None
        self._add(SystemSignal(at, "woke", seconds=seconds(event.seconds)))

    def power_changed(self, event: Any, at: float) -> None:
        """Plugged in, or on the battery."""
        self._add(SystemSignal(at, "power", word(event.source)))
