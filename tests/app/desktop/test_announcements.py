"""One notification for what comes in a burst, in virtual time."""

import random

from app.desktop.announcements import GATHERED, LONGEST, SEVERAL, Announcements, Incoming
from netcore.runtime.clock import NEVER


def incoming(key: str, text: str = "x") -> Incoming:
    return Incoming(key, key.upper(), "Ada", text)


def test_a_message_out_of_the_blue_is_announced_at_once() -> None:
    told = Announcements()
    told.add(incoming("a"), 100.0)
    assert told.deadline() == 100.0
    found = told.take(100.0)
    assert found is not None and (found.key, found.count, found.latest.text) == ("a", 1, "x")
    assert told.deadline() == NEVER and told.take(1000.0) is None


def test_what_comes_within_a_second_is_announced_together() -> None:
    told = Announcements()
    told.add(incoming("a", "1"), 0.0)
    assert told.take(0.0) is not None
    for number in (2, 3, 4):
        told.add(incoming("a", str(number)), number / 10)
        assert told.take(number / 10) is None
    assert told.deadline() == GATHERED
    found = told.take(GATHERED)
    assert found is not None and (found.key, found.count, found.latest.text) == ("a", 4, "4")


def test_a_catch_up_is_one_announcement_when_it_is_through() -> None:
    told = Announcements()
    told.catch_up(True, 0.0)
    for number in range(60):
        told.add(incoming("a", str(number)), number / 60)
        assert told.take(number / 60) is None
    told.catch_up(False, 1.0)
    found = told.take(1.0)
    assert found is not None and (found.key, found.count, found.latest.text) == ("a", 60, "59")


def test_a_catch_up_that_does_not_end_keeps_nothing_back_for_long() -> None:
    told = Announcements()
    told.catch_up(True, 0.0)
    told.add(incoming("a"), 3.0)
    assert told.deadline() == 3.0 + LONGEST
    assert told.take(3.0 + LONGEST) is not None


def test_several_conversations_are_one_announcement_that_goes_with_the_last_of_them() -> None:
    told = Announcements()
    told.catch_up(True, 0.0)
    for key in "aab":
        told.add(incoming(key), 0.0)
    told.catch_up(False, 1.0)
    found = told.take(1.0)
    assert found is not None
    assert (found.key, found.count, found.conversations) == (SEVERAL, 3, 2)
    assert told.read("a") == ["a"]
    assert told.read("b") == ["b", SEVERAL]
    assert told.read("b") == []


def test_what_is_read_before_it_was_announced_is_not() -> None:
    told = Announcements()
    told.catch_up(True, 0.0)
    told.add(incoming("a"), 0.0)
    assert told.read("a") == []
    told.catch_up(False, 1.0)
    assert told.deadline() == NEVER and told.take(1.0) is None


def test_an_account_that_leaves_takes_everything_with_it() -> None:
    told = Announcements()
    told.add(incoming("a"), 0.0)
    told.take(0.0)
    told.add(incoming("b"), 0.1)
    assert told.clear() == ["a", SEVERAL]
    assert told.deadline() == NEVER


def test_whatever_comes_at_most_one_a_second_is_shown_and_nothing_is_lost() -> None:
    rng = random.Random(7)
    told, now, added, shown = Announcements(), 0.0, 0, []
    counts: dict[str, int] = {}
    while now < 600.0:
        now += rng.uniform(0.0, 0.3)
        if rng.random() < 0.02:
            told.catch_up(rng.random() < 0.5, now)
        if rng.random() < 0.5:
            told.add(incoming(rng.choice("abc")), now)
            added += 1
        if now >= told.deadline():
            found = told.take(now)
            assert found is not None
            shown.append(now)
            counts[found.key] = found.count
    told.catch_up(False, now + LONGEST)
    told.take(now + LONGEST)
    assert sum(told._counts.values()) == added
    # The end of a catch-up is told at once: one more each at most.
    assert len(shown) <= 600 / GATHERED * 1.5
