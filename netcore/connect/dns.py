"""Host names to addresses: the system's resolver, one DNS server, or DNS over HTTPS.

Mars: ``mars/comm/dns/dns.cc``, and the newdns of ``mars/stn/src/net_source.cc``, for which
:class:`DohResolver` is a ready provider. Every resolver raises
:class:`~netcore.errors.DnsError` and ends within its time-out, whatever the network does.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlsplit

import dns.asyncquery
import dns.exception
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import h11

from netcore.connect.dial import dial
from netcore.connect.endpoint import Endpoint
from netcore.connect.ipstack import interleave
from netcore.connect.proxy import Proxy
from netcore.connect.race import race
from netcore.connect.tls import TlsSettings, secure_streams
from netcore.errors import ConfigError, ConnectError, DnsError

DNS_TIMEOUT = 2.0  # seconds (kNewDns in net_source.cc, and dns.h's default)
DEFAULT_TTL = 60.0  # seconds, for answers that do not say how long they hold
MIN_TTL = 5.0
MAX_TTL = 24 * 60 * 60.0
_MAX_ANSWER = 64 * 1024  # bytes: what a DNS message can be

# What some resolvers answer for "there is no such address" (Mars leaves them out too).
_NO_ADDRESS = frozenset({"0.0.0.0", "255.255.255.255", "::"})


@dataclass(frozen=True, slots=True)
class Answer:
    """A host's addresses, best first; ``ttl`` in seconds is None when it is not known."""

    addresses: tuple[str, ...]
    ttl: float | None = None


class Resolver(Protocol):
    """What finds addresses; ``kind`` names it in events ("system", "8.8.8.8", "doh")."""

    kind: str

    async def resolve(self, host: str, *, timeout: float = DNS_TIMEOUT) -> Answer:
        """The addresses of ``host``; raises :class:`~netcore.errors.DnsError`."""
        ...


def literal(host: str) -> str | None:
    """``host`` as a plain address if it is one (v6 without brackets), else None."""
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    try:
        ipaddress.ip_address(bare.partition("%")[0])
    except ValueError:
        return None
    return bare


def _usable(host: str, addresses: Iterable[str]) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(each for each in addresses if each not in _NO_ADDRESS))
    if not found:
        raise DnsError(f"{host} has no address; check the name")
    return found


def _too_late(kind: str, host: str, timeout: float) -> DnsError:
    return DnsError(f"the {kind} DNS did not answer for {host} within {timeout:g} s")


# ---------------------------------------------------------------------------- system

GetAddrInfo = Callable[..., Sequence[tuple[Any, ...]]]


