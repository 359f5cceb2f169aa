"""Phobos: the chat's own session with its outbox and store, against ``phobos-server``."""

from __future__ import annotations

import asyncio
from pathlib import Path

from app.chat.log_in_file import LogInFile
from app.chat.model import ConnectionState, Conversation, Message
from app.chat.notifier import SessionListener
from app.chat.server_client import ServerClient
from app.chat.session import ChatSession
from app.chat.store import Store
from benchmarks.weak.player import SERVER, WARM_UP, Player, number_of
from netcore.connect.tls import TlsSettings
from netcore.events import NetworkKind
from netcore.settings import Settings

NAMES = {"sender": "Ada", "receiver": "Bob"}
PASSWORD = "correct horse battery"


def settings(ports: dict[str, int], folder: Path) -> Settings:
    """As the app makes them, without TLS, which the other clients do not use here either."""
    return Settings(
        longlink_hosts=(SERVER,),
        longlink_ports=(ports["phobos_long"],),
        shortlink_hosts=(SERVER,),
        shortlink_port=ports["phobos_short"],
        tls=TlsSettings(enabled=False),
        folder=folder,
    )


class Client(Player, SessionListener):
    """A sender or receiver, and the session's listener; what it does not override is nothing."""

    def __init__(self, role: str, ports: dict[str, int], folder: Path) -> None:
        super().__init__(role, ports, folder)
        self._remote = ServerClient(settings(ports, folder))
        self._session = ChatSession(
            self._remote,
            Store(folder / "chat.sqlite3"),
            LogInFile(folder / "log_in.json", "weak"),
            self,
        )
        self._conversation = ""
        self._online = asyncio.Event()
        self._shown: set[str] = set()

    async def start(self) -> None:
        """Sign up; the sender makes the conversation."""
        core = self._remote.core
        core.network_changed(NetworkKind.WIFI, "first")
        core.set_foreground(True)
        core.set_active(True)
        await core.start()
        await self._session.sign_up(NAMES[self.role], PASSWORD)
        await self._online.wait()
        if self.role == "sender":
            made = await self._session.create_conversation([NAMES["receiver"]])
            self._conversation = made.id

    def send(self, number: int, text: str) -> None:
        """Into the outbox."""
        self._session.send(self._conversation, text)

    def network(self, name: str) -> None:
        """As the app's platform layer passes it on."""
        kind = NetworkKind.WIFI if name else NetworkKind.NONE
        self._remote.core.network_changed(kind, name)

    def view(self) -> list[int]:
        """The conversation as the store has it."""
        if not self._conversation:
            return []
        seen = self._session.messages(self._conversation, limit=10_000)
        numbers = [number_of(message.text) for message in seen]
        return [number for number in numbers if number != WARM_UP]

    async def end(self) -> None:
        """End the session and the core."""
        await self._session.close()
        await self._remote.core.close()

    def on_link_state(self, state: ConnectionState) -> None:
        """Wait for the first."""
        if state is ConnectionState.ONLINE:
            self._online.set()

    def on_conversation(self, conversation: Conversation) -> None:
        """The one that the sender made (besides the public ones)."""
        if "Ada" in conversation.members:
            self._conversation = conversation.id

    def on_message(self, message: Message) -> None:
        """A message in the receiver's hand."""
        if self.role == "sender" or message.sender != NAMES["sender"]:
            return
        # A second call for the same message says that its state changed; one that is shown twice
        # has another id, and counts.
        if message.client_id not in self._shown:
            self._shown.add(message.client_id)
            self.arrived(message.text)
