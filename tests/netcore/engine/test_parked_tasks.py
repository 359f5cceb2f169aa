"""Failed tasks that rest and start anew, wired, in virtual time."""

from __future__ import annotations

import asyncio

import pytest

from netcore.errors import DisconnectReason, ErrorType, FailHandle, LocalCode, TaskError
from netcore.events import NetworkKind
from netcore.policy.zombie import ZombieQueued, ZombieRevived
from netcore.task import Priority, Task
from tests.netcore.engine.worlds import EngineWorld, run


def long_lived(cgi: str = "/x", priority: Priority = Priority.NORMAL) -> Task:
    return Task(cgi=cgi, total_timeout=300.0, retry_count=5, priority=priority)


def test_a_failed_task_with_time_left_starts_anew_after_a_minute():
    async def work(world: EngineWorld) -> None:
        future = world.request(long_lived())
        await asyncio.sleep(10)
        world.link.fail(1)
        assert world.task_manager.has(1)
        assert not future.done()
        assert world.of(ZombieQueued)[0].left == 290.0
        await asyncio.sleep(59.9)
        assert len(world.link.tasks) == 0
        await asyncio.sleep(0.2)
        [entry] = world.link.tasks
        assert (entry.retries_left, len(entry.profile.attempts)) == (0, 2)
        assert world.of(ZombieRevived)[0].rested == pytest.approx(60.0)
        world.link.answer(1, b"late but whole")
        assert await future == b"late but whole"
        assert [each[:3] for each in world.heard.ended] == [(1, ErrorType.OK, 0)]

    run(work)


def test_its_own_total_time_out_ends_it():
    async def work(world: EngineWorld) -> None:
        future = world.request(Task(cgi="/x", total_timeout=50.0))
        begun = world.now
        world.link.fail(1)
        with pytest.raises(TaskError) as caught:
            await future
        assert world.now - begun == pytest.approx(50.0)
        assert (caught.value.type, caught.value.code) == (ErrorType.LOCAL, LocalCode.TASK_TIMEOUT)
        assert [each[:3] for each in world.heard.ended] == [
            (1, ErrorType.LOCAL, LocalCode.TASK_TIMEOUT)
        ]
        assert not world.task_manager.has(1)

    run(work)


def test_it_rests_again_and_again_and_still_ends_in_time():
    async def work(world: EngineWorld) -> None:
        future = world.request(long_lived())
        begun = world.now
        lives = 0
        while not future.done():
            for entry in world.link.tasks:
                lives += 1
                world.link.fail(entry.task.task_id)
            await asyncio.sleep(1)
        assert lives == 5  # at 0, 60, 120, 180 and 240 s
        assert world.now - begun <= 301.0
        with pytest.raises(TaskError):
            await future

    run(work)


@pytest.mark.parametrize("hope", ["another answer", "network", "redo"])
def test_hope_starts_it_at_once(hope: str):
    async def work(world: EngineWorld) -> None:
        world.begin(long_lived("/a"))
        world.begin(long_lived("/b", Priority.HIGHEST))
        world.link.fail(1)
        world.link.fail(2)
        await asyncio.sleep(5)
        assert len(world.link.tasks) == 0
        if hope == "another answer":
            world.begin(Task(cgi="/c"))
            world.link.answer(3)
        elif hope == "network":
            world.network(NetworkKind.MOBILE)
        else:
            world.task_manager.redo(DisconnectReason.RESET)
        assert [entry.task.cgi for entry in world.link.tasks] == ["/b", "/a"]

    run(work)


def test_losing_the_network_is_no_hope():
    async def work(world: EngineWorld) -> None:
        world.begin(long_lived())
        world.link.fail(1)
        world.network(NetworkKind.NONE, "")
        assert len(world.link.tasks) == 0

    run(work)


def test_a_sleep_past_its_time_ends_it_on_wake_up():
    async def work(world: EngineWorld) -> None:
        future = world.request(Task(cgi="/x", total_timeout=100.0))
        world.link.fail(1)
        world.sleep(500)
        assert future.done()
        with pytest.raises(TaskError):
            await future

    run(work)


def test_a_shorter_sleep_counts_as_rest():
    async def work(world: EngineWorld) -> None:
        world.begin(long_lived())
        world.link.fail(1)
        await asyncio.sleep(10)
        world.sleep(40)
        assert len(world.link.tasks) == 0
        await asyncio.sleep(10.1)
        assert len(world.link.tasks) == 1

    run(work)


@pytest.mark.parametrize(
    ("task", "handle"),
    [
        (Task(cgi="/x"), FailHandle.DEFAULT),  # no total time-out of its own
        (Task(cgi="/x", total_timeout=300.0), FailHandle.TASK_END),
        (
            Task(cgi="/x", total_timeout=300.0, network_status_sensitive=True),
            FailHandle.DEFAULT,
        ),
    ],
)
def test_these_end_at_once(task: Task, handle: FailHandle):
    async def work(world: EngineWorld) -> None:
        future = world.request(task)
        world.link.fail(task.task_id, handle=handle)
        assert future.done()
        with pytest.raises(TaskError):
            await future

    run(work)


def test_a_resting_task_can_be_stopped():
    async def work(world: EngineWorld) -> None:
        world.begin(long_lived())
        world.link.fail(1)
        assert world.task_manager.stop(1)
        assert not world.task_manager.has(1)
        await asyncio.sleep(400)
        assert len(world.link.tasks) == 0
        assert world.heard.ended == []

    run(work)


@pytest.mark.parametrize("how", ["stop", "clear"])
def test_a_task_woken_with_others_can_still_be_taken_back(how: str):
    async def work(world: EngineWorld) -> None:
        task_manager, ended = world.task_manager, []
        for timeout in (50.0, 300.0):  # at one wake-up the first is over and the second goes on
            world.begin(Task(cgi="/x", total_timeout=timeout))
        for task_id in (1, 2):
            world.link.fail(task_id)

        def take_back(task: Task, *how_it_ended: object) -> None:
            ended.append(task.task_id)
            assert task_manager.has(2)
            if how == "stop":
                assert task_manager.stop(2)
            else:
                task_manager.clear(LocalCode.CANCEL)
            assert not task_manager.has(2)

        world.heard.on_task_end = take_back  # type: ignore[method-assign]
        world.sleep(100)
        await asyncio.sleep(400)
        assert ended == [1]
        assert len(world.link.tasks) == 0

    run(work)
