"""HTTP servers of every temper for the short link, on real sockets of this machine."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

import h11

from tests.netcore.connect.peers import serving


@dataclass
class Seen:
    """A request that came to a peer; ``connection`` counts the connections from 1."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    connection: int


@dataclass
class HttpPeer:
    """A real HTTP/1.1 server. ``answer(seen)`` gives status, headers and body, or raw bytes."""

    answer: Callable[[Seen], object] = lambda seen: (200, {}, seen.body)
    port: int = 0
    seen: list[Seen] = field(default_factory=list)
    connections: int = 0
    open: int = 0
    gate: asyncio.Event | None = None  # answers wait for it
    close_after: bool = False  # after each answer, without having said so

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open += 1
        number = self.connections
        try:
            await self._serve(reader, writer, number)
        finally:
            self.open -= 1

    async def _serve(self, reader, writer, number) -> None:
        talk = h11.Connection(h11.SERVER)
        while True:
            seen = await self._request(talk, reader, number)
            if seen is None:
                return
            self.seen.append(seen)
            if self.gate is not None:
                await self.gate.wait()
            answer = self.answer(seen)
            if isinstance(answer, Awaitable):
                answer = await answer
            if answer is None:
                return
            if isinstance(answer, bytes):
                writer.write(answer)
                await writer.drain()
                return
            status, headers, body = answer
            head = {"content-length": str(len(body)), **headers}
            if head.get("transfer-encoding") == "chunked":
                del head["content-length"]
            writer.write(talk.send(h11.Response(status_code=status, headers=list(head.items()))))
            writer.write(talk.send(h11.Data(data=body)) or b"")
            writer.write(talk.send(h11.EndOfMessage()) or b"")
            await writer.drain()
            if self.close_after or talk.our_state is not h11.DONE:
                return
            talk.start_next_cycle()

    async def _request(self, talk, reader, number) -> Seen | None:
        head = None
        body = b""
        while True:
            event = talk.next_event()
            if event is h11.NEED_DATA:
                data = await reader.read(65536)
                if not data and head is None:
                    return None
                talk.receive_data(data)
            elif isinstance(event, h11.Request):
                head = event
            elif isinstance(event, h11.Data):
                body += event.data
            elif isinstance(event, h11.EndOfMessage):
                assert head is not None
                return Seen(
                    head.method.decode(),
                    head.target.decode(),
                    {name.decode(): value.decode() for name, value in head.headers},
                    bytes(body),
                    number,
                )
            elif isinstance(event, h11.ConnectionClosed):
                return None


@contextlib.asynccontextmanager
async def http_peer(answer=None, tls=None, **options) -> AsyncIterator[HttpPeer]:
    peer = HttpPeer(**options)
    if answer is not None:
        peer.answer = answer
    async with serving(peer, ssl_context=tls) as port:
        peer.port = port
        yield peer


async def until(condition: Callable[[], bool]) -> None:
    """Wait until the condition holds, ten seconds at most."""
    for _ in range(5000):
        if condition():
            return
        await asyncio.sleep(0.002)
    raise AssertionError("it never came to that")
