"""The tasks of one long link, sans-I/O (``mars/stn/src/longlink_task_manager.cc``).

A task waits, is sent ("running"), and ends or waits again::

    state     event                                    next
    --------  ---------------------------------------  --------------------------------------------
    waiting   link up, its turn (priority, then age)   running
    waiting   a retry, interval since batch error < 1s waiting
    waiting   task time-out                            ended (LOCAL -1)
    running   answer                                   ended (OK)
    running   first-package, package-package or        waiting with a retry less, or ended;
              read-write time-out                      every running task of the link likewise,
                                                       and the link is cut (TASK_TIMEOUT)
    running   task time-out                            ended (LOCAL -1); the others as above
    running   the link died                            waiting with a retry less, or ended
    running   the link was silent and another          idempotent: waiting, no retry less; any
              connection took its place                other: running, on the connection it is on
    moved     answer on the connection it left         ended (OK)
    any       stop, clear, reset                       ended (cancelled)

Errors come in batches: a time-out or a dead link says something about the link and not about one
task, so all running tasks share it; only the one that caused it (``source``) gets the code, the
others get code 0. After a batch error from the network, retries (not first sendings) wait for
``retry_interval``, or until the link is up again: a new connection shows that the network works.

A link that is silent may live: what runs on a connection that was replaced for its silence stays
there and is not sent again before its own time-out, unless it is ``idempotent``. Then the failure
of one connection is that of its own tasks alone.

The list decides; its owner acts. Methods return :class:`End` and :class:`Disconnect` actions in the
order in which to carry them out.

Differs from Mars: a new connection ends the retry interval; a time-out cuts the link with
TASK_TIMEOUT (Mars's first call says DECODE_ERR); each long link has a list and a retry interval of
its own (Mars shares one).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter

from netcore.errors import (
    DisconnectReason,
    ErrorType,
    FailHandle,
    Failure,
    LocalCode,
    TimeoutCode,
)
from netcore.links.decisions import End, Retry
from netcore.links.pending_task import PendingTask
from netcore.profile import AttemptProfile
from netcore.runtime.clock import NEVER

RETRY_INTERVAL = 1.0  # DEF_TASK_RETRY_INTERNAL
_ROUNDING = 1e-6  # what adding up times may lose: a moment that has come must not seem not to


@dataclass(slots=True)
class Disconnect:
    """Cut the link, or only the connection of this number, if it is not 0."""

    reason: DisconnectReason
    connection: int = 0


Action = End | Retry | Disconnect
_priority = attrgetter("task.priority")


class TaskList:
    """The tasks of one long link. The rules are in the module's docstring."""

    __slots__ = (
        "_entries",
        "_last_batch_error",
        "_retry_interval",
        "_waiting",
        "continuous_failures",
        "retry_interval",
    )

    def __init__(self, *, retry_interval: float = RETRY_INTERVAL) -> None:
        self.retry_interval = retry_interval
        self.continuous_failures = 0
        self._entries: dict[int, PendingTask] = {}
        self._waiting: dict[int, PendingTask] = {}  # in the order of their turns
        self._retry_interval = 0.0  # in force
        self._last_batch_error = -NEVER

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[PendingTask]:
        return iter(tuple(self._entries.values()))

    def __contains__(self, task_id: int) -> bool:
        return task_id in self._entries

    @property
    def running(self) -> int:
        """How many tasks are on the wire."""
        return len(self._entries) - len(self._waiting)

    @property
    def waiting(self) -> int:
        """How many tasks wait for their turn."""
        return len(self._waiting)

    def get(self, task_id: int) -> PendingTask | None:
        """The task with this id."""
        return self._entries.get(task_id)

    def waits(self, pending: PendingTask) -> bool:
        """Whether this very task is still here: nothing stopped it."""
        return pending.on is self

    def add(self, pending: PendingTask) -> None:
        """A new task."""
        task = pending.task
        pending.on = self
        self._entries[task.task_id] = pending
        if self._waiting:
            self._queue(pending)
        else:
            self._waiting[task.task_id] = pending

    def remove(self, task_id: int) -> PendingTask | None:
        """Forget a task without a word; the entry, if it was here."""
        pending = self._entries.pop(task_id, None)
        self._waiting.pop(task_id, None)
        if pending is not None:
            pending.on = None
        return pending

    def clear(self) -> list[PendingTask]:
        """Forget all; what was here."""
        pending_tasks = list(self._entries.values())
        for pending in pending_tasks:
            pending.on = None
        self._entries.clear()
        self._waiting.clear()
        return pending_tasks

    # -- sending ------------------------------------------------------------------------------

    def ready(self, now: float) -> list[PendingTask]:
        """The waiting tasks that may go out at ``now``, in order, if the link is up."""
        waiting = self._waiting
        if now >= self._last_batch_error + self._retry_interval:
            return list(waiting.values())
        return [pending for pending in waiting.values() if not pending.is_retry]

    def link_up(self) -> None:
        """A new connection is up: retries need not wait."""
        self._retry_interval = 0.0

    def sent(
        self,
        pending: PendingTask,
        now: float,
        first_package: float,
        read_write: float,
        connection: int = 0,
    ) -> None:
        """The task was handed to the connection of this number, with these two time-outs."""
        pending.running = True
        pending.connection = connection
        self._waiting.pop(pending.task.task_id, None)
        attempt = pending.attempt
        attempt.send_start = now
        attempt.first_package_timeout = first_package
        attempt.read_write_timeout = read_write
        pending.due = now + (first_package if first_package < read_write else read_write)

    def wrote(self, task_id: int, now: float) -> None:
        """The task's bytes, held back by a full socket, went out: its time-outs start again."""
        pending = self._entries.get(task_id)
        if pending is not None and pending.running:
            attempt = pending.attempt
            attempt.send_start = now
            pending.due = now + min(attempt.first_package_timeout, attempt.read_write_timeout)

    def received_part(self, task_id: int, size: int, now: float, package_package: float) -> bool:
        """Some bytes of a running task's answer came; ``size`` is how many in all by now."""
        pending = self._entries.get(task_id)
        if pending is None or not pending.running:
            return False
        attempt = pending.attempt
        if not attempt.first_package:
            attempt.first_package = now
        attempt.last_package = now
        attempt.received_bytes = size
        pending.due = min(now + package_package, attempt.send_start + attempt.read_write_timeout)
        return True

    def finish(self, pending: PendingTask) -> None:
        """The task was answered well."""
        task_id = pending.task.task_id
        pending.on = None
        self._entries.pop(task_id, None)
        if not pending.running:
            self._waiting.pop(task_id, None)
        self._retry_interval = 0.0
        self.continuous_failures = 0

    # -- failing ------------------------------------------------------------------------------

    def fail(
        self, pending: PendingTask, failure: Failure, handle: FailHandle, now: float
    ) -> End | Retry:
        """One attempt failed: the task ends, or waits again with a retry less."""
        self.continuous_failures += 1
        pending.attempt.failed(failure, now)
        if pending.retries_left <= 0 or handle in (FailHandle.TASK_END, FailHandle.TASK_TIMEOUT):
            self.remove(pending.task.task_id)
            return End(pending, failure, handle)
        pending.retries_left -= 1
        pending.body = None
        pending.connection = pending.moved_from = 0
        self._again(pending, now)
        return Retry(pending, failure)

    def _again(self, pending: PendingTask, now: float) -> None:
        """Let a task wait for another attempt."""
        pending.due = NEVER
        pending.attempt = AttemptProfile(queued=now)
        pending.profile.attempts.append(pending.attempt)
        if pending.running:
            pending.running = False
            self._queue(pending)

    def fail_batch(
        self,
        failure: Failure,
        handle: FailHandle,
        now: float,
        *,
        source: int = 0,
        running_only: bool = True,
        connection: int = 0,
    ) -> list[Action]:
        """The link failed its tasks: each running one (or each) ends or waits again.

        ``connection``: only those that run on the connection of this number.
        """
        actions: list[Action] = []
        others = replace(failure, code=0) if source else failure
        for pending in tuple(self._entries.values()):
            if connection and pending.connection != connection:
                continue
            if pending.running or not running_only:
                mine = source == pending.task.task_id
                actions.append(self.fail(pending, failure if mine else others, handle, now))
        type = failure.type
        self._last_batch_error = now
        if type is not ErrorType.LOCAL and self._entries:
            self._retry_interval = self.retry_interval
        if handle in (FailHandle.SESSION_TIMEOUT, FailHandle.RETRY_ALL_TASKS):
            self._retry_interval = 0.0
            actions.append(Disconnect(DisconnectReason.DECODE_ERR))
        elif type is ErrorType.NET_MSG_XP:
            actions.append(Disconnect(DisconnectReason.TASK_TIMEOUT, connection))
        elif handle is FailHandle.DEFAULT and type not in (
            ErrorType.DNS,
            ErrorType.SOCKET,
            ErrorType.CANCELED,
        ):
            actions.append(Disconnect(DisconnectReason.DECODE_ERR))
        return actions

    def replaced(self, connection: int, failure: Failure, now: float) -> None:
        """Another connection took the place of a silent one: what may go out again is to do so."""
        for pending in self._entries.values():
            if pending.connection != connection or not pending.running:
                continue
            if pending.task.idempotent:
                pending.moved_from = connection
                pending.attempt.failed(failure, now)
                self._again(pending, now)

    def rides(self, connection: int) -> bool:
        """Whether the connection of this number may bring an answer to a task."""
        return any(
            connection in (pending.connection, pending.moved_from)
            for pending in self._entries.values()
        )

    def redo(self, now: float) -> Sequence[Action]:
        """Take every running task back to be sent anew, and forget the retry interval."""
        actions = [
            self.fail(pending, Failure.local(LocalCode.CANCEL), FailHandle.DEFAULT, now)
            for pending in tuple(self._entries.values())
            if pending.running
        ]
        self._retry_interval = 0.0
        return actions

    def expire(self, now: float, package_package: float) -> list[Action]:
        """What the time-outs demand at ``now``; ``package_package`` is that time-out's length."""
        actions: list[Action] = []
        batch: tuple[int, PendingTask] | None = None  # (code, source)
        over_time: PendingTask | None = None  # and ran
        over = Failure.local(LocalCode.TASK_TIMEOUT)
        for pending in tuple(self._entries.values()):
            if pending.running and pending.due <= now:
                code = _expired_timeout(pending.attempt, now, package_package)
                if code is not None:
                    batch = (code, pending)
            if pending.deadline <= now:
                was_running = pending.running
                actions.append(self.fail(pending, over, FailHandle.TASK_TIMEOUT, now))
                if was_running:
                    over_time = pending
        if batch is None and over_time is not None:
            batch = (LocalCode.TASK_TIMEOUT, over_time)
        if batch is not None:
            code, source = batch
            failure = Failure(ErrorType.NET_MSG_XP, code, DisconnectReason.TASK_TIMEOUT)
            actions += self.fail_batch(
                failure,
                FailHandle.DEFAULT,
                now,
                source=source.task.task_id,
                connection=source.connection,
            )
        return actions

    def extend(self, until: float) -> None:
        """Give the running tasks until ``until`` at least: time stood still for their answers."""
        for pending in self._entries.values():
            if not pending.running:
                continue
            pending.deadline = max(pending.deadline, until)
            if pending.due < until:
                attempt = pending.attempt
                late = until - pending.due
                attempt.first_package_timeout += late
                attempt.read_write_timeout += late
                if attempt.last_package:
                    attempt.last_package += late
                pending.due = until

    def next_deadline(self) -> float:
        """The soonest moment at which :meth:`expire` would do something; infinite if none."""
        soonest = NEVER
        for pending in self._entries.values():
            due = (
                pending.due
                if pending.running and pending.due < pending.deadline
                else pending.deadline
            )
            soonest = min(soonest, due)
        return soonest

    def retry_at(self, now: float) -> float:
        """When the tasks held back by the retry interval may go out; infinite if none is held."""
        at = self._last_batch_error + self._retry_interval
        if at > now and any(pending.is_retry for pending in self._waiting.values()):
            return at
        return NEVER

    def _queue(self, pending: PendingTask) -> None:
        waiting = self._waiting
        in_order = (
            not waiting or next(reversed(waiting.values())).task.priority <= pending.task.priority
        )
        waiting[pending.task.task_id] = pending
        if not in_order:
            ordered = sorted(waiting.values(), key=_priority)
            self._waiting = {each.task.task_id: each for each in ordered}


def _expired_timeout(attempt: AttemptProfile, now: float, package_package: float) -> int | None:
    """Which time-out of a running attempt is over."""
    now += _ROUNDING
    waited = now - attempt.send_start
    if waited >= attempt.read_write_timeout:
        return TimeoutCode.READ_WRITE
    if attempt.last_package:
        if now - attempt.last_package >= package_package:
            return TimeoutCode.PACKAGE_PACKAGE
        return None
    return TimeoutCode.FIRST_PACKAGE if waited >= attempt.first_package_timeout else None
