"""The QUIC connections of one NetCore: one per address, shared by all tasks, with their tickets.

A stream is opened on the connection that is there; else one is made, once for all who wait for it.
Early data (0-RTT) goes out only for an idempotent task, with a ticket, on a network on which QUIC
has worked before: it is written before anything proves that UDP gets through. When no handshake
follows within the connect time-out, its streams fail, and QUIC is off (:class:`QuicFallback`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from netcore.carriers.quic import QuicFallback, QuicSettings
from netcore.connect.endpoint import Endpoint
from netcore.connect.race import mark
from netcore.connect.tls import TlsSettings
from netcore.errors import ConnectError
from netcore.runtime.task_holder import TaskHolder

if TYPE_CHECKING:
    from aioquic.tls import SessionTicket

    from netcore.carriers.quic_driver import QuicDriver

_Key = tuple[str, int, str, TlsSettings]
SILENT = 2.0  # seconds without a datagram, an acknowledgement included, that mean a dead way
_TICKETS = 50  # addresses whose tickets are kept


class QuicConnections:
    """Opens streams; ``now`` is a clock in seconds."""

    def __init__(self, settings: QuicSettings, now: Callable[[], float]) -> None:
        self.fallback = QuicFallback(settings)
        self._settings = settings
        self._now = now
        self._holder = TaskHolder("quic")
        self._drivers: dict[_Key, QuicDriver] = {}
        self._making: dict[_Key, asyncio.Task[QuicDriver]] = {}
        self._tickets: dict[_Key, SessionTicket] = {}
        self._proven: set[str] = set()  # networks on which a handshake came through

    def allowed(self, *, attempt: int = 1) -> bool:
        """Whether a task's ``attempt`` (1 is the first) may go by QUIC now."""
        return self.fallback.allowed(self._now(), attempt=attempt)

    def failed(self) -> None:
        """QUIC did not bring an answer."""
        self.fallback.failed(self._now())

    def given_up(self, endpoint: Endpoint, tls: TlsSettings, waited: float) -> None:
        """A task's answer was waited for in vain for ``waited`` seconds.

        Where nothing at all has come meanwhile, the way is dead: the connection is left, and its
        other tasks go on by TCP. Else it was the task that was given up, not QUIC.
        """
        driver = self._drivers.get(_key(endpoint, tls))
        if driver is not None and waited >= SILENT and driver.silence >= waited:
            self.failed()
            driver.end()

    def network_changed(self) -> None:
        """QUIC may work here; the connections that are there go on from the new address."""
        self.fallback.network_changed()
        for driver in self._drivers.values():
            driver.migrate()

    def is_open(self, endpoint: Endpoint, tls: TlsSettings) -> bool:
        """Whether a stream could be opened at once."""
        driver = self._drivers.get(_key(endpoint, tls))
        return driver is not None and driver.usable and driver.streams < self._settings.max_streams

    async def open(
        self,
        endpoint: Endpoint,
        tls: TlsSettings,
        protocol: asyncio.Protocol,
        *,
        network: str,
        early: bool,
    ) -> None:
        """A new stream to ``endpoint`` for ``protocol``, whose ``connection_made`` gets it.

        ``early`` says that the bytes may be early data. Raises
        :class:`~netcore.errors.ConnectError`.
        """
        key = _key(endpoint, tls)
        if not self.is_open(endpoint, tls):
            if key in self._drivers and self._drivers[key].usable:
                raise ConnectError(f"{endpoint}: all streams of the QUIC connection are taken")
            making = self._making.get(key)
            if making is None:
                early = early and network in self._proven
                making = self._making[key] = self._holder.start(
                    self._make(key, endpoint, tls, network, early), str(endpoint)
                )
                making.add_done_callback(lambda _: self._making.pop(key, None))
            await asyncio.shield(making)
        mark("quic")
        self._drivers[key].open(protocol)

    async def _make(
        self, key: _Key, endpoint: Endpoint, tls: TlsSettings, network: str, early: bool
    ) -> QuicDriver:
        from netcore.carriers.quic_driver import connect_quic  # aioquic takes 0.1 s to import

        driver = await connect_quic(
            endpoint,
            tls,
            self._settings,
            ticket=self._tickets.pop(key, None),  # one that was used is seen by others
            on_ticket=lambda ticket: self._keep(key, ticket),
            early=early,
        )
        self._drivers[key] = driver
        driver.gone.add_done_callback(lambda _: self._forget(key, driver))
        if driver.established.done():
            self._proven.add(network)
        else:
            self._holder.start(self._prove(driver, network), "early data")
        return driver

    async def _prove(self, driver: QuicDriver, network: str) -> None:
        """Early data are out: the handshake must follow."""
        try:
            async with asyncio.timeout(self._settings.connect_timeout):
                await asyncio.shield(driver.established)
        except (TimeoutError, ConnectError):
            self._proven.discard(network)
            self.failed()
            driver.close()
        else:
            self._proven.add(network)

    def _keep(self, key: _Key, ticket: SessionTicket) -> None:
        self._tickets.pop(key, None)
        self._tickets[key] = ticket
        if len(self._tickets) > _TICKETS:
            del self._tickets[next(iter(self._tickets))]

    def _forget(self, key: _Key, driver: QuicDriver) -> None:
        if self._drivers.get(key) is driver:
            del self._drivers[key]

    async def close(self) -> None:
        """End all connections, and wait until their sockets are closed."""
        await self._holder.close()
        drivers = list(self._drivers.values())
        for driver in drivers:
            driver.end()
        if drivers:
            await asyncio.wait([driver.gone for driver in drivers])


def _key(endpoint: Endpoint, tls: TlsSettings) -> _Key:
    return endpoint.ip, endpoint.port, endpoint.host, tls
