"""Brings a long link back from a backup address: the shell of the timer check.

Mars: ``mars/stn/src/netsource_timercheck.cc``. When to try is for
:mod:`netcore.connect.failback` to decide; one try runs at a time, and it belongs to the
connection that it was made for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from netcore.connect.endpoint import Endpoint
from netcore.connect.failback import FailbackPolicy, check_back
from netcore.connect.sources import Sources
from netcore.links.context import Context
from netcore.runtime.clock import NEVER


class Failback:
    """Checks one link's way back; ``succeeded()`` is called when it should connect anew."""

    def __init__(
        self,
        link: str,
        ports: Sequence[int],
        context: Context,
        sources: Sources,
        probe: Callable[[Endpoint], Awaitable[None]],
        succeeded: Callable[[], None],
    ) -> None:
        self._link = link
        self._ports = ports
        self._context = context
        self._sources = sources
        self._probe = probe
        self._succeeded = succeeded
        self._now = context.clock.now
        self._policy = FailbackPolicy(context.settings.timer_check)
        self._task: asyncio.Task[None] | None = None
        self._current: Endpoint | None = None
        self._closed = False
        self.on_active()

    @property
    def due(self) -> float:
        """When to call :meth:`tick`; infinite while the link is no concern of this."""
        return self._policy.next_at if self._current is not None and not self._closed else NEVER

    def connected(self, endpoint: Endpoint | None) -> None:
        """The link is up on this address, or down (None)."""
        self._current = endpoint
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def on_active(self) -> None:
        """The app became active or inactive."""
        self._policy.on_active(self._context.active.active, self._now())

    def tick(self) -> None:
        """Do what is due by the clock."""
        current = self._current
        if current is None or self._closed or not self._policy.due(current.source, self._now()):
            return
        if self._task is None or self._task.done():
            self._task = self._context.holder.start(self._check(current), f"{self._link}-backcheck")

    async def _check(self, current: Endpoint) -> None:
        found = await check_back(
            self._sources,
            current,
            self._probe,
            rng=self._context.rng,
            ports=self._ports,
            timeout=self._policy.settings.timeout,
            observer=self._context.observer,
        )
        self._task = None
        if found is not None and self._current is current and not self._closed:
            self._succeeded()

    def close(self) -> None:
        """No more."""
        self._closed = True
        self.connected(None)
