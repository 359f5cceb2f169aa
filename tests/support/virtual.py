"""An event loop whose clock jumps to the next timer instead of waiting for it."""

import asyncio
import selectors


class _JumpingSelector(selectors.DefaultSelector):
    loop = None

    def select(self, timeout=None):
        events = super().select(0)
        if not events and timeout is not None and timeout > 0:
            self.loop.virtual += timeout
            return events
        if not events and timeout is None:
            return super().select(5)  # only a thread or a socket can wake us
        return events


class VirtualLoop(asyncio.SelectorEventLoop):
    """Timers only: whoever waits for a real socket beside one sees the timer win."""

    def __init__(self):
        self.virtual = 1000.0
        selector = _JumpingSelector()
        selector.loop = self
        super().__init__(selector)

    def time(self):
        return self.virtual

    async def shutdown_default_executor(self, timeout=None):
        # Its threads live in real time; from Python 3.12 on a time-out of 300 s is asked for.
        await super().shutdown_default_executor()


def run_virtual(work):
    """Run a coroutine in virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(work)
