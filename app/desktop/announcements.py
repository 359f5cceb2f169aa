"""Which notification to show, and when: one for what comes in a burst; sans-I/O.

======================================  =====================================================
a message comes                         it is announced
======================================  =====================================================
after a second without one              at once
within a second of one                  with all that come in that second
while what was missed is fetched        with all that was missed, ten seconds later at most
======================================  =====================================================

What is announced together makes one notification: the message's own, the conversation's ("60 new
messages" and the latest of them), or one for several conversations. A conversation that has been
read takes its notification with it, and the one for several goes with the last of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

from netcore.runtime.clock import NEVER

GATHERED = 1.0  # seconds
LONGEST = 10.0  # seconds that a catch-up may keep a message from being announced
SEVERAL = ""  # the key of the notification for several conversations


@dataclass(frozen=True, slots=True)
class Incoming:
    """One message as a notification may show it."""

    key: str  # its conversation
    title: str  # the conversation's
    sender: str
    text: str


@dataclass(frozen=True, slots=True)
class Announcement:
    """Show this under ``key``: ``count`` messages not seen yet, ``latest`` the newest of them.

    ``conversations`` is their number where ``key`` is :data:`SEVERAL`.
    """

    key: str
    latest: Incoming
    count: int
    conversations: int = 1


class Announcements:
    """See the module's table. Times are seconds of any clock."""

    def __init__(self) -> None:
        self._waiting: list[Incoming] = []
        self._due = NEVER
        self._quiet_from = float("-inf")
        self._catching_up = False
        self._counts: dict[str, int] = {}  # shown and not read, by conversation
        self._summed: set[str] = set()  # conversations that the one for several speaks of

    def add(self, message: Incoming, now: float) -> None:
        """A message came in while nobody looked."""
        if not self._waiting:
            if self._catching_up:
                self._due = now + LONGEST
            else:
                self._due = max(now, self._quiet_from)
        self._waiting.append(message)

    def catch_up(self, catching_up: bool, now: float) -> None:
        """What was missed is being fetched, or is here."""
        if self._catching_up and not catching_up and self._waiting:
            self._due = now
        self._catching_up = catching_up

    def deadline(self) -> float:
        """When to :meth:`take`; NEVER where nothing waits."""
        return self._due

    def take(self, now: float) -> Announcement | None:
        """What to show now, if its time has come."""
        if now < self._due or not self._waiting:
            return None
        waiting, self._waiting = self._waiting, []
        self._due = NEVER
        self._quiet_from = now + GATHERED
        for each in waiting:
            self._counts[each.key] = self._counts.get(each.key, 0) + 1
        latest, keys = waiting[-1], {each.key for each in waiting}
        if len(keys) == 1:
            return Announcement(latest.key, latest, self._counts[latest.key])
        self._summed |= keys
        count = sum(self._counts.get(key, 0) for key in self._summed)
        return Announcement(SEVERAL, latest, count, len(self._summed))

    def read(self, key: str) -> list[str]:
        """A conversation has been read; the keys whose notifications are to go."""
        self._waiting = [each for each in self._waiting if each.key != key]
        if not self._waiting:
            self._due = NEVER
        gone = [key] if self._counts.pop(key, 0) else []
        if key in self._summed:
            self._summed.discard(key)
            if not self._summed:
                gone.append(SEVERAL)
        return gone

    def clear(self) -> list[str]:
        """Somebody else logs in, or nobody: the keys of all that was shown."""
        gone = [*self._counts, SEVERAL]
        self._waiting.clear()
        self._due = NEVER
        self._counts.clear()
        self._summed.clear()
        return gone
