"""Peers that answer nonsense: a clear error or a closed link, and the session goes on."""

from __future__ import annotations

import logging
import struct
import unicodedata
from datetime import UTC, datetime, timedelta

import pytest

from app.chat.errors import ChatError
from app.chat.model import ConnectionState, MessageState
from app.chat.proto import chat_pb2 as pb
from app.chat.protocol import Command, PushCommand
from netcore.events import NetworkKind
from netcore.longlink.codec import Frame
from tests.netcore.peers import EchoPeer, GarbagePeer, SilentPeer
from tests.support.people import PASSWORD, Crowd, DemoServer, Person


@pytest.fixture
async def device(tmp_path):
    """A device that is opened on the ports of the test's own peer."""
    server = DemoServer(tmp_path / "server")  # never started: its settings alone are of use
    person = Person(tmp_path / "device", server.settings)
    yield person
    await person.close()


def answer(result: bytes = b"", code: int = 0) -> bytes:
    return pb.Answer(code=code, result=result).SerializeToString()


class Phobos(EchoPeer):
    """A server that lets everybody in; ``replies`` are the bodies of its other answers."""

    def __init__(self) -> None:
        super().__init__(answer=self._reply)
        self.replies = {
            Command.LOG_IN: answer(
                pb.LoggedIn(
                    name="Ada", token="t", server_id="s", identified=True
                ).SerializeToString()
            ),
            Command.IDENTIFY: answer(),
            Command.SYNC: answer(
                pb.Synced(
                    conversations=[pb.ConversationInfo(id="c", members=["Ada", "Bob"])], revision=1
                ).SerializeToString()
            ),
        }

    def _reply(self, connection, frame: Frame) -> Frame:
        return Frame(frame.cmdid, frame.seq, self.replies.get(frame.cmdid, answer()))


@pytest.fixture
async def peer():
    async with Phobos() as made:
        yield made


async def entered(device: Person, peer: Phobos) -> Person:
    await device.open(ports=(peer.port, 0))
    await device.session.log_in("Ada", PASSWORD)
    await device.online()
    return device


HEAD = struct.Struct(">5I")  # length of the head, version, command, sequence number, body's length


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"HTTP/1.1 400 Bad Request\r\nServer: nginx\r\n\r\n", "DECODE_ERROR"),
        (bytes(range(256)) * 4, "DECODE_ERROR"),
        (HEAD.pack(20, 200, 3, 1, 2**31), "DECODE_ERROR"),  # far too large
        (HEAD.pack(20, 200, 3, 1, 100) + b"half a frame", "UNKNOWN_READ"),  # and then silence
    ],
)
async def test_bytes_that_are_no_frame_close_the_link_with_the_reason_in_the_log(
    device, data, reason, caplog
) -> None:
    caplog.set_level(logging.INFO, "netcore")
    async with GarbagePeer(data) as peer:
        await device.open(ports=(peer.port, 0))
        await device.until(
            lambda: device.states[-2:] == [ConnectionState.ONLINE, ConnectionState.CONNECTING]
        )
    assert reason in caplog.text


async def test_a_server_that_answers_nothing_is_given_up(device, monkeypatch) -> None:
    monkeypatch.setattr("app.chat.server_client.CALL_TIMEOUT", 0.5)
    async with SilentPeer() as peer:
        await device.open(ports=(peer.port, 0))
        with pytest.raises(ChatError) as refused:
            await device.session.log_in("Ada", PASSWORD)
    assert refused.value.code == "timeout"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"\xff\xff\xff", "server_error"),  # no protobuf
        (answer(b"\xff\xff"), "server_error"),  # a result that is none
        (answer(), "server_error"),  # no token in it
        (answer(code=999), "server_error"),  # a code of a later server
        (answer(code=pb.TOO_MANY_ATTEMPTS), "too_many_attempts"),
    ],
)
async def test_an_answer_that_makes_no_sense_is_an_error_of_the_server(
    device, peer, body, code
) -> None:
    peer.replies[Command.LOG_IN] = body
    await device.open(ports=(peer.port, 0))
    with pytest.raises(ChatError) as refused:
        await device.session.log_in("Ada", PASSWORD)
    assert refused.value.code == code
    assert device.session.account is None


