"""The short link over QUIC (RFC 9000), on the UDP port of its number: a stream per request.

Each stream is a connection of the short link with a seat of its own, so that every bound of theirs
holds here too. What is not yet a connection (a handshake) is bounded by ``MAX_CONNECTIONS``: over
it the first datagrams of new clients are dropped, and they go by TCP.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

from aioquic.asyncio.server import QuicServer
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.connection import QuicConnection
from aioquic.tls import SessionTicket

from app.server.connection import ClientConnection
from app.server.connections import Connections, network_of
from netcore.carriers.quic import ALPN
from netcore.carriers.quic_driver import QuicDriver

MAX_CONNECTIONS = 1000
MAX_TICKETS = 10_000
IDLE_TIMEOUT = 60.0  # seconds
_INITIAL = 0xC0  # the first byte's upper half of a packet that begins a connection (QUIC 1)
_log = logging.getLogger("app.server.quic")


class Tickets:
    """The session tickets handed out, the latest ``MAX_TICKETS``; each resumes once."""

    def __init__(self) -> None:
        self._kept: OrderedDict[bytes, SessionTicket] = OrderedDict()

    def keep(self, ticket: SessionTicket) -> None:
        """A ticket was handed out."""
        self._kept[ticket.ticket] = ticket
        if len(self._kept) > MAX_TICKETS:
            self._kept.popitem(last=False)

    def take(self, label: bytes) -> SessionTicket | None:
        """The ticket that a client shows, once: early data cannot be played again with it."""
        return self._kept.pop(label, None)


class StreamGate(asyncio.Protocol):
    """Lets one stream in, or not, as :class:`app.server.gate.Gate` does a socket."""

    def __init__(self, connections: Connections, make: Callable[[], ClientConnection]) -> None:
        self._connections = connections
        self._make = make

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A stream was opened."""
        assert isinstance(transport, asyncio.Transport)
        name = transport.get_extra_info("peername") or ("?", 0)
        host, address = network_of(str(name[0])), f"{name[0]}:{name[1]}"
        refusal = self._connections.admit(host)
        if refusal:
            _log.warning("a stream of %s is refused: %s", address, refusal)
            transport.abort()
            return
        connection = self._make()
        transport.set_protocol(connection)
        connection.begin(transport, host, address)


class _BoundedServer(QuicServer):
    """aioquic's server with a bound on its connections; raises nothing on any datagram."""

    def __init__(self, drivers: set[QuicDriver], **options: Any) -> None:
        super().__init__(**options)
        self._drivers = drivers

    def datagram_received(self, data: bytes | str, addr: Any) -> None:
        """A datagram came."""
        first = data[0] if isinstance(data, bytes) and data else 0
        if len(self._drivers) >= MAX_CONNECTIONS and first & 0xF0 == _INITIAL:
            return
        try:
            super().datagram_received(data, addr)
        except Exception:  # a fault in what reads a stranger's bytes costs this datagram alone
            _log.exception("a datagram of %s:%s could not be taken", *addr[:2])


class QuicListener:
    """Listens until :meth:`close`."""

    def __init__(self, connections: Connections, make: Callable[[], ClientConnection]) -> None:
        self._connections = connections
        self._make = make
        self._drivers: set[QuicDriver] = set()
        self._tickets = Tickets()
        self._transport: asyncio.DatagramTransport | None = None
        self._server: QuicServer | None = None

    async def start(self, host: str, port: int, certificate: Path) -> None:
        """Listen on a UDP port with the certificate (and key) of a PEM file; raises OSError."""
        configuration = QuicConfiguration(
            is_client=False, alpn_protocols=[ALPN], idle_timeout=IDLE_TIMEOUT
        )
        configuration.load_cert_chain(certificate, certificate)
        loop = asyncio.get_running_loop()
        self._transport, self._server = await loop.create_datagram_endpoint(
            lambda: _BoundedServer(
                self._drivers,
                configuration=configuration,
                create_protocol=self._connect,
                session_ticket_fetcher=self._tickets.take,
                session_ticket_handler=self._tickets.keep,
            ),
            local_addr=(host, port),
        )

    def _connect(self, quic: QuicConnection, stream_handler: object = None) -> QuicDriver:
        driver = QuicDriver(quic, accept=lambda: StreamGate(self._connections, self._make))
        self._drivers.add(driver)
        driver.gone.add_done_callback(lambda _: self._drivers.discard(driver))
        return driver

    def close(self) -> None:
        """Say goodbye to all, and listen no more."""
        if self._server is not None:
            self._server.close()
            for driver in tuple(self._drivers):
                driver.connection_lost(None)
