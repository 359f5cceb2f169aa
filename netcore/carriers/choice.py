"""Which carriers a link's addresses are tried by, and in which order (sans-I/O).

TCP to the link's own port is the cheapest and comes first. WebSocket on the short link's port is
for networks that let nothing but HTTPS out; it takes part in the race beside TCP, so that such a
network costs a fraction of a second and no time-out:

=======================================  ==================================================
before                                   the order of a race
=======================================  ==================================================
nothing is known of this network         one TCP address, WebSocket, the other TCP addresses
TCP won here, or WebSocket once          TCP addresses, WebSocket last
WebSocket won here ``PROOFS`` times      WebSocket, then the TCP addresses
in a row, ``REMEMBERED`` ago at most
the server refused WebSocket, so long    TCP alone
ago at most
=======================================  ==================================================

One win of WebSocket proves nothing: a lost SYN is enough for it. What is known is kept by network
(its label), for the ``NETWORKS`` latest.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from netcore.connect.endpoint import AddressSource, Carrier, Endpoint

REMEMBERED = 20 * 60.0  # seconds, as long as Mars leaves QUIC alone after a failure
NETWORKS = 20  # as many as the heartbeat learns of
PROOFS = 2  # wins in a row after which TCP is taken for closed here
WEBSOCKETS = 2  # addresses of a race that are tried by WebSocket too


@dataclass(slots=True)
class _Known:
    won: Carrier = Carrier.TCP
    at: float = -math.inf
    times: int = 0  # in a row


class CarrierChoice:
    """Orders the addresses of a race and learns from how races end. Times are elapsed seconds."""

    __slots__ = ("_known", "_refused_until", "enabled")

    def __init__(self, *, websocket: bool = True) -> None:
        self.enabled = websocket
        self._known: dict[str, _Known] = {}
        self._refused_until = -math.inf

    def long_link(
        self, endpoints: Sequence[Endpoint], port: int, now: float, network: str
    ) -> list[Endpoint]:
        """The addresses of a long link's race, by TCP and by WebSocket on ``port`` (0: none)."""
        plain = list(endpoints)
        if not self.enabled or not port or now < self._refused_until:
            return plain
        firsts: dict[str, Endpoint] = {}
        for each in plain:
            if each.source is not AddressSource.DEBUG:
                firsts.setdefault(each.ip, each)
        layered = [
            replace(each, port=port, carrier=Carrier.WEBSOCKET)
            for each in list(firsts.values())[:WEBSOCKETS]
        ]
        known = self._known.get(network)
        if known is None or now - known.at > REMEMBERED:
            return [*plain[:1], *layered, *plain[1:]]
        if known.won is Carrier.WEBSOCKET and known.times >= PROOFS:
            return [*layered, *plain]
        return [*plain, *layered]

    def won(self, carrier: Carrier, now: float, network: str) -> None:
        """A race on this network was won by ``carrier``."""
        before = self._known.pop(network, None)
        times = before.times if before is not None and before.won is carrier else 0
        self._known[network] = _Known(carrier, now, times + 1)
        if len(self._known) > NETWORKS:
            del self._known[next(iter(self._known))]

    def refused(self, now: float) -> None:
        """The server speaks no WebSocket."""
        self._refused_until = now + REMEMBERED