@pytest.mark.parametrize(
    ("push", "body"),
    [
        (PushCommand.MESSAGE, b"\xff\xff"),
        (PushCommand.MESSAGE, b""),
        (PushCommand.MESSAGE, pb.MessageInfo(conversation_id="c", seq=2**63).SerializeToString()),
        (PushCommand.MESSAGE, pb.MessageInfo(conversation_id="c").SerializeToString()),
        (PushCommand.CONVERSATION, b"\xff\xff"),
        (PushCommand.CONVERSATION, b""),
        (
            PushCommand.CONVERSATION,
            pb.ConversationInfo(id="c", last_seq=2**64 - 1).SerializeToString(),
        ),
        (
            PushCommand.CONVERSATION,
            pb.ConversationInfo(id="c", read_seq=2**64 - 1).SerializeToString(),
        ),
        (0x2FFF, b"of a later server"),
        (10001, b"the sample's"),
    ],
)
async def test_a_push_that_makes_no_sense_changes_nothing(device, peer, push, body) -> None:
    await entered(device, peer)
    peer.push(push, body)
    peer.push(
        PushCommand.MESSAGE,
        pb.MessageInfo(conversation_id="c", seq=1, sender="Bob", text="good").SerializeToString(),
    )
    await device.sees("c", "good")
    assert device.state is ConnectionState.ONLINE


@pytest.mark.parametrize(
    "pulled",
    [
        pb.Pulled(messages=[pb.MessageInfo(seq=9), pb.MessageInfo(seq=8)]),
        pb.Pulled(messages=[pb.MessageInfo(seq=2**64 - 1)]),
        pb.Pulled(messages=[pb.MessageInfo(seq=0)]),
    ],
)
async def test_a_page_that_is_not_what_was_asked_for_is_asked_again_later(
    device, peer, pulled
) -> None:
    await entered(device, peer)
    peer.replies[Command.PULL] = answer(pulled.SerializeToString())
    peer.push(PushCommand.CONVERSATION, pb.ConversationInfo(id="c", last_seq=2).SerializeToString())
    await peer.until(lambda: any(frame.cmdid == Command.PULL for frame in peer.frames))
    assert device.texts("c") == []
    good = [pb.MessageInfo(seq=number, text=str(number), sender="Bob") for number in (1, 2)]
    peer.replies[Command.PULL] = answer(pb.Pulled(messages=good).SerializeToString())
    await device.sees("c", "1", "2")


@pytest.mark.parametrize("seq", [0, 2**63])
async def test_a_message_that_is_given_an_impossible_number_waits(device, peer, seq) -> None:
    await entered(device, peer)
    peer.replies[Command.SEND] = answer(pb.Sent(seq=seq).SerializeToString())
    device.session.send("c", "hello")
    await peer.until(lambda: any(frame.cmdid == Command.SEND for frame in peer.frames))
    peer.replies[Command.SEND] = answer(pb.Sent(seq=1, time_ms=5).SerializeToString())
    await device.until(lambda: device.session.messages("c")[0].seq == 1)


async def test_a_list_that_leads_nowhere_ends(device, peer) -> None:
    peer.replies[Command.SYNC] = answer(pb.Synced(revision=0, more=True).SerializeToString())
    await entered(device, peer)


async def test_a_server_that_knows_the_log_in_no_more_ends_it(device, peer) -> None:
    await entered(device, peer)
    await device.close()
    peer.replies[Command.IDENTIFY] = answer(code=pb.SESSION_EXPIRED)
    await device.open(ports=(peer.port, 0))
    assert await device.session.resume() is not None
    await device.until(lambda: ("logged_out", "session_expired") in device.told)


async def test_a_link_that_forgot_who_we_are_is_told_again(device, peer) -> None:
    await entered(device, peer)
    peer.replies[Command.FIND] = answer(code=pb.NOT_LOGGED_IN)
    with pytest.raises(ChatError):
        await device.session.find_people("b")
    await peer.until(lambda: any(frame.cmdid == Command.IDENTIFY for frame in peer.frames))
    await device.online()
    peer.replies[Command.FIND] = answer(pb.Found(names=["Bob"]).SerializeToString())
    assert await device.session.find_people("b") == ["Bob"]


async def test_the_short_link_carries_the_chat_when_the_long_one_is_blocked(
    crowd: Crowd, server
) -> None:
    bob = await crowd.person("Bob")
    async with GarbagePeer(b"blocked by a firewall's page") as wall:
        ada = await crowd.device(ports=(wall.port, server.settings.shortlink_port))
        await ada.session.sign_up("Ada", PASSWORD)
        await ada.until(lambda: len(ada.session.conversations()) == 3)  # the public ones
        made = await ada.session.create_conversation(["Bob"])
        ada.session.send(made.id, "by the back door")
        await bob.sees(made.id, "by the back door")
        await ada.until(lambda: ada.state is ConnectionState.SHORT_LINK)
        await server.stop()
        ada.session.send(made.id, "nobody there")
        await ada.until(lambda: ada.state is ConnectionState.CONNECTING)
        await ada.close()


