"""Where tasks begin and end, in virtual time."""

from __future__ import annotations

import asyncio

import pytest

from netcore.engine.task_events import TaskEnded, TaskStarted
from netcore.errors import (
    ConfigError,
    DisconnectReason,
    ErrorType,
    FailHandle,
    Failure,
    LocalCode,
    NetcoreError,
    TaskCancelledError,
    TaskError,
    TaskRefusedError,
)
from netcore.events import NetworkKind
from netcore.longlink.config import LonglinkConfig
from netcore.settings import Settings
from netcore.task import (
    MAIN_LONGLINK,
    RESERVED_TASK_IDS_FROM,
    Channel,
    ChannelStrategy,
    Task,
)
from tests.netcore.engine.worlds import EngineWorld, run


def test_an_answered_task_ends_well_and_is_told():
    async def work(world: EngineWorld) -> None:
        future = world.request(Task(cgi="/x", body=b"question"))
        [entry] = world.link.tasks
        await asyncio.sleep(1.5)
        world.link.answer(entry.task.task_id, b"answer")
        assert await future == b"answer"
        assert [each[:3] for each in world.heard.ended] == [(1, ErrorType.OK, 0)]
        [ended] = world.of(TaskEnded)
        assert (ended.cost, ended.first_package, ended.sent, ended.received) == (1.5, 1.5, 8, 6)
        assert world.of(TaskStarted)[0].timeout == 40.0

    run(work)


def test_a_failed_task_tells_its_type_and_code():
    async def work(world: EngineWorld) -> None:
        future = world.request(Task(cgi="/x"))
        world.link.fail(1, ErrorType.SOCKET, 104)
        with pytest.raises(TaskError) as caught:
            await future
        assert (caught.value.type, caught.value.code) == (ErrorType.SOCKET, 104)
        assert "/x" in str(caught.value)

    run(work)


@pytest.mark.parametrize(
    "wrong",
    [
        {"server_process_cost": 120.1},
        {"retry_count": 31},
        {"total_timeout": 600.1},
        {"task_id": RESERVED_TASK_IDS_FROM},
    ],
)
def test_a_task_that_asks_for_too_much_is_refused(wrong: dict[str, float]):
    async def work(world: EngineWorld) -> None:
        with pytest.raises(TaskRefusedError) as caught:
            await world.request(Task(cgi="/x", **wrong))  # type: ignore[arg-type]
        assert caught.value.code == LocalCode.TASK_PARAM
        assert len(world.link.tasks) == 0

    run(work)


def test_a_task_that_asks_for_the_most_is_taken():
    async def work(world: EngineWorld) -> None:
        world.begin(Task(cgi="/x", server_process_cost=120.0, retry_count=30, total_timeout=600.0))
        assert len(world.link.tasks) == 1

    run(work)


@pytest.mark.parametrize(
    ("task", "code"),
    [
        (Task(), LocalCode.CHANNEL_SELECT),  # the long link needs a cmdid, the short link a cgi
        (Task(cmdid=3), LocalCode.LONGLINK_UNAVAILABLE),
        (Task(cgi="/x", channel=Channel.LONG), LocalCode.CHANNEL_SELECT),
        (Task(cmdid=3, channel=Channel.LONG), LocalCode.LONGLINK_UNAVAILABLE),
        (Task(cmdid=3, cgi="/x", channel=Channel.MINOR_LONG), LocalCode.LONGLINK_UNAVAILABLE),
    ],
)
def test_a_task_that_no_link_can_carry_is_refused(task: Task, code: LocalCode):
    async def work(world: EngineWorld) -> None:
        with pytest.raises(TaskRefusedError) as caught:
            await world.request(task)
        assert caught.value.code == code

    run(work)


def test_without_a_network_a_sensitive_task_fails_at_once_and_others_wait():
    async def work(world: EngineWorld) -> None:
        world.network(NetworkKind.NONE, "")
        with pytest.raises(TaskRefusedError) as caught:
            await world.request(Task(cgi="/x", network_status_sensitive=True))
        assert caught.value.code == LocalCode.NO_NET
        world.begin(Task(cgi="/x"))
        assert len(world.link.tasks) == 1

    run(work)


def test_without_a_short_link_its_channel_drops_out():
    async def work(world: EngineWorld) -> None:
        world.task_manager.shortlink = None
        with pytest.raises(TaskRefusedError):
            await world.request(Task(cgi="/x"))

    run(work)
    run_settings = Settings(longlink_ports=())

    async def without_port(world: EngineWorld) -> None:
        with pytest.raises(TaskRefusedError):
            await world.request(Task(cgi="/x"))

    run(without_port, run_settings)


