"""The one timer, in virtual time and through sleep."""

from __future__ import annotations

import asyncio

from netcore.runtime.alarm import Alarm
from netcore.runtime.clock import NEVER
from tests.support.longlink_world import LoopClock
from tests.support.virtual import run_virtual


def test_it_rings_at_the_moment_set_last_and_only_then():
    async def scene() -> None:
        clock = LoopClock()
        rung: list[float] = []
        start = clock.now()
        alarm = Alarm(clock.now, lambda: rung.append(clock.now() - start))
        alarm.set(start + 5.0)
        alarm.set(start + 3.0)
        alarm.by(start + 9.0)
        await asyncio.sleep(10.0)
        assert rung == [3.0]
        assert alarm.at == NEVER
        alarm.by(start + 12.0)
        alarm.by(start + 11.0)
        await asyncio.sleep(10.0)
        assert rung == [3.0, 11.0]
        alarm.set(start + 30.0)
        alarm.cancel()
        alarm.set(NEVER)
        await asyncio.sleep(20.0)
        assert rung == [3.0, 11.0]

    run_virtual(scene())


def test_set_again_after_a_sleep_it_does_not_ring_late():
    async def scene() -> None:
        clock = LoopClock()
        rung: list[float] = []
        start = clock.now()
        alarm = Alarm(clock.now, lambda: rung.append(clock.now() - start))
        alarm.set(start + 100.0)
        clock.skip(90.0)  # the loop's timer knows nothing of it
        alarm.set(start + 100.0)
        await asyncio.sleep(20.0)
        assert rung == [100.0]

    run_virtual(scene())
