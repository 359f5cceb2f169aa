"""Client and server killed again and again in the middle of many messages: SIGKILL, real files."""

from __future__ import annotations

import asyncio
import random
import sys
from asyncio.subprocess import DEVNULL, PIPE
from pathlib import Path

import pytest

from app.server.settings import ServerSettings
from tests.support.people import HOST, PASSWORD, Person
from tests.support.server_process import ROOT, ServerProcess

COUNT = 800


async def writer(folder: Path, server: ServerProcess, chat: str) -> asyncio.subprocess.Process:
    """The writer's process, once it has opened its profile."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.app.chat.writer",
        str(folder),
        str(server.longlink_port),
        str(server.shortlink_port),
        chat,
        str(COUNT),
        cwd=ROOT,
        stdin=DEVNULL,
        stdout=PIPE,
    )
    assert process.stdout is not None
    assert (await process.stdout.readline()).strip() == b"open"
    return process


@pytest.mark.parametrize("seed", [1, 2])
async def test_kills_of_both_sides_lose_double_and_reorder_nothing(tmp_path, seed) -> None:
    chance = random.Random(seed)
    data = tmp_path / "server"
    options = ("--plain", "--write-limit", "0")
    async with ServerProcess(data, *options) as first:
        ports = (first.longlink_port, first.shortlink_port)
        settings = ServerSettings(
            data=data, host=HOST, longlink_port=ports[0], shortlink_port=ports[1], plain=True
        )
        ada = await Person(tmp_path / "ada", settings).open()
        await ada.session.sign_up("Ada", PASSWORD)
        bob = await Person(tmp_path / "bob", settings).open()
        await bob.session.sign_up("Bob", PASSWORD)
        await bob.online()
        chat = (await ada.session.create_conversation(["Bob"])).id
        await ada.close()
        server = first
        process = await writer(ada.folder, server, chat)
        for kill in range(6):
            await asyncio.sleep(chance.uniform(0.05, 0.4))
            if kill % 2 == chance.randrange(2):
                assert process.returncode is None, "it has written everything before the kills"
                process.kill()
                await process.wait()
                process = await writer(ada.folder, server, chat)
            else:
                await server.kill()
                server = ServerProcess(data, *options, ports=ports)
                await server.__aenter__()
        async with asyncio.timeout(60):
            assert await process.wait() == 0
        texts = [str(number) for number in range(COUNT)]
        await bob.until(lambda: bob.session._store.newest(chat) >= COUNT)
        got = bob.session.messages(chat, limit=10_000)
        assert [message.text for message in got] == texts
        shown = [message.seq for message in bob.heard if message.conversation_id == chat]
        assert len(shown) == len(set(shown)) == COUNT
        await bob.close()
        again = await Person(ada.folder, settings).open()
        await again.session.resume()
        await again.online()
        mine = again.session.messages(chat, limit=10_000)
        assert [message.text for message in mine] == texts
        await again.close()
        await server.kill()
