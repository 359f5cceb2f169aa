"""Messages from one person's outbox into another's hand, many at a time beside one at a time.

``python -m benchmarks.outbox [--count N]`` prints one JSON object. A phobos-server process, and in
this process two sessions with their stores on disk and netcore beneath: what is written into the
one's outbox comes to the other's listener, in order (checked). "window" is the outbox as it is,
"single" the same with one message in flight, as it was before; both in turns in the same run over
loopback, so the round trip is as short as it gets and the ratio the least there is: on a wire with
a delay, one message a round trip is all that "single" can do. ``*_ms_a_message`` is processor time,
of the server's process and of both sessions together.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from app.chat.log_in_file import LogInFile
from app.chat.model import ConnectionState, Conversation, Message, Waiting
from app.chat.server_client import ServerClient
from app.chat.session import ChatSession
from app.chat.store import Store
from app.chat.window import Window
from netcore.connect.tls import TlsSettings
from netcore.settings import Settings

HOST = "127.0.0.1"
ROUNDS = 7


class Single(Window):
    """One message in flight."""

    @property
    def limit(self) -> int:
        """One."""
        return 1


class Person:
    """A session, and what it hears."""

    def __init__(self, folder: Path, ports: dict[str, int]) -> None:
        self.client = ServerClient(
            Settings(
                longlink_hosts=(HOST,),
                longlink_ports=(ports["longlink_port"],),
                shortlink_hosts=(HOST,),
                shortlink_port=ports["shortlink_port"],
                tls=TlsSettings(enabled=False),
            )
        )
        self.session = ChatSession(
            self.client, Store(folder / "chat.sqlite3"), LogInFile(folder / "log_in", "b"), self
        )
        self.online = asyncio.Event()
        self.texts: list[str] = []
        self.wanted = 0
        self.whole = asyncio.Event()

    async def enter(self, name: str) -> None:
        """Sign up and be online."""
        await self.client.core.start()
        await self.session.sign_up(name, "a long password")
        async with asyncio.timeout(20):
            await self.online.wait()

    async def leave(self) -> None:
        """Close everything."""
        await self.session.close()
        await self.client.core.close()

    def on_link_state(self, state: ConnectionState) -> None:
        """Wait for the first."""
        if state is ConnectionState.ONLINE:
            self.online.set()

    def on_message(self, message: Message) -> None:
        """Count what came."""
        if message.sender == "Ada":
            self.texts.append(message.text)
            if len(self.texts) >= self.wanted:
                self.whole.set()

    def on_conversation(self, conversation: Conversation) -> None:
        """Nobody looks."""

    def on_waiting(self, waiting: Waiting) -> None:
        """Nobody looks."""

    def on_health(self) -> None:
        """Nobody looks."""

    def on_history(self, conversation_id: str) -> None:
        """Never here."""

    def on_logged_out(self, reason: str) -> None:
        """Never here."""

    def on_notice(self, code: str, detail: str) -> None:
        """Never here."""


def processor_time(process: int) -> float:
    """Seconds that a process has used."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def send(ada: Person, bob: Person, chat: str, count: int, server: int) -> dict[str, float]:
    """Write ``count`` messages and wait until all have come, in order."""
    texts = [f"message {number}, of the length that most have" for number in range(count)]
    bob.texts.clear()
    bob.wanted = count
    bob.whole.clear()
    begun, mine, its = time.perf_counter(), time.process_time(), processor_time(server)
    for text in texts:
        ada.session.send(chat, text)
    async with asyncio.timeout(120):
        await bob.whole.wait()
    took = time.perf_counter() - begun
    assert bob.texts == texts
    return {
        "messages_a_second": count / took,
        "sessions_ms_a_message": (time.process_time() - mine) / count * 1000,
        "server_ms_a_message": (processor_time(server) - its) / count * 1000,
    }


async def measure(
    folder: Path, ports: dict[str, int], count: int, server: int
) -> dict[str, object]:
    people = [Person(folder / name, ports) for name in ("Ada", "Bob")]
    ada, bob = people
    await ada.enter("Ada")
    await bob.enter("Bob")
    chat = (await ada.session.create_conversation(["Bob"])).id
    outbox = ada.session._sender._outbox
    windows = {"window": outbox.window, "single": Single()}
    rounds: dict[str, list[dict[str, float]]] = {kind: [] for kind in windows}
    for _ in range(ROUNDS):  # in turns, so that a busy machine troubles both alike
        for kind, window in windows.items():
            for person in people:  # as a window does; what is unread is counted one by one
                person.session.mark_read(chat)
            await asyncio.sleep(0.2)
            outbox.window = window
            rounds[kind].append(await send(ada, bob, chat, count, server))
    for person in people:
        await person.leave()
    result: dict[str, object] = {
        kind: {
            figure: round(statistics.median(each[figure] for each in found), 3)
            for figure in found[0]
        }
        for kind, found in rounds.items()
    }
    ratios = [
        many["messages_a_second"] / one["messages_a_second"]
        for many, one in zip(rounds["window"], rounds["single"], strict=True)
    ]
    return result | {"ratio": round(statistics.median(ratios), 3)}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--count", type=int, default=200, help="messages of a round")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for each in ("Ada", "Bob"):
            (folder / each).mkdir()
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "app.server", "--plain", "--host", HOST),
                *("--data", str(folder / "server"), "--longlink-port", "0"),
                *("--shortlink-port", "0", "--write-limit", "0"),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        try:
            assert process.stdout is not None
            ports = json.loads(process.stdout.readline())
            result = asyncio.run(measure(folder, ports, wanted.count, process.pid))
        finally:
            process.terminate()
            process.communicate()
    print(
        json.dumps({"python": platform.python_version(), "cpus": os.cpu_count()} | result, indent=2)
    )


if __name__ == "__main__":
    main()
