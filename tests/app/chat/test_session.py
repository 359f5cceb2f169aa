"""The session against a real demo server in this process."""

from __future__ import annotations

from app.chat.model import ConversationKind, MessageState

TEXT = "hello 你好 🚀"


async def test_what_one_writes_the_other_has(crowd) -> None:
    ada, bob = await crowd.person("Ada"), await crowd.person("Bob")
    made = await ada.session.create_conversation(["Bob"])
    assert (made.title, made.kind, made.unread) == ("Bob", ConversationKind.DIRECT, 0)
    written = ada.session.send(made.id, TEXT)
    assert written.state is MessageState.WAITING and written.seq is None
    await bob.sees(made.id, TEXT)
    (got,) = bob.session.messages(made.id)
    assert (got.sender, got.state, got.seq) == ("Ada", MessageState.RECEIVED, 1)
    assert {each.id: each.unread for each in bob.session.conversations()}[made.id] == 1
    await ada.until(lambda: ada.session.messages(made.id)[0].state is MessageState.SENT)
    (sent,) = ada.session.messages(made.id)
    assert (sent.client_id, sent.seq) == (written.client_id, 1)
