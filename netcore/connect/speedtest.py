"""Which address answers fastest (``mars/stn/src/longlink_speed_test.cc``).

Every address is connected to and asked one thing (on a long link a noop) at the same time.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from netcore.connect.dial import dial
from netcore.connect.endpoint import Endpoint
from netcore.connect.proxy import Proxy
from netcore.errors import NetcoreError
from netcore.runtime.clock import NEVER
from netcore.runtime.task_holder import TaskHolder

TIMEOUT = 10.0  # kTimeout, seconds


@dataclass(frozen=True, slots=True)
class Speed:
    """One address's times in seconds; ``connect`` and ``answer`` (after it) are None if missed."""

    endpoint: Endpoint
    connect: float | None
    answer: float | None
    error: str = ""

    @property
    def total(self) -> float:
        """Connecting and answering together, infinite when it failed."""
        if self.connect is None or self.answer is None:
            return NEVER
        return self.connect + self.answer


async def speed_test(
    endpoints: Sequence[Endpoint],
    exchange: Callable[[socket.socket, Endpoint], Awaitable[None]],
    *,
    proxy: Proxy | None = None,
    timeout: float = TIMEOUT,
) -> list[Speed]:
    """All addresses measured side by side, the fastest first, failed ones last.

    ``exchange`` asks over the connected socket and returns once the answer is whole; it must not
    close the socket. ``timeout`` in seconds is for each address.
    """
    holder = TaskHolder("speedtest")
    try:
        tasks = [
            holder.start(_measure(each, exchange, proxy, timeout), str(each)) for each in endpoints
        ]
        results = [await task for task in tasks]
    finally:
        await holder.close()
    return sorted(results, key=lambda speed: speed.total)


async def _measure(
    endpoint: Endpoint,
    exchange: Callable[[socket.socket, Endpoint], Awaitable[None]],
    proxy: Proxy | None,
    timeout: float,
) -> Speed:
    loop = asyncio.get_running_loop()
    started = loop.time()
    connected: float | None = None
    try:
        async with asyncio.timeout(timeout):
            sock = await dial(endpoint, proxy=proxy, timeout=timeout)
            with contextlib.closing(sock):
                connected = loop.time()
                await exchange(sock, endpoint)
                return Speed(endpoint, connected - started, loop.time() - connected)
    except TimeoutError:
        error = f"no answer within {timeout:g} s"
    except (NetcoreError, OSError, EOFError) as failure:
        error = str(failure) or type(failure).__name__
    return Speed(endpoint, None if connected is None else connected - started, None, error)
