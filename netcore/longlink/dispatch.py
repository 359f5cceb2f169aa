"""Sends the waiting tasks of a long link (``__RunOnStartTask`` of ``longlink_task_manager.cc``).

All tasks started in one turn of the loop go out together, in the order of their priority, in one
write. For each that has its turn, in this order; what a callback stops meanwhile is left alone:

==========================  =================================================================
asked                       else
==========================  =================================================================
is its user logged in       it waits; asked again each ``run_loop`` (1 s), or when touched
its body, and the limiters  it ends (:class:`netcore.links.encoding.Preparation`)
is the link up              it waits, and the link is wanted
apart from the last frame   it waits for the rest of the gap (:mod:`netcore.longlink.frame_pacing`)
an answer kept for it       it gets that one, and nothing is sent
its frame                   it ends: the encoder cannot pack it
==========================  =================================================================
"""

from __future__ import annotations

import asyncio
import logging
from typing import Protocol

from netcore.callbacks import EncodeError
from netcore.errors import ErrorType
from netcore.links.context import Context
from netcore.links.encoding import Preparation
from netcore.links.pending_task import PendingTask, emit_held, emit_sent
from netcore.longlink.codec import Encoder
from netcore.longlink.config import LonglinkConfig, LongLinkEngine
from netcore.longlink.frame_pacing import FramePacing
from netcore.longlink.link import LongLink
from netcore.longlink.reconnector import Reconnector
from netcore.longlink.tasks import TaskList
from netcore.runtime.alarm import Alarm

_log = logging.getLogger("netcore.longlink.tasks")


class DispatchOwner(Protocol):
    """Whom the dispatch tells."""

    def task_answered(self, pending: PendingTask, body: bytes, now: float) -> None:
        """An answer that was kept stands for the server's."""
        ...

    def task_done(self, pending: PendingTask, now: float) -> None:
        """A task that wants no answer was sent."""
        ...

    def task_failed(self, pending: PendingTask, error_type: ErrorType, code: int) -> None:
        """The task cannot be sent, now or ever."""
        ...


class Dispatch:
    """The run loop of one long link's tasks. The rules are in the module's docstring."""

    def __init__(
        self,
        config: LonglinkConfig,
        context: Context,
        encoder: Encoder,
        engine: LongLinkEngine,
        tasks: TaskList,
        link: LongLink,
        reconnector: Reconnector,
        alarm: Alarm,
        owner: DispatchOwner,
    ) -> None:
        settings = context.settings.longlink
        self.pacing = FramePacing(settings.pacing_gap)
        self._name = config.name
        self._run_loop = settings.run_loop
        self._now = context.clock.now
        self._observer = context.observer
        self._pack = encoder.pack
        self._engine = engine
        self._tasks = tasks
        self._link = link
        self._upkeep = reconnector
        self._alarm = alarm
        self._owner = owner
        self._preparation = Preparation(
            context, engine, config.channel, waits=self._waits, fail=owner.task_failed
        )
        self._soon: asyncio.Handle | None = None
        self._closed = False

    def soon(self) -> None:
        """Look at the waiting tasks at the end of this turn of the loop."""
        if self._soon is None and not self._closed:
            self._soon = asyncio.get_running_loop().call_soon(self._run)

    def close(self) -> None:
        """Send no more."""
        self._closed = True
        if self._soon is not None:
            self._soon.cancel()
            self._soon = None

    def _waits(self, pending: PendingTask) -> bool:
        return self._tasks.get(pending.task.task_id) is pending

    def _run(self) -> None:
        self._soon = None
        tasks = self._tasks
        if not tasks.waiting:
            return
        now = self._now()
        engine, link, session, alarm = self._engine, self._link, self._link.session, self._alarm
        preparation, pack, send = self._preparation, self._pack, self._link.send
        if session.wire is None:
            self._upkeep.wanted()
        observed = self._observer.active
        held = answers = False
        pacing = self.pacing
        if pacing.on and not any(pending.is_retry for pending in tasks):
            pacing.calm()
        sent = tasks.running
        for pending in tasks.ready(now):
            task = pending.task
            if task.need_authed and not preparation.authed(task, task.longlink_hosts):
                held = True
                emit_held(self._observer, pending, self._name)
                continue
            if tasks.get(task.task_id) is not pending:  # a callback stopped it
                continue
            body = pending.body
            if body is None or not pending.checked:
                body = preparation.body(pending, task.longlink_hosts, now)
                if body is None:
                    continue
            if pacing.on and session.wire is not None:
                link.flush()
                wait = pacing.may_write(session.last_written, now)
                if wait:
                    alarm.by(now + wait)
                    break
            if session.wire is None:
                continue
            answer = engine.intercepted(task, now)
            if answer is not None:
                self._owner.task_answered(pending, answer, now)
                continue
            try:
                frame = pack(task.cmdid, task.task_id, body)
            except Exception as error:
                self._cannot_pack(pending, error)
                continue
            attempt, size = pending.attempt, len(body)
            first, read_write = engine.timeouts(pending, size, sent, now)
            attempt.sent_bytes = size
            attempt.connect = link.profile
            tasks.sent(pending, now, first, read_write)
            send(task.task_id, frame)
            if pending.due < alarm.at:
                alarm.set(pending.due)
            if observed:
                emit_sent(self._observer, pending, self._name)
            if task.send_only:
                self._owner.task_done(pending, now)
            else:
                answers = True
            sent += 1
        link.flush()
        if answers:
            link.expect_answer(now)
        due = now + self._run_loop if held else tasks.retry_at(now)
        if due < alarm.at:
            alarm.set(due)

    def _cannot_pack(self, pending: PendingTask, error: Exception) -> None:
        """A number that the frame's head has no place for, or a fault of the encoder."""
        task = pending.task
        _log.error("%s: task %d cannot be packed: %s", self._name, task.task_id, error)
        failure = EncodeError(f"cmdid {task.cmdid} cannot be packed into a frame: {error}")
        failure.__cause__ = error
        pending.failure = failure
        self._owner.task_failed(pending, ErrorType.EN_DECODE, failure.code)
