"""Watches an event loop from a thread of its own and reports when it stands still.

A loop that stands still cannot report itself, so this is one of the few threads of the program. It
sleeps, asks the loop for an answer once a second, and writes to the log by itself: what a program
that hangs for good has to say is on disk before anybody ends it. Events are for the loop's thread
and follow once the loop goes on.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass

from netcore.observe import Event
from netcore.runtime.open_files import count_open
from netcore.runtime.stalls import Look, Sign, StallSettings, StallWatch

MAX_FRAMES = 60  # of one thread, the innermost
MAX_STACKS = 32 * 1024  # characters of all stacks in one report
EVENT_STACKS = 8 * 1024  # of which the event keeps so many; the log has them all
_log = logging.getLogger("netcore.watchdog")


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopStalled(Event):
    """The event loop stood still for ``seconds`` and goes on.

    ``hung`` is whether it took longer than the time that counts as hung; ``stacks`` is what the
    threads were doing when it was noticed, the loop's first; ``stalls`` and ``hangs`` are counted
    from the start.
    """

    seconds: float
    hung: bool
    stacks: str
    stalls: int
    hangs: int


class Watchdog:
    """Watches the running loop from :meth:`start` to :meth:`stop`.

    ``report`` is called on the loop's thread once a stall is over.
    ``stalls``, ``hangs`` and ``longest`` (seconds) are for reading from any thread.
    """

    def __init__(
        self,
        settings: StallSettings | None = None,
        report: Callable[[LoopStalled], None] | None = None,
    ) -> None:
        self.stalls = 0
        self.hangs = 0
        self.longest = 0.0
        self.last_stacks = ""
        self._settings = settings or StallSettings()
        self._report = report
        self._loop: asyncio.AbstractEventLoop | None = None
        self._watched = 0  # the loop's thread
        self._stop = threading.Event()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None
        self._answered: float | None = None
        self._hung = False

    def start(self) -> None:
        """Watch the running loop; again does nothing."""
        if self._thread is not None:
            return
        self._loop = asyncio.get_running_loop()
        self._watched = threading.get_ident()
        self._stop.clear()
        self._thread = threading.Thread(target=self._run, name="watchdog", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop watching. Returns at once; the thread ends by itself."""
        self._stop.set()
        self._wake.set()
        self._thread = None

    # -- in the loop's thread -------------------------------------------------------------------

    def _answer(self) -> None:
        self._answered = time.monotonic()
        self._wake.set()

    # -- in the watchdog's thread ---------------------------------------------------------------

    def _run(self) -> None:
        stop, wake = self._stop, self._wake
        watch = StallWatch(self._settings)
        me = threading.get_ident()
        while not stop.is_set():
            answered, self._answered = self._answered, None
            look = watch.look(time.monotonic(), answered_at=answered)
            self._act(look, me)
            if not watch.waiting and answered is None and not self._ask(watch):
                return
            if watch.waiting:
                wake.wait(look.wait)
                wake.clear()
            else:
                stop.wait(look.wait)

    def _ask(self, watch: StallWatch) -> bool:
        assert self._loop is not None
        watch.asked(time.monotonic())
        try:
            self._loop.call_soon_threadsafe(self._answer)
        except RuntimeError:  # the loop is closed: nothing is left to watch
            return False
        return True

    def _act(self, look: Look, me: int) -> None:
        if look.sign is Sign.NOTHING:
            return
        self.longest = max(self.longest, look.seconds)
        if look.sign is Sign.ENDED:
            self._ended(look.seconds)
            return
        self.last_stacks = stacks_of_threads(first=self._watched, leaving_out=me)
        files = count_open()
        if look.sign is Sign.HUNG:
            self.hangs += 1
            self._hung = True
            _log.error(
                "the event loop has hung for %.1f s (%s):\n%s",
                look.seconds,
                files,
                self.last_stacks,
            )
        else:
            self.stalls += 1
            _log.warning(
                "the event loop stands still for %.1f s (%s):\n%s",
                look.seconds,
                files,
                self.last_stacks,
            )

    def _ended(self, seconds: float) -> None:
        assert self._loop is not None
        _log.warning("the event loop goes on after %.1f s", seconds)
        event = LoopStalled(
            seconds=seconds,
            hung=self._hung,
            stacks=self.last_stacks[:EVENT_STACKS],
            stalls=self.stalls,
            hangs=self.hangs,
        )
        self._hung = False
        if self._report is not None:
            with contextlib.suppress(RuntimeError):  # the loop is closed
                self._loop.call_soon_threadsafe(self._report, event)


def stacks_of_threads(*, first: int = 0, leaving_out: int = 0) -> str:
    """What every thread is doing, innermost call last; at most ``MAX_STACKS`` characters.

    The thread whose identifier is ``first`` comes before the others.
    """
    names = {thread.ident: thread.name for thread in threading.enumerate()}
    parts = []
    frames = sorted(sys._current_frames().items(), key=lambda each: each[0] != first)
    for ident, frame in frames:
        if ident != leaving_out:
            lines = "".join(traceback.format_list(traceback.extract_stack(frame)[-MAX_FRAMES:]))
            parts.append(f"thread {names.get(ident, ident)}:\n{lines}")
    text = "\n".join(parts)
    if len(text) > MAX_STACKS:
        text = text[:MAX_STACKS] + "\n... (cut)"
    return text
