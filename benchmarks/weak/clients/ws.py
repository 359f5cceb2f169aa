"""websockets, with an application's own resend over its reconnecting ``connect``.

What the other side has not acknowledged is sent again on each new connection, in order; the other
side drops what it has already. That is what an application does that has nothing more at hand.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from pathlib import Path

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from benchmarks.weak.player import SERVER, Player


class Client(Player):
    """One connection after the other."""

    def __init__(self, role: str, ports: dict[str, int], folder: Path) -> None:
        super().__init__(role, ports, folder)
        self._connection: ClientConnection | None = None
        self._waiting: dict[int, str] = {}
        self._had: set[int] = set()
        self._ready = asyncio.Event()

    async def start(self) -> None:
        """Connect."""
        self.tasks.start(self._stay(), "stay")
        await self._ready.wait()

    async def _stay(self) -> None:
        async for connection in connect(f"ws://{SERVER}:{self.ports['ws']}/{self.role}"):
            with contextlib.suppress(ConnectionClosed):
                for number, text in tuple(self._waiting.items()):
                    await connection.send(json.dumps([number, text]))
                self._connection = connection
                self._ready.set()
                async for line in connection:
                    await self._take(connection, json.loads(line))
            self._connection = None

    async def _take(self, connection: ClientConnection, found: list[str | int]) -> None:
        number = int(found[0])
        if self.role == "sender":
            self._waiting.pop(number, None)
            return
        await connection.send(json.dumps([number]))
        if number not in self._had:
            self._had.add(number)
            self.arrived(str(found[1]))

    def send(self, number: int, text: str) -> None:
        """Keep it until it is acknowledged, and send it."""
        self._waiting[number] = text
        if self._connection is not None:
            self.tasks.start(self._write(self._connection, json.dumps([number, text])), "send")

    async def _write(self, connection: ClientConnection, line: str) -> None:
        with contextlib.suppress(ConnectionClosed):
            await connection.send(line)
