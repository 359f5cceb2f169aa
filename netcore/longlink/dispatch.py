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

The dispatch writes nothing: it answers a :class:`Turn`, which the tasks' owner carries out.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
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


@dataclass(slots=True)
class Turn:
    """What is to be done for the tasks that had their turn, in this order.

    ``over`` are those that end without being sent; then the ``frames`` of the tasks that are still
    there are to be written. ``due`` is when to look again, if nothing happens before.
    """

    frames: list[tuple[PendingTask, bytes]] = field(default_factory=list)
    over: list[Refused | Kept] = field(default_factory=list)
    due: float = NEVER


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

    def turn(self, now: float) -> Turn:
        """Look at the waiting tasks."""
        turn = Turn()
        tasks, link, policies = self._tasks, self._link, self._policies
        pacing = self.pacing
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
            if not tasks.waits(pending):  # a callback stopped it
                continue
            body = pending.body
            if body is None or not pending.checked:
                made = self._preparation.body(pending, task.longlink_hosts, now)
                if isinstance(made, Failure):
                    turn.over.append(Refused(pending, made))
                if not isinstance(made, bytes):
                    continue
                body = made
            if not link.connected:
                continue
            if pacing.on:
                wait = pacing.gap if turn.frames else pacing.may_write(link.last_written, now)
                if wait:
                    turn.due = now + wait
                    break
            answer = policies.intercepted(task, now)
            if answer is not None:
                turn.over.append(Kept(pending, answer))
                continue
            try:
                frame = self._encoder.pack(task.cmdid, task.task_id, body)
            except Exception as error:
                turn.over.append(self._cannot_pack(pending, error))
                continue
            attempt, size = pending.attempt, len(body)
            first, read_write = policies.timeouts(task, size, sent)
            attempt.sent_bytes = size
            attempt.connect = link.profile
            tasks.sent(pending, now, first, read_write, link.connection)
            turn.frames.append((pending, frame))
            turn.due = min(turn.due, pending.due)
            if self._observer.active:
                emit_sent(self._observer, pending, self._name)
            sent += 1
        again = now + self._run_loop if held else tasks.retry_at(now)
        turn.due = min(turn.due, again)
        return turn

    def _cannot_pack(self, pending: PendingTask, error: Exception) -> Refused:
        """A number that the frame's head has no place for, or a fault of the encoder."""
        task = pending.task
        _log.error("%s: task %d cannot be packed: %s", self._name, task.task_id, error)
        cause = EncodeError(f"cmdid {task.cmdid} cannot be packed into a frame: {error}")
        cause.__cause__ = error
        pending.cause = cause
        return Refused(pending, Failure(ErrorType.EN_DECODE, cause.code))
