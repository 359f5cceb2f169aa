"""python-socketio; the application sends again what was not acknowledged, on each connect."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

import socketio

from benchmarks.weak.player import SERVER, Player


class Client(Player):
    """The library reconnects by itself."""

    def __init__(self, role: str, ports: dict[str, int], folder: Path) -> None:
        super().__init__(role, ports, folder)
        self._client = socketio.AsyncClient()
        self._waiting: dict[int, str] = {}
        self._had: set[int] = set()
        self._client.on("connect", self._on_connect)
        self._client.on("message", self._on_message)

    async def start(self) -> None:
        """Connect."""
        url = f"http://{SERVER}:{self.ports['sio']}?role={self.role}"
        await self._client.connect(url, transports=["websocket"])

    async def _on_connect(self) -> None:
        for number, text in tuple(self._waiting.items()):
            await self._emit(number, text)

    async def _on_message(self, number: int, text: str) -> int:
        if number not in self._had:
            self._had.add(number)
            self.arrived(text)
        return number  # the acknowledgement

    def send(self, number: int, text: str) -> None:
        """Keep it until it is acknowledged, and send it."""
        self._waiting[number] = text
        self.tasks.start(self._emit(number, text), "send")

    async def _emit(self, number: int, text: str) -> None:
        with contextlib.suppress(socketio.exceptions.SocketIOError, asyncio.CancelledError):
            await self._client.emit("message", (number, text), callback=self._acknowledged)

    def _acknowledged(self, number: int) -> None:
        self._waiting.pop(number, None)
