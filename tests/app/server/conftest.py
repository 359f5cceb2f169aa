"""A server in the test's own loop, and clients of it, all closed at the test's end."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.server.server import Server
from app.server.settings import Limits, ServerSettings
from tests.app.server.clients import HOST, Http, PhobosClient, SampleClient
from tests.app.server.world import CHEAP, World

LIMITS = Limits(log_in_tries=100, log_in_tries_host=1000, sign_ups_host=1000, writes=0, requests=0)


class House:
    """A running server and its clients."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.tls: Any = None
        self._clients: list[Any] = []

    async def phobos(self) -> PhobosClient:
        return self._kept(await PhobosClient.connect(self.server.longlink_port, self.tls))

    async def person(self, name: str) -> PhobosClient:
        """Somebody who has just signed up."""
        return await (await self.phobos()).sign_up(name)

    async def device(self, name: str) -> PhobosClient:
        """Another device of somebody's."""
        return await (await self.phobos()).log_in(name)

    async def guest(self) -> SampleClient:
        """A sample client; in the topics once this returns."""
        client = self._kept(await SampleClient.connect(self.server.longlink_port, self.tls))
        await client.nothing_came()
        return client

    async def http(self) -> Http:
        return self._kept(await Http.connect(self.server.shortlink_port, self.tls))

    def _kept(self, client: Any) -> Any:
        self._clients.append(client)
        return client

    async def close(self) -> None:
        for each in self._clients:
            await each.close()
        await self.server.close()


Start = Callable[..., Awaitable[House]]


@pytest.fixture
async def start(tmp_path: Path) -> AsyncIterator[Start]:
    """Starts a server on free ports; ``limits`` and other settings may be given."""
    houses: list[House] = []

    async def go(limits: Limits = LIMITS, plain: bool = True, **more: bool) -> House:
        settings = ServerSettings(
            data=tmp_path / "data",
            host=HOST,
            longlink_port=0,
            shortlink_port=0,
            plain=plain,
            limits=limits,
            **more,
        )
        server = Server(settings, hasher=CHEAP)
        await server.start()
        houses.append(House(server))
        return houses[-1]

    yield go
    for each in houses:
        await each.close()


@pytest.fixture
async def house(start: Start) -> House:
    """A plain server."""
    return await start()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A service without a socket."""
    made = World(tmp_path)
    yield made
    made.database.close()
