"""A writer or a reader of :mod:`benchmarks.chaos`, in a process of its own that may be killed.

``ROLE PORTS FOLDER COUNT``: goes on as whoever is logged in in FOLDER, or signs up. The writer
writes "0", "1", ... up to COUNT where an earlier run of it stopped, and says ``done`` when the
server has all; the reader says how many it has, and at the end what it was shown.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from app.chat.errors import ChatError
from app.chat.log_in_file import LogInFile
from app.chat.model import Conversation, Message
from app.chat.notifier import SessionListener
from app.chat.server_client import ServerClient
from app.chat.session import ChatSession
from app.chat.store import Store
from benchmarks.weak.clients.phobos import NAMES, PASSWORD, settings
from netcore.events import NetworkKind

BACKLOG = 200  # messages that wait at most before the writer pauses
BURST = 10
PAUSE = 0.02  # seconds between two bursts


class Person(SessionListener):
    """One side."""

    def __init__(self, role: str, ports: dict[str, int], folder: Path) -> None:
        self.role = role
        self.conversation = ""
        self.shown: Counter[str] = Counter()  # by message, of the other's
        self._known: dict[str, str] = {}  # client id -> text
        self.store = Store(folder / "chat.sqlite3")
        self.remote = ServerClient(settings(ports, folder))
        self.session = ChatSession(
            self.remote, self.store, LogInFile(folder / "log_in.json", "chaos"), self
        )

    async def open(self) -> None:
        """Connect, and log in or sign up."""
        core = self.remote.core
        core.network_changed(NetworkKind.WIFI, "chaos")
        core.set_foreground(True)
        core.set_active(True)
        await core.start()
        if await self.session.resume() is None:
            await self.session.sign_up(NAMES[self.role], PASSWORD)
        for each in self.session.conversations():
            self.on_conversation(each)

    def on_conversation(self, conversation: Conversation) -> None:
        """The one that both are in."""
        if set(NAMES.values()) <= set(conversation.members):
            self.conversation = conversation.id

    def on_message(self, message: Message) -> None:
        """A message is shown; a change of its state comes here too, with the same client id."""
        if message.sender == NAMES["sender"] and message.client_id not in self._known:
            self._known[message.client_id] = message.text
            self.shown[message.text] += 1

    async def close(self) -> None:
        """End."""
        await self.session.close()
        await self.remote.core.close()


def say(event: str, **values: Any) -> None:
    """A line for the laboratory."""
    sys.stdout.write(json.dumps({"event": event, **values}) + "\n")
    sys.stdout.flush()


async def write(person: Person, count: int) -> None:
    """Write what is not written yet, and wait until the server has it."""
    if not person.conversation:
        person.conversation = (await person.session.create_conversation([NAMES["receiver"]])).id
    mine = person.session.messages(person.conversation, limit=1_000_000)
    written = sum(message.sender == NAMES["sender"] for message in mine)
    say("ready", written=written)
    while written < count:
        if len(person.store.unsent()) < BACKLOG:
            for number in range(written, min(written + BURST, count)):
                person.session.send(person.conversation, str(number))
            written = min(written + BURST, count)
        await asyncio.sleep(PAUSE)
    while person.store.unsent():  # noqa: ASYNC110
        await asyncio.sleep(0.1)
    view = [m.text for m in person.session.messages(person.conversation, limit=1_000_000)]
    say("done", in_order=view == [str(number) for number in range(count)], view=len(view))


async def read(person: Person, count: int) -> None:
    """Say how far it is until the last is here, then what was shown and in which order.

    Who is far behind begins with the newest page, as the app does: the older ones are fetched then,
    as scrolling up would.
    """
    say("ready")
    while str(count - 1) not in person.shown:
        say("has", count=len(person.shown))
        await asyncio.sleep(1.0)
    await asyncio.sleep(3.0)  # what comes twice would come now
    view = await whole(person)
    say(
        "done",
        shown_twice=sum(times - 1 for times in person.shown.values()) + len(view) - len(set(view)),
        in_order=view == [str(number) for number in range(count)],
        lost=count - len(set(view)),
    )


async def whole(person: Person) -> list[str]:
    """All texts of the conversation in its order, what is missing fetched first."""
    floor: int | None = None
    while True:
        try:
            older = await person.session.load_older(person.conversation, floor)
        except ChatError:
            await asyncio.sleep(1.0)
            continue
        mine = [m for m in older if m.seq]
        if not mine or mine[0].seq <= 1:
            break
        floor = mine[0].seq
    seen = person.session.messages(person.conversation, limit=1_000_000)
    return [message.text for message in seen]


async def main(role: str, ports: str, folder: str, count: str) -> None:
    """Open, do the part, close."""
    person = Person(role, json.loads(ports), Path(folder))
    await person.open()
    await (write if role == "sender" else read)(person, int(count))
    await person.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
