"""Answers that stand for the server's (``mars/stn/src/task_intercept.cc``), sans-I/O.

When the application says of an answer's code that it is to be intercepted (a server that is
overloaded, an account that is locked), the answer is kept, and for ``keep`` (60 s) every task of
the same cgi gets it at once and nothing is sent. A task without a cgi is never intercepted.

Differs from Mars: its public source looks the answer up but never uses it.
"""

from __future__ import annotations

from dataclasses import dataclass

from netcore.observe import Event

KEEP = 60.0  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class InterceptStarted(Event):
    """Tasks of this cgi get the kept answer for ``seconds`` from now."""

    cgi: str
    code: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskIntercepted(Event):
    """A task got a kept answer of ``size`` bytes."""

    task_id: int
    cgi: str
    size: int


class Intercepts:
    """The kept answers by cgi."""

    __slots__ = ("answers", "keep")

    def __init__(self, keep: float = KEEP) -> None:
        self.keep = keep
        self.answers: dict[str, tuple[float, bytes]] = {}  # by cgi; for looking only

    def __len__(self) -> int:
        return len(self.answers)

    def add(self, cgi: str, body: bytes, now: float) -> bool:
        """Keep an answer; whether it is kept (a task without a cgi has none)."""
        if not cgi:
            return False
        self.answers = {
            each: kept for each, kept in self.answers.items() if now - kept[0] <= self.keep
        }
        self.answers[cgi] = (now, body)
        return True

    def get(self, cgi: str, now: float) -> bytes | None:
        """The answer for a task of this cgi, or None."""
        kept = self.answers.get(cgi)
        if kept is None:
            return None
        since, body = kept
        if now - since > self.keep:
            del self.answers[cgi]
            return None
        return body

    def clear(self) -> None:
        """Forget all."""
        self.answers.clear()
