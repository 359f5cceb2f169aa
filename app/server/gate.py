"""A socket from its accept to the end of its TLS handshake; then a connection takes its place.

asyncio's own listener shows a socket only once its handshake is done, so one that never shakes
hands could not be counted. Here each has a seat among the connections from its first moment.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Callable

from app.server.connection import ClientConnection
from app.server.connections import Connections, network_of
from netcore.connect.tcp_options import tune

_log = logging.getLogger("app.server.gate")


class Gate(asyncio.Protocol):
    """Lets one socket in, or not; ``make`` gives the connection that takes over."""

    def __init__(
        self,
        connections: Connections,
        make: Callable[[], ClientConnection],
        tls: ssl.SSLContext | None,
    ) -> None:
        self._connections = connections
        self._make = make
        self._tls = tls
        self._host = self._address = "?"
        self._early: list[bytes] = []  # what came with the end of the handshake

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A socket is there."""
        assert isinstance(transport, asyncio.Transport)
        tune(transport.get_extra_info("socket"))
        name = transport.get_extra_info("peername")
        if isinstance(name, tuple):
            self._host = network_of(str(name[0]))
            self._address = f"{name[0]}:{name[1]}"
        refusal = self._connections.admit(self._host)
        if refusal:
            _log.warning("%s is refused: %s", self._address, refusal)
            transport.abort()
        elif self._tls is None:
            self._hand_over(transport)
        else:
            transport.pause_reading()  # every byte is for the handshake, which has not begun
            self._connections.tasks.start(self._shake_hands(transport, self._tls), "handshake")

    def data_received(self, data: bytes) -> None:
        """The handshake is done, and its task has not run yet."""
        self._early.append(data)

    async def _shake_hands(self, transport: asyncio.Transport, context: ssl.SSLContext) -> None:
        secured = None
        try:
            secured = await asyncio.get_running_loop().start_tls(
                transport,
                self,
                context,
                server_side=True,
                ssl_handshake_timeout=self._connections.limits.tls_handshake_timeout,
            )
        except OSError as error:  # ssl.SSLError too, and the time-out
            _log.info(
                "the TLS handshake of %s failed (%s); clients without TLS need --plain",
                self._address,
                getattr(error, "reason", None) or error or type(error).__name__,
            )
        finally:
            if secured is None:
                transport.abort()
                self._connections.leave(self._host)
        if secured is not None:
            self._hand_over(secured)

    def _hand_over(self, transport: asyncio.Transport) -> None:
        connection = self._make()
        transport.set_protocol(connection)
        connection.begin(transport, self._host, self._address)
        for data in self._early:
            connection.data_received(data)
        self._early.clear()
