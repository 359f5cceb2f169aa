"""The dynamic time-out, in virtual time."""

from __future__ import annotations

import pytest

from netcore.errors import ConfigError
from netcore.policy.dynamic import DynamicSettings, DynamicTimeout, NetworkQuality

KIB = 1024


def excellent() -> DynamicTimeout:
    policy = DynamicTimeout()
    for _ in range(10):
        policy.on_answer(3 * KIB, 0.1, 0.0)
    assert policy.level is NetworkQuality.EXCELLENT
    return policy


def bad(at: float = 0.0) -> DynamicTimeout:
    policy = DynamicTimeout()
    for _ in range(4):
        policy.on_failure(at)
    assert policy.level is NetworkQuality.BAD
    return policy


def test_ten_good_attempts_in_a_row_make_it_excellent():
    policy = DynamicTimeout()
    for _ in range(9):
        assert not policy.on_answer(3 * KIB, 0.1, 0.0)
    assert policy.on_answer(100, 0.1, 0.0)
    assert policy.level is NetworkQuality.EXCELLENT


def test_small_ones_alone_do_not():
    policy = DynamicTimeout()
    for _ in range(50):
        policy.on_answer(3 * KIB - 1, 0.1, 0.0)
    assert policy.level is NetworkQuality.EVALUATING


def test_the_large_one_must_not_be_older_than_five_minutes():
    policy = DynamicTimeout()
    policy.on_answer(3 * KIB, 0.1, 0.0)
    for _ in range(9):
        policy.on_answer(100, 0.1, 300.1)
    assert policy.level is NetworkQuality.EVALUATING
    policy = DynamicTimeout()
    policy.on_answer(3 * KIB, 0.1, 0.0)
    for _ in range(9):
        policy.on_answer(100, 0.1, 300.0)
    assert policy.level is NetworkQuality.EXCELLENT


@pytest.mark.parametrize(
    ("mobile", "size", "most"),
    [
        (False, 3 * KIB - 1, 0.5),
        (False, 3 * KIB, 2.0),
        (False, 10 * KIB, 2.0),
        (False, 10 * KIB + 1, 4.0),
        (False, 30 * KIB, 4.0),
        (False, 30 * KIB + 1, 6.0),
        (True, 3 * KIB - 1, 1.0),
        (True, 10 * KIB, 3.0),
        (True, 30 * KIB, 5.0),
        (True, 30 * KIB + 1, 7.0),
    ],
)
def test_what_is_good_depends_on_the_size_and_the_network(mobile: bool, size: int, most: float):
    def level(cost: float) -> NetworkQuality:
        policy = DynamicTimeout()
        policy.reset(mobile=mobile)
        for _ in range(9):
            policy.on_answer(3 * KIB, 0.1, 0.0)
        policy.on_answer(size, cost, 0.0)
        return policy.level

    assert level(most) is NetworkQuality.EXCELLENT
    assert level(most + 0.001) is NetworkQuality.EVALUATING


def test_a_slow_answer_begins_the_row_anew_but_does_not_end_excellence():
    policy = DynamicTimeout()
    for _ in range(9):
        policy.on_answer(3 * KIB, 0.1, 0.0)
    policy.on_answer(100, 3.0, 0.0)
    for _ in range(9):
        policy.on_answer(3 * KIB, 0.1, 0.0)
    assert policy.level is NetworkQuality.EVALUATING
    policy = excellent()
    assert not policy.on_answer(100, 3.0, 0.0)
    assert policy.level is NetworkQuality.EXCELLENT


def test_one_failure_ends_excellence():
    policy = excellent()
    assert policy.on_failure(1.0)
    assert policy.level is NetworkQuality.EVALUATING


def test_four_failures_of_ten_make_it_bad():
    policy = DynamicTimeout()
    for _ in range(3):
        for _ in range(2):
            policy.on_answer(100, 0.1, 0.0)
        assert not policy.on_failure(0.0)
    assert policy.on_failure(0.0)
    assert policy.level is NetworkQuality.BAD


def test_failures_older_than_five_minutes_are_forgotten():
    policy = DynamicTimeout()
    for _ in range(3):
        policy.on_failure(0.0)
    policy.on_failure(300.1)
    assert policy.level is NetworkQuality.EVALUATING


def test_bad_ends_when_seven_of_ten_did_not_fail():
    policy = bad()
    for _ in range(6):
        assert not policy.on_answer(100, 3.0, 1.0)
    assert policy.on_answer(100, 3.0, 1.0)
    assert policy.level is NetworkQuality.EVALUATING


def test_while_bad_the_count_begins_with_nothing_good_every_five_minutes():
    policy = bad()
    for _ in range(6):
        policy.on_answer(100, 0.1, 1.0)
    assert not policy.on_answer(100, 0.1, 301.1)
    for _ in range(5):
        assert not policy.on_answer(100, 0.1, 302.0)
    assert policy.on_answer(100, 0.1, 302.0)


def test_another_network_is_judged_anew():
    policy = bad()
    policy.reset(mobile=False)
    assert policy.level is NetworkQuality.EVALUATING
    for _ in range(3):
        policy.on_failure(0.0)
    assert policy.level is NetworkQuality.EVALUATING


def test_the_numbers_are_settings():
    policy = DynamicTimeout(DynamicSettings(excellent_count=2, bad_count=8))
    policy.on_answer(3 * KIB, 0.1, 0.0)
    assert policy.on_answer(3 * KIB, 0.1, 0.0)
    policy.reset(mobile=False)
    policy.on_failure(0.0)
    assert policy.on_failure(0.0)
    with pytest.raises(ConfigError):
        DynamicSettings(bad_count=10)
