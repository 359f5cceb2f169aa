"""Whether a proxy works (``mars/stn/src/proxy_test.cc``): a tunnel, and a page through it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import h11

from netcore.connect.dial import dial
from netcore.connect.endpoint import Endpoint
from netcore.connect.proxy import Proxy
from netcore.connect.race import race
from netcore.connect.resolver import Resolver, SystemResolver, literal
from netcore.connect.tls import TlsSettings, secure_streams
from netcore.errors import ConnectError, DnsError

TEST_PORT = 80
TIMEOUT = 10.0
_Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(frozen=True, slots=True)
class ProxyReport:
    """``status`` is the HTTP status that came through the proxy, 0 if none; ``error`` why not."""

    ok: bool
    status: int
    seconds: float
    error: str = ""


async def check_proxy(
    proxy: Proxy | None,
    host: str,
    *,
    port: int = TEST_PORT,
    fallback_ips: Sequence[str] = (),
    resolver: Resolver | None = None,
    timeout: float = TIMEOUT,
    tls: TlsSettings | None = None,
    any_answer: bool = False,
) -> ProxyReport:
    """Ask ``host`` for its front page through ``proxy`` (None: straight). Raises nothing.

    ``fallback_ips`` are used when the host's name cannot be resolved. As in Mars the proxy is good
    when a page or a redirection came: status 200, 301 to 399, or 497; with ``any_answer`` when
    anything came that is HTTP. Without an address the proxy is given the name. ``tls`` secures the
    connection to ``host``.
    """
    loop = asyncio.get_running_loop()
    secured = tls or TlsSettings(enabled=False)
    started = loop.time()
    status = 0
    error = ""
    try:
        async with asyncio.timeout(timeout):
            try:
                found = await _addresses(host, fallback_ips, resolver or SystemResolver())
            except DnsError:
                if proxy is None:
                    raise
                found = (host,)  # the proxy may know it
            endpoints = [Endpoint(each, port, host) for each in found]

            async def attempt(endpoint: Endpoint) -> _Streams:
                sock = await dial(endpoint, proxy=proxy, timeout=timeout)
                return await secure_streams(sock, secured, host, timeout=timeout)

            (reader, writer), _, _ = await race(
                endpoints, attempt, discard=lambda pair: pair[1].transport.abort()
            )
            try:
                status = await _status(reader, writer, host)
            finally:
                writer.transport.abort()
    except TimeoutError:
        error = f"no answer within {timeout:g} s"
    except (ConnectError, OSError, h11.RemoteProtocolError) as failure:
        error = str(failure) or type(failure).__name__
    ok = status in (200, 497) or 300 < status < 400 or (any_answer and status > 0)
    if not ok and not error:
        error = f"{host} answered {status} through the proxy"
    return ProxyReport(ok, status, loop.time() - started, error)


async def _addresses(host: str, fallback: Sequence[str], resolver: Resolver) -> Sequence[str]:
    own = literal(host)
    if own is not None:
        return (own,)
    try:
        return (await resolver.resolve(host)).addresses
    except DnsError:
        if not fallback:
            raise
        return fallback


async def _status(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str) -> int:
    talk = h11.Connection(h11.CLIENT)
    headers = [
        ("Host", host),
        ("Accept", "*/*"),
        ("Cache-Control", "no-cache"),
        ("Connection", "close"),
    ]
    request = talk.send(h11.Request(method="GET", target="/", headers=headers))
    writer.write((request or b"") + (talk.send(h11.EndOfMessage()) or b""))
    while True:
        event = talk.next_event()
        if event is h11.NEED_DATA:
            talk.receive_data(await reader.read(8 * 1024))
        elif isinstance(event, h11.Response):
            return event.status_code
        elif isinstance(event, h11.ConnectionClosed):
            raise ConnectError(f"{host} closed the connection without an answer")
