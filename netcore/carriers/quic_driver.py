"""Drives aioquic's machine over UDP: one connection, a stream per task (RFC 9000, RFC 9001).

:class:`QuicDriver` serves both ends. Each stream is shown to the protocol above as an
:class:`asyncio.Transport`, so an HTTP exchange does not know that it is not on TCP. The client end
sends early data (0-RTT) only for what its caller calls idempotent: an attacker can play early
data again.

The trust is that of :mod:`netcore.connect.tls`: pins decide alone, else the authorities do. No
stream is opened to a peer that was not accepted; with early data it was accepted when its ticket
was issued.
"""

from __future__ import annotations

import asyncio
import hashlib
import ssl
from collections.abc import Callable, Iterable
from typing import Any

from aioquic.asyncio.protocol import QuicConnectionProtocol
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.connection import QuicConnection
from aioquic.quic.events import (
    ConnectionTerminated,
    HandshakeCompleted,
    QuicEvent,
    StopSendingReceived,
    StreamDataReceived,
    StreamReset,
)
from aioquic.tls import SessionTicket
from cryptography.hazmat.primitives.serialization import Encoding

from netcore.carriers.quic import ALPN, QuicSettings
from netcore.connect.endpoint import Carrier, Endpoint
from netcore.connect.tls import TlsSettings, show_fingerprint
from netcore.errors import CertificateError, ConnectError

ProtocolFactory = Callable[[], asyncio.Protocol]
HIGH_WATER = 64 * 1024  # bytes of one stream that the peer has not taken
_CANCELLED = 1  # our application's error code for a stream that is given up


class QuicStream(asyncio.Transport):
    """One bidirectional stream as a transport. Made by :class:`QuicDriver`."""

    def __init__(self, driver: QuicDriver, number: int, protocol: asyncio.Protocol) -> None:
        super().__init__()
        self._driver = driver
        self._number = number
        self._protocol: asyncio.Protocol = protocol
        self._closing = False
        self._lost = False
        self._paused = False
        self._high = HIGH_WATER
        self._low = HIGH_WATER // 4

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """ "carrier", "peername", "sockname", "stream"."""
        if name == "stream":
            return self._number
        return self._driver.extra_info(name, default)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send ``data``; it is kept until the peer has it."""
        if not self._closing and data:
            self._driver.send(self._number, bytes(data))
            self.water()

    def writelines(self, list_of_data: Iterable[bytes | bytearray | memoryview]) -> None:
        """Send all of it."""
        self.write(b"".join(list_of_data))

    def can_write_eof(self) -> bool:
        """A stream's halves end apart."""
        return True

    def write_eof(self) -> None:
        """Send no more; the other half stays open."""
        if not self._closing:
            self._driver.send(self._number, b"", end=True)

    def close(self) -> None:
        """End this half after what was written, and hear no more."""
        if not self._closing:
            self.write_eof()
            self._closing = True
            self._driver.forget(self._number, None)

    def abort(self) -> None:
        """Give the stream up: the peer is told to drop it."""
        self._closing = True
        self._driver.give_up(self._number)

    def is_closing(self) -> bool:
        """Whether the stream is closing or closed."""
        return self._closing

    def is_reading(self) -> bool:
        """A stream always reads: the peer is bound by its flow control window."""
        return True

    def pause_reading(self) -> None:
        """Left to flow control."""

    def resume_reading(self) -> None:
        """Left to flow control."""

    def get_write_buffer_size(self) -> int:
        """Bytes that the peer has not taken."""
        return self._driver.unsent(self._number)

    def get_write_buffer_limits(self) -> tuple[int, int]:
        """Low and high water, in bytes."""
        return self._low, self._high

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Low and high water, in bytes."""
        self._high = HIGH_WATER if high is None else high
        self._low = self._high // 4 if low is None else low
        self.water()

    def get_protocol(self) -> asyncio.BaseProtocol:
        """The protocol above."""
        return self._protocol

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """Make ``protocol`` the one above."""
        assert isinstance(protocol, asyncio.Protocol)
        self._protocol = protocol

    # -- the driver's calls ---------------------------------------------------------------------

    def begin(self) -> None:
        """Tell the protocol above of its transport."""
        self._protocol.connection_made(self)

    def received(self, data: bytes, end: bool) -> None:
        """Bytes came, and the peer's half ended if ``end``."""
        if data and not self._closing:
            self._protocol.data_received(data)
        if end and not self._closing and not self._protocol.eof_received():
            self.close()

    def lost(self, error: Exception | None) -> None:
        """The stream is over."""
        self._closing = True
        if not self._lost:
            self._lost = True
            self._protocol.connection_lost(error)

    def water(self) -> None:
        """Tell the protocol above when the high-water mark is passed or the low one reached."""
        if self._lost:
            return
        size = self.get_write_buffer_size()
        if not self._paused and size > self._high:
            self._paused = True
            self._protocol.pause_writing()
        elif self._paused and size <= self._low:
            self._paused = False
            self._protocol.resume_writing()


