"""What both links' connections share: writing within bounds, time-outs, an end with its reason.

A connection holds one timer, for the earliest of its deadlines:

=================  ==========================================================  =========
what must happen   by when                                                     else
=================  ==========================================================  =========
the client speaks  the link's own rule, while the server is ready to listen    it ends
the client takes   any of what waits, in each ``write_timeout``                it is cut
the last answers   ``CLOSE_TIMEOUT`` after the end                             it is cut
=================  ==========================================================  =========

A client that leaves more than ``write_buffer`` bytes unread is cut at once; from one that leaves
more than ``HIGH_WATER`` nothing is read until it has caught up.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from app.chat.proto import chat_pb2 as pb
from app.server.outcome import Done, Later
from app.server.refusal import RefusedError
from app.server.settings import Limits
from netcore.holder import TaskHolder

HIGH_WATER = 256 * 1024  # bytes
BATCH = 64 * 1024  # bytes that are worth a write of their own
SLICE = 64  # steps of one connection's work before others have their turn
CLOSE_TIMEOUT = 5.0  # seconds for what was written before an end
WORKERS = 2  # threads, 64 MiB each while they work
_log = logging.getLogger("app.server.connection")


class Connections:
    """All open connections, the limits they live under, the threads that work for them."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.tasks = TaskHolder("server")
        self._open: set[Connection] = set()
        self._threads = ThreadPoolExecutor(WORKERS, thread_name_prefix="server")
        self._waiting = 0
        self._none_left = asyncio.Event()

    def __len__(self) -> int:
        return len(self._open)

    def add(self, connection: Connection) -> bool:
        """Take a connection in; False when there are too many."""
        if len(self._open) >= self.limits.max_connections:
            return False
        self._open.add(connection)
        return True

    def remove(self, connection: Connection) -> None:
        """A connection is closed."""
        self._open.discard(connection)
        if not self._open:
            self._none_left.set()

    async def finish(self, later: Later) -> Done:
        """Do in a thread what is to be done in one."""
        if self._waiting >= self.limits.hashings:
            return later.failed(
                RefusedError(pb.SERVER_ERROR, "too many passwords at a time", retry_after=1.0)
            )
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            result = await loop.run_in_executor(self._threads, later.job)
        except Exception as error:
            return later.failed(error)
        finally:
            self._waiting -= 1
        return later.then(result)

    async def close(self, timeout: float = 1.0) -> None:
        """End all connections; what they have to send gets ``timeout`` seconds."""
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


