"""Makes the short link's connections (the connecting half of ``mars/stn/src/shortlink.cc``).

A kept connection, or a new one by name look-up, race, proxy and TLS. Without TLS an HTTP proxy is
not asked for a tunnel but for the whole URL, which is its usual trade; it then looks the name up.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass, replace

from netcore.connect.dial import proxy_addresses
from netcore.connect.endpoint import AddressSource, Carrier, Endpoint
from netcore.connect.proxy import Proxy
from netcore.connect.race import RaceReport, race
from netcore.connect.sources import Sources
from netcore.connect.tls import TlsSettings
from netcore.errors import ConnectError
from netcore.links.context import Context
from netcore.links.opening import note_winner, open_wire
from netcore.links.wire import Wire
from netcore.profile import ConnectProfile
from netcore.shortlink.codec import HttpClientCodec, Request, make_request
from netcore.shortlink.connection import NAME, HttpConnection, Key, OnTraffic
from netcore.shortlink.pool import Pool
from netcore.task import Task

OnConnect = Callable[[bool, ConnectProfile], None]


@dataclass(frozen=True, slots=True)
class RequestSpec:
    """What to send where: ``hosts`` in the order of trying.

    A ``retry`` takes no kept connection but to the first of them: the others may be what failed.
    """

    task: Task
    body: bytes
    hosts: tuple[str, ...]
    use_proxy: bool
    retry: bool = False


class ShortLinkConnector:
    """Makes the short link's connections, and knows of all that are open."""

    def __init__(
        self,
        context: Context,
        sources: Sources,
        pool: Pool,
        *,
        on_traffic: OnTraffic,
        on_connect: OnConnect,
    ) -> None:
        self._context = context
        self._settings = context.settings.shortlink
        self._now = context.clock.now
        self._sources = sources
        self._pool = pool
        self._on_traffic = on_traffic
        self._on_connect = on_connect
        self._tls: TlsSettings | None = None
        self._tls_context: ssl.SSLContext | None = None
        self._wires: set[Wire] = set()

    def request(self, spec: RequestSpec, endpoint: Endpoint, forward: Proxy | None) -> Request:
        """The request for a connection's peer; raises ConfigError."""
        settings = self._settings
        if forward is not None:
            host, port = spec.hosts[0], self._sources.settings.shortlink_port
        else:
            host, port = endpoint.host or endpoint.ip, endpoint.port
        return make_request(
            spec.task.cgi,
            host=host,
            port=port,
            body=spec.body,
            tls=self._context.tls.enabled,
            headers=spec.task.headers,
            keep_alive=settings.keep_alive,
            user_agent=settings.user_agent,
            forward=forward,
        )

    async def open(
        self, spec: RequestSpec, profile: ConnectProfile, *, fresh: bool
    ) -> tuple[HttpConnection, Proxy | None]:
        """A connection, and the proxy that forwards requests on it, if one does.

        ``fresh``: not a kept one. Raises :class:`~netcore.errors.ConnectError`.
        """
        tls = self._context.tls
        proxy = None
        if spec.use_proxy and spec.hosts:
            proxy = await self._context.proxies.of(spec.hosts[0])
        forward = self._forwarder(spec, tls, proxy)
        profile.dns_start = self._now()
        if forward is None:
            endpoints = await self._sources.endpoints(
                spec.hosts,
                longlink=False,
                cgi=spec.task.cgi,
                extra_info=spec.task.extra_info,
                proxied=proxy is not None,
            )
        else:
            endpoints = [
                Endpoint(ip, forward.port, forward.host, AddressSource.PROXY)
                for ip in await proxy_addresses(forward)
            ]
        profile.dns_end = profile.connect_start = self._now()
        first = endpoints[0]
        profile.host, profile.ip, profile.port = first.host, first.ip, first.port
        profile.source = first.source
        if forward is not None:
            proxy = None
        keys = [
            Key.of(each, None if each.source is AddressSource.DEBUG else proxy, tls)
            for each in endpoints
        ]
        quic = self._quic_endpoint(spec, endpoints[0], tls, proxy or forward, fresh=fresh)
        if quic is not None:
            endpoints = [quic, *endpoints]
            keys = [Key.of(quic, None, tls), *keys]
        if not fresh and not (quic is not None and self._context.quic.is_open(quic, tls)):
            mine = [key for key in keys if key.host in spec.hosts[:1]] if spec.retry else keys
            found = self._pool.take(mine)
            if found is not None:
                connection = found
                index = keys.index(connection.key)
                self._note_reused(profile, connection, index, proxy or forward)
                return connection, forward
        early = spec.task.idempotent
        connection = await self._connect(endpoints, keys, proxy, tls, profile, early=early)
        if forward is not None:
            profile.proxy = str(forward)
        return connection, forward

    def _forwarder(self, spec: RequestSpec, tls: TlsSettings, proxy: Proxy | None) -> Proxy | None:
        """The proxy that is asked for the whole URL: without TLS that is an HTTP proxy's way."""
        if proxy is None or proxy.kind != "http" or tls.enabled or not spec.hosts:
            return None
        if self._sources.debug_shortlink(spec.hosts, spec.task.cgi):
            return None
        return proxy

    async def _connect(
        self,
        endpoints: list[Endpoint],
        keys: list[Key],
        proxy: Proxy | None,
        tls: TlsSettings,
        profile: ConnectProfile,
        *,
        early: bool,
    ) -> HttpConnection:
        context = self._context
        if tls is not self._tls:
            self._tls_context = tls.context()
            self._tls = tls
        tls_context = self._tls_context

        async def attempt(endpoint: Endpoint) -> Wire:
            wire = await open_wire(context, endpoint, proxy, tls, tls_context, early=early)
            self._wires.add(wire)
            wire.gone.add_done_callback(lambda _: self._wires.discard(wire))
            return wire

        try:
            wire, winner, report = await race(
                endpoints,
                attempt,
                settings=context.settings.race,
                discard=Wire.abort,
                observer=context.observer,
                label=NAME,
                on_report=self._report,
            )
        except ConnectError:
            profile.connect_end = self._now()
            profile.tried = len(endpoints)
            self._on_connect(False, profile)
            raise
        note_winner(profile, wire, winner, report, proxy)
        settings = self._settings
        codec = HttpClientCodec(
            max_head=settings.max_head,
            max_body=settings.max_body,
            keep_alive_timeout=settings.keep_alive_timeout,
            max_keep_alive_timeout=settings.max_keep_alive_timeout,
        )
        connection = HttpConnection(
            wire, keys[endpoints.index(winner)], winner, codec, self._on_traffic
        )
        self._on_connect(True, profile)
        return connection

    def _report(self, report: RaceReport) -> None:
        for endpoint in report.failed:
            if endpoint.carrier is Carrier.QUIC:
                self._context.quic.failed()
            elif endpoint.source is not AddressSource.PROXY:
                self._sources.report(endpoint, False)

    def _quic_endpoint(
        self,
        spec: RequestSpec,
        first: Endpoint,
        tls: TlsSettings,
        proxy: Proxy | None,
        *,
        fresh: bool,
    ) -> Endpoint | None:
        """The best address by QUIC, where that may be tried: no proxy carries it."""
        context = self._context
        attempt = 2 if spec.retry or fresh else 1
        if proxy is not None or not tls.enabled or not context.quic.allowed(attempt=attempt):
            return None
        port = context.settings.quic.port or first.port
        return replace(first, port=port, carrier=Carrier.QUIC)

    def _note_reused(
        self, profile: ConnectProfile, connection: HttpConnection, index: int, proxy: Proxy | None
    ) -> None:
        endpoint = connection.endpoint
        profile.connect_end = profile.connect_start
        profile.host, profile.ip, profile.port = endpoint.host, endpoint.ip, endpoint.port
        profile.source = endpoint.source
        profile.endpoint = endpoint
        profile.index = index
        profile.reused = True
        if proxy is not None and endpoint.source is not AddressSource.DEBUG:
            profile.proxy = str(proxy)
        local = connection.wire.transport.get_extra_info("sockname") or ("", 0)
        profile.local_ip, profile.local_port = str(local[0]), int(local[1])

    async def close(self) -> None:
        """Close what is open, and wait until it is."""
        await self._context.quic.close()
        for wire in tuple(self._wires):
            wire.abort()
        while self._wires:
            await asyncio.wait([wire.gone for wire in self._wires])
            await asyncio.sleep(0)  # let the done callbacks discard them
