"""The order of messages that come in any other, and a store that has gone back in time."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.chat.proto import chat_pb2 as pb
from app.chat.protocol import MAX_CONTENT, Command
from app.server.settings import Limits
from netcore.longlink.codec import Decoder, Frame
from tests.app.server.world import World

MANY = Limits(writes=0)


def two(world):
    """Ada's two links, Bob, and the conversation between them."""
    ada, token = world.sign_up("Ada")
    bob, _ = world.sign_up("Bob")
    phone = world.peer()
    world.ask(phone, Command.IDENTIFY, pb.Identify(token=token))
    answer, _ = world.ask(ada, Command.CREATE, pb.Create(members=["Bob"]))
    return ada, phone, bob, pb.ConversationInfo.FromString(answer.result).id


def send(world, peer, chat, client_id, after="", text="", **more):
    """(the code's name, the result, the texts that others were pushed)."""
    text = text or f"text {client_id}"
    request = pb.Send(conversation_id=chat, client_id=client_id, text=text, after=after, **more)
    answer, pushes = world.ask(peer, Command.SEND, request)
    texts = []
    for push in pushes:
        (frame,) = Decoder().feed(push.frame)
        texts.append(pb.MessageInfo.FromString(frame.body).text)
    return pb.Code.Name(answer.code), pb.Sent.FromString(answer.result), texts


def history(world, peer, chat):
    answer, _ = world.ask(peer, Command.PULL, pb.Pull(conversation_id=chat))
    return [each.text for each in pb.Pulled.FromString(answer.result).messages]


def test_what_comes_too_early_is_numbered_after_its_predecessor(world):
    ada, phone, bob, chat = two(world)
    assert send(world, ada, chat, "3", after="2")[0] == "TOO_EARLY"
    assert send(world, phone, chat, "2", after="1")[0] == "TOO_EARLY"
    assert history(world, bob, chat) == []
    code, sent, pushed = send(world, phone, chat, "1")
    assert (code, sent.seq, pushed) == ("OK", 1, ["text 1", "text 2", "text 3"])
    assert [(each.client_id, each.seq) for each in sent.released] == [("2", 2), ("3", 3)]
    assert history(world, bob, chat) == ["text 1", "text 2", "text 3"]
    code, sent, pushed = send(world, ada, chat, "3", after="2")
    assert (code, sent.seq, sent.duplicate, pushed) == ("OK", 3, True, [])


def test_a_refusal_in_the_middle_holds_up_nobody(world):
    ada, _, bob, chat = two(world)
    assert send(world, ada, chat, "4", after="3")[0] == "TOO_EARLY"
    assert send(world, ada, chat, "3", after="2")[0] == "TOO_EARLY"
    assert send(world, ada, chat, "2", after="1", text=" ")[0] == "EMPTY"
    assert history(world, bob, chat) == []  # the first is not here yet
    assert send(world, ada, chat, "1")[2] == ["text 1", "text 3", "text 4"]
    # Where everything before the refused one is here, its successors go on at once.
    assert send(world, ada, chat, "6", after="5")[0] == "TOO_EARLY"
    code, _, pushed = send(world, ada, chat, "5", after="4", text=" ")
    assert (code, pushed) == ("EMPTY", ["text 6"])
    assert send(world, ada, chat, "7", after="5")[0] == "OK"


def test_who_may_not_write_any_more_has_nothing_released(world):
    ada, _, bob, chat = two(world)
    assert send(world, ada, chat, "2", after="1")[0] == "TOO_EARLY"
    world.database.execute("DELETE FROM members WHERE account_id = 1 AND conversation_id != '0'")
    assert send(world, ada, "0", "1")[0] == "OK"
    assert send(world, ada, chat, "2", after="1")[0] == "NOT_A_MEMBER"
    assert history(world, bob, chat) == []


def test_a_message_after_itself_is_refused(world):
    ada, _, _, chat = two(world)
    assert send(world, ada, chat, "1", after="1")[0] == "BAD_REQUEST"


def test_a_client_id_of_another_conversation_is_refused(world):
    ada, _, _, chat = two(world)
    assert send(world, ada, chat, "1")[0] == "OK"
    assert send(world, ada, "0", "1")[0] == "BAD_REQUEST"


