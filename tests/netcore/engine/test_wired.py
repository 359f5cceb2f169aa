"""The policies on a real long link, in virtual time: Mars's own numbers, second by second."""

from __future__ import annotations

import asyncio

import pytest

from netcore.callbacks import Callbacks, ConnectStatus, Decoded, LimitKind
from netcore.connect.sources import EndpointReported
from netcore.engine.task_events import StatusChanged, TaskEnded
from netcore.errors import (
    DisconnectReason,
    ErrorType,
    FailHandle,
    LocalCode,
    TaskError,
    TaskRefusedError,
    TaskTimeoutError,
    TimeoutCode,
)
from netcore.events import NetworkKind
from netcore.links.pending_task import TaskSent
from netcore.policy.dynamic import NetworkQuality
from netcore.policy.netcheck import NetCheckDue
from netcore.policy.timeouts import TimeoutsChanged
from netcore.policy.weak import WeakChanged, WeakReason
from netcore.policy.zombie import ZombieQueued, ZombieRevived
from netcore.profile import TaskProfile
from netcore.runtime.task_holder import TaskHolder
from netcore.task import Task
from tests.support.longlink_world import DEAF, DeafWorld, in_deaf_world, up


class Verdicts(Callbacks):
    """Judges answers by what a test put into ``verdicts``, in order; good when there is none."""

    def __init__(self, *verdicts: Decoded) -> None:
        self.verdicts = list(verdicts)
        self.ended: list[TaskProfile] = []
        self.limited: list[tuple[LimitKind, float]] = []
        self.syncs = 0
        self.intercepts = 0

    def buf2resp(self, task, body, channel) -> Decoded:
        return self.verdicts.pop(0) if self.verdicts else Decoded()

    def on_task_end(self, task, error_type, error_code, profile) -> None:
        self.ended.append(profile)

    def report_task_limited(self, kind, task, amount) -> None:
        self.limited.append((kind, amount))

    def request_sync(self) -> None:
        self.syncs += 1

    def should_intercept(self, code: int) -> bool:
        self.intercepts += 1
        return code == 503


# -- time-outs ----------------------------------------------------------------------------------


def test_an_unanswered_task_is_sent_twice_12_seconds_apart_and_then_ends():
    async def scene(world: DeafWorld) -> None:
        async with world.core() as core:
            await up(core)
            begun = world.clock.now()
            with pytest.raises(TaskTimeoutError) as caught:
                await core.request(Task(cmdid=DEAF, body=b"x"))
            assert caught.value.code == TimeoutCode.FIRST_PACKAGE
            took = world.clock.now() - begun
            # 12 s (+ the body at 12 KiB/s), a round trip to connect anew, apart from the
            # heartbeat by a tenth of a second, 12 s again
            assert took == pytest.approx(24.14, abs=0.01)
            [first, second] = world.of(TaskSent)
            assert first.first_package_timeout == pytest.approx(12.0, abs=0.001)
            assert first.read_write_timeout == pytest.approx(12.0 + 64 / 12, abs=0.001)
            assert second.attempt == 2
            assert world.reasons() == [DisconnectReason.TASK_TIMEOUT] * 2

    in_deaf_world(scene)


def test_on_a_mobile_network_it_is_15_seconds():
    async def scene(world: DeafWorld) -> None:
        async with world.core() as core:
            core.network_changed(NetworkKind.MOBILE, "cell")
            await up(core)
            begun = world.clock.now()
            with pytest.raises(TaskTimeoutError):
                await core.request(Task(cmdid=DEAF, body=b"x", retry_count=0))
            assert world.clock.now() - begun == pytest.approx(15.0, abs=0.01)

    in_deaf_world(scene)


def test_time_outs_make_the_network_bad_and_answers_good_again():
    async def scene(world: DeafWorld) -> None:
        async with world.core() as core:
            await up(core)
            for number in range(4):
                with pytest.raises(TaskTimeoutError):
                    await core.request(Task(cmdid=DEAF, body=b"%d" % number, retry_count=0))
                await up(core)
            change = world.of(TimeoutsChanged)[-1]
            assert (change.level, change.first_package) == (NetworkQuality.BAD, 12.0)
            assert core.snapshot().timeouts.level is NetworkQuality.BAD
            for number in range(7):
                await core.request(Task(cmdid=3, body=b"%d" % number))
            change = world.of(TimeoutsChanged)[-1]
            assert (change.level, change.first_package) == (NetworkQuality.EVALUATING, 12.0)

    in_deaf_world(scene)


