"""The policies as they are wired, in virtual time."""

from __future__ import annotations

import asyncio

import pytest

from netcore.callbacks import LimitKind
from netcore.errors import ErrorType, LocalCode, SocketCode, TaskRefusedError, TimeoutCode
from netcore.events import NetworkKind
from netcore.policy.dynamic import NetworkQuality
from netcore.policy.flow import FlowRefused
from netcore.policy.frequency import FrequencyRefused
from netcore.policy.intercept import InterceptStarted, TaskIntercepted
from netcore.policy.netcheck import NetCheckDue
from netcore.policy.timeouts import TimeoutsChanged
from netcore.policy.timing_sync import SyncDue
from netcore.policy.traffic import TrafficReported
from netcore.policy.weak import WeakChanged, WeakReason
from netcore.settings import Settings
from netcore.task import Task
from tests.netcore.engine.worlds import EngineWorld, run

MIB = 1024 * 1024


async def answered(world: EngineWorld, seconds: float = 0.1, *, size: int = 10) -> None:
    """One task that is answered after so long."""
    task = world.begin(Task(cgi="/x", body=str(world.now).encode()))
    await asyncio.sleep(seconds)
    world.link.answer(task.task_id, b"x" * size)


# -- limits -------------------------------------------------------------------------------------


def test_the_106th_equal_task_is_refused_and_reported():
    async def work(world: EngineWorld) -> None:
        for _ in range(105):
            world.begin(Task(cgi="/x", body=b"same"))
        await asyncio.sleep(2)
        with pytest.raises(TaskRefusedError) as caught:
            await world.request(Task(cgi="/x", body=b"same"))
        assert caught.value.code == LocalCode.ANTI_AVALANCHE
        assert world.heard.limited == [(LimitKind.FREQUENCY, 106, 2.0)]
        [event] = world.of(FrequencyRefused)
        assert (event.cgi, event.count, event.gap) == ("/x", 106, 2.0)
        world.begin(Task(cgi="/x", body=b"same", limit_frequency=False))
        assert len(world.link.tasks) == 106

    run(work)


def test_the_flow_limit_counts_on_mobile_networks_only():
    async def work(world: EngineWorld) -> None:
        for number in range(100):
            world.begin(Task(cgi="/x", body=b"%02d" % number + b"x" * MIB))
        assert world.heard.limited == []
        world.network(NetworkKind.MOBILE)
        big = 81 * MIB
        future = world.request(Task(cgi="/x", body=b"y" * big))
        with pytest.raises(TaskRefusedError):
            await future
        assert world.heard.limited == [(LimitKind.FLOW, 101, float(big))]
        [event] = world.of(FlowRefused)
        assert (event.size, event.used, event.volume) == (big, 0, 80 * MIB)
        world.begin(Task(cgi="/x", body=b"y" * big, limit_flow=False))
        assert len(world.link.tasks) == 101

    run(work)


# -- intercept ----------------------------------------------------------------------------------


def test_an_intercepted_answer_stands_for_the_servers_for_a_minute():
    async def work(world: EngineWorld) -> None:
        world.heard.intercepts.add(503)
        world.begin(Task(cgi="/x"))
        world.link.answer(1, b"busy", code=503)
        assert world.of(InterceptStarted)[0].seconds == 60.0
        await asyncio.sleep(59)
        assert await world.request(Task(cgi="/x", body=b"again")) == b"busy"
        assert world.of(TaskIntercepted)[0].cgi == "/x"
        assert len(world.link.tasks) == 0
        world.begin(Task(cgi="/other"))
        assert len(world.link.tasks) == 1
        await asyncio.sleep(1.1)
        world.begin(Task(cgi="/x", body=b"and again"))
        assert len(world.link.tasks) == 2

    run(work)


# -- time-outs ----------------------------------------------------------------------------------


