"""When a diagnosis is due, in virtual time."""

from __future__ import annotations

import pytest

from netcore.policy.netcheck import NetCheck

MINUTE, HOUR = 60.0, 3600.0


def tell(check: NetCheck, results: str, now: float, *, longlink: bool = True) -> list[int]:
    """Tell results ("1" good, "0" bad); after which of them a diagnosis is due."""
    due = []
    for place, each in enumerate(results, 1):
        if each == "1":
            check.on_good(longlink=longlink)
        elif check.on_bad(now, longlink=longlink):
            due.append(place)
    return due


@pytest.mark.parametrize("longlink", [True, False])
def test_the_sixth_failure_of_eight_after_eight_good_ones_starts_it(longlink: bool):
    check = NetCheck()
    assert tell(check, "000000", 0.0, longlink=longlink) == [6]
    assert check.good(longlink=longlink) == 2
    assert check.good(longlink=not longlink) == 8


def test_three_good_ones_of_eight_are_enough_to_let_be():
    assert tell(NetCheck(), "01010000", 0.0) == [8]
    assert tell(NetCheck(), "01010100", 0.0) == []


def test_six_good_ones_of_the_eight_before_are_needed():
    # 8 results with 5 good ones, then only bad ones: it never was good.
    check = NetCheck()
    assert tell(check, "10101011" * 4, 0.0) == []
    assert tell(check, "000000", 0.0) == []
    assert tell(check, "00", 0.0) == []  # eight bad ones after eight with five good
    check = NetCheck()
    assert tell(check, "10111011" * 4, 0.0) == []
    assert tell(check, "00000000", 0.0) != []


def test_the_links_are_judged_apart():
    check = NetCheck()
    tell(check, "00000", 0.0, longlink=True)
    assert tell(check, "00000", 0.0, longlink=False) == []


def test_it_is_due_once_an_hour():
    check = NetCheck()
    assert tell(check, "000000", 0.0) == [6]
    assert tell(check, "11111111000000", HOUR - 1) == []
    assert tell(check, "11111111000000", HOUR) == [14]


def test_each_that_follows_another_waits_ten_minutes_more_until_all_is_well():
    check = NetCheck()
    now = 0.0
    tell(check, "00000000", now, longlink=False)  # the short link is never well again
    for _ in range(5):
        now += 2 * HOUR
        assert tell(check, "11111111000000", now) == [14]
    # six in a row: 5 + 6 * 10 = 65 minutes, more than the hourly limit
    assert tell(check, "11111111000000", now + 64 * MINUTE) == []
    assert tell(check, "11111111000000", now + 65 * MINUTE) == [14]


def test_once_all_is_well_the_waiting_is_an_hour_again():
    check = NetCheck()
    now = 0.0
    for _ in range(8):
        assert tell(check, "11111111000000", now) == [14]
        tell(check, "11111111", now)
        now += HOUR