def test_by_the_fast_strategy_a_long_link_with_a_task_on_it_is_passed_by():
    async def work(world: EngineWorld) -> None:
        long = world.task_manager.longlinks.create(LonglinkConfig(name=MAIN_LONGLINK, main=True))
        world.begin(Task(cmdid=3, cgi="/x", strategy=ChannelStrategy.FAST))
        world.begin(Task(cmdid=3, cgi="/x", strategy=ChannelStrategy.FAST))
        world.begin(Task(cmdid=3, cgi="/x"))
        assert (len(long.tasks), len(world.link.tasks)) == (2, 1)

    run(work)


def test_a_task_in_front_brings_the_long_link_up_for_the_next_ones():
    async def work(world: EngineWorld) -> None:
        wanted: list[float] = []
        long = world.task_manager.longlinks.create(LonglinkConfig(name=MAIN_LONGLINK, main=True))
        long.connected = False  # type: ignore[misc]
        long.wanted = lambda: wanted.append(world.now)  # type: ignore[method-assign]
        begun = world.now

        def begin(**more: object) -> bool:
            before = len(wanted)
            world.begin(Task(cmdid=3, cgi="/x", body=b"%f" % world.now, **more))  # type: ignore[arg-type]
            return len(wanted) > before

        assert begin()
        assert len(world.link.tasks) == 1  # this one goes over the short link
        assert not begin(channel=Channel.SHORT)
        await asyncio.sleep(begun + 900.0 - world.now)
        assert begin()
        await asyncio.sleep(1.0)
        assert not begin()  # a quarter of an hour in front: its own monitor sees to it
        world.context.active.set_foreground(False, world.now)
        assert not begin()
        world.context.active.set_foreground(True, world.now)
        assert begin()

    run(work)


def test_ids_are_unique_and_an_id_in_use_is_refused():
    async def work(world: EngineWorld) -> None:
        ids = {world.begin(Task(cgi="/x", body=b"%d" % number)).task_id for number in range(5)}
        assert len(ids) == 5
        with pytest.raises(ConfigError):
            world.begin(Task(cgi="/x", task_id=3))
        world.link.answer(3)
        world.begin(Task(cgi="/x", task_id=3))

    run(work)


def test_a_new_id_passes_over_those_in_use_and_the_reserved_ones():
    async def work(world: EngineWorld) -> None:
        world.task_manager._last_task_id = RESERVED_TASK_IDS_FROM - 2
        last = world.begin(Task(cgi="/x", body=b"a")).task_id
        world.begin(Task(cgi="/x", body=b"b", task_id=1))
        assert last == RESERVED_TASK_IDS_FROM - 1
        assert world.begin(Task(cgi="/x", body=b"c")).task_id == 2

    run(work)


def test_a_stopped_task_is_forgotten_without_a_callback():
    async def work(world: EngineWorld) -> None:
        future = world.request(Task(cgi="/x"))
        assert world.task_manager.has(1)
        assert world.task_manager.stop(1)
        assert not world.task_manager.has(1)
        assert not world.task_manager.stop(1)
        with pytest.raises(TaskCancelledError):
            await future
        assert world.heard.ended == []

    run(work)


@pytest.mark.parametrize(("code", "told"), [(LocalCode.CLEAR, 0), (LocalCode.RESET, 2)])
def test_clearing_ends_all_and_only_a_reset_is_told(code: LocalCode, told: int):
    async def work(world: EngineWorld) -> None:
        running = world.request(Task(cgi="/x"))
        parked = world.request(Task(cgi="/y", total_timeout=300.0))
        world.link.fail(2)
        world.task_manager.clear(code)
        for future in (running, parked):
            with pytest.raises(TaskCancelledError) as caught:
                await future
            assert caught.value.code == code
        assert len(world.heard.ended) == told
        assert not world.task_manager.has(1) and not world.task_manager.has(2)

    run(work)


def test_redo_touch_and_retry_all_go_to_the_links():
    async def work(world: EngineWorld) -> None:
        world.task_manager.touch()
        world.task_manager.redo(DisconnectReason.RESET)
        task = Task(cgi="/x", task_id=7, user_id="ann")
        world.task_manager.retry_all(
            Failure(ErrorType.EN_DECODE, 5), FailHandle.SESSION_TIMEOUT, task
        )
        assert world.link.calls == [
            ("touch",),
            ("redo", DisconnectReason.RESET),
            ("retry", ErrorType.EN_DECODE, 5, FailHandle.SESSION_TIMEOUT, 7, "ann"),
        ]

    run(work)


def test_a_silent_end_reaches_the_waiting_caller_but_no_callback():
    async def work(world: EngineWorld) -> None:
        future = world.request(Task(cgi="/x", total_timeout=300.0))
        world.link.fail(1, ErrorType.EN_DECODE, 1, FailHandle.SILENT_TASK_END)
        with pytest.raises(TaskError):
            await future
        assert world.heard.ended == []

    run(work)


def test_before_the_start_and_after_the_end_no_task_is_taken():
    async def work(world: EngineWorld) -> None:
        await world.task_manager.close()
        with pytest.raises(NetcoreError):
            world.begin(Task(cgi="/x"))

    run(work)
