"""Events of tasks and of the state over all links (see :mod:`netcore.observe`)."""

from __future__ import annotations

from dataclasses import dataclass

from netcore.callbacks import ConnectStatus
from netcore.errors import ErrorType
from netcore.links.pending_task import PendingTask
from netcore.observe import Event
from netcore.task import Channel, Priority


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskStarted(Event):
    """A task was accepted and given to a link; ``timeout`` bounds all of it, in seconds."""

    task_id: int
    cmdid: int
    cgi: str
    channel: Channel
    channel_name: str
    priority: Priority
    timeout: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskMoved(Event):
    """A task failed on one link and makes its last attempt on another (disaster recovery)."""

    task_id: int
    cgi: str
    source: str
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskEnded(Event):
    """A task is over. Seconds and bytes of its last attempt, ``cost`` and ``attempts`` of all."""

    task_id: int
    cmdid: int
    cgi: str
    channel: Channel
    channel_name: str
    error_type: ErrorType
    error_code: int
    cost: float
    attempts: int
    queue: float
    first_package: float
    body: float  # from the first to the last package
    decode: float
    sent: int
    received: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushed(Event):
    """The server sent something on its own; ``size`` in bytes."""

    link: str
    cmdid: int
    seq: int
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusChanged(Event):
    """The state over all links, and of the main long link."""

    status: ConnectStatus
    longlink: ConnectStatus


def task_started(pending: PendingTask) -> TaskStarted:
    """The event of a task that a link took on."""
    task, profile = pending.task, pending.profile
    return TaskStarted(
        task_id=task.task_id,
        cmdid=task.cmdid,
        cgi=task.cgi,
        channel=profile.channel,
        channel_name=profile.channel_name,
        priority=task.priority,
        timeout=profile.timeout,
    )


def task_moved(pending: PendingTask, source: str, target: str) -> TaskMoved:
    """The event of a task that goes over to another link."""
    task = pending.task
    return TaskMoved(task_id=task.task_id, cgi=task.cgi, source=source, target=target)


def task_ended(pending: PendingTask) -> TaskEnded:
    """The event of a task that is over."""
    task, profile, attempt = pending.task, pending.profile, pending.attempt
    return TaskEnded(
        task_id=task.task_id,
        cmdid=task.cmdid,
        cgi=task.cgi,
        channel=profile.channel,
        channel_name=profile.channel_name,
        error_type=profile.error_type,
        error_code=profile.error_code,
        cost=profile.cost,
        attempts=len(profile.attempts),
        queue=attempt.queue_cost,
        first_package=attempt.first_package_cost,
        body=attempt.last_package - attempt.first_package,
        decode=attempt.decode_cost,
        sent=attempt.sent_bytes,
        received=attempt.received_bytes,
    )