def test_a_good_network_makes_them_shorter():
    async def scene(world: DeafWorld) -> None:
        async with world.core() as core:
            await up(core)
            for number in range(10):
                await core.request(Task(cmdid=3, body=b"%04d" % number * 400))
            assert world.of(TimeoutsChanged)[-1].level is NetworkQuality.EXCELLENT
            begun = world.clock.now()
            with pytest.raises(TaskTimeoutError):
                await core.request(Task(cmdid=DEAF, body=b"x", retry_count=0))
            assert world.clock.now() - begun == pytest.approx(7.0, abs=0.01)
            assert world.of(TimeoutsChanged)[-1].level is NetworkQuality.EVALUATING

    in_deaf_world(scene)


def test_a_time_out_speaks_against_the_address_and_an_answer_for_it():
    async def scene(world: DeafWorld) -> None:
        async with world.core() as core:
            await up(core)
            with pytest.raises(TaskTimeoutError):
                await core.request(Task(cmdid=DEAF, body=b"x", retry_count=0))
            reports = world.of(EndpointReported)
            assert [each.ok for each in reports] == [True, False]

    in_deaf_world(scene)


# -- what an answer may demand ------------------------------------------------------------------


@pytest.mark.parametrize("handle", [FailHandle.SESSION_TIMEOUT, FailHandle.RETRY_ALL_TASKS])
def test_a_session_time_out_reconnects_and_sends_all_of_the_users_tasks_again(handle: FailHandle):
    async def scene(world: DeafWorld) -> None:
        world.works = 1.0
        callbacks = Verdicts(Decoded(handle, 7))
        async with world.core(callbacks=callbacks) as core:
            await up(core)
            answers = await asyncio.gather(
                core.request(Task(cmdid=3, body=b"a", user_id="ann")),
                core.request(Task(cmdid=3, body=b"b", user_id="ann")),
            )
            assert answers == [b"a", b"b"]
            assert world.reasons() == [DisconnectReason.DECODE_ERR]
            assert [len(each.attempts) for each in callbacks.ended] == [2, 2]
            codes = {each.attempts[0].error_code for each in callbacks.ended}
            assert codes == {7, 0}  # the task that was told, and the one that shares its fate

    in_deaf_world(scene)


def test_task_end_fails_that_task_alone_and_for_good():
    async def scene(world: DeafWorld) -> None:
        callbacks = Verdicts(Decoded(FailHandle.TASK_END, 42))
        async with world.core(callbacks=callbacks) as core:
            await up(core)
            with pytest.raises(TaskError) as caught:
                await core.request(Task(cmdid=3, body=b"x", total_timeout=300.0, retry_count=5))
            assert (caught.value.type, caught.value.code) == (ErrorType.EN_DECODE, 42)
            assert world.reasons() == []
            assert core.longlink_connected()

    in_deaf_world(scene)


def test_an_intercepted_code_spares_the_server():
    async def scene(world: DeafWorld) -> None:
        callbacks = Verdicts(Decoded(FailHandle.NO_ERROR, 503))
        async with world.core(callbacks=callbacks) as core:
            await up(core)
            await core.request(Task(cmdid=3, cgi="/x", body=b"busy"))
            sent = len(world.requests)
            assert await core.request(Task(cmdid=3, cgi="/x", body=b"other")) == b"busy"
            assert len(world.requests) == sent
            await asyncio.sleep(61)
            assert await core.request(Task(cmdid=3, cgi="/x", body=b"third")) == b"third"

    in_deaf_world(scene)


@pytest.mark.parametrize(
    "handle", [FailHandle.DEFAULT, FailHandle.SESSION_TIMEOUT, FailHandle.TASK_END]
)
def test_a_kept_answer_that_is_no_good_ends_the_task_and_leaves_the_link_alone(handle):
    async def scene(world: DeafWorld) -> None:
        callbacks = Verdicts(Decoded(FailHandle.NO_ERROR, 503), *[Decoded(handle, 503)] * 9)
        async with world.core(callbacks=callbacks) as core:
            await up(core)
            await core.request(Task(cmdid=3, cgi="/x", body=b"busy"))
            begun, sent = world.clock.now(), len(world.requests)
            with pytest.raises(TaskError) as caught:
                await core.request(Task(cmdid=3, cgi="/x", body=b"other", retry_count=3))
            assert (caught.value.type, caught.value.code) == (ErrorType.EN_DECODE, 503)
            assert world.clock.now() == begun
            assert core.longlink_connected()
            assert world.reasons() == []
            assert len(world.requests) == sent
            assert len(callbacks.verdicts) == 8

    in_deaf_world(scene)


# -- limits -------------------------------------------------------------------------------------


def test_equal_tasks_are_stopped_before_they_are_sent():
    async def scene(world: DeafWorld) -> None:
        callbacks = Verdicts()
        async with world.core(callbacks=callbacks) as core:
            await up(core)
            for _ in range(105):
                await core.request(Task(cmdid=3, body=b"same"))
            with pytest.raises(TaskRefusedError) as caught:
                await core.request(Task(cmdid=3, body=b"same"))
            assert caught.value.code == LocalCode.ANTI_AVALANCHE
            assert len(world.requests) == 105
            assert callbacks.limited[0][0] is LimitKind.FREQUENCY
            [record] = core.snapshot().frequency
            assert (record.count, record.limit) == (106, 105)

    in_deaf_world(scene)


