"""Who is connected by a long link, sans-I/O.

A connection is a guest of the sample chat's topics from its first moment, as that server has it. It
becomes one of Phobos's with its first request of Phobos's protocol, and somebody's once it has
logged in or identified itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from app.server.accounts import LogIn

LINKS_OF_ONE_LOG_IN = 2
"""A device on a weak network has spare long links: what it is told it is told on so many."""


@dataclass(slots=True, eq=False)
class Peer:
    """One long link. ``send`` takes a whole frame and returns at once."""

    host: str
    send: Callable[[bytes], None]
    guest_name: str = ""  # what it calls itself in the sample's protocol
    speaks_phobos: bool = False
    waits: bool = False  # no long link, but a request that waits for news
    log_in: LogIn | None = None  # changed by Presence alone


class Presence:
    """Everybody connected."""

    def __init__(self) -> None:
        self._peers: dict[Peer, None] = {}  # in the order in which they came
        self._by_account: dict[int, dict[Peer, None]] = {}

    def __len__(self) -> int:
        return len(self._peers)

    def add(self, peer: Peer) -> None:
        """Somebody came."""
        self._peers[peer] = None

    def remove(self, peer: Peer) -> None:
        """Somebody went."""
        self.identify(peer, None)
        self._peers.pop(peer, None)

    def identify(self, peer: Peer, log_in: LogIn | None) -> None:
        """From here on the connection is a log-in's, or nobody's; one that has gone stays so."""
        if peer.log_in is not None:
            mine = self._by_account[peer.log_in.account_id]
            del mine[peer]
            if not mine:
                del self._by_account[peer.log_in.account_id]
        if peer not in self._peers:
            log_in = None
        peer.log_in = log_in
        if log_in is not None:
            self._by_account.setdefault(log_in.account_id, {})[peer] = None

    def guests(self) -> list[Peer]:
        """Those who speak the sample's protocol, or have not spoken yet."""
        return [each for each in self._peers if not each.speaks_phobos]

    def known(self, *, but: LogIn | None = None) -> list[Peer]:
        """The connections of all accounts, but for those of one log-in."""
        return self.of_accounts(self._by_account, but=but)

    def of_accounts(self, account_ids: Iterable[int], *, but: LogIn | None = None) -> list[Peer]:
        """The connections of accounts, but for those of one log-in; of each log-in a few."""
        found: list[Peer] = []
        for account_id in account_ids:
            told: Counter[LogIn | None] = Counter()
            for peer in self._by_account.get(account_id, ()):
                told[peer.log_in] += 1
                if peer.log_in != but and told[peer.log_in] <= LINKS_OF_ONE_LOG_IN:
                    found.append(peer)
        return found

    def of_log_in(self, log_in: LogIn) -> list[Peer]:
        """The connections of one log-in."""
        return [
            peer for peer in self._by_account.get(log_in.account_id, ()) if peer.log_in == log_in
        ]
