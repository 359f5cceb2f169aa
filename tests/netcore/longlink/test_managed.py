"""A long link and its tasks in virtual time: the log-in gate, tasks without answers, verdicts."""

from __future__ import annotations

import asyncio

import pytest

from netcore.callbacks import Callbacks, Decoded, Identify, IdentifyMode
from netcore.engine.task_events import TaskEnded
from netcore.errors import DisconnectReason, ErrorType, FailHandle, LocalCode, TaskError
from netcore.events import NetworkKind
from netcore.links.pending_task import AnswerUnknown, TaskHeld, TaskRetry, TaskSent
from netcore.longlink.codec import Frame, encode
from netcore.longlink.heartbeat_runner import HeartbeatMissed, HeartbeatSent, IdentifyAnswered
from netcore.profile import TaskProfile
from netcore.runtime.task_holder import TaskHolder
from netcore.task import IDENTIFY_TASK_ID, Priority, Task
from tests.support.longlink_world import DEAF, DeafWorld, World, in_deaf_world, up


class Gate(Callbacks):
    """The log-in gate, and verdicts in order; good when there is none left."""

    def __init__(self, *verdicts: Decoded, authed: bool = True) -> None:
        self.authed = authed
        self.verdicts = list(verdicts)
        self.asked: list[tuple[str, str]] = []
        self.ended: list[TaskProfile] = []

    def make_sure_authed(self, host: str, user_id: str) -> bool:
        self.asked.append((host, user_id))
        return self.authed

    def buf2resp(self, task, body, channel) -> Decoded:
        return self.verdicts.pop(0) if self.verdicts else Decoded()

    def on_task_end(self, task, error_type, error_code, profile) -> None:
        self.ended.append(profile)


def bodies(world: World) -> list[bytes]:
    return [frame.body for frame in world.requests]


# -- the log-in gate ----------------------------------------------------------------------------


def test_without_a_log_in_a_task_that_needs_it_waits_and_is_asked_about_each_second():
    async def scene(world: DeafWorld) -> None:
        gate = Gate(authed=False)
        async with world.core(callbacks=gate) as core:
            await up(core)
            held = Task(
                cmdid=3,
                body=b"held",
                need_authed=True,
                user_id="ann",
                longlink_hosts=["im.example"],
            )
            core.start_task(held)
            core.start_task(Task(cmdid=3, body=b"free"))
            await asyncio.sleep(5.5)
            assert bodies(world) == [b"free"]
            assert gate.asked == [("im.example", "ann")] * 6  # at once, and each second
            [told] = world.of(TaskHeld)  # but told of once
            assert (told.task_id, told.user_id) == (held.task_id, "ann")
            gate.authed = True
            await asyncio.sleep(0.6)
            assert bodies(world) == [b"free", b"held"]
            assert [each.error_type for each in gate.ended] == [ErrorType.OK] * 2

    in_deaf_world(scene)


def test_touching_the_tasks_lets_it_through_at_once():
    async def scene(world: DeafWorld) -> None:
        gate = Gate(authed=False)
        async with world.core(callbacks=gate) as core:
            await up(core)
            core.start_task(Task(cmdid=3, body=b"held", need_authed=True))
            await asyncio.sleep(0.5)
            gate.authed = True
            core.touch_tasks()
            await asyncio.sleep(0.1)
            assert bodies(world) == [b"held"]

    in_deaf_world(scene)


# -- tasks without an answer --------------------------------------------------------------------


def test_a_send_only_task_ends_well_as_it_leaves_and_its_answer_is_nobody_s():
    async def scene(world: DeafWorld) -> None:
        gate = Gate()
        async with world.core(callbacks=gate) as core:
            await up(core)
            begun = world.clock.now()
            assert await core.request(Task(cmdid=3, body=b"told", send_only=True)) == b""
            assert world.clock.now() == begun
            await asyncio.sleep(1)
            assert bodies(world) == [b"told"]
            [profile] = gate.ended
            assert (profile.error_type, len(profile.attempts)) == (ErrorType.OK, 1)
            assert [each.cmdid for each in world.of(AnswerUnknown)] == [3]
            await core.request(Task(cmdid=DEAF, body=b"told", send_only=True))
            await asyncio.sleep(100)
            assert world.downs() == []  # no time-out waits for what will not come

    in_deaf_world(scene)


