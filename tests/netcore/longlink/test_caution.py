"""Frames apart from each other after a time-out, in virtual time."""

from __future__ import annotations

import asyncio

from netcore.longlink.caution import Caution
from netcore.longlink.entry import TaskSent
from netcore.task import Task
from tests.netcore.longlink.world import World, in_world


def test_calm_frames_need_not_wait():
    assert Caution().may_write(10.0, 10.0) == 0.0


def test_after_a_time_out_they_are_a_tenth_of_a_second_apart():
    caution = Caution()
    caution.struck()
    assert caution.may_write(10.0, 10.0) == 0.1
    assert caution.may_write(10.0, 10.2) == 0.0
    caution.calm()
    assert caution.may_write(10.0, 10.0) == 0.0


def test_a_gap_of_nothing_switches_it_off():
    caution = Caution(0.0)
    caution.struck()
    assert not caution.on


def test_the_retries_of_a_time_out_go_out_one_by_one_and_then_all_is_as_before():
    async def scene(world: World) -> None:
        async with world.core() as core:
            await asyncio.sleep(1)
            world.works = 1000.0  # answers come too late for anybody
            for number in range(3):
                core.start_task(Task(cmdid=3, body=b"%d" % number))
            await asyncio.sleep(12.5)
            sent = [each.at for each in world.of(TaskSent)]
            assert len(sent) == 6
            times = [frame for frame in world.requests if frame.cmdid == 3]
            assert len(times) == 6
            world.works = 0.0
            await asyncio.sleep(30)
            before = world.clock.now()
            await asyncio.gather(
                *(core.request(Task(cmdid=3, body=b"then %d" % number)) for number in range(3))
            )
            assert world.clock.now() - before < 0.1

    in_world(scene)