def test_the_network_and_its_quality_choose_the_time_outs():
    async def work(world: EngineWorld) -> None:
        world.begin(Task(cgi="/x"))
        assert world.link.timeouts[-1] == pytest.approx((12.0, 12.0 + 64 / 12))
        world.link.stop(1)
        world.network(NetworkKind.MOBILE)
        assert world.task_manager.policies.package_package() == 12.0
        world.begin(Task(cgi="/x"))
        assert world.link.timeouts[-1] == (15.0, 31.0)
        world.link.stop(2)
        for _ in range(10):
            await answered(world, size=4096)
        world.begin(Task(cgi="/x"))
        assert world.link.timeouts[-1] == (10.0, 26.0)
        world.link.stop(world.task_manager._last_task_id)
        world.network(NetworkKind.WIFI)
        levels = [(each.level, each.mobile) for each in world.of(TimeoutsChanged)]
        assert levels == [
            (NetworkQuality.EVALUATING, True),
            (NetworkQuality.EXCELLENT, True),
            (NetworkQuality.EVALUATING, False),
        ]

    run(work)


@pytest.mark.parametrize(
    ("error_type", "code", "counts"),
    [
        (ErrorType.NET_MSG_XP, TimeoutCode.FIRST_PACKAGE, True),
        (ErrorType.HTTP, TimeoutCode.PACKAGE_PACKAGE, True),
        (ErrorType.HTTP, TimeoutCode.READ_WRITE, True),
        (ErrorType.SOCKET, SocketCode.MAKE_SOCKET_PREPARED, True),
        (ErrorType.SOCKET, 104, False),
        (ErrorType.EN_DECODE, 1, False),
    ],
)
def test_four_failures_of_the_network_make_it_bad(error_type: ErrorType, code: int, counts: bool):
    async def work(world: EngineWorld) -> None:
        for _ in range(4):
            world.link.result(error_type, code)
        assert (world.task_manager.policies.dynamic.level is NetworkQuality.BAD) is counts

    run(work)


def test_a_long_polling_task_waits_as_long_as_it_says():
    async def work(world: EngineWorld) -> None:
        world.begin(Task(cgi="/x", long_polling=True, long_polling_timeout=90.0))
        assert world.link.timeouts == [pytest.approx((90.0, 90.0 + 64 / 12))]

    run(work)


# -- weak network -------------------------------------------------------------------------------


def test_a_slow_answer_makes_the_network_weak_for_a_minute():
    async def work(world: EngineWorld) -> None:
        await answered(world, 2.5)
        [event] = world.of(WeakChanged)
        assert (event.weak, event.reason) == (True, WeakReason.FIRST_PACKAGE)
        assert world.task_manager.policies.weak(world.now)
        await asyncio.sleep(60)
        assert [each.weak for each in world.of(WeakChanged)] == [True, False]
        assert world.of(WeakChanged)[1].reason is WeakReason.EXPIRED
        assert world.of(WeakChanged)[1].seconds == 60.0

    run(work)


def test_a_long_poll_that_waited_long_says_nothing():
    async def work(world: EngineWorld) -> None:
        world.begin(Task(cgi="/x", long_polling=True, long_polling_timeout=90.0))
        await asyncio.sleep(80)
        world.link.answer(1, b"news")
        assert world.of(WeakChanged) == []

    run(work)


def test_a_quick_answer_eight_seconds_later_makes_it_good():
    async def work(world: EngineWorld) -> None:
        await answered(world, 2.5)
        await answered(world, 0.1)
        assert world.task_manager.policies.weak(world.now)
        await asyncio.sleep(8)
        await answered(world, 0.1)
        assert not world.task_manager.policies.weak(world.now)
        assert world.of(WeakChanged)[1].reason is WeakReason.GOOD_TASK

    run(work)


def test_a_task_that_failed_on_a_later_address_makes_it_weak():
    async def work(world: EngineWorld) -> None:
        world.begin(Task(cgi="/x"))
        world.link.fail(1, index=2)
        assert world.of(WeakChanged)[0].reason is WeakReason.TASK_FAILED

    run(work)


def test_the_background_and_another_network_end_it():
    async def work(world: EngineWorld) -> None:
        await answered(world, 2.5)
        world.context.active.set_foreground(False, world.now)
        world.task_manager.on_active()
        assert world.of(WeakChanged)[-1].reason is WeakReason.BACKGROUND
        world.context.active.set_foreground(True, world.now)
        world.task_manager.on_active()
        await answered(world, 2.5)
        world.network(NetworkKind.MOBILE)
        assert world.of(WeakChanged)[-1].reason is WeakReason.RESET

    run(work)


# -- net check ----------------------------------------------------------------------------------