def test_a_client_that_names_no_predecessor_is_numbered_as_it_comes(world):
    ada, _, bob, chat = two(world)
    for client_id in "321":
        assert send(world, ada, chat, client_id)[0] == "OK"
    assert history(world, bob, chat) == ["text 3", "text 2", "text 1"]


def test_what_is_sent_again_is_not_counted_twice(tmp_path):
    world = World(tmp_path, Limits(writes=4))
    ada, _, _, chat = two(world)  # one for the conversation
    for _ in range(5):
        assert send(world, ada, chat, "2", after="1")[0] == "TOO_EARLY"
    for _ in range(5):
        assert send(world, ada, chat, "1")[0] == "OK"
    assert send(world, ada, chat, "3", after="2")[0] == "OK"
    assert send(world, ada, chat, "4", after="3")[0] == "TOO_MANY_MESSAGES"
    assert send(world, ada, chat, "5", after="4")[0] == "TOO_MANY_MESSAGES"
    world.now += 10
    assert send(world, ada, chat, "5", after="4")[0] == "TOO_EARLY"
    assert send(world, ada, chat, "4", after="3")[0] == "OK"
    world.database.close()


def test_content_is_delivered_as_it_came_and_needs_no_text(world):
    ada, _, bob, chat = two(world)
    content = pb.Content(type="sticker", version=7, body=b"\0\xff").SerializeToString()
    request = pb.Send(conversation_id=chat, client_id="1", content=content)
    answer, pushes = world.ask(ada, Command.SEND, request)
    assert answer.code == pb.OK
    (frame,) = Decoder().feed(pushes[-1].frame)
    assert pb.MessageInfo.FromString(frame.body).content == content
    answer, _ = world.ask(bob, Command.PULL, pb.Pull(conversation_id=chat))
    assert pb.Pulled.FromString(answer.result).messages[0].content == content
    request = pb.Send(conversation_id=chat, client_id="2", content=b"x" * (MAX_CONTENT + 1))
    assert world.ask(ada, Command.SEND, request)[0].code == pb.TOO_LONG


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 30), st.integers(0, 2**32))
def test_any_order_any_copies_any_crash_make_one_history_in_order(count, seed):
    """A window of messages, each request at any time, any number of times, over either link."""
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder), MANY)
        links = two(world)
        chat = links[3]
        acknowledged: set[int] = set()
        bad = {n for n in range(count) if chance.random() < 0.15}
        numbered = 0
        for _ in range(10_000):
            missing = [n for n in range(count) if n not in acknowledged]
            if not missing:
                break
            number = chance.choice(missing[:20])
            before = missing[missing.index(number) - 1] if number != missing[0] else None
            code, sent, pushed = send(
                world,
                links[chance.randrange(2)],
                chat,
                f"m{number}",
                after="" if before is None else f"m{before}",
                text=" " if number in bad else f"{number}",
            )
            numbered += len(pushed)
            if code != "TOO_EARLY" and chance.random() < 0.7:  # else the answer is lost
                assert code == ("EMPTY" if number in bad else "OK")
                acknowledged.add(number)
                acknowledged |= {int(each.client_id[1:]) for each in sent.released}
            if chance.random() < 0.05:
                world.database.close()
                world = World(Path(folder), MANY)
                links = [world.peer() for _ in range(3)]
                for link, name in zip(links, ("Ada", "Ada", "Bob"), strict=True):
                    assert world.log_in(link, name=name).code == pb.OK
        good = [f"{n}" for n in range(count) if n not in bad]
        assert history(world, links[2], chat) == good
        world.database.close()


def test_a_batch_that_does_not_reach_the_disk_acknowledges_nothing(world):
    ada, _, bob, chat = two(world)
    requests = [
        Frame(
            Command.SEND,
            number,
            pb.Send(conversation_id=chat, client_id=f"{number}", text="x").SerializeToString(),
        )
        for number in range(3)
    ]

    def undone():
        yield from [Frame(6, 9, b"noop"), *requests]
        world.database.execute("ROLLBACK")

    outcomes = world.service.frames(ada, undone())
    assert outcomes[0][1].body == b"noop"
    for _, outcome in outcomes[1:]:
        assert pb.Answer.FromString(outcome.body).code == pb.SERVER_ERROR and not outcome.pushes
    assert history(world, bob, chat) == []
    for _, outcome in world.service.frames(ada, iter(requests)):
        assert pb.Answer.FromString(outcome.body).code == pb.OK
    assert history(world, bob, chat) == ["x"] * 3


