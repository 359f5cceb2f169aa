"""All open sockets: how many there may be, what they may hold together, the threads they share.

======================================  ==========================================================
bound                                   at it
======================================  ==========================================================
``max_connections``, and of one         the next socket is refused, before its handshake
network ``max_connections_host``
``held`` bytes of unread answers and    those that hold most are cut, until three quarters are left
half requests, of all together
``hashings`` passwords that wait, and   the next is refused as SERVER_ERROR with ``retry_after``
of one network ``hashings_host``
======================================  ==========================================================
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from app.chat.proto import chat_pb2 as pb
from app.server.errors import RefusedError
from app.server.response import Done, Later
from app.server.settings import Limits
from netcore.runtime.task_holder import TaskHolder

if TYPE_CHECKING:
    from app.server.connection import ClientConnection

WORKERS = 2  # threads, 64 MiB each while they work
_log = logging.getLogger("app.server.connections")


class Connections:
    """All open connections and what they share."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.tasks = TaskHolder("server")
        self.held = 0  # bytes that the connections hold, as each said last
        self._open: dict[ClientConnection, int] = {}  # what each of them holds of those
        self._sockets: Counter[str] = Counter()  # by network
        self._threads = ThreadPoolExecutor(WORKERS, thread_name_prefix="server")
        self._hashings: Counter[str] = Counter()  # by network
        self._none_left = asyncio.Event()
        self._closing = False

    def __len__(self) -> int:
        return len(self._open)

    @property
    def sockets(self) -> int:
        """Sockets that have a seat, those in their handshake too."""
        return self._sockets.total()

    # -- seats ----------------------------------------------------------------------------------

    def admit(self, network: str) -> str:
        """Give a new socket a seat, until :meth:`leave`; or say why it gets none."""
        if self._closing:  # taken by the listener just before it was closed
            return "the server ends"
        if self.sockets >= self.limits.max_connections:
            return "too many connections"
        if 0 < self.limits.max_connections_host <= self._sockets[network]:
            return "too many connections of its network"
        self._sockets[network] += 1
        return ""

    def leave(self, network: str) -> None:
        """A socket that had a seat is closed."""
        self._sockets[network] -= 1
        if self._sockets[network] <= 0:
            del self._sockets[network]

    def add(self, connection: ClientConnection) -> None:
        """The connection of an admitted socket is open."""
        self._open[connection] = 0

    def remove(self, connection: ClientConnection) -> None:
        """A connection is closed; its seat is free."""
        self.held -= self._open.pop(connection, 0)
        self.leave(connection.host)
        if not self._open:
            self._none_left.set()

    def hand_on(self, connection: ClientConnection) -> None:
        """A connection's socket goes on as another connection, with the same seat."""
        self.held -= self._open.pop(connection, 0)

    # -- memory ---------------------------------------------------------------------------------

    def note_held(self, connection: ClientConnection) -> None:
        """A connection holds more or less than before."""
        if connection not in self._open:
            return
        held = connection.held
        self.held += held - self._open[connection]
        self._open[connection] = held
        if self.held > self.limits.held:
            self._free_memory()

    def _free_memory(self) -> None:
        """Cut those that hold most; what a client has taken meanwhile is counted first."""
        for each in self._open:
            self._open[each] = each.held
        self.held = sum(self._open.values())
        if self.held <= self.limits.held:
            return
        for each in sorted(self._open, key=lambda one: self._open[one], reverse=True):
            if self.held <= self.limits.held * 3 // 4:
                break
            size, self._open[each] = self._open[each], 0
            self.held -= size
            each.cut(f"all clients together hold too much, and it holds {size} bytes")

    # -- passwords ------------------------------------------------------------------------------

    async def finish(self, later: Later, network: str) -> Done:
        """Do in a thread what is to be done in one."""
        if (
            self._hashings.total() >= self.limits.hashings
            or self._hashings[network] >= self.limits.hashings_host
        ):
            return later.failed(
                RefusedError(pb.SERVER_ERROR, "too much work at a time", retry_after=1.0)
            )
        self._hashings[network] += 1
        try:
            loop = asyncio.get_running_loop()
            result = await loop.run_in_executor(self._threads, later.job)
        except Exception as error:
            return later.failed(error)
        finally:
            self._hashings[network] -= 1
            if not self._hashings[network]:
                del self._hashings[network]
        return later.then(result)

    async def close(self, timeout: float = 1.0) -> None:
        """End all connections; what they have to send gets ``timeout`` seconds."""
        self._closing = True
        await self.tasks.close()
        self._none_left.clear()
        for each in tuple(self._open):
            each.end("the server ends")
        try:
            async with asyncio.timeout(timeout):
                while self._open:
                    await self._none_left.wait()
        except TimeoutError:
            for each in tuple(self._open):
                each.cut("the server ends")
            while self._open:
                await self._none_left.wait()
        self._threads.shutdown(wait=False, cancel_futures=True)


def network_of(host: str) -> str:
    """Whom to count attempts by: an IPv4 address, or the /64 that one IPv6 customer has."""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)