class Connection(asyncio.Protocol):
    """One client."""

    link = "link"  # its name in the log

    def __init__(self, connections: Connections) -> None:
        self.connections = connections
        self.limits = connections.limits
        self.loop = asyncio.get_running_loop()
        self.host = self.address = "?"
        self.closing = False
        self._transport: asyncio.Transport | None = None
        self._out: list[bytes] = []
        self._out_size = 0
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = 0.0  # when it rings, by the loop's time; Qt's handles do not tell it
        self._stalled = False  # the client has more than HIGH_WATER to take
        self._left = 0  # bytes that it had to take when it last took any
        self._moved = 0.0  # when that was
        self._listening = True
        self._ended = 0.0  # when end() was called
        self._aborted = False

    # -- for the links --------------------------------------------------------------------------

    def opened(self) -> None:
        """The connection is there and taken in."""

    def closed(self) -> None:
        """It is there no more."""

    def ready(self) -> None:
        """The client has caught up with what it had to take: its requests may be gone on with."""

    def deadline(self) -> tuple[float, str]:
        """By when the client must say something, and the reason for the end else."""
        raise NotImplementedError

    @property
    def stalled(self) -> bool:
        """Whether the client leaves so much unread that it is not to be worked for."""
        return self._stalled

    def listen(self, wanted: bool) -> None:
        """Read from the client, or do not for now."""
        wanted = wanted and not self._stalled
        if self._transport is None or self.closing or wanted == self._listening:
            return
        self._listening = wanted
        if wanted:
            self._transport.resume_reading()
        else:
            self._transport.pause_reading()

    def write(self, data: bytes) -> None:
        """Send bytes, together with others that are written in this turn of the loop."""
        if self.closing or self._transport is None:
            return
        if not self._out:
            self.loop.call_soon(self._flush)
        self._out.append(data)
        self._out_size += len(data)
        if self._out_size >= BATCH:
            self._flush()  # which says at once when the client does not take it
        waiting = self._out_size + self._transport.get_write_buffer_size()
        if waiting > self.limits.write_buffer:
            self.cut(f"it leaves {waiting} bytes unread")

    def end(self, reason: str) -> None:
        """Close the connection after what was written, and say why in the log."""
        if self.closing or self._transport is None:
            return
        _log.info("%s %s ends: %s", self.link, self.address, reason)
        self._flush()
        self.closing = True
        self._ended = self.loop.time()
        self._transport.close()
        self.watch()

    def cut(self, reason: str) -> None:
        """Close the connection at once, whatever waits."""
        if self._transport is None or self._aborted:
            return
        _log.warning("%s %s is cut: %s", self.link, self.address, reason)
        self.closing = self._aborted = True
        self._out.clear()
        self._out_size = 0
        self._transport.abort()

    def watch(self) -> None:
        """Set the timer, where the next deadline is earlier than it rings."""
        if self._transport is None or self._aborted:
            return
        at, _, _ = self._next()
        if self._timer is not None:
            if self._timer_at <= at:
                return
            self._timer.cancel()
        self._timer, self._timer_at = self.loop.call_at(at, self._check), at

    # -- asyncio's calls ------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client is there."""
        assert isinstance(transport, asyncio.Transport)
        name = transport.get_extra_info("peername")
        if isinstance(name, tuple):
            self.host = network_of(str(name[0]))
            self.address = f"{name[0]}:{name[1]}"
        if not self.connections.add(self):
            _log.warning("%s %s is refused: too many connections", self.link, self.address)
            self.closing = True
            transport.abort()
            return
        self._transport = transport
        transport.set_write_buffer_limits(HIGH_WATER)
        _log.info("%s %s opens", self.link, self.address)
        self.opened()
        self.watch()

    def connection_lost(self, error: Exception | None) -> None:
        """The client is gone."""
        if self._transport is None:
            return
        if not self.closing:
            _log.info("%s %s was closed by the client: %s", self.link, self.address, error or "end")
        self.closing = True
        self._transport = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self.closed()
        self.connections.remove(self)

    def eof_received(self) -> None:
        """The client says no more, so the connection is closed."""
        self._flush()

    def pause_writing(self) -> None:
        """More than HIGH_WATER bytes wait for the client."""
        if self._transport is None:
            return
        self._stalled = True
        self._left = self._transport.get_write_buffer_size()
        self._moved = self.loop.time()
        self.listen(False)
        self.watch()

    def resume_writing(self) -> None:
        """The client has taken most of it."""
        self._stalled = False
        if not self.closing:
            self.ready()
            self.watch()

    # -- inside ---------------------------------------------------------------------------------

    def _flush(self) -> None:
        if self._out and self._transport is not None and not self._transport.is_closing():
            data = b"".join(self._out)
            self._out.clear()
            self._out_size = 0
            self._transport.write(data)

    def _next(self) -> tuple[float, str, Callable[[str], Any]]:
        """The earliest deadline, the reason for the end it brings, and the end."""
        if self.closing:
            return self._ended + CLOSE_TIMEOUT, "it does not take the last answers", self.cut
        if self._stalled:
            at = self._moved + self.limits.write_timeout
            return at, f"it has not read for {self.limits.write_timeout:g} s", self.cut
        if not self._listening:  # its request is being worked on: the silence is ours
            return self.loop.time() + self.limits.frame_timeout, "", lambda _reason: None
        at, reason = self.deadline()
        return at, reason, self.end

    def _check(self) -> None:
        self._timer = None
        if self._transport is None:
            return
        if self._stalled:
            size = self._transport.get_write_buffer_size()
            if size < self._left:
                self._moved = self.loop.time()
            self._left = size
        at, reason, act = self._next()
        if self.loop.time() >= at:
            act(reason)
        self.watch()


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
