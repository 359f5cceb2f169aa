"""Which addresses are good here: fail history, bans and order (sans-I/O).

Mars: ``mars/stn/src/simple_ipport_sort.cc``.

Rules
    1. Each address (IP and port) keeps its last 8 results on the present network.
    2. 3 failures among them ban it for 6 min after its last failure, and 6 min longer for each
       failure in a row past the third, 30 min at most. A server ban (the server itself asks not
       to be used) bans an IP for 30 min.
    3. A result is ignored within 10 s of one of the same kind: a burst of tasks failing together
       is one failure.
    4. Order: addresses never tried here and known ones (fewest failures first) are mixed at
       random, in proportion; IPv6 and IPv4 in turns, IPv6 first; one IP not twice in a row where
       another can go between.
    5. Results are kept per network, 24 h from a network's first one. Bans are not kept: after a
       start or a change of network the history orders, and the next failure bans.

Times called ``now`` are monotonic, ``wall`` is seconds since the epoch.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from netcore.connect.endpoint import Endpoint
from netcore.runtime.clock import NEVER

_VERSION = 1


@dataclass(frozen=True, slots=True)
class RankingSettings:
    """All times in seconds."""

    ban_failures: int = 3  # kBanFailCount
    ban_time: float = 6 * 60  # kBanTime
    max_ban_time: float = 30 * 60  # kMaxBanTime
    server_ban_time: float = 30 * 60  # kServerBanTime
    update_gap: float = 10.0  # kSuccessUpdateInterval, kFailUpdateInterval
    keep: float = 24 * 60 * 60  # kRecordTimeout
    networks: int = 50  # how many networks are kept, the newest


@dataclass(slots=True)
class AddressHistory:
    """The last results of one address: bit 0 is the newest, 1 is a failure."""

    bits: int = 0
    last_failure: float | None = None
    last_success: float | None = None

    @property
    def failures(self) -> int:
        """Failures among the last 8."""
        return self.bits.bit_count()

    @property
    def in_a_row(self) -> int:
        """Failures since the last success, 8 at most."""
        return (~self.bits & (self.bits + 1)).bit_length() - 1

    def add(self, ok: bool, now: float) -> None:
        """Take in a result."""
        self.bits = (self.bits << 1 | (not ok)) & 0xFF
        if ok:
            self.last_success = now
        else:
            self.last_failure = now


@dataclass(slots=True)
class _Network:
    since: float  # wall time of its first result
    items: dict[tuple[str, int], int] = field(default_factory=dict)


class Ranking:
    """The addresses' standing on the network that we are on."""

    def __init__(self, rng: random.Random, settings: RankingSettings | None = None) -> None:
        self._rng = rng
        self._settings = settings or RankingSettings()
        self._label = ""
        self._known: dict[tuple[str, int], AddressHistory] = {}
        self._server_bans: dict[str, float] = {}
        self._networks: dict[str, _Network] = {}

    @property
    def label(self) -> str:
        """The present network; "" when there is none, and then results are not taken."""
        return self._label

    def on_network(self, label: str, wall: float) -> None:
        """We are on another network (``InitHistory2BannedList``): its history counts now."""
        self._label = label
        self._expire(wall)
        self._known = {}
        network = self._networks.get(label)
        if network is not None:
            self._known = {key: AddressHistory(bits) for key, bits in network.items.items()}

    def report(self, ip: str, port: int, ok: bool, now: float, wall: float) -> bool:
        """A result of using an address; whether it was taken (see rule 3)."""
        if not self._label:
            return False
        history = self._known.get((ip, port))
        if history is None:
            history = self._known[ip, port] = AddressHistory()
        last = history.last_success if ok else history.last_failure
        if last is not None and now - last <= self._settings.update_gap:
            return False
        history.add(ok, now)
        self._expire(wall)
        network = self._networks.setdefault(self._label, _Network(wall))
        network.items[ip, port] = history.bits
        return True

    def history(self, ip: str, port: int) -> AddressHistory | None:
        """What is known of an address on this network."""
        return self._known.get((ip, port))

    def known(self) -> dict[tuple[str, int], AddressHistory]:
        """What is known of each address on this network, by IP and port."""
        return dict(self._known)

    def banned_for(self, ip: str, port: int, now: float) -> float:
        """How long an address is still banned, in seconds; 0 when it may be used."""
        left = 0.0
        server = self._server_bans.get(ip)
        if server is not None:
            left = server + self._settings.server_ban_time - now
        history = self._known.get((ip, port))
        if (
            history is not None
            and history.last_failure is not None
            and history.failures >= self._settings.ban_failures
        ):
            further = max(0, history.in_a_row - self._settings.ban_failures)
            ban = min(self._settings.ban_time * (1 + further), self._settings.max_ban_time)
            left = max(left, history.last_failure + ban - now)
        return max(left, 0.0)

    def ban_by_server(self, ip: str, now: float) -> None:
        """The server at ``ip`` asks not to be used for a while."""
        if ip:
            self._server_bans[ip] = now

    def forgive(self, ip: str) -> None:
        """Forget an IP's history, on all its ports (``RemoveBannedList``)."""
        self._known = {key: value for key, value in self._known.items() if key[0] != ip}

    def order(self, endpoints: Sequence[Endpoint], count: int, now: float) -> list[Endpoint]:
        """The ``count`` best that are not banned, in the order of trying (rule 4)."""
        self._server_bans = {
            ip: since
            for ip, since in self._server_bans.items()
            if now - since < self._settings.server_ban_time
        }
        usable = [each for each in endpoints if not self.banned_for(each.ip, each.port, now)]
        self._rng.shuffle(usable)
        usable = _spread(usable)
        known = [each for each in usable if (each.ip, each.port) in self._known]
        known.sort(key=self._standing)
        new = [each for each in usable if (each.ip, each.port) not in self._known]
        return _spread(self._mix(known, new))[: max(count, 0)]

    def _standing(self, endpoint: Endpoint) -> tuple[int, float, float]:
        history = self._known[endpoint.ip, endpoint.port]
        failed = -NEVER if history.last_failure is None else history.last_failure
        worked = -NEVER if history.last_success is None else history.last_success
        return history.failures, failed, -worked

    def _mix(self, known: list[Endpoint], new: list[Endpoint]) -> list[Endpoint]:
        """Known and new at random in proportion to their numbers, the families in turns."""
        tried = deque(_in_turns(known))
        fresh = {family: deque(e for e in new if e.is_v6 is family) for family in (True, False)}
        mixed: list[Endpoint] = []
        v6 = True
        while tried or fresh[True] or fresh[False]:
            own = fresh[v6]
            if tried and tried[0].is_v6 is v6:
                pick = self._rng.randrange(len(tried) + len(own))
                mixed.append(tried.popleft() if pick < len(tried) else own.popleft())
            elif own:
                mixed.append(own.popleft())
            v6 = not v6
        return mixed

    # ------------------------------------------------------------------------ persistence

    def as_dict(self, wall: float) -> dict[str, Any]:
        """All networks' histories, ready for JSON."""
        self._expire(wall)
        return {
            "version": _VERSION,
            "networks": {
                label: {
                    "since": network.since,
                    "items": [[ip, port, bits] for (ip, port), bits in network.items.items()],
                }
                for label, network in self._networks.items()
            },
        }

    def restore(self, stored: dict[str, Any], wall: float) -> None:
        """Take in what :meth:`as_dict` gave.

        Raises :class:`ValueError`, and changes nothing, when it is something else.
        """
        if not stored:
            return
        try:
            if stored["version"] != _VERSION:
                raise ValueError(f"version {stored['version']!r} is unknown")
            networks = {
                str(label): _Network(
                    float(each["since"]),
                    {(str(ip), int(port)): int(bits) & 0xFF for ip, port, bits in each["items"]},
                )
                for label, each in stored["networks"].items()
            }
        except (KeyError, TypeError, AttributeError, OverflowError) as error:
            raise ValueError(f"not a ranking: {error!r}") from error
        self._networks = networks
        self.on_network(self._label, wall)

    def _expire(self, wall: float) -> None:
        fresh = [
            (label, each)
            for label, each in self._networks.items()
            if 0 <= wall - each.since < self._settings.keep  # a clock set back expires too
        ]
        fresh.sort(key=lambda pair: pair[1].since)
        self._networks = dict(fresh[-self._settings.networks :])


def _in_turns(endpoints: Sequence[Endpoint]) -> list[Endpoint]:
    """IPv6, IPv4, IPv6..., each family in its order; what is left over at the end."""
    v6 = [each for each in endpoints if each.is_v6]
    v4 = [each for each in endpoints if not each.is_v6]
    turns: list[Endpoint] = []
    for index in range(max(len(v6), len(v4))):
        turns.extend(v6[index : index + 1])
        turns.extend(v4[index : index + 1])
    return turns


def _spread(endpoints: Sequence[Endpoint]) -> list[Endpoint]:
    """No IP twice in a row, where one further back can go between (of the same family first)."""
    spread = list(endpoints)
    for at in range(1, len(spread)):
        if spread[at].ip != spread[at - 1].ip:
            continue
        others = [j for j in range(at + 1, len(spread)) if spread[j].ip != spread[at].ip]
        if not others:
            break
        same = [j for j in others if spread[j].is_v6 == spread[at].is_v6]
        swap = (same or others)[0]
        spread[at], spread[swap] = spread[swap], spread[at]
    return spread
