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

Everything that runs for a client (asyncio's calls, timers, later steps, the end of a password's
check) goes through :meth:`ClientConnection.guard`: an exception is logged and costs this connection
alone, with all that it holds.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from app.server.connections import Connections
from app.server.response import Done, Later

HIGH_WATER = 256 * 1024  # bytes
BATCH = 64 * 1024  # bytes that are worth a write of their own
SLICE = 64  # steps of one connection's work before others have their turn
CLOSE_TIMEOUT = 5.0  # seconds for what was written before an end
_log = logging.getLogger("app.server.connection")


class ClientConnection(asyncio.Protocol):
    """One client."""

    link = "link"  # its name in the log

    def __init__(self, connections: Connections) -> None:
        self.connections = connections
        self.limits = connections.limits
        self.loop = asyncio.get_running_loop()
        self.host = self.address = "?"  # the network that it is counted by; address and port
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

    def received(self, data: bytes) -> None:
        """Bytes from the client."""
        raise NotImplementedError

    def finished(self) -> None:
        """The client says no more; the connection is closed after this."""

    def unfinished(self) -> int:
        """Bytes held of what the client sent and what was not answered yet."""
        return 0

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

    @property
    def held(self) -> int:
        """Bytes held for this client: what it has not taken, and what of it is not answered."""
        if self._transport is None:
            return 0
        return self._out_size + self._transport.get_write_buffer_size() + self.unfinished()

    def guard(self, step: Callable[..., object], *arguments: Any) -> None:
        """Run a step of this client's work; one that raises ends this connection and no other."""
        try:
            step(*arguments)
        except Exception:
            self._failed()

    def soon(self, step: Callable[[], object]) -> None:
        """Run a step after the other connections had their turn."""
        self.loop.call_soon(self.guard, step)

    def wait_for(self, later: Later, then: Callable[[Done], object]) -> None:
        """Have a worker thread do something and go on with ``then``."""

        async def wait() -> None:
            try:
                done = await self.connections.finish(later, self.host)
            except Exception:
                self._failed()
            else:
                self.guard(then, done)

        self.connections.tasks.start(wait(), "password")

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
            self.soon(self._flush)
        self._out.append(data)
        self._out_size += len(data)
        if self._out_size >= BATCH:
            self._flush()  # which says at once when the client does not take it
        waiting = self._out_size + self._transport.get_write_buffer_size()
        if waiting > self.limits.write_buffer:
            self.cut(f"it leaves {waiting} bytes unread")
        elif waiting > BATCH:  # less is counted once it is flushed and not taken
            self.connections.note_held(self)

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
        self._timer, self._timer_at = self.loop.call_at(at, self.guard, self._check), at

    # -- asyncio's calls ------------------------------------------------------------------------

    def begin(self, transport: asyncio.Transport, host: str, address: str) -> None:
        """A client is there, from network ``host``; it has its seat already."""
        self.host, self.address = host, address
        self._transport = transport
        self.connections.add(self)
        transport.set_write_buffer_limits(HIGH_WATER)
        _log.info("%s %s opens", self.link, self.address)
        self.guard(self._opened)

    def hand_on(self) -> asyncio.Transport:
        """Give the socket up to another connection, which takes over the seat too."""
        assert self._transport is not None
        self._flush()
        transport, self._transport = self._transport, None
        self.closing = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self.connections.hand_on(self)
        return transport

    def data_received(self, data: bytes) -> None:
        """The client said something."""
        if not self.closing:
            self.guard(self._received, data)

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
        self.guard(self.closed)
        self.connections.remove(self)

    def eof_received(self) -> None:
        """The client says no more, so the connection is closed."""
        self.guard(self._finished)

    def pause_writing(self) -> None:
        """More than HIGH_WATER bytes wait for the client."""
        if self._transport is None:
            return
        self._stalled = True
        self._left = self._transport.get_write_buffer_size()
        self._moved = self.loop.time()
        self.guard(self._paused)

    def resume_writing(self) -> None:
        """The client has taken most of it."""
        self._stalled = False
        self.guard(self._resumed)

    # -- inside ---------------------------------------------------------------------------------

    def _failed(self) -> None:
        _log.exception("%s %s: its handler failed", self.link, self.address)
        self.cut("its handler failed")

    def _opened(self) -> None:
        self.opened()
        self.watch()

    def _received(self, data: bytes) -> None:
        self.received(data)
        self.connections.note_held(self)

    def _finished(self) -> None:
        self.finished()
        self._flush()

    def _paused(self) -> None:
        self.connections.note_held(self)
        self.listen(False)
        self.watch()

    def _resumed(self) -> None:
        self.connections.note_held(self)
        if not self.closing:
            self.ready()
            self.watch()

    def _flush(self) -> None:
        if self._out and self._transport is not None and not self._transport.is_closing():
            data = b"".join(self._out)
            self._out.clear()
            self._out_size = 0
            self._transport.write(data)
            self.connections.note_held(self)

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