class SystemResolver:
    """``getaddrinfo`` in a thread of its own.

    A lookup that hangs cannot be stopped, only left: its thread is a daemon, so it holds up
    neither the program's end nor other lookups, and while it hangs further callers for the same
    host share it, so that a dead network does not pile up threads.
    """

    kind = "system"

    def __init__(self, getaddrinfo: GetAddrInfo = socket.getaddrinfo) -> None:
        self._getaddrinfo = getaddrinfo
        self._running: dict[str, asyncio.Future[tuple[str, ...]]] = {}

    async def resolve(self, host: str, *, timeout: float = DNS_TIMEOUT) -> Answer:
        """See :class:`Resolver`."""
        running = self._running.get(host)
        if running is None or running.done():
            running = self._start(host)
        try:
            async with asyncio.timeout(timeout):
                found = await asyncio.shield(running)
        except TimeoutError as error:
            raise _too_late(self.kind, host, timeout) from error
        except (OSError, UnicodeError) as error:
            text = getattr(error, "strerror", None) or str(error)
            raise DnsError(f"{host} was not found ({text}); check the name") from error
        return Answer(_usable(host, found))

    def _start(self, host: str) -> asyncio.Future[tuple[str, ...]]:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[tuple[str, ...]] = loop.create_future()
        self._running[host] = future

        def finish(found: tuple[str, ...], error: Exception | None) -> None:
            if self._running.get(host) is future:
                del self._running[host]
            if future.done():
                return
            if error is None:
                future.set_result(found)
            else:
                future.set_exception(error)
                future.exception()  # seen, even when everybody who waited has gone

        def work() -> None:
            found: tuple[str, ...] = ()
            failure: Exception | None = None
            try:
                rows = self._getaddrinfo(host, None, type=socket.SOCK_STREAM)
                found = tuple(str(row[4][0]) for row in rows)
            except Exception as error:
                failure = error
            try:
                loop.call_soon_threadsafe(finish, found, failure)
            except RuntimeError:
                pass  # the loop has closed in the meantime: nobody waits

        threading.Thread(target=work, name=f"getaddrinfo {host}", daemon=True).start()
        return future


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
        proxy: Proxy | None = None,
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme != "https" or not parts.hostname:
            raise ConfigError(f"dns: a DNS-over-HTTPS address begins with https://, not {url!r}")
        self._host = parts.hostname
        self._port = parts.port or 443
        self._target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._authority = parts.netloc.rpartition("@")[2]
        own = literal(parts.hostname)
        self._addresses = tuple(addresses) or ((own,) if own else ())
        self._bootstrap = bootstrap or SystemResolver()
        self._tls = tls or TlsSettings()
        self._proxy = proxy

    async def resolve(self, host: str, *, timeout: float = DNS_TIMEOUT) -> Answer:
        """See :class:`Resolver`."""
        return await _resolve_both(self.kind, host, self._ask, timeout)

    async def _ask(self, query: dns.message.Message) -> dns.message.Message:
        query.id = 0  # RFC 8484 section 4.1: so that answers can be cached
        addresses = self._addresses or (await self._bootstrap.resolve(self._host)).addresses
        endpoints = interleave([Endpoint(each, self._port, self._host) for each in addresses])

        async def attempt(
            endpoint: Endpoint,
        ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
            sock = await dial(endpoint, proxy=self._proxy)
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
        raise _too_late(kind, host, timeout) from error
    answers = [each for each in results if isinstance(each, Answer)]
    failures = [each for each in results if isinstance(each, BaseException)]
    addresses = [address for each in answers for address in each.addresses]
    if not addresses and failures:
        raise failures[0]
    ttls = [each.ttl for each in answers if each.addresses and each.ttl is not None]
    return Answer(_usable(host, addresses), min(ttls, default=None))


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


# ---------------------------------------------------------------------------- cache


class CachingResolver:
    """Remembers another resolver's answers for as long as they hold.

    ``clock`` gives monotonic seconds. When a lookup fails, an answer that has run out is given
    rather than none (RFC 8767), for ``stale`` seconds.
    """

    def __init__(
        self,
        inner: Resolver,
        *,
        clock: Callable[[], float] = time.monotonic,
        default_ttl: float = DEFAULT_TTL,
        stale: float = MAX_TTL,
    ) -> None:
        self.kind = inner.kind
        self._inner = inner
        self._clock = clock
        self._default_ttl = default_ttl
        self._stale = stale
        self._kept: dict[str, tuple[float, Answer]] = {}
        self._networks = 0  # how often everything was forgotten

    async def resolve(self, host: str, *, timeout: float = DNS_TIMEOUT) -> Answer:
        """See :class:`Resolver`; ``ttl`` is what is left of it."""
        own = literal(host)
        if own is not None:
            return Answer((own,), MAX_TTL)
        now = self._clock()
        kept, network = self._kept.get(host), self._networks
        if kept is not None and now < kept[0]:
            return Answer(kept[1].addresses, kept[0] - now)
        try:
            answer = await self._inner.resolve(host, timeout=timeout)
        except DnsError:
            if kept is not None and network == self._networks and now < kept[0] + self._stale:
                return Answer(kept[1].addresses, 0.0)
            raise
        ttl = self._default_ttl if answer.ttl is None else answer.ttl
        ttl = min(max(ttl, MIN_TTL), MAX_TTL)
        if network == self._networks:  # else another network's answer, asked for before this one
            self._kept[host] = (self._clock() + ttl, answer)
        return Answer(answer.addresses, ttl)

    def forget(self) -> None:
        """Drop all answers, those under way too: another network may see other addresses."""
        self._networks += 1
        self._kept.clear()
