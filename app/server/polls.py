"""Requests that wait for news: a client that has no long link still hears at once.

Sans-I/O. A poll is a :class:`~app.server.presence.Peer` of its log-in while it waits, so whatever
would be pushed to that device wakes it; it is then answered as a SYNC is.
"""

from __future__ import annotations

from collections.abc import Callable

from app.server.accounts import LogIn
from app.server.presence import Peer, Presence

MAX_WAIT = 25.0  # seconds; proxies often cut what is silent for 30 or 60
POLLS_BY_ACCOUNT = 8  # one a device; the oldest is answered when there are more


class Polls:
    """All polls that wait."""

    def __init__(self, presence: Presence) -> None:
        self._presence = presence
        self._waiting: dict[int, dict[Peer, None]] = {}  # by account, the oldest first

    def join(self, log_in: LogIn, host: str, wake: Callable[[], None]) -> Peer:
        """Wait; ``wake`` is called when there is something to say, more than once maybe."""
        peer = Peer(host, lambda _frame: wake(), speaks_phobos=True, waits=True)
        mine = self._waiting.setdefault(log_in.account_id, {})
        mine[peer] = None
        self._presence.add(peer)
        self._presence.identify(peer, log_in)
        if len(mine) > POLLS_BY_ACCOUNT:
            next(iter(mine)).send(b"")
        return peer

    def wake(self, log_in: LogIn) -> None:
        """There is something to say to a device."""
        for peer in self._presence.of_log_in(log_in):
            if peer.waits:
                peer.send(b"")

    def is_beside(self, peer: Peer) -> bool:
        """Whether a long link's device has a poll that waits beside it, or a poll's a long link."""
        log_in = peer.log_in
        if log_in is None or log_in.account_id not in self._waiting:
            return False
        return any(each.waits is not peer.waits for each in self._presence.of_log_in(log_in))

    def leave(self, log_in: LogIn, peer: Peer) -> None:
        """It is answered, or its client is gone."""
        self._presence.remove(peer)
        mine = self._waiting.get(log_in.account_id, {})
        mine.pop(peer, None)
        if not mine:
            self._waiting.pop(log_in.account_id, None)
