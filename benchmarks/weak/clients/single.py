"""netcore alone: the sample's send, a task a message, both links allowed, nothing sent again.

Its tasks have no id, so what is sent twice is stored twice; the server's store is asked by the
laboratory. "Arrived" is here that the task was answered.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from app.chat.proto import sample_pb2 as sample
from app.chat.protocol import SampleCommand
from benchmarks.weak.clients.phobos import settings
from benchmarks.weak.player import WARM_UP, Player
from netcore.core import NetCore
from netcore.errors import NetcoreError
from netcore.events import NetworkKind
from netcore.settings import Settings
from netcore.task import Task


class Client(Player):
    """A sender; there is no receiver. ``TASK`` is what its tasks have beside the message."""

    TASK: Mapping[str, Any] = {}

    def __init__(self, role: str, ports: dict[str, int], folder: Path) -> None:
        ports = ports | {"phobos_long": ports["single_long"], "phobos_short": ports["single_short"]}
        super().__init__(role, ports, folder)
        self._core = NetCore(self.core_settings(ports, folder))
        self._failed = 0

    def core_settings(self, ports: dict[str, int], folder: Path) -> Settings:
        """By which way the tasks go; both links here."""
        return settings(ports, folder)

    async def start(self) -> None:
        """Connect."""
        self._core.network_changed(NetworkKind.WIFI, "first")
        self._core.set_foreground(True)
        self._core.set_active(True)
        await self._core.start()
        await self._send("-1 warm")

    def send(self, number: int, text: str) -> None:
        """A task."""
        if number != WARM_UP:
            self.tasks.start(self._send(text), "send")

    async def _send(self, text: str) -> None:
        request = sample.SendRequest(
            access_token="token", to="all", text=text, topic="0", **{"from": "Ada"}
        )
        task = Task(
            cmdid=SampleCommand.SEND,
            cgi="/mars/sendmessage",
            body=request.SerializeToString(),
            **self.TASK,
        )
        try:
            await self._core.request(task)
        except NetcoreError:
            self._failed += 1
        else:
            self.arrived(text)

    def network(self, name: str) -> None:
        """As the app's platform layer passes it on."""
        kind = NetworkKind.WIFI if name else NetworkKind.NONE
        self._core.network_changed(kind, name)

    def more(self) -> dict[str, Any]:
        """How many tasks failed."""
        return {"failed": self._failed}

    async def end(self) -> None:
        """Close the core."""
        await self._core.close()
