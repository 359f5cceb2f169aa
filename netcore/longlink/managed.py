"""A long link with all that belongs to it: tasks, reconnecting, signalling.

``LongLinkMetaData`` and the shell half of ``mars/stn/src/longlink_task_manager.cc``. The decisions
are in :mod:`netcore.longlink.tasks` (what a failure means for the tasks),
:mod:`netcore.longlink.dispatch` (what goes out now) and :mod:`netcore.links.verdicts` (what an
answer means); this file carries out what they answer. There is one timer for the tasks, and it is
moved only when something falls due sooner.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable

from netcore.connect.endpoint import Endpoint, traffic_name
from netcore.connect.sources import Sources
from netcore.errors import (
    DisconnectReason,
    FailHandle,
    Failure,
    LocalCode,
    TimeoutCode,
)
from netcore.links.context import Context
from netcore.links.contract import Engine
from netcore.links.decisions import End, Retry
from netcore.links.pending_task import (
    AnswerUnknown,
    PendingTask,
    TaskPart,
    TaskWritten,
    emit_retry,
)
from netcore.links.verdicts import AnswerJudge, AnswerVerdict
from netcore.longlink.codec import Encoder, Frame, marks_as_mars
from netcore.longlink.config import LonglinkConfig
from netcore.longlink.connector import AddressProvider, LongLinkConnector
from netcore.longlink.dispatch import Dispatch, Frames, Refused
from netcore.longlink.failback import Failback
from netcore.longlink.heartbeat_runner import FixedHeartbeat, HeartbeatPolicy
from netcore.longlink.link import LongLink
from netcore.longlink.reconnector import Reconnector
from netcore.longlink.state import Connect, LinkState
from netcore.longlink.tasks import Action, Disconnect, TaskList
from netcore.longlink.wake import Wake
from netcore.profile import ConnectProfile
from netcore.runtime.alarm import Alarm

_log = logging.getLogger("netcore.longlink.tasks")
# Those that speak against the address, not only for a slow task (``__BatchErrorRespHandle``).
_PACKAGE_TIMEOUTS = (
    TimeoutCode.FIRST_PACKAGE,
    TimeoutCode.PACKAGE_PACKAGE,
    TimeoutCode.READ_WRITE,
)


class ManagedLongLink:
    """One long link and the tasks that ride on it.

    ``heartbeat`` of None is one each 3.5 min; without ``sources`` it does not look for its way back
    from a backup address; ``connect`` makes wires in another way, for simulations.
    """

    def __init__(
        self,
        config: LonglinkConfig,
        context: Context,
        encoder: Encoder,
        engine: Engine,
        addresses: AddressProvider,
        heartbeat: HeartbeatPolicy | None = None,
        sources: Sources | None = None,
        connect: Connect | None = None,
    ) -> None:
        self.config = config
        self.name = config.name
        self.main = config.main
        self.addresses = addresses
        self._context = context
        self._now = context.clock.now
        self._encoder = encoder
        self._as_mars = marks_as_mars(encoder)
        self._engine = engine
        self._policies = engine.policies
        self.tasks = TaskList(retry_interval=context.settings.longlink.retry_interval)
        self.connector = LongLinkConnector(
            config.name, context, encoder, addresses, need_tls=config.need_tls
        )
        self.link = LongLink(
            config.name,
            context,
            encoder,
            heartbeat or FixedHeartbeat(210.0),
            self,
            connect or self.connector,
            minor=config.minor,
        )
        failback = None
        if sources is not None:
            failback = Failback(
                config.name, config.ports, context, sources, self.connector.probe, self._go_back
            )
        self.reconnector = Reconnector(
            self.link, context, keep_alive=config.keep_alive, failback=failback
        )
        self._channel = config.channel
        self._alarm = Alarm(context.clock.now, self.tick)
        self._dispatch = Dispatch(config, context, encoder, engine.policies, self.tasks, self.link)
        self._answers = AnswerJudge(context, engine.policies, config.channel)
        self._soon: asyncio.Handle | None = None
        self._closed = False

    @property
    def connected(self) -> bool:
        """Whether the link is up."""
        return self.link.connected

    @property
    def identified(self) -> bool:
        """Whether it is up and its identify check is settled."""
        session = self.link.session
        return self.link.connected and session is not None and session.heartbeats.identified

    @property
    def acknowledged(self) -> bool:
        """Whether the peer's system is known to have all that was sent; only Linux tells."""
        session = self.link.session
        facts = None if session is None else session.wire.tcp_info()
        return facts is not None and facts.acknowledged

    @property
    def _alive_or_wanted(self) -> bool:
        """Whether the link is to be up: kept alive, or needed by a task."""
        return self.config.keep_alive or len(self.tasks) > 0

    def _go_back(self) -> None:
        """An address of the DNS works again while the link is on a backup address."""
        self.redo(DisconnectReason.TIME_CHECK_SUCCESS)

    # -- tasks ----------------------------------------------------------------------------------

    def start(self, pending: PendingTask) -> None:
        """Take a task on; it goes out with all others of this turn of the loop."""
        profile = pending.profile
        profile.channel = self._channel
        profile.channel_name = self.name
        self.tasks.add(pending)
        if pending.deadline < self._alarm.at:
            self._arm(pending.deadline)
        if self._soon is None:
            self.touch()

    def stop(self, task_id: int) -> PendingTask | None:
        """Forget a task; the entry, if it was here."""
        pending = self.tasks.remove(task_id)
        if pending is not None:
            self.link.unsend(task_id)
            self._left(pending)
        return pending

    def clear(self) -> list[PendingTask]:
        """Forget all tasks and cut the link, since answers may be under way."""
        pending_tasks = self.tasks.clear()
        self.link.disconnect(DisconnectReason.RESET, tell_owner=False)
        return pending_tasks

    def touch(self) -> None:
        """Look at the waiting tasks at the end of this turn of the loop."""
        if self._soon is None and not self._closed:
            self._soon = asyncio.get_running_loop().call_soon(self._run)

    def wanted(self) -> None:
        """Connect as soon as the waiting time for a task allows it."""
        self.reconnector.wanted()

    def redo(self, reason: DisconnectReason) -> None:
        """Cut the link, connect anew and send the running tasks again."""
        self.link.disconnect(reason, tell_owner=False)
        self._act(self.tasks.redo(self._now()))
        self.reconnector.connect_now()
        self.touch()

    def network_changed(self, reason: DisconnectReason) -> None:
        """The network is another one, or is gone: whatever belongs to the old one is void."""
        self.link.disconnect(reason, tell_owner=False)
        self._act(self.tasks.redo(self._now()))
        if reason is not DisconnectReason.NETWORK_LOST and self._alive_or_wanted:
            self.reconnector.connect_now()

    def network_found(self) -> None:
        """The network that was there all along has a name: what is known of it holds."""
        self.link.network_found(self._context.network.state.key)

    def woke(self, verdict: Wake, probe_timeout: float) -> None:
        """The machine woke; carry out the verdict on the link."""
        if verdict is Wake.RECONNECT:
            self.redo(DisconnectReason.LINK_CHECK_TIMEOUT)
        elif verdict is Wake.CONNECT and self._alive_or_wanted:
            self.reconnector.connect_now()
        elif verdict is Wake.PROBE:
            self.tasks.extend(self._now() + probe_timeout)
            self.link.probe(probe_timeout)
        self.link.tick()
        self.reconnector.tick()
        self.tick()

    def retry(self, failure: Failure, handle: FailHandle, source: int, user_id: str) -> None:
        """Connect anew and send all running tasks again, if any task here is of ``user_id``.

        The other users' too: the connection that their answers would come on is cut.
        """
        if not any(pending.task.user_id == user_id for pending in self.tasks):
            return
        self._act(self.tasks.fail_batch(failure, handle, self._now(), source=source))
        self.touch()

    def report_address(self, endpoint: Endpoint, ok: bool) -> None:
        """An address worked or did not."""
        self.addresses.report(endpoint, ok)

    def release(self) -> None:
        """End every task with LONGLINK_RELEASED (the link is being destroyed)."""
        for pending in self.tasks:
            if self.tasks.waits(pending):  # no callback stopped it
                self._end(pending, Failure.local(LocalCode.LONGLINK_RELEASED))

    async def close(self) -> None:
        """Close the link and every handle."""
        self._closed = True
        self._alarm.cancel()
        if self._soon is not None:
            self._soon.cancel()
            self._soon = None
        self.reconnector.close()
        await self.link.close()

    # -- the clock ------------------------------------------------------------------------------

    def _arm(self, due: float) -> None:
        """See to it that the alarm rings at ``due`` or before."""
        if not self._closed:
            self._alarm.by(due)

    def tick(self) -> None:
        """Do what is due by the clock; also called after a wake-up, when timers are late."""
        self._alarm.cancel()
        actions = self.tasks.expire(self._now(), self._policies.package_package())
        for action in actions:
            if isinstance(action, (End, Retry)) and action.failure.code in _PACKAGE_TIMEOUTS:
                if action.failure.code == TimeoutCode.FIRST_PACKAGE:
                    self._dispatch.pacing.timed_out()
                self._engine.results.network_failed(self, action.failure, self.link.profile)
                break
        self._act(actions)
        self._arm(self.tasks.next_deadline())
        if self.tasks.waiting:
            self.touch()

    # -- sending --------------------------------------------------------------------------------

    def _run(self) -> None:
        """Send the waiting tasks."""
        self._soon = None
        tasks, link = self.tasks, self.link
        if not tasks.waiting:
            return
        if not link.connected:
            self.reconnector.wanted()
        now = self._now()
        frames, over, due = self._dispatch.turn(now)
        for each in over:
            if not tasks.waits(each.pending):  # a callback on one before stopped it
                continue
            if isinstance(each, Refused):
                self._end(each.pending, each.failure)
            else:
                self._answered(each.pending, each.answer, now)
        if frames:
            self._send(frames, now)
        self._arm(due)

    def _send(self, frames: Frames, now: float) -> None:
        tasks, going, sent_only = self.tasks, [], []
        for pending, frame in frames:
            if pending.on is tasks and pending.running:  # no callback stopped it
                task = pending.task
                going.append((task.task_id, frame))
                if task.send_only:
                    sent_only.append(pending)
        self.link.send(going)
        if len(going) > len(sent_only):
            self.link.expect_answer(now)
        for pending in sent_only:
            if pending.on is tasks and pending.running:
                self._done(pending, now)

    # -- ends -----------------------------------------------------------------------------------

    def _act(self, actions: Iterable[Action]) -> None:
        for action in actions:
            if not isinstance(action, Disconnect):
                over = action.pending.profile.attempts[-1 if isinstance(action, End) else -2]
                over.connect = over.connect or self.link.profile
            if isinstance(action, End):
                if action.pending.cause is None and not self.connected:
                    action.pending.cause = self.link.connect_error  # what it waited for in vain
                self.link.unsend(action.pending.task.task_id)
                self._left(action.pending)
                self._engine.task_failed(action.pending, action.failure, action.handle)
            elif isinstance(action, Disconnect):
                self.link.cut(action.connection, action.reason)
            elif self.tasks.waits(action.pending):  # none stopped it
                emit_retry(self._context.observer, action.pending, self.name)
                self._engine.retrying(self, action.pending)
        if self.tasks.waiting:
            self.touch()

    def _end(self, pending: PendingTask, failure: Failure) -> None:
        """End a task for good."""
        self._act([self.tasks.fail(pending, failure, FailHandle.TASK_END, self._now())])

    def _done(self, pending: PendingTask, now: float) -> None:
        """End a task that wants no answer: it was sent."""
        self.tasks.finish(pending)
        self._left(pending)
        pending.attempt.end = now
        self._engine.task_answered(pending)

    def _left(self, pending: PendingTask) -> None:
        """A task is over: the connections that lingered for it alone need not."""
        link = self.link
        if link.lingering:
            for connection in (pending.connection, pending.moved_from):
                if connection != link.connection and not self.tasks.rides(connection):
                    link.let_go(connection)

    def _answered(self, pending: PendingTask, body: bytes, now: float) -> None:
        """A task's answer is here, the server's or one that was kept."""
        attempt = pending.attempt
        if not attempt.first_package:
            attempt.first_package = now
        attempt.last_package = now
        attempt.received_bytes = len(body)
        pending.answer = body
        code = 0
        if self._answers.asks:
            good = self._judge(pending, body)
            if good is None:
                return
            now, code = attempt.decode_end, good
        self.tasks.finish(pending)
        if self.link.lingering:
            self._left(pending)
        attempt.end = now
        self._engine.task_answered(pending, code)

    def _judge(self, pending: PendingTask, body: bytes) -> int | None:
        """Do what the application's verdict on an answer says (:mod:`netcore.links.verdicts`).

        A good answer is left to the caller, which gets its code.
        """
        task = pending.task
        verdict, handle, code = self._answers.judge(
            pending, body, kept=not (pending.running or pending.moved_from)
        )
        now = pending.attempt.decode_end
        failure = Failure.undecodable(code)
        if not self.tasks.waits(pending):  # the callback stopped it
            return None
        if verdict is AnswerVerdict.ANSWERED:
            return code
        if verdict is AnswerVerdict.SILENT:
            self.tasks.remove(task.task_id)
            self._engine.task_failed(pending, failure, handle)
        elif verdict is AnswerVerdict.FAILED:
            self._end(pending, failure)
        elif verdict is AnswerVerdict.RETRY_ALL:
            self._engine.retry_all(failure, handle, task)
        else:
            _log.warning("the answer to %s could not be decoded: %s", task.cgi or task.cmdid, code)
            profile, default = self.link.profile, FailHandle.DEFAULT
            self._act(self.tasks.fail_batch(failure, default, now, source=task.task_id))
            self._engine.results.network_failed(self, failure, profile)
        return None

    # -- LinkOwner ------------------------------------------------------------------------------

    def link_state(self, state: LinkState) -> None:
        """The state changed."""
        if state is LinkState.CONNECTED:
            self.tasks.link_up()
            if self.tasks.waiting:
                self.touch()
        self.reconnector.on_state(state)
        self._engine.results.link_changed(self, state, self.link.profile)

    def link_busy(self) -> bool:
        """Whether tasks wait to be sent as soon as the link is up, and not apart from its noop."""
        return self.tasks.waiting > 0 and not self._dispatch.pacing.on

    def link_frame(self, frame: Frame, now: float) -> None:
        """An answer or a push came."""
        cmdid, seq, body = frame
        pending = self.tasks.get(seq)
        if (pending is None or not self._as_mars) and self._encoder.is_push(frame):
            self._engine.pushed(self.name, cmdid, seq, body)
            return
        if pending is None or not (pending.running or pending.moved_from):
            _log.info("%s: an answer to no task: cmdid %d seq %d", self.name, cmdid, seq)
            if self._context.observer.active:
                self._context.observer.emit(
                    AnswerUnknown(link=self.name, cmdid=cmdid, seq=seq, size=len(body))
                )
            return
        self._policies.received(pending, len(body), now)
        self._answered(pending, body, now)

    def link_part(self, seq: int, size: int, now: float) -> None:
        """Some bytes of an answer came."""
        pending = self.tasks.get(seq)
        if pending is None:
            return
        self._policies.received(pending, size, now)
        if self.tasks.received_part(seq, size, now, self._policies.package_package()):
            self._arm(pending.due)
            if self._context.observer.active:
                self._context.observer.emit(TaskPart(task_id=seq, link=self.name, size=size))

    def link_wrote(self, task_ids: list[int], now: float) -> None:
        """Frames that had to wait for a full socket went out."""
        for task_id in task_ids:
            self.tasks.wrote(task_id, now)
            if self._context.observer.active:
                self._context.observer.emit(TaskWritten(task_id=task_id, link=self.name))

    def link_down(self, failure: Failure, profile: ConnectProfile) -> None:
        """The connection, or the attempt at one, failed: so did the running tasks."""
        self._engine.results.network_failed(self, failure, profile)
        self._fail_on(self.link.connection, failure)

    def link_replaced(self, failure: Failure, profile: ConnectProfile, connection: int) -> bool:
        """A silent connection was replaced: what may go out again does."""
        self._engine.results.network_failed(self, failure, profile)
        self.tasks.replaced(connection, failure, self._now())
        return self.tasks.rides(connection)

    def link_lost(self, failure: Failure, connection: int) -> None:
        """A connection that was replaced before is over."""
        self._fail_on(connection, failure)
        if self.connected:
            self.tasks.link_up()  # what failed there need not wait

    def _fail_on(self, connection: int, failure: Failure) -> None:
        """The connection of this number failed its tasks."""
        actions = self.tasks.fail_batch(
            failure, FailHandle.DEFAULT, self._now(), connection=connection
        )
        self._act(actions)

    def link_traffic(self, sent: int, received: int) -> None:
        """Bytes went over the network."""
        if self.reconnector.signalling.keeping:
            self.reconnector.on_traffic()
        self._policies.traffic(traffic_name(self.name, self.link.profile.carrier), sent, received)

    def link_alive(self, profile: ConnectProfile) -> None:
        """The peer answered a heartbeat or an identify check well."""
        self._engine.results.network_worked(self, profile)
