"""The watchdog on a real loop that stands still until it has been reported."""

import asyncio
import logging
import os
import socket
import sys
import threading

import pytest

from netcore.runtime import watchdog
from netcore.runtime.open_files import OpenFiles, count_open
from netcore.runtime.stalls import StallSettings
from netcore.runtime.watchdog import MAX_FRAMES, LoopStalled, Watchdog, stacks_of_threads

HASTY = StallSettings(period=0.02, stall=0.05, hang=0.15)


class Reports(logging.Handler):
    """Lets a test wait, in the thread that stands still, until the watchdog has logged."""

    def __init__(self):
        super().__init__()
        self.seen = {}
        self.levels = {logging.WARNING: threading.Event(), logging.ERROR: threading.Event()}

    def emit(self, record):
        self.seen[record.levelno] = record.getMessage()
        self.levels[record.levelno].set()


@pytest.fixture
def reports():
    handler = Reports()
    log = logging.getLogger("netcore.watchdog")
    log.addHandler(handler)
    yield handler
    log.removeHandler(handler)


def stand_still(event):
    assert event.wait(30.0)


async def test_a_stall_is_logged_with_the_stacks_while_it_lasts(reports):
    event = asyncio.get_running_loop().create_future()
    dog = Watchdog(HASTY, event.set_result)
    dog.start()
    stand_still(reports.levels[logging.WARNING])
    assert "stands still" in reports.seen[logging.WARNING]
    assert "in stand_still" in reports.seen[logging.WARNING]
    assert "open files" in reports.seen[logging.WARNING]
    event = await event
    dog.stop()
    assert isinstance(event, LoopStalled)
    assert event.seconds >= HASTY.stall
    assert "in stand_still" in event.stacks
    assert (event.hung, event.stalls, event.hangs) == (dog.hangs > 0, dog.stalls, dog.hangs)


async def test_a_hang_is_an_error_in_the_log_and_counted(reports):
    dog = Watchdog(HASTY)
    dog.start()
    stand_still(reports.levels[logging.ERROR])
    dog.stop()
    assert "has hung" in reports.seen[logging.ERROR]
    assert (dog.stalls, dog.hangs) == (1, 1)
    assert dog.longest >= HASTY.hang


async def test_stopping_ends_the_thread():
    await asyncio.to_thread(int)  # its worker thread is there from now on
    before = set(threading.enumerate())
    dog = Watchdog(HASTY)
    dog.start()
    (thread,) = set(threading.enumerate()) - before
    dog.stop()
    await asyncio.to_thread(thread.join, 30.0)
    assert not thread.is_alive()
    dog.start()
    dog.stop()


def test_a_closed_loop_ends_the_thread():
    loop = asyncio.new_event_loop()
    dog = Watchdog(HASTY)
    before = set(threading.enumerate())

    async def start():
        dog.start()

    loop.run_until_complete(start())
    (thread,) = set(threading.enumerate()) - before
    loop.close()
    thread.join(30.0)
    assert not thread.is_alive()


def test_the_stacks_are_cut_at_their_bound(monkeypatch):
    assert "in test_the_stacks_are_cut_at_their_bound" in stacks_of_threads()
    monkeypatch.setattr(watchdog, "MAX_STACKS", 100)
    text = stacks_of_threads()
    assert len(text) == 100 + len("\n... (cut)")
    assert text.endswith("... (cut)")


def test_of_a_deep_stack_the_innermost_calls_are_kept():
    def even(level):
        return stacks_of_threads() if level <= 0 else odd(level - 1)

    def odd(level):
        return stacks_of_threads() if level <= 0 else even(level - 1)

    text = even(900)
    assert text.count(", in even") + text.count(", in odd") < MAX_FRAMES
    assert "in stacks_of_threads" in text


@pytest.mark.skipif(not os.path.isdir("/dev/fd"), reason="this system lists no descriptors")
@pytest.mark.skipif(sys.platform == "win32", reason="no list of open files there")
def test_open_files_and_sockets_are_counted():
    before = count_open()
    with socket.socket(), open(os.devnull, "rb"):
        during = count_open()
    assert during.total == before.total + 2
    assert during.sockets == before.sockets + 1


def test_the_count_in_words():
    assert str(OpenFiles(12, 5, 1024)) == "12 of 1024 open files, 5 of them sockets"
    assert str(OpenFiles(300, -1, -1)) == "300 open files"
    assert str(OpenFiles(-1, -1, -1)) == "open files unknown"
