"""Opening one connection for either kind of link: TCP, proxy and TLS as one attempt of a race.

The connecting half of ``mars/stn/src/longlink.cc`` and ``mars/stn/src/shortlink.cc``.
"""

from __future__ import annotations

import asyncio
import ssl

from netcore.connect.dial import dial
from netcore.connect.endpoint import AddressSource, Carrier, Endpoint
from netcore.connect.proxy import Proxy
from netcore.connect.race import RaceReport
from netcore.connect.tls import TlsSettings, secure
from netcore.errors import RefusedWebSocketError
from netcore.events import NetworkKind
from netcore.links.context import Context
from netcore.links.wire import Wire
from netcore.profile import ConnectProfile


async def open_wire(
    context: Context,
    endpoint: Endpoint,
    proxy: Proxy | None,
    tls: TlsSettings,
    tls_context: ssl.SSLContext | None,
    *,
    early: bool = False,
) -> Wire:
    """One attempt of a race, by the endpoint's carrier and through all of its steps.

    ``early``: what will be written may be early data. Raises ConnectError.
    """
    loop = asyncio.get_running_loop()
    if endpoint.carrier is Carrier.QUIC:
        wire = Wire(loop)
        await context.quic.open(endpoint, tls, wire, network=context.network_key, early=early)
        wire.tcp_at = wire.connected_at = context.clock.now()
        return wire
    timeout = context.settings.race.timeout_of(endpoint)
    wifi = context.network.state.kind is NetworkKind.WIFI
    sock = await dial(endpoint, proxy=proxy, timeout=timeout, small_packets=wifi)
    tcp_at = context.clock.now()
    host = endpoint.host or endpoint.ip
    if endpoint.carrier is Carrier.WEBSOCKET:
        from netcore.carriers.layered import secure_websocket  # most links never need it

        try:
            wire = await secure_websocket(
                Wire(loop), sock, tls, host, endpoint.port, context=tls_context, timeout=timeout
            )
        except RefusedWebSocketError:
            context.carriers.refused(context.clock.now())
            raise
    else:
        _, wire = await secure(
            lambda: Wire(loop), sock, tls, host, context=tls_context, timeout=timeout
        )
    wire.tcp_at = tcp_at
    wire.connected_at = context.clock.now()
    return wire


def note_winner(
    profile: ConnectProfile,
    wire: Wire,
    winner: Endpoint,
    report: RaceReport,
    proxy: Proxy | None,
) -> None:
    """Note in the profile what a race came to; ``connect_start`` must be there."""
    profile.host = winner.host
    profile.ip = winner.ip
    profile.port = winner.port
    profile.source = winner.source
    profile.endpoint = winner
    if proxy is not None and winner.source is not AddressSource.DEBUG:
        profile.proxy = str(proxy)
    profile.connect_end = wire.tcp_at
    if wire.transport.get_extra_info("ssl_object") is not None:
        profile.tls_end = wire.connected_at
    profile.index = -1 if report.winner is None else report.winner
    profile.tried = report.tried
    if report.winner is not None:
        started = report.attempts[report.winner].started or 0.0
        profile.rtt = max(0.0, wire.tcp_at - profile.connect_start - started)
    local = wire.transport.get_extra_info("sockname") or ("", 0)
    profile.local_ip, profile.local_port = str(local[0]), int(local[1])
