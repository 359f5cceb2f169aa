"""The state of a NetCore at one moment, for a panel that opens late (:meth:`NetCore.snapshot`).

Plain frozen dataclasses. Moments are wall-clock seconds since the epoch, None where there is none;
durations are seconds. What happens afterwards is told by :mod:`netcore.observe`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from netcore.callbacks import ConnectStatus
from netcore.connect.endpoint import Endpoint, Source
from netcore.connect.sources import Sources
from netcore.context import Context
from netcore.contract import Link
from netcore.desk import Desk
from netcore.errors import DisconnectReason, ErrorType
from netcore.events import NetworkKind
from netcore.longlink.carrier import Carrier
from netcore.longlink.entry import NEVER, Entry
from netcore.longlink.link import LinkState
from netcore.policy.dynamic import Level
from netcore.policy.weak import WeakReason
from netcore.profile import NoopProfile
from netcore.task import Channel, Priority


class TaskState(Enum):
    """Where a task stands."""

    WAITING = "waiting"
    RUNNING = "running"
    RESTING = "resting"  # a zombie, see netcore.policy.zombie


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkSnapshot:
    """The network; ``generation`` counts its changes."""

    kind: NetworkKind
    label: str
    generation: int
    weak: bool
    weak_reason: WeakReason
    weak_since: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkSnapshot:
    """A link; the fields of its connection are those of the latest one, up or not."""

    name: str
    main: bool
    minor: bool
    short: bool
    state: LinkState
    reason: DisconnectReason  # of the latest change of state
    detail: str
    error_type: ErrorType
    error_code: int
    host: str
    ip: str
    port: int
    source: Source
    proxy: str
    local_ip: str
    local_port: int
    connected_since: float | None
    last_received: float | None
    connect_rtt: float  # 0.0 is unknown, as in the next one
    heartbeat_rtt: float
    heartbeat_interval: float  # in force; 0.0 when there is none
    heartbeat_learned: float  # for this network; 0.0 when none is sought
    heartbeat_state: str  # "growing", "stable" or ""
    heartbeats: tuple[NoopProfile, ...]  # the latest; their ``at`` is of netcore's clock
    next_connect: float | None
    waiting: int
    running: int
    generation: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskSnapshot:
    """A task that is not over."""

    task_id: int
    cmdid: int
    cgi: str
    link: str
    channel: Channel
    priority: Priority
    state: TaskState
    started: float
    sent: float | None  # the latest attempt
    first_package: float | None
    deadline: float  # of all attempts
    attempt: int  # from 1
    retries_left: int
    first_package_timeout: float
    read_write_timeout: float
    sent_bytes: int
    received_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeoutsSnapshot:
    """The time-outs in force for a small task without server cost."""

    level: Level
    mobile: bool
    first_package: float
    package_package: float
    read_write: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FrequencySnapshot:
    """How often an equal request was sent; above ``limit`` it is refused."""

    cmdid: int
    cgi: str
    size: int
    count: int
    limit: int
    last: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowSnapshot:
    """Bytes in the flow limit's funnel; it counts on mobile networks only (``in_force``)."""

    used: float
    volume: int
    in_force: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CountSnapshot:
    """Bytes sent and received by a kind of network, a link or a cgi."""

    name: str
    sent: int
    received: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressSnapshot:
    """An address: ``rank`` is its place among those tried (from 0), None when it was not chosen.

    ``history`` has a bit for each of the last 8 results, bit 0 the newest, set for a failure; None
    when it was never used on this network. ``used_by`` names the links that are up on it.
    """

    ip: str
    port: int
    host: str
    source: Source
    longlink: bool
    rank: int | None
    history: int | None
    banned_for: float
    used_by: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Everything."""

    at: float
    status: ConnectStatus
    longlink_status: ConnectStatus
    network: NetworkSnapshot
    foreground: bool
    active: bool
    logged_in: bool
    links: tuple[LinkSnapshot, ...]
    tasks: tuple[TaskSnapshot, ...]
    timeouts: TimeoutsSnapshot
    frequency: tuple[FrequencySnapshot, ...]
    flow: FlowSnapshot
    intercepted: int  # cgis whose answer is kept
    good_long: int  # of the latest 8 results of the long links
    good_short: int  # and of the short link
    sync_interval: float  # of timing sync
    next_sync: float | None
    traffic_since: float
    traffic_by_kind: tuple[CountSnapshot, ...]
    traffic_by_link: tuple[CountSnapshot, ...]
    traffic_by_cgi: tuple[CountSnapshot, ...]
    addresses: tuple[AddressSnapshot, ...]


class Photographer:
    """Takes snapshots of one NetCore's rooms."""

    def __init__(self, context: Context, desk: Desk, sources: Sources) -> None:
        self._context = context
        self._desk = desk
        self._sources = sources
        self._begun = context.clock.wall()

    def take(self) -> Snapshot:
        """The state now."""
        context, desk, judges = self._context, self._desk, self._desk.judges
        now, wall = context.clock.now(), context.clock.wall()
        clock = _Wall(now, wall)
        active, times, counts = context.active, judges.times, judges.counts
        return Snapshot(
            at=wall,
            status=desk.status.overall,
            longlink_status=desk.status.longlink,
            network=self._network(clock),
            foreground=active.foreground,
            active=active.active,
            logged_in=context.logged_in,
            links=tuple(_link(each, clock) for each in desk.longlinks),
            tasks=tuple(self._tasks(clock)),
            timeouts=TimeoutsSnapshot(
                level=times.level,
                mobile=times.mobile,
                first_package=times.first_package,
                package_package=times.package_package,
                read_write=times.read_write,
            ),
            frequency=tuple(
                FrequencySnapshot(
                    cmdid=each.cmdid,
                    cgi=each.cgi,
                    size=each.size,
                    count=each.count,
                    limit=judges.frequency.limit,
                    last=clock.at(each.last),
                )
                for each in judges.frequency.records
            ),
            flow=FlowSnapshot(
                used=judges.flow.used(now), volume=judges.flow.volume, in_force=times.mobile
            ),
            intercepted=len(judges.intercepts),
            good_long=judges.netcheck.good(longlink=True),
            good_short=judges.netcheck.good(longlink=False),
            sync_interval=judges.sync.interval,
            next_sync=clock.maybe(judges.sync.due),
            traffic_since=self._begun,
            traffic_by_kind=tuple(
                CountSnapshot(name=kind.name, sent=each.sent, received=each.received)
                for kind, each in counts.by_kind().items()
            ),
            traffic_by_link=tuple(
                CountSnapshot(name=name, sent=each.sent, received=each.received)
                for name, each in counts.by_link().items()
            ),
            traffic_by_cgi=tuple(
                CountSnapshot(name=name, sent=each.sent, received=each.received)
                for name, each in counts.by_cgi().items()
            ),
            addresses=tuple(self._addresses(now)),
        )

    def _network(self, clock: _Wall) -> NetworkSnapshot:
        network, weak = self._context.network, self._desk.judges.network
        return NetworkSnapshot(
            kind=network.state.kind,
            label=network.state.label,
            generation=network.generation,
            weak=weak.weak,
            weak_reason=weak.reason,
            weak_since=clock.at(weak.since) if weak.weak else None,
        )

    def _tasks(self, clock: _Wall) -> Iterator[TaskSnapshot]:
        for link in self._desk.links:
            for entry in link.tasks:
                state = TaskState.RUNNING if entry.running else TaskState.WAITING
                yield _task(entry, link, state, entry.deadline, clock)
        for zombie in self._desk.resting.zombies:
            yield _task(zombie.item, None, TaskState.RESTING, zombie.deadline, clock)

    def _addresses(self, now: float) -> Iterator[AddressSnapshot]:
        sources = self._sources
        users: dict[tuple[str, int], tuple[str, ...]] = {}
        for carrier in self._desk.longlinks:
            if carrier.connected:
                key = carrier.link.profile.ip, carrier.link.profile.port
                users[key] = (*users.get(key, ()), carrier.name)
        known = sources.ranking.known()
        shown: set[tuple[bool, Endpoint]] = set()
        for (longlink, _), endpoints in sources.chosen.items():
            for rank, each in enumerate(endpoints):
                if (longlink, each) in shown:
                    continue
                shown.add((longlink, each))
                history = known.pop((each.ip, each.port), None)
                yield AddressSnapshot(
                    ip=each.ip,
                    port=each.port,
                    host=each.host,
                    source=each.source,
                    longlink=longlink,
                    rank=rank,
                    history=None if history is None else history.bits,
                    banned_for=sources.ranking.banned_for(each.ip, each.port, now),
                    used_by=users.get((each.ip, each.port), ()),
                )
        for (ip, port), history in known.items():  # banned, or for hosts no longer asked for
            yield AddressSnapshot(
                ip=ip,
                port=port,
                host="",
                source=Source.NULL,
                longlink=port != sources.settings.shortlink_port,
                rank=None,
                history=history.bits,
                banned_for=sources.ranking.banned_for(ip, port, now),
                used_by=users.get((ip, port), ()),
            )


