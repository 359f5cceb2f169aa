"""Host names to addresses by one DNS server, or by DNS over HTTPS.

The newdns of ``mars/stn/src/net_source.cc``, for which :class:`DohResolver` is a ready provider.
The system's own look-up is in :mod:`netcore.connect.resolver`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlsplit

import dns.asyncquery
import dns.exception
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import h11

from netcore import checking
from netcore.connect.dial import dial
from netcore.connect.endpoint import Endpoint
from netcore.connect.ipstack import interleave
from netcore.connect.proxies import Proxies
from netcore.connect.race import race
from netcore.connect.resolver import (
    DNS_TIMEOUT,
    Answer,
    Resolver,
    SystemResolver,
    literal,
    too_late,
    usable,
)
from netcore.connect.tls import TlsSettings, secure_streams
from netcore.errors import ConfigError, ConnectError, DnsError

_MAX_ANSWER = 64 * 1024  # bytes: what a DNS message can be

# ---------------------------------------------------------------------------- servers


class ServerResolver:
    """Asks one DNS server over UDP, over TCP when the answer is cut (RFC 1035, RFC 7766)."""

    def __init__(self, server: str, port: int = 53) -> None:
        bare = literal(server)
        if bare is None:
            raise ConfigError(f"dns: give a DNS server's address, not {server!r}")
        self.kind = bare
        self._port = port

    async def resolve(self, host: str, *, timeout: float = DNS_TIMEOUT) -> Answer:
        """See :class:`Resolver`."""

        async def ask(query: dns.message.Message) -> dns.message.Message:
            answer, _ = await dns.asyncquery.udp_with_fallback(
                query, self.kind, port=self._port, timeout=timeout, ignore_unexpected=True
            )
            return answer

        return await _resolve_both(self.kind, host, ask, timeout)


class DohResolver:
    """DNS over HTTPS (RFC 8484), which a network's own DNS can neither see nor forge.

    ``url`` is the service's, such as ``https://dns.example/dns-query``; ``addresses`` are where
    to find it, so that no other DNS is needed; else ``bootstrap`` resolves its name.
    """

    kind = "doh"

    def __init__(
        self,
        url: str,
        *,
        addresses: Sequence[str] = (),
        bootstrap: Resolver | None = None,
        tls: TlsSettings | None = None,
        proxies: Proxies | None = None,
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme != "https" or not parts.hostname:
            raise ConfigError(f"dns: a DNS-over-HTTPS address begins with https://, not {url!r}")
        self._host = parts.hostname
        self._port = parts.port or 443
        self._target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._authority = parts.netloc.rpartition("@")[2]
        own = literal(parts.hostname)
        given = checking.addresses("addresses of the DNS-over-HTTPS service", addresses)
        self._addresses = given or ((own,) if own else ())
        self._bootstrap = bootstrap or SystemResolver()
        self._tls = tls or TlsSettings()
        self._proxies = proxies or Proxies()

    async def resolve(self, host: str, *, timeout: float = DNS_TIMEOUT) -> Answer:
        """See :class:`Resolver`."""
        return await _resolve_both(self.kind, host, self._ask, timeout)

    async def _ask(self, query: dns.message.Message) -> dns.message.Message:
        query.id = 0  # RFC 8484 section 4.1: so that answers can be cached
        addresses = self._addresses or (await self._bootstrap.resolve(self._host)).addresses
        endpoints = interleave([Endpoint(each, self._port, self._host) for each in addresses])

        proxy = await self._proxies.of(self._host)

        async def attempt(
            endpoint: Endpoint,
        ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
            sock = await dial(endpoint, proxy=proxy)
            return await secure_streams(sock, self._tls, self._host)

        (reader, writer), _, _ = await race(
            endpoints, attempt, discard=lambda pair: pair[1].transport.abort()
        )
        try:
            wire = await self._post(reader, writer, query.to_wire())
        finally:
            writer.transport.abort()
        return dns.message.from_wire(wire)

    async def _post(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, body: bytes
    ) -> bytes:
        talk = h11.Connection(h11.CLIENT)
        headers = [
            ("Host", self._authority),
            ("Content-Type", "application/dns-message"),
            ("Accept", "application/dns-message"),
            ("Content-Length", str(len(body))),
            ("Connection", "close"),
        ]
        for event in (
            h11.Request(method="POST", target=self._target, headers=headers),
            h11.Data(data=body),
            h11.EndOfMessage(),
        ):
            writer.write(talk.send(event) or b"")
        await writer.drain()
        answer = bytearray()
        while True:
            got = talk.next_event()
            if got is h11.NEED_DATA:
                talk.receive_data(await reader.read(_MAX_ANSWER))
            elif isinstance(got, h11.Response):
                if got.status_code != 200:
                    raise DnsError(
                        f"the DNS-over-HTTPS service {self._host} answered {got.status_code}; "
                        "check its address"
                    )
            elif isinstance(got, h11.Data):
                answer += got.data
                if len(answer) > _MAX_ANSWER:
                    raise DnsError(f"the answer of {self._host} is no DNS message: too long")
            elif isinstance(got, h11.EndOfMessage):
                return bytes(answer)
            elif isinstance(got, h11.ConnectionClosed):
                raise DnsError(f"the DNS-over-HTTPS service {self._host} broke off")


_Ask = Callable[[dns.message.Message], Any]


async def _resolve_both(kind: str, host: str, ask: _Ask, timeout: float) -> Answer:
    """AAAA and A asked side by side; one of them failing does not spoil the other."""
    try:
        name = dns.name.from_text(host)
        kinds = (dns.rdatatype.AAAA, dns.rdatatype.A)
        queries = [dns.message.make_query(name, each) for each in kinds]
    except (dns.exception.DNSException, UnicodeError) as error:
        raise DnsError(f"{host!r} is no host name ({error})") from error
    try:
        async with asyncio.timeout(timeout):
            results = await asyncio.gather(
                *(_addresses_of(kind, host, ask, each) for each in queries),
                return_exceptions=True,
            )
    except TimeoutError as error:
        raise too_late(kind, host, timeout) from error
    answers = [each for each in results if isinstance(each, Answer)]
    failures = [each for each in results if isinstance(each, BaseException)]
    addresses = [address for each in answers for address in each.addresses]
    if not addresses and failures:
        raise failures[0]
    ttls = [each.ttl for each in answers if each.addresses and each.ttl is not None]
    return Answer(usable(host, addresses), min(ttls, default=None))


async def _addresses_of(kind: str, host: str, ask: _Ask, query: dns.message.Message) -> Answer:
    try:
        reply: dns.message.Message = await ask(query)
        rcode = reply.rcode()
        if rcode == dns.rcode.NXDOMAIN:
            raise DnsError(f"{host} does not exist, says the {kind} DNS; check the name")
        if rcode != dns.rcode.NOERROR:
            raise DnsError(f"the {kind} DNS failed for {host} ({dns.rcode.to_text(rcode)})")
        # A broken server may answer anything: nothing but a well-formed chain is taken.
        chain = reply.resolve_chaining() if isinstance(reply, dns.message.QueryMessage) else None
    except DnsError:
        raise
    except (dns.exception.DNSException, h11.RemoteProtocolError, ConnectError) as error:
        reason = str(error) or type(error).__name__
        raise DnsError(f"the {kind} DNS failed for {host} ({reason})") from error
    except (OSError, EOFError, ValueError) as error:
        raise DnsError(f"the {kind} DNS cannot be reached for {host} ({error})") from error
    if chain is None or chain.answer is None:
        return Answer(())
    return Answer(tuple(str(each.address) for each in chain.answer), float(chain.minimum_ttl))
