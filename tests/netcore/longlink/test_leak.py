"""Ten thousand connections come and go: no task, socket or memory is left."""

from __future__ import annotations

import asyncio
import gc

import psutil
import pytest

from netcore.errors import DisconnectReason
from netcore.longlink.state import LinkState
from tests.netcore.longlink.watched import Watched
from tests.netcore.peers import EchoPeer
from tests.support.tasks import own_tasks

ROUNDS = 10_000
WARM = 1_000


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_ten_thousand_rounds_leave_nothing_behind():
    tasks = len(own_tasks())
    async with EchoPeer() as peer:
        sockets = open_sockets()
        core = Watched(peer.port)
        core.observer._subscribers = ()  # it would keep all events
        up = asyncio.Event()
        async with core:
            main = core.longlinks.main
            assert main is not None
            state_changed = main.link_state

            def link_state(state: LinkState) -> None:
                state_changed(state)
                if state is LinkState.CONNECTED:
                    up.set()

            main.link_state = link_state  # type: ignore[method-assign]
            before = 0, 0
            for number in range(ROUNDS):
                if number == WARM:
                    before = objects(), memory()
                up.clear()
                if not core.make_sure_longlink_connected():
                    await up.wait()
                main.link.disconnect(DisconnectReason.RESET, tell_owner=False)
            await peer.until(lambda: not peer.connections)
            after = objects(), memory()
            assert peer.total >= ROUNDS - 1
            assert len(own_tasks()) == tasks
            assert open_sockets() == sockets
            # asyncio keeps up to a hundred cancelled timers and what they hold
            # (some 500 objects, up and down); a leak is one a round at least
            assert after[0] - before[0] < ROUNDS / 10
            assert after[1] - before[1] < 4 * 1024 * 1024  # bytes
        await asyncio.sleep(0)
    assert len(own_tasks()) == tasks


def open_sockets() -> int:
    return len(psutil.Process().net_connections("inet"))


def objects() -> int:
    gc.collect()
    return len(gc.get_objects())


def memory() -> int:
    return int(psutil.Process().memory_info().rss)