async def test_a_client_without_a_long_link_chats_over_the_short_one(crowd, server) -> None:
    bob = await crowd.person("Bob")
    ada = await crowd.device(ports=(0, server.settings.shortlink_port))
    await ada.session.sign_up("Ada", PASSWORD)
    made = await ada.session.create_conversation(["Bob"])
    ada.session.send(made.id, "hello")
    await bob.sees(made.id, "hello")
    ada.remote.core.network_changed(NetworkKind.NONE)
    await ada.until(lambda: ada.state is ConnectionState.OFFLINE)
    ada.session.send(made.id, "written without a network")
    ada.remote.core.network_changed(NetworkKind.WIFI, "home")
    await bob.sees(made.id, "hello", "written without a network")
    bob.session.send(made.id, "and back")
    await bob.until(lambda: bob.session.messages(made.id)[-1].seq)
    ada.session.on_sync_wanted()
    await ada.sees(made.id, "hello", "written without a network", "and back")


async def test_news_come_by_the_short_link_while_no_long_one_can_be_had(crowd, server) -> None:
    bob = await crowd.person("Bob")
    ada = await crowd.person("Ada")
    made = await ada.session.create_conversation(["Bob"])
    await ada.close()
    bob.session.send(made.id, "while you were away")
    await bob.until(lambda: bob.session.messages(made.id)[-1].seq)
    async with GarbagePeer(b"") as gone:
        port = gone.port
    ports = (port, server.settings.shortlink_port)  # nobody listens on the first now
    await ada.open(ports=ports, websocket=False)
    assert await ada.session.resume() is not None
    await ada.sees(made.id, "while you were away")
    # Later a WebSocket on the short link's port may be the long link.
    assert ada.state is not ConnectionState.OFFLINE


LONG = "a" + "\u0301\u0316" * 40_000  # 80,000 marks: NFKC would take seconds for each use


async def test_names_and_numbers_of_any_size_hold_nobody_up(device, peer, monkeypatch) -> None:
    looked_at = []
    normalize = unicodedata.normalize

    def watched(form, text):
        looked_at.append(len(text))
        return normalize(form, text)

    monkeypatch.setattr("unicodedata.normalize", watched)
    await entered(device, peer)
    last = pb.MessageInfo(conversation_id="c", seq=1, sender=LONG, text="a", time_ms=2**63 - 1)
    pushes = [
        (PushCommand.MESSAGE, last),
        (PushCommand.CONVERSATION, pb.ConversationInfo(id="c", members=["Ada", LONG], last=last)),
        (PushCommand.CONVERSATION, pb.ConversationInfo(id="d", members=[LONG], last_seq=2**61)),
    ]
    for push, info in pushes:
        peer.push(push, info.SerializeToString())
    await device.sees("c", "a")
    await device.until(lambda: len(device.session.conversations()) == 2)
    by_id = {each.id: each for each in device.session.conversations()}
    assert [len(name) for name in by_id["c"].members] == [3, 64]
    assert by_id["d"].unread <= 99_999  # Qt counts with 32 bits
    last = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=by_id["c"].last_time)
    assert last.year == 9999
    peer.replies[Command.FIND] = answer(pb.Found(names=[LONG]).SerializeToString())
    assert [len(name) for name in await device.session.find_people("a")] == [64]
    assert max(looked_at) <= 64


async def test_a_server_cannot_make_a_message_wait_for_years(device, peer) -> None:
    await entered(device, peer)
    refusal = pb.Answer(code=pb.SERVER_FULL, retry_after=2**32 - 1, detail="x" * 9999)
    peer.replies[Command.FIND] = refusal.SerializeToString()
    with pytest.raises(ChatError) as refused:
        await device.session.find_people("b")
    assert (refused.value.code, refused.value.retry_after) == ("server_full", 3600.0)
    assert len(str(refused.value)) == 200


async def test_a_full_server_keeps_messages_waiting_and_says_so(device, peer) -> None:
    await entered(device, peer)
    refusal = pb.Answer(code=pb.SERVER_FULL, retry_after=1, detail="the server's disk is full")
    peer.replies[Command.SEND] = refusal.SerializeToString()
    sent = device.session.send("c", "kept")
    await device.until(
        lambda: ("notice", "server_full", "the server's disk is full") in device.told
    )
    assert device.session.messages("c")[-1].state is MessageState.WAITING
    peer.replies[Command.SEND] = answer(pb.Sent(seq=1, time_ms=5).SerializeToString())
    await device.until(lambda: device.session.messages("c")[-1].state is MessageState.SENT)
    assert device.session.messages("c")[-1].client_id == sent.client_id
