"""The outbox in virtual time."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from app.chat.outbox import LONGEST_WAIT, Outbox
from netcore.runtime.clock import NEVER


def outbox(**more) -> Outbox:
    return Outbox(random.Random(1), **more)


def test_messages_of_one_conversation_leave_one_by_one_in_order() -> None:
    box = outbox()
    for client_id in ("a1", "a2", "a3"):
        box.add(client_id, "a")
    sent = []
    while taken := box.take(0.0):
        assert len(taken) == 1 and box.take(0.0) == []
        sent += taken
        box.done(taken[0])
    assert sent == ["a1", "a2", "a3"]
    assert len(box) == 0 and box.deadline() == NEVER


def test_conversations_do_not_wait_for_each_other() -> None:
    box = outbox()
    box.add("a1", "a")
    box.add("b1", "b")
    assert box.take(0.0) == ["a1", "b1"]
    box.failed("a1", 0.0)
    box.add("b2", "b")
    box.done("b1")
    assert box.take(0.0) == ["b2"]


def test_no_more_than_so_many_are_in_flight() -> None:
    box = outbox(parallel=2)
    for number in range(5):
        box.add(f"m{number}", f"c{number}")
    assert box.take(0.0) == ["m0", "m1"]
    assert box.take(0.0) == []
    box.done("m0")
    assert box.take(0.0) == ["m2"]


def test_a_failure_waits_longer_each_time_and_stays_at_the_head() -> None:
    box = outbox()
    box.add("a1", "a")
    box.add("a2", "a")
    now, waits = 0.0, []
    for _ in range(9):
        assert box.take(now) == ["a1"]
        box.failed("a1", now)
        assert box.take(now) == []
        waits.append(box.deadline() - now)
        now = box.deadline()
    assert waits[:6] == sorted(waits[:6])  # until the longest wait is reached
    assert 0.75 <= waits[0] <= 1.0 and 0.75 * LONGEST_WAIT <= waits[-1] <= LONGEST_WAIT
    box.take(now)
    box.done("a1")
    assert box.take(now) == ["a2"]


def test_a_connection_ends_the_wait_but_not_one_that_the_server_asked_for() -> None:
    box = outbox()
    box.add("a1", "a")
    box.add("b1", "b")
    box.take(0.0)
    box.failed("a1", 0.0)
    box.failed("b1", 0.0, retry_after=30.0)
    box.hurry()
    assert box.take(0.0) == ["a1"]
    assert box.deadline() == 30.0
    assert box.take(30.0) == ["b1"]


def test_a_new_message_ends_its_conversations_wait_but_not_one_that_the_server_asked_for() -> None:
    box = outbox()
    for client_id, conversation_id in (("a1", "a"), ("b1", "b"), ("c1", "c")):
        box.add(client_id, conversation_id)
    box.take(0.0)
    box.failed("a1", 0.0)
    box.failed("b1", 0.0)
    box.failed("c1", 0.0, retry_after=30.0)
    box.add("b2", "b")
    box.add("c2", "c")
    assert box.take(0.0) == ["b1"]
    assert box.take(1.0) == ["a1"]
    assert box.take(30.0) == ["c1"]


def test_a_message_is_queued_once_and_an_unknown_one_is_ignored() -> None:
    box = outbox()
    box.add("a1", "a")
    box.add("a1", "a")
    assert len(box) == 1
    box.done("never heard of")
    box.failed("never heard of", 0.0)
    box.clear()
    box.failed("a1", 0.0)
    assert box.take(0.0) == []


def test_what_arrived_by_another_way_makes_room_for_the_next() -> None:
    box = outbox()
    for client_id in ("a1", "a2"):
        box.add(client_id, "a")
    assert box.take(0.0) == ["a1"]
    box.done("a1")  # a push told of it before the answer
    assert box.take(0.0) == ["a2"]
    box.failed("a1", 0.0)  # and then the answer was lost
    box.done("a2")
    assert len(box) == 0


@given(st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), max_size=40), st.randoms())
def test_whatever_fails_each_conversation_arrives_whole_and_in_order(plan, chance) -> None:
    box = outbox(parallel=2)
    written: dict[str, list[str]] = {}
    for number, (conversation, _) in enumerate(plan):
        box.add(f"{conversation}{number}", conversation)
        written.setdefault(conversation, []).append(f"{conversation}{number}")
    arrived: dict[str, list[str]] = {}
    now, flight = 0.0, []
    while len(box):
        flight += box.take(now)
        if not flight:
            now = box.deadline()
            assert now < NEVER
            continue
        client_id = flight.pop(chance.randrange(len(flight)))
        if chance.random() < 0.3:
            box.failed(client_id, now)
        else:
            arrived.setdefault(client_id[0], []).append(client_id)
            box.done(client_id)
    assert arrived == written
