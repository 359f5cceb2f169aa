"""Which proxy the connections to a host take: one that is set, none, or the one a finder names.

The finder (:func:`netcore.connect.system_proxy.system_proxy`, or the application's own) is asked in
a guarded thread, since it may read settings by other programs, run a PAC script or ask a DNS; its
answer holds for a while, and until the network changes. Both links, DNS over HTTPS and the
diagnosis ask the same object, so that they all take the same path.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence

from netcore.connect.endpoint import AddressSource, Endpoint
from netcore.connect.proxy import Proxy
from netcore.connect.resolver import system_resolver
from netcore.errors import ConfigError
from netcore.runtime.guarded import guarded

FindProxy = Callable[[str], Proxy | None]
"""A host to the proxy that leads there, or None for the direct way; may block and raise
:class:`~netcore.errors.ConfigError`."""

FIND_TIMEOUT = 5.0  # seconds; a PAC script may have to be fetched first
KEPT = 30.0  # seconds that a finder's answer holds: the system's settings may change at any time

_log = logging.getLogger("netcore.connect.proxies")


class Proxies:
    """``proxy`` for every host if it is set, else what ``find`` says, else none.

    ``now`` gives monotonic seconds.
    """

    def __init__(
        self,
        proxy: Proxy | None = None,
        find: FindProxy | None = None,
        *,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._proxy = proxy
        self._find = find
        self._now = now
        self._found: dict[str, tuple[float, Proxy | None]] = {}  # until when, which

    @property
    def fixed(self) -> Proxy | None:
        """The proxy that is set for all hosts, if one is."""
        return self._proxy

    def use(self, proxy: Proxy | None, find: FindProxy | None = None) -> None:
        """Go by these from now on."""
        self._proxy, self._find = proxy, find
        self.forget()

    def forget(self) -> None:
        """Ask the finder again: the network or the system's settings changed."""
        self._found.clear()
        system_resolver().forget()  # the proxies' own names may lead elsewhere now

    async def of(self, host: str) -> Proxy | None:
        """The proxy for connections to ``host``; None for the direct way.

        A finder that fails, or takes longer than FIND_TIMEOUT, leaves what it said last, else the
        direct way. Raises nothing.
        """
        if self._proxy is not None or self._find is None:
            return self._proxy
        find = self._find
        kept = self._found.get(host)
        if kept is not None and self._now() < kept[0]:
            return kept[1]
        proxy = None if kept is None else kept[1]
        try:
            proxy = await guarded(("proxy", find, host), lambda: find(host), timeout=FIND_TIMEOUT)
        except TimeoutError:
            _log.warning("which proxy to use was not found out within %g s", FIND_TIMEOUT)
        except ConfigError as error:
            _log.warning("the system's proxy cannot be used: %s", error)
        except Exception:
            _log.exception("the search for the proxy failed")
        if find is self._find:
            self._found[host] = (self._now() + KEPT, proxy)
        return proxy


def by_name(hosts: Sequence[str], ports: Sequence[int]) -> list[Endpoint]:
    """The hosts by their names, for a proxy to look up, where nobody here knows their addresses.

    Behind a proxy the local DNS often knows the names of the own network alone.
    """
    return [Endpoint(host, port, host, AddressSource.PROXY) for host in hosts for port in ports]
