"""Takes the snapshots of :mod:`netcore.snapshot`: looks into every part and changes nothing."""

from __future__ import annotations

from collections.abc import Iterator

from netcore.connect.endpoint import AddressSource, Endpoint
from netcore.connect.sources import Sources
from netcore.engine.task_manager import TaskManager
from netcore.links.context import Context
from netcore.links.contract import Link
from netcore.links.pending_task import PendingTask
from netcore.longlink.learned import LearnedHeartbeat
from netcore.longlink.managed import ManagedLongLink
from netcore.longlink.state import LinkState
from netcore.runtime.clock import NEVER
from netcore.snapshot import (
    AddressSnapshot,
    CountSnapshot,
    FlowSnapshot,
    FrequencySnapshot,
    LinkSnapshot,
    NetworkSnapshot,
    Snapshot,
    TaskSnapshot,
    TaskState,
    TimeoutsSnapshot,
)


class SnapshotTaker:
    """Takes snapshots of one NetCore's parts."""

    def __init__(self, context: Context, task_manager: TaskManager, sources: Sources) -> None:
        self._context = context
        self._task_manager = task_manager
        self._sources = sources
        self._begun = context.clock.wall()

    def take(self) -> Snapshot:
        """The state now."""
        context, task_manager, policies = (
            self._context,
            self._task_manager,
            self._task_manager.policies,
        )
        now, wall = context.clock.now(), context.clock.wall()
        clock = _Wall(now, wall)
        active, times, counts = context.active, policies.times, policies.counts
        return Snapshot(
            at=wall,
            status=task_manager.status.overall,
            longlink_status=task_manager.status.longlink,
            network=self._network(clock),
            foreground=active.foreground,
            active=active.active,
            logged_in=context.logged_in,
            links=tuple(_links(task_manager, now, clock)),
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
                    limit=policies.frequency.limit,
                    last=clock.at(each.last),
                )
                for each in policies.frequency.records
            ),
            flow=FlowSnapshot(
                used=policies.flow.used(now), volume=policies.flow.volume, in_force=times.mobile
            ),
            intercepted=len(policies.intercepts),
            good_long=policies.netcheck.good(longlink=True),
            good_short=policies.netcheck.good(longlink=False),
            sync_interval=policies.sync.interval,
            next_sync=clock.maybe(policies.sync.due),
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
        network, weak = self._context.network, self._task_manager.policies.network
        return NetworkSnapshot(
            kind=network.state.kind,
            label=network.state.label,
            generation=network.generation,
            weak=weak.weak,
            weak_reason=weak.reason,
            weak_since=clock.at(weak.since) if weak.weak else None,
        )

    def _tasks(self, clock: _Wall) -> Iterator[TaskSnapshot]:
        for link in self._task_manager.links:
            for pending in link.tasks:
                state = TaskState.RUNNING if pending.running else TaskState.WAITING
                yield _task(pending, link, state, pending.deadline, clock)
        for zombie in self._task_manager.parked.zombies:
            yield _task(zombie.item, None, TaskState.RESTING, zombie.deadline, clock)

    def _addresses(self, now: float) -> Iterator[AddressSnapshot]:
        sources = self._sources
        users: dict[tuple[str, int], tuple[str, ...]] = {}
        for managed in self._task_manager.longlinks:
            if managed.connected:
                key = managed.link.profile.ip, managed.link.profile.port
                users[key] = (*users.get(key, ()), managed.name)
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
                source=AddressSource.NULL,
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


def _links(task_manager: TaskManager, now: float, clock: _Wall) -> Iterator[LinkSnapshot]:
    for managed in task_manager.longlinks:
        yield _longlink(managed, now, clock)
    if task_manager.shortlink is not None:
        yield _shortlink(task_manager.shortlink)


def _longlink(managed: ManagedLongLink, now: float, clock: _Wall) -> LinkSnapshot:
    link, profile, heartbeat = managed.link, managed.link.profile, managed.link.heartbeat
    policy = heartbeat.policy if isinstance(heartbeat, LearnedHeartbeat) else None
    since = clock.maybe(profile.tls_end or profile.connect_end) if link.connected else None
    return LinkSnapshot(
        name=managed.name,
        main=managed.main,
        minor=managed.config.minor,
        state=link.state,
        reason=link.failure.reason,
        detail=link.failure.detail,
        error_type=profile.error_type,
        error_code=profile.error_code,
        host=profile.host,
        ip=profile.ip,
        port=profile.port,
        source=profile.source,
        proxy=profile.proxy,
        carrier=profile.carrier,
        local_ip=profile.local_ip,
        local_port=profile.local_port,
        connected_since=since,
        last_received=clock.maybe(link.last_received),
        connect_rtt=profile.rtt,
        heartbeat_rtt=link.rtt,
        heartbeat_interval=link.heartbeat_interval(now),
        heartbeat_learned=0.0 if policy is None else policy.learned,
        heartbeat_state="" if policy is None else policy.state.value,
        heartbeats=tuple(profile.noops),
        next_connect=clock.maybe(managed.reconnector.monitor.due),
        waiting=managed.tasks.waiting,
        running=managed.tasks.running,
        generation=link.generation,
    )


def _shortlink(link: Link) -> LinkSnapshot:
    running = sum(1 for pending in link.tasks if pending.running)
    return LinkSnapshot(
        name=link.name,
        short=True,
        state=LinkState.CONNECTED,
        waiting=len(link.tasks) - running,
        running=running,
    )


def _task(
    pending: PendingTask, link: Link | None, state: TaskState, deadline: float, clock: _Wall
) -> TaskSnapshot:
    task, attempt, profile = pending.task, pending.attempt, pending.profile
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
        retries_left=pending.retries_left,
        first_package_timeout=attempt.first_package_timeout,
        read_write_timeout=attempt.read_write_timeout,
        sent_bytes=attempt.sent_bytes,
        received_bytes=attempt.received_bytes,
    )
