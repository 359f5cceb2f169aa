"""What comes before its predecessor, held within bounds."""

from __future__ import annotations

import pytest

from app.server import early
from app.server.accounts import LogIn
from app.server.early import HOLD_TIME, REFUSAL_TIME, Draft, EarlyMessages

ADA = LogIn(1, "Ada", b"a")
BOB = LogIn(2, "Bob", b"b")


def draft(client_id: str, who: LogIn = ADA, text: str = "hi") -> Draft:
    return Draft("c", client_id, text, b"", who)


def ids(drafts: list[Draft]) -> list[str]:
    return [each.client_id for each in drafts]


def test_followers_are_released_with_their_followers_in_order():
    held = EarlyMessages()
    for client_id, after in (("4", "3"), ("2", "1"), ("3", "2")):
        assert held.hold(draft(client_id), after, 0.0)
    assert ids(held.release((1, "1"))) == ["2", "3", "4"]
    assert len(held) == 0 and held.release((1, "1")) == []


def test_another_accounts_message_of_the_same_id_is_no_predecessor():
    held = EarlyMessages()
    held.hold(draft("2"), "1", 0.0)
    assert held.release((2, "1")) == []
    assert ids(held.release((1, "1"))) == ["2"]


def test_sent_again_a_message_replaces_itself():
    held = EarlyMessages()
    held.hold(draft("2", text="old"), "1", 0.0)
    held.hold(draft("2"), "0", 0.0)
    assert len(held) == 1 and held.release((1, "1")) == []
    assert [each.text for each in held.release((1, "0"))] == ["hi"]


def test_a_refused_message_passes_its_place_on():
    held = EarlyMessages()
    held.hold(draft("3"), "2", 0.0)
    held.refused((1, "2"), "1", 0.0)
    held.hold(draft("4"), "2", 0.0)  # its sender does not know yet
    assert held.predecessor(1, "2") == "1"
    assert ids(held.release((1, "1"))) == ["3", "4"]
    held.allowed((1, "2"))
    assert held.predecessor(1, "2") == "2"


def test_refused_messages_that_name_each_other_lead_nowhere():
    held = EarlyMessages()
    held.refused((1, "1"), "2", 0.0)
    held.refused((1, "2"), "1", 0.0)
    assert held.predecessor(1, "1") == ""


def test_messages_that_name_each_other_wait_until_their_time_is_over():
    held = EarlyMessages()
    held.hold(draft("1"), "2", 0.0)
    held.hold(draft("2"), "1", 0.0)
    assert len(held) == 2
    held.hold(draft("3"), "x", HOLD_TIME)
    assert len(held) == 1 and (1, "1") not in held


def test_what_waits_and_what_was_refused_is_forgotten_in_time():
    held = EarlyMessages()
    held.hold(draft("2"), "1", 0.0)
    held.refused((1, "9"), "8", 0.0)
    held.hold(draft("3"), "x", HOLD_TIME - 1)
    assert len(held) == 2
    held.refused((1, "10"), "", max(HOLD_TIME, REFUSAL_TIME))
    assert len(held) == 0 and held.predecessor(1, "9") == "9"


@pytest.mark.parametrize(
    ("name", "value"),
    [("HELD_BY_ACCOUNT", 2), ("HELD", 2), ("BYTES_BY_ACCOUNT", 500), ("BYTES", 500)],
)
def test_there_is_room_for_so_much(monkeypatch, name, value):
    monkeypatch.setattr(early, name, value)
    held = EarlyMessages()
    assert held.hold(draft("1"), "0", 0.0) and held.hold(draft("2"), "1", 0.0)
    assert not held.hold(draft("3"), "2", 0.0)
    assert held.hold(draft("4", BOB), "0", 0.0) is name.endswith("_BY_ACCOUNT")
    held.drop((1, "2"))
    assert held.hold(draft("3"), "2", 0.0)


def test_refusals_are_bounded(monkeypatch):
    monkeypatch.setattr(early, "REFUSALS", 3)
    held = EarlyMessages()
    for number in range(5):
        held.refused((1, str(number)), "before", 0.0)
    assert [held.predecessor(1, str(number)) for number in range(5)] == ["0", "1", *["before"] * 3]