class QuicDriver(QuicConnectionProtocol):
    """One QUIC connection on the event loop.

    ``accept`` makes the protocol of a stream that the peer opened; without it such streams are
    refused. ``pins`` are the SHA-256 fingerprints (hex) of which the peer's certificate must be
    one; none leaves the check to the authorities. ``owns_socket`` closes the UDP socket with the
    connection. :attr:`gone` is done when the connection is over and such a socket closed.
    """

    def __init__(
        self,
        quic: QuicConnection,
        *,
        accept: ProtocolFactory | None = None,
        pins: frozenset[str] = frozenset(),
        name: str = "",
        owns_socket: bool = False,
    ) -> None:
        super().__init__(quic)
        loop = asyncio.get_running_loop()
        self.established: asyncio.Future[None] = loop.create_future()
        self.established.add_done_callback(lambda done: done.cancelled() or done.exception())
        self.gone: asyncio.Future[None] = loop.create_future()
        self.early = False  # early data may be sent, or was
        self.resumed = False
        self._accept = accept
        self._pins = pins
        self._name = name
        self._owns_socket = owns_socket
        self._streams: dict[int, QuicStream] = {}
        self._waiting: asyncio.Handle | None = None
        self._error: Exception | None = None
        self._heard = loop.time()

    @property
    def streams(self) -> int:
        """How many streams are open."""
        return len(self._streams)

    @property
    def usable(self) -> bool:
        """Whether a stream can be opened now."""
        if self._error is not None or self.gone.done():
            return False
        return self.early or (self.established.done() and not self.established.cancelled())

    def open(self, protocol: asyncio.Protocol) -> QuicStream:
        """A new stream for ``protocol``; raises ConnectError when there is no connection."""
        if not self.usable:
            raise ConnectError(str(self._error or "the QUIC connection is not there"))
        number = self._quic.get_next_available_stream_id()
        self._quic.send_stream_data(number, b"")  # without it the number would be given out again
        stream = self._streams[number] = QuicStream(self, number, protocol)
        stream.begin()
        return stream

    def extra_info(self, name: str, default: Any = None) -> Any:
        """What a transport of this connection says of itself."""
        if name == "carrier":
            return Carrier.QUIC
        if name == "peername":
            path = (
                self._quic.get_peer_address() if hasattr(self._quic, "get_peer_address") else None
            )
            return path or (self._transport and self._transport.get_extra_info(name)) or default
        if self._transport is None:
            return default
        return self._transport.get_extra_info(name, default)

    @property
    def silence(self) -> float:
        """Seconds since anything came from the peer, or since the connection was made."""
        return self._loop.time() - self._heard

    def migrate(self) -> None:
        """This machine has another address: go on from it under another connection id."""
        if self.usable and self.established.done():
            self.change_connection_id()

    def end(self) -> None:
        """Say goodbye and close the socket without waiting for the peer."""
        self.close()
        self._end(None)
        if self._transport is not None:
            self._transport.close()

    # -- the streams' calls ---------------------------------------------------------------------

    def send(self, number: int, data: bytes, *, end: bool = False) -> None:
        """Queue bytes of a stream; they leave at the end of this turn of the loop."""
        if self._error is None:
            self._quic.send_stream_data(number, data, end_stream=end)
            self._soon()

    def give_up(self, number: int) -> None:
        """Drop a stream on both sides."""
        if number in self._streams and self._error is None:
            self._quic.reset_stream(number, _CANCELLED)
            self._quic.stop_stream(number, _CANCELLED)
            self._soon()
        self.forget(number, None)

    def forget(self, number: int, error: Exception | None) -> None:
        """A stream is over for this end; its protocol hears so in the next turn of the loop."""
        stream = self._streams.pop(number, None)
        if stream is not None:
            self._loop.call_soon(stream.lost, error)

    def unsent(self, number: int) -> int:
        """Bytes of a stream that the peer has not acknowledged."""
        # aioquic tells nobody how much of a stream is still with it.
        stream = self._quic._streams.get(number)
        if stream is None:
            return 0
        return stream.sender._buffer_stop - stream.sender._buffer_start

    def _soon(self) -> None:
        if self._waiting is None:
            self._waiting = self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        self._waiting = None
        if not self.gone.done():
            self.transmit()

    # -- aioquic's calls ------------------------------------------------------------------------

    def datagram_received(self, data: bytes | str, addr: Any) -> None:
        """A datagram came: aioquic's events follow, and windows may have opened."""
        self._heard = self._loop.time()
        super().datagram_received(data, addr)
        for stream in tuple(self._streams.values()):
            stream.water()

    def error_received(self, exc: Exception) -> None:
        """An ICMP error: on a first connect, nobody is there."""
        if not self.established.done():
            self._end(exc)
            self.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """The UDP socket is closed."""
        self._end(exc)
        if not self.gone.done():
            self.gone.set_result(None)

    def quic_event_received(self, event: QuicEvent) -> None:
        """What a datagram or the timer came to."""
        if isinstance(event, StreamDataReceived):
            self._data(event)
        elif isinstance(event, StreamReset | StopSendingReceived):
            stream = self._streams.get(event.stream_id)
            if stream is not None:
                self._quic.reset_stream(event.stream_id, _CANCELLED)
                self.forget(event.stream_id, ConnectionResetError("the peer dropped the stream"))
        elif isinstance(event, HandshakeCompleted):
            self._shaken(event)
        elif isinstance(event, ConnectionTerminated):
            words = event.reason_phrase or f"error 0x{event.error_code:x}"
            self._end(ConnectionResetError(f"the QUIC connection ended: {words}"))
            if self._owns_socket and self._transport is not None:
                self._transport.close()
            elif not self.gone.done():
                self.gone.set_result(None)

    def _data(self, event: StreamDataReceived) -> None:
        stream = self._streams.get(event.stream_id)
        if stream is None:
            ours = (event.stream_id & 1) == (0 if self._quic.configuration.is_client else 1)
            if ours or event.stream_id & 2 or self._accept is None:
                return  # what we gave up, or what nobody here listens to
            stream = QuicStream(self, event.stream_id, self._accept())
            self._streams[event.stream_id] = stream
            stream.begin()
        stream.received(event.data, event.end_stream)

    def _shaken(self, event: HandshakeCompleted) -> None:
        self.resumed = event.session_resumed
        if self._pins and not event.session_resumed:
            found = peer_fingerprint(self._quic)
            if found not in self._pins:
                self._end(
                    CertificateError(
                        f"{self._name} shows another certificate than the one trusted before "
                        f"(SHA-256 {show_fingerprint(found) or 'unknown'})",
                        found,
                    )
                )
                self.close()
                return
        if not self.established.done():
            self.established.set_result(None)

    def _end(self, error: Exception | None) -> None:
        if self._error is None:
            self._error = error or ConnectionResetError("the QUIC connection ended")
        if not self.established.done():
            self.established.set_exception(
                self._error
                if isinstance(self._error, ConnectError)
                else ConnectError(f"{self._name or 'the peer'} by QUIC: {self._error}")
            )
        for number in tuple(self._streams):
            self.forget(number, self._error)


