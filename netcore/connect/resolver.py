"""The system's name look-up, guarded, and the memory of what it said.

Mars: ``mars/comm/dns/dns.cc``. Every look-up of netcore and the app by the system goes through
:class:`SystemResolver`. Every resolver raises :class:`~netcore.errors.DnsError` and ends within its
time-out, whatever the network does.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from weakref import WeakKeyDictionary

from netcore import bounds
from netcore.errors import DnsError
from netcore.runtime.guarded import guarded
from netcore.runtime.task_holder import TaskHolder

DNS_TIMEOUT = 2.0  # seconds (kNewDns in net_source.cc, and dns.h's default)
DEFAULT_TTL = 60.0  # seconds, for answers that do not say how long they hold
MIN_TTL = 5.0
MAX_TTL = 24 * 60 * 60.0
PATIENCE = 0.05  # seconds to wait for more when something is known (RFC 8305, Resolution Delay)
STALE_PATIENCE = 0.3  # seconds until an answer that has run out is taken all the same (RFC 8767)
FAILURE_KEPT = 30.0  # seconds in which one that failed is not waited for (RFC 8767, recheck timer)

# What some resolvers answer for "there is no such address" (Mars leaves them out too).
_NO_ADDRESS = frozenset({"0.0.0.0", "255.255.255.255", "::"})
_NOT_KNOWN = frozenset(
    getattr(socket, name) for name in ("EAI_NONAME", "EAI_NODATA") if hasattr(socket, name)
)


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


def usable(host: str, addresses: Iterable[str]) -> tuple[str, ...]:
    """The addresses that can be one, each once; raises DnsError when there is none."""
    found = bounds.addresses(each for each in addresses if each not in _NO_ADDRESS)
    if not found:
        raise DnsError(f"no address for {host}: the name has none; check the name")
    return found


def too_late(kind: str, host: str, timeout: float) -> DnsError:
    """The error of a look-up that nobody answered within ``timeout`` seconds."""
    return DnsError(
        f"no address for {host}: the {kind} DNS did not answer within {timeout:g} s; "
        "check the connection"
    )


GetAddrInfo = Callable[..., Sequence[tuple[Any, ...]]]


class SystemResolver:
    """``getaddrinfo`` by :mod:`netcore.runtime.guarded`: one that hangs is left behind."""

    kind = "system"

    def __init__(self, getaddrinfo: GetAddrInfo | None = None) -> None:
        self._getaddrinfo = getaddrinfo

    async def resolve(self, host: str, *, timeout: float = DNS_TIMEOUT) -> Answer:
        """See :class:`Resolver`."""
        getaddrinfo = self._getaddrinfo or socket.getaddrinfo

        def look_up() -> tuple[str, ...]:
            rows = getaddrinfo(host, None, type=socket.SOCK_STREAM)
            return tuple(str(row[4][0]) for row in rows)

        try:
            found = await guarded(("getaddrinfo", getaddrinfo, host), look_up, timeout=timeout)
        except TimeoutError as error:
            raise too_late(self.kind, host, timeout) from error
        except UnicodeError as error:
            raise DnsError(f"no address for {host}: no host name ({error}); check it") from error
        except OSError as error:
            raise DnsError(f"no address for {host}: {_reason(error)}") from error
        return Answer(usable(host, found))


def _reason(error: OSError) -> str:
    if error.errno in _NOT_KNOWN:
        return "name not known; check the name"
    return f"the system cannot look it up ({error.strerror or error}); check the connection"


class CachingResolver:
    """Remembers another resolver's answers for as long as they hold, and its failures for a while.

    ``clock`` gives monotonic seconds. An answer that has run out is better than none (RFC 8767),
    for ``stale`` seconds: it is given when the look-up fails or takes more than STALE_PATIENCE,
    while the look-up goes on by itself, and for FAILURE_KEPT after a failure at once.
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
        self._failed: dict[str, float] = {}  # until when it is not waited for
        self._asking: dict[str, asyncio.Task[Answer | DnsError]] = {}
        self._holder = TaskHolder("resolver")

    async def resolve(self, host: str, *, timeout: float = DNS_TIMEOUT) -> Answer:
        """See :class:`Resolver`; ``ttl`` is what is left of it."""
        own = literal(host)
        if own is not None:
            return Answer((own,), MAX_TTL)
        now = self._clock()
        kept = self._kept.get(host)
        if kept is not None and now < kept[0]:
            return Answer(kept[1].addresses, kept[0] - now)
        stale = None
        if kept is not None and now < kept[0] + self._stale:
            stale = Answer(kept[1].addresses, 0.0)
            if self.failed_lately(host):
                return stale
        asking = self._asking.get(host)
        patience: float | None = timeout
        if asking is None:
            asking = self._asking[host] = self._holder.start(self._ask(host, timeout), host)
            patience = None  # it keeps to the same time-out by itself
        if stale is not None:
            patience = min(timeout, STALE_PATIENCE)
        done, _ = await asyncio.wait({asking}, timeout=patience)
        found = asking.result() if done and not asking.cancelled() else None
        if isinstance(found, Answer):
            return found
        if stale is not None and self._kept.get(host) is kept:  # and no other network's by now
            return stale
        if found is None:
            raise too_late(self.kind, host, timeout)
        raise DnsError(str(found)) from found

    def failed_lately(self, host: str) -> bool:
        """Whether the latest look-up failed, and that less than FAILURE_KEPT ago."""
        return self._clock() < self._failed.get(host, 0.0)

    async def _ask(self, host: str, timeout: float) -> Answer | DnsError:
        this = asyncio.current_task()
        try:
            answer = await self._inner.resolve(host, timeout=timeout)
        except DnsError as error:
            if self._asking.get(host) is this:
                self._failed[host] = self._clock() + FAILURE_KEPT
            return error
        finally:
            forgotten = self._asking.get(host) is not this
            if not forgotten:
                del self._asking[host]
        ttl = self._default_ttl if answer.ttl is None else answer.ttl
        ttl = min(max(ttl, MIN_TTL), MAX_TTL)
        if not forgotten:
            self._failed.pop(host, None)
            self._kept[host] = (self._clock() + ttl, answer)
        return Answer(answer.addresses, ttl)

    def forget(self) -> None:
        """Drop all that is known: another network may see other addresses."""
        self._kept.clear()
        self._failed.clear()
        self._asking.clear()

    async def close(self) -> None:
        """Give up what is still asked."""
        await self._holder.close()


_shared: WeakKeyDictionary[asyncio.AbstractEventLoop, CachingResolver] = WeakKeyDictionary()


def system_resolver() -> CachingResolver:
    """The running loop's shared resolver by the system, for names that no server is called by.

    It serves the names of proxies and the like; :class:`~netcore.connect.sources.Sources` has its
    own, since that one follows the clock and the networks of one NetCore.
    """
    loop = asyncio.get_running_loop()
    found = _shared.get(loop)
    if found is None:
        found = _shared[loop] = CachingResolver(SystemResolver(), clock=loop.time)
    return found
