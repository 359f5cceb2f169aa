"""How much of the outbox may be in flight at a time; sans-I/O.

Many messages are in flight, so that one whose packet was lost does not hold up the others. Two
limits, each learned from what comes back (Chiu and Jain: up by addition, down by halves):

=====================================  ==================  ==================
what came back                         messages            bytes
=====================================  ==================  ==================
an answer, while the window was full   one more a window   its size more
an answer after over ``SLOW``          stays               half: the wire is slow, and what
                                                           waits on it waits for ourselves
none: the attempt failed               half                half
=====================================  ==================  ==================

A loss or a slow answer counts once a flight: what left before the latest cut says nothing of what
the window is now. The floors are so high that a wire that only loses packets is not throttled by
it: with one message a second, sixteen seconds of TCP's waiting fit.
"""

from __future__ import annotations

FEWEST, FIRST, MOST = 8.0, 24.0, 64.0  # messages
NARROW = 4.0  # messages, where each takes a connection of its own
FEWEST_BYTES, FIRST_BYTES, MOST_BYTES = 16 * 1024, 64 * 1024, 256 * 1024
SLOW = 4.0  # seconds


class Window:
    """What may be in flight; see the module's table. Times are any clock's seconds."""

    def __init__(self) -> None:
        self.narrow = False  # there is no long link: each message takes a connection of its own
        self.messages = FIRST
        self.bytes = float(FIRST_BYTES)
        self._cut = float("-inf")  # what left before says nothing of the messages
        self._cut_bytes = float("-inf")

    @property
    def limit(self) -> int:
        """Messages that may be in flight."""
        return int(min(self.messages, NARROW) if self.narrow else self.messages)

    def admits(self, messages: int, size: int, more: int) -> bool:
        """Whether one of ``more`` bytes may join as many; the first one always may."""
        return not messages or (messages < self.limit and size + more <= self.bytes)

    def answered(self, left: float, now: float, size: int, *, full: bool) -> None:
        """A message that left at ``left`` was answered; ``full``: others waited for its place."""
        if now - left > SLOW:
            if left >= self._cut_bytes:
                self._cut_bytes = now
                self.bytes = max(self.bytes / 2, FEWEST_BYTES)
        elif full:
            self.messages = min(self.messages + 1 / self.messages, MOST)
            self.bytes = min(self.bytes + size, MOST_BYTES)

    def lost(self, left: float, now: float) -> None:
        """A message that left at ``left`` was not answered."""
        if left >= self._cut:
            self._cut = self._cut_bytes = now
            self.messages = max(self.messages / 2, FEWEST)
            self.bytes = max(self.bytes / 2, FEWEST_BYTES)
