"""How the end of a task reaches the future that waits, the callbacks and the events."""

from __future__ import annotations

from netcore.callbacks import Callbacks
from netcore.engine.task_events import task_ended
from netcore.errors import ErrorType, FailHandle, Failure, task_error
from netcore.links.context import Context
from netcore.links.pending_task import PendingTask


class TaskEnds:
    """Hands out ends; :class:`~netcore.engine.task_manager.TaskManager` finds when a task is over.

    Callbacks left at their defaults are not called at all: this is the hot path.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._observer = context.observer
        kind = type(context.callbacks)
        self._calls_end = kind.on_task_end is not Callbacks.on_task_end
        self._calls_profile = kind.report_task_profile is not Callbacks.report_task_profile

    def answered(self, pending: PendingTask) -> None:
        """The task ended well."""
        future = pending.future
        if future is not None and not future.done():
            future.set_result(pending.answer)
        if self._calls_end or self._calls_profile or self._observer.active:
            self._report(pending)

    def failed(self, pending: PendingTask, failure: Failure, handle: FailHandle) -> None:
        """The task failed for good."""
        future = pending.future
        if future is not None and not future.done():
            error = task_error(failure.type, failure.code, _why(pending, failure, handle))
            error.__cause__ = pending.cause
            future.set_exception(error)
        self._report(pending, silent=handle is FailHandle.SILENT_TASK_END)

    def stopped(self, pending: PendingTask, failure: Failure) -> None:
        """The caller took the task back: no callback, but a waiting future must not hang."""
        future = pending.future
        if future is not None and not future.done():
            future.set_exception(task_error(failure.type, failure.code))
        if self._observer.active:
            self._observer.emit(task_ended(pending))

    def _report(self, pending: PendingTask, *, silent: bool = False) -> None:
        context, profile = self._context, pending.profile
        callbacks = context.callbacks
        if self._calls_end and not silent:
            context.ask(
                callbacks.on_task_end,
                None,
                pending.task,
                profile.error_type,
                profile.error_code,
                profile,
            )
        if self._calls_profile:
            context.ask(callbacks.report_task_profile, None, profile)
        if self._observer.active:
            self._observer.emit(task_ended(pending))


def _why(pending: PendingTask, failure: Failure, handle: FailHandle) -> str:
    task = pending.task
    name = task.cgi or f"cmdid {task.cmdid}"
    attempts = len(pending.profile.attempts)
    if failure.type is ErrorType.LOCAL and failure.detail:
        return failure.detail
    why = "" if pending.cause is None else f": {pending.cause}"
    if handle is FailHandle.TASK_TIMEOUT:
        return f"{name}: no answer within {pending.profile.timeout:g} s{why}"
    if why:
        return name + why
    return f"{name}: no good answer after {attempts} attempt{'s' if attempts > 1 else ''}"
