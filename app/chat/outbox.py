"""When to send what waits: order, how many are in flight, back-off; sans-I/O.

Rules:

1. Messages of one conversation leave in the order they were written, many at a time, as the
   :class:`~app.chat.window.Window` admits; conversations take turns. Each names the one before it
   that is not settled (:meth:`Outbox.predecessor`), and the server numbers it after that one.
2. They are *settled* in order too: a number that comes while an earlier message has none is kept
   until that one has its own, so that nobody sees them out of order.
3. A refusal that will not change takes the message out; the next one's predecessor is then the
   one before it.
4. One that came before its predecessor (``early``) goes again when that one has its number (and
   the server did not say that it has numbered this one too), or after 2, 4 ... 16 s: the server
   keeps it for a while, but does not promise it.
5. Any other failure lets its conversation wait 1, 2, 4 ... 60 s, each shortened by up to a
   quarter at random, or as long as the server asked. What is in flight stays there; what fails of
   the same flight is no second failure.
6. A message that is written now ends its conversation's wait, for somebody is there, but not one
   that the server asked for. A connection that comes up (:meth:`Outbox.hurry`) ends every such
   wait.
7. A server that does not know of predecessors gets one message of a conversation at a time
   (``one_by_one``).
8. A conversation whose history is in doubt (:meth:`Outbox.block`) sends nothing until that is
   over.

==========  ==================================  ==========================================
message     event                               becomes
==========  ==================================  ==========================================
(none)      add                                 queued
queued      take                                in flight
in flight   numbered                            numbered
in flight   early                               early
in flight   failed                              queued; its conversation waits
early       its time, one before it numbered,   queued
            hurry
numbered    (it is the first)                   settled: the owner keeps it and calls done
any         done                                gone
==========  ==================================  ==========================================

Nothing here is the memory: that is the store, and :meth:`Outbox.add` is called for each unsent
message at the start.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from itertools import islice
from typing import NamedTuple

from app.chat.pace import Pace
from app.chat.window import MOST, Window
from netcore.runtime.clock import NEVER

FIRST_WAIT = 1.0
LONGEST_WAIT = 60.0
EARLY_WAIT = 2.0
LONGEST_EARLY_WAIT = 16.0


class Number(NamedTuple):
    """What the server gave a message: its number, and its time in seconds since the epoch."""

    seq: int
    time: float


class _State(Enum):
    QUEUED = "queued"
    IN_FLIGHT = "in flight"
    EARLY = "early"
    NUMBERED = "numbered"


@dataclass(slots=True)
class _Item:
    """One message."""

    size: int
    written: float
    state: _State = _State.QUEUED
    left: float = 0.0  # when it left
    due: float = 0.0  # of one that came too early
    earlies: int = 0
    number: Number | None = None


@dataclass(slots=True)
class _Queue:
    """The messages of one conversation, in the order in which they were written."""

    items: dict[str, _Item] = field(default_factory=dict)
    early: set[str] = field(default_factory=set)
    failures: int = 0
    failed: float = float("-inf")  # when the latest failure was
    due: float = 0.0
    asked: bool = False  # whether ``due`` is the server's wish

    @property
    def soonest(self) -> float:
        """When the first of its messages may leave, as far as they themselves are concerned."""
        if any(each.state is _State.QUEUED for each in self.items.values()):
            return 0.0
        return min((self.items[each].due for each in self.early), default=NEVER)


class Outbox:
    """What to send now; see the module's rules. Time is any clock's seconds."""

    def __init__(self, rng: random.Random, window: Window | None = None) -> None:
        self.window = window or Window()
        self.pace = Pace()
        self.one_by_one = False
        self._rng = rng
        self._queues: dict[str, _Queue] = {}
        self._where: dict[str, str] = {}  # client id -> conversation
        self._blocked: set[str] = set()
        self._flights: dict[str, float] = {}  # when each left, the oldest first
        self._flying_bytes = 0
        self._full = False  # whether something waited for its place when take was last called

    def __len__(self) -> int:
        return len(self._where)

    def __contains__(self, client_id: str) -> bool:
        return client_id in self._where

    @property
    def since(self) -> float:
        """When the first of all that waits was written; 0.0 where nothing waits."""
        firsts = (next(iter(queue.items.values())) for queue in self._queues.values())
        return min((item.written for item in firsts), default=0.0)

    @property
    def oldest_flight(self) -> float | None:
        """When the oldest of what is in flight left; None where nothing is."""
        return next(iter(self._flights.values()), None)

    def add(
        self, client_id: str, conversation_id: str, size: int = 0, written: float = 0.0
    ) -> None:
        """A message of ``size`` bytes was written; one that is known is not queued twice.

        ``written`` is when, in seconds since the epoch.
        """
        if client_id in self._where:
            return
        self._where[client_id] = conversation_id
        queue = self._queues.setdefault(conversation_id, _Queue())
        queue.items[client_id] = _Item(size, written)
        if not queue.asked:
            queue.due = 0.0

    def predecessor(self, client_id: str) -> str:
        """The message that must be numbered before this one; "" where there is none."""
        before = ""
        for each, item in self._items(client_id).items():
            if each == client_id:
                return before
            before = "" if item.state is _State.NUMBERED else each
        return ""

    def take(self, now: float) -> list[str]:
        """What is to leave now, in flight from here on."""
        taken: list[str] = []
        self._full = False
        ready = [self._ready(each) for each in self._open(now)]
        while ready and not self._full:
            turn, ready = ready, []
            for each in turn:
                client_id = next(each, None)
                if client_id is None:
                    continue
                item = self._items(client_id)[client_id]
                if not self.window.admits(len(self._flights), self._flying_bytes, item.size):
                    self._full = True
                    break
                item.state, item.left = _State.IN_FLIGHT, now
                self._flights[client_id] = now
                self._flying_bytes += item.size
                taken.append(client_id)
                ready.append(each)
        return taken

    def numbered(
        self, client_id: str, number: Number, now: float, *, duplicate: bool = False
    ) -> None:
        """The server has given it a number, and earlier than this answer if it is a ``duplicate``.

        Unknown: ignored.
        """
        item = self._items(client_id).get(client_id)
        if item is None:
            return
        if item.state is _State.IN_FLIGHT:
            self.window.answered(item.left, now, item.size, full=self._full)
            self.pace.answered(item.left, now)
        queue = self._queues[self._where[client_id]]
        self._land(client_id, queue, _State.NUMBERED)
        item.number = number
        queue.failures = 0
        if not queue.asked:
            queue.due = 0.0
        self._wake(queue, all_of_them=duplicate)  # of a duplicate, the followers may be in, too

    def settled(self, conversation_id: str) -> list[tuple[str, Number]]:
        """What of a conversation has its number, and everything before it too, in order.

        The owner keeps it and then calls :meth:`done` for each.
        """
        queue = self._queues.get(conversation_id)
        found = []
        for each, item in queue.items.items() if queue else ():
            if item.number is None:
                break
            found.append((each, item.number))
        return found

    def unsettled(self, conversation_id: str) -> int:
        """The largest number that is kept back for an earlier message; 0 where there is none."""
        queue = self._queues.get(conversation_id)
        flight = [] if queue is None else islice(queue.items.values(), 2 * int(MOST))
        return max((each.number.seq for each in flight if each.number), default=0)

    def done(self, client_id: str) -> None:
        """The owner has kept what became of it. Unknown ids are ignored."""
        conversation_id = self._where.pop(client_id, None)
        if conversation_id is None:
            return
        queue = self._queues[conversation_id]
        unforeseen = queue.items[client_id].number is None  # refused, or met in another way
        self._land(client_id, queue, _State.NUMBERED)
        del queue.items[client_id]
        self._wake(queue, all_of_them=unforeseen)
        if not queue.items:
            del self._queues[conversation_id]

    def early(self, client_id: str, now: float) -> None:
        """The server has not got its predecessor yet. Unknown: ignored."""
        item = self._items(client_id).get(client_id)
        if item is None or item.state is not _State.IN_FLIGHT:
            return
        self.window.answered(item.left, now, item.size, full=False)
        queue = self._queues[self._where[client_id]]
        self._land(client_id, queue, _State.EARLY)
        queue.early.add(client_id)
        wait = min(EARLY_WAIT * 2**item.earlies, LONGEST_EARLY_WAIT)
        item.earlies = min(item.earlies + 1, 8)
        item.due = now + wait if item.earlies > 1 or self.predecessor(client_id) else 0.0

    def failed(self, client_id: str, now: float, *, retry_after: float = 0.0) -> None:
        """It did not go through; it keeps its place and is tried again. Unknown: ignored."""
        item = self._items(client_id).get(client_id)
        if item is None:
            return
        if item.state is _State.IN_FLIGHT and not retry_after:
            self.window.lost(item.left, now)
        queue = self._queues[self._where[client_id]]
        self._land(client_id, queue, _State.QUEUED)
        item.number = None
        if item.left > queue.failed:
            wait = min(FIRST_WAIT * 2**queue.failures, LONGEST_WAIT)
            queue.failures = min(queue.failures + 1, 16)
            queue.failed = now
            queue.due = max(queue.due, now + wait * self._rng.uniform(0.75, 1.0))
        if retry_after:
            queue.due = max(queue.due, now + retry_after)
            queue.asked = True

    def hurry(self) -> None:
        """A connection is there: whatever waits for better times may go now."""
        for queue in self._queues.values():
            queue.failures = 0
            if not queue.asked:
                queue.due = 0.0
            self._wake(queue, all_of_them=True)

    def block(self, conversation_ids: set[str]) -> None:
        """These conversations, and no others, send nothing from here on."""
        self._blocked = conversation_ids

    def clear(self) -> None:
        """Forget everything (another account)."""
        self._queues.clear()
        self._where.clear()
        self._blocked = set()
        self._flights.clear()
        self._flying_bytes = 0

    def deadline(self) -> float:
        """When :meth:`take` may next have something that it has not now; NEVER: not by time."""
        if self._full:
            return NEVER  # the next answer makes room
        dues = [
            max(queue.due, queue.soonest)
            for key, queue in self._queues.items()
            if key not in self._blocked
        ]
        return min(dues, default=NEVER)

    # -- inside ---------------------------------------------------------------------------------

    def _items(self, client_id: str) -> dict[str, _Item]:
        queue = self._queues.get(self._where.get(client_id, ""))
        return {} if queue is None else queue.items

    def _open(self, now: float) -> list[_Queue]:
        """The conversations that may send."""
        found = []
        for key, queue in self._queues.items():
            if queue.due <= now and key not in self._blocked:
                queue.asked = False
                for each in [each for each in queue.early if queue.items[each].due <= now]:
                    self._land(each, queue, _State.QUEUED)
                found.append(queue)
        return found

    def _land(self, client_id: str, queue: _Queue, state: _State) -> None:
        """A message is in flight no longer, or not too early."""
        item = queue.items[client_id]
        if item.state is _State.IN_FLIGHT:
            del self._flights[client_id]
            self._flying_bytes -= item.size
        item.state = state
        queue.early.discard(client_id)

    def _wake(self, queue: _Queue, *, all_of_them: bool) -> None:
        """Try again those that came too early, or only the one whose turn it is now."""
        for each in queue.early:
            if all_of_them or not self.predecessor(each):
                queue.items[each].due = 0.0

    def _ready(self, queue: _Queue) -> Iterator[str]:
        """What of a conversation may leave, in order."""
        for client_id, item in queue.items.items():
            if item.state is _State.QUEUED:
                yield client_id
            if self.one_by_one:
                return
