"""The flow limit, in virtual time."""

from __future__ import annotations

import pytest

from netcore.errors import ConfigError
from netcore.policy.flow import FlowLimit, FlowSettings

MIB = 1024 * 1024
HOUR = 3600.0


def test_80_mib_go_out_at_once_and_no_more():
    flow = FlowLimit(0.0, active=True)
    for _ in range(80):
        assert flow.passes(MIB, 0.0)
    assert not flow.passes(1, 0.0)


def test_what_is_refused_does_not_fill_the_funnel():
    flow = FlowLimit(0.0, active=True)
    assert not flow.passes(81 * MIB, 0.0)
    assert flow.used(0.0) == 0.0
    assert flow.passes(80 * MIB, 0.0)


@pytest.mark.parametrize(("active", "an_hour"), [(True, 80 * MIB), (False, 20 * MIB)])
def test_it_runs_dry_at_the_rate_of_the_activity(active: bool, an_hour: int):
    flow = FlowLimit(0.0, active=active)
    assert flow.passes(80 * MIB, 0.0)
    assert flow.used(HOUR / 4) == pytest.approx(80 * MIB - an_hour / 4)
    assert flow.passes(an_hour // 4, HOUR / 4)
    assert not flow.passes(MIB, HOUR / 4)


def test_it_never_runs_below_nothing():
    flow = FlowLimit(0.0, active=True)
    flow.passes(MIB, 0.0)
    assert flow.used(HOUR) == 0.0
    assert flow.passes(80 * MIB, HOUR)


def test_becoming_inactive_leaves_room_for_20_mib():
    flow = FlowLimit(0.0, active=True)
    flow.passes(80 * MIB, 0.0)
    flow.on_active(False, 0.0)
    assert flow.used(0.0) == 60 * MIB
    assert flow.passes(20 * MIB, 0.0)
    assert not flow.passes(1, 0.0)


def test_becoming_inactive_does_not_fill_a_funnel_with_less_in_it():
    flow = FlowLimit(0.0, active=True)
    flow.passes(MIB, 0.0)
    flow.on_active(False, 0.0)
    assert flow.used(0.0) == MIB


def test_the_rate_changes_with_the_activity_from_then_on():
    flow = FlowLimit(0.0, active=False)
    flow.passes(60 * MIB, 0.0)
    flow.on_active(True, HOUR)
    assert flow.used(HOUR) == pytest.approx(40 * MIB)
    assert flow.used(1.25 * HOUR) == pytest.approx(20 * MIB)


def test_the_numbers_are_settings():
    flow = FlowLimit(0.0, active=True, settings=FlowSettings(volume=10, active_rate=1.0))
    assert flow.passes(10, 0.0)
    assert not flow.passes(6, 5.0)
    assert flow.passes(5, 5.0)
    with pytest.raises(ConfigError):
        FlowSettings(volume=0)
