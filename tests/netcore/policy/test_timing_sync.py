"""Timing sync, in virtual time."""

from __future__ import annotations

import pytest

from netcore.policy.timing_sync import TimingSync, TimingSyncSettings
from netcore.runtime.clock import NEVER

ACTIVE = {"active": True, "logged_in": True, "online": True}


@pytest.mark.parametrize(
    ("active", "logged_in", "online", "interval"),
    [
        (True, True, True, 90.0),
        (True, False, True, 240.0),
        (False, True, True, 600.0),
        (False, False, True, 600.0),
        (True, True, False, 270.0),
        (True, False, False, 720.0),
        (False, True, False, 1800.0),
    ],
)
def test_the_interval_follows_the_state(
    active: bool, logged_in: bool, online: bool, interval: float
):
    sync = TimingSync()
    sync.start(10.0, active=active, logged_in=logged_in, online=online)
    assert sync.due == 10.0 + interval


def test_it_asks_again_and_again_while_the_long_link_is_down():
    sync = TimingSync()
    sync.start(0.0, **ACTIVE)
    assert not sync.on_due(89.9, **ACTIVE)
    assert sync.on_due(90.0, **ACTIVE)
    assert sync.due == 180.0
    assert sync.on_due(180.0, **ACTIVE)


def test_without_a_network_it_waits_but_does_not_ask():
    sync = TimingSync()
    offline = {**ACTIVE, "online": False}
    sync.start(0.0, **offline)
    assert not sync.on_due(270.0, **offline)
    assert sync.due == 540.0


def test_it_stops_when_the_long_link_comes_up():
    sync = TimingSync()
    sync.start(0.0, **ACTIVE)
    sync.stop()
    assert sync.due == NEVER
    sync.changed(10.0, **ACTIVE)
    assert sync.due == NEVER
    assert not sync.on_due(1e9, **ACTIVE)


def test_another_state_begins_the_waiting_anew():
    sync = TimingSync()
    sync.start(0.0, **ACTIVE)
    sync.changed(80.0, active=False, logged_in=True, online=True)
    assert sync.due == 680.0
    sync.changed(100.0, **ACTIVE)
    assert sync.due == 190.0


def test_the_numbers_are_settings():
    sync = TimingSync(TimingSyncSettings(active=1.0, no_network_rate=2.0))
    sync.start(0.0, active=True, logged_in=True, online=False)
    assert sync.due == 2.0
