"""What the tests of connecting share."""

from __future__ import annotations

import asyncio

import pytest

from tests.netcore.connect import peers


@pytest.fixture
async def nothing_left_open():
    """All sockets and tasks of a test are gone when it ends."""
    before = peers.sockets_of_this_process()
    own = len(asyncio.all_tasks())
    yield
    assert await peers.gone_back_to(before, own)
