"""The application's own names: its callback first, then DNS over HTTPS.

The newdns of ``mars/stn/src/net_source.cc``, made of two parts that may each be missing. The
sources bound the whole by ``new_dns_timeout`` and ask the DNS when nothing comes of it.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence

from netcore.connect.resolver import Resolver
from netcore.connect.sources import NewDns
from netcore.errors import DnsError


class NewDnsChain:
    """Asks the callback, and the resolver when that knows nothing."""

    __slots__ = ("_callback", "_resolver")

    def __init__(self, callback: NewDns | None, resolver: Resolver | None) -> None:
        self._callback = callback
        self._resolver = resolver

    async def __call__(
        self, host: str, longlink: bool, extra_info: Mapping[str, str]
    ) -> Sequence[str]:
        """The addresses; () when neither knows."""
        if self._callback is not None:
            answer = self._callback(host, longlink, extra_info)
            given = await answer if inspect.isawaitable(answer) else answer
            if given:
                return given
        if self._resolver is None:
            return ()
        try:
            return (await self._resolver.resolve(host)).addresses
        except DnsError:
            return ()  # the sources ask the DNS, and tell how that went


def new_dns_of(callback: NewDns | None, resolver: Resolver | None) -> NewDns | None:
    """What the sources are to ask first; None when there is nothing to ask."""
    if resolver is None:
        return callback
    return NewDnsChain(callback, resolver)
