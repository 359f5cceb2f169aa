"""Whether the network is weak, in virtual time."""

from __future__ import annotations

import pytest

from netcore.policy.weak import WeakNetwork, WeakReason
from netcore.runtime.clock import NEVER


def good() -> WeakNetwork:
    return WeakNetwork(0.0, foreground=True)


def weak() -> WeakNetwork:
    network = good()
    assert network.on_connect(True, 0.1, 1, 0.0)
    return network


def test_connecting_by_a_later_address_is_weak():
    network = good()
    assert not network.on_connect(True, 0.1, 0, 0.0)
    assert network.on_connect(True, 0.1, 1, 0.0)
    assert (network.weak, network.reason) == (True, WeakReason.CONNECT_INDEX)


def test_connecting_in_more_than_two_seconds_is_weak():
    network = good()
    assert not network.on_connect(True, 2.0, 0, 0.0)
    assert network.on_connect(True, 2.001, 0, 0.0)
    assert network.reason is WeakReason.CONNECT_RTT


@pytest.mark.parametrize(
    ("first", "reason"), [(True, WeakReason.FIRST_PACKAGE), (False, WeakReason.PACKAGE_PACKAGE)]
)
def test_more_than_two_seconds_to_a_package_are_weak(first: bool, reason: WeakReason):
    network = good()
    assert not network.on_package(first, 2.0, 0.0)
    assert network.on_package(first, 2.001, 0.0)
    assert network.reason is reason


def test_a_task_of_five_seconds_is_weak():
    network = good()
    assert not network.on_answer(4.999, 0.0)
    assert network.on_answer(5.0, 0.0)
    assert network.reason is WeakReason.TASK_SLOW


def test_a_task_that_failed_on_a_later_address_is_weak():
    network = good()
    assert not network.on_failure(0, 0.0)
    assert not network.on_failure(-1, 0.0)
    assert network.on_failure(1, 0.0)
    assert network.reason is WeakReason.TASK_FAILED


def test_it_is_weak_when_somebody_says_so():
    network = WeakNetwork(0.0, foreground=False)
    assert network.on_told(1.0)
    assert (network.weak, network.reason, network.since) == (True, WeakReason.TOLD, 1.0)
    assert not network.on_told(30.0)  # it goes on, for 60 s from here
    assert not network.poll(89.9)
    assert network.poll(90.0)


def test_a_quick_task_ends_it_eight_seconds_after_the_last_mark():
    network = weak()
    assert not network.on_answer(0.5, 7.999)
    network.on_package(True, 3.0, 5.0)  # marked again
    assert not network.on_answer(0.5, 12.999)
    assert not network.on_answer(0.6, 13.0)  # not quick enough
    assert network.on_answer(0.599, 13.0)
    assert (network.weak, network.reason) == (False, WeakReason.GOOD_TASK)


def test_no_connection_at_all_ends_it_after_eight_seconds():
    network = weak()
    assert not network.on_connect(False, 0.0, -1, 7.9)
    assert network.on_connect(False, 0.0, -1, 8.0)
    assert network.reason is WeakReason.CONNECT_FAILED


def test_a_minute_without_a_mark_ends_it():
    network = weak()
    network.on_answer(5.0, 30.0)
    assert network.due == 90.0
    assert not network.poll(89.9)
    assert network.poll(90.0)
    assert (network.weak, network.reason) == (False, WeakReason.EXPIRED)
    assert network.due == NEVER


def test_leaving_the_foreground_ends_it_and_nothing_is_judged_there():
    network = weak()
    assert network.on_foreground(False, 4.0)
    assert (network.weak, network.lasted) == (False, 4.0)
    assert not network.on_connect(True, 9.0, 3, 1.0)
    assert not network.on_package(True, 9.0, 1.0)
    assert not network.on_answer(9.0, 1.0)
    assert not network.on_failure(2, 1.0)
    assert not network.weak
    network.on_foreground(True, 2.0)
    assert network.on_answer(9.0, 3.0)


def test_another_network_begins_as_good():
    network = weak()
    assert network.on_network(1.0)
    assert (network.weak, network.reason) == (False, WeakReason.RESET)
    assert not network.on_network(2.0)
