"""What the store makes of messages; the rest is tested through the chat."""

from __future__ import annotations


def test_a_new_account_has_read_what_was_said_before_it_came(world):
    world.messages.add_guest("0", "before", sender="~Anna")
    ada = world.accounts.add("Ada", "hash")
    seen = world.conversations.get("0", ada.id)
    assert (seen.last_seq, seen.read_seq) == (1, 1)
