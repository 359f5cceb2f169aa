"""The doubt about a silent link, in virtual time."""

from __future__ import annotations

import pytest

from netcore.clock import NEVER
from netcore.errors import ConfigError
from netcore.longlink.doubt import Doubt, DoubtSettings, DoubtState


def test_data_after_silence_is_asked_about_after_half_a_second_and_gets_a_rival_a_second_later():
    doubt = Doubt()
    doubt.sent(silence=5.0, now=100.0)
    assert doubt.state is DoubtState.WAITING
    assert doubt.due == 100.5
    assert doubt.poll(100.4, rtt=0.05) is None
    assert doubt.poll(100.5, rtt=0.05) is DoubtState.ASKED
    assert doubt.due == 101.5
    assert doubt.poll(101.4, rtt=0.05) is None
    assert doubt.poll(101.5, rtt=0.05) is DoubtState.RIVAL
    assert doubt.due == NEVER
    assert doubt.poll(1000.0, rtt=0.05) is None


def test_a_link_that_spoke_lately_is_asked_when_it_was_silent_for_two_seconds():
    doubt = Doubt()
    doubt.sent(silence=0.3, now=100.0)
    assert doubt.due == pytest.approx(101.7)


def test_a_byte_ends_all_doubt():
    doubt = Doubt()
    assert not doubt.trust()
    doubt.sent(silence=60.0, now=0.0)
    assert doubt.trust()
    assert doubt.poll(10.0, rtt=0.0) is None
    doubt.sent(silence=60.0, now=20.0)
    doubt.poll(20.5, rtt=0.0)
    doubt.poll(21.5, rtt=0.0)
    assert doubt.state is DoubtState.RIVAL
    assert doubt.trust()
    assert doubt.state is DoubtState.TRUSTED


def test_more_data_does_not_put_the_question_off():
    doubt = Doubt()
    doubt.sent(silence=60.0, now=0.0)
    doubt.sent(silence=60.2, now=0.2)
    assert doubt.due == 0.5


def test_a_slow_network_is_given_four_round_trips():
    doubt = Doubt()
    doubt.sent(silence=60.0, now=0.0)
    doubt.poll(0.5, rtt=0.8)
    assert doubt.due == pytest.approx(0.5 + 3.2)


def test_a_megabyte_under_way_is_given_its_time():
    doubt = Doubt()
    doubt.sent(silence=60.0, now=0.0, unheard=1024 * 1024)
    assert doubt.due == pytest.approx(0.5 + 1024 / 12)
    doubt = Doubt()
    doubt.sent(silence=60.0, now=0.0, unheard=100)
    doubt.sent(silence=60.1, now=0.1, unheard=1024 * 1024)
    assert doubt.due == pytest.approx(0.1 + 1024 / 12)


def test_while_the_socket_takes_no_heartbeat_it_waits():
    doubt = Doubt()
    doubt.sent(silence=60.0, now=0.0)
    assert doubt.poll(0.5, rtt=0.0) is DoubtState.ASKED
    doubt.postpone(0.5)
    assert doubt.poll(1.4, rtt=0.0) is None
    assert doubt.poll(1.5, rtt=0.0) is DoubtState.ASKED
    assert doubt.poll(2.5, rtt=0.0) is DoubtState.RIVAL


def test_asked_outright_it_asks_at_once_and_hurries():
    doubt = Doubt()
    doubt.suspect(10.0)
    assert doubt.poll(10.0, rtt=0.02) is DoubtState.ASKED
    assert doubt.due == 10.25
    doubt.suspect(10.1)  # already asked
    assert doubt.due == 10.25
    assert doubt.poll(10.25, rtt=0.02) is DoubtState.RIVAL


def test_asked_outright_while_it_waits_it_asks_at_once():
    doubt = Doubt()
    doubt.sent(silence=60.0, now=10.0)
    doubt.suspect(10.1)
    assert doubt.poll(10.1, rtt=0.0) is DoubtState.ASKED
    assert doubt.due == pytest.approx(10.35)


def test_a_rival_that_cannot_be_made_is_tried_again_each_second():
    doubt = Doubt()
    doubt.suspect(10.0)
    doubt.poll(10.0, rtt=0.0)
    assert doubt.poll(10.25, rtt=0.0) is DoubtState.RIVAL
    doubt.no_rival(10.3)
    assert doubt.due == pytest.approx(11.3)
    assert doubt.poll(11.3, rtt=0.0) is DoubtState.RIVAL
    doubt.trust()
    doubt.no_rival(11.4)
    assert doubt.due == NEVER


def test_it_can_be_switched_off_but_for_wake_ups():
    doubt = Doubt(DoubtSettings(silence=float("inf")))
    doubt.sent(silence=1e9, now=0.0)
    assert doubt.poll(1e9, rtt=0.0) is None
    doubt.suspect(0.0)
    assert doubt.poll(0.0, rtt=0.0) is DoubtState.ASKED


def test_a_rate_of_nothing_is_refused():
    with pytest.raises(ConfigError, match="rate"):
        DoubtSettings(rate=0)


def test_negative_times_are_refused():
    with pytest.raises(ConfigError, match="doubt"):
        DoubtSettings(patience=-1.0)
