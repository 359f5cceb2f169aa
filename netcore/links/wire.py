"""One connection's asyncio protocol: passes bytes on, knows when it is really gone.

A wire is born in the connect race, may be asked there to prove itself (:meth:`Wire.adopt`), and is
then adopted by a link, which becomes its sink. Its socket is open from ``connection_made`` to
``connection_lost``; :attr:`Wire.gone` is done after the latter, so an owner can wait until nothing
is left open.
"""

from __future__ import annotations

import asyncio
from typing import Protocol

from netcore.links.tcp_info import TcpFacts, read_tcp_info


class Sink(Protocol):
    """The receiver of a wire's bytes."""

    def wire_received(self, wire: Wire, data: bytes) -> None:
        """Bytes came."""
        ...

    def wire_lost(self, wire: Wire, error: Exception | None) -> None:
        """The connection ended; None: the peer closed it in good order."""
        ...

    def wire_paused(self, wire: Wire, paused: bool) -> None:
        """The send buffer passed its high-water mark, or drained."""
        ...


class Wire(asyncio.Protocol):
    """The protocol of one connection."""

    __slots__ = (
        "_early",
        "_lost",
        "_lost_error",
        "_sink",
        "_transport",
        "connected_at",
        "gone",
        "tcp_at",
    )

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.gone: asyncio.Future[None] = loop.create_future()
        self.tcp_at = 0.0  # when the TCP (and proxy) part was done, by the Clock
        self.connected_at = 0.0  # when all of it was
        self._transport: asyncio.Transport | None = None
        self._sink: Sink | None = None
        self._early: list[bytes] = []
        self._lost = False
        self._lost_error: Exception | None = None

    @property
    def transport(self) -> asyncio.Transport:
        """The transport; raises RuntimeError before the connection is made."""
        if self._transport is None:
            raise RuntimeError("not connected yet")
        return self._transport

    @property
    def lost(self) -> bool:
        """Whether the connection ended."""
        return self._lost

    def tcp_info(self) -> TcpFacts | None:
        """What the system knows of the connection; None where it does not tell."""
        if self._lost or self._transport is None:
            return None
        return read_tcp_info(self._transport.get_extra_info("socket"))

    def adopt(self, sink: Sink | None) -> None:
        """Give bytes to ``sink`` from now on, those that came before first."""
        self._sink = sink
        if sink is None:
            return
        early, self._early = self._early, []
        for data in early:
            sink.wire_received(self, data)
        if self._lost and self._sink is sink:
            sink.wire_lost(self, self._lost_error)

    def abort(self) -> None:
        """Close at once; the sink hears nothing more."""
        self._sink = None
        if self._transport is not None:
            self._transport.abort()
        elif not self.gone.done():
            self.gone.set_result(None)

    # -- asyncio.Protocol -----------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The transport is ready (TLS included)."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Bytes came."""
        if self._sink is not None:
            self._sink.wire_received(self, data)
        else:
            self._early.append(data)

    def eof_received(self) -> bool:
        """The peer will send no more: close."""
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """The socket is closed."""
        self._lost = True
        self._lost_error = exc
        if not self.gone.done():
            self.gone.set_result(None)
        sink = self._sink
        if sink is not None:
            sink.wire_lost(self, exc)

    def pause_writing(self) -> None:
        """Over the high-water mark."""
        if self._sink is not None:
            self._sink.wire_paused(self, True)

    def resume_writing(self) -> None:
        """Drained."""
        if self._sink is not None:
            self._sink.wire_paused(self, False)
