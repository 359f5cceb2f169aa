"""Where tasks begin and end (the middle of ``mars/stn/src/net_core.cc``).

A task comes in through :meth:`TaskManager.begin`, is given to the link that routing chose, and
comes back through :meth:`TaskManager.task_answered` or :meth:`TaskManager.task_failed`, from where
:class:`~netcore.engine.task_ends.TaskEnds` hands out the end. Both kinds of link report here
(:mod:`netcore.links.contract`); the policies that they ask are
:class:`~netcore.engine.policies.Policies`, and what their results mean is found by
:class:`~netcore.engine.result_router.ResultRouter`.

A failed task with time left of a ``total_timeout`` of its own is not ended but rests
(:mod:`netcore.policy.zombie`).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator

from netcore.connect.sources import Sources
from netcore.engine.hedger import Hedger
from netcore.engine.longlinks import Longlinks
from netcore.engine.parked_tasks import ParkedTasks
from netcore.engine.policies import Policies
from netcore.engine.result_router import ResultRouter
from netcore.engine.routing import (
    choose_channel,
    recovery_channel,
    task_timeout,
    usable_channels,
    validate,
)
from netcore.engine.status import StatusBoard
from netcore.engine.task_ends import TaskEnds
from netcore.engine.task_events import Pushed, task_moved, task_started
from netcore.errors import (
    ConfigError,
    DisconnectReason,
    FailHandle,
    Failure,
    LocalCode,
    NetcoreError,
)
from netcore.links.context import Context
from netcore.links.contract import Link
from netcore.links.pending_task import PendingTask
from netcore.longlink.managed import ManagedLongLink
from netcore.task import RESERVED_TASK_IDS_FROM, Channel, ChannelStrategy, Task

_log = logging.getLogger("netcore.task")
# Each task comes through here, and to look up a member of an enum takes longer than a call.
_LONG, _MINOR, _SHORT = Channel.LONG, Channel.MINOR_LONG, Channel.SHORT

RECENT_FOREGROUND = 900.0  # seconds in which a task in the foreground brings the long link up


class TaskManager:
    """Serves the links of one NetCore."""

    def __init__(self, context: Context, longlinks: Longlinks, sources: Sources) -> None:
        self.policies = policies = Policies(context)
        self.parked = ParkedTasks(context, start=self._route, end=self.task_failed)
        self.results = ResultRouter(context, longlinks, policies, self.parked)
        self._zombies = self.parked.zombies.parked
        self._context = context
        self._now = context.clock.now
        self.longlinks = longlinks
        self._sources = sources
        self._limits = context.settings.limits
        self._uses_longlink = context.settings.use_longlink
        self._shortlink: Link | None = None
        self._where: dict[int, Link | None] = {}  # by task: its link; None while it is parked
        self._last_task_id = 0
        self.hedger = Hedger(context, longlinks, lambda: self._shortlink, self._allowed)
        self._running = False
        self._ends = TaskEnds(context)

    def start(self) -> None:
        """Take tasks from now on."""
        self._running = True
        if self._context.settings.use_longlink and self._sources.settings.longlink_ports:
            self.policies.longlink_up(False)

    def stop_taking(self) -> None:
        """Take no more tasks: a listener that hears of an end by closing must not start another."""
        self._running = False

    async def close(self) -> None:
        """Take no more tasks, and close every handle."""
        self.stop_taking()
        self.hedger.close()
        self.parked.close()
        self.policies.close()

    @property
    def status(self) -> StatusBoard:
        """The state over all links."""
        return self.results.status

    @property
    def shortlink(self) -> Link | None:
        """The short link, if there is one."""
        return self._shortlink

    @shortlink.setter
    def shortlink(self, link: Link | None) -> None:
        self._shortlink = self.results.shortlink = link

    @property
    def links(self) -> Iterator[Link]:
        """All long links, and the short link."""
        yield from self.longlinks
        if self.shortlink is not None:
            yield self.shortlink

    # -- beginning ------------------------------------------------------------------------------

    def begin(self, task: Task, future: asyncio.Future[bytes] | None) -> None:
        """Accept a task, or end it at once with the reason.

        Raises NetcoreError before ``start`` and after ``close``, and ConfigError for an id that is
        in use.
        """
        if not self._running:
            raise NetcoreError("netcore is not running: start() it first")
        task_id = task.task_id
        if not task_id:
            task_id = task.task_id = self._new_id()
        elif task_id in self._where:
            raise ConfigError(f"a task with the id {task_id} is under way already")
        now = self._now()
        limits = self._limits
        retries = task.retry_count if task.retry_count >= 0 else limits.default_retry_count
        pending = PendingTask(task, now, task_timeout(task, retries), retries, future)
        wrong = validate(task, limits)
        if wrong is not None:
            self._refuse(pending, wrong.code, wrong.detail)
            return
        self._route(pending, now)

    def _route(self, pending: PendingTask, now: float) -> None:
        task = pending.task
        context = self._context
        longlink = self.longlinks.get(task.channel_name)
        if self.hedger.policy.weak:
            longlink = self.hedger.instead_of(longlink, task)
        up = longlink is not None and longlink.connected
        if task.network_status_sensitive and not up and not context.network.state.online:
            self._refuse(pending, LocalCode.NO_NET, "there is no network")
            return
        channel = allowed = self._allowed(task)
        if allowed != _LONG:
            channel = choose_channel(
                task,
                allowed,
                longlink_up=up,
                longlink_tasks=0 if longlink is None else len(longlink.tasks),
                minor_free=self.longlinks.minor_free,
                fast_limit=self._limits.fast_strategy_tasks,
            )
        if not up and longlink is not None and allowed & _LONG:
            self._bring_up(longlink, now)
        link: Link | None
        if channel == _LONG:
            link = longlink
        elif channel == _MINOR:
            link = self.longlinks.minor_for(task)
        elif channel == _SHORT:
            link = self.shortlink
        else:
            self._refuse(pending, LocalCode.CHANNEL_SELECT, "no link can carry this task")
            return
        if link is None:
            self._refuse(
                pending,
                LocalCode.LONGLINK_UNAVAILABLE,
                f"there is no long link named {task.channel_name or 'main'!r}",
            )
            return
        self._where[task.task_id] = link
        if self._zombies:
            self.parked.zombies.started(now)
        if task.idempotent and self.hedger.enabled:
            self.hedger.started(pending, link, now)
        link.start(pending)
        if context.observer.active:
            context.observer.emit(task_started(pending))

    def _allowed(self, task: Task) -> Channel:
        """The task's channels that there is a link for."""
        short = self._shortlink is not None and self._sources.settings.shortlink_port != 0
        return usable_channels(task, long=self._uses_longlink, short=short)

    def retrying(self, link: Link, pending: PendingTask) -> None:
        """An attempt failed and the task waits for another, maybe on the other link."""
        task = pending.task
        if task.strategy is not ChannelStrategy.DISASTER_RECOVERY:
            return
        longlink = self.longlinks.get(task.channel_name)
        channel = recovery_channel(
            task,
            self._allowed(task),
            pending.profile.channel,
            retries_left=pending.retries_left,
            longlink_up=longlink is not None and longlink.connected,
        )
        other = self.shortlink if channel == Channel.SHORT else longlink
        if not channel or other is None or link.stop(task.task_id) is None:
            return
        if self._context.observer.active:
            self._context.observer.emit(task_moved(pending, link.name, other.name))
        self._where[task.task_id] = other
        other.start(pending)

    def _bring_up(self, longlink: ManagedLongLink, now: float) -> None:
        active = self._context.active
        if active.foreground and now - active.changed_at <= RECENT_FOREGROUND:
            longlink.wanted()

    def _new_id(self) -> int:
        while True:
            self._last_task_id += 1
            if self._last_task_id >= RESERVED_TASK_IDS_FROM:
                self._last_task_id = 1
            task_id = self._last_task_id
            if task_id not in self._where:
                return task_id

    # -- looking after --------------------------------------------------------------------------

    def has(self, task_id: int) -> bool:
        """Whether the task is under way, or parked."""
        return task_id in self._where

    def stop(self, task_id: int) -> bool:
        """Take a task back; whether it was there."""
        link = self._where.get(task_id)
        pending = self.parked.remove(task_id) if link is None else link.stop(task_id)
        if pending is None:
            return False
        self._stopped(pending, LocalCode.CANCEL)
        return True

    def clear(self, code: LocalCode) -> None:
        """Take all tasks back. With RESET each still gets its ``on_task_end``."""
        pending_tasks = self.parked.clear()
        for link in self.links:
            pending_tasks += link.clear()
        self.hedger.clear()
        for pending in pending_tasks:
            if pending.original is not None:
                continue
            if code is LocalCode.RESET:
                pending.attempt.end = self._now()
                self.task_failed(pending, Failure.local(code), FailHandle.TASK_END)
            else:
                self._stopped(pending, code)

    def redo(self, reason: DisconnectReason) -> None:
        """Reconnect all links and send their running tasks again."""
        for link in self.links:
            link.redo(reason)
        self.parked.wake()

    def touch(self) -> None:
        """Look at the waiting tasks of all links."""
        for link in self.links:
            link.touch()

    def retry_all(self, failure: Failure, handle: FailHandle, task: Task) -> None:
        """Send all running tasks of the task's user again, on new connections."""
        for link in self.links:
            link.retry(failure, handle, task.task_id, task.user_id)

    def reset(self) -> None:
        """Forget what was learned of this network."""
        self.status.network_changed()
        self.policies.forget()

    # -- ending ---------------------------------------------------------------------------------

    def task_answered(self, pending: PendingTask, code: int = 0) -> None:
        """A task ended well: hand out the answer, and learn from it."""
        if pending.original is not None:
            self._copy_answered(pending, code)
            return
        attempt, profile = pending.attempt, pending.profile
        link = self._where.pop(pending.task.task_id, None)
        now = profile.end = attempt.end or self._now()
        if pending.task.idempotent:
            self.hedger.over(pending, now, answered=True)
        if code:
            attempt.error_code = profile.error_code = code
        self.policies.task_over(pending)
        self._ends.answered(pending)
        if link is None or not attempt.first_package:
            return
        if attempt.send_start:  # else another answer stood for the server's
            short = link is self._shortlink
            self.policies.answered(pending, now, longlink=not short)
            if short:
                self.results.short_answered(link, pending)
        if self._zombies:
            self.parked.wake()

    def _copy_answered(self, copy: PendingTask, code: int) -> None:
        """The copy of a late task was answered first: that is the task's answer."""
        original = self.hedger.copy_over(copy)
        task_id = copy.task.task_id
        link = self._where.get(task_id)
        if original is None:
            return
        if link is not None:
            link.stop(task_id)
        elif self.parked.remove(task_id) is None:
            return
        original.answer = copy.answer
        original.attempt = copy.attempt
        original.profile.attempts.append(copy.attempt)
        original.profile.channel = copy.profile.channel
        original.profile.channel_name = copy.profile.channel_name
        self.task_answered(original, code)

    def task_failed(self, pending: PendingTask, failure: Failure, handle: FailHandle) -> None:
        """A task failed for good: tell the waiting caller, unless it is parked and tried again."""
        if pending.original is not None:
            self.hedger.copy_over(pending)
            return
        task_id = pending.task.task_id
        link = self._where.pop(task_id, None)
        if link is not None:
            connect = pending.attempt.connect
            self.policies.failed(failure, -1 if connect is None else connect.index, self._now())
        if pending.task.total_timeout:
            self._where[task_id] = None
            if self.parked.take(pending, failure, handle):
                return
        self._over(pending, failure)
        self._ends.failed(pending, failure, handle)

    def _over(self, pending: PendingTask, failure: Failure) -> None:
        """Note how and when a task failed."""
        self._where.pop(pending.task.task_id, None)
        profile = pending.profile
        if pending.task.idempotent:
            self.hedger.over(pending, self._now(), answered=False)
        profile.end = pending.attempt.end or self._now()
        profile.error_type = failure.type
        profile.error_code = failure.code
        self.policies.task_over(pending)

    def _refuse(self, pending: PendingTask, code: int, why: str) -> None:
        """End a task that no link ever had."""
        failure = Failure.local(code, why)
        pending.attempt.failed(failure, self._now())
        self.task_failed(pending, failure, FailHandle.TASK_END)

    def _stopped(self, pending: PendingTask, code: LocalCode) -> None:
        """The caller took the task back."""
        failure = Failure.local(code)
        pending.attempt.failed(failure, self._now())
        self._over(pending, failure)
        self._ends.stopped(pending, failure)

    # -- pushes ----------------------------------------------------------------------------------

    def pushed(self, link: str, cmdid: int, seq: int, body: bytes) -> None:
        """The server sent something on its own, over the long link of this name."""
        if self._context.observer.active:
            self._context.observer.emit(Pushed(link=link, cmdid=cmdid, seq=seq, size=len(body)))
        self._context.ask(self._context.callbacks.on_push, None, link, cmdid, seq, body)

    # -- surroundings ---------------------------------------------------------------------------

    def on_network(self, same: bool = False) -> None:
        """The network is another one, or (``same``) is only known by its name now."""
        self.status.network_changed()
        self.policies.on_network()
        if not same:
            self.hedger.on_network()
        if self.shortlink is not None and not same:
            self.shortlink.redo(DisconnectReason.NETWORK_CHANGE)
        if self._context.network.state.online:
            self.parked.wake()

    def on_active(self) -> None:
        """The foreground or the activity changed."""
        self.policies.on_active()

    def on_wake(self) -> None:
        """Time jumped: deadlines may have passed."""
        self.parked.tick()
        self.policies.tick()
        self.hedger.tick()