def test_a_send_only_task_waits_for_the_link_like_any_other():
    async def scene(world: DeafWorld) -> None:
        world.connect_takes = -1.0
        async with world.core() as core:
            with pytest.raises(TaskError) as caught:
                await core.request(Task(cmdid=3, body=b"x", send_only=True, total_timeout=2.0))
            assert caught.value.code == LocalCode.TASK_TIMEOUT
            assert bodies(world) == []

    in_deaf_world(scene)


# -- order --------------------------------------------------------------------------------------


def test_what_waited_for_the_link_goes_out_by_priority():
    async def scene(world: DeafWorld) -> None:
        world.connect_takes = 1.0
        async with world.core() as core:
            for body, priority in (
                (b"low", Priority.LOWEST),
                (b"normal", Priority.NORMAL),
                (b"high", Priority.HIGHEST),
                (b"normal too", Priority.NORMAL),
            ):
                core.start_task(Task(cmdid=3, body=body, priority=priority))
            await asyncio.sleep(2)
            assert bodies(world) == [b"high", b"normal", b"normal too", b"low"]

    in_deaf_world(scene)


# -- verdicts -----------------------------------------------------------------------------------


def test_an_answer_that_cannot_be_decoded_makes_the_link_anew_and_all_its_tasks():
    async def scene(world: DeafWorld) -> None:
        world.works = 0.2
        gate = Gate(Decoded(FailHandle.DEFAULT, 9))
        holder = TaskHolder("requests")
        async with world.core(callbacks=gate) as core:
            await up(core)
            both = [
                holder.start(core.request(Task(cmdid=3, body=body)), "request")
                for body in (b"one", b"two")
            ]
            assert await asyncio.gather(*both) == [b"one", b"two"]
            assert world.reasons() == [DisconnectReason.DECODE_ERR]
            retries = [(each.task_id, each.error_code) for each in world.of(TaskRetry)]
            assert retries == [(1, 9), (2, 0)]  # only the one that caused it has the code
            assert {each.error_type for each in world.of(TaskRetry)} == {ErrorType.EN_DECODE}

    in_deaf_world(scene)


def test_a_silent_end_tells_nobody_but_the_one_who_waits():
    async def scene(world: DeafWorld) -> None:
        gate = Gate(Decoded(FailHandle.SILENT_TASK_END, 5))
        async with world.core(callbacks=gate) as core:
            await up(core)
            with pytest.raises(TaskError) as caught:
                await core.request(Task(cmdid=3, body=b"x", retry_count=3))
            assert (caught.value.type, caught.value.code) == (ErrorType.EN_DECODE, 5)
            assert gate.ended == []
            assert len(world.requests) == 1
            assert world.downs() == []

    in_deaf_world(scene)


# -- what the caller may do meanwhile -----------------------------------------------------------


def test_retry_all_makes_the_link_anew_and_loses_no_other_user_s_task():
    async def scene(world: DeafWorld) -> None:
        world.works = 5.0
        gate = Gate()
        async with world.core(callbacks=gate) as core:
            await up(core)
            for user in ("ann", "bob"):
                core.start_task(Task(cmdid=3, body=user.encode(), user_id=user))
            await asyncio.sleep(1)
            core.retry_all(user_id="carl")  # who has no task: nothing happens
            assert core.longlink_connected()
            core.retry_all(user_id="ann")
            await asyncio.sleep(6)
            assert bodies(world) == [b"ann", b"bob"] * 2
            assert world.reasons() == [DisconnectReason.DECODE_ERR]
            assert [each.error_type for each in gate.ended] == [ErrorType.OK] * 2
            assert [len(each.attempts) for each in gate.ended] == [2, 2]

    in_deaf_world(scene)


def test_clearing_cuts_the_link_and_tells_nobody():
    async def scene(world: DeafWorld) -> None:
        gate = Gate()
        async with world.core(callbacks=gate) as core:
            await up(core)
            core.start_task(Task(cmdid=DEAF, body=b"x"))
            await asyncio.sleep(1)
            core.clear_tasks()
            await asyncio.sleep(30)
            assert gate.ended == []
            assert world.reasons() == [DisconnectReason.RESET]
            [over] = world.of(TaskEnded)
            assert over.error_code == LocalCode.CLEAR

    in_deaf_world(scene)


def test_a_stopped_task_that_was_not_sent_never_is():
    async def scene(world: DeafWorld) -> None:
        world.connect_takes = 1.0
        async with world.core() as core:
            task_id = core.start_task(Task(cmdid=3, body=b"x"))
            assert core.has_task(task_id)
            assert core.stop_task(task_id)
            assert not core.has_task(task_id)
            await asyncio.sleep(5)
            assert bodies(world) == []
            assert world.of(TaskSent) == []

    in_deaf_world(scene)


