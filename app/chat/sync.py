"""What to fetch and when, so that this device knows what the server knows; sans-I/O.

On each connect the list of conversations that changed since the latest known revision is fetched,
page by page; then, for each conversation with messages that are not here, those. Afterwards the
server pushes; a push that leaves a gap before it waits half a second (what is missing is often
under way), then the gap is fetched.

=========  ==========================  ==========================================
phase      event                       becomes
=========  ==========================  ==========================================
RESTING    begin                       LISTING
LISTING    listed(more=True)           LISTING, the next page
LISTING    listed(more=False)          LIVE
LISTING    failed                      LISTING, after a wait
LIVE       begin                       LISTING
any        rest                        RESTING; nothing is in flight any more
=========  ==========================  ==========================================

Conversations to fetch from (``want``) are served in LIVE, the first wanted first, at most
``PARALLEL`` at a time, each until nothing is missing. A failure waits 1, 2, 4 ... 30 s, and so does
a gap that the server has nothing for.

A step that was given out before ``rest`` or ``begin`` may still end; its ``generation`` is an older
one then, and its end is ignored.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from app.chat.store import MessageRange
from netcore.runtime.clock import NEVER

GAP_WAIT = 0.5  # seconds that a gap may fill by itself
PARALLEL = 4  # conversations fetched from at once
FIRST_WAIT = 1.0
LONGEST_WAIT = 30.0
FAR = 1000  # messages; who is further behind begins with the newest page


class Phase(Enum):
    """Where the synchronizing stands."""

    RESTING = "resting"  # no connection, or nobody logged in
    LISTING = "listing"
    LIVE = "live"


@dataclass(frozen=True, slots=True)
class Step:
    """Something to fetch: a page of changes, or (with a conversation) of messages."""

    generation: int
    conversation_id: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Which messages to ask for: after a number, or the newest before one."""

    after: int | None = None
    before: int | None = None


def missing(span: MessageRange) -> Page | None:
    """What to ask for next, so that the newest messages are here; None when they are."""
    if span.top >= span.last:
        return None
    if span.top == 0 or span.last - span.top > FAR:
        return Page(before=span.last + 1)
    return Page(after=span.top)


class Sync:
    """Which steps to take now; see the module's table. Time is any clock's seconds."""

    def __init__(self) -> None:
        self.phase = Phase.RESTING
        self._generation = 0
        self._list_due: float | None = None  # None: in flight
        self._wanted: dict[str, float] = {}  # conversation -> not before
        self._in_flight: set[str] = set()
        self._failures = 0
        self._vain: dict[str, int] = {}  # conversation -> pulls in a row that brought nothing

    @property
    def settled(self) -> bool:
        """Whether everything that is known to be missing and can be had has been fetched."""
        busy = self._in_flight or self._wanted.keys() - self._vain.keys()
        return self.phase is Phase.LIVE and not busy

    @property
    def generation(self) -> int:
        """Changes with every ``begin`` and ``rest``."""
        return self._generation

    def begin(self, now: float) -> None:
        """A connection is there (again), or something may have been missed."""
        self._generation += 1
        self._failures = 0
        self._in_flight.clear()
        self.phase = Phase.LISTING
        self._list_due = now

    def rest(self) -> None:
        """The connection is gone, or nobody is logged in."""
        self._generation += 1
        self._in_flight.clear()
        self._wanted.clear()
        self._vain.clear()
        self.phase = Phase.RESTING

    def want(self, conversation_id: str, now: float, *, wait: float = 0.0) -> None:
        """Something of a conversation is not here; an earlier wish for it stands."""
        due = now + wait
        self._wanted[conversation_id] = min(due, self._wanted.get(conversation_id, due))

    def take(self, now: float) -> list[Step]:
        """What to fetch now, in flight from here on."""
        if self.phase is Phase.LISTING and self._list_due is not None and self._list_due <= now:
            self._list_due = None
            return [Step(self._generation)]
        if self.phase is not Phase.LIVE:
            return []
        steps = []
        for conversation_id, due in list(self._wanted.items()):
            if len(self._in_flight) >= PARALLEL:
                break
            if due <= now and conversation_id not in self._in_flight:
                del self._wanted[conversation_id]
                self._in_flight.add(conversation_id)
                steps.append(Step(self._generation, conversation_id))
        return steps

    def is_current(self, step: Step) -> bool:
        """Whether the step was given out since the latest ``begin`` or ``rest``."""
        return step.generation == self._generation

    def listed(self, step: Step, now: float, *, more: bool) -> None:
        """A page of changes is in the store."""
        if step.generation != self._generation:
            return
        self._failures = 0
        if more:
            self._list_due = now
        else:
            self.phase = Phase.LIVE

    def pulled(self, step: Step, now: float, *, more: bool, vain: bool = False) -> None:
        """A page of messages is in the store; ``more``: some are still missing.

        ``vain``: the page brought nothing of what is missing. It is waited for longer each time.
        """
        if step.generation != self._generation or step.conversation_id is None:
            return
        self._failures = 0
        self._in_flight.discard(step.conversation_id)
        times = self._vain.pop(step.conversation_id, 0)
        if more and vain:
            self._vain[step.conversation_id] = min(times + 1, 16)
            wait = min(FIRST_WAIT * 2**times, LONGEST_WAIT)
            self.want(step.conversation_id, now, wait=wait)
        elif more:
            self.want(step.conversation_id, now)

    def failed(
        self, step: Step, now: float, *, permanent: bool = False, retry_after: float = 0.0
    ) -> None:
        """A step failed; it is taken again later, but for a refusal that will not change."""
        if step.generation != self._generation:
            return
        wait = max(retry_after, min(FIRST_WAIT * 2**self._failures, LONGEST_WAIT))
        self._failures = min(self._failures + 1, 16)
        if step.conversation_id is None:
            self._list_due = now + wait
            return
        self._in_flight.discard(step.conversation_id)
        if not permanent:
            self.want(step.conversation_id, now, wait=wait)

    def deadline(self) -> float:
        """When :meth:`take` may next have something that it has not now; NEVER: not by time."""
        if self.phase is Phase.LISTING:
            return NEVER if self._list_due is None else self._list_due
        if self.phase is Phase.RESTING or len(self._in_flight) >= PARALLEL:
            return NEVER
        dues = [due for key, due in self._wanted.items() if key not in self._in_flight]
        return min(dues, default=NEVER)
