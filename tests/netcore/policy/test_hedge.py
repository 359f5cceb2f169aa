"""When a task goes out again beside the first."""

from __future__ import annotations

import random

import pytest

from netcore.errors import ConfigError
from netcore.policy.hedge import NEVER, OVERHEAD, HedgeSettings, Hedging


def hedging(**changes) -> Hedging:
    return Hedging(HedgeSettings(**changes))


def feed(made: Hedging, times) -> None:
    for seconds in times:
        made.answered(seconds)


def test_before_anything_is_known_the_wait_is_the_settings():
    made = hedging(first_wait=1.0)
    feed(made, [0.01, 0.01, 0.01])
    assert made.usual == 1.0


def test_usual_is_above_all_answers_of_a_network_that_loses_nothing():
    rng = random.Random(1)
    made = hedging()
    late = 0
    for _ in range(1000):
        seconds = 0.25 + 0.05 * rng.random()
        late += seconds > made.usual
        made.answered(seconds)
    assert late < 10
    assert made.usual < 0.45


@pytest.mark.parametrize("loss", [0.2, 0.3, 0.5])
def test_usual_is_not_drawn_along_by_losses(loss):
    rng = random.Random(2)
    made = hedging()
    seen = []
    for _ in range(500):
        seconds = 0.25 + 0.05 * rng.random()
        while rng.random() < loss:
            seconds += 0.5 + rng.random()
        made.answered(seconds)
        seen.append(made.usual)
    seen.sort()
    assert seen[len(seen) // 2] < 0.5


def test_on_a_quick_network_the_wait_has_a_floor():
    made = hedging(least_wait=0.1, slack=0.01)
    feed(made, [0.0005] * 20)
    assert made.usual == 0.1


def test_copies_come_at_even_intervals_until_there_are_enough():
    made = hedging(copies=2, first_wait=0.4)
    assert [made.wait(n) for n in range(3)] == pytest.approx([0.4, 0.8, NEVER])


def test_no_copies_switch_it_off():
    made = hedging(copies=0)
    assert not made.enabled
    assert made.wait(0) == NEVER


def test_a_network_is_weak_after_a_few_late_tasks_and_good_again_after_a_calm_time():
    made = hedging(window=16, late=3, calm=30)
    assert not made.late(1.0)
    assert not made.in_time(2.0)
    assert not made.late(3.0)
    assert made.late(4.0)
    assert made.weak
    assert made.due == 34.0
    assert not made.late(10.0)  # it is already
    assert made.due == 40.0
    assert not made.in_time(39.9)
    assert made.poll(40.0)
    assert not made.weak
    assert made.due == NEVER


def test_late_tasks_that_lie_far_apart_do_not_make_it_weak():
    made = hedging(window=16, late=3)
    for n in range(200):
        if n % 8:
            made.in_time(n)
        else:
            made.late(n)
    assert not made.weak


def test_another_network_begins_without_any_knowledge():
    made = hedging(late=1)
    feed(made, [0.3] * 10)
    made.late(1.0)
    assert made.reset()
    assert not made.weak
    assert made.usual == made.settings.first_wait
    assert not made.reset()


def test_the_budget_bounds_the_extra_bytes():
    made = hedging(share=0.1, burst=1000)
    size = 240 - OVERHEAD
    sent = paid = 0
    for _ in range(1000):
        made.sent(size)
        sent += 1
        paid += made.pay(size)
    assert paid * 240 <= 1000 + 0.1 * sent * 240
    assert paid * 240 > 0.09 * sent * 240


def test_a_weak_network_earns_more():
    made = hedging(share=0.0, weak_share=1.0, burst=400, late=1)
    while made.pay(40):
        pass
    made.sent(40)
    assert not made.pay(40)
    made.late(0.0)
    made.sent(40)
    assert made.pay(40)
    assert not made.pay(40)


def test_what_is_saved_up_is_bounded():
    made = hedging(weak_share=1.0, burst=400, late=1)
    made.late(0.0)
    for _ in range(100):
        made.sent(1000)
    assert made.pay(400 - OVERHEAD)
    assert not made.pay(0)


@pytest.mark.parametrize(
    "changes",
    [
        {"copies": -1},
        {"late": 0},
        {"late": 17},
        {"calm": -1},
        {"share": -0.1},
        {"burst": -1},
    ],
)
def test_settings_that_cannot_be(changes):
    with pytest.raises(ConfigError):
        HedgeSettings(**changes)


@pytest.mark.parametrize("offset", [0.0, -5000.0, 5000.0])
def test_pushes_that_come_later_than_their_like_make_it_weak_whatever_the_clocks_say(offset):
    made = hedging(late=2)
    for n in range(20):
        assert not made.push_took(offset + 0.1 + 0.02 * (n % 3), float(n))
    assert not made.push_took(offset + 0.8, 20.0)
    assert made.push_took(offset + 1.4, 21.0)
    assert made.weak
    assert not made.push_took(offset + 0.1, 22.0)
    assert made.push_took(offset + 0.1, 60.0)
    assert not made.weak


def test_pushes_of_a_network_that_only_jitters_are_not_late():
    rng = random.Random(5)
    made = hedging(late=2)
    for n in range(500):
        made.push_took(0.15 + 0.05 * rng.random(), float(n))
    assert not made.weak
