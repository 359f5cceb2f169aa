"""A link's life in virtual time: heartbeats, reconnecting, doubt, sleep, networks."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from netcore.connect.store import load_json
from netcore.core import LonglinkConfig
from netcore.errors import DisconnectReason
from netcore.events import NetworkKind, PowerChanged, PowerSource
from netcore.longlink.heartbeat import HeartbeatState
from netcore.longlink.heartbeat_runner import HeartbeatSent
from netcore.longlink.hedged_reconnect import LinkRecovered, LinkStalled
from netcore.longlink.learned import FILE_NAME, HeartbeatAdapted
from netcore.longlink.monitor import MARS_MONITOR
from netcore.longlink.reconnector import ReconnectPlanned
from netcore.longlink.state import LinkState
from netcore.runtime.task_holder import TaskHolder
from netcore.settings import LonglinkSettings
from netcore.task import Task
from tests.support.longlink_world import World, WorldCore, in_world, up
from tests.support.tasks import own_tasks

MINUTE = 60.0
DAY = 24 * 60 * MINUTE
MARS = LonglinkSettings(monitor=MARS_MONITOR)


def inactive(core: WorldCore) -> None:
    core.set_foreground(False)
    core.set_active(False)


# -- heartbeats


def test_a_week_on_a_network_that_drops_idle_links_at_five_minutes(tmp_path: Path):
    async def scene(world: World) -> None:
        async with world.core(folder=tmp_path) as core:
            inactive(core)
            await asyncio.sleep(7 * DAY)
            assert len(world.downs()) == 2
            assert set(world.reasons()) == {DisconnectReason.NOOP_TIMEOUT}
            settled = world.of(HeartbeatAdapted)[-1]
            assert settled.state is HeartbeatState.STABLE
            assert (settled.link, settled.network) == ("default-longlink", "home")
            assert settled.interval == 4 * MINUTE + 10
            before = world.noops
            await asyncio.sleep(DAY - 1)
            per_day = DAY / (4 * MINUTE + 10)
            assert world.noops - before == pytest.approx(per_day, rel=0.02)
        kept = load_json(tmp_path / FILE_NAME)
        assert kept["links"]["default-longlink"]["home"]["interval"] == 250.0

        # The next start knows it: no link is lost any more.
        world.events.clear()
        async with world.core(folder=tmp_path) as core:
            inactive(core)
            await asyncio.sleep(DAY)
            assert not world.downs()

    in_world(scene, forgets=5 * MINUTE)


def test_in_front_a_heartbeat_goes_out_each_three_and_a_half_minutes():
    async def scene(world: World) -> None:
        async with world.core():
            await asyncio.sleep(1 + 10 * 210.0)
            assert world.noops == 1 + 10

    in_world(scene)


def test_a_damaged_heartbeat_file_is_set_aside(tmp_path: Path):
    (tmp_path / FILE_NAME).write_text('{"version": 1, "links": 7}')

    async def scene(world: World) -> None:
        async with world.core(folder=tmp_path) as core:
            await up(core)
        assert (tmp_path / (FILE_NAME + ".damaged")).exists()
        assert load_json(tmp_path / FILE_NAME)["version"] == 1

    in_world(scene)


# -- reconnecting


def test_half_a_second_after_a_loss_it_comes_back_and_says_why():
    async def scene(world: World) -> None:
        async with world.core() as core:
            await asyncio.sleep(60.0)
            lost_at = world.clock.now()
            world.open[0].reset()
            await asyncio.sleep(1.0)
            assert world.connects[1] - lost_at == pytest.approx(0.5)
            assert core.longlink_connected()
            (plan,) = world.of(ReconnectPlanned)
            assert (plan.link, plan.delay) == ("default-longlink", 0.0)

    in_world(scene)


def test_a_message_brings_it_back_at_once_and_is_answered_two_round_trips_later():
    async def scene(world: World) -> None:
        async with world.core() as core:
            await asyncio.sleep(60.0)
            world.open[0].reset()
            lost_at = world.clock.now()
            assert await core.request(Task(cmdid=3, body=b"x")) == b"x"
            assert world.clock.now() - lost_at == pytest.approx(4 * world.latency)

    in_world(scene)


def test_a_message_under_way_when_the_link_is_reset_is_sent_again_without_waiting():
    async def scene(world: World) -> None:
        holder = TaskHolder("test")
        async with world.core() as core:
            await asyncio.sleep(60.0)
            request = holder.start(core.request(Task(cmdid=3, body=b"x")), "request")
            await asyncio.sleep(world.latency / 2)
            lost_at = world.clock.now()
            world.open[0].reset()
            assert await request == b"x"
            assert world.clock.now() - lost_at == pytest.approx(4 * world.latency)

    in_world(scene)


def test_a_server_that_refuses_is_asked_by_mars_s_table():
    async def scene(world: World) -> None:
        world.connect_takes = -1.0
        async with world.core(settings=MARS):
            await asyncio.sleep(50.0)
        assert [each - world.connects[0] for each in world.connects] == [0.0, 15.0, 30.0, 45.0]

    in_world(scene)


def test_a_waiting_message_makes_it_try_sooner():
    async def scene(world: World) -> None:
        world.connect_takes = -1.0
        holder = TaskHolder("test", on_error=lambda name, error: None)
        async with world.core(settings=MARS) as core:
            await asyncio.sleep(1.0)
            holder.start(core.request(Task(cmdid=3, body=b"x")), "request")
            await asyncio.sleep(20.0)
            gaps = [b - a for a, b in zip(world.connects, world.connects[1:], strict=False)]
            assert gaps == pytest.approx([5.0] * len(gaps))
            assert len(gaps) == 4
        await holder.close()

    in_world(scene)


def test_a_link_that_is_not_kept_alive_stays_down_until_a_message_wants_it():
    async def scene(world: World) -> None:
        async with world.core() as core:
            await up(core)
            core.create_longlink(LonglinkConfig(name="side", keep_alive=False))
            await asyncio.sleep(10.0)
            assert len(world.connects) == 1
            assert await core.request(Task(cmdid=3, body=b"x", channel_name="side")) == b"x"
            assert len(world.connects) == 2
            world.open[1].reset()
            await asyncio.sleep(600.0)
            assert len(world.connects) == 2
            assert await core.request(Task(cmdid=3, body=b"y", channel_name="side")) == b"y"

    in_world(scene)


# -- networks


def test_a_new_network_cuts_the_link_and_connects_at_once():
    async def scene(world: World) -> None:
        async with world.core() as core:
            await asyncio.sleep(1.0)
            core.network_changed(NetworkKind.MOBILE, "operator")
            assert len(world.connects) == 1
            await asyncio.sleep(0.1)
            assert core.longlink_connected()
            assert world.reasons() == [DisconnectReason.NETWORK_CHANGE]
            assert len(world.open) == 1

    in_world(scene)


def test_the_first_network_told_of_cuts_no_link_that_is_up():
    async def scene(world: World) -> None:
        holder = TaskHolder("test")
        async with world.core(told=False) as core:
            await asyncio.sleep(1.0)
            answer = holder.start(core.request(Task(cmdid=3, body=b"x")), "request")
            await asyncio.sleep(0.01)
            core.network_changed(NetworkKind.WIFI, "home")
            assert await answer == b"x"
            assert (len(world.connects), len(world.requests)) == (1, 1)
            assert not world.downs()
            profile = core.longlink_profile()
            assert profile is not None and profile.network == "home"
            core.network_changed(NetworkKind.MOBILE, "operator")
            await asyncio.sleep(0.1)
            assert world.reasons() == [DisconnectReason.NETWORK_CHANGE]

    in_world(scene)


def test_the_first_network_told_of_voids_no_connect_under_way():
    async def scene(world: World) -> None:
        world.connect_takes = 2.0
        async with world.core(told=False) as core:
            await asyncio.sleep(1.0)
            core.network_changed(NetworkKind.WIFI, "home")
            await asyncio.sleep(1.1)
            assert core.longlink_connected()
            assert (len(world.connects), world.cancelled) == (1, 0)

    in_world(scene)


def test_what_was_learned_on_the_first_network_told_of_holds_for_a_link_that_is_up(tmp_path: Path):
    async def scene(world: World) -> None:
        async with world.core(folder=tmp_path) as core:
            inactive(core)
            await asyncio.sleep(2 * DAY)
            assert world.of(HeartbeatAdapted)[-1].interval == 4 * MINUTE + 10
        beats = len(world.of(HeartbeatSent))
        async with world.core(folder=tmp_path, told=False) as core:
            inactive(core)
            await up(core)
            core.network_changed(NetworkKind.WIFI, "home")
            await asyncio.sleep(20 * MINUTE)
            assert world.of(HeartbeatSent)[-1].interval == 4 * MINUTE + 10
            assert len(world.of(HeartbeatSent)) > beats
            assert len(world.connects) == 4

    in_world(scene, forgets=5 * MINUTE)


def test_a_new_network_voids_a_connect_under_way():
    async def scene(world: World) -> None:
        world.connect_takes = float("inf")
        async with world.core() as core:
            await asyncio.sleep(1.0)
            world.connect_takes = 0.04
            changed_at = world.clock.now()
            core.network_changed(NetworkKind.MOBILE, "operator")
            await asyncio.sleep(0.1)
            assert world.cancelled == 1
            assert world.connects[1] == changed_at
            assert core.longlink_connected()

    in_world(scene)


def test_a_blip_cuts_nothing_and_a_loss_is_acted_on():
    async def scene(world: World) -> None:
        async with world.core() as core:
            await asyncio.sleep(1.0)
            core.network_changed(NetworkKind.NONE)
            await asyncio.sleep(0.09)
            core.network_changed(NetworkKind.WIFI, "home")
            await asyncio.sleep(10.0)
            assert not world.downs()
            core.network_changed(NetworkKind.NONE)
            await asyncio.sleep(0.11)
            assert world.reasons() == [DisconnectReason.NETWORK_LOST]
            await asyncio.sleep(0.2)
            back_at = world.clock.now()
            core.network_changed(NetworkKind.WIFI, "home")
            await asyncio.sleep(0.1)
            assert world.connects[-1] == back_at
            assert core.longlink_connected()

    in_world(scene)


# -- doubt


def test_a_black_holed_link_is_replaced_long_before_any_time_out():
    async def scene(world: World) -> None:
        async with world.core() as core:
            await asyncio.sleep(60.0)
            world.open[0].dead = True
            asked_at = world.clock.now()
            assert await core.request(Task(cmdid=3, body=b"x", idempotent=True)) == b"x"
            # patience, the wait for the heartbeat's answer, a connect, its answer, a round trip
            assert world.clock.now() - asked_at == pytest.approx(
                0.5 + 1.0 + 6 * world.latency, abs=0.01
            )
            assert [each.hedged for each in world.of(LinkStalled)] == [False, True]
            assert world.of(LinkRecovered) == []  # another one took its place
            assert world.reasons() == [DisconnectReason.LINK_CHECK_TIMEOUT]
            assert core.longlink_state() is LinkState.CONNECTED
            assert len(world.open) == 1
            assert [each.body for each in world.requests] == [b"x"]

    in_world(scene)


def test_a_link_that_goes_dead_in_the_middle_of_talking_is_replaced_too():
    async def scene(world: World) -> None:
        async with world.core() as core:
            await asyncio.sleep(60.0)
            assert await core.request(Task(cmdid=3, body=b"x")) == b"x"
            heard_at = world.clock.now()
            world.open[0].dead = True
            assert await core.request(Task(cmdid=3, body=b"y", idempotent=True)) == b"y"
            assert world.clock.now() - heard_at == pytest.approx(
                2.0 + 1.0 + 6 * world.latency, abs=0.01
            )

    in_world(scene)


def test_a_server_that_works_long_is_not_mistaken_for_a_dead_one():
    async def scene(world: World) -> None:
        async with world.core() as core:
            await asyncio.sleep(60.0)
            assert await core.request(Task(cmdid=3, body=b"x", server_process_cost=20.0)) == b"x"
            assert [each.hedged for each in world.of(LinkStalled)] == [False]
            assert len(world.of(LinkRecovered)) == 1  # as soon as the heartbeat was answered
            assert len(world.connects) == 1
            assert len(world.requests) == 1

    in_world(scene, works=10.0)


def test_a_link_that_answers_late_keeps_its_place_and_the_rival_is_given_up():
    async def scene(world: World) -> None:
        async with world.core() as core:
            await asyncio.sleep(60.0)
            world.latency = 1.1  # of a sudden
            world.connect_takes = 2.2
            assert await core.request(Task(cmdid=3, body=b"x")) == b"x"
            assert [each.hedged for each in world.of(LinkStalled)] == [False, True]
            assert world.cancelled == 1
            assert not world.downs()
            assert len(world.pipes) == 1

    in_world(scene)


def test_a_rival_is_tried_again_until_the_network_lets_it_through():
    async def scene(world: World) -> None:
        holder = TaskHolder("test")
        async with world.core() as core:
            await asyncio.sleep(60.0)
            world.open[0].dead = True
            world.connect_takes = -1.0
            request = holder.start(
                core.request(Task(cmdid=3, body=b"x", idempotent=True)), "request"
            )
            await asyncio.sleep(4.0)  # the cable is pulled
            assert not world.downs()
            world.connect_takes = 0.04
            back_at = world.clock.now()
            assert await request == b"x"
            assert world.clock.now() - back_at < 1.0 + 6 * world.latency
            assert world.reasons() == [DisconnectReason.LINK_CHECK_TIMEOUT]

    in_world(scene)


def test_when_no_rival_can_be_made_either_the_heartbeat_s_time_out_decides():
    async def scene(world: World) -> None:
        holder = TaskHolder("test", on_error=lambda name, error: None)
        async with world.core() as core:
            await asyncio.sleep(60.0)
            world.open[0].dead = True
            world.connect_takes = -1.0
            asked_at = world.clock.now()
            request = holder.start(core.request(Task(cmdid=3, body=b"x")), "request")
            await asyncio.sleep(9.0)
            assert world.reasons() == [DisconnectReason.NOOP_TIMEOUT]
            world.connect_takes = 0.04
            assert await request == b"x"
            assert world.clock.now() - asked_at < 20.0

    in_world(scene)


def test_a_talking_link_is_never_doubted():
    async def scene(world: World) -> None:
        async with world.core() as core:
            for _ in range(100):
                await asyncio.sleep(4.0)
                await core.request(Task(cmdid=3, body=b"x"))
            assert not world.of(LinkStalled)

    in_world(scene)


def test_closing_while_a_rival_connects_leaves_nothing():
    async def scene(world: World) -> None:
        holder = TaskHolder("test", on_error=lambda name, error: None)
        core = world.core()
        await core.start()
        await asyncio.sleep(60.0)
        world.open[0].dead = True
        world.connect_takes = float("inf")
        holder.start(core.request(Task(cmdid=3, body=b"x")), "request")
        await asyncio.sleep(2.0)
        assert len(world.connects) == 2
        await core.close()
        await holder.close()
        assert world.cancelled == 1
        assert not world.open
        assert len(own_tasks()) == 1

    in_world(scene)


# -- sleep


def test_after_ten_minutes_asleep_a_dead_link_is_replaced_in_a_quarter_of_a_second():
    async def scene(world: World) -> None:
        async with world.core() as core:
            await asyncio.sleep(60.0)
            core.sleep()
            world.clock.skip(10 * MINUTE)
            woke_at = world.clock.now()
            core.wake()
            assert await core.request(Task(cmdid=3, body=b"x", idempotent=True)) == b"x"
            assert world.clock.now() - woke_at == pytest.approx(0.25 + 6 * world.latency)
            assert world.reasons() == [DisconnectReason.LINK_CHECK_TIMEOUT]

    in_world(scene, forgets=5 * MINUTE)


def test_after_ten_minutes_asleep_a_living_link_is_kept():
    async def scene(world: World) -> None:
        async with world.core() as core:
            await asyncio.sleep(60.0)
            before = world.noops
            core.sleep()
            world.clock.skip(10 * MINUTE)
            core.wake()
            await asyncio.sleep(10.0)
            assert world.noops == before + 1
            assert not world.downs()
            assert len(world.connects) == 1

    in_world(scene)


def test_after_an_hour_asleep_the_link_is_made_anew_without_asking():
    async def scene(world: World) -> None:
        async with world.core() as core:
            await asyncio.sleep(60.0)
            core.sleep()
            world.clock.skip(60 * MINUTE)
            woke_at = world.clock.now()
            core.wake()
            assert await core.request(Task(cmdid=3, body=b"x")) == b"x"
            assert world.clock.now() - woke_at == pytest.approx(4 * world.latency)

    in_world(scene)


def test_a_link_that_was_waiting_to_reconnect_connects_on_wake():
    async def scene(world: World) -> None:
        world.connect_takes = -1.0
        async with world.core(settings=MARS) as core:
            await asyncio.sleep(1.0)
            world.connect_takes = 0.04
            core.sleep()
            world.clock.skip(10.0)
            woke_at = world.clock.now()
            core.wake()
            await asyncio.sleep(0.1)
            assert world.connects[-1] == woke_at
            assert core.longlink_connected()

    in_world(scene)


def test_coming_to_the_front_a_long_silent_link_is_asked():
    async def scene(world: World) -> None:
        async with world.core() as core:
            inactive(core)
            await asyncio.sleep(3 * 60 * 60.0)  # heartbeats are far apart by now
            before = world.noops
            for _ in range(600):
                await asyncio.sleep(1.0)
                if world.noops > before:
                    break
            for pipe in world.open:
                pipe.dead = True
            await asyncio.sleep(4.6 * MINUTE)
            assert core.longlink_connected()
            core.set_foreground(True)
            await asyncio.sleep(0.5)
            assert world.reasons() == [DisconnectReason.LINK_CHECK_TIMEOUT]
            assert core.longlink_connected()

    in_world(scene)


@pytest.mark.parametrize(("power", "within"), [(PowerSource.MAINS, 60.0), (None, 600.0)])
@pytest.mark.parametrize("after", [1.0, 17.0, 44.5, 46.0])
def test_an_idle_link_that_died_silently_is_replaced_within_a_minute_on_mains(
    power: PowerSource | None, within: float, after: float
):
    async def scene(world: World) -> None:
        async with world.core() as core:
            if power is not None:
                core.set_power(power)
            core.set_foreground(False)
            core.set_active(False)
            await asyncio.sleep(7200 + after)
            (pipe,) = world.open
            pipe.dead = True
            died = world.clock.now()
            while not any(each is not pipe and not each.dead for each in world.open):  # noqa: ASYNC110
                await asyncio.sleep(0.5)
            took = world.clock.now() - died
            assert took <= within
            if power is None:
                assert took > 60.0  # Mars's pace, which spares a battery

    in_world(scene)


def test_unplugged_the_heartbeat_goes_back_to_what_was_learned():
    async def scene(world: World) -> None:
        async with world.core() as core:
            core.set_foreground(False)
            core.set_active(False)
            await asyncio.sleep(4 * 3600)
            noops = world.noops
            await asyncio.sleep(3600)
            calm = world.noops - noops
            core.set_power(PowerSource.MAINS)
            noops = world.noops
            await asyncio.sleep(3600)
            assert 75 <= world.noops - noops <= 81  # each 45 s
            core.set_power(PowerSource.BATTERY)
            noops = world.noops
            await asyncio.sleep(3600)
            assert world.noops - noops <= calm + 1
            assert [each.source for each in world.of(PowerChanged)] == [
                PowerSource.MAINS,
                PowerSource.BATTERY,
            ]

    in_world(scene)
