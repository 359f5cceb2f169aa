"""Servers of every character, on real sockets, for tests of both links.

Each is an async context manager whose ``port`` is free and on 127.0.0.1::

    async with EchoPeer() as peer:          # answers every frame with its own body
        ...  peer.port, peer.connections, peer.frames

- :class:`EchoPeer`      speaks Mars's frames well; can be told to mute, delay, push, cut
- :class:`JavaPeer`      Mars's Java sample: one frame a read, frames that came together are lost
- :class:`SilentPeer`    accepts and never says a word
- :class:`GarbagePeer`   sends given bytes to whoever connects
- :class:`SlowPeer`      answers byte by byte
- :func:`refusing_port`  a port where nothing listens
- :func:`black_hole`     a listener whose backlog is full: a connect is never answered
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from types import TracebackType
from typing import Self

from netcore.errors import FrameError
from netcore.longlink.codec import Decoder, Frame, encode

HOST = "127.0.0.1"


def refusing_port() -> int:
    """A port that was free a moment ago; connecting to it is refused."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


class Connection(asyncio.Protocol):
    """One client at a peer."""

    def __init__(self, peer: Peer) -> None:
        self.peer = peer
        self.transport: asyncio.Transport
        self.decoder = Decoder(200)
        self.received = bytearray()
        self.closed = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.peer.connections.append(self)
        self.peer.total += 1
        self.peer.on_connect(self)
        self.peer.wake()

    def data_received(self, data: bytes) -> None:
        self.peer.on_data(self, data)
        self.peer.wake()

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed = True
        self.peer.connections.remove(self)
        self.peer.wake()

    def send(self, frame: Frame) -> None:
        self.transport.write(encode(frame, self.peer.client_version))

    def reset(self) -> None:
        """Close with RST."""
        sock = self.transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        self.transport.abort()


class Peer:
    """The frame of all peers."""

    client_version = 200

    def __init__(self, *, port: int = 0, tls: ssl.SSLContext | None = None) -> None:
        self.port = port
        self.connections: list[Connection] = []
        self.total = 0  # connections ever
        self._tls = tls
        self._server: asyncio.Server | None = None
        self._changed = asyncio.Event()

    async def __aenter__(self) -> Self:
        await self.listen()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    async def listen(self) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: Connection(self), HOST, self.port, ssl=self._tls
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Stop listening and drop every client; :meth:`listen` starts again on the same port."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for each in tuple(self.connections):
            each.transport.abort()
        await self.until(lambda: not self.connections)

    def wake(self) -> None:
        self._changed.set()

    async def until(self, condition: Callable[[], bool], timeout: float = 10.0) -> None:
        """Wait until something that happens at this peer makes the condition true."""
        async with asyncio.timeout(timeout):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    def on_connect(self, connection: Connection) -> None: ...

    def on_data(self, connection: Connection, data: bytes) -> None: ...


class EchoPeer(Peer):
    """Answers each frame with the same cmdid, seq and body; :attr:`answer` changes that."""

    def __init__(
        self,
        *,
        port: int = 0,
        tls: ssl.SSLContext | None = None,
        answer: Callable[[Connection, Frame], Frame | None] | None = None,
    ) -> None:
        super().__init__(port=port, tls=tls)
        self.frames: list[Frame] = []  # all but heartbeats
        self.noops = 0
        self.mute = False  # hears, answers nothing
        self.answer = answer

    def on_data(self, connection: Connection, data: bytes) -> None:
        try:
            frames = connection.decoder.feed(data)
        except FrameError:
            connection.transport.abort()
            return
        for frame in frames:
            if frame.cmdid == 6:
                self.noops += 1
            else:
                self.frames.append(frame)
            if self.mute:
                continue
            answer: Frame | None = frame
            if self.answer is not None and frame.cmdid != 6:
                answer = self.answer(connection, frame)
            if answer is not None:
                connection.send(answer)

    def push(self, cmdid: int, body: bytes) -> None:
        for each in self.connections:
            each.send(Frame(cmdid, 0, body))


class JavaPeer(Peer):
    """As Mars's Java sample server reads: each socket read is taken for exactly one frame.

    A second frame in the same read is lost without a word; a frame cut in two is an error, which
    closes the connection; another client version or an empty body (but of a noop) is one too.
    ``fails`` are cmdids that make it fail without an answer.
    """

    def __init__(self, *, port: int = 0, fails: frozenset[int] = frozenset()) -> None:
        super().__init__(port=port)
        self.fails = fails
        self.frames: list[Frame] = []
        self.lost = 0

    def on_data(self, connection: Connection, data: bytes) -> None:
        decoder = Decoder(self.client_version)
        try:
            frames = decoder.feed(data)
        except FrameError:
            connection.transport.abort()
            return
        if not frames:
            connection.transport.abort()
            return
        frame = frames[0]
        self.lost += len(frames) - 1 + (1 if decoder.pending else 0)
        if frame.cmdid == 6:
            connection.send(frame)
            return
        if not frame.body:
            connection.transport.abort()
            return
        self.frames.append(frame)
        if frame.cmdid not in self.fails:
            connection.send(frame)


class SilentPeer(Peer):
    """Accepts, reads, and never answers."""

    def on_data(self, connection: Connection, data: bytes) -> None:
        connection.received += data


class GarbagePeer(Peer):
    """Sends ``data`` to whoever connects, and nothing else."""

    def __init__(self, data: bytes, *, port: int = 0) -> None:
        super().__init__(port=port)
        self.data = data

    def on_connect(self, connection: Connection) -> None:
        connection.transport.write(self.data)


class SlowPeer(EchoPeer):
    """Answers in pieces of ``piece`` bytes, one each ``pause`` seconds."""

    def __init__(self, *, pause: float = 0.01, piece: int = 1, port: int = 0) -> None:
        super().__init__(port=port, answer=self._slowly)
        self.pause = pause
        self.piece = piece

    def _slowly(self, connection: Connection, frame: Frame) -> None:
        data = encode(frame, self.client_version)
        loop = asyncio.get_running_loop()

        def step(at: int) -> None:
            if connection.closed:
                return
            connection.transport.write(data[at : at + self.piece])
            if at + self.piece < len(data):
                loop.call_later(self.pause, step, at + self.piece)

        step(0)


@contextlib.asynccontextmanager
async def black_hole() -> AsyncIterator[int]:
    """A port whose connects are never answered: the listener's backlog is full (Linux)."""
    listener = socket.socket()
    fillers: list[socket.socket] = []
    try:
        listener.bind((HOST, 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        for _ in range(3):  # fill the backlog; the rest of the SYNs are dropped
            filler = socket.socket()
            filler.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                filler.connect((HOST, port))
            fillers.append(filler)
        yield port
    finally:
        for each in (*fillers, listener):
            each.close()