# -- who is there -------------------------------------------------------------------------------


class Known(Gate):
    """Identifies each connection once."""

    def __init__(self, *good: bool) -> None:
        super().__init__()
        self.good = list(good)
        self.hashes: list[bytes] = []

    def identify_buffer(self, channel: str) -> Identify:
        return Identify(IdentifyMode.NOW, 26, b"who", b"hash")

    def on_identify_response(self, channel: str, body: bytes, hash: bytes) -> bool:
        self.hashes.append(hash)
        return self.good.pop(0) if self.good else True


def test_each_connection_is_identified_until_the_answer_is_good():
    async def scene(world: DeafWorld) -> None:
        known = Known(False)
        async with world.core(callbacks=known) as core:
            await up(core)
            await asyncio.sleep(1)
            assert [(each.cmdid, each.seq) for each in world.requests] == [(26, IDENTIFY_TASK_ID)]
            await asyncio.sleep(210)
            assert len(world.requests) == 2  # the first answer was bad
            await asyncio.sleep(420)
            assert len(world.requests) == 2
            assert world.noops == 2
            assert known.hashes == [b"hash"] * 2
            assert [each.good for each in world.of(IdentifyAnswered)] == [False, True]
            core.redo_tasks()
            await asyncio.sleep(1)
            assert len(world.requests) == 3  # another connection

    in_deaf_world(scene)


# -- the heartbeat's answer ---------------------------------------------------------------------


def test_a_heartbeat_s_answer_is_due_in_eight_seconds():
    async def scene(world: DeafWorld) -> None:
        async with world.core() as core:
            await up(core)
            world.mute = True
            await asyncio.sleep(210.0 + 8.5)
            sent = world.of(HeartbeatSent)[1]
            assert sent.answer_due == 8.0
            [missed] = world.of(HeartbeatMissed)
            assert missed.waited == pytest.approx(8.0)
            assert world.reasons()[0] is DisconnectReason.NOOP_TIMEOUT

    in_deaf_world(scene)


def test_a_connection_s_profile_keeps_its_latest_twenty_heartbeats():
    async def scene(world: DeafWorld) -> None:
        async with world.core() as core:
            await up(core)
            await asyncio.sleep(211)
            profile = core.longlink_profile()
            assert profile is not None
            first, second = profile.noops
            assert (first.interval, first.actual_interval) == (210.0, 0.0)
            assert second.actual_interval == pytest.approx(210.0)
            assert first.ok
            assert second.ok
            assert second.cost == pytest.approx(2 * world.latency)
            await asyncio.sleep(30 * 210)
            assert len(profile.noops) == 20
            world.mute = True
            await asyncio.sleep(220)
            assert not profile.noops[-1].ok

    in_deaf_world(scene)


@pytest.mark.parametrize(("asleep", "due"), [(600.0, 8.0), (900.0, 5.0)])
def test_when_its_timer_was_fifteen_minutes_late_it_is_due_in_five(asleep: float, due: float):
    async def scene(world: DeafWorld) -> None:
        async with world.core() as core:
            await up(core)
            await asyncio.sleep(1.0)
            world.clock.skip(asleep)  # and nobody said that the machine slept
            core.set_foreground(False)
            core.longlinks.main.link.tick()
            assert world.of(HeartbeatSent)[-1].answer_due == due

    in_deaf_world(scene)


def test_another_network_s_tasks_go_out_again_without_waiting():
    async def scene(world: DeafWorld) -> None:
        world.works = 3.0
        async with world.core() as core:
            await up(core)
            core.start_task(Task(cmdid=3, body=b"x"))
            await asyncio.sleep(1)
            core.network_changed(NetworkKind.WIFI, "another")
            await asyncio.sleep(1)
            assert bodies(world) == [b"x", b"x"]
            assert world.reasons() == [DisconnectReason.NETWORK_CHANGE]

    in_deaf_world(scene)


def test_half_a_frame_and_fifteen_seconds_of_silence_end_the_link():
    async def scene(world: DeafWorld) -> None:
        async with world.core() as core:
            await up(core)
            await asyncio.sleep(1)
            begun = world.clock.now()
            world.pipes[0].wire.data_received(encode(Frame(3, 1, b"whole"))[:-1])
            while not world.downs():  # noqa: ASYNC110 (virtual time)
                await asyncio.sleep(0.1)
            assert world.clock.now() - begun == pytest.approx(15.0, abs=0.11)
            assert world.reasons() == [DisconnectReason.UNKNOWN_READ]

    in_deaf_world(scene)
