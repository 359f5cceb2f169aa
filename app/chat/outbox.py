"""When to send what waits: order, one in flight a conversation, back-off; sans-I/O.

Rules:

1. Messages of one conversation leave in the order they were written, one at a time: the next goes
   when the server has answered for the one before. Conversations do not wait for each other.
2. A refusal that will not change (``permanent``) takes the message out; the next one goes.
3. Any other failure keeps the message at the head of its conversation, which waits 1, 2, 4 ...
   60 s, each shortened by up to a quarter at random, or as long as the server asked.
4. A message that is written now ends its conversation's wait, for somebody is there, but not one
   that the server asked for.
5. A connection that comes up (:meth:`Outbox.hurry`) ends every wait that the server
   did not ask for.

=============  ==================  =========================================
conversation   event               becomes
=============  ==================  =========================================
idle           add                 ready
ready          take                in flight
in flight      done                ready (more is queued) or gone
in flight      failed              waiting, until ``now`` + back-off
waiting        its time, hurry,    ready
               add
=============  ==================  =========================================

Nothing here is the memory: that is the store, and :meth:`Outbox.add` is called for each unsent
message at the start.
"""

from __future__ import annotations

import random
from collections import deque
from dataclasses import dataclass, field

from netcore.runtime.clock import NEVER

FIRST_WAIT = 1.0
LONGEST_WAIT = 60.0
PARALLEL = 8  # conversations with a message in flight


@dataclass(slots=True)
class _Queue:
    """The messages of one conversation."""

    waiting: deque[str] = field(default_factory=deque)
    in_flight: bool = False
    failures: int = 0
    due: float = 0.0
    asked: bool = False  # whether ``due`` is the server's wish


class Outbox:
    """What to send now; see the module's rules. Time is any clock's seconds."""

    def __init__(self, rng: random.Random, *, parallel: int = PARALLEL) -> None:
        self._rng = rng
        self._parallel = parallel
        self._queues: dict[str, _Queue] = {}
        self._where: dict[str, str] = {}  # client id -> conversation

    def __len__(self) -> int:
        return len(self._where)

    def add(self, client_id: str, conversation_id: str) -> None:
        """A message was written; one that is known already is not queued twice."""
        if client_id in self._where:
            return
        self._where[client_id] = conversation_id
        queue = self._queues.setdefault(conversation_id, _Queue())
        queue.waiting.append(client_id)
        if not queue.asked:
            queue.due = 0.0

    def take(self, now: float) -> list[str]:
        """What is to leave now, in flight from here on."""
        free = self._parallel - sum(queue.in_flight for queue in self._queues.values())
        taken = []
        for queue in self._queues.values():
            if free <= 0:
                break
            if not queue.in_flight and queue.waiting and queue.due <= now:
                queue.in_flight = True
                taken.append(queue.waiting[0])
                free -= 1
        return taken

    def done(self, client_id: str) -> None:
        """The server has it, or will never have it: the next may go. Unknown ids are ignored."""
        conversation_id = self._where.pop(client_id, None)
        if conversation_id is None:
            return
        queue = self._queues[conversation_id]
        if queue.waiting[0] == client_id:
            queue.in_flight, queue.failures, queue.due = False, 0, 0.0
        queue.waiting.remove(client_id)
        if not queue.waiting:
            del self._queues[conversation_id]

    def failed(self, client_id: str, now: float, *, retry_after: float = 0.0) -> None:
        """It did not go through; it stays at the head and is tried again. Unknown: ignored."""
        conversation_id = self._where.get(client_id)
        if conversation_id is None:
            return
        queue = self._queues[conversation_id]
        queue.in_flight = False
        wait = min(FIRST_WAIT * 2**queue.failures, LONGEST_WAIT)
        queue.failures = min(queue.failures + 1, 16)
        queue.due = now + max(retry_after, wait * self._rng.uniform(0.75, 1.0))
        queue.asked = retry_after > 0

    def hurry(self) -> None:
        """A connection is there: whatever waits for better times may go now."""
        for queue in self._queues.values():
            queue.failures = 0
            if not queue.asked:
                queue.due = 0.0

    def clear(self) -> None:
        """Forget everything (another account)."""
        self._queues.clear()
        self._where.clear()

    def deadline(self) -> float:
        """When :meth:`take` may next have something that it has not now; NEVER: not by time."""
        dues = [q.due for q in self._queues.values() if q.waiting and not q.in_flight]
        return min(dues, default=NEVER)
