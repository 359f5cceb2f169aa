"""Makes a long link's connection: addresses, race, proxy, TLS, and a verifying noop if wanted.

``LongLink::__RunConnect`` of ``mars/stn/src/longlink.cc``. Each address raced takes all the steps
(TCP, proxy, TLS, noop), so that one whose TCP answers but whose TLS hangs does not win.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Sequence
from typing import Protocol

from netcore.connect.endpoint import AddressSource, Carrier, Endpoint
from netcore.connect.ipstack import for_proxy
from netcore.connect.proxy import Proxy
from netcore.connect.race import RaceReport, mark, race
from netcore.connect.resolver import literal
from netcore.connect.sources import Sources
from netcore.connect.speedtest import Speed, speed_test
from netcore.connect.tls import TlsSettings, secure
from netcore.errors import ConfigError, ConnectError, DnsError, FrameError
from netcore.links.context import Context
from netcore.links.opening import note_winner, open_wire
from netcore.links.wire import Wire
from netcore.longlink.codec import Encoder
from netcore.longlink.config import LonglinkConfig
from netcore.profile import ConnectProfile
from netcore.task import NOOP_TASK_ID

_PLAIN = TlsSettings(enabled=False)


class AddressProvider(Protocol):
    """Where a long link may connect to, and what became of it."""

    @property
    def host(self) -> str:
        """The first host, by which the proxy is chosen."""
        ...

    @property
    def websocket_port(self) -> int:
        """Where the hosts may speak WebSocket: the short link's port; 0 for nowhere."""
        ...

    async def endpoints(self, *, proxied: bool = False) -> Sequence[Endpoint]:
        """The addresses in the order of trying; raises DnsError when there is none.

        ``proxied``: where none is known, the hosts' names, for a proxy to look up.
        """
        ...

    def report(self, endpoint: Endpoint, ok: bool) -> None:
        """An address worked or did not."""
        ...


class LinkAddresses:
    """The addresses of one long link, from the sources that all links share."""

    __slots__ = ("_config", "_sources")

    def __init__(self, sources: Sources, config: LonglinkConfig) -> None:
        self._sources = sources
        self._config = config

    @property
    def host(self) -> str:
        """The first host."""
        hosts = self._config.hosts or self._sources.settings.longlink_hosts
        return hosts[0] if hosts else ""

    @property
    def websocket_port(self) -> int:
        """The short link's port, as it is set now."""
        return self._sources.settings.shortlink_port

    async def endpoints(self, *, proxied: bool = False) -> Sequence[Endpoint]:
        """The addresses in the order of trying."""
        config = self._config
        return await self._sources.endpoints(
            config.hosts, longlink=True, minor=config.minor, ports=config.ports, proxied=proxied
        )

    def report(self, endpoint: Endpoint, ok: bool) -> None:
        """An address worked or did not."""
        self._sources.report(endpoint, ok)


