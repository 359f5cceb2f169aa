"""What a server may give, brought into range before anything looks at it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from app.chat import bounds, protocol
from app.chat.proto import chat_pb2 as pb

LONG = "a" + "\u0301\u0316" * 40_000  # NFKC takes seconds for it


def good_message() -> pb.MessageInfo:
    return pb.MessageInfo(
        conversation_id="c" * 64,
        seq=2**61,
        sender="~" + "s" * 63,
        client_id="i" * 64,
        text="🚀" * protocol.MAX_TEXT,
        time_ms=1_800_000_000_000,
    )


def test_what_our_server_gives_is_left_as_it_is():
    names = [f"{number:064}" for number in range(protocol.MAX_MEMBERS + 1)]
    conversation = pb.ConversationInfo(
        id="c", title="t" * protocol.MAX_TITLE, members=names, last=good_message()
    )
    given = [
        good_message(),
        conversation,
        pb.ConversationInfo(id="c"),
        pb.Synced(conversations=[conversation], revision=5, more=True),
        pb.Pulled(messages=[good_message()] * 3),
        pb.Found(names=names[: protocol.MAX_PAGE]),
        pb.Sent(seq=1, time_ms=2),
        pb.LoggedIn(name="n" * 64, token="t" * 43, server_id="s" * 16, identified=True),
        pb.LogOut(),
    ]
    for each in given:
        kept = type(each).FromString(each.SerializeToString())
        bounds.bound(each)
        assert each == kept
        assert each.SerializeToString() == kept.SerializeToString()


def test_texts_are_cut_and_ids_that_are_too_long_are_none():
    message = pb.MessageInfo(
        conversation_id=LONG, seq=1, sender=LONG, client_id=LONG, text=LONG, time_ms=-5
    )
    conversation = pb.ConversationInfo(id=LONG, title=LONG, members=[LONG] * 999, last=message)
    pulled, synced = pb.Pulled(messages=[message]), pb.Synced(conversations=[conversation])
    for each in (message, conversation, pulled, synced):
        bounds.bound(each)
    (found,) = synced.conversations
    for each in (message, conversation.last, pulled.messages[0], found.last):
        assert (each.conversation_id, each.client_id, each.time_ms) == ("", "", 0)
        assert len(each.sender) == protocol.MAX_NAME
        assert len(each.text) == protocol.MAX_TEXT
    for each in (conversation, found):
        assert (each.id, len(each.title)) == ("", protocol.MAX_TITLE)
        assert [len(name) for name in each.members] == [protocol.MAX_NAME] * 201


def test_names_and_log_ins_are_cut():
    found = pb.Found(names=[LONG] * 999)
    logged_in = pb.LoggedIn(name=LONG, token=LONG, server_id=LONG)
    for each in (found, logged_in):
        bounds.bound(each)
    assert [len(name) for name in found.names] == [protocol.MAX_NAME] * protocol.MAX_PAGE
    assert (len(logged_in.name), logged_in.token, logged_in.server_id) == (64, "", "")


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("hours", [-12, 0, 14])
def test_every_time_is_one_that_can_be_shown(hours):
    zone = timezone(timedelta(hours=hours))
    for given in (-(2**63), -1, 0, 1_800_000_000_000, 2**63 - 1):
        sent, message = pb.Sent(time_ms=given), pb.MessageInfo(time_ms=given)
        for each in (sent, message):
            bounds.bound(each)
            # As netcore and the window count: Windows's own calls know 1970 to 3000 alone.
            shown = EPOCH + timedelta(milliseconds=each.time_ms)
            assert 1970 - 1 <= shown.astimezone(zone).year <= 9999
            if 0 <= given <= bounds.MAX_TIME_MS:
                assert each.time_ms == given


def test_nobody_is_asked_to_wait_for_longer_than_an_hour():
    assert [bounds.retry_after(each) for each in (0, 7, 2**32 - 1)] == [0.0, 7.0, 3600.0]


def test_what_comes_with_a_number_and_with_an_identity_is_in_range_too():
    sent = pb.Sent(seq=1, time_ms=2**62, epoch=b"e" * 999)
    sent.released.add(client_id="i" * 999, seq=1, time_ms=-1)
    sent.released.add(client_id="i", seq=2, time_ms=2**62)
    bounds.bound(sent)
    assert [each.client_id for each in sent.released] == ["", "i"]
    assert [each.time_ms for each in sent.released] == [0, bounds.MAX_TIME_MS]
    assert (sent.time_ms, len(sent.epoch)) == (bounds.MAX_TIME_MS, bounds.MAX_EPOCH)
    known = pb.Identified(name="n" * 999, server_id="s" * 999, epoch=b"e" * 999)
    bounds.bound(known)
    assert (len(known.name), known.server_id) == (protocol.MAX_NAME, "")
    assert len(known.epoch) == bounds.MAX_EPOCH
