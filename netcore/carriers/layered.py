"""Drives a WebSocket machine over a transport and shows the link above a transport again.

``lower`` (TCP, mostly under TLS) calls :class:`LayeredProtocol`; the link above writes to its
:class:`LayeredTransport`. Back pressure, the end of the stream and errors pass through.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Iterable
from typing import Any, Generic, TypeVar

from netcore.carriers.websocket import Received, WebSocketMachine
from netcore.connect.endpoint import Carrier
from netcore.connect.race import mark
from netcore.connect.tls import TlsSettings, secure
from netcore.errors import ConnectError, RefusedWebSocketError

P = TypeVar("P", bound=asyncio.Protocol)


class LayeredTransport(asyncio.Transport):
    """What the link above writes to."""

    def __init__(self, lower: asyncio.Transport, machine: WebSocketMachine) -> None:
        super().__init__()
        self._lower = lower
        self._machine = machine
        self._protocol: asyncio.BaseProtocol | None = None

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """As the transport below; "carrier" is :attr:`Carrier.WEBSOCKET`."""
        if name == "carrier":
            return Carrier.WEBSOCKET
        return self._lower.get_extra_info(name, default)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send ``data`` as one message."""
        if data:
            self._lower.write(self._machine.send(bytes(data)))

    def writelines(self, list_of_data: Iterable[bytes | bytearray | memoryview]) -> None:
        """Send all of it as one message."""
        self.write(b"".join(list_of_data))

    def can_write_eof(self) -> bool:
        """A WebSocket has no half-closed state."""
        return False

    def close(self) -> None:
        """Say goodbye and close, after what was written."""
        self._lower.write(self._machine.close())
        self._lower.close()

    def abort(self) -> None:
        """Close at once."""
        self._lower.abort()

    def is_closing(self) -> bool:
        """Whether the transport below is closing."""
        return self._lower.is_closing()

    def is_reading(self) -> bool:
        """Whether bytes are read."""
        return self._lower.is_reading()

    def pause_reading(self) -> None:
        """Read no more for now."""
        self._lower.pause_reading()

    def resume_reading(self) -> None:
        """Go on reading."""
        self._lower.resume_reading()

    def get_write_buffer_size(self) -> int:
        """Bytes that wait to be sent, frame heads and TLS included."""
        return self._lower.get_write_buffer_size()

    def get_write_buffer_limits(self) -> tuple[int, int]:
        """Low and high water, in bytes."""
        return self._lower.get_write_buffer_limits()

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Low and high water, in bytes."""
        self._lower.set_write_buffer_limits(high, low)

    def get_protocol(self) -> asyncio.BaseProtocol:
        """The link above."""
        assert self._protocol is not None
        return self._protocol

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """Make ``protocol`` the link above."""
        self._protocol = protocol


class LayeredProtocol(asyncio.Protocol, Generic[P]):
    """The protocol of the transport below; ``upper`` gets its calls once the handshake is through.

    :attr:`opened` is done then, or holds the :class:`~netcore.errors.ConnectError` that says why
    there was none. A server's machine is open from its beginning.
    """

    def __init__(self, machine: WebSocketMachine, upper: P) -> None:
        self.upper = upper
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        # Nobody may be waiting any more when a connection fails; that is no error of its own.
        self.opened.add_done_callback(lambda done: done.cancelled() or done.exception())
        self._machine = machine
        self._lower: asyncio.Transport | None = None
        self._reason: Exception | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection below is there: begin the handshake."""
        assert isinstance(transport, asyncio.Transport)
        self._lower = transport
        transport.write(self._machine.start())

    def connect(self, transport: asyncio.Transport) -> LayeredTransport:
        """Answer the handshake on a connection that is there already; what to write to from now on.

        For a server's machine. The caller tells ``upper`` of its transport.
        """
        self.connection_made(transport)
        self.opened.set_result(None)
        above = LayeredTransport(transport, self._machine)
        above.set_protocol(self.upper)
        return above

    def data_received(self, data: bytes) -> None:
        """Bytes from the peer."""
        self._act(self._machine.receive(data))

    def eof_received(self) -> bool:
        """The peer sends no more."""
        self._act(self._machine.receive(b""))
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection below is closed."""
        if not self.opened.done():
            self.opened.set_exception(ConnectError(self._words(exc)))
        elif self._is_open:
            self.upper.connection_lost(self._reason or exc)

    def pause_writing(self) -> None:
        """The buffer below is over its high-water mark."""
        if self._is_open:
            self.upper.pause_writing()

    def resume_writing(self) -> None:
        """The buffer below has drained."""
        if self._is_open:
            self.upper.resume_writing()

    @property
    def _is_open(self) -> bool:
        done = self.opened.done() and not self.opened.cancelled()
        return done and self.opened.exception() is None

    def _open(self) -> None:
        if self.opened.done():  # cancelled: whoever waited has gone
            return
        assert self._lower is not None
        above = LayeredTransport(self._lower, self._machine)
        above.set_protocol(self.upper)
        self.opened.set_result(None)
        self.upper.connection_made(above)

    def _act(self, got: Received) -> None:
        assert self._lower is not None
        if got.reply:
            self._lower.write(got.reply)
        if got.opened:
            self._open()
        if self._is_open:
            for payload in got.payload:
                self.upper.data_received(payload)
        if got.closed is None:
            return
        if got.closed:
            self._reason = ConnectionResetError(got.closed)
        if not self.opened.done():
            kind = RefusedWebSocketError if got.refused else ConnectError
            self.opened.set_exception(kind(self._words(None)))
        self._lower.close()

    def _words(self, error: Exception | None) -> str:
        return str(self._reason or error or "it closed the connection")


async def secure_websocket(
    upper: P,
    sock: socket.socket,
    tls: TlsSettings,
    host: str,
    port: int,
    *,
    context: ssl.SSLContext | None,
    timeout: float,
) -> P:
    """``upper`` over a WebSocket over a connected socket, by TLS unless that is off.

    Owns ``sock`` from now on. ``timeout`` in seconds bounds TLS and the WebSocket's handshake each.
    Raises :class:`~netcore.errors.ConnectError`, and leaves nothing open when it fails or is
    cancelled.
    """
    usual = 443 if tls.enabled else 80
    name = f"[{host}]" if ":" in host else host
    machine = WebSocketMachine.client(name if port == usual else f"{name}:{port}")
    transport, layer = await secure(
        lambda: LayeredProtocol(machine, upper), sock, tls, host, context=context, timeout=timeout
    )
    try:
        async with asyncio.timeout(timeout):
            await layer.opened
    except TimeoutError as error:
        transport.abort()
        raise ConnectError(
            f"{host}:{port}: the WebSocket's handshake did not end within {timeout:g} s"
        ) from error
    except ConnectError as error:
        transport.abort()
        raise type(error)(f"{host}:{port}: {error}") from error
    except BaseException:
        transport.abort()
        raise
    mark("websocket")
    return upper