class LongLinkConnector:
    """The connect function of a long link."""

    __slots__ = ("_addresses", "_context", "_encoder", "_name", "_need_tls", "_tls", "_tls_context")

    def __init__(
        self,
        name: str,
        context: Context,
        encoder: Encoder,
        addresses: AddressProvider,
        *,
        need_tls: bool = True,
    ) -> None:
        self._name = name
        self._context = context
        self._encoder = encoder
        self._addresses = addresses
        self._need_tls = need_tls
        self._tls: TlsSettings | None = None
        self._tls_context: ssl.SSLContext | None = None

    async def __call__(self, profile: ConnectProfile) -> Wire:
        """A proven wire; raises :class:`~netcore.errors.ConnectError`."""
        context = self._context
        now = context.clock.now
        proxy = await context.proxies.of(self._addresses.host)
        profile.dns_start = now()
        endpoints = await self._addresses.endpoints(proxied=proxy is not None)
        profile.dns_end = profile.connect_start = now()
        if not endpoints:
            raise DnsError("no address is known for the long link; set its host and port")
        proxy_ip = None if proxy is None else literal(proxy.host)
        if proxy_ip is not None:
            endpoints = for_proxy(endpoints, proxy_ip)
        endpoints = context.carriers.long_link(
            endpoints, self._addresses.websocket_port, now(), context.network_key
        )
        first = endpoints[0]
        profile.host, profile.ip, profile.port = first.host, first.ip, first.port
        profile.source = first.source
        tls = self._tls_settings()

        async def attempt(endpoint: Endpoint) -> Wire:
            return await self._attempt(endpoint, tls, proxy)

        try:
            wire, winner, report = await race(
                endpoints,
                attempt,
                settings=context.settings.race,
                discard=Wire.abort,
                observer=context.observer,
                label=self._name,
                on_report=self._report,
            )
        except ConnectError:
            profile.connect_end = now()
            profile.tried = len(endpoints)
            raise
        note_winner(profile, wire, winner, report, proxy)
        context.carriers.won(winner.carrier, now(), context.network_key)
        return wire

    def _tls_settings(self) -> TlsSettings:
        """The settings in force; their TLS context is made when they are new."""
        tls = self._context.tls if self._need_tls else _PLAIN
        if tls is not self._tls:
            try:
                self._tls_context = tls.context()
            except ConfigError as error:
                raise ConnectError(str(error)) from error
            self._tls = tls
        return tls

    @property
    def _verifies(self) -> bool:
        return self._encoder.verify_connect or self._context.settings.longlink.verify_connect

    async def _attempt(self, endpoint: Endpoint, tls: TlsSettings, proxy: Proxy | None) -> Wire:
        context = self._context
        wire = await open_wire(context, endpoint, proxy, tls, self._tls_context)
        wire.transport.set_write_buffer_limits(high=context.settings.longlink.high_water)
        if self._verifies:
            try:
                await self._verify(wire, endpoint)
            except BaseException:
                wire.abort()
                raise
            mark("noop")
        return wire

    async def probe(self, endpoint: Endpoint) -> None:
        """Connect to one address, have a noop answered, and close.

        Raises :class:`~netcore.errors.ConnectError` when any of that fails; has no time-out for the
        noop's answer.
        """
        proxy = await self._context.proxies.of(endpoint.host or endpoint.ip)
        wire = await self._attempt(endpoint, self._tls_settings(), proxy)
        try:
            if not self._verifies:
                await self._verify(wire, endpoint)
        finally:
            wire.abort()

    async def measure(self, timeout: float) -> list[Speed]:
        """How long each of the link's addresses takes to connect and to answer a noop.

        ``timeout`` in seconds is for each. The fastest come first. Raises
        :class:`~netcore.errors.ConnectError` when there is no address.
        """
        tls = self._tls_settings()
        loop = asyncio.get_running_loop()

        async def exchange(sock: socket.socket, endpoint: Endpoint) -> None:
            _, wire = await secure(
                lambda: Wire(loop),
                sock.dup(),  # this one belongs to the test
                tls,
                endpoint.host or endpoint.ip,
                context=self._tls_context,
            )
            try:
                await self._verify(wire, endpoint)
            finally:
                wire.abort()

        proxy = await self._context.proxies.of(self._addresses.host)
        endpoints = await self._addresses.endpoints(proxied=proxy is not None)
        return await speed_test(endpoints, exchange, proxy=proxy, timeout=timeout)

    async def _verify(self, wire: Wire, endpoint: Endpoint) -> None:
        """Send a noop and wait for its answer; raises ConnectError when something else comes."""
        encoder = self._encoder
        wire.transport.write(encoder.pack(encoder.noop_cmdid, NOOP_TASK_ID, encoder.noop_body()))
        proof = _Proof(encoder, asyncio.get_running_loop().create_future())
        wire.adopt(proof)
        try:
            await proof.answered
        except (FrameError, OSError) as error:
            raise ConnectError(f"{endpoint}: no good answer to a noop: {error}") from error
        wire.adopt(None)

    def _report(self, report: RaceReport) -> None:
        for endpoint in report.failed:
            # A name is no address to rank, and the short link ranks its own.
            if endpoint.source is not AddressSource.PROXY and endpoint.carrier is Carrier.TCP:
                self._addresses.report(endpoint, False)


class _Proof:
    """The sink of a wire that is being verified."""

    def __init__(self, encoder: Encoder, answered: asyncio.Future[None]) -> None:
        self.answered = answered
        self._encoder = encoder
        self._decoder = encoder.decoder()

    def wire_received(self, wire: Wire, data: bytes) -> None:
        try:
            frames = self._decoder.feed(data)
        except FrameError as error:
            self._end(error)
            return
        if any(self._encoder.is_noop_answer(frame) for frame in frames):
            self._end(None)

    def wire_lost(self, wire: Wire, error: Exception | None) -> None:
        self._end(OSError("the peer closed the connection") if error is None else error)

    def wire_paused(self, wire: Wire, paused: bool) -> None:
        pass

    def _end(self, error: Exception | None) -> None:
        if self.answered.done():
            return
        if error is None:
            self.answered.set_result(None)
        else:
            self.answered.set_exception(error)
