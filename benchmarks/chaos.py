"""Nothing lost, doubled or out of order: messages over a wire that changes at random, with kills.

``python -m benchmarks.chaos --messages N --seed S`` (root on Linux): two namespaces joined by the
laboratory's wire (:mod:`benchmarks.wire`). One person writes N numbered messages to another as fast
as they leave, while every few seconds one of these happens, by the seed:

- the wire becomes another one: loss of 5, 20 or 30 %, bursts, reordering, darkness, or good again;
- the NAT forgets all connections;
- the writer is killed (SIGKILL) and started again; or the server is.

Prints JSON: messages, what happened how often, and what is wrong: lost, shown twice, out of order.
It ends with 1 when anything is.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import tempfile
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

from benchmarks.weak.conditions import WIRES, Weather
from benchmarks.weak.net import LabError, Net, Process, remove_leftovers
from benchmarks.weak.servers import PORTS, what_is_missing
from benchmarks.wire import Dark

WEATHERS: dict[str, Weather] = {
    **{name: WIRES[name] for name in ("good", "loss5", "loss20", "loss30", "bursts", "reorder")},
    "dark": replace(
        WIRES["dark"],
        up=replace(WIRES["dark"].up, dark=Dark(period=6.0, length=2.0)),
        down=replace(WIRES["dark"].down, dark=Dark(period=6.0, length=2.0)),
    ),
}
EVENTS = ("weather",) * 6 + ("forget", "kill writer", "kill server")
PERIOD = (0.5, 3.0)  # seconds between two events
START = 60.0  # seconds until a process that was started must be ready


class Chaos:
    """One run."""

    def __init__(self, net: Net, folder: Path, messages: int, rng: random.Random) -> None:
        self._net = net
        self._folder = folder
        self._messages = messages
        self._rng = rng
        self.happened: Counter[str] = Counter()
        self._server: Process
        self._writer: Process

    async def run(self, limit: float) -> dict[str, object]:
        """From the sign-ups to the last message; raises LabError after ``limit`` seconds."""
        self._net.change(WEATHERS["good"])
        await self._start_server()
        reader = await self._person("receiver", self._net.server)
        self._writer = await self._person("sender", self._net.client)
        began = time.monotonic()
        finished = asyncio.Event()
        async with asyncio.timeout(limit), asyncio.TaskGroup() as group:
            trouble = group.create_task(self._trouble(finished))
            shown = await reader.hear("done", limit)
            finished.set()
            await trouble
        wrote = await self._writer.hear("done", START)
        return {
            "messages": self._messages,
            "seconds": round(time.monotonic() - began, 1),
            "happened": dict(sorted(self.happened.items())),
            "lost": shown["lost"],
            "shown_twice": shown["shown_twice"],
            "out_of_order": int(not shown["in_order"]) + int(not wrote["in_order"]),
        }

    async def _trouble(self, finished: asyncio.Event) -> None:
        while not finished.is_set():
            try:
                async with asyncio.timeout(self._rng.uniform(*PERIOD)):
                    await finished.wait()
            except TimeoutError:
                await self._happen(self._rng.choice(EVENTS))
        self._net.change(WEATHERS["good"])

    async def _happen(self, event: str) -> None:
        if event == "weather":
            event = self._rng.choice(sorted(WEATHERS))
            self._net.change(WEATHERS[event])
        elif event == "forget":
            self._net.forget()
        elif event == "kill writer":
            if self._writer.process.returncode is None:
                self._writer.process.kill()
            await self._writer.process.wait()
            self._writer = await self._person("sender", self._net.client)
        else:
            self._server.process.kill()
            await self._server.process.wait()
            await self._start_server()
        self.happened[event] += 1

    async def _start_server(self) -> None:
        self._server = await self._net.start(
            self._net.server,
            sys.executable, "-m", "app.server", "--plain", "--write-limit", "0",
            "--data", str(self._folder / "server"),
            "--longlink-port", str(PORTS["phobos_long"]),
            "--shortlink-port", str(PORTS["phobos_short"]),
            name="server",
        )  # fmt: skip
        assert self._server.process.stdout is not None
        async with asyncio.timeout(START):
            await self._server.process.stdout.readline()  # its ports: it listens

    async def _person(self, role: str, namespace: str) -> Process:
        folder = self._folder / role
        folder.mkdir(exist_ok=True)
        made = await self._net.start(
            namespace,
            sys.executable, "-m", "benchmarks.chaos_person",
            role, json.dumps(PORTS), str(folder), str(self._messages),
            name=role,
        )  # fmt: skip
        await made.hear("ready", START)
        return made


async def chaos(messages: int, seed: int, limit: float) -> dict[str, object]:
    """One run with a seed; raises LabError or TimeoutError."""
    with tempfile.TemporaryDirectory(prefix="chaos-") as folder:
        async with Net(seed) as net:
            run = Chaos(net, Path(folder), messages, random.Random(seed))
            return {"seed": seed, **await run.run(limit)}


def main() -> int:
    """Run and print."""
    parser = argparse.ArgumentParser(prog="chaos", description=__doc__.splitlines()[0])
    parser.add_argument("--messages", type=int, default=5000, help="5000")
    parser.add_argument("--seed", type=int, default=1, help="1")
    parser.add_argument("--limit", type=float, default=3000.0, help="seconds; 3000")
    found = parser.parse_args()
    missing = what_is_missing()
    if missing:
        sys.stderr.write("\n".join(missing) + "\n")
        return 2
    remove_leftovers()
    try:
        result = asyncio.run(chaos(found.messages, found.seed, found.limit))
    except LabError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(json.dumps(result, indent=2) + "\n")
    return int(bool(result["lost"] or result["shown_twice"] or result["out_of_order"]))


if __name__ == "__main__":
    sys.exit(main())
