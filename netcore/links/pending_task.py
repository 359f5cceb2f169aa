"""A task on its way, and the events of that way. Both links use them."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass

from netcore.errors import ErrorType
from netcore.observe import Event, Observer
from netcore.profile import AttemptProfile, TaskProfile
from netcore.runtime.clock import NEVER
from netcore.task import Task

_log = logging.getLogger("netcore.task")


class PendingTask:
    """A task on a link's list, with what is known of its way so far."""

    __slots__ = (
        "answer",
        "attempt",
        "body",
        "cause",
        "checked",
        "connection",
        "deadline",
        "due",
        "future",
        "held",
        "moved_from",
        "on",
        "original",
        "profile",
        "retries_left",
        "running",
        "task",
    )

    def __init__(
        self,
        task: Task,
        now: float,
        timeout: float,
        retries: int,
        future: asyncio.Future[bytes] | None = None,
    ) -> None:
        self.task = task
        self.future = future
        self.deadline = now + timeout  # of the whole task
        self.retries_left = retries
        self.running = False
        self.connection = 0  # the number of the long link's connection that it was last sent on
        self.moved_from = 0  # a connection that it was taken off, where it may still be answered
        self.due = NEVER  # the soonest of a running task's other time-outs
        self.original: PendingTask | None = None  # what it is a copy of (netcore.engine.hedger)
        self.checked = False  # whether the limiters have let it pass
        self.held = False  # whether it was told that it waits for a log-in
        self.on: object = None  # the list of tasks that it is on
        self.body: bytes | None = None
        self.answer = b""
        self.cause: Exception | None = None  # what the latest attempt failed for, if known
        self.attempt = attempt = AttemptProfile(now)
        self.profile = TaskProfile(task, now, timeout, [attempt])

    @property
    def is_retry(self) -> bool:
        """Whether it was tried before."""
        return len(self.profile.attempts) > 1


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskSent(Event):
    """A task was handed to a link. ``queue`` is its wait in seconds; time-outs in seconds."""

    task_id: int
    cmdid: int
    cgi: str
    link: str
    attempt: int
    size: int
    queue: float
    first_package_timeout: float
    read_write_timeout: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskHeld(Event):
    """A task waits for its user to be logged in; told once a task."""

    task_id: int
    cgi: str
    link: str
    user_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskWritten(Event):
    """The system took a task's last byte; on the long link told only where it had to wait."""

    task_id: int
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRetry(Event):
    """An attempt failed and the task waits for another."""

    task_id: int
    cgi: str
    link: str
    error_type: ErrorType
    error_code: int
    retries_left: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskPart(Event):
    """Some bytes of an answer came."""

    task_id: int
    link: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerUnknown(Event):
    """A frame answered no task that waits (it timed out, was stopped, or was never ours)."""

    link: str
    cmdid: int
    seq: int
    size: int


def emit_sent(observer: Observer, pending: PendingTask, link: str) -> None:
    """Tell that a task was handed to a link."""
    task, attempt = pending.task, pending.attempt
    observer.emit(
        TaskSent(
            task_id=task.task_id,
            cmdid=task.cmdid,
            cgi=task.cgi,
            link=link,
            attempt=len(pending.profile.attempts),
            size=attempt.sent_bytes,
            queue=attempt.queue_cost,
            first_package_timeout=attempt.first_package_timeout,
            read_write_timeout=attempt.read_write_timeout,
        )
    )


def emit_held(observer: Observer, pending: PendingTask, link: str) -> None:
    """Tell, once, that a task waits for a log-in."""
    if not pending.held:
        pending.held = True
        task = pending.task
        observer.emit(TaskHeld(task_id=task.task_id, cgi=task.cgi, link=link, user_id=task.user_id))


def emit_retry(observer: Observer, pending: PendingTask, link: str) -> None:
    """Tell that an attempt (the one before the latest) failed and the task waits for another."""
    task, failed = pending.task, pending.profile.attempts[-2]
    _log.info(
        "%s: task %d %s waits for another attempt after %s %d",
        link,
        task.task_id,
        task.cgi or task.cmdid,
        failed.error_type.name,
        failed.error_code,
    )
    if observer.active:
        observer.emit(
            TaskRetry(
                task_id=task.task_id,
                cgi=task.cgi,
                link=link,
                error_type=failed.error_type,
                error_code=failed.error_code,
                retries_left=pending.retries_left,
            )
        )
