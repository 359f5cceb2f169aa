"""Failed tasks that get another life (``mars/stn/src/zombie_task_manager.cc``), sans-I/O.

A task whose attempts are used up, but whose own ``total_timeout`` is not, is not ended: it rests
and is started again, once, without retries, when there is reason to hope.

=======  ==========================================================  ========
state    event                                                       next
=======  ==========================================================  ========
failed   a total time-out of its own, some of it left, and it is     resting
         not ``network_status_sensitive``
failed   otherwise                                                   ended
resting  the long link came up, any task was answered, another       revived
         network, redo: all, by priority
resting  60 s since it came, and 60 s since any task was started     revived
resting  its total time-out is over                                  ended
=======  ==========================================================  ========

A revived task that fails again rests again, as long as time is left.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from netcore.observe import Event
from netcore.runtime.clock import NEVER

RETRY_INTERVAL = 60.0  # seconds
LEAST = 0.1  # seconds that must be left, or the rest is not worth it

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class ZombieQueued(Event):
    """A failed task rests; ``left`` seconds of its total time-out remain."""

    task_id: int
    cgi: str
    left: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ZombieRevived(Event):
    """A parked task was started again after ``rested`` seconds."""

    task_id: int
    cgi: str
    rested: float
    left: float


@dataclass(slots=True)
class Zombie(Generic[T]):
    """A resting task: since when, and until when it may live."""

    item: T
    task_id: int
    priority: int
    since: float
    deadline: float


class Woken(NamedTuple, Generic[T]):
    """What is to be done: tasks to start again, and tasks whose time is over."""

    revived: list[Zombie[T]]
    ended: list[Zombie[T]]


class Zombies(Generic[T]):
    """The resting tasks. The rules are in the module's docstring."""

    __slots__ = ("_last_start", "interval", "parked")

    def __init__(self, now: float, interval: float = RETRY_INTERVAL) -> None:
        self.interval = interval
        self._last_start = now
        self.parked: dict[int, Zombie[T]] = {}  # by id; for looking only

    def __len__(self) -> int:
        return len(self.parked)

    def __iter__(self) -> Iterator[Zombie[T]]:
        return iter(tuple(self.parked.values()))

    def __contains__(self, task_id: int) -> bool:
        return task_id in self.parked

    @property
    def due(self) -> float:
        """When :meth:`poll` has something to do, if no task is started until then."""
        revive = self._last_start + self.interval
        return min(
            (
                min(each.deadline, max(each.since + self.interval, revive))
                for each in self.parked.values()
            ),
            default=NEVER,
        )

    def started(self, now: float) -> None:
        """A task was started: the network is being tried anyhow.

        Need not be told while none rests: what was started before one came does not count.
        """
        self._last_start = now

    def rest(self, item: T, task_id: int, priority: int, deadline: float, now: float) -> bool:
        """Let a failed task rest until it is revived; whether it has time left for that."""
        if deadline - now < LEAST:
            return False
        self.parked[task_id] = Zombie(item, task_id, priority, now, deadline)
        return True

    def remove(self, task_id: int) -> T | None:
        """Forget a task; the item, if it was here."""
        zombie = self.parked.pop(task_id, None)
        return None if zombie is None else zombie.item

    def clear(self) -> list[T]:
        """Forget all; what was here."""
        items = [each.item for each in self.parked.values()]
        self.parked.clear()
        return items

    def wake(self, now: float) -> Woken[T]:
        """There is hope: start all, the most urgent first."""
        parked = sorted(self.parked.values(), key=lambda each: each.priority)
        self.parked.clear()
        return Woken(
            [each for each in parked if now < each.deadline],
            [each for each in parked if now >= each.deadline],
        )

    def poll(self, now: float) -> Woken[T]:
        """Start those that rested long enough, end those whose time is over."""
        woken: Woken[T] = Woken([], [])
        quiet = now - self._last_start >= self.interval
        for each in tuple(self.parked.values()):
            if now >= each.deadline:
                woken.ended.append(each)
            elif quiet and now - each.since >= self.interval:
                woken.revived.append(each)
            else:
                continue
            del self.parked[each.task_id]
        return woken
