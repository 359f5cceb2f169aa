"""How often a password may be tried, sans-I/O. ``now`` is any clock in seconds.

A try must pass all three counts; one that is refused by any counts in none:

=========================  ============================  ========================================
counted by                 at most                       a right password
=========================  ============================  ========================================
name and network           ``log_in_tries`` a minute     forgets them
network                    ``log_in_tries_host`` a min.  counts
name, over all networks    ``log_in_tries_name``; then   counts as none
                           each waits 1, 2, 4 ...
                           ``log_in_delay`` seconds
=========================  ============================  ========================================

The last is for guesses that come from many networks. A stranger could use it to keep a person out,
so it does not hold for a network that the person has logged in from (``known``), the waits have an
end, and no log-in that exists is touched by it.
"""

from __future__ import annotations

from typing import NamedTuple

from app.server.settings import MINUTE, Limits
from app.server.throttle import GrowingDelay, Throttle


class Try(NamedTuple):
    """Somebody tries a password: for which name (its key), from where."""

    name: str
    network: str
    known: bool  # whether the name's owner has logged in from that network


class LogInGuard:
    """Counts tries."""

    def __init__(self, limits: Limits) -> None:
        self._pairs = Throttle(limits.log_in_tries, MINUTE)
        self._networks = Throttle(limits.log_in_tries_host, MINUTE)
        self._names = GrowingDelay(
            limits.log_in_tries_name, limits.log_in_delay, limits.log_in_memory
        )

    def attempt(self, tried: Try, now: float) -> float:
        """Count a try and give 0, or refuse it and give the seconds until the next may be."""
        pair = (tried.name, tried.network)
        wait = self._networks.attempt(tried.network, now)
        if wait > 0:
            return wait
        wait = self._pairs.attempt(pair, now)
        if wait > 0:
            self._networks.take_back(tried.network)
            return wait
        wait = 0.0 if tried.known else self._names.attempt(tried.name, now)
        if wait > 0:
            self._networks.take_back(tried.network)
            self._pairs.take_back(pair)
        return wait

    def take_back(self, tried: Try) -> None:
        """The password was not looked at: that was no try."""
        self._networks.take_back(tried.network)
        self._pairs.take_back((tried.name, tried.network))
        if not tried.known:
            self._names.take_back(tried.name)

    def succeeded(self, tried: Try) -> None:
        """The password was right."""
        self._pairs.forget((tried.name, tried.network))
        if not tried.known:
            self._names.take_back(tried.name)
