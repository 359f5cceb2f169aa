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
from netcore.links.pending_task import Entry, tell_held, tell_sent
from netcore.longlink.codec import Encoder
from netcore.longlink.config import Desk, LonglinkConfig
from netcore.longlink.frame_pacing import Caution
from netcore.longlink.link import LongLink
from netcore.longlink.reconnector import Upkeep
from netcore.longlink.tasks import TaskList
from netcore.runtime.alarm import Alarm

_log = logging.getLogger("netcore.longlink.tasks")


class DispatchOwner(Protocol):
    """Whom the dispatch tells."""

    def task_answered(self, entry: Entry, body: bytes, now: float) -> None:
        """An answer that was kept stands for the server's."""
        ...

    def task_done(self, entry: Entry, now: float) -> None:
        """A task that wants no answer was sent."""
        ...

    def task_failed(self, entry: Entry, error_type: ErrorType, code: int) -> None:
        """The task cannot be sent, now or ever."""
        ...


class Dispatch:
    """The run loop of one long link's tasks. The rules are in the module's docstring."""

    def __init__(
        self,
        config: LonglinkConfig,
        context: Context,
        encoder: Encoder,
        desk: Desk,
        tasks: TaskList,
        link: LongLink,
        upkeep: Upkeep,
        alarm: Alarm,
        owner: DispatchOwner,
    ) -> None:
        settings = context.settings.longlink
        self.caution = Caution(settings.caution_gap)
        self._name = config.name
        self._run_loop = settings.run_loop
        self._now = context.clock.now
        self._observer = context.observer
        self._pack = encoder.pack
        self._desk = desk
        self._tasks = tasks
        self._link = link
        self._upkeep = upkeep
        self._alarm = alarm
        self._owner = owner
        self._preparation = Preparation(
            context, desk, config.channel, waits=self._waits, fail=owner.task_failed
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

    def _waits(self, entry: Entry) -> bool:
        return self._tasks.get(entry.task.task_id) is entry

    def _run(self) -> None:
        self._soon = None
        tasks = self._tasks
        if not tasks.waiting:
            return
        now = self._now()
        desk, link, session, alarm = self._desk, self._link, self._link.session, self._alarm
        preparation, pack, send = self._preparation, self._pack, self._link.send
        if session.wire is None:
            self._upkeep.wanted()
        observed = self._observer.active
        held = answers = False
        caution = self.caution
        if caution.on and not any(entry.is_retry for entry in tasks):
            caution.calm()
        sent = tasks.running
        for entry in tasks.ready(now):
            task = entry.task
            if task.need_authed and not preparation.authed(task, task.longlink_hosts):
                held = True
                tell_held(self._observer, entry, self._name)
                continue
            if tasks.get(task.task_id) is not entry:  # a callback stopped it
                continue
            body = entry.body
            if body is None or not entry.checked:
                body = preparation.body(entry, task.longlink_hosts, now)
                if body is None:
                    continue
            if caution.on and session.wire is not None:
                link.flush()
                wait = caution.may_write(session.last_written, now)
                if wait:
                    alarm.by(now + wait)
                    break
            if session.wire is None:
                continue
            answer = desk.intercepted(task, now)
            if answer is not None:
                self._owner.task_answered(entry, answer, now)
                continue
            try:
                frame = pack(task.cmdid, task.task_id, body)
            except Exception as error:
                self._cannot_pack(entry, error)
                continue
            attempt, size = entry.attempt, len(body)
            first, read_write = desk.timeouts(entry, size, sent, now)
            attempt.sent_bytes = size
            attempt.connect = link.profile
            tasks.sent(entry, now, first, read_write)
            send(task.task_id, frame)
            if entry.due < alarm.at:
                alarm.set(entry.due)
            if observed:
                tell_sent(self._observer, entry, self._name)
            if task.send_only:
                self._owner.task_done(entry, now)
            else:
                answers = True
            sent += 1
        link.flush()
        if answers:
            link.expect_answer(now)
        due = now + self._run_loop if held else tasks.retry_at(now)
        if due < alarm.at:
            alarm.set(due)

    def _cannot_pack(self, entry: Entry, error: Exception) -> None:
        """A number that the frame's head has no place for, or a fault of the encoder."""
        task = entry.task
        _log.error("%s: task %d cannot be packed: %s", self._name, task.task_id, error)
        failure = EncodeError(f"cmdid {task.cmdid} cannot be packed into a frame: {error}")
        failure.__cause__ = error
        entry.failure = failure
        self._owner.task_failed(entry, ErrorType.EN_DECODE, failure.code)
