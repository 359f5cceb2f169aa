"""The WebSocket machine: what comes of bytes, good ones and bad ones."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wsproto.connection import Connection, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, Ping, TextMessage
from wsproto.frame_protocol import FrameProtocol

from netcore.carriers.websocket import MAX_HANDSHAKE, SUBPROTOCOL, WebSocketMachine

ACCEPT = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: %b\r\nSec-WebSocket-Protocol: %b\r\n\r\n"
)


def headers_of(request: bytes) -> list[tuple[bytes, bytes]]:
    lines = request.split(b"\r\n\r\n")[0].split(b"\r\n")[1:]
    return [(name.strip(), value.strip()) for name, _, value in (x.partition(b":") for x in lines)]


def pair() -> tuple[WebSocketMachine, WebSocketMachine]:
    client = WebSocketMachine.client("im.example")
    server = WebSocketMachine.server(headers_of(client.start()), "/longlink")
    assert client.receive(server.start()).opened
    return client, server


def test_the_opening_request_names_host_path_and_subprotocol():
    asked = WebSocketMachine.client("im.example:8443").start()
    assert asked.startswith(b"GET /longlink HTTP/1.1\r\n")
    found = dict(headers_of(asked))
    assert found[b"Host"] == b"im.example:8443"
    assert found[b"Sec-WebSocket-Protocol"] == SUBPROTOCOL.encode()


@given(st.lists(st.binary(min_size=1, max_size=70_000), max_size=5), st.integers(1, 4000))
def test_bytes_come_out_in_order_whatever_the_borders_of_reads(messages, step):
    client, server = pair()
    for sender, receiver in ((client, server), (server, client)):
        wire = b"".join(sender.send(each) for each in messages)
        got = b"".join(
            b"".join(receiver.receive(wire[at : at + step]).payload)
            for at in range(0, len(wire), step)
        )
        assert got == b"".join(messages)


def test_bytes_that_follow_the_handshake_in_one_read_are_kept():
    client = WebSocketMachine.client("im.example")
    server = WebSocketMachine.server(headers_of(client.start()), "/longlink")
    got = client.receive(server.start() + server.send(b"early"))
    assert got.opened
    assert got.payload == [b"early"]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "HTTP 404"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", "HTTP 200"),
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", "does not speak WebSocket"),
        (ACCEPT % (b"AAAA", SUBPROTOCOL.encode()), "does not speak WebSocket"),
        (b"", "closed the connection"),
        (b"HTTP/1.1 101 x\r\nA: " + b"a" * (MAX_HANDSHAKE + 1), "too long"),
    ],
)
def test_an_answer_that_opens_nothing_says_why(answer, words):
    got = WebSocketMachine.client("im.example").receive(answer)
    assert not got.opened
    assert words in got.closed


def test_a_handshake_fed_by_single_bytes_is_bounded():
    machine = WebSocketMachine.client("im.example")
    closed = None
    fed = 0
    while closed is None and fed < 10 * MAX_HANDSHAKE:
        closed = machine.receive(b"x").closed
        fed += 1
    assert closed is not None
    assert fed <= MAX_HANDSHAKE + 1


def test_a_server_of_another_subprotocol_is_refused():
    client = WebSocketMachine.client("im.example")
    asked = headers_of(client.start())
    other = [(k, b"chat" if k == b"Sec-WebSocket-Protocol" else v) for k, v in asked]
    with pytest.raises(ValueError, match=SUBPROTOCOL):
        WebSocketMachine.server(other, "/longlink")


@pytest.mark.parametrize("drop", [b"Sec-WebSocket-Key", b"Sec-WebSocket-Version", b"Upgrade"])
def test_a_request_that_is_no_handshake_is_refused_in_words(drop):
    asked = headers_of(WebSocketMachine.client("im.example").start())
    with pytest.raises(ValueError, match="not a WebSocket handshake"):
        WebSocketMachine.server([(k, v) for k, v in asked if k != drop], "/longlink")


def test_a_ping_is_answered_with_its_own_payload():
    client, _ = pair()
    peer = Connection(ConnectionType.SERVER)
    got = client.receive(peer.send(Ping(payload=b"are you there")))
    assert got.payload == []
    pong = Connection(ConnectionType.SERVER)
    pong.receive_data(got.reply)
    assert [event.payload for event in pong.events()] == [b"are you there"]


def test_a_good_close_is_answered_and_has_no_reason():
    client, server = pair()
    got = client.receive(server.close())
    assert got.closed == ""
    assert got.reply
    assert client.send(b"late") == b""
    assert client.close() == b""


def test_a_bad_close_says_its_code_and_reason():
    client, _ = pair()
    peer = Connection(ConnectionType.SERVER)
    got = client.receive(peer.send(CloseConnection(code=1013, reason="try again later")))
    assert "1013" in got.closed
    assert "try again later" in got.closed


def test_text_ends_the_connection():
    client, _ = pair()
    got = client.receive(Connection(ConnectionType.SERVER).send(TextMessage(data="hello")))
    assert "text" in got.closed
    assert got.payload == []


def test_frames_that_a_client_must_mask_and_did_not_end_the_connection():
    _, server = pair()
    unmasked = FrameProtocol(client=False, extensions=[]).send_data(b"naked", fin=True)
    got = server.receive(bytes(unmasked))
    assert got.closed
    assert got.payload == []


def test_the_end_of_the_stream_without_a_close_is_no_error_of_the_machine():
    client, _ = pair()
    assert client.receive(b"").closed == ""
    assert client.receive(b"more").closed is None


@given(st.binary(max_size=300))
def test_no_bytes_make_it_raise(noise):
    client, server = pair()
    client.receive(noise)
    server.receive(noise)
    WebSocketMachine.client("im.example").receive(noise)


def test_message_borders_do_not_matter_but_content_does():
    client, _ = pair()
    peer = Connection(ConnectionType.SERVER)
    wire = peer.send(BytesMessage(data=b"one ", message_finished=False))
    wire += peer.send(BytesMessage(data=b"two"))
    assert b"".join(client.receive(wire).payload) == b"one two"