class _Wall:
    """Turns moments of netcore's clock into those of the wall."""

    __slots__ = ("_ahead",)

    def __init__(self, now: float, wall: float) -> None:
        self._ahead = wall - now

    def at(self, moment: float) -> float:
        return moment + self._ahead

    def maybe(self, moment: float) -> float | None:
        """None for 0.0 and for never, which stand for "not yet" and "not at all"."""
        return None if moment in (0.0, NEVER) else moment + self._ahead


def _link(carrier: Carrier, clock: _Wall) -> LinkSnapshot:
    link = carrier.link
    profile = link.profile
    return LinkSnapshot(
        name=carrier.name,
        main=carrier.main,
        minor=carrier.config.minor,
        short=False,
        state=link.state,
        reason=link.reason,
        detail=link.detail,
        error_type=profile.error_type,
        error_code=profile.error_code,
        host=profile.host,
        ip=profile.ip,
        port=profile.port,
        source=profile.source,
        proxy=profile.proxy,
        local_ip=profile.local_ip,
        local_port=profile.local_port,
        connected_since=clock.maybe(profile.tls_end or profile.connect_end)
        if link.connected
        else None,
        last_received=clock.maybe(link.last_received),
        connect_rtt=profile.rtt,
        heartbeat_rtt=profile.noops[-1].cost if profile.noops else 0.0,
        heartbeat_interval=profile.noops[-1].interval if profile.noops else 0.0,
        heartbeat_learned=0.0,
        heartbeat_state="",
        heartbeats=tuple(profile.noops),
        next_connect=None,
        waiting=carrier.tasks.waiting,
        running=carrier.tasks.running,
        generation=link.generation,
    )


def _task(
    entry: Entry, link: Link | None, state: TaskState, deadline: float, clock: _Wall
) -> TaskSnapshot:
    task, attempt, profile = entry.task, entry.attempt, entry.profile
    return TaskSnapshot(
        task_id=task.task_id,
        cmdid=task.cmdid,
        cgi=task.cgi,
        link="" if link is None else link.name,
        channel=profile.channel,
        priority=task.priority,
        state=state,
        started=clock.at(profile.start),
        sent=clock.maybe(attempt.send_start),
        first_package=clock.maybe(attempt.first_package),
        deadline=clock.at(deadline),
        attempt=len(profile.attempts),
        retries_left=entry.retries_left,
        first_package_timeout=attempt.first_package_timeout,
        read_write_timeout=attempt.read_write_timeout,
        sent_bytes=attempt.sent_bytes,
        received_bytes=attempt.received_bytes,
    )
