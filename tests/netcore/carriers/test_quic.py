"""When QUIC may be tried, by Mars's rules."""

import math

import pytest

from netcore.carriers.quic import QuicFallback, QuicSettings
from netcore.errors import ConfigError

ON = QuicSettings(enabled=True)


def test_it_is_off_until_it_is_wanted():
    assert not QuicFallback(QuicSettings()).allowed(0.0)
    assert QuicFallback(ON).allowed(0.0)


def test_only_a_first_attempt_goes_by_quic():
    fallback = QuicFallback(ON)
    assert [fallback.allowed(0.0, attempt=n) for n in (1, 2, 3)] == [True, False, False]


def test_a_failure_switches_it_off_for_twenty_minutes():
    fallback = QuicFallback(ON)
    fallback.failed(100.0)
    assert not fallback.allowed(100.0)
    assert fallback.off_for(100.0) == 1200.0
    assert not fallback.allowed(1299.9)
    assert fallback.allowed(1300.0)
    assert fallback.off_for(1300.0) == 0.0


def test_another_network_switches_it_on_at_once():
    fallback = QuicFallback(ON)
    fallback.failed(100.0)
    fallback.network_changed()
    assert fallback.allowed(100.0)


@pytest.mark.parametrize(
    "wrong",
    [
        {"connect_timeout": 0.0},
        {"off_for": -1.0},
        {"idle_timeout": math.inf},
        {"max_streams": 0},
        {"head_start": -0.1},
        {"head_start": math.nan},
        {"port": 65536},
    ],
)
def test_numbers_that_cannot_be_used_are_refused(wrong):
    with pytest.raises(ConfigError, match="quic: "):
        QuicSettings(**wrong)
