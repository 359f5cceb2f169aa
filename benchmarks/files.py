"""A file over a wire that goes dark, with a SIGKILL of either end in the middle: is it whole, and
how many bytes went twice?

``python -m benchmarks.files [--size MB] [--rate KB/S] [--dark]`` prints JSON. The sender, the
server and the receiver are processes of their own; between the clients and the server is a relay on
this machine that counts what passes, holds it to a rate and, with ``--dark``, lets nothing pass for
8 of every 30 s. It loses no packets: that is the laboratory's (:mod:`benchmarks.weak`).
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import hashlib
import json
import random
import sys
import tempfile
import time
from asyncio.subprocess import DEVNULL, PIPE, Process
from pathlib import Path

from app.server.settings import ServerSettings
from tests.support.people import HOST, PASSWORD, Person
from tests.support.server_process import ROOT, ServerProcess

PERIOD, DARK = 30.0, 8.0  # seconds
BLOCK = 16 * 1024
PATIENCE = 1200.0  # seconds for everything


class Relay:
    """Passes TCP on to a port, at ``rate`` bytes a second each way, and counts."""

    def __init__(self, port: int, rate: float, *, dark: bool) -> None:
        self.target = port
        self.port = 0
        self.up = self.down = 0
        self._rate = rate
        self._dark = dark
        self._began = time.monotonic()
        self._free = {"up": 0.0, "down": 0.0}  # when the line is free again
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen; :attr:`port` says where."""
        self._server = await asyncio.start_server(self._serve, HOST, 0)
        self.port = self._server.sockets[0].getsockname()[1]

    def close(self) -> None:
        """Take no more connections."""
        if self._server is not None:
            self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection(HOST, self.target)
        except OSError:
            writer.close()
            return
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._pass(reader, far_writer, "up"))
                group.create_task(self._pass(far_reader, writer, "down"))
        except* OSError:
            pass
        finally:
            for each in (writer, far_writer):
                each.transport.abort()

    async def _pass(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: str
    ) -> None:
        while data := await reader.read(BLOCK):
            now = time.monotonic()
            self._free[way] = max(now, self._free[way]) + len(data) / self._rate
            await asyncio.sleep(self._free[way] - now)
            if self._dark:
                at = (time.monotonic() - self._began) % PERIOD
                await asyncio.sleep(max(0.0, PERIOD - at) if at > PERIOD - DARK else 0.0)
            setattr(self, way, getattr(self, way) + len(data))
            writer.write(data)
            await writer.drain()
        raise ConnectionError("one side has closed")


async def client(folder: str, longlink: str, shortlink: str, chat: str, path: str) -> None:
    """One end: send ``path`` if it is named and nothing is, or fetch what is in ``chat``."""
    settings = ServerSettings(
        data=Path(folder), longlink_port=int(longlink), shortlink_port=int(shortlink), plain=True
    )
    person = await Person(Path(folder), settings).open()
    assert await person.session.resume() is not None
    print("open", flush=True)
    desk = person.session.files
    assert desk is not None
    if path:
        if not person.session.messages(chat):
            await desk.send(chat, Path(path))
        while not all(each.seq for each in person.session.messages(chat)):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    else:
        while not (found := person.session.messages(chat)):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        desk.fetch(found[-1])
        while desk.path(found[-1]) is None:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    await person.close()


async def _spawn(*arguments: object) -> Process:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.files", "client", *map(str, arguments),
        cwd=ROOT, stdin=DEVNULL, stdout=PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    assert await process.stdout.readline() == b"open\n"
    return process


async def measure(folder: Path, *, size: int, rate: float, dark: bool) -> dict[str, object]:
    """Send and fetch a file of ``size`` bytes, each end and the server killed once each way."""
    data = folder / "server"
    body = random.Random(size).randbytes(size)
    (folder / "body").write_bytes(body)
    async with contextlib.AsyncExitStack() as last:
        server = await ServerProcess(data, "--plain").__aenter__()
        ports = (server.longlink_port, server.shortlink_port)
        relay = Relay(ports[1], rate, dark=dark)
        await relay.start()
        last.callback(relay.close)
        settings = ServerSettings(
            data=data, host=HOST, longlink_port=ports[0], shortlink_port=ports[1], plain=True
        )
        people = [await Person(folder / name, settings).open() for name in ("Ada", "Bob")]
        for each in people:
            await each.session.sign_up(each.folder.name, PASSWORD)
        chat = (await people[0].session.create_conversation(["Bob"])).id
        for each in people:
            await each.close()
        figures: dict[str, object] = {"size": size, "rate": rate, "dark": dark}
        kills = 0
        for way, person, path in (
            ("up", people[0], folder / "body"), ("down", people[1], "")
        ):  # fmt: skip
            began = time.monotonic()
            arguments = (person.folder, ports[0], relay.port, chat, path)
            process = await _spawn(*arguments)
            for share, victim in ((0.3, "client"), (0.6, "server")):
                while getattr(relay, way) < size * share:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
                assert process.returncode is None
                kills += 1
                if victim == "client":
                    process.kill()
                    await process.wait()
                    process = await _spawn(*arguments)
                else:
                    await server.kill()
                    server = await ServerProcess(data, "--plain", ports=ports).__aenter__()
            assert await process.wait() == 0
            passed = getattr(relay, way)
            figures[f"{way}_seconds"] = round(time.monotonic() - began, 1)
            figures[f"{way}_bytes"] = passed
            figures[f"{way}_twice_percent"] = round(100 * (passed / size - 1), 2)
        name = hashlib.sha256(body).hexdigest()
        got = (people[1].folder / "files" / name).read_bytes()
        figures |= {"kills": kills, "whole": got == body}
        await server.kill()
    return figures


async def _main() -> None:
    made = argparse.ArgumentParser(description=__doc__)
    made.add_argument("--size", type=float, default=50.0, help="megabytes")
    made.add_argument("--rate", type=float, default=2000.0, help="kilobytes a second")
    made.add_argument("--dark", action="store_true", help="nothing passes for 8 of every 30 s")
    wanted = made.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        async with asyncio.timeout(PATIENCE):
            figures = await measure(
                Path(folder),
                size=int(wanted.size * 1e6),
                rate=wanted.rate * 1000,
                dark=wanted.dark,
            )
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    if sys.argv[1:2] == ["client"]:
        asyncio.run(client(*sys.argv[2:]))
    else:
        asyncio.run(_main())
