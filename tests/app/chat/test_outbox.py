"""The outbox in virtual time."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from app.chat.outbox import EARLY_WAIT, LONGEST_EARLY_WAIT, LONGEST_WAIT, Number, Outbox
from app.chat.window import FEWEST, Window
from netcore.runtime.clock import NEVER


def outbox(limit: int = 0, **more) -> Outbox:
    box = Outbox(random.Random(1), **more)
    if limit:
        box.window.messages = float(limit)
    return box


def number(seq: int) -> Number:
    return Number(seq, 0.0)


def settle(box: Outbox, client_id: str, seq: int, conversation: str, **how) -> list[str]:
    """The server's number for a message, kept as the owner keeps it; gives what was settled."""
    box.numbered(client_id, number(seq), 0.0, **how)
    kept = [each for each, _ in box.settled(conversation)]
    for each in kept:
        box.done(each)
    return kept


def written(box: Outbox, *client_ids: str) -> None:
    for client_id in client_ids:
        box.add(client_id, client_id[0])


def test_messages_of_one_conversation_leave_together_each_naming_the_one_before() -> None:
    box = outbox()
    written(box, "a1", "a2", "a3")
    assert box.take(0.0) == ["a1", "a2", "a3"] and box.take(0.0) == []
    assert [box.predecessor(each) for each in ("a1", "a2", "a3")] == ["", "a1", "a2"]
    assert settle(box, "a1", 1, "a") == ["a1"]
    assert [box.predecessor(each) for each in ("a2", "a3")] == ["", "a2"]


def test_numbers_are_settled_in_the_order_in_which_the_messages_were_written() -> None:
    box = outbox()
    written(box, "a1", "a2", "a3")
    box.take(0.0)
    assert settle(box, "a3", 3, "a") == [] and box.unsettled("a") == 3
    assert settle(box, "a1", 1, "a") == ["a1"]
    assert box.predecessor("a2") == ""
    assert settle(box, "a2", 2, "a") == ["a2", "a3"]
    assert len(box) == 0 and box.deadline() == NEVER and box.unsettled("a") == 0


def test_conversations_take_turns() -> None:
    box = outbox(limit=4)
    written(box, "a1", "a2", "a3", "b1", "c1")
    assert box.take(0.0) == ["a1", "b1", "c1", "a2"]
    assert box.deadline() == NEVER  # an answer makes room
    settle(box, "b1", 1, "b")
    assert box.take(0.0) == ["a3"]


def test_so_many_bytes_are_in_flight_but_always_one_message() -> None:
    box = outbox()
    box.window.bytes = 1000.0
    for client_id, size in (("a1", 5000), ("a2", 10), ("a3", 10)):
        box.add(client_id, "a", size)
    assert box.take(0.0) == ["a1"] and box.take(0.0) == []
    settle(box, "a1", 1, "a")
    assert box.take(0.0) == ["a2", "a3"]


def test_a_refusal_in_the_middle_holds_up_nobody() -> None:
    box = outbox()
    written(box, "a1", "a2", "a3")
    box.take(0.0)
    settle(box, "a3", 2, "a")
    box.done("a2")  # refused for good
    assert settle(box, "a1", 1, "a") == ["a1", "a3"]
    assert len(box) == 0


def test_the_successor_of_a_refused_message_follows_the_one_before_it() -> None:
    box = outbox()
    written(box, "a1", "a2", "a3")
    box.take(0.0)
    box.done("a2")
    assert box.predecessor("a3") == "a1"


def test_what_came_too_early_goes_again_when_its_turn_comes() -> None:
    box = outbox()
    written(box, "a1", "a2", "a3")
    box.take(0.0)
    for each in ("a2", "a3"):
        box.early(each, 0.0)
    assert box.take(1.0) == [] and box.deadline() == EARLY_WAIT
    settle(box, "a1", 1, "a")
    assert box.take(1.0) == ["a2"]  # a3 waits for it


def test_what_the_server_released_does_not_go_again() -> None:
    box = outbox()
    written(box, "a1", "a2", "a3")
    box.take(0.0)
    for each in ("a2", "a3"):
        box.early(each, 0.0)
    for each, seq in (("a2", 2), ("a3", 3)):
        box.numbered(each, number(seq), 1.0)
    assert settle(box, "a1", 1, "a") == ["a1", "a2", "a3"]
    assert box.take(99.0) == []


def test_after_a_duplicate_all_that_came_too_early_is_asked_for() -> None:
    """The answer that told of them was lost."""
    box = outbox()
    written(box, "a1", "a2", "a3")
    box.take(0.0)
    for each in ("a2", "a3"):
        box.early(each, 0.0)
    settle(box, "a1", 1, "a", duplicate=True)
    assert box.take(0.0) == ["a2", "a3"]