def test_a_link_that_goes_bad_asks_for_a_diagnosis_once():
    async def work(world: EngineWorld) -> None:
        for _ in range(8):
            await answered(world)
        for _ in range(8):
            world.link.result(ErrorType.SOCKET, 104)
        assert world.heard.netchecks == [False]  # the short link
        [event] = world.of(NetCheckDue)
        assert (event.longlink, event.good) == (False, 2)

    run(work)


# -- timing sync --------------------------------------------------------------------------------

WITH_LONGLINK = Settings(shortlink_port=80, longlink_ports=(8081,), longlink_hosts=("h",))


def test_while_the_long_link_is_down_news_are_asked_for():
    async def work(world: EngineWorld) -> None:
        begun = world.now
        await asyncio.sleep(200)
        assert [each - begun for each in world.heard.syncs] == pytest.approx([90.0, 180.0])
        assert [each.waited for each in world.of(SyncDue)] == [90.0, 90.0]
        world.task_manager.policies.longlink_up(True)
        await asyncio.sleep(1000)
        assert len(world.heard.syncs) == 2
        world.task_manager.policies.longlink_up(False)
        await asyncio.sleep(90)
        assert len(world.heard.syncs) == 3

    run(work, WITH_LONGLINK)


def test_activity_account_and_network_change_the_waiting():
    async def work(world: EngineWorld) -> None:
        begun = world.now
        world.context.logged_in = False
        world.task_manager.policies.state_changed()
        await asyncio.sleep(239)
        assert world.heard.syncs == []
        await asyncio.sleep(2)
        assert [each - begun for each in world.heard.syncs] == [240.0]
        world.context.active.set_active(False, world.now)
        world.task_manager.on_active()
        await asyncio.sleep(599)
        assert len(world.heard.syncs) == 1
        world.network(NetworkKind.NONE, "")
        await asyncio.sleep(5000)
        assert len(world.heard.syncs) == 1

    run(work, WITH_LONGLINK)


def test_a_sleep_counts_as_waiting():
    async def work(world: EngineWorld) -> None:
        await asyncio.sleep(10)
        world.sleep(70)
        assert world.heard.syncs == []
        await asyncio.sleep(10.1)
        assert len(world.heard.syncs) == 1
        world.sleep(3600)
        assert len(world.heard.syncs) == 2  # once, not once for each interval that was slept

    run(work, WITH_LONGLINK)


def test_without_a_long_link_there_is_no_timing_sync():
    async def work(world: EngineWorld) -> None:
        await asyncio.sleep(1000)
        assert world.heard.syncs == []

    run(work)


# -- traffic ------------------------------------------------------------------------------------


def test_bytes_are_reported_above_ten_kib_and_after_ten_seconds():
    async def work(world: EngineWorld) -> None:
        world.task_manager.policies.traffic("shortlink", 100, 200)
        await asyncio.sleep(9.9)
        assert world.heard.bytes == []
        await asyncio.sleep(0.2)
        assert world.heard.bytes == [(NetworkKind.WIFI, 100, 200)]
        world.task_manager.policies.traffic("shortlink", 0, 10 * 1024 + 1)
        assert world.heard.bytes[1:] == [(NetworkKind.WIFI, 0, 10 * 1024 + 1)]
        await asyncio.sleep(100)
        assert len(world.heard.bytes) == 2
        assert len(world.of(TrafficReported)) == 2

    run(work)


def test_what_is_pending_is_reported_before_the_network_changes_and_at_the_end():
    heard = []

    async def work(world: EngineWorld) -> None:
        heard.append(world.heard)
        world.task_manager.policies.traffic("shortlink", 1, 2)
        world.network(NetworkKind.MOBILE)
        world.task_manager.policies.traffic("shortlink", 3, 4)

    run(work)
    assert heard[0].bytes == [(NetworkKind.WIFI, 1, 2), (NetworkKind.MOBILE, 3, 4)]


def test_bodies_of_all_attempts_are_counted_by_cgi():
    async def work(world: EngineWorld) -> None:
        world.begin(Task(cgi="/x", body=b"12345", total_timeout=300.0))
        world.link.fail(1)
        await asyncio.sleep(61)
        world.link.answer(1, b"123")
        count = world.task_manager.policies.counts.by_cgi()["/x"]
        assert (count.sent, count.received) == (10, 3)

    run(work)
