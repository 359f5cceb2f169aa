"""What the platform says, carried to the links: in virtual time, through NetCore."""

from __future__ import annotations

import asyncio

import pytest

from netcore.core import LonglinkConfig
from netcore.errors import DisconnectReason
from netcore.events import (
    ActiveChanged,
    CaptivePortal,
    NetworkChanged,
    NetworkKind,
    Slept,
    Woke,
)
from netcore.longlink.reconnector import ReconnectPlanned
from tests.support.longlink_world import World, in_world


def test_the_first_network_told_is_one_and_the_same_again_is_none():
    async def scene(world: World) -> None:
        async with world.core() as core:
            await asyncio.sleep(1.0)
            core.network_changed(NetworkKind.WIFI, "home")
            await asyncio.sleep(1.0)
            assert [each.label for each in world.of(NetworkChanged)] == ["home"]
            assert len(world.connects) == 1

    in_world(scene)


def test_each_link_is_cut_and_made_anew_on_another_network():
    async def scene(world: World) -> None:
        async with world.core() as core:
            core.create_longlink(LonglinkConfig(name="side"))
            core.create_longlink(LonglinkConfig(name="idle", keep_alive=False))
            await asyncio.sleep(1.0)
            core.network_changed(NetworkKind.MOBILE)
            await asyncio.sleep(1.0)
            assert world.reasons() == [DisconnectReason.NETWORK_CHANGE] * 2
            assert len(world.open) == 2
            assert len(world.connects) == 4  # the one that nobody needs stays down

    in_world(scene)


def test_offline_for_less_than_a_tenth_of_a_second_again_and_again_cuts_nothing():
    async def scene(world: World) -> None:
        async with world.core() as core:
            await asyncio.sleep(1.0)
            for _ in range(50):
                core.network_changed(NetworkKind.NONE)
                await asyncio.sleep(0.05)
                core.network_changed(NetworkKind.WIFI, "home")
                await asyncio.sleep(0.05)
            assert not world.downs()

    in_world(scene)


def test_ten_minutes_behind_make_it_inactive_and_the_front_active_again():
    async def scene(world: World) -> None:
        async with world.core() as core:
            core.set_foreground(False)
            await asyncio.sleep(599.0)
            assert [each.active for each in world.of(ActiveChanged)] == [True]
            await asyncio.sleep(2.0)
            assert [each.active for each in world.of(ActiveChanged)] == [True, False]
            core.set_foreground(True)
            assert [each.active for each in world.of(ActiveChanged)] == [True, False, True]

    in_world(scene)


def test_sleep_and_wake_are_told_with_their_length():
    async def scene(world: World) -> None:
        async with world.core() as core:
            await asyncio.sleep(1.0)
            core.sleep()
            world.clock.skip(3600.0)
            core.wake()
            assert len(world.of(Slept)) == 1
            assert [each.seconds for each in world.of(Woke)] == [3600.0]

    in_world(scene)


def test_sleep_that_nobody_tells_of_is_found_out():
    async def scene(world: World) -> None:
        async with world.core() as core:
            await asyncio.sleep(30.0)
            world.clock.skip(600.0)
            await asyncio.sleep(20.0)
            (woke,) = world.of(Woke)
            assert woke.seconds == pytest.approx(600.0)
            await asyncio.sleep(1.0)
            assert world.reasons() == [DisconnectReason.LINK_CHECK_TIMEOUT]
            assert core.longlink_connected()
            await asyncio.sleep(600.0)
            assert len(world.of(Woke)) == 1

    in_world(scene, forgets=300.0)


def test_sleep_that_was_told_of_is_not_found_out_once_more():
    async def scene(world: World) -> None:
        async with world.core() as core:
            await asyncio.sleep(30.0)
            core.sleep()
            world.clock.skip(600.0)
            core.wake()
            await asyncio.sleep(60.0)
            assert len(world.of(Woke)) == 1

    in_world(scene)


def test_inactivity_that_fell_due_in_a_sleep_counts_on_wake():
    async def scene(world: World) -> None:
        async with world.core() as core:
            core.set_foreground(False)
            await asyncio.sleep(1.0)
            core.sleep()
            world.clock.skip(3600.0)
            core.wake()
            assert not world.of(ActiveChanged)[-1].active

    in_world(scene)


def test_when_the_portal_is_passed_a_waiting_link_connects_at_once():
    async def scene(world: World) -> None:
        world.connect_takes = -1.0
        async with world.core() as core:
            await asyncio.sleep(1.0)
            core.captive_portal(True)
            core.captive_portal(True)
            world.connect_takes = 0.04
            core.captive_portal(False)
            await asyncio.sleep(0.1)
            assert core.longlink_connected()
            assert [each.found for each in world.of(CaptivePortal)] == [True, False]

    in_world(scene)


def test_without_an_account_an_inactive_link_waits_and_logging_in_brings_it_up():
    async def scene(world: World) -> None:
        world.connect_takes = -1.0
        async with world.core() as core:
            await asyncio.sleep(1.0)
            core.set_foreground(False)
            core.set_active(False)
            core.set_logged_in(False)
            tried = len(world.connects)
            await asyncio.sleep(24 * 3600.0)
            assert len(world.connects) == tried
            assert world.of(ReconnectPlanned)[-1].reason == "inactive, no account"
            world.connect_takes = 0.04
            core.set_logged_in(True)
            await asyncio.sleep(1.0)
            assert core.longlink_connected()

    in_world(scene)
