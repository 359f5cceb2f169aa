"""A person in a process of its own who writes numbered messages, made to be killed.

``python -m tests.app.chat.writer FOLDER LONGLINK_PORT SHORTLINK_PORT CONVERSATION COUNT`` goes on
as whoever is logged in in FOLDER, writes what an earlier run did not, and ends when all of it has a
number. "unsent N" and "sent N" go to the standard output as it goes.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from app.server.settings import ServerSettings
from tests.support.people import Person

BURST = 2


async def write(person: Person, conversation_id: str, count: int) -> None:
    """Write what is not written yet, a few at a time, until the server has all."""
    known = person.session.messages(conversation_id, limit=100_000)
    written = len([message for message in known if message.sender == "Ada"])
    while written < count:
        for _ in range(min(BURST, count - written)):
            person.session.send(conversation_id, f"{written}")
            written += 1
        await asyncio.sleep(0.02)
    while person.session._store.unsent():  # noqa: ASYNC110
        await asyncio.sleep(0.02)


async def main(
    folder: str, longlink: str, shortlink: str, conversation_id: str, count: str
) -> None:
    """Open the profile, write, close."""
    settings = ServerSettings(
        data=Path(folder), longlink_port=int(longlink), shortlink_port=int(shortlink), plain=True
    )
    person = await Person(Path(folder), settings).open()
    assert await person.session.resume() is not None
    print("open", flush=True)
    await write(person, conversation_id, int(count))
    await person.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
