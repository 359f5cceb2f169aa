"""What the tests of connecting share."""

from __future__ import annotations

import pytest

from tests.netcore.connect import peers
from tests.support.tasks import own_tasks


@pytest.fixture
async def nothing_left_open():
    """All sockets and tasks of a test are gone when it ends."""
    before = peers.sockets_of_this_process()
    own = len(own_tasks())
    yield
    assert await peers.gone_back_to(before, own)
