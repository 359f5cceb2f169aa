"""What a message answers: there and back, and whatever a peer makes of it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.chat.model import Message, MessageState
from app.chat.proto import chat_pb2 as pb
from app.chat.replies import MAX_EXCERPT, Quote, answered, quote_of, reply_content
from tests.app.chat.test_session import PASSWORD, pair

MESSAGE = Message("m", "c", 7, "王小明", "two\nlines  and\u202e more", 1.0, MessageState.RECEIVED)


def content(type: str = "reply", version: int = 1, **body) -> bytes:
    made = pb.Content(type=type, version=version, body=pb.Reply(**body).SerializeToString())
    return made.SerializeToString()


def test_a_quote_comes_back_as_it_was_made() -> None:
    quote = quote_of(MESSAGE)
    assert quote == Quote(7, "王小明", "two lines and more")
    assert answered(reply_content(quote)) == quote


def test_what_has_no_number_yet_cannot_be_answered() -> None:
    assert quote_of(replace(MESSAGE, seq=None)) is None


@pytest.mark.parametrize(
    "wrong",
    [
        b"", b"\xff\xff", content("poll", seq=1, sender="Bob"),
        content(version=2, seq=1, sender="Bob"),
        content(seq=0, sender="Bob"), content(seq=2**63, sender="Bob"), content(seq=1, sender=" "),
        pb.Content(type="reply", version=1, body=b"\xff").SerializeToString(),
    ],
)  # fmt: skip
def test_what_is_no_reply_that_we_know_is_none(wrong) -> None:
    assert answered(wrong) is None


def test_what_a_peer_quotes_is_cut_to_what_is_shown() -> None:
    quote = answered(content(seq=1, sender="N" * 9000, excerpt="x\n" * 30_000))
    assert len(quote.sender) <= 65
    assert len(quote.excerpt) == MAX_EXCERPT
    assert "\n" not in quote.excerpt


@given(st.binary(max_size=200))
def test_no_content_raises(content) -> None:
    answered(content)


async def test_an_answer_reaches_everybody_and_outlives_a_new_start(crowd) -> None:
    ada, bob, chat = await pair(crowd)
    ada.session.send(chat, "Did it arrive?")
    await bob.sees(chat, "Did it arrive?")
    asked = bob.session.messages(chat)[0]
    sent = bob.session.send(chat, "Once, and in order", quote_of(asked))
    assert answered(sent.content) == Quote(1, "Ada", "Did it arrive?")
    await ada.sees(chat, "Did it arrive?", "Once, and in order")
    assert answered(ada.session.messages(chat)[1].content) == Quote(1, "Ada", "Did it arrive?")
    phone = await crowd.device()
    await phone.session.log_in("Bob", PASSWORD)
    await phone.sees(chat, "Did it arrive?", "Once, and in order")
    assert answered(phone.session.messages(chat)[1].content) == Quote(1, "Ada", "Did it arrive?")