def test_a_retry_is_not_counted_again():
    async def scene(world: DeafWorld) -> None:
        async with world.core() as core:
            await up(core)
            with pytest.raises(TaskTimeoutError):
                await core.request(Task(cmdid=DEAF, body=b"x", retry_count=3))
            assert len(world.of(TaskSent)) == 4
            [record] = core.snapshot().frequency
            assert record.count == 1

    in_deaf_world(scene)


# -- zombies ------------------------------------------------------------------------------------


def test_a_task_that_failed_while_the_server_was_away_is_answered_when_it_is_back():
    async def scene(world: DeafWorld) -> None:
        holder = TaskHolder("test")
        async with world.core() as core:
            await up(core)
            world.works = 1.0
            waiting = holder.start(
                core.request(Task(cmdid=3, body=b"x", total_timeout=300.0, retry_count=0)), "task"
            )
            await asyncio.sleep(0.5)
            world.connect_takes = -1.0
            world.pipes[-1].reset()
            await asyncio.sleep(20)
            assert len(world.of(ZombieQueued)) == 1
            assert core.snapshot().tasks[0].state.value == "resting"
            world.connect_takes = 0.04
            assert await waiting == b"x"
            assert len(world.of(ZombieRevived)) == 1

    in_deaf_world(scene)


def test_redo_and_another_network_start_resting_tasks():
    async def scene(world: DeafWorld) -> None:
        holder = TaskHolder("test")
        async with world.core() as core:
            await up(core)
            task = Task(cmdid=DEAF, body=b"x", total_timeout=300.0, retry_count=0)
            waiting = holder.start(core.request(task), "task")
            await asyncio.sleep(12.5)  # failed; the link comes back at once and starts it anew
            revived = len(world.of(ZombieRevived))
            await asyncio.sleep(12.5)
            core.network_changed(NetworkKind.WIFI, "office")
            await asyncio.sleep(1)
            assert len(world.of(ZombieRevived)) > revived
            core.stop_task(task.task_id)
            with pytest.raises(TaskError):
                await waiting

    in_deaf_world(scene)


def test_no_task_outlives_its_total_time_out():
    async def scene(world: DeafWorld) -> None:
        async with world.core() as core:
            await up(core)
            begun = world.clock.now()
            with pytest.raises(TaskTimeoutError):
                await core.request(Task(cmdid=DEAF, body=b"x", total_timeout=100.0))
            assert 99.9 <= world.clock.now() - begun <= 100.01

    in_deaf_world(scene)


def test_a_task_whose_time_is_over_does_not_rest():
    async def scene(world: DeafWorld) -> None:
        async with world.core() as core:
            await up(core)
            with pytest.raises(TaskTimeoutError):
                await core.request(Task(cmdid=DEAF, body=b"x", total_timeout=5.0))
            assert world.of(ZombieQueued) == []

    in_deaf_world(scene)


# -- weak network, diagnosis, sync, status ------------------------------------------------------


def test_a_server_that_takes_long_makes_the_network_weak():
    async def scene(world: DeafWorld) -> None:
        async with world.core() as core:
            await up(core)
            world.works = 3.0
            await core.request(Task(cmdid=3, body=b"x"))
            assert world.of(WeakChanged)[-1].reason is WeakReason.FIRST_PACKAGE
            assert core.snapshot().network.weak
            world.works = 0.0
            await asyncio.sleep(8)
            await core.request(Task(cmdid=3, body=b"y"))
            assert world.of(WeakChanged)[-1].reason is WeakReason.GOOD_TASK
            assert not core.snapshot().network.weak

    in_deaf_world(scene)


def test_a_task_that_fails_on_a_later_address_makes_it_weak():
    async def scene(world: DeafWorld) -> None:
        async with world.core() as core:
            await up(core)
            profile = core.longlink_profile()
            assert profile is not None
            profile.index = 1  # of two addresses the second answered
            with pytest.raises(TaskTimeoutError):
                await core.request(Task(cmdid=DEAF, body=b"x", retry_count=0))
            assert world.of(WeakChanged)[0].reason is WeakReason.TASK_FAILED

    in_deaf_world(scene)


