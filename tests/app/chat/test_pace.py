"""How slow the network is, in virtual time."""

from __future__ import annotations

from app.chat.pace import FORGET, SLOW, Pace


def test_quick_answers_are_not_slow() -> None:
    pace = Pace()
    assert pace.slow(None, 0.0) == 0
    for at in range(5):
        pace.answered(at, at + 0.3)
    assert pace.slow(4.9, 5.0) == 0


def test_the_mean_follows_the_answers() -> None:
    pace = Pace()
    pace.answered(0.0, 6.0)
    assert pace.slow(None, 6.0) == 6.0
    for at in range(7, 30):
        pace.answered(at, at + 0.3)
    assert pace.slow(None, 30.0) == 0


def test_one_that_is_in_flight_for_long_is_slow_before_its_answer() -> None:
    pace = Pace()
    pace.answered(0.0, 0.2)
    assert pace.slow(1.0, 1.0 + SLOW / 2) == 0
    assert pace.slow(1.0, 9.0) == 8.0


def test_old_answers_are_forgotten() -> None:
    pace = Pace()
    pace.answered(0.0, 6.0)
    assert pace.slow(None, 5.9 + FORGET) == 6.0
    assert pace.slow(None, 6.0 + FORGET) == 0
    pace.answered(100.0, 100.1)
    assert pace.slow(None, 100.1) == 0
