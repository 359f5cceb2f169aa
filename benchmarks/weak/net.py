"""Two network namespaces, the pump between them, and the processes that run in them.

Everything that is made here is undone here: processes by their id, namespaces by their name. What a
killed laboratory left behind is removed by the next one (names carry the id of their process).
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from benchmarks.weak.conditions import Weather
from benchmarks.weak.player import CLIENT, OTHER_CLIENT, SERVER
from benchmarks.weak.pump import as_json
from netcore.runtime.task_holder import TaskHolder

DEVICE = "wire"
CLIENT_V6, SERVER_V6 = "fd78::2", "fd78::1"
END_TIMEOUT = 3.0  # seconds between asking a process to end and killing it
LONGEST_LINE = 1 << 22  # bytes of a report
_numbers = itertools.count(1)


class LabError(Exception):
    """The laboratory cannot be set up; the message says what failed."""


def run(*words: str) -> str:
    """A command's output; raises LabError."""
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise LabError(f"{' '.join(words)}: {done.stderr.strip()}")
    return done.stdout


def remove(*namespaces: str) -> None:
    """Those of the namespaces that there are."""
    for name in namespaces:
        if Path("/run/netns", name).exists():
            subprocess.run(["ip", "netns", "del", name], check=False)


def remove_leftovers() -> None:
    """Namespaces of laboratories whose process is gone."""
    for line in run("ip", "netns", "list").splitlines():
        name = line.split()[0]
        if not name.startswith("weak-"):
            continue
        owner = name.split("-")[1]
        if not Path(f"/proc/{owner}").exists():
            remove(name)


class Process:
    """A process in a namespace ("" is ours) that speaks JSON lines; it dies with us."""

    def __init__(self, process: asyncio.subprocess.Process, name: str) -> None:
        self.process = process
        self.name = name

    @classmethod
    async def start(cls, namespace: str, *words: str, name: str = "", **more: Any) -> Process:
        """Start ``words``."""
        inside = ("ip", "netns", "exec", namespace) if namespace else ()
        made = await asyncio.create_subprocess_exec(
            "setpriv", "--pdeathsig", "KILL", *inside, *words,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=None if "WEAK_LOG" in os.environ else asyncio.subprocess.DEVNULL,
            limit=LONGEST_LINE,
            start_new_session=True,  # Ctrl+C is ours alone
            **more,
        )  # fmt: skip
        return cls(made, name or words[0])

    def tell(self, **command: Any) -> None:
        """Say a line to it; one that has ended hears nothing."""
        assert self.process.stdin is not None
        with contextlib.suppress(OSError, RuntimeError):
            self.process.stdin.write(json.dumps(command).encode() + b"\n")

    async def hear(self, event: str, timeout: float) -> dict[str, Any]:
        """The next line that is ``event``; raises LabError when it does not come."""
        assert self.process.stdout is not None
        try:
            async with asyncio.timeout(timeout):
                while line := await self.process.stdout.readline():
                    found: dict[str, Any] = json.loads(line)
                    if found.get("event") == event:
                        return found
        except TimeoutError:
            raise LabError(f"{self.name}: no {event!r} within {timeout:g} s") from None
        raise LabError(f"{self.name} ended before it said {event!r}")

    def processor_seconds(self) -> float:
        """What it has taken so far."""
        try:
            fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return 0.0
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    async def end(self) -> None:
        """Ask it to end, then kill it."""
        process = self.process
        assert process.stdin is not None
        process.stdin.close()
        for number in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(number)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(END_TIMEOUT):
                    await process.wait()
                    return


class Net:
    """The namespaces ``client`` and ``server`` and the wire; use it with ``async with``."""

    def __init__(self, seed: int) -> None:
        number = next(_numbers)
        self.client = f"weak-{os.getpid()}-{number}c"
        self.server = f"weak-{os.getpid()}-{number}s"
        self._seed = seed
        self._address = CLIENT
        self._pump: Process | None = None
        self._processes: list[Process] = []
        self._holder = TaskHolder("weak-net")

    async def __aenter__(self) -> Self:
        try:
            await self._build()
        except BaseException:
            await self.__aexit__(None, None, None)
            raise
        return self

    async def _build(self) -> None:
        devices = [f"w{os.getpid()}{name[-2:]}"[:15] for name in (self.client, self.server)]
        self._pump = await Process.start(
            "", sys.executable, "-m", "benchmarks.weak.pump", *devices, str(self._seed), name="pump"
        )
        await self._pump.hear("ready", 20.0)
        ends = ((self.client, CLIENT, CLIENT_V6), (self.server, SERVER, SERVER_V6))
        for device, (name, address, v6) in zip(devices, ends, strict=True):
            run("ip", "netns", "add", name)
            run("ip", "link", "set", device, "netns", name, "name", DEVICE)
            run("ip", "-n", name, "link", "set", "lo", "up")
            run("ip", "-n", name, "addr", "add", f"{address}/24", "dev", DEVICE)
            run("ip", "-n", name, "addr", "add", f"{v6}/64", "dev", DEVICE, "nodad")
            run("ip", "-n", name, "link", "set", DEVICE, "up")

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        undoing = self._holder.start(self._undo(), "undo")
        cancelled = False
        while not undoing.done():  # also while we are cancelled, as often as that may be
            try:
                await asyncio.shield(undoing)
            except asyncio.CancelledError:
                cancelled = True
        remove(self.client, self.server)
        if cancelled:
            raise asyncio.CancelledError

    async def _undo(self) -> None:
        ends = [each.end() for each in reversed(self._processes)]
        if self._pump is not None:
            ends.append(self._pump.end())
        await asyncio.gather(*ends, return_exceptions=True)

    async def start(self, namespace: str, *words: str, name: str = "") -> Process:
        """Start a process in ``namespace``; it ends with the net."""
        made = await Process.start(namespace, *words, name=name)
        self._processes.append(made)
        return made

    def change(self, weather: Weather) -> None:
        """Give the wire other conditions."""
        assert self._pump is not None
        self._pump.tell(
            do="change",
            up=as_json(weather.up),
            down=as_json(weather.down),
            firewall=as_json(weather.firewall),
        )

    def forget(self) -> None:
        """The NAT loses its table."""
        assert self._pump is not None
        self._pump.tell(do="forget")

    async def counts(self) -> dict[int, dict[str, int]]:
        """What entered the wire so far, by port of the server's side."""
        assert self._pump is not None
        self._pump.tell(do="counts")
        found = await self._pump.hear("counts", 10.0)
        return {int(port): count for port, count in found["counts"].items()}

    def interface_down(self) -> None:
        """The client's interface goes away, and its address with it."""
        run("ip", "-n", self.client, "link", "set", DEVICE, "down")
        run("ip", "-n", self.client, "addr", "flush", "dev", DEVICE)

    def interface_up(self) -> None:
        """It comes back with the other address."""
        self._address = OTHER_CLIENT if self._address == CLIENT else CLIENT
        run("ip", "-n", self.client, "addr", "add", f"{self._address}/24", "dev", DEVICE)
        run("ip", "-n", self.client, "link", "set", DEVICE, "up")
