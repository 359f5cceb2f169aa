"""Frames apart from each other after a time-out, in virtual time."""

from __future__ import annotations

import asyncio
import itertools

import pytest

from netcore.longlink.frame_pacing import FramePacing
from netcore.task import Task
from tests.support.longlink_world import Pipe, World
from tests.support.virtual import run_virtual


def test_calm_frames_need_not_wait():
    assert FramePacing().may_write(10.0, 10.0) == 0.0


def test_after_a_time_out_they_are_a_tenth_of_a_second_apart():
    pacing = FramePacing()
    pacing.timed_out()
    assert pacing.may_write(10.0, 10.0) == pytest.approx(0.1)
    assert pacing.may_write(10.0, 10.2) == 0.0
    pacing.calm()
    assert pacing.may_write(10.0, 10.0) == 0.0


def test_a_gap_of_nothing_switches_it_off():
    pacing = FramePacing(0.0)
    pacing.timed_out()
    assert not pacing.on


class Writes(Pipe):
    """Notes when something was written."""

    def write(self, data: bytes) -> None:
        self.world.writes.append(self.world.clock.now())
        super().write(data)


class WritesWorld(World):
    def __init__(self) -> None:
        super().__init__()
        self.writes: list[float] = []

    def pipe(self, wire) -> Pipe:
        return Writes(self, wire)


def test_the_retries_of_a_time_out_go_out_one_by_one_and_then_all_is_as_before():
    async def scene() -> None:
        world = WritesWorld()
        async with world.core() as core:
            await asyncio.sleep(1)
            world.works = 1000.0  # answers come too late for anybody
            for number in range(3):
                core.start_task(Task(cmdid=3, body=b"%d" % number))
            begun = world.clock.now()
            world.writes.clear()
            await asyncio.sleep(11)  # the tasks in one write; later a heartbeat asks after them
            assert world.writes[0] == pytest.approx(begun)
            world.writes.clear()
            await asyncio.sleep(1.5)  # cut, connected anew: the first heartbeat and three tasks
            gaps = [after - before for before, after in itertools.pairwise(world.writes)]
            assert gaps == pytest.approx([0.1, 0.1, 0.1], abs=0.001)
            world.works = 0.0
            await asyncio.sleep(30)
            world.writes.clear()
            await asyncio.gather(
                *(core.request(Task(cmdid=3, body=b"then %d" % number)) for number in range(3))
            )
            assert len(world.writes) == 1

    run_virtual(scene())