def test_each_attempt_knows_the_connection_that_it_went_over_or_waited_for():
    async def scene(world: DeafWorld) -> None:
        callbacks = Verdicts()
        async with world.core(callbacks=callbacks) as core:
            world.connect_takes = -1.0
            with pytest.raises(TaskTimeoutError):
                await core.request(Task(cmdid=3, body=b"x", total_timeout=1.0))
            never = core.longlink_profile()
            assert never is not None
            [ended] = callbacks.ended
            assert [each.connect for each in ended.attempts] == [never]
            assert never.error_type is ErrorType.SOCKET
            world.connect_takes = 0.04
            await up(core)
            first = core.longlink_profile()
            with pytest.raises(TaskTimeoutError):
                await core.request(Task(cmdid=DEAF, body=b"x"))
            second = core.longlink_profile()
            attempts = callbacks.ended[-1].attempts
            assert [each.connect for each in attempts] == [first, second]
            assert first is not None
            assert first is not second
            assert 0.0 < first.start < first.disconnect

    in_deaf_world(scene)


def test_a_slow_connect_makes_it_weak():
    async def scene(world: DeafWorld) -> None:
        world.connect_takes = 2.5
        async with world.core() as core:
            await up(core)
            assert world.of(WeakChanged)[-1].reason is WeakReason.CONNECT_RTT

    in_deaf_world(scene)


def test_a_link_that_goes_bad_asks_for_a_diagnosis():
    async def scene(world: DeafWorld) -> None:
        async with world.core() as core:
            await up(core)
            for number in range(6):
                with pytest.raises(TaskTimeoutError):
                    await core.request(Task(cmdid=DEAF, body=b"%d" % number, retry_count=0))
                await up(core)
            assert [each.longlink for each in world.of(NetCheckDue)] == [True]

    in_deaf_world(scene)


def test_while_the_link_is_down_news_are_asked_for_and_while_it_is_up_not():
    async def scene(world: DeafWorld) -> None:
        callbacks = Verdicts()
        world.connect_takes = -1.0
        async with world.core(callbacks=callbacks) as core:
            await asyncio.sleep(181)
            assert callbacks.syncs == 2
            world.connect_takes = 0.04
            await asyncio.sleep(400)
            assert core.longlink_connected()
            before = callbacks.syncs
            await asyncio.sleep(1000)
            assert callbacks.syncs == before
            world.connect_takes = -1.0
            world.pipes[-1].reset()
            await asyncio.sleep(91)
            assert callbacks.syncs == before + 1
            core.set_logged_in(False)
            await asyncio.sleep(239)
            assert callbacks.syncs == before + 1
            await asyncio.sleep(2)
            assert callbacks.syncs == before + 2

    in_deaf_world(scene)


def test_the_status_follows_the_link():
    async def scene(world: DeafWorld) -> None:
        async with world.core() as core:
            await up(core)
            world.connect_takes = -1.0
            world.pipes[-1].reset()
            await asyncio.sleep(60)
            told = [each.longlink for each in world.of(StatusChanged)]
            assert told[:2] == [ConnectStatus.CONNECTING, ConnectStatus.CONNECTED]
            assert told[-1] is ConnectStatus.SERVER_FAILED

    in_deaf_world(scene)


# -- traffic ------------------------------------------------------------------------------------


def test_every_byte_is_counted_once():
    async def scene(world: DeafWorld) -> None:
        async with world.core() as core:
            await up(core)
            for size in (0, 1, 1000, 20_000):
                await core.request(Task(cmdid=3, cgi=f"/{size}", body=b"x" * size))
            core.network_changed(NetworkKind.MOBILE, "cell")
            await up(core)
            await core.request(Task(cmdid=3, cgi="/mobile", body=b"y" * 50))
            snapshot = core.snapshot()
            [link] = snapshot.traffic_by_link
            assert link.sent == sum(pipe.sent for pipe in world.pipes)
            assert link.received == sum(pipe.received for pipe in world.pipes)
            kinds = {each.name: each for each in snapshot.traffic_by_kind}
            assert kinds["WIFI"].sent + kinds["MOBILE"].sent == link.sent
            assert kinds["MOBILE"].sent >= 70
            cgis = {each.name: (each.sent, each.received) for each in snapshot.traffic_by_cgi}
            assert cgis["/20000"] == (20_000, 20_000)
            assert cgis["/mobile"] == (50, 50)

    in_deaf_world(scene)


def test_each_task_ends_once_whatever_happens():
    async def scene(world: DeafWorld) -> None:
        callbacks = Verdicts()
        async with world.core(callbacks=callbacks) as core:
            await up(core)
            world.works = 0.5
            ids = {
                core.start_task(
                    Task(cmdid=DEAF if number % 7 == 0 else 3, body=b"%d" % number, retry_count=2)
                )
                for number in range(50)
            }
            for _ in range(4):
                await asyncio.sleep(3)
                world.open[-1].reset() if world.open else None
            await asyncio.sleep(120)
            ended = [each.task.task_id for each in callbacks.ended]
            assert sorted(ended) == sorted(ids)
            assert len(world.of(TaskEnded)) == 50
            assert core.snapshot().tasks == ()

    in_deaf_world(scene)
