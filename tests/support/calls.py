"""Traces one request over a long link: the calls it takes, call by call."""

from __future__ import annotations

import asyncio
import sys
from types import FrameType

from netcore.connect.tls import TlsSettings
from netcore.core import NetCore
from netcore.settings import Settings
from netcore.task import Task

HOST = "127.0.0.1"


class Trace:
    """Keeps (module, function) of each call into netcore while it is on."""

    def __init__(self) -> None:
        self.out: list[tuple[str, str]] = []  # from the request to the write
        self.back: list[tuple[str, str]] = []  # from the first received byte on
        self._calls: list[tuple[str, str]] | None = None

    def __call__(self, frame: FrameType, event: str, argument: object) -> None:
        """A profile function as ``sys.setprofile`` takes it."""
        if event != "call":
            return
        module = str(frame.f_globals.get("__name__", ""))
        name = frame.f_code.co_qualname
        if name == "NetCore.request" and not self.out:
            self._calls = self.out
        elif name.endswith("Transport.write") and self._calls is self.out:
            self._calls = None
        elif name == "Wire.data_received" and self.out and not self.back:
            self._calls = self.back
        if self._calls is not None:
            self._calls.append((module, name))


async def trace(port: int) -> Trace:
    """Trace the second request over a long link to an echo server at this port."""
    settings = Settings(
        longlink_hosts=(HOST,), longlink_ports=(port,), tls=TlsSettings(enabled=False)
    )
    async with NetCore(settings) as core:
        await core.request(Task(cmdid=3, body=b"up"))
        await asyncio.sleep(0.05)  # the heartbeat's answer is in
        found = Trace()
        sys.setprofile(found)
        try:
            await core.request(Task(cmdid=3, body=b"traced"))
        finally:
            sys.setprofile(None)
        return found


async def traced() -> Trace:
    """The same, with a server of its own."""

    class Echo(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            assert isinstance(transport, asyncio.Transport)
            self.transport = transport

        def data_received(self, data: bytes) -> None:
            self.transport.write(data)

    server = await asyncio.get_running_loop().create_server(Echo, HOST, 0)
    async with server:
        return await trace(server.sockets[0].getsockname()[1])


def own(calls: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Those of netcore."""
    return [each for each in calls if each[0].startswith("netcore.")]


def count(calls: list[tuple[str, str]]) -> dict[str, int]:
    """How many calls, in how many modules."""
    return {"calls": len(calls), "modules": len({module for module, _ in calls})}
