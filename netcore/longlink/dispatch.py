"""Which tasks of a long link go out now (``__RunOnStartTask`` of ``longlink_task_manager.cc``).

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

The dispatch writes nothing: it answers what is to be done, and the tasks' owner does it.
"""

from __future__ import annotations

import logging
from typing import NamedTuple

from netcore.callbacks import EncodeError
from netcore.errors import ErrorType, Failure
from netcore.links.context import Context
from netcore.links.contract import LinkPolicies
from netcore.links.encoding import Preparation
from netcore.links.pending_task import PendingTask, emit_held, emit_sent
from netcore.longlink.codec import Encoder
from netcore.longlink.config import LonglinkConfig
from netcore.longlink.frame_pacing import FramePacing
from netcore.longlink.link import LongLink
from netcore.longlink.tasks import TaskList
from netcore.runtime.clock import NEVER

_log = logging.getLogger("netcore.longlink.tasks")


class Refused(NamedTuple):
    """A task that cannot be sent, now or ever."""

    pending: PendingTask
    failure: Failure


class Kept(NamedTuple):
    """A task that gets an answer that was kept."""

    pending: PendingTask
    answer: bytes


Frames = list[tuple[PendingTask, bytes]]


class Dispatch:
    """The run loop of one long link's tasks. The rules are in the module's docstring."""

    def __init__(
        self,
        config: LonglinkConfig,
        context: Context,
        encoder: Encoder,
        policies: LinkPolicies,
        tasks: TaskList,
        link: LongLink,
    ) -> None:
        settings = context.settings.longlink
        self.pacing = FramePacing(settings.pacing_gap)
        self._name = config.name
        self._run_loop = settings.run_loop
        self._observer = context.observer
        self._encoder = encoder
        self._policies = policies
        self._tasks = tasks
        self._link = link
        self._preparation = Preparation(context, policies, config.channel, tasks)

    def turn(self, now: float) -> tuple[Frames, list[Refused | Kept], float]:
        """Look at the waiting tasks: what to write, what ends, and when to look again.

        First end the latter, which are not sent, then write the frames of the tasks that are still
        there; look again at that moment if nothing happens before.
        """
        frames: Frames = []
        over: list[Refused | Kept] = []
        due = NEVER
        tasks, link, policies = self._tasks, self._link, self._policies
        pacing, pack = self.pacing, self._encoder.pack
        observed, intercepting = self._observer.active, policies.intercepting
        if pacing.on and not any(pending.is_retry for pending in tasks):
            pacing.calm()
        held = False
        sent = tasks.running
        for pending in tasks.ready(now):
            task = pending.task
            if task.need_authed and not self._preparation.authed(task, task.longlink_hosts):
                held = True
                emit_held(self._observer, pending, self._name)
                continue
            if pending.on is not tasks:  # a callback stopped it
                continue
            body = pending.body
            if body is None or not pending.checked:
                made = self._preparation.body(pending, task.longlink_hosts, now)
                if isinstance(made, Failure):
                    over.append(Refused(pending, made))
                if not isinstance(made, bytes):
                    continue
                body = made
            if not link.connected:
                continue
            if pacing.on:
                wait = pacing.gap if frames else pacing.may_write(link.last_written, now)
                if wait:
                    due = now + wait
                    break
            answer = policies.intercepted(task, now) if intercepting else None
            if answer is not None:
                over.append(Kept(pending, answer))
                continue
            try:
                frame = pack(task.cmdid, task.task_id, body)
            except Exception as error:
                over.append(self._cannot_pack(pending, error))
                continue
            attempt, size = pending.attempt, len(body)
            first, read_write = policies.timeouts(task, size, sent)
            attempt.sent_bytes = size
            attempt.connect = link.profile
            tasks.sent(pending, now, first, read_write, link.connection)
            frames.append((pending, frame))
            due = min(due, pending.due)
            if observed:
                emit_sent(self._observer, pending, self._name)
            sent += 1
        return frames, over, min(due, now + self._run_loop if held else tasks.retry_at(now))

    def _cannot_pack(self, pending: PendingTask, error: Exception) -> Refused:
        """A number that the frame's head has no place for, or a fault of the encoder."""
        task = pending.task
        _log.error("%s: task %d cannot be packed: %s", self._name, task.task_id, error)
        cause = EncodeError(f"cmdid {task.cmdid} cannot be packed into a frame: {error}")
        cause.__cause__ = error
        pending.cause = cause
        return Refused(pending, Failure(ErrorType.EN_DECODE, cause.code))
