"""Who is on this new connection: the identify check (``longlink_identify_checker.cc``), sans-I/O.

Asked at each heartbeat until it is settled. The application says NOW (send this buffer in place of
the heartbeat), NEXT (ask again at the next one) or NEVER (not on this connection). The answer is
known by its sequence number and counts as the heartbeat's answer too.

========  ===========  ==========  ===========  ==============
state     NOW          NEXT        NEVER        answer good
========  ===========  ==========  ===========  ==============
open      sent         open        settled      .
sent      sent         open        settled      settled
settled   .            .           .            .
========  ===========  ==========  ===========  ==============

An answer that the application calls bad opens the check again.
"""

from __future__ import annotations

from collections.abc import Callable

from netcore.callbacks import Identify, IdentifyMode
from netcore.task import IDENTIFY_TASK_ID

MINOR_CMD_MASK = 0xFF000000  # marks the check of a minor long link


class IdentifyCheck:
    """The check of one connection after another."""

    __slots__ = ("_minor", "hash", "sent_seq", "settled")

    def __init__(self, *, minor: bool = False) -> None:
        self._minor = minor
        self.settled = False
        self.sent_seq = 0  # 0: none under way
        self.hash = b""

    def reset(self) -> None:
        """A new connection."""
        self.settled = False
        self.sent_seq = 0
        self.hash = b""

    def next(self, ask: Callable[[], Identify]) -> tuple[int, bytes] | None:
        """(cmdid, body) to send in place of a heartbeat, or None for an ordinary heartbeat."""
        if self.settled:
            return None
        mode, cmdid, body, hash_ = ask()
        self.hash = hash_
        if mode is IdentifyMode.NEVER:
            self.settled = True
            return None
        if mode is IdentifyMode.NEXT:
            return None
        self.sent_seq = IDENTIFY_TASK_ID
        return (cmdid | MINOR_CMD_MASK if self._minor else cmdid), body

    def answered(self, good: bool) -> None:
        """The check was answered, and the application judged it."""
        self.sent_seq = 0
        self.settled = good
