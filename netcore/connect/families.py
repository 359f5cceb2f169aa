"""IPv4 and IPv6 where we are: which addresses can be reached, and IPv4 through NAT64.

Mars: ``mars/stn/src/net_source.cc`` (``DisableIPv6``), and see :mod:`netcore.connect.ipstack`.
Rule 6 of :mod:`netcore.connect.sources`; what is known is forgotten when the network changes.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
from collections.abc import Callable, Sequence

from netcore.connect.endpoint import Endpoint
from netcore.connect.ipstack import (
    NAT64_HOST,
    LocalStack,
    find_nat64_prefix,
    through_nat64,
)
from netcore.connect.resolver import DNS_TIMEOUT, FAILURE_KEPT, PATIENCE, Resolver
from netcore.errors import DnsError
from netcore.runtime.clock import NEVER
from netcore.runtime.task_holder import TaskHolder

_log = logging.getLogger("netcore.connect.sources")

STACK_FRESH = 1.0  # seconds that a look at the local IP stack holds


class AddressFamilies:
    """``stack`` detects the local IP stack, ``now`` is a clock in seconds.

    ``resolver`` is asked for the NAT64 prefix, in a task of ``holder``.
    """

    def __init__(
        self,
        resolver: Resolver,
        holder: TaskHolder,
        now: Callable[[], float],
        stack: Callable[[], LocalStack],
    ) -> None:
        self._resolver, self._holder = resolver, holder
        self._now = now
        self._stack = stack
        self._stack_seen = LocalStack.NONE
        self._stack_until = -NEVER
        self._ipv6 = True
        self._prefix: ipaddress.IPv6Network | None = None
        self._prefix_known = False
        self._ask_again = -NEVER  # when the prefix may be asked for again
        self._asking: asyncio.Task[None] | None = None
        self._originals: dict[str, str] = {}  # NAT64 form -> the IPv4 that is ranked

    def usable(self, addresses: Sequence[str]) -> Sequence[str]:
        """Without IPv6 where it is off, or has no way out and there are others."""
        if not self._ipv6:
            return [ip for ip in addresses if ":" not in ip]
        if len(addresses) > 1 and self._local() is LocalStack.V4:
            near = [ip for ip in addresses if ":" not in ip or ipaddress.ip_address(ip).is_loopback]
            return near or addresses
        return addresses

    async def translated(self, endpoints: list[Endpoint]) -> list[Endpoint]:
        """With IPv4 addresses in their NAT64 form, where only IPv6 exists."""
        if not any(not each.is_v6 for each in endpoints) or self._local() is not LocalStack.V6:
            return endpoints
        if not self._prefix_known and self._now() >= self._ask_again:
            if self._asking is None or self._asking.done():
                self._asking = self._holder.start(self._find_prefix(), "nat64")
            some_v6 = any(each.is_v6 for each in endpoints)
            await asyncio.wait({self._asking}, timeout=PATIENCE if some_v6 else None)
        adapted = []
        for each in endpoints:
            other = through_nat64(each, self._prefix)
            if other.ip != each.ip:
                self._originals[other.ip] = each.ip
            adapted.append(other)
        return adapted

    def original(self, ip: str) -> str:
        """The address that was translated to ``ip``, or ``ip`` itself."""
        return self._originals.get(ip, ip)

    def disable_ipv6(self) -> None:
        """Use no IPv6 address until the network changes."""
        if self._ipv6:
            _log.warning("IPv6 is switched off until the network changes")
        self._ipv6 = False

    def forget(self) -> None:
        """The network is another one."""
        self._ipv6 = True
        self._prefix_known = False
        self._ask_again = -NEVER
        if self._asking is not None:
            self._asking.cancel()
            self._asking = None
        self._stack_until = -NEVER
        self._originals.clear()

    async def _find_prefix(self) -> None:
        self._prefix = None
        try:
            answer = await self._resolver.resolve(NAT64_HOST, timeout=DNS_TIMEOUT)
        except DnsError:  # asked again in a while: the network may be starting up
            self._ask_again = self._now() + FAILURE_KEPT
            return
        self._prefix = find_nat64_prefix(answer.addresses)
        self._prefix_known = True

    def _local(self) -> LocalStack:
        now = self._now()
        if now >= self._stack_until:
            self._stack_seen = self._stack()
            self._stack_until = now + STACK_FRESH
        return self._stack_seen
