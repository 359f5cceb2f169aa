"""All policies of one NetCore together, fed with what happens and asked for what is to be done.

The shell of :mod:`netcore.policy`: it keeps the one timer that they need and tells the application
and the observer what they decided. The desk hands on what the links ask
(:mod:`netcore.links.contract`); the zombies, which start tasks, are with the desk itself
(:mod:`netcore.engine.parked_tasks`).
"""

from __future__ import annotations

import logging

from netcore.callbacks import Callbacks, LimitKind
from netcore.errors import ErrorType, Failure, SocketCode, TimeoutCode
from netcore.events import NetworkKind
from netcore.links.context import Context
from netcore.links.pending_task import PendingTask
from netcore.observe import Event
from netcore.policy.dynamic import DynamicTimeout
from netcore.policy.flow import FlowLimit, FlowRefused
from netcore.policy.frequency import FrequencyLimit, FrequencyRecord, FrequencyRefused
from netcore.policy.intercept import Intercepts, InterceptStarted, TaskIntercepted
from netcore.policy.netcheck import NetCheck, NetCheckDue
from netcore.policy.timeouts import Timeouts, TimeoutsChanged
from netcore.policy.timing_sync import SyncDue, TimingSync
from netcore.policy.traffic import Traffic, TrafficReported
from netcore.policy.weak import WeakChanged, WeakNetwork
from netcore.profile import ConnectProfile
from netcore.runtime.alarm import Alarm
from netcore.runtime.clock import NEVER
from netcore.task import Task

_log = logging.getLogger("netcore.policy")
_TIMEOUTS = (TimeoutCode.FIRST_PACKAGE, TimeoutCode.PACKAGE_PACKAGE, TimeoutCode.READ_WRITE)


