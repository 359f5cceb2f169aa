"""Where tasks begin and end, and where what they tell of the network is passed on.

The middle of ``mars/stn/src/net_core.cc``: both links report here; callbacks, futures, profiles
and the policies that learn from every task are served from here.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from netcore.callbacks import Callbacks
from netcore.context import Context
from netcore.errors import ErrorType, FailHandle, LocalCode, task_error
from netcore.longlink.codec import Frame
from netcore.longlink.link import LinkState
from netcore.longlink.tasks import Entry
from netcore.observe import Event
from netcore.profile import ConnectProfile
from netcore.task import Channel, Priority, Task

if TYPE_CHECKING:
    from netcore.core import NetCore
    from netcore.longlink.carrier import Carrier

_log = logging.getLogger("netcore.task")


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


class Desk:
    """Serves the links of one NetCore."""

    def __init__(self, context: Context, core: NetCore) -> None:
        self._context = context
        self._core = core
        callbacks = context.callbacks
        kind = type(callbacks)
        self._tells_end = kind.on_task_end is not Callbacks.on_task_end
        self._tells_profile = kind.report_task_profile is not Callbacks.report_task_profile

    # -- tasks ----------------------------------------------------------------------------------

    def task_started(self, entry: Entry) -> None:
        """A task was given to a link."""
        if self._context.observer.active:
            task, profile = entry.task, entry.profile
            self._context.observer.emit(
                TaskStarted(
                    task_id=task.task_id,
                    cmdid=task.cmdid,
                    cgi=task.cgi,
                    channel=profile.channel,
                    channel_name=profile.channel_name,
                    priority=task.priority,
                    timeout=profile.timeout,
                )
            )

    def task_ended(
        self, entry: Entry, error_type: ErrorType, error_code: int, handle: FailHandle
    ) -> None:
        """A task is over: tell whoever waits."""
        profile = entry.profile
        profile.end = entry.attempt.end or self._context.clock.now()
        profile.error_type = error_type
        profile.error_code = error_code
        self._core.forget(entry)
        future = entry.future
        if future is not None and not future.done():
            if error_type is ErrorType.OK:
                future.set_result(entry.answer)
            else:
                future.set_exception(task_error(error_type, error_code, _why(entry)))
        if handle is not FailHandle.SILENT_TASK_END and self._tells_end:
            self._context.ask(
                self._context.callbacks.on_task_end,
                None,
                entry.task,
                error_type,
                error_code,
                profile,
            )
        if self._tells_profile:
            self._context.ask(self._context.callbacks.report_task_profile, None, profile)
        if self._context.observer.active:
            self._tell_end(entry)

    def refuse(self, entry: Entry, error_type: ErrorType, error_code: int, why: str) -> None:
        """A task that no link ever had."""
        future = entry.future
        if future is not None and not future.done():
            future.set_exception(task_error(error_type, error_code, why))
        entry.attempt.end = self._context.clock.now()
        self.task_ended(entry, error_type, error_code, FailHandle.TASK_END)

    def task_stopped(self, entry: Entry, code: LocalCode) -> None:
        """The caller took a task back: no ``on_task_end``, but whoever waits must not hang."""
        profile = entry.profile
        profile.end = entry.attempt.end = self._context.clock.now()
        profile.error_type = entry.attempt.error_type = ErrorType.LOCAL
        profile.error_code = entry.attempt.error_code = code
        future = entry.future
        if future is not None and not future.done():
            future.set_exception(task_error(ErrorType.LOCAL, code))
        if self._context.observer.active:
            self._tell_end(entry)

    def _tell_end(self, entry: Entry) -> None:
        task, profile, attempt = entry.task, entry.profile, entry.attempt
        self._context.observer.emit(
            TaskEnded(
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
        )

    # -- what the carriers ask ------------------------------------------------------------------

    def passes_limits(self, task: Task, body: bytes, now: float) -> bool:
        """Whether the limiters let the task go."""
        return True

    def intercepted(self, task: Task, now: float) -> bytes | None:
        """The answer that stands for one from the server, or None."""
        return None

    def intercept(self, task: Task, code: int, body: bytes, now: float) -> None:
        """Maybe this answer is to stand for later ones."""

    def timeouts(self, entry: Entry, size: int, sent: int, now: float) -> tuple[float, float]:
        """The first-package and the read-write time-out of a task about to be sent."""
        return 12.0, 37.0

    def package_package(self) -> float:
        """The package-package time-out."""
        return 8.0

    def retry_all(
        self, error_type: ErrorType, error_code: int, handle: FailHandle, task: Task
    ) -> None:
        """All tasks of the user are sent again, on new connections."""
        for carrier in self._carriers():
            carrier.retry(error_type, error_code, handle, task.task_id, task.user_id)

    def received(self, entry: Entry, size: int, now: float) -> None:
        """Bytes of an answer came."""

    # -- what the carriers tell -----------------------------------------------------------------

    def pushed(self, carrier: Carrier, frame: Frame) -> None:
        """The server sent something on its own."""
        if self._context.observer.active:
            self._context.observer.emit(
                Pushed(link=carrier.name, cmdid=frame.cmdid, seq=frame.seq, size=len(frame.body))
            )
        self._context.ask(
            self._context.callbacks.on_push, None, carrier.name, frame.cmdid, frame.seq, frame.body
        )

    def link_changed(self, carrier: Carrier, state: LinkState) -> None:
        """A long link's state changed."""
        self._core.link_changed(carrier, state)

    def network_result(
        self,
        carrier: Carrier,
        error_type: ErrorType,
        error_code: int,
        profile: ConnectProfile,
    ) -> None:
        """An address worked (OK) or failed."""
        self._context.ask(
            self._context.callbacks.on_network_error,
            None,
            carrier.name,
            error_type,
            error_code,
            profile.ip,
            profile.port,
        )

    def _carriers(self) -> Iterable[Carrier]:
        return tuple(self._core.carriers.values())


def _why(entry: Entry) -> str:
    task = entry.task
    name = task.cgi or f"cmdid {task.cmdid}"
    attempts = len(entry.profile.attempts)
    return f"{name}: no good answer after {attempts} attempt{'s' if attempts > 1 else ''}"
