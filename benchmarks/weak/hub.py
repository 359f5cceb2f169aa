"""The server of the websockets and socket.io clients: store, acknowledge, pass on, keep.

``python -m benchmarks.weak.hub PORTS``. For both it does what an application's server would: a
message is kept until its receiver has acknowledged it, and sent again on each new connection.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import sys
from typing import Any

import socketio
from aiohttp import web
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from benchmarks.weak.player import say

HOST = "0.0.0.0"


class Mailbox:
    """What the receiver has not acknowledged, and what came at all."""

    def __init__(self) -> None:
        self.waiting: dict[int, str] = {}
        self._had: set[int] = set()

    def add(self, number: int, text: str) -> bool:
        """Whether it is new."""
        if number in self._had:
            return False
        self._had.add(number)
        self.waiting[number] = text
        return True


class WebSockets:
    """[number, text] from the sender and to the receiver; [number] acknowledges."""

    def __init__(self) -> None:
        self._mail = Mailbox()
        self._receiver: ServerConnection | None = None

    async def serve(self, connection: ServerConnection) -> None:
        """One connection."""
        assert connection.request is not None
        receiver = connection.request.path == "/receiver"
        with contextlib.suppress(ConnectionClosed):
            if receiver:
                for item in tuple(self._mail.waiting.items()):
                    await connection.send(json.dumps(item))
                self._receiver = connection
            async for line in connection:
                found = json.loads(line)
                if receiver:
                    self._mail.waiting.pop(found[0], None)
                else:
                    await connection.send(json.dumps(found[:1]))
                    await self._pass_on(*found)
        if self._receiver is connection:
            self._receiver = None

    async def _pass_on(self, number: int, text: str) -> None:
        if self._mail.add(number, text) and self._receiver is not None:
            with contextlib.suppress(ConnectionClosed):
                await self._receiver.send(json.dumps([number, text]))


class SocketIo:
    """The same with socket.io's events and their acknowledgements."""

    def __init__(self) -> None:
        self.hub = socketio.AsyncServer(async_mode="aiohttp")
        self._mail = Mailbox()
        self._receiver = ""
        self.hub.on("connect", self._on_connect)
        self.hub.on("message", self._on_message)

    async def _on_connect(self, sid: str, environ: dict[str, Any]) -> None:
        if "role=receiver" in environ["QUERY_STRING"]:
            self._receiver = sid
            for number, text in tuple(self._mail.waiting.items()):
                await self._pass_on(number, text)

    async def _on_message(self, sid: str, number: int, text: str) -> int:
        if self._mail.add(number, text):
            await self._pass_on(number, text)
        return number

    async def _pass_on(self, number: int, text: str) -> None:
        if self._receiver:
            await self.hub.emit(
                "message", (number, text), to=self._receiver, callback=self._acknowledged
            )

    def _acknowledged(self, number: int) -> None:
        self._mail.waiting.pop(number, None)


async def main(ports: dict[str, int]) -> None:
    """Listen until the standard input ends."""
    app = web.Application()
    SocketIo().hub.attach(app)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, HOST, ports["sio"]).start()
    async with serve(WebSockets().serve, HOST, ports["ws"]):
        say("ready")
        reader = asyncio.StreamReader()
        loop = asyncio.get_running_loop()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        await reader.read()


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main(json.loads(sys.argv[1])))
