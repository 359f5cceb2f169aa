"""A long link with all that belongs to it: tasks, reconnecting, signalling.

``LongLinkMetaData`` and the shell half of ``mars/stn/src/longlink_task_manager.cc``. The decisions
are in :mod:`netcore.longlink.tasks`, and the tasks are sent by :mod:`netcore.longlink.dispatch`;
this file asks the application for verdicts on answers and carries out what the list decided. There
is one timer for the list, and it is moved only when something falls due sooner.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable

from netcore.callbacks import Callbacks
from netcore.connect.endpoint import Endpoint
from netcore.connect.sources import Sources
from netcore.errors import DisconnectReason, ErrorType, FailHandle, LocalCode, TimeoutCode
from netcore.links.context import Context
from netcore.links.encoding import decode
from netcore.links.pending_task import (
    AnswerUnknown,
    PendingTask,
    TaskPart,
    TaskWritten,
    emit_retry,
)
from netcore.longlink.codec import Encoder, Frame
from netcore.longlink.config import LonglinkConfig, LongLinkEngine
from netcore.longlink.connector import AddressProvider, LongLinkConnector
from netcore.longlink.dispatch import Dispatch
from netcore.longlink.failback import Failback
from netcore.longlink.heartbeat_runner import FixedHeartbeat, HeartbeatPolicy
from netcore.longlink.link import LongLink
from netcore.longlink.reconnector import Reconnector
from netcore.longlink.state import Connect, LinkState
from netcore.longlink.tasks import Action, Disconnect, End, Retry, TaskList
from netcore.longlink.wake import Wake
from netcore.profile import ConnectProfile
from netcore.runtime.alarm import Alarm

_log = logging.getLogger("netcore.longlink.tasks")
# To look up a member of an enum takes longer than a call, and each answer needs these.
_OK, _NO_ERROR = ErrorType.OK, FailHandle.NO_ERROR
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
        engine: LongLinkEngine,
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
        self._settings = context.settings.longlink
        self._now = context.clock.now
        self._encoder = encoder
        self._engine = engine
        self.tasks = TaskList(retry_interval=self._settings.retry_interval)
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
            failback = Failback(config, context, sources, self.connector.probe, self._go_back)
        self.reconnector = Reconnector(
            self.link, context, keep_alive=config.keep_alive, failback=failback
        )
        self._channel = config.channel
        self._alarm = Alarm(context.clock.now, self.tick)
        self._dispatch = Dispatch(
            config,
            context,
            encoder,
            engine,
            self.tasks,
            self.link,
            self.reconnector,
            self._alarm,
            self,
        )
        self._closed = False
        # A callback left at its default is not called at all: this is the hot path.
        self._decodes = type(context.callbacks).buf2resp is not Callbacks.buf2resp

    @property
    def connected(self) -> bool:
        """Whether the link is up."""
        return self.link.session.wire is not None

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
        self._dispatch.soon()

    def stop(self, task_id: int) -> PendingTask | None:
        """Forget a task; the entry, if it was here."""
        pending = self.tasks.remove(task_id)
        if pending is not None:
            self.link.unsend(task_id)
        return pending

    def clear(self) -> list[PendingTask]:
        """Forget all tasks and cut the link, since answers may be under way."""
        pending_tasks = self.tasks.clear()
        self.link.disconnect(DisconnectReason.RESET, tell_owner=False)
        return pending_tasks

    def touch(self) -> None:
        """Look at the waiting tasks at the end of this turn of the loop."""
        self._dispatch.soon()

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

    def retry(
        self, error_type: ErrorType, error_code: int, handle: FailHandle, source: int, user_id: str
    ) -> None:
        """Connect anew and send all running tasks again, if any task here is of ``user_id``.

        The other users' too: the connection that their answers would come on is cut.
        """
        if not any(pending.task.user_id == user_id for pending in self.tasks):
            return
        self._act(self.tasks.fail_batch(error_type, error_code, handle, self._now(), source=source))
        self.touch()

    def report_address(self, endpoint: Endpoint, ok: bool) -> None:
        """An address worked or did not."""
        self.addresses.report(endpoint, ok)

    def release(self) -> None:
        """End every task with LONGLINK_RELEASED (the link is being destroyed)."""
        for pending in self.tasks:
            if self.tasks.get(pending.task.task_id) is pending:  # no callback stopped it
                self.task_failed(pending, ErrorType.LOCAL, LocalCode.LONGLINK_RELEASED)

    async def close(self) -> None:
        """Close the link and every handle."""
        self._closed = True
        self._alarm.cancel()
        self._dispatch.close()
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
        now = self._now()
        actions = self.tasks.expire(now, self._engine.package_package())
        for action in actions:
            if isinstance(action, (End, Retry)) and action.code in _PACKAGE_TIMEOUTS:
                if action.code == TimeoutCode.FIRST_PACKAGE:
                    self._dispatch.pacing.timed_out()
                self._engine.network_result(self, action.type, action.code, self.link.profile)
                break
        self._act(actions)
        self._arm(self.tasks.next_deadline())
        if self.tasks.waiting:
            self.touch()

    # -- ends -----------------------------------------------------------------------------------

    def _act(self, actions: Iterable[Action]) -> None:
        for action in actions:
            if not isinstance(action, Disconnect):
                over = action.pending.profile.attempts[-1 if isinstance(action, End) else -2]
                over.connect = over.connect or self.link.profile
            if isinstance(action, End):
                if action.pending.failure is None and not self.connected:
                    action.pending.failure = self.link.failure  # what it waited for in vain
                self.link.unsend(action.pending.task.task_id)
                self._engine.task_ended(action.pending, action.type, action.code, action.handle)
            elif isinstance(action, Disconnect):
                self.link.disconnect(action.reason, tell_owner=False)
            elif self.tasks.get(action.pending.task.task_id) is action.pending:  # none stopped it
                emit_retry(self._context.observer, action.pending, self.name)
                self._engine.retrying(self, action.pending)
        if self.tasks.waiting:
            self.touch()

    def task_failed(self, pending: PendingTask, error_type: ErrorType, code: int) -> None:
        """End a task for good."""
        action = self.tasks.fail(pending, error_type, code, FailHandle.TASK_END, self._now())
        self._act([action])

    def task_done(self, pending: PendingTask, now: float, code: int = 0) -> None:
        """End a task well."""
        self.tasks.finish(pending)
        pending.attempt.end = now
        self._engine.task_ended(pending, _OK, code, _NO_ERROR)

    def task_answered(self, pending: PendingTask, body: bytes, now: float) -> None:
        """A task's answer is here, the server's or one that was kept: judge it."""
        attempt = pending.attempt
        if not attempt.first_package:
            attempt.first_package = now
        attempt.last_package = now
        attempt.received_bytes = len(body)
        pending.answer = body
        task = pending.task
        if not self._decodes:
            self.tasks.finish(pending)
            attempt.end = now
            self._engine.task_ended(pending, _OK, 0, _NO_ERROR)
            return
        handle, code = decode(self._context, pending, body, self._channel)
        now = attempt.decode_end
        self._engine.intercept(task, code, body, now)
        if self.tasks.get(task.task_id) is not pending:  # the callback stopped it
            return
        if handle is _NO_ERROR:
            self.task_done(pending, now, code)
        elif handle is FailHandle.SILENT_TASK_END:
            self.tasks.remove(task.task_id)
            self._engine.task_ended(pending, ErrorType.EN_DECODE, code, handle)
        elif handle is FailHandle.TASK_END or not pending.running:
            # A kept answer says nothing of this link, and trying again would only get it again.
            self.task_failed(pending, ErrorType.EN_DECODE, code)
        elif handle in (FailHandle.SESSION_TIMEOUT, FailHandle.RETRY_ALL_TASKS):
            self._engine.retry_all(ErrorType.EN_DECODE, code, handle, task)
        else:
            _log.warning("the answer to %s could not be decoded: %s", task.cgi or task.cmdid, code)
            profile = self.link.profile
            self._act(
                self.tasks.fail_batch(
                    ErrorType.EN_DECODE, code, FailHandle.DEFAULT, now, source=task.task_id
                )
            )
            self._engine.network_result(self, ErrorType.EN_DECODE, code, profile)

    # -- LinkOwner ------------------------------------------------------------------------------

    def link_state(self, state: LinkState) -> None:
        """The state changed."""
        if state is LinkState.CONNECTED:
            self.tasks.link_up()
            if self.tasks.waiting:
                self.touch()
        self.reconnector.on_state(state)
        self._engine.link_changed(self, state)

    def link_busy(self) -> bool:
        """Whether tasks wait to be sent as soon as the link is up, and not apart from its noop."""
        return self.tasks.waiting > 0 and not self._dispatch.pacing.on

    def link_frame(self, frame: Frame, now: float) -> None:
        """An answer or a push came."""
        if self._encoder.is_push(frame):
            self._engine.pushed(self, frame)
            return
        pending = self.tasks.get(frame.seq)
        if pending is None or not pending.running:
            _log.info("%s: an answer to no task: cmdid %d seq %d", self.name, *frame[:2])
            if self._context.observer.active:
                self._context.observer.emit(
                    AnswerUnknown(
                        link=self.name, cmdid=frame.cmdid, seq=frame.seq, size=len(frame.body)
                    )
                )
            return
        body = frame.body
        self._engine.received(pending, len(body), now)
        self.task_answered(pending, body, now)

    def link_part(self, seq: int, size: int, now: float) -> None:
        """Some bytes of an answer came."""
        pending = self.tasks.get(seq)
        if pending is None:
            return
        self._engine.received(pending, size, now)
        if self.tasks.received_part(seq, size, now, self._engine.package_package()):
            self._arm(pending.due)
            if self._context.observer.active:
                self._context.observer.emit(TaskPart(task_id=seq, link=self.name, size=size))

    def link_wrote(self, task_ids: list[int], now: float) -> None:
        """Frames that had to wait for a full socket went out."""
        for task_id in task_ids:
            self.tasks.wrote(task_id, now)
            if self._context.observer.active:
                self._context.observer.emit(TaskWritten(task_id=task_id, link=self.name))

    def link_down(self, error_type: ErrorType, error_code: int, profile: ConnectProfile) -> None:
        """The connection, or the attempt at one, failed: so did the running tasks."""
        self._engine.network_result(self, error_type, error_code, profile)
        self._act(self.tasks.fail_batch(error_type, error_code, FailHandle.DEFAULT, self._now()))

    def link_traffic(self, sent: int, received: int) -> None:
        """Bytes went over the network."""
        if self.reconnector.signalling.keeping:
            self.reconnector.on_traffic()
        self._engine.traffic(self.name, sent, received)

    def link_alive(self, profile: ConnectProfile) -> None:
        """The peer answered a heartbeat or an identify check well."""
        self._engine.network_result(self, ErrorType.OK, 0, profile)
