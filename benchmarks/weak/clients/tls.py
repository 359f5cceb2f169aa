"""netcore's short link alone, over TCP with TLS: a task a message, none sent again by us.

"Arrived" is here that the task was answered. :mod:`benchmarks.weak.clients.quic` is the same over
QUIC; side by side they say what a carrier is worth on a wire.
"""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from benchmarks.weak.clients import single
from benchmarks.weak.player import SERVER
from netcore.carriers.quic import QuicSettings
from netcore.connect.certificate import load_or_make
from netcore.connect.tls import TlsSettings
from netcore.settings import Settings
from netcore.task import Channel


class Client(single.Client):
    """The sender of single tasks, on the short link alone."""

    TASK: ClassVar = {"channel": Channel.SHORT, "idempotent": True}
    product = "tls"
    quic = False

    def core_settings(self, ports: dict[str, int], folder: Path) -> Settings:
        """The short link with TLS."""
        # The server, which has started, keeps its certificate beside this client's folder.
        fingerprint = load_or_make(folder.parent / self.product).fingerprint
        return Settings(
            shortlink_hosts=(SERVER,),
            shortlink_port=ports[f"{self.product}_short"],
            tls=TlsSettings(pins=frozenset({fingerprint})),
            quic=QuicSettings(enabled=self.quic),
            folder=folder,
        )
