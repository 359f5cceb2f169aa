"""netcore's short link alone, over TCP with TLS: a task a message, none sent again by us.

"Arrived" is here that the task was answered. :mod:`benchmarks.weak.clients.quic` is the same over
QUIC; side by side they say what a carrier is worth on a wire.
"""

from __future__ import annotations

from pathlib import Path

from app.chat.proto import sample_pb2 as sample
from app.chat.protocol import SampleCommand
from benchmarks.weak.player import SERVER, WARM_UP, Player
from netcore.carriers.quic import QuicSettings
from netcore.connect.certificate import load_or_make
from netcore.connect.tls import TlsSettings
from netcore.core import NetCore
from netcore.errors import NetcoreError
from netcore.events import NetworkKind
from netcore.settings import Settings
from netcore.task import Channel, Task


class Client(Player):
    """A sender; there is no receiver."""

    product = "tls"
    quic = False

    def __init__(self, role: str, ports: dict[str, int], folder: Path) -> None:
        super().__init__(role, ports, folder)
        # The server, which has started, keeps its certificate beside this client's folder.
        fingerprint = load_or_make(folder.parent / self.product).fingerprint
        self._core = NetCore(
            Settings(
                shortlink_hosts=(SERVER,),
                shortlink_port=ports[f"{self.product}_short"],
                tls=TlsSettings(pins=frozenset({fingerprint})),
                quic=QuicSettings(enabled=self.quic),
                folder=folder,
            )
        )

    async def start(self) -> None:
        """Connect."""
        self.network("first")
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
            channel=Channel.SHORT,
            idempotent=True,
        )
        try:
            await self._core.request(task)
        except NetcoreError:
            return
        self.arrived(text)

    def network(self, name: str) -> None:
        """As the app's platform layer passes it on."""
        kind = NetworkKind.WIFI if name else NetworkKind.NONE
        self._core.network_changed(kind, name)

    async def end(self) -> None:
        """Close the core."""
        await self._core.close()
