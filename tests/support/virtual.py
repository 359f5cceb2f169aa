"""An event loop whose clock jumps to the next timer instead of waiting for it."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class _JumpingSelector(selectors.DefaultSelector):
    passed = 0.0  # seconds that were jumped over

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        events = super().select(0)
        if not events and timeout is not None and timeout > 0:
            self.passed += timeout
            return events
        if not events and timeout is None:
            return super().select(5)  # only a thread or a socket can wake us
        return events


class VirtualLoop(asyncio.SelectorEventLoop):
    """Timers only: whoever waits for a real socket beside one sees the timer win."""

    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        return 1000.0 + self._jumping.passed

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:
        # Its threads live in real time; from Python 3.12 on a time-out of 300 s is asked for.
        await super().shutdown_default_executor()


def run_virtual(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine in virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(work)
