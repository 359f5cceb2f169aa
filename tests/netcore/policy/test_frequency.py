"""The frequency limit, in virtual time."""

from __future__ import annotations

import pytest

from netcore.errors import ConfigError
from netcore.policy.frequency import FrequencyLimit, FrequencySettings

HOUR, MINUTE = 3600.0, 60.0


def send(limit: FrequencyLimit, times: int, now: float, body: bytes = b"x", cmdid: int = 3) -> int:
    """How many of them are let through."""
    return sum(limit.refused(cmdid, "/cgi", body, now) is None for _ in range(times))


def test_105_equal_requests_go_through_and_no_more():
    limit = FrequencyLimit(0.0)
    assert send(limit, 200, 1.0) == 105


def test_the_refusal_tells_how_often_and_since_when():
    limit = FrequencyLimit(0.0)
    send(limit, 105, 1.0)
    record = limit.refused(3, "/cgi", b"x", 3.5)
    assert record is not None
    assert (record.count, record.gap, record.cgi) == (106, 2.5, "/cgi")


def test_other_bodies_and_other_commands_are_counted_apart():
    limit = FrequencyLimit(0.0)
    send(limit, 105, 1.0)
    assert send(limit, 105, 1.0, body=b"y") == 105
    assert send(limit, 105, 1.0, cmdid=4) == 105
    assert limit.refused(3, "/other", b"x", 1.0) is None
    assert send(limit, 1, 1.0) == 0


def test_thirty_requests_are_remembered_and_the_stalest_gives_way():
    limit = FrequencyLimit(0.0)
    send(limit, 105, 1.0)
    for number in range(29):
        limit.refused(3, "", str(number).encode(), 2.0)
    assert len(limit.records) == 30
    assert send(limit, 1, 3.0) == 0  # still known, and now the freshest
    for number in range(29):
        limit.refused(3, "", b"new%d" % number, 4.0)
    assert send(limit, 1, 5.0) == 0
    for number in range(30):
        limit.refused(3, "", b"newer%d" % number, 6.0)
    assert len(limit.records) == 30
    assert send(limit, 1, 7.0) == 1


def test_after_an_hour_the_records_are_cleared():
    limit = FrequencyLimit(0.0)
    send(limit, 105, 1.0)
    assert send(limit, 1, HOUR - 1.0) == 0
    limit = FrequencyLimit(0.0)
    send(limit, 105, 1.0)
    assert send(limit, 105, HOUR) == 105


def test_one_that_was_seen_75_times_and_lately_goes_on_from_99():
    limit = FrequencyLimit(0.0)
    send(limit, 200, HOUR - 10 * MINUTE)
    assert send(limit, 100, HOUR) == 6


def test_one_that_was_seen_75_times_goes_on_from_there():
    limit = FrequencyLimit(0.0)
    send(limit, 75, HOUR - MINUTE)
    assert send(limit, 100, HOUR) == 30


def test_one_that_was_seen_74_times_begins_anew():
    limit = FrequencyLimit(0.0)
    send(limit, 74, HOUR - MINUTE)
    assert send(limit, 200, HOUR) == 105


def test_one_not_seen_for_more_than_ten_minutes_begins_anew():
    limit = FrequencyLimit(0.0)
    send(limit, 105, HOUR - 10 * MINUTE - 0.1)
    assert send(limit, 200, HOUR) == 105


def test_the_numbers_are_settings():
    limit = FrequencyLimit(0.0, FrequencySettings(limit=2, records=1, window=10.0))
    assert send(limit, 5, 0.0) == 2
    send(limit, 1, 0.0, body=b"other")
    assert send(limit, 5, 0.0) == 2
    with pytest.raises(ConfigError):
        FrequencySettings(limit=0)
