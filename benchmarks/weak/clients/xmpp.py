"""XMPP: slixmpp with stream management (XEP-0198), on prosody.

Stream management resumes what was cut and sends again what was not acknowledged. When a stream
cannot be resumed, the application sends again what it has no acknowledgement for.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import slixmpp

from benchmarks.weak.player import SERVER, Player, number_of

DOMAIN = "localhost"
PASSWORD = "secret"


class Client(Player):
    """The library connects again when it is asked to."""

    def __init__(self, role: str, ports: dict[str, int], folder: Path) -> None:
        super().__init__(role, ports, folder)
        self._ready = asyncio.Event()
        self._waiting: dict[int, str] = {}
        self._had: set[int] = set()
        self._xmpp = xmpp = slixmpp.ClientXMPP(
            f"{role}@{DOMAIN}/weak",
            PASSWORD,
            plugin_config={
                "feature_mechanisms": {"unencrypted_plain": True},
                "xep_0198": {"window": 1},  # each message is acknowledged
            },
        )
        xmpp.enable_direct_tls = xmpp.enable_starttls = False
        xmpp.enable_plaintext = True
        xmpp.register_plugin("xep_0198")
        xmpp.register_plugin("xep_0199", {"keepalive": True})
        xmpp.add_event_handler("session_start", self._on_start)
        xmpp.add_event_handler("disconnected", self._on_disconnected)
        xmpp.add_event_handler("stanza_acked", self._on_acked)
        xmpp.add_event_handler("message", self._on_message)

    async def start(self) -> None:
        """Connect."""
        self._connect()
        await self._ready.wait()

    def _connect(self, *_: Any) -> None:
        self._xmpp.connect(SERVER, self.ports["xmpp"])

    def _on_disconnected(self, _: Any) -> None:
        asyncio.get_running_loop().call_later(1.0, self._connect)

    def _on_start(self, _: Any) -> None:
        self._xmpp.send_presence()
        for text in tuple(self._waiting.values()):
            self._send(text)
        self._ready.set()

    def _on_acked(self, stanza: Any) -> None:
        if isinstance(stanza, slixmpp.Message):
            self._waiting.pop(number_of(stanza["body"]), None)

    def _on_message(self, message: slixmpp.Message) -> None:
        number = number_of(message["body"])
        if number not in self._had:
            self._had.add(number)
            self.arrived(message["body"])

    def send(self, number: int, text: str) -> None:
        """Keep it until it is acknowledged, and send it."""
        self._waiting[number] = text
        self._send(text)

    def _send(self, text: str) -> None:
        self._xmpp.send_message(mto=f"receiver@{DOMAIN}/weak", mbody=text, mtype="chat")
