"""Late idempotent tasks go out again on another connection (a whole NetCore in virtual time)."""

from __future__ import annotations

import asyncio
import sys

import pytest

from netcore.callbacks import Callbacks, Identify, IdentifyMode
from netcore.core import NetCore
from netcore.engine.task_events import TaskEnded
from netcore.events import NetworkKind
from netcore.policy.hedge import HedgeChanged, HedgeSettings, TaskHedged
from netcore.runtime.task_holder import TaskHolder
from netcore.settings import PolicySettings
from netcore.task import SPARE_LONGLINKS, Channel, Task
from tests.support.longlink_world import World, in_world
from tests.support.tasks import own_tasks

SPARE = SPARE_LONGLINKS[0]


def send(n: int = 0, **more) -> Task:
    return Task(cmdid=3, body=b"message %d" % n, idempotent=True, **more)


async def talk(core: NetCore, count: int = 10) -> None:
    """Let it learn what is usual."""
    for n in range(count):
        assert await core.request(send(n)) == b"message %d" % n
        await asyncio.sleep(1.0)


async def become_weak(world: World, core: NetCore, holder: TaskHolder) -> None:
    """A few late answers on the main link."""
    main = world.open[0]
    for n in range(3):
        main.hold()
        request = holder.start(core.request(send(n)), "request")
        await asyncio.sleep(0.4)
        main.release()
        await request
    await asyncio.sleep(1.0)
    assert core.longlink_connected(SPARE)


def test_on_a_good_network_nothing_is_sent_twice():
    async def scene(world: World) -> None:
        async with world.core() as core:
            await asyncio.sleep(5.0)
            await talk(core, 200)
            assert not world.of(TaskHedged)
            assert len(world.pipes) == 1
            assert len(world.requests) == 200

    in_world(scene)


def test_a_few_late_tasks_bring_spare_links_and_calm_takes_it_away():
    async def scene(world: World) -> None:
        holder = TaskHolder("test")
        async with world.core() as core:
            await asyncio.sleep(5.0)
            await talk(core)
            assert not core.longlink_connected(SPARE)
            await become_weak(world, core, holder)
            assert [each.weak for each in world.of(HedgeChanged)] == [True]
            assert len(world.open) == 3
            await asyncio.sleep(40.0)
            assert [each.weak for each in world.of(HedgeChanged)] == [True, False]
            assert len(world.open) == 1
            assert core.longlink_profile(SPARE) is None

    in_world(scene)


def test_a_late_task_is_answered_by_its_copy_once():
    async def scene(world: World) -> None:
        holder = TaskHolder("test")
        async with world.core() as core:
            await asyncio.sleep(5.0)
            await talk(core)
            await become_weak(world, core, holder)
            main = world.open[0]
            await asyncio.sleep(2.0)
            ended, seen = len(world.of(TaskEnded)), len(world.requests)
            main.hold()
            asked_at = world.clock.now()
            assert await core.request(send(7)) == b"message 7"
            assert world.clock.now() - asked_at < 0.3
            (hedged,) = world.of(TaskHedged)[-1:]
            assert hedged.link == SPARE
            assert [each.body for each in world.requests[seen:]] == [b"message 7"] * 2
            main.release()
            await asyncio.sleep(1.0)
            (end,) = world.of(TaskEnded)[ended:]
            assert end.task_id == hedged.task_id

    in_world(scene)


def test_the_first_answer_of_the_main_link_takes_the_copy_back():
    async def scene(world: World) -> None:
        holder = TaskHolder("test")
        async with world.core() as core:
            await asyncio.sleep(5.0)
            await talk(core)
            await become_weak(world, core, holder)
            main, *spares = world.open
            await asyncio.sleep(2.0)
            main.hold()
            for spare in spares:
                spare.hold()
            request = holder.start(core.request(send(7)), "request")
            await asyncio.sleep(0.3)
            main.release()
            assert await request == b"message 7"
            for spare in spares:
                spare.release()
            await asyncio.sleep(20.0)
            assert not world.downs()

    in_world(scene)


def test_new_tasks_pass_a_clogged_link_by():
    async def scene(world: World) -> None:
        holder = TaskHolder("test")
        async with world.core() as core:
            await asyncio.sleep(5.0)
            await talk(core)
            await become_weak(world, core, holder)
            await asyncio.sleep(2.0)
            main = world.open[0]
            main.hold()
            assert await core.request(send(1)) == b"message 1"  # by its copy
            for n in range(2, 5):
                asked_at = world.clock.now()
                assert await core.request(send(n)) == b"message %d" % n
                assert world.clock.now() - asked_at < 0.05
            main.release()
            await asyncio.sleep(0.1)
            sent = main.sent
            await core.request(send(5))
            assert main.sent > sent

    in_world(scene)


@pytest.mark.skipif(sys.platform != "linux", reason="TCP_INFO is read on Linux alone")
def test_what_has_arrived_at_a_slow_server_is_not_sent_to_it_again():
    async def scene(world: World) -> None:
        async with world.core() as core:
            await asyncio.sleep(5.0)
            await talk(core)
            world.open[0].unacked = 0
            world.works = 3.0  # of a sudden
            for n in range(5):
                assert await core.request(send(n)) == b"message %d" % n
            assert not world.of(TaskHedged)
            assert not world.of(HedgeChanged)
            assert len(world.pipes) == 1

    in_world(scene)