def test_too_early_again_and_again_waits_longer() -> None:
    box = outbox()
    written(box, "a1", "a2")
    box.take(0.0)
    now, waits = 0.0, []
    for _ in range(6):
        box.early("a2", now)
        waits.append(box.deadline() - now)
        now = box.deadline()
        assert box.take(now) == ["a2"]
    assert waits == [2.0, 4.0, 8.0, 16.0, LONGEST_EARLY_WAIT, LONGEST_EARLY_WAIT]


def test_too_early_without_a_predecessor_goes_again_at_once_but_only_once() -> None:
    box = outbox()
    written(box, "a1")
    box.take(0.0)
    box.early("a1", 0.0)
    assert box.take(0.0) == ["a1"]
    box.early("a1", 0.0)
    assert box.take(0.0) == [] and box.deadline() > 0.0


def test_a_failure_waits_longer_each_time_and_keeps_its_place() -> None:
    box = outbox()
    written(box, "a1", "a2")
    now, waits = 0.0, []
    for _ in range(9):
        assert box.take(now) == ["a1", "a2"]
        for each in ("a2", "a1"):  # two of one flight are one failure
            box.failed(each, now)
        assert box.take(now) == []
        waits.append(box.deadline() - now)
        now = box.deadline()
    assert waits[:6] == sorted(waits[:6])  # until the longest wait is reached
    assert 0.75 <= waits[0] <= 1.0 and 0.75 * LONGEST_WAIT <= waits[-1] <= LONGEST_WAIT


def test_an_answer_ends_the_wait_of_its_conversation_but_not_one_the_server_asked_for() -> None:
    box = outbox()
    written(box, "a1", "a2", "b1", "b2")
    box.take(0.0)
    box.failed("a2", 0.0)
    box.failed("b2", 0.0, retry_after=30.0)
    settle(box, "a1", 1, "a")
    settle(box, "b1", 1, "b")
    assert box.take(0.0) == ["a2"]
    assert box.deadline() == 30.0 and box.take(30.0) == ["b2"]


def test_a_connection_ends_the_wait_but_not_one_that_the_server_asked_for() -> None:
    box = outbox()
    written(box, "a1", "b1")
    box.take(0.0)
    box.failed("a1", 0.0)
    box.failed("b1", 0.0, retry_after=30.0)
    box.hurry()
    assert box.take(0.0) == ["a1"]
    assert box.deadline() == 30.0
    assert box.take(30.0) == ["b1"]


def test_a_new_message_ends_its_conversations_wait_but_not_one_that_the_server_asked_for() -> None:
    box = outbox()
    written(box, "a1", "b1", "c1")
    box.take(0.0)
    box.failed("a1", 0.0)
    box.failed("b1", 0.0)
    box.failed("c1", 0.0, retry_after=30.0)
    written(box, "b2", "c2")
    assert box.take(0.0) == ["b1", "b2"]
    assert box.take(1.0) == ["a1"]
    assert box.take(30.0) == ["c1", "c2"]


def test_a_message_is_queued_once_and_an_unknown_one_is_ignored() -> None:
    box = outbox()
    written(box, "a1", "a1")
    assert len(box) == 1
    box.done("never heard of")
    box.failed("never heard of", 0.0)
    box.early("never heard of", 0.0)
    box.numbered("never heard of", number(1), 0.0)
    assert box.predecessor("never heard of") == "" and box.settled("z") == []
    box.clear()
    box.failed("a1", 0.0)
    assert box.take(0.0) == []


def test_what_arrived_by_another_way_makes_room_for_the_next() -> None:
    box = outbox(limit=1)
    written(box, "a1", "a2")
    assert box.take(0.0) == ["a1"]
    box.done("a1")  # a push told of it before the answer
    assert box.take(0.0) == ["a2"]
    box.failed("a1", 0.0)  # and then the answer was lost
    box.done("a2")
    assert len(box) == 0


def test_a_conversation_in_doubt_waits_and_the_others_do_not() -> None:
    box = outbox()
    written(box, "a1", "b1")
    box.block({"a"})
    assert box.take(0.0) == ["b1"] and box.deadline() == NEVER
    box.block(set())
    assert box.take(0.0) == ["a1"]


def test_a_server_without_predecessors_gets_one_at_a_time() -> None:
    box = outbox()
    box.one_by_one = True
    written(box, "a1", "a2", "b1")
    assert box.take(0.0) == ["a1", "b1"] and box.take(0.0) == []
    settle(box, "a1", 1, "a")
    assert box.take(0.0) == ["a2"]


def test_ten_thousand_that_wait_cost_no_more_for_each() -> None:
    """A take looks at what it takes, not at everything that waits behind it."""
    box = outbox()
    for each in range(10_000):
        box.add(f"a{each}", "a")
    seen = []
    while taken := box.take(0.0):
        for each in taken:
            seen.append(each)
            settle(box, each, len(seen), "a")
    assert seen == [f"a{each}" for each in range(10_000)]
    assert box.window.messages <= 64


