"""The signalling keeper, in virtual time."""

from __future__ import annotations

import pytest

from netcore.errors import ConfigError
from netcore.longlink.signalling import SignallingKeeper
from netcore.runtime.clock import NEVER


def test_signalling_goes_every_five_seconds_for_twenty():
    keeper = SignallingKeeper()
    assert keeper.keep(0.0)
    keeper.on_data(0.0)  # its own frame
    sent = []
    for second in range(60):
        if keeper.on_due(float(second)):
            sent.append(second)
            keeper.on_data(float(second))
    assert sent == [5, 10, 15, 20, 25]
    assert not keeper.keeping


def test_other_data_puts_signalling_off():
    keeper = SignallingKeeper()
    keeper.keep(0.0)
    keeper.on_data(3.0)
    assert keeper.due == 8.0


def test_keeping_again_prolongs_without_another_frame():
    keeper = SignallingKeeper()
    keeper.keep(0.0)
    assert not keeper.keep(15.0)
    keeper.on_data(34.0)
    assert keeper.keeping


def test_stopping_ends_signalling():
    keeper = SignallingKeeper()
    keeper.keep(0.0)
    keeper.on_data(0.0)
    keeper.stop()
    assert keeper.due == NEVER
    assert not keeper.on_due(100.0)


def test_a_signalling_strategy_must_be_positive():
    with pytest.raises(ConfigError):
        SignallingKeeper().set_strategy(0.0, 20.0)


def test_another_strategy_is_followed_from_the_next_frame_on():
    keeper = SignallingKeeper()
    keeper.set_strategy(0.5, 2.0)
    keeper.keep(0.0)
    keeper.on_data(0.0)
    assert keeper.due == 0.5
    keeper.on_data(2.0)
    assert keeper.keeping
    keeper.on_data(2.1)
    assert not keeper.keeping
    with pytest.raises(ConfigError):
        keeper.set_strategy(0.5, 0.0)


def test_a_frame_is_due_once_and_before_it_is_kept_none_is():
    keeper = SignallingKeeper()
    assert keeper.due == NEVER
    assert not keeper.on_due(100.0)
    keeper.keep(0.0)
    keeper.on_data(0.0)
    assert keeper.on_due(5.0)
    assert not keeper.on_due(6.0)  # it could not be sent: no data went