class Policies:
    """The policies, by name, and their shell."""

    def __init__(self, context: Context) -> None:
        settings = context.settings.policies
        now = context.clock.now()
        active = context.active
        self._context = context
        self._now = context.clock.now
        self._mobile = False
        self.dynamic = DynamicTimeout(settings.dynamic)
        self.times = Timeouts(settings.timeouts)
        self.frequency = FrequencyLimit(now, settings.frequency)
        self.flow = FlowLimit(now, active=active.active, settings=settings.flow)
        self.network = WeakNetwork(now, foreground=active.foreground, settings=settings.weak)
        self.netcheck = NetCheck(settings.netcheck)
        self.sync = TimingSync(settings.timing_sync)
        self.intercepts = Intercepts(settings.intercept_keep)
        self.counts = Traffic(context.network.state.kind, settings.traffic)
        self._report_at = NEVER  # when the counts that are pending are due
        self._alarm = Alarm(self._now, self.tick)
        self._use_times()
        kind = type(context.callbacks)
        self._intercepts = kind.should_intercept is not Callbacks.should_intercept
        self._calls_traffic = kind.traffic is not Callbacks.traffic

    # -- before a task is sent ------------------------------------------------------------------

    def passes_limits(self, task: Task, body: bytes, now: float) -> bool:
        """Whether the limiters let the task go."""
        if task.limit_frequency:
            record = self.frequency.refused(task.cmdid, task.cgi, body, now)
            if record is not None:
                self._frequency_refused(task, record)
                return False
        if self._mobile and task.limit_flow and not self.flow.passes(len(body), now):
            self._flow_refused(task, len(body), now)
            return False
        return True

    @property
    def intercepting(self) -> bool:
        """Whether any answer is kept: else :meth:`intercepted` need not be asked."""
        return bool(self.intercepts.answers)

    def intercepted(self, task: Task, now: float) -> bytes | None:
        """The answer that stands for one from the server, or None."""
        body = self.intercepts.get(task.cgi, now)
        if body is not None:
            _log.info("task %d %s gets the intercepted answer", task.task_id, task.cgi)
            self._emit(TaskIntercepted(task_id=task.task_id, cgi=task.cgi, size=len(body)))
        return body

    def intercept(self, task: Task, code: int, body: bytes, now: float) -> None:
        """An answer was decoded: maybe it is to stand for later ones."""
        if not self._intercepts or self.intercepts.get(task.cgi, now) is not None:
            return  # the minute counts from the server's answer, not from those it stood for
        if self._context.ask(
            self._context.callbacks.should_intercept, False, code
        ) and self.intercepts.add(task.cgi, body, now):
            _log.warning("%s: code %d is intercepted from now on", task.cgi, code)
            self._emit(InterceptStarted(cgi=task.cgi, code=code, seconds=self.intercepts.keep))

    def timeouts(self, task: Task, size: int, sent: int) -> tuple[float, float]:
        """The first-package and the read-write time-out of a task about to be sent."""
        if task.long_polling:
            return self.times.of_polling(task.long_polling_timeout)
        return self.times.of(size, sent, task.server_process_cost)

    def package_package(self) -> float:
        """The package-package time-out."""
        return self.times.package_package

    def weak(self, now: float) -> bool:
        """Whether the network is weak."""
        if self.network.poll(now):
            self._weak_changed(now)
        return self.network.weak

    # -- what happens to it ---------------------------------------------------------------------

    def received(self, pending: PendingTask, size: int, now: float) -> None:
        """Bytes of an answer came, after those that the attempt knows of."""
        attempt = pending.attempt
        before = attempt.last_package
        gap = now - (before or attempt.send_start)
        if gap > self.network.package_gap and not pending.task.long_polling:
            self._judge_weak(self.network.on_package(not before, gap, now), now)

    def traffic(self, link: str, sent: int, received: int) -> None:
        """Bytes went over the network on a link."""
        if self.counts.wire(link, sent, received):
            self._report_traffic()
        elif self._report_at == NEVER:
            self._report_at = self._now() + self.counts.settings.report_time
            self._alarm.by(self._report_at)

    def answered(self, pending: PendingTask, now: float, *, longlink: bool) -> None:
        """A task was answered well by the server."""
        self.netcheck.on_good(longlink=longlink)
        if pending.task.long_polling:  # how long it took says nothing
            return
        attempt = pending.attempt
        size = attempt.sent_bytes + attempt.received_bytes
        if self.dynamic.on_answer(size, now - attempt.send_start, now):
            self._use_times()
        cost = now - pending.profile.start
        network = self.network
        if (network.weak or cost >= network.task_cost) and network.on_answer(cost, now):
            self._weak_changed(now)

    def task_over(self, pending: PendingTask) -> None:
        """A task is over, well or not: count its bodies, note how the network was."""
        pending.profile.weak = self.network.weak
        pending.profile.level = self.times.level
        task, attempts = pending.task, pending.profile.attempts
        sent, received = attempts[0].sent_bytes, attempts[0].received_bytes
        if len(attempts) > 1:
            sent = sum(attempt.sent_bytes for attempt in attempts)
            received = sum(attempt.received_bytes for attempt in attempts)
        self.counts.task(task.cgi, task.cmdid, sent, received)

    def failed(self, failure: Failure, index: int, now: float) -> None:
        """A task failed for good; its connection was by the ``index``-th address."""
        if failure.type not in (ErrorType.EN_DECODE, ErrorType.LOCAL, ErrorType.CANCELED):
            self._judge_weak(self.network.on_failure(index, now), now)

    def connect_result(self, ok: bool, profile: ConnectProfile, now: float) -> None:
        """A connection came about, or did not."""
        self._judge_weak(self.network.on_connect(ok, profile.rtt, profile.index, now), now)

    def network_failed(self, failure: Failure, now: float, *, longlink: bool) -> None:
        """A time-out struck, or a connection failed."""
        unreachable = not longlink and (
            failure.type is ErrorType.SOCKET and failure.code == SocketCode.MAKE_SOCKET_PREPARED
        )
        if (failure.code in _TIMEOUTS or unreachable) and self.dynamic.on_failure(now):
            self._use_times()
        self._judge_netcheck(now, longlink=longlink)

    # -- surroundings ---------------------------------------------------------------------------

    def pretend_weak(self) -> bool:
        """Take the network for weak, for the next minute; whether it now is."""
        now = self._now()
        self._judge_weak(self.network.on_told(now), now)
        return self.network.weak

    def on_network(self) -> None:
        """The network is another one, or gone."""
        now = self._now()
        kind = self._context.network.state.kind
        self._report_traffic()
        self.counts.on_network(kind)
        self._mobile = kind is NetworkKind.MOBILE
        self.dynamic.reset(mobile=self._mobile)
        self._use_times()
        self._judge_weak(self.network.on_network(now), now)
        self.state_changed()

    def on_active(self) -> None:
        """The foreground or the activity changed."""
        now = self._now()
        active = self._context.active
        self.flow.on_active(active.active, now)
        self._judge_weak(self.network.on_foreground(active.foreground, now), now)
        self.state_changed()

    def forget(self) -> None:
        """Forget what was learned of this network."""
        self.dynamic.reset(mobile=self._mobile)
        self._use_times()
        self.intercepts.clear()

    def state_changed(self) -> None:
        """Activity, account or network are in another state."""
        context = self._context
        self.sync.changed(
            self._now(),
            active=context.active.active,
            logged_in=context.logged_in,
            online=context.network.state.online,
        )
        self._rearm()

    def longlink_up(self, up: bool) -> None:
        """The main long link came up, or is down."""
        context = self._context
        if up:
            self.sync.stop()
        else:
            self.sync.start(
                self._now(),
                active=context.active.active,
                logged_in=context.logged_in,
                online=context.network.state.online,
            )
        self._rearm()

    def tick(self) -> None:
        """Do what is due by the clock; also called after a wake-up, when the timer is late."""
        self._alarm.cancel()
        now = self._now()
        if now >= self._report_at:
            self._report_traffic()
        if self.network.poll(now):
            self._weak_changed(now)
        context = self._context
        waited = self.sync.interval
        if self.sync.on_due(
            now,
            active=context.active.active,
            logged_in=context.logged_in,
            online=context.network.state.online,
        ):
            self._emit(SyncDue(waited=waited))
            context.ask(context.callbacks.request_sync, None)
        self._rearm()

    def close(self) -> None:
        """Report what is pending and stop the timer."""
        self._report_traffic()
        self.sync.stop()
        self._alarm.cancel()

    def _rearm(self) -> None:
        self._alarm.set(min(self._report_at, self.network.due, self.sync.due))

    # -- telling --------------------------------------------------------------------------------

    def _emit(self, event: Event) -> None:
        if self._context.observer.active:
            self._context.observer.emit(event)

    def _use_times(self) -> None:
        times, level, mobile = self.times, self.dynamic.level, self._mobile
        before = times.level, times.mobile
        times.use(level, mobile=mobile)
        if (level, mobile) != before:
            _log.info("time-outs: %s, first package %.1f s", level.name, times.first_package)
            self._emit(
                TimeoutsChanged(
                    level=level,
                    mobile=mobile,
                    first_package=times.first_package,
                    package_package=times.package_package,
                    read_write=times.read_write,
                )
            )

    def _judge_netcheck(self, now: float, *, longlink: bool) -> None:
        if self.netcheck.on_bad(now, longlink=longlink):
            good = self.netcheck.good(longlink=longlink)
            _log.warning("%s of the last 8 results were good: a diagnosis is due", good)
            self._emit(NetCheckDue(longlink=longlink, good=good))
            self._context.ask(self._context.callbacks.on_netcheck_due, None, longlink)

    def _judge_weak(self, changed: bool, now: float) -> None:
        if changed:
            self._weak_changed(now)

    def _weak_changed(self, now: float) -> None:
        network = self.network
        _log.info("the network is %s: %s", "weak" if network.weak else "good", network.reason.value)
        self._emit(WeakChanged(weak=network.weak, reason=network.reason, seconds=network.lasted))
        self._rearm()

    def _report_traffic(self) -> None:
        self._report_at = NEVER
        count = self.counts.take()
        if not count.total:
            return
        kind = self.counts.kind
        if self._context.observer.active:
            self._emit(TrafficReported(kind=kind, sent=count.sent, received=count.received))
        if self._calls_traffic:
            self._context.ask(
                self._context.callbacks.traffic, None, kind, count.sent, count.received
            )

    def _frequency_refused(self, task: Task, record: FrequencyRecord) -> None:
        name = task.cgi or task.cmdid
        _log.error("task %d %s was sent %d times: refused", task.task_id, name, record.count)
        self._emit(
            FrequencyRefused(
                task_id=task.task_id,
                cmdid=task.cmdid,
                cgi=task.cgi,
                count=record.count,
                gap=record.gap,
            )
        )
        self._context.ask(
            self._context.callbacks.report_task_limited,
            None,
            LimitKind.FREQUENCY,
            task,
            record.gap,
        )

    def _flow_refused(self, task: Task, size: int, now: float) -> None:
        used = round(self.flow.used(now))
        name = task.cgi or task.cmdid
        _log.error("task %d %s of %d bytes: refused by the flow limit", task.task_id, name, size)
        self._emit(
            FlowRefused(
                task_id=task.task_id,
                cmdid=task.cmdid,
                cgi=task.cgi,
                size=size,
                used=used,
                volume=self.flow.volume,
            )
        )
        self._context.ask(
            self._context.callbacks.report_task_limited, None, LimitKind.FLOW, task, float(size)
        )
