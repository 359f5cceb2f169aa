"""The doubt about a silent link, in virtual time."""

from __future__ import annotations

import pytest

from netcore.errors import ConfigError
from netcore.longlink.stall_detector import (
    EXTENSIONS,
    LinkStallSettings,
    LinkStallState,
    StallDetector,
)
from netcore.runtime.clock import NEVER


def test_data_after_silence_is_asked_about_after_half_a_second_and_gets_a_rival_a_second_later():
    stall = StallDetector()
    stall.sent(silence=5.0, now=100.0)
    assert stall.state is LinkStallState.WAITING
    assert stall.due == 100.5
    assert stall.poll(100.4, rtt=0.05) is None
    assert stall.poll(100.5, rtt=0.05) is LinkStallState.ASKED
    assert stall.due == 101.5
    assert stall.poll(101.4, rtt=0.05) is None
    assert stall.poll(101.5, rtt=0.05) is LinkStallState.HEDGED
    assert stall.due == NEVER
    assert stall.poll(1000.0, rtt=0.05) is None


def test_a_link_that_spoke_lately_is_asked_when_it_was_silent_for_two_seconds():
    stall = StallDetector()
    stall.sent(silence=0.3, now=100.0)
    assert stall.due == pytest.approx(101.7)


def test_a_byte_ends_all_doubt():
    stall = StallDetector()
    assert not stall.trust()
    stall.sent(silence=60.0, now=0.0)
    assert stall.trust()
    assert stall.poll(10.0, rtt=0.0) is None
    stall.sent(silence=60.0, now=20.0)
    stall.poll(20.5, rtt=0.0)
    stall.poll(21.5, rtt=0.0)
    assert stall.state is LinkStallState.HEDGED
    assert stall.trust()
    assert stall.state is LinkStallState.TRUSTED


def test_more_data_does_not_put_the_question_off():
    stall = StallDetector()
    stall.sent(silence=60.0, now=0.0)
    stall.sent(silence=60.2, now=0.2)
    assert stall.due == 0.5


def test_a_slow_network_is_given_four_round_trips():
    stall = StallDetector()
    stall.sent(silence=60.0, now=0.0)
    stall.poll(0.5, rtt=0.8)
    assert stall.due == pytest.approx(0.5 + 3.2)


def test_a_megabyte_under_way_is_given_its_time():
    stall = StallDetector()
    stall.sent(silence=60.0, now=0.0, unheard=1024 * 1024)
    assert stall.due == pytest.approx(0.5 + 1024 / 12)
    stall = StallDetector()
    stall.sent(silence=60.0, now=0.0, unheard=100)
    stall.sent(silence=60.1, now=0.1, unheard=1024 * 1024)
    assert stall.due == pytest.approx(0.1 + 1024 / 12)


def test_while_the_socket_takes_no_heartbeat_it_waits():
    stall = StallDetector()
    stall.sent(silence=60.0, now=0.0)
    assert stall.poll(0.5, rtt=0.0) is LinkStallState.ASKED
    stall.postpone(0.5)
    assert stall.poll(1.4, rtt=0.0) is None
    assert stall.poll(1.5, rtt=0.0) is LinkStallState.ASKED
    assert stall.poll(2.5, rtt=0.0) is LinkStallState.HEDGED


def test_asked_outright_it_asks_at_once_and_hurries():
    stall = StallDetector()
    stall.suspect(10.0)
    assert stall.poll(10.0, rtt=0.02) is LinkStallState.ASKED
    assert stall.due == 10.25
    stall.suspect(10.1)  # already asked
    assert stall.due == 10.25
    assert stall.poll(10.25, rtt=0.02) is LinkStallState.HEDGED


def test_asked_outright_while_it_waits_it_asks_at_once():
    stall = StallDetector()
    stall.sent(silence=60.0, now=10.0)
    stall.suspect(10.1)
    assert stall.poll(10.1, rtt=0.0) is LinkStallState.ASKED
    assert stall.due == pytest.approx(10.35)


def test_a_rival_that_cannot_be_made_is_tried_again_each_second():
    stall = StallDetector()
    stall.suspect(10.0)
    stall.poll(10.0, rtt=0.0)
    assert stall.poll(10.25, rtt=0.0) is LinkStallState.HEDGED
    stall.hedge_failed(10.3)
    assert stall.due == pytest.approx(11.3)
    assert stall.poll(11.3, rtt=0.0) is LinkStallState.HEDGED
    stall.trust()
    stall.hedge_failed(11.4)
    assert stall.due == NEVER


def test_it_can_be_switched_off_but_for_wake_ups():
    stall = StallDetector(LinkStallSettings(silence=float("inf")))
    stall.sent(silence=1e9, now=0.0)
    assert stall.poll(1e9, rtt=0.0) is None
    stall.suspect(0.0)
    assert stall.poll(0.0, rtt=0.0) is LinkStallState.ASKED


def test_a_rate_of_nothing_is_refused():
    with pytest.raises(ConfigError, match="rate"):
        LinkStallSettings(rate=0)


def test_negative_times_are_refused():
    with pytest.raises(ConfigError, match="doubt"):
        LinkStallSettings(patience=-1.0)


def test_a_connection_whose_peer_acknowledges_everything_gets_more_time_but_not_for_ever():
    stall = StallDetector(LinkStallSettings(silence=2.0, patience=0.5, timeout=1.0))
    stall.sent(silence=10.0, now=0.0)
    assert stall.poll(0.5, 0.0) is LinkStallState.ASKED
    for extension in range(EXTENSIONS):
        assert stall.poll(1.5 + extension, 0.0, acknowledged=True) is None
        assert stall.due == 2.5 + extension
    assert stall.poll(1.5 + EXTENSIONS, 0.0, acknowledged=True) is LinkStallState.HEDGED


def test_one_on_which_data_stays_unacknowledged_gets_none():
    stall = StallDetector(LinkStallSettings(silence=2.0, patience=0.5, timeout=1.0))
    stall.sent(silence=10.0, now=0.0)
    assert stall.poll(0.5, 0.0) is LinkStallState.ASKED
    assert stall.poll(1.5, 0.0, acknowledged=True) is None
    assert stall.poll(2.5, 0.0, acknowledged=False) is LinkStallState.HEDGED