class Server:
    """Numbers what it gets as app.server does, as far as the outbox is concerned."""

    def __init__(self) -> None:
        self.numbers: dict[str, list[str]] = {}  # conversation -> client ids
        self.held: dict[str, str] = {}  # client id -> after
        self.refused: dict[str, str] = {}

    def has(self, client_id: str) -> bool:
        return client_id in self.numbers.get(client_id[0], ())

    def settled(self, after: str) -> bool:
        while after in self.refused:
            after = self.refused[after]
        return not after or self.has(after)

    def send(self, client_id: str, after: str, bad: set[str]) -> str:
        if self.has(client_id):
            return "duplicate"
        if client_id in bad:
            self.refused[client_id] = after
            self.release()
            return "refused"
        if not self.settled(after):
            self.held[client_id] = after
            return "early"
        self.numbers.setdefault(client_id[0], []).append(client_id)
        self.held.pop(client_id, None)
        self.release()
        return "numbered"

    def release(self) -> None:
        while ready := [each for each, after in self.held.items() if self.settled(after)]:
            del self.held[ready[0]]
            self.numbers.setdefault(ready[0][0], []).append(ready[0])


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), max_size=40),
    st.randoms(use_true_random=False),
)
def test_whatever_is_lost_reordered_or_doubled_all_arrives_once_and_in_order(plan, chance) -> None:
    """Copies overtake each other, requests and answers get lost, either side restarts."""
    server, bad = Server(), set()
    ids: dict[str, list[str]] = {}
    for place, (conversation, _) in enumerate(plan):
        ids.setdefault(conversation, []).append(f"{conversation}{place}")
        if chance.random() < 0.15:
            bad.add(f"{conversation}{place}")
    unsent = {key: list(each) for key, each in ids.items()}  # the client's disk
    shown: dict[str, list[str]] = {key: [] for key in ids}

    def start() -> Outbox:
        box = outbox(limit=chance.randrange(1, 9))
        for key, each in unsent.items():
            for client_id in each:
                box.add(client_id, key)
        return box

    box, now, flight = start(), 0.0, []
    for step in range(20_000):
        if not any(unsent.values()):
            break
        fair = step > 500  # the wire gets better at last
        flight += [(each, box.predecessor(each), box) for each in box.take(now)]
        if not flight:
            now = box.deadline()
            assert now < NEVER
            continue
        now += 0.1
        client_id, after, owner = flight.pop(chance.randrange(len(flight)))
        luck = 1.0 if fair else chance.random()
        if luck < 0.15:  # the request is lost
            owner.failed(client_id, now)
            continue
        answer = server.send(client_id, after, bad)
        if luck < 0.3:  # it goes on to be delivered once more, later
            flight.append((client_id, after, owner))
        elif luck < 0.4:  # the answer is lost
            owner.failed(client_id, now)
        elif luck < 0.43:  # the client dies
            box = start()
        elif luck < 0.46:  # the server dies, and with it what was not acknowledged
            server.held.clear()
            server.refused.clear()
            owner.failed(client_id, now)
        elif owner is not box:
            pass  # whom the answer was for is no more
        elif answer == "early":
            box.early(client_id, now)
        elif answer == "refused":
            box.done(client_id)
            if client_id in unsent[client_id[0]]:
                unsent[client_id[0]].remove(client_id)
        else:
            conversation = client_id[0]
            seq = server.numbers[conversation].index(client_id) + 1
            box.numbered(client_id, number(seq), now, duplicate=answer == "duplicate")
        for key in ids:
            for each, _ in box.settled(key):
                box.done(each)
                if each in unsent[key]:
                    unsent[key].remove(each)
                    shown[key].append(each)
    for key, each in ids.items():
        good = [client_id for client_id in each if client_id not in bad]
        assert server.numbers.get(key, []) == shown[key] == good


# --- the window


def test_answers_to_a_full_window_widen_it_and_a_lost_flight_halves_it_once() -> None:
    window = Window()
    first = window.messages
    for _ in range(20):
        window.answered(0.0, 0.1, 100, full=False)
    assert window.messages == first
    for _ in range(200):
        window.answered(0.0, 0.1, 100, full=True)
    wide = window.messages
    assert first < wide <= 64
    for _ in range(5):
        window.lost(1.0, 2.0)  # all left together
    assert window.messages == wide / 2
    for at in range(3, 20):
        window.lost(float(at), float(at))
    assert window.messages == FEWEST


def test_a_slow_wire_gets_fewer_bytes_and_a_lossy_one_no_fewer_messages() -> None:
    window = Window()
    messages, size = window.messages, window.bytes
    window.answered(0.0, 9.0, 100, full=True)
    window.answered(1.0, 9.5, 100, full=True)  # of the same flight
    assert (window.messages, window.bytes) == (messages, size / 2)


def test_without_a_long_link_few_are_in_flight() -> None:
    window = Window()
    window.narrow = True
    assert window.admits(3, 0, 0) and not window.admits(4, 0, 0)
