"""WebSocket as a carrier (RFC 6455): one binary message per write, a stream of bytes above it.

For networks that let only HTTPS out: the long link's frames go over the short link's port. The
machine holds no socket and no clock; wsproto keeps the protocol, this keeps what we ask of it:

=====================================  =========================================================
what comes                             what it does
=====================================  =========================================================
the server's 101 with our subprotocol  ``opened``; bytes may be sent from now on
any other answer                       ``closed``: the status, in words
a binary message or a piece of one     its bytes, whatever the borders of messages
a text message                         ``closed``, after close code 1003 (unsupported data)
a ping                                 a pong in ``reply``
a close, or the end of the stream      ``closed``; a close is answered in ``reply``
anything that breaks RFC 6455          ``closed``, after the close code that wsproto names
=====================================  =========================================================
"""

from __future__ import annotations

from dataclasses import dataclass, field

from wsproto import ConnectionType, WSConnection
from wsproto.connection import ConnectionState
from wsproto.events import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Event,
    Ping,
    RejectConnection,
    RejectData,
    Request,
    TextMessage,
)
from wsproto.frame_protocol import CloseReason
from wsproto.utilities import LocalProtocolError, RemoteProtocolError

PATH = "/longlink"  # on the short link's port
SUBPROTOCOL = "mars.longlink"
MAX_HANDSHAKE = 16 * 1024  # bytes of the peer's handshake, as h11 limits a head
_SENDABLE = (ConnectionState.OPEN, ConnectionState.REMOTE_CLOSING)


@dataclass(slots=True)
class Received:
    """What some bytes from the peer came to."""

    payload: list[bytes] = field(default_factory=list)  # for the link above, in order
    reply: bytes = b""  # to be written to the peer
    opened: bool = False  # the handshake is through
    closed: str | None = None  # why no more will come; "" for a close in good order
    refused: bool = False  # an HTTP answer that is no WebSocket's


class WebSocketMachine:
    """One end of a WebSocket; :meth:`client` or :meth:`server` makes it."""

    __slots__ = ("_done", "_handshake_bytes", "_opened", "_opening", "_socket")

    def __init__(self, socket: WSConnection, opening: bytes, *, opened: bool) -> None:
        self._socket = socket
        self._opening = opening
        self._opened = opened
        self._done = False
        self._handshake_bytes = 0

    @classmethod
    def client(cls, host: str, *, path: str = PATH) -> WebSocketMachine:
        """The end that asks; ``host`` is the Host header (with the port where it is unusual)."""
        socket = WSConnection(ConnectionType.CLIENT)
        asked = socket.send(Request(host=host, target=path, subprotocols=[SUBPROTOCOL]))
        return cls(socket, asked, opened=False)

    @classmethod
    def server(cls, headers: list[tuple[bytes, bytes]], path: str) -> WebSocketMachine:
        """The end that was asked: the request's head was read by an HTTP parser already.

        Raises ValueError, in words for the answer, when the request is no handshake that can be
        accepted.
        """
        socket = WSConnection(ConnectionType.SERVER)
        try:
            socket.initiate_upgrade_connection(headers, path)
            request = next(iter(socket.events()))
        except (RemoteProtocolError, StopIteration, UnicodeDecodeError) as error:
            raise ValueError(f"not a WebSocket handshake: {error}") from error
        if not isinstance(request, Request) or SUBPROTOCOL not in request.subprotocols:
            raise ValueError(f"the WebSocket here speaks {SUBPROTOCOL} only")
        return cls(socket, socket.send(AcceptConnection(subprotocol=SUBPROTOCOL)), opened=True)

    @property
    def opened(self) -> bool:
        """Whether the handshake is through."""
        return self._opened

    def start(self) -> bytes:
        """The bytes of this end's half of the handshake, once."""
        opening, self._opening = self._opening, b""
        return opening

    def send(self, payload: bytes) -> bytes:
        """``payload`` as one message; b"" when the connection is closing already."""
        if self._done or self._socket.state not in _SENDABLE:
            return b""
        return self._socket.send(BytesMessage(data=payload))

    def close(self, code: CloseReason = CloseReason.NORMAL_CLOSURE) -> bytes:
        """This end's close frame; b"" when the connection is not open."""
        if self._done or self._socket.state is not ConnectionState.OPEN:
            return b""
        self._done = True
        return self._socket.send(CloseConnection(code=int(code)))

    def receive(self, data: bytes) -> Received:
        """Take bytes from the peer; b"" means that its stream ended. Raises nothing."""
        got = Received()
        if self._done:
            return got
        if not data:
            return self._end(got, "" if self._opened else "it closed the connection")
        if not self._opened:
            self._handshake_bytes += len(data)
            if self._handshake_bytes > MAX_HANDSHAKE:
                return self._end(got, "its handshake is too long")
        try:
            self._socket.receive_data(data)
            for event in self._socket.events():
                self._take(event, got)
                if got.closed is not None:
                    break
        except RemoteProtocolError as error:
            if error.event_hint is not None and self._opened:
                got.reply += self._try(error.event_hint)
            return self._end(got, f"it does not speak WebSocket ({error})")
        return got

    def _take(self, event: Event, got: Received) -> None:
        if isinstance(event, BytesMessage):
            if event.data:
                got.payload.append(bytes(event.data))
        elif isinstance(event, AcceptConnection):
            if event.subprotocol != SUBPROTOCOL:
                self._end(got, "its WebSocket is for something else")
                return
            self._opened = got.opened = True
        elif isinstance(event, Ping):
            got.reply += self._try(event.response())
        elif isinstance(event, CloseConnection):
            got.reply += self._try(event.response())
            reason = f"it closed the WebSocket ({event.code} {event.reason or ''}".rstrip() + ")"
            self._end(got, "" if event.code == CloseReason.NORMAL_CLOSURE else reason)
        elif isinstance(event, RejectConnection):
            got.refused = True
            self._end(got, f"it accepts no WebSocket here (HTTP {event.status_code})")
        elif isinstance(event, TextMessage):
            got.reply += self._try(CloseConnection(code=int(CloseReason.UNSUPPORTED_DATA)))
            self._end(got, "it sent text where only bytes are spoken")
        elif isinstance(event, RejectData):
            return

    def _try(self, event: Event) -> bytes:
        try:
            return self._socket.send(event)
        except LocalProtocolError:  # the connection is past answering
            return b""

    def _end(self, got: Received, why: str) -> Received:
        self._done = True
        got.closed = why
        return got
