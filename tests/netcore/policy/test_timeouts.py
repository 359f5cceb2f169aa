"""The time-outs: every number of Mars's ``config.h``."""

from __future__ import annotations

import pytest

from netcore.errors import ConfigError
from netcore.policy.dynamic import NetworkQuality
from netcore.policy.timeouts import MOBILE, NetworkTimeouts, Timeouts, TimeoutSettings

KIB = 1024


def timeouts(
    level: NetworkQuality = NetworkQuality.EVALUATING, *, mobile: bool = False
) -> Timeouts:
    policy = Timeouts()
    policy.use(level, mobile=mobile)
    return policy


@pytest.mark.parametrize(
    ("level", "mobile", "first"),
    [
        (NetworkQuality.EVALUATING, False, 12.0),
        (NetworkQuality.EVALUATING, True, 15.0),
        (NetworkQuality.EXCELLENT, False, 7.0),
        (NetworkQuality.EXCELLENT, True, 10.0),
        (NetworkQuality.BAD, False, 12.0),
        (NetworkQuality.BAD, True, 15.0),
    ],
)
def test_the_first_package_of_an_empty_task(level: NetworkQuality, mobile: bool, first: float):
    policy = timeouts(level, mobile=mobile)
    assert policy.of(0, 0, 0.0)[0] == first
    assert policy.first_package == first


@pytest.mark.parametrize(
    ("numbers", "extra"), [(NetworkTimeouts(bad_extra=10.0), 10.0), (MOBILE, 0.0)]
)
def test_a_bad_network_may_be_given_more_time(numbers: NetworkTimeouts, extra: float):
    policy = Timeouts(TimeoutSettings(wifi=numbers))
    usual = policy.of(0, 0, 0.0)[0]
    policy.use(NetworkQuality.BAD, mobile=False)
    assert policy.of(0, 0, 0.0)[0] == usual + extra
    policy = Timeouts(TimeoutSettings(wifi=NetworkTimeouts(bad_extra=100.0)))
    policy.use(NetworkQuality.BAD, mobile=False)
    assert policy.of(0, 0, 0.0)[0] == 22.0  # the bound holds all the same


@pytest.mark.parametrize(("mobile", "rate"), [(False, 12 * KIB), (True, 4 * KIB)])
def test_a_body_gets_the_time_that_it_takes_at_the_lowest_rate(mobile: bool, rate: int):
    policy = timeouts(mobile=mobile)
    assert policy.of(5 * rate, 0, 0.0)[0] == policy.of(0, 0, 0.0)[0] + 5.0


@pytest.mark.parametrize(("mobile", "most"), [(False, 22.0), (True, 30.0)])
def test_the_first_package_has_an_upper_bound(mobile: bool, most: float):
    for level in (NetworkQuality.EVALUATING, NetworkQuality.BAD):
        assert timeouts(level, mobile=mobile).of(10**9, 0, 0.0)[0] == most


def test_an_excellent_network_gives_a_large_body_no_more_time():
    assert timeouts(NetworkQuality.EXCELLENT).of(10**9, 0, 0.0)[0] == 7.0


def test_the_servers_own_cost_stands_in_place_of_the_base_and_has_no_bound():
    for level in NetworkQuality:
        policy = timeouts(level)
        assert policy.of(0, 0, 60.0)[0] == 60.0
        assert policy.of(12 * KIB * 30, 0, 60.0)[0] == 90.0


@pytest.mark.parametrize(("mobile", "delay"), [(False, 1.5), (True, 3.0)])
def test_each_task_sent_before_gives_more_time_up_to_five(mobile: bool, delay: float):
    for level in NetworkQuality:
        policy = timeouts(level, mobile=mobile)
        alone = policy.of(0, 0, 0.0)[0]
        assert policy.of(0, 1, 0.0)[0] == alone + delay
        assert policy.of(0, 5, 0.0)[0] == alone + 5 * delay
        assert policy.of(0, 50, 0.0)[0] == alone + 5 * delay


@pytest.mark.parametrize(("mobile", "whole"), [(False, 64 / 12), (True, 16.0)])
def test_the_read_write_time_out_allows_for_64_kib(mobile: bool, whole: float):
    policy = timeouts(mobile=mobile)
    first, read_write = policy.of(1000, 2, 0.0)
    assert read_write == pytest.approx(first + whole)
    assert policy.read_write == pytest.approx(policy.first_package + whole)


@pytest.mark.parametrize(("mobile", "gap"), [(False, 8.0), (True, 12.0)])
def test_the_package_package_time_out(mobile: bool, gap: float):
    for level in NetworkQuality:
        assert timeouts(level, mobile=mobile).package_package == gap


def test_long_polling_waits_as_long_as_it_says():
    first, read_write = timeouts().of_polling(90.0)
    assert first == 90.0
    assert read_write == pytest.approx(90.0 + 64 / 12)


def test_the_numbers_are_settings():
    policy = Timeouts(
        TimeoutSettings(
            wifi=NetworkTimeouts(first_package=1.0, max_first_package=2.0, bad_extra=0.5),
            max_receive=0,
            delayed_tasks=1,
        )
    )
    assert policy.of(0, 9, 0.0) == (2.5, 2.5)
    policy.use(NetworkQuality.BAD, mobile=False)
    assert policy.of(0, 0, 0.0)[0] == 1.5


@pytest.mark.parametrize(
    "wrong",
    [
        {"first_package": 0.0},
        {"rate": -1.0},
        {"package_package": 0.0},
        {"bad_extra": -1.0},
        {"first_package": 30.0},
    ],
)
def test_numbers_that_could_never_work_are_refused(wrong: dict[str, float]):
    with pytest.raises(ConfigError):
        NetworkTimeouts(**wrong)


def test_what_is_in_force_can_be_told():
    policy = timeouts(NetworkQuality.BAD, mobile=True)
    assert (policy.level, policy.mobile) == (NetworkQuality.BAD, True)
    policy.use(NetworkQuality.EXCELLENT, mobile=False)
    assert (policy.level, policy.mobile) == (NetworkQuality.EXCELLENT, False)


def test_a_server_cost_of_less_than_a_second_counts_too():
    assert timeouts().of(0, 0, 0.5)[0] == 0.5
