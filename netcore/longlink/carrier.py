"""A long link with all that belongs to it: tasks, reconnecting, signalling.

``LongLinkMetaData`` and the shell half of ``mars/stn/src/longlink_task_manager.cc``. The decisions
are in :mod:`netcore.longlink.tasks` (what a failure means for the tasks),
:mod:`netcore.longlink.dispatch` (what goes out now) and :mod:`netcore.verdicts` (what an answer
means); this file carries out what they answer. There is one timer for the tasks, and it is moved
only when something falls due sooner.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable

from netcore.alarm import Alarm
from netcore.connect.endpoint import Endpoint
from netcore.connect.sources import Sources
from netcore.context import Context
from netcore.contract import Desk
from netcore.errors import (
    DisconnectReason,
    FailHandle,
    Failure,
    LocalCode,
    TimeoutCode,
)
from netcore.longlink.backcheck import BackCheck
from netcore.longlink.codec import Encoder, Frame, marks_as_mars
from netcore.longlink.config import LonglinkConfig
from netcore.longlink.connector import Addresses, Connector
from netcore.longlink.dispatch import Dispatch, Refused
from netcore.longlink.entry import (
    AnswerUnknown,
    Entry,
    TaskPart,
    TaskWritten,
    tell_retry,
)
from netcore.longlink.link import LongLink
from netcore.longlink.pulse import FixedHeartbeat, Heartbeat
from netcore.longlink.state import Connect, LinkState
from netcore.longlink.tasks import Action, Disconnect, End, Retry, TaskList
from netcore.longlink.upkeep import Upkeep
from netcore.longlink.wake import Wake
from netcore.profile import ConnectProfile
from netcore.verdicts import AnswerJudge, Verdict

_log = logging.getLogger("netcore.longlink.tasks")
# Those that speak against the address, not only for a slow task (``__BatchErrorRespHandle``).
_PACKAGE_TIMEOUTS = (
    TimeoutCode.FIRST_PACKAGE,
    TimeoutCode.PACKAGE_PACKAGE,
    TimeoutCode.READ_WRITE,
)


class Carrier:
    """One long link and the tasks that ride on it.

    ``heartbeat`` of None is one each 3.5 min; without ``sources`` it does not look for its way back
    from a backup address; ``connect`` makes wires in another way, for simulations.
    """

    def __init__(
        self,
        config: LonglinkConfig,
        context: Context,
        encoder: Encoder,
        desk: Desk,
        addresses: Addresses,
        heartbeat: Heartbeat | None = None,
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
        self._desk = desk
        self._judges = desk.judges
        self.tasks = TaskList(retry_interval=context.settings.longlink.retry_interval)
        self.connector = Connector(
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
        back_check = None
        if sources is not None:
            back_check = BackCheck(
                config.name, config.ports, context, sources, self.connector.probe, self._go_back
            )
        self.upkeep = Upkeep(
            self.link, context, keep_alive=config.keep_alive, back_check=back_check
        )
        self._channel = config.channel
        self._alarm = Alarm(context.clock.now, self.tick)
        self._dispatch = Dispatch(config, context, encoder, desk.judges, self.tasks, self.link)
        self._answers = AnswerJudge(context, desk.judges, config.channel)
        self._soon: asyncio.Handle | None = None
        self._closed = False

    @property
    def connected(self) -> bool:
        """Whether the link is up."""
        return self.link.connected

    @property
    def _alive_or_wanted(self) -> bool:
        """Whether the link is to be up: kept alive, or needed by a task."""
        return self.config.keep_alive or len(self.tasks) > 0

    def _go_back(self) -> None:
        """An address of the DNS works again while the link is on a backup address."""
        self.redo(DisconnectReason.TIME_CHECK_SUCCESS)

    # -- tasks ----------------------------------------------------------------------------------

    def start(self, entry: Entry) -> None:
        """Take a task on; it goes out with all others of this turn of the loop."""
        profile = entry.profile
        profile.channel = self._channel
        profile.channel_name = self.name
        self.tasks.add(entry)
        if entry.deadline < self._alarm.at:
            self._arm(entry.deadline)
        self.touch()

    def stop(self, task_id: int) -> Entry | None:
        """Forget a task; the entry, if it was here."""
        entry = self.tasks.remove(task_id)
        if entry is not None:
            self.link.unsend(task_id)
        return entry

    def clear(self) -> list[Entry]:
        """Forget all tasks and cut the link, since answers may be under way."""
        entries = self.tasks.clear()
        self.link.disconnect(DisconnectReason.RESET, tell_owner=False)
        return entries

    def touch(self) -> None:
        """Look at the waiting tasks at the end of this turn of the loop."""
        if self._soon is None and not self._closed:
            self._soon = asyncio.get_running_loop().call_soon(self._run)

    def wanted(self) -> None:
        """Connect as soon as the waiting time for a task allows it."""
        self.upkeep.wanted()

    def redo(self, reason: DisconnectReason) -> None:
        """Cut the link, connect anew and send the running tasks again."""
        self.link.disconnect(reason, tell_owner=False)
        self._act(self.tasks.redo(self._now()))
        self.upkeep.connect_now()
        self.touch()

    def network_changed(self, reason: DisconnectReason) -> None:
        """The network is another one, or is gone: whatever belongs to the old one is void."""
        self.link.disconnect(reason, tell_owner=False)
        self._act(self.tasks.redo(self._now()))
        if reason is not DisconnectReason.NETWORK_LOST and self._alive_or_wanted:
            self.upkeep.connect_now()

    def network_found(self) -> None:
        """The network that was there all along has a name: what is known of it holds."""
        self.link.network_found(self._context.network.state.key)

    def woke(self, verdict: Wake, probe_timeout: float) -> None:
        """The machine woke; carry out the verdict on the link."""
        if verdict is Wake.RECONNECT:
            self.redo(DisconnectReason.LINK_CHECK_TIMEOUT)
        elif verdict is Wake.CONNECT and self._alive_or_wanted:
            self.upkeep.connect_now()
        elif verdict is Wake.PROBE:
            self.tasks.extend(self._now() + probe_timeout)
            self.link.probe(probe_timeout)
        self.link.tick()
        self.upkeep.tick()
        self.tick()

    def retry(self, failure: Failure, handle: FailHandle, source: int, user_id: str) -> None:
        """Connect anew and send all running tasks again, if any task here is of ``user_id``.

        The other users' too: the connection that their answers would come on is cut.
        """
        if not any(entry.task.user_id == user_id for entry in self.tasks):
            return
        self._act(self.tasks.fail_batch(failure, handle, self._now(), source=source))
        self.touch()

    def report_address(self, endpoint: Endpoint, ok: bool) -> None:
        """An address worked or did not."""
        self.addresses.report(endpoint, ok)

    def release(self) -> None:
        """End every task with LONGLINK_RELEASED (the link is being destroyed)."""
        for entry in self.tasks:
            if self.tasks.waits(entry):  # no callback stopped it
                self._end(entry, Failure.local(LocalCode.LONGLINK_RELEASED))

    async def close(self) -> None:
        """Close the link and every handle."""
        self._closed = True
        self._alarm.cancel()
        if self._soon is not None:
            self._soon.cancel()
            self._soon = None
        self.upkeep.close()
        await self.link.close()

    # -- the clock ------------------------------------------------------------------------------

    def _arm(self, due: float) -> None:
        """See to it that the alarm rings at ``due`` or before."""
        if not self._closed:
            self._alarm.by(due)

    def tick(self) -> None:
        """Do what is due by the clock; also called after a wake-up, when timers are late."""
        self._alarm.cancel()
        actions = self.tasks.expire(self._now(), self._judges.package_package())
        for action in actions:
            if isinstance(action, (End, Retry)) and action.failure.code in _PACKAGE_TIMEOUTS:
                if action.failure.code == TimeoutCode.FIRST_PACKAGE:
                    self._dispatch.caution.struck()
                self._desk.outcomes.network_failed(self, action.failure, self.link.profile)
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
            self.upkeep.wanted()
        now = self._now()
        turn = self._dispatch.turn(now)
        for each in turn.over:
            if not tasks.waits(each.entry):  # a callback on one before stopped it
                continue
            if isinstance(each, Refused):
                self._end(each.entry, each.failure)
            else:
                self._answered(each.entry, each.answer, now)
        going = [
            (entry.task.task_id, frame)
            for entry, frame in turn.frames
            if entry.running and tasks.waits(entry)
        ]
        if going:
            self._send(going, now)
        self._arm(turn.due)

    def _send(self, frames: list[tuple[int, bytes]], now: float) -> None:
        self.link.send(frames)
        answers = False
        for task_id, _ in frames:
            entry = self.tasks.get(task_id)
            if entry is None or not entry.running:  # a callback cut the link
                continue
            if entry.task.send_only:
                self._done(entry, now)
            else:
                answers = True
        if answers:
            self.link.expect_answer(now)

    # -- ends -----------------------------------------------------------------------------------

    def _act(self, actions: Iterable[Action]) -> None:
        for action in actions:
            if not isinstance(action, Disconnect):
                over = action.entry.profile.attempts[-1 if isinstance(action, End) else -2]
                over.connect = over.connect or self.link.profile
            if isinstance(action, End):
                if action.entry.cause is None and not self.connected:
                    action.entry.cause = self.link.connect_error  # what it waited for in vain
                self.link.unsend(action.entry.task.task_id)
                self._desk.task_failed(action.entry, action.failure, action.handle)
            elif isinstance(action, Disconnect):
                self.link.disconnect(action.reason, tell_owner=False)
            elif self.tasks.waits(action.entry):  # none stopped it
                tell_retry(self._context.observer, action.entry, self.name)
                self._desk.retrying(self, action.entry)
        if self.tasks.waiting:
            self.touch()

    def _end(self, entry: Entry, failure: Failure) -> None:
        """End a task for good."""
        self._act([self.tasks.fail(entry, failure, FailHandle.TASK_END, self._now())])

    def _done(self, entry: Entry, now: float, code: int = 0) -> None:
        """End a task well."""
        self.tasks.finish(entry)
        entry.attempt.end = now
        self._desk.task_answered(entry, code)

    def _answered(self, entry: Entry, body: bytes, now: float) -> None:
        """A task's answer is here, the server's or one that was kept."""
        attempt = entry.attempt
        if not attempt.first_package:
            attempt.first_package = now
        attempt.last_package = now
        attempt.received_bytes = len(body)
        entry.answer = body
        if self._answers.asks:
            self._judge(entry, body)
        else:
            self._done(entry, now)

    def _judge(self, entry: Entry, body: bytes) -> None:
        """Do what the application's verdict on an answer says (:mod:`netcore.verdicts`)."""
        task = entry.task
        verdict, handle, code = self._answers.judge(entry, body, kept=not entry.running)
        now = entry.attempt.decode_end
        failure = Failure.undecodable(code)
        if not self.tasks.waits(entry):  # the callback stopped it
            return
        if verdict is Verdict.ANSWERED:
            self._done(entry, now, code)
        elif verdict is Verdict.SILENT:
            self.tasks.remove(task.task_id)
            self._desk.task_failed(entry, failure, handle)
        elif verdict is Verdict.FAILED:
            self._end(entry, failure)
        elif verdict is Verdict.RETRY_ALL:
            self._desk.retry_all(failure, handle, task)
        else:
            _log.warning("the answer to %s could not be decoded: %s", task.cgi or task.cmdid, code)
            profile, default = self.link.profile, FailHandle.DEFAULT
            self._act(self.tasks.fail_batch(failure, default, now, source=task.task_id))
            self._desk.outcomes.network_failed(self, failure, profile)

    # -- LinkOwner ------------------------------------------------------------------------------

    def link_state(self, state: LinkState) -> None:
        """The state changed."""
        if state is LinkState.CONNECTED:
            self.tasks.link_up()
            if self.tasks.waiting:
                self.touch()
        self.upkeep.on_state(state)
        self._desk.outcomes.link_changed(self, state, self.link.profile)

    def link_busy(self) -> bool:
        """Whether tasks wait to be sent as soon as the link is up, and not apart from its noop."""
        return self.tasks.waiting > 0 and not self._dispatch.caution.on

    def link_frame(self, frame: Frame, now: float) -> None:
        """An answer or a push came."""
        cmdid, seq, body = frame
        entry = self.tasks.get(seq)
        if (entry is None or not self._as_mars) and self._encoder.is_push(frame):
            self._desk.pushed(self.name, cmdid, seq, body)
            return
        if entry is None or not entry.running:
            _log.info("%s: an answer to no task: cmdid %d seq %d", self.name, cmdid, seq)
            if self._context.observer.active:
                self._context.observer.emit(
                    AnswerUnknown(link=self.name, cmdid=cmdid, seq=seq, size=len(body))
                )
            return
        self._judges.received(entry, len(body), now)
        self._answered(entry, body, now)

    def link_part(self, seq: int, size: int, now: float) -> None:
        """Some bytes of an answer came."""
        entry = self.tasks.get(seq)
        if entry is None:
            return
        self._judges.received(entry, size, now)
        if self.tasks.received_part(seq, size, now, self._judges.package_package()):
            self._arm(entry.due)
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
        self._desk.outcomes.network_failed(self, failure, profile)
        self._act(self.tasks.fail_batch(failure, FailHandle.DEFAULT, self._now()))

    def link_traffic(self, sent: int, received: int) -> None:
        """Bytes went over the network."""
        if self.upkeep.signalling.keeping:
            self.upkeep.on_traffic()
        self._judges.traffic(self.name, sent, received)

    def link_alive(self, profile: ConnectProfile) -> None:
        """The peer answered a heartbeat or an identify check well."""
        self._desk.outcomes.network_worked(self, profile)
