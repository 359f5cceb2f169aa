"""A silent connection that another one replaced: it may only have lost packets."""

from __future__ import annotations

import asyncio

import pytest

from netcore.errors import DisconnectReason
from netcore.longlink.state import LinkState
from netcore.runtime.task_holder import TaskHolder
from netcore.task import Task
from tests.support.longlink_world import World, in_world
from tests.support.tasks import own_tasks


def once(body: bytes = b"x", **more) -> Task:
    """A task that must not be sent twice."""
    return Task(cmdid=3, body=body, **more)


async def replaced(world: World) -> None:
    """Until the first connection's place is another's."""
    for _ in range(100):
        if DisconnectReason.LINK_CHECK_TIMEOUT in world.reasons():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("the silent connection was not replaced")


def test_what_is_not_idempotent_stays_on_the_silent_connection_and_its_answer_counts():
    async def scene(world: World) -> None:
        holder = TaskHolder("test")
        async with world.core() as core:
            await asyncio.sleep(60.0)
            first = world.open[0]
            first.hold()
            request = holder.start(core.request(once()), "request")
            await replaced(world)
            assert len(world.open) == 2
            assert core.longlink_state() is LinkState.CONNECTED
            await asyncio.sleep(3.0)
            first.release()
            assert await request == b"x"
            assert [each.body for each in world.requests] == [b"x"]
            await asyncio.sleep(1.0)
            assert world.open == [world.pipes[-1]]  # nothing more was to come on the first

    in_world(scene)


def test_new_tasks_go_over_the_new_connection_meanwhile():
    async def scene(world: World) -> None:
        holder = TaskHolder("test")
        async with world.core() as core:
            await asyncio.sleep(60.0)
            world.open[0].hold()
            slow = holder.start(core.request(once(b"slow")), "request")
            await replaced(world)
            asked_at = world.clock.now()
            assert await core.request(once(b"quick")) == b"quick"
            assert world.clock.now() - asked_at == pytest.approx(2 * world.latency, abs=0.01)
            world.pipes[0].release()
            assert await slow == b"slow"

    in_world(scene)


def test_what_is_not_idempotent_is_sent_again_after_its_own_time_out():
    async def scene(world: World) -> None:
        async with world.core() as core:
            await asyncio.sleep(60.0)
            world.open[0].dead = True
            asked_at = world.clock.now()
            assert await core.request(once()) == b"x"
            waited = world.clock.now() - asked_at
            assert 12.0 < waited < 14.0  # the first package's time-out on Wi-Fi
            assert [each.body for each in world.requests] == [b"x"]
            # It says nothing of the connection that was in use by then.
            assert world.reasons() == [DisconnectReason.LINK_CHECK_TIMEOUT]
            await asyncio.sleep(1.0)
            assert len(world.open) == 1

    in_world(scene)


def test_when_the_silent_connection_is_known_to_be_over_it_is_sent_again_at_once():
    async def scene(world: World) -> None:
        holder = TaskHolder("test")
        async with world.core() as core:
            await asyncio.sleep(60.0)
            first = world.open[0]
            first.dead = True
            request = holder.start(core.request(once()), "request")
            await replaced(world)
            await asyncio.sleep(1.0)
            assert not world.requests
            first.reset()
            reset_at = world.clock.now()
            assert await request == b"x"
            assert world.clock.now() - reset_at == pytest.approx(2 * world.latency, abs=0.01)
            assert len(world.downs()) == 1

    in_world(scene)


@pytest.mark.parametrize("old_first", [True, False])
def test_an_idempotent_task_goes_out_again_and_either_answer_counts(old_first: bool):
    async def scene(world: World) -> None:
        holder = TaskHolder("test")
        async with world.core() as core:
            await asyncio.sleep(60.0)
            first = world.open[0]
            first.hold()
            request = holder.start(core.request(once(idempotent=True)), "request")
            await replaced(world)
            second = world.pipes[-1]
            if old_first:
                second.hold()
                await asyncio.sleep(0.2)
                assert not request.done()
                first.release()
            assert await request == b"x"
            await asyncio.sleep(0.2)
            assert [each.body for each in world.requests] == [b"x", b"x"]
            second.release()
            await asyncio.sleep(0.2)
            assert world.open == [second]

    in_world(scene)


def test_a_candidate_that_does_not_answer_does_not_take_the_place():
    async def scene(world: World) -> None:
        holder = TaskHolder("test")
        async with world.core() as core:
            await asyncio.sleep(60.0)
            first = world.open[0]
            first.hold()
            request = holder.start(core.request(once()), "request")
            await asyncio.sleep(1.4)
            assert len(world.open) == 1
            await asyncio.sleep(0.15)  # connected by now, and asked
            second = world.open[1]
            second.hold()
            await asyncio.sleep(1.0)
            assert not world.downs()
            first.release()  # so it lived
            assert await request == b"x"
            await asyncio.sleep(0.2)
            assert world.open == [first]
            assert not world.downs()

    in_world(scene)


def test_a_candidate_that_is_reset_is_followed_by_another():
    async def scene(world: World) -> None:
        holder = TaskHolder("test")
        async with world.core() as core:
            await asyncio.sleep(60.0)
            world.open[0].dead = True
            request = holder.start(core.request(once(idempotent=True)), "request")
            await asyncio.sleep(1.55)  # connected by now, and asked
            world.open[1].reset()
            assert await request == b"x"
            assert len(world.pipes) == 3
            assert world.reasons() == [DisconnectReason.LINK_CHECK_TIMEOUT]

    in_world(scene)


def test_closing_while_a_connection_lingers_leaves_nothing():
    async def scene(world: World) -> None:
        holder = TaskHolder("test", on_error=lambda name, error: None)
        core = world.core()
        await core.start()
        await asyncio.sleep(60.0)
        world.open[0].dead = True
        holder.start(core.request(once()), "request")
        await replaced(world)
        assert len(world.open) == 2
        await core.close()
        await holder.close()
        assert not world.open
        assert len(own_tasks()) == 1

    in_world(scene)


def test_a_stopped_task_lets_its_connection_go():
    async def scene(world: World) -> None:
        async with world.core() as core:
            await asyncio.sleep(60.0)
            world.open[0].dead = True
            task_id = core.start_task(once())
            await replaced(world)
            assert len(world.open) == 2
            assert core.stop_task(task_id)
            await asyncio.sleep(0.1)
            assert world.open == [world.pipes[-1]]

    in_world(scene)


def test_another_network_ends_what_lingers_too():
    async def scene(world: World) -> None:
        holder = TaskHolder("test")
        async with world.core() as core:
            await asyncio.sleep(60.0)
            world.open[0].dead = True
            request = holder.start(core.request(once()), "request")
            await replaced(world)
            core.redo_tasks()
            assert await request == b"x"
            assert len(world.open) == 1

    in_world(scene)
