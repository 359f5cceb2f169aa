from collections.abc import AsyncIterator

import pytest

from tests.support.people import Crowd, DemoServer


@pytest.fixture
async def server(tmp_path) -> AsyncIterator[DemoServer]:
    made = DemoServer(tmp_path / "server")
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def crowd(tmp_path, server) -> AsyncIterator[Crowd]:
    made = Crowd(tmp_path, server)
    yield made
    await made.close()