# --- a store that goes back in time


def sync(world, peer, since=0, epoch=b"", seen=0):
    answer, _ = world.ask(peer, Command.SYNC, pb.Sync(since=since, epoch=epoch, seen=seen))
    return pb.Synced.FromString(answer.result)


def test_a_plain_restart_is_no_divergence(tmp_path):
    world = World(tmp_path)
    ada, _, _, chat = two(world)
    first = sync(world, ada)
    sent = send(world, ada, chat, "1")[1]
    assert not sent.epoch or sent.epoch == first.epoch
    for _ in range(3):
        world.database.close()
        world = World(tmp_path)
        ada = world.peer()
        world.log_in(ada)
        again = sync(world, ada, first.revision, first.epoch, sent.revision)
        assert not again.diverged and again.epoch != first.epoch
        assert [each.id for each in again.conversations] == [chat]
        code, new, _ = send(world, ada, chat, "2", epoch=first.epoch, seen=sent.revision)
        assert (code, new.epoch) == ("OK", again.epoch)
    world.database.close()


@pytest.mark.parametrize("ahead", [0, 5])
def test_what_was_seen_and_is_lost_is_told_even_when_the_store_has_moved_on(tmp_path, ahead):
    """A copy of the file is put back: a client's revision is beyond it, or another's by now."""
    world = World(tmp_path / "a")
    ada, _, _, chat = two(world)
    send(world, ada, chat, "1")
    kept = sync(world, ada)
    world.database.close()
    copy = (tmp_path / "a" / "server.sqlite3").read_bytes()
    world = World(tmp_path / "a")
    ada = world.peer()
    world.log_in(ada)
    send(world, ada, chat, "2")
    lost = sync(world, ada)
    world.database.close()
    (tmp_path / "a" / "server.sqlite3").write_bytes(copy)
    world = World(tmp_path / "a")
    ada = world.peer()
    world.log_in(ada)
    for number in range(ahead):
        send(world, ada, chat, f"other {number}")
    assert not sync(world, ada, kept.revision, kept.epoch).diverged
    again = sync(world, ada, lost.revision, lost.epoch)
    assert again.diverged and chat in [each.id for each in again.conversations]
    code, _, _ = send(world, ada, chat, "3", epoch=lost.epoch, seen=lost.revision)
    assert code == "STORE_CHANGED"
    world.database.close()


def test_within_one_epoch_a_revision_that_was_never_given_is_told(world):
    ada, _, _, _ = two(world)
    found = sync(world, ada)
    assert not sync(world, ada, found.revision, found.epoch).diverged
    assert sync(world, ada, found.revision, found.epoch, found.revision + 1).diverged
    assert sync(world, ada, 2**63).diverged
    assert sync(world, ada, 1, b"never given").diverged


def test_a_lost_conversation_is_made_again_under_its_id_by_its_members_alone(world):
    ada, _, bob, chat = two(world)
    cleo, _ = world.sign_up("Cleo")
    lost = "0123456789abcdef01234567"

    def create(peer, *members, **more):
        answer, _ = world.ask(peer, Command.CREATE, pb.Create(members=members, **more))
        return pb.Code.Name(answer.code), pb.ConversationInfo.FromString(answer.result).id

    for each in (ada, bob, ada):
        assert create(each, "Ada", "Bob", title="Rocket", id=lost) == ("OK", lost)
    assert create(cleo, "Ada", "Bob", title="Rocket", id=lost)[0] == "NOT_A_MEMBER"
    # Two people have one conversation: it stays the one there is.
    assert create(ada, "Bob", id="f" * 24) == ("OK", chat)
    for bad in ("0", "x" * 24, "a" * 25, "A" * 24):
        assert create(ada, "Bob", title="t", id=bad)[0] == "BAD_REQUEST"