def peer_fingerprint(quic: QuicConnection) -> str:
    """The SHA-256 (hex) of the peer's certificate; "" when it sent none."""
    # aioquic gives the peer's certificate to nobody.
    certificate = getattr(quic.tls, "_peer_certificate", None)
    if certificate is None:
        return ""
    return hashlib.sha256(certificate.public_bytes(Encoding.DER)).hexdigest()


def client_configuration(
    tls: TlsSettings, host: str, settings: QuicSettings, ticket: SessionTicket | None
) -> QuicConfiguration:
    """How to connect to ``host``; blocks while it reads the system's authorities."""
    made = QuicConfiguration(
        is_client=True,
        alpn_protocols=[ALPN],
        idle_timeout=settings.idle_timeout,
        server_name=tls.name_for(host),
        session_ticket=ticket,
    )
    if tls.pins:
        made.verify_mode = ssl.CERT_NONE  # the pin decides, see QuicDriver
    elif tls.ca_file is not None:
        made.cafile = str(tls.ca_file)
    else:
        found = ssl.create_default_context().get_ca_certs(binary_form=True)
        if found:  # else aioquic takes certifi's
            made.cadata = "".join(map(ssl.DER_cert_to_PEM_cert, found)).encode()
    return made


async def connect_quic(
    endpoint: Endpoint,
    tls: TlsSettings,
    settings: QuicSettings,
    *,
    ticket: SessionTicket | None = None,
    on_ticket: Callable[[SessionTicket], None] | None = None,
    early: bool = False,
) -> QuicDriver:
    """A connection to ``endpoint``; with ``early`` and a ticket before the handshake is done.

    The socket is bound to no address of ours, so that the system gives it a new one when the
    network changes and the connection migrates (RFC 9000 section 9).

    Raises :class:`~netcore.errors.ConnectError` (or its CertificateError) after
    ``settings.connect_timeout`` at the latest; cancelled or failing it leaves no socket open.
    """
    loop = asyncio.get_running_loop()
    host = endpoint.host or endpoint.ip
    configuration = await loop.run_in_executor(
        None, client_configuration, tls, host, settings, ticket
    )
    quic = QuicConnection(configuration=configuration, session_ticket_handler=on_ticket)
    local = ("::", 0) if endpoint.is_v6 else ("0.0.0.0", 0)
    transport, driver = await loop.create_datagram_endpoint(
        lambda: QuicDriver(quic, pins=tls.pins, name=str(endpoint), owns_socket=True),
        local_addr=local,
    )
    try:
        address = (
            (endpoint.ip, endpoint.port, 0, 0)
            if endpoint.is_v6
            else (
                endpoint.ip,
                endpoint.port,
            )
        )
        driver.early = early and ticket is not None and bool(ticket.max_early_data_size)
        driver.connect(address, transmit=not driver.early)
        if driver.early:
            return driver
        async with asyncio.timeout(settings.connect_timeout):
            await asyncio.shield(driver.established)
    except TimeoutError as error:
        transport.abort()
        raise ConnectError(
            f"{endpoint}: no answer by QUIC within {settings.connect_timeout:g} s"
        ) from error
    except BaseException:
        transport.abort()
        raise
    return driver
