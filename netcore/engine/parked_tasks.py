"""Where failed tasks rest until they start again: the shell of :mod:`netcore.policy.zombie`."""

from __future__ import annotations

import logging
from collections.abc import Callable

from netcore.engine.routing import task_timeout
from netcore.errors import ErrorType, FailHandle, Failure, LocalCode
from netcore.links.context import Context
from netcore.links.pending_task import PendingTask
from netcore.policy.zombie import Woken, Zombie, ZombieQueued, ZombieRevived, Zombies
from netcore.profile import AttemptProfile
from netcore.runtime.alarm import Alarm
from netcore.runtime.clock import NEVER

_log = logging.getLogger("netcore.task")


class ParkedTasks:
    """Owns the timer. ``start`` gives a task to a link again, ``end`` ends one."""

    def __init__(
        self,
        context: Context,
        *,
        start: Callable[[PendingTask, float], None],
        end: Callable[[PendingTask, Failure, FailHandle], None],
    ) -> None:
        self._context = context
        self._now = context.clock.now
        self._start = start
        self._end = end
        self.zombies: Zombies[PendingTask] = Zombies(
            self._now(), context.settings.policies.zombie_interval
        )
        # Woken together and not yet looked at; a callback on the first may take back the others.
        self._woken: dict[int, Zombie[PendingTask]] = {}
        self._alarm = Alarm(self._now, self.tick)

    def __contains__(self, task_id: int) -> bool:
        return task_id in self.zombies.parked or task_id in self._woken

    def take(self, pending: PendingTask, failure: Failure, handle: FailHandle) -> bool:
        """Let a failed task rest, if it may and has time left; else it is to be ended."""
        task = pending.task
        if (
            task.total_timeout <= 0
            or task.network_status_sensitive
            or handle in (FailHandle.TASK_END, FailHandle.SILENT_TASK_END)
            or (failure.type is ErrorType.LOCAL and failure.code == LocalCode.RESET)
        ):
            return False
        now = self._now()
        deadline = pending.profile.start + task.total_timeout
        if not self.zombies.rest(pending, task.task_id, task.priority, deadline, now):
            return False
        _log.info("task %d %s rests after %s", task.task_id, task.cgi, failure.type.name)
        if self._context.observer.active:
            self._context.observer.emit(
                ZombieQueued(task_id=task.task_id, cgi=task.cgi, left=deadline - now)
            )
        self._alarm.set(self.zombies.due)
        return True

    def remove(self, task_id: int) -> PendingTask | None:
        """Forget a task; the entry, if it was here."""
        woken = self._woken.pop(task_id, None)
        return self.zombies.remove(task_id) if woken is None else woken.item

    def clear(self) -> list[PendingTask]:
        """Forget all; what was here."""
        self._alarm.cancel()
        woken = [zombie.item for zombie in self._woken.values()]
        self._woken.clear()
        return woken + self.zombies.clear()

    def wake(self) -> None:
        """There is hope: start all."""
        if self.zombies:
            self._act(self.zombies.wake(self._now()))

    def tick(self) -> None:
        """Do what is due by the clock; also called after a wake-up, when the timer is late."""
        self._alarm.cancel()
        self._act(self.zombies.poll(self._now()))

    def close(self) -> None:
        """Stop the timer."""
        self._alarm.cancel()

    def _act(self, woken: Woken[PendingTask]) -> None:
        now = self._now()
        self._woken |= {zombie.task_id: zombie for zombie in woken.ended + woken.revived}
        for zombie in woken.ended:
            if self._woken.pop(zombie.task_id, None) is None:
                continue
            over = Failure.local(LocalCode.TASK_TIMEOUT)
            zombie.item.attempt.failed(over, now)
            self._end(zombie.item, over, FailHandle.TASK_END)
        for zombie in woken.revived:
            if self._woken.pop(zombie.task_id, None) is not None:
                self._revive(zombie, now)
        self._alarm.set(self.zombies.due)

    def _revive(self, zombie: Zombie[PendingTask], now: float) -> None:
        pending = zombie.item
        if self._context.observer.active:
            self._context.observer.emit(
                ZombieRevived(
                    task_id=zombie.task_id,
                    cgi=pending.task.cgi,
                    rested=now - zombie.since,
                    left=zombie.deadline - now,
                )
            )
        pending.retries_left = 0
        pending.deadline = min(zombie.deadline, now + task_timeout(pending.task, 0))
        pending.running = False
        pending.checked = False
        pending.due = NEVER
        pending.body = None
        pending.attempt = AttemptProfile(queued=now)
        pending.profile.attempts.append(pending.attempt)
        self._start(pending, now)
