"""What the store makes of messages; the rest is tested through the chat."""

from __future__ import annotations

import pytest

from app.chat.proto import chat_pb2 as pb
from app.server.errors import RefusedError


def test_a_client_id_of_another_conversation_is_refused(world):
    _, sender = world.accounts.log_in(world.accounts.add("Ada", "hash"), "d")
    world.messages.add("0", "hi", sender=sender, client_id="1")
    with pytest.raises(RefusedError) as refused:
        world.messages.add("1", "hi", sender=sender, client_id="1")
    assert refused.value.code == pb.BAD_REQUEST


def test_a_new_account_has_read_what_was_said_before_it_came(world):
    world.messages.add_guest("0", "before", sender="~Anna")
    ada = world.accounts.add("Ada", "hash")
    seen = world.conversations.get("0", ada.id)
    assert (seen.last_seq, seen.read_seq) == (1, 1)
