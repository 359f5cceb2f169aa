"""What all clients of the laboratory have in common: commands in, one report out.

A client is a process of its own in one of the namespaces. It connects, says ``{"event": "ready"}``,
and obeys one JSON object a line:

- ``{"do": "go", "at": T, "count": N, "interval": S, "length": L}``: measure from now on; a sender
  gives its client message ``i`` of ``L`` characters at ``T + i * S`` (monotonic seconds, which all
  processes of a machine share)
- ``{"do": "network", "name": NAME}``: what the platform's signals would say; "" is no network
- ``{"do": "report"}``: say what was sent, what arrived and what it cost

A receiver says ``{"event": "all"}`` when it has everything. It ends with its standard input.
"""

from __future__ import annotations

import asyncio
import json
import random
import resource
import sys
import time
from pathlib import Path
from typing import Any

from netcore.runtime.task_holder import TaskHolder

SERVER = "10.78.0.1"
CLIENT = "10.78.0.2"
OTHER_CLIENT = "10.78.0.3"
WARM_UP = -1  # the number of the message that proves that everything is connected


def say(event: str, **more: Any) -> None:
    """A line for the one who started us."""
    print(json.dumps({"event": event, **more}), flush=True)


def text_of(number: int, length: int) -> str:
    """Message ``number``: no more compressible than what people write."""
    letters = random.Random(number).choices("etaoinshrdlu     cmfwypvbgkjqxz", k=length)
    return f"{number} {''.join(letters)}"[:length]


def number_of(text: str) -> int:
    """The number of a message."""
    return int(text.partition(" ")[0])


def processor_seconds() -> float:
    """What this process has taken so far."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


class Player:
    """A sender or a receiver; products inherit from it.

    They call :meth:`arrived` for everything that comes to the receiver's hand, as often as it
    comes, and override what they need of the rest. ``role`` is "sender" or "receiver".
    """

    def __init__(self, role: str, ports: dict[str, int], folder: Path) -> None:
        self.role = role
        self.ports = ports
        self.folder = folder
        self.tasks = TaskHolder("weak")
        self._count = 0
        self._sent: dict[int, float] = {}
        self._arrivals: list[tuple[int, float]] = []
        self._seen: set[int] = set()
        self._warm = asyncio.Event()
        self._cost = 0.0

    async def start(self) -> None:
        """Connect; returns when messages can be sent, or be received."""

    def send(self, number: int, text: str) -> None:
        """Hand a message to the client; must not wait."""

    def network(self, name: str) -> None:
        """The platform says that there is another network, or (with "") none."""

    def view(self) -> list[int]:
        """What the receiver's person sees in the end, in order; what arrived, first come."""
        return list(dict.fromkeys(number for number, _ in self._arrivals))

    def more(self) -> dict[str, Any]:
        """What the report says besides."""
        return {}

    async def end(self) -> None:
        """Close what must be closed."""

    async def warm(self) -> None:
        """Wait for the message that proves the whole way."""
        async with asyncio.timeout(30):
            await self._warm.wait()

    def arrived(self, text: str) -> None:
        """A message came to the receiver's hand."""
        number = number_of(text)
        if number == WARM_UP:
            self._warm.set()
            return
        self._arrivals.append((number, time.monotonic()))
        self._seen.add(number)
        if len(self._seen) == self._count:
            say("all")

    async def _send_all(self, at: float, count: int, interval: float, length: int) -> None:
        for number in range(count):
            await asyncio.sleep(at + number * interval - time.monotonic())
            self._sent[number] = time.monotonic()
            self.send(number, text_of(number, length))

    def _go(self, command: dict[str, Any]) -> None:
        self._count = command["count"]
        self._cost = processor_seconds()
        if self.role == "sender":
            sending = self._send_all(
                command["at"], self._count, command["interval"], command["length"]
            )
            self.tasks.start(sending, "send")

    def _report(self) -> None:
        say(
            "report",
            sent=self._sent,
            arrivals=self._arrivals,
            view=self.view(),
            processor=processor_seconds() - self._cost,
            **self.more(),
        )

    async def obey(self) -> None:
        """Do what is asked until the standard input ends."""
        reader = asyncio.StreamReader()
        loop = asyncio.get_running_loop()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        await self.start()
        if self.role == "sender":
            self.send(WARM_UP, text_of(WARM_UP, 10))
        say("ready")
        while line := await reader.readline():
            command = json.loads(line)
            match command["do"]:
                case "go":
                    self._go(command)
                case "network":
                    self.network(command["name"])
                case "warm":
                    await self.warm()
                    say("warm")
                case "report":
                    self._report()
        await self.end()
        await self.tasks.close()