def test_tasks_that_do_not_say_they_are_idempotent_are_never_copied():
    async def scene(world: World) -> None:
        holder = TaskHolder("test")
        async with world.core() as core:
            await asyncio.sleep(5.0)
            await talk(core)
            await become_weak(world, core, holder)
            world.open[0].hold()
            seen = len(world.requests)
            request = holder.start(core.request(Task(cmdid=3, body=b"once")), "request")
            await asyncio.sleep(1.0)
            assert [each.body for each in world.requests[seen:]] == [b"once"]
            world.pipes[0].release()
            assert await request == b"once"

    in_world(scene)


def test_it_can_be_switched_off():
    async def scene(world: World) -> None:
        holder = TaskHolder("test")
        policies = PolicySettings(hedge=HedgeSettings(copies=0))
        async with world.core(policies=policies) as core:
            await asyncio.sleep(5.0)
            await talk(core)
            world.open[0].hold()
            request = holder.start(core.request(send()), "request")
            await asyncio.sleep(0.9)
            assert len(world.pipes) == 1
            world.open[0].release()
            await request
            assert not world.of(TaskHedged)

    in_world(scene)


class LoggedIn(Callbacks):
    """Asks each link who is there, and takes any answer for good."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def identify_buffer(self, channel: str) -> Identify:
        self.asked.append(channel)
        return Identify(IdentifyMode.NOW, 4, b"who", b"hash")

    def on_identify_response(self, channel: str, body: bytes, hash: bytes) -> bool:
        return True


def test_what_needs_a_log_in_is_copied_to_a_link_that_is_identified():
    async def scene(world: World) -> None:
        holder = TaskHolder("test")
        callbacks = LoggedIn()
        async with world.core(callbacks=callbacks) as core:
            await asyncio.sleep(5.0)
            await talk(core)
            await become_weak(world, core, holder)
            await asyncio.sleep(2.0)
            assert SPARE in callbacks.asked
            world.open[0].hold()
            assert await core.request(send(7, need_authed=True)) == b"message 7"
            assert world.of(TaskHedged)[-1].link == SPARE
            world.open[0].release()

    in_world(scene)


def test_a_task_that_is_stopped_takes_its_copies_along():
    async def scene(world: World) -> None:
        holder = TaskHolder("test")
        async with world.core() as core:
            await asyncio.sleep(5.0)
            await talk(core)
            await become_weak(world, core, holder)
            for pipe in world.open:
                pipe.hold()
            task_id = core.start_task(send(7))
            await asyncio.sleep(0.5)
            assert world.of(TaskHedged)[-1].task_id == task_id
            assert core.stop_task(task_id)
            for pipe in world.open:
                pipe.release()
            await asyncio.sleep(15.0)
            assert not core.has_task(task_id)
            assert not world.downs()

    in_world(scene)


def test_closing_with_copies_under_way_leaves_nothing():
    async def scene(world: World) -> None:
        holder = TaskHolder("test", on_error=lambda name, error: None)
        core = world.core()
        await core.start()
        await asyncio.sleep(5.0)
        await talk(core)
        await become_weak(world, core, holder)
        for pipe in world.open:
            pipe.hold()
        holder.start(core.request(send(7)), "request")
        await asyncio.sleep(0.5)
        await core.close()
        await holder.close()
        assert not world.open
        assert len(own_tasks()) == 1

    in_world(scene)


def test_another_network_ends_the_spare_links():
    async def scene(world: World) -> None:
        holder = TaskHolder("test")
        async with world.core() as core:
            await asyncio.sleep(5.0)
            await talk(core)
            await become_weak(world, core, holder)
            core.network_changed(NetworkKind.WIFI, "elsewhere")
            await asyncio.sleep(3.0)
            assert len(world.open) == 1
            assert not core.longlink_connected(SPARE)

    in_world(scene)


def test_logging_out_ends_the_spare_links_which_are_somebody_s():
    async def scene(world: World) -> None:
        holder = TaskHolder("test")
        async with world.core() as core:
            core.set_logged_in(True)
            await asyncio.sleep(5.0)
            await talk(core)
            await become_weak(world, core, holder)
            assert len(world.open) == 3
            world.open[0].hold()
            request = holder.start(core.request(send(7)), "request")
            for spare in world.open[1:]:
                spare.hold()
            await asyncio.sleep(0.3)
            core.set_logged_in(False)
            await asyncio.sleep(0.1)
            assert len(world.open) == 1
            world.open[0].release()
            assert await request == b"message 7"

    in_world(scene)


class ShortOnly:
    """A short link that takes every task and answers none."""

    name = "shortlink"
    main = False
    connected = True

    def __init__(self) -> None:
        self.tasks: list = []

    def start(self, pending) -> None:
        self.tasks.append(pending)

    def stop(self, task_id: int):
        return next((each for each in self.tasks if each.task.task_id == task_id), None)


def test_in_darkness_only_a_few_copies_are_on_the_short_link():
    async def scene(world: World) -> None:
        async with world.core() as core:
            await asyncio.sleep(5.0)
            await talk(core)
            short = ShortOnly()
            hedger = core._task_manager.hedger
            hedger._short, hedger._allowed = lambda: short, lambda task: Channel.BOTH
            hedger._keep_spares = lambda: None
            world.open[0].hold()
            for n in range(12):
                core.start_task(send(n))
            await asyncio.sleep(5.0)
            assert len(short.tasks) == 2
            world.open[0].release()
            await asyncio.sleep(0.1)

    in_world(scene)
