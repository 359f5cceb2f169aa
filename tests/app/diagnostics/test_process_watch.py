"""The app's watchdog: from a loop that stands still to the NetCore's observer."""

import asyncio
import logging
import threading

import pytest

from app.diagnostics.process_watch import ProcessWatch
from netcore.core import NetCore
from netcore.runtime.stalls import StallSettings
from netcore.runtime.watchdog import EVENT_STACKS, LoopStalled
from netcore.settings import Settings

HASTY = StallSettings(period=0.02, stall=0.05, hang=0.15)


@pytest.fixture
def hung():
    """Set as soon as the watchdog has logged a hang."""
    seen = threading.Event()

    class Noticed(logging.Handler):
        def emit(self, record):
            if record.levelno == logging.ERROR:
                seen.set()

    log, handler = logging.getLogger("netcore.watchdog"), Noticed()
    log.addHandler(handler)
    yield seen
    log.removeHandler(handler)


async def test_a_hang_becomes_an_event_of_the_core_in_use_and_is_counted(hung):
    core = NetCore(Settings(longlink_hosts=("im.example",), longlink_ports=(8081,)))
    told = asyncio.get_running_loop().create_future()
    core.observer.subscribe(lambda event: told.done() or told.set_result(event))
    watch = ProcessWatch(lambda: core, HASTY)
    watch.start()
    assert hung.wait(30.0)
    event = await told
    watch.stop()
    assert isinstance(event, LoopStalled)
    assert event.hung
    assert event.stacks.startswith("thread MainThread:")
    assert len(event.stacks) <= EVENT_STACKS
    health = watch.health()
    assert (health.stalls, health.hangs) == (1, 1)
    assert health.longest >= HASTY.hang
    assert health.as_dict()["longest_stall"] == round(health.longest, 3)
    assert set(health.as_dict()["open"]) == {"total", "sockets", "limit"}


async def test_without_a_core_a_stall_is_counted_all_the_same(hung):
    watch = ProcessWatch(lambda: None, HASTY)
    watch.start()
    assert hung.wait(30.0)
    await asyncio.sleep(0)
    watch.stop()
    assert watch.health().stalls == 1
