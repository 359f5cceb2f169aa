"""A phobos-server process."""

from __future__ import annotations

import asyncio
import json
import sys
from asyncio.subprocess import PIPE, Process
from pathlib import Path
from typing import Self

from tests.app.server.clients import HOST, PATIENCE, PhobosClient

ROOT = Path(__file__).resolve().parents[2]


class ServerProcess:
    """Started on free ports, or on the ones given; the log gathers in :attr:`log`."""

    def __init__(self, data: Path, *options: str, ports: tuple[int, int] = (0, 0)) -> None:
        self.options = [
            *("--host", HOST, "--data", str(data), *options),
            *(("--end-with-stdin",) if sys.platform == "win32" else ()),  # it has no SIGTERM
            *("--longlink-port", str(ports[0]), "--shortlink-port", str(ports[1])),
        ]
        self.log = ""
        self.process: Process
        self.longlink_port = self.shortlink_port = 0

    async def run(self) -> tuple[int, str, str]:
        """Wait for its end: (exit code, stdout, stderr)."""
        await self._spawn()
        async with asyncio.timeout(PATIENCE):
            out, err = await self.process.communicate()
        assert self.process.returncode is not None
        return self.process.returncode, out.decode(), err.decode()

    async def __aenter__(self) -> Self:
        await self._spawn()
        assert self.process.stdout is not None
        async with asyncio.timeout(PATIENCE):
            line = await self.process.stdout.readline()
        ports = json.loads(line or await self._words())
        assert set(ports) == {"longlink_port", "shortlink_port"}
        self.longlink_port, self.shortlink_port = ports["longlink_port"], ports["shortlink_port"]
        return self

    async def __aexit__(self, *_: object) -> None:
        if self.process.returncode is None:
            await self.kill()

    async def kill(self) -> None:
        """SIGKILL."""
        self.process.kill()
        await self._ended()

    async def terminate(self) -> int:
        """SIGTERM, on Windows the end of its input; gives the exit code."""
        if sys.platform == "win32":
            assert self.process.stdin is not None
            self.process.stdin.close()
        else:
            self.process.terminate()
        return await self._ended()

    async def client(self, tls: object = None) -> PhobosClient:
        return await PhobosClient.connect(self.longlink_port, tls)  # type: ignore[arg-type]

    async def _spawn(self) -> None:
        self.process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "app.server",
            *self.options,
            cwd=ROOT,
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
        )

    async def _words(self) -> str:
        _, err = await self.process.communicate()
        raise AssertionError(f"the server did not start: {err.decode()}")

    async def _ended(self) -> int:
        async with asyncio.timeout(PATIENCE):
            _, err = await self.process.communicate()
        self.log += err.decode()
        assert self.process.returncode is not None
        return self.process.returncode
