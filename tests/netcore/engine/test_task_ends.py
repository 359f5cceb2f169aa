"""How ends are worded and handed out (netcore/engine/task_ends.py); with links in test_core.py."""

from __future__ import annotations

import asyncio

import pytest

from netcore.callbacks import Callbacks
from netcore.engine.task_ends import TaskEnds
from netcore.engine.wiring import make_context
from netcore.errors import (
    ErrorType,
    FailHandle,
    Failure,
    LocalCode,
    TaskCancelledError,
    TaskError,
)
from netcore.links.pending_task import PendingTask
from netcore.profile import TaskProfile
from netcore.settings import Settings
from netcore.task import Task


class Heard(Callbacks):
    def __init__(self) -> None:
        self.ends: list[tuple[int, ErrorType]] = []
        self.profiles = 0

    def on_task_end(
        self, task: Task, error_type: ErrorType, error_code: int, profile: TaskProfile
    ) -> None:
        self.ends.append((task.task_id, error_type))

    def report_task_profile(self, profile: TaskProfile) -> None:
        self.profiles += 1


def pending(future: asyncio.Future[bytes] | None = None) -> PendingTask:
    return PendingTask(Task(cmdid=3, cgi="/send", task_id=7), 0.0, 60.0, 1, future)


def ends(callbacks: Callbacks) -> TaskEnds:
    return TaskEnds(make_context(Settings(), callbacks, None, None, None))


@pytest.mark.parametrize(
    ("failure", "handle", "cause", "words"),
    [
        (Failure.local(LocalCode.NO_NET, "there is no network"), FailHandle.TASK_END, None,
         "there is no network"),
        (Failure(ErrorType.SOCKET, -1), FailHandle.TASK_TIMEOUT, None,
         "/send: no answer within 60 s"),
        (Failure(ErrorType.SOCKET, -1), FailHandle.TASK_END, OSError("refused"), "/send: refused"),
        (Failure(ErrorType.SOCKET, -1), FailHandle.TASK_END, None,
         "/send: no good answer after 1 attempt"),
    ],
)  # fmt: skip
async def test_whoever_waits_learns_why_in_words(
    failure: Failure, handle: FailHandle, cause: Exception | None, words: str
) -> None:
    future: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
    task = pending(future)
    task.cause = cause
    ends(Callbacks()).failed(task, failure, handle)
    with pytest.raises(TaskError, match=words) as caught:
        await future
    assert caught.value.__cause__ is cause


async def test_a_silent_end_reaches_the_report_but_no_callback() -> None:
    heard = Heard()
    made = ends(heard)
    made.failed(pending(), Failure(ErrorType.SOCKET, -1), FailHandle.SILENT_TASK_END)
    assert (heard.ends, heard.profiles) == ([], 1)
    made.answered(pending())
    assert (heard.ends, heard.profiles) == ([(7, ErrorType.OK)], 2)


async def test_a_task_taken_back_ends_for_whoever_waits_alone() -> None:
    heard = Heard()
    future: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
    ends(heard).stopped(pending(future), Failure.local(LocalCode.CANCEL))
    with pytest.raises(TaskCancelledError):
        await future
    assert (heard.ends, heard.profiles) == ([], 0)
