"""A demo server in this process, and people who chat through it."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher

from app.chat.log_in_file import LogInFile
from app.chat.model import ConnectionState, Conversation, Message, Waiting
from app.chat.server_client import ServerClient
from app.chat.session import ChatSession
from app.chat.store import Store
from app.server.server import Server
from app.server.settings import ServerSettings
from netcore.connect.tls import TlsSettings
from netcore.settings import LonglinkSettings, Settings

HOST = "127.0.0.1"
PASSWORD = "a long password"
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


class DemoServer:
    """A server that can be ended and started again on the same ports."""

    def __init__(self, data: Path, *, plain: bool = True) -> None:
        self._settings = ServerSettings(
            data=data, host=HOST, longlink_port=0, shortlink_port=0, plain=plain
        )
        self._server: Server | None = None

    @property
    def settings(self) -> ServerSettings:
        return self._settings

    async def start(self) -> None:
        self._server = Server(self._settings, hasher=CHEAP)
        await self._server.start()
        self._settings = replace(
            self._settings,
            longlink_port=self._server.longlink_port,
            shortlink_port=self._server.shortlink_port,
        )

    async def stop(self) -> None:
        if self._server is not None:
            server, self._server = self._server, None
            await server.close()


class Person:
    """A session with everything that it told; each device of a person is one of these."""

    def __init__(self, folder: Path, settings: ServerSettings) -> None:
        self.folder = folder
        self.server = settings
        self.pins: frozenset[str] = frozenset()
        self.states: list[ConnectionState] = []
        self.told: list[tuple[Any, ...]] = []
        self.heard: list[Message] = []
        self.waiting: list[Waiting] = []
        self._changed = asyncio.Event()
        self.session: ChatSession
        self.remote: ServerClient

    async def open(self, *, ports: tuple[int, int] | None = None, websocket: bool = True) -> Person:
        longlink, shortlink = ports or (self.server.longlink_port, self.server.shortlink_port)
        self.remote = ServerClient(
            Settings(
                longlink_hosts=(HOST,),
                longlink_ports=(longlink,) if longlink else (),
                shortlink_hosts=(HOST,),
                shortlink_port=shortlink,
                websocket=websocket,
                tls=TlsSettings(enabled=not self.server.plain, pins=self.pins),
                longlink=LonglinkSettings(frame_timeout=0.3),
            )
        )
        self.session = ChatSession(
            self.remote,
            Store(self.folder / "chat.sqlite3"),
            LogInFile(self.folder / "log_in.json", "test"),
            self,
            files=self.folder / "files",
        )
        await self.remote.core.start()
        return self

    async def close(self) -> None:
        await self.session.close()
        await self.remote.core.close()

    # --- the session's listener

    def on_link_state(self, state: ConnectionState) -> None:
        self.states.append(state)
        self._changed.set()

    def on_health(self) -> None:
        self.told.append(("health",))
        self._changed.set()

    def on_conversation(self, conversation: Conversation) -> None:
        self.told.append(("conversation", conversation))
        self._changed.set()

    def on_message(self, message: Message) -> None:
        self.heard.append(message)
        self._changed.set()

    def on_waiting(self, waiting: Waiting) -> None:
        self.waiting.append(waiting)
        self._changed.set()

    def on_history(self, conversation_id: str) -> None:
        self.told.append(("history", conversation_id))
        self._changed.set()

    def on_logged_out(self, reason: str) -> None:
        self.told.append(("logged_out", reason))
        self._changed.set()

    def on_notice(self, code: str, detail: str) -> None:
        self.told.append(("notice", code, detail))
        self._changed.set()

    # --- what a test wants to know

    @property
    def state(self) -> ConnectionState | None:
        return self.states[-1] if self.states else None

    def notices(self) -> list[str]:
        return [each[1] for each in self.told if each[0] == "notice"]

    def texts(self, conversation_id: str) -> list[str]:
        return [message.text for message in self.session.messages(conversation_id)]

    async def until(self, condition: Callable[[], object], timeout: float = 30.0) -> None:
        """Wait for something that the session tells to make the condition true."""
        async with asyncio.timeout(timeout):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    async def online(self) -> None:
        await self.until(lambda: self.state is ConnectionState.ONLINE)

    async def sees(self, conversation_id: str, *texts: str) -> None:
        """Wait until the conversation's texts are exactly these, in this order."""
        await self.until(lambda: self.texts(conversation_id) == list(texts))


class Crowd:
    """Makes people, and ends them all."""

    def __init__(self, folder: Path, server: DemoServer) -> None:
        self._folder = folder
        self._server = server
        self._people: list[Person] = []
        self._numbers = itertools.count(1)

    async def device(self, **how: Any) -> Person:
        """A new device, where nobody is logged in."""
        folder = self._folder / f"device{next(self._numbers)}"
        person = Person(folder, self._server.settings)
        self._people.append(person)
        return await person.open(**how)

    async def person(self, name: str) -> Person:
        """A new account on a device of its own, online."""
        person = await self.device()
        await person.session.sign_up(name, PASSWORD)
        await person.online()
        return person

    async def close(self) -> None:
        for person in self._people:
            await person.close()
