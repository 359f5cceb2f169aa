"""Sends idempotent tasks that are late again, on another connection; the first answer counts.

The shell of :mod:`netcore.policy.hedge`, which says when and how many. A copy is a pending task of
its own on another link, with the same id and the same bytes; the task manager hands its end over to
the task that it was copied from. Links for a copy, the first of these that does not carry the task:

1. the main long link and the spare ones, when they are up and their identify check is settled,
   those first that are not clogged
2. the short link

The **spare long links** go to the main one's servers and are kept while the network is weak: a copy
goes on a connection that is there already. A link is **clogged** when nothing came on it since a
task was late there: TCP waits for a lost packet and holds back all that is behind it. New tasks
pass by a clogged main link.

A task that the server's system has acknowledged has arrived: the server takes its time, or the
answer is lost, and a copy would only add to its load (Linux: :mod:`netcore.links.tcp_info`).
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from netcore.engine.longlinks import Longlinks
from netcore.links.context import Context
from netcore.links.contract import Link
from netcore.links.pending_task import PendingTask
from netcore.longlink.config import LonglinkConfig
from netcore.longlink.managed import ManagedLongLink
from netcore.policy.hedge import OVERHEAD, SHORT_OVERHEAD, HedgeChanged, Hedging, TaskHedged
from netcore.runtime.alarm import Alarm
from netcore.runtime.clock import NEVER
from netcore.task import SPARE_LONGLINKS, Channel, Task

_log = logging.getLogger("netcore.hedge")
_SHORT_COPIES = 2  # on the short link at a time: each may take a connection of its own
_RETIRE_PAUSE = 1.0  # seconds between two looks whether the spare links can go


class _Watch:
    """An idempotent task under way, and its copies."""

    __slots__ = ("begun", "copies", "due", "late", "link", "made", "pending")

    def __init__(self, pending: PendingTask, link: Link, now: float) -> None:
        self.pending = pending
        self.link = link
        self.begun = now
        self.due = NEVER
        self.late = False
        self.made = 0  # copies, ever
        self.copies: dict[str, tuple[Link, PendingTask]] = {}  # under way, by the link's name

    @property
    def sent_at(self) -> float:
        """When it went out; when it came, while it has not."""
        return self.pending.attempt.send_start or self.begun


class Hedger:
    """Watches idempotent tasks; see the module's docstring.

    ``short`` gives the short link when there is one; ``allowed`` a task's channels.
    """

    def __init__(
        self,
        context: Context,
        longlinks: Longlinks,
        short: Callable[[], Link | None],
        allowed: Callable[[Task], Channel],
    ) -> None:
        self.policy = Hedging(context.settings.policies.hedge)
        self.enabled = self.policy.enabled
        self._context = context
        self._now = context.clock.now
        self._longlinks = longlinks
        self._short = short
        self._allowed = allowed
        self._watched: dict[int, _Watch] = {}
        self._late_at: dict[str, float] = {}  # when a task was late on the long link of this name
        self._alarm = Alarm(self._now, self.tick)
        self._retire_at = NEVER
        self._closed = False

    def close(self) -> None:
        """Close every handle."""
        self._closed = True
        self._watched.clear()
        self._alarm.cancel()

    # -- tasks ----------------------------------------------------------------------------------

    def started(self, pending: PendingTask, link: Link, now: float) -> None:
        """An idempotent task was given to a link."""
        task = pending.task
        if task.long_polling or task.server_process_cost:
            return  # it is not known how long it takes
        watch = self._watched[task.task_id] = _Watch(pending, link, now)
        self.policy.sent(len(task.body))
        watch.due = now + self.policy.wait(0)
        self._alarm.by(watch.due)

    def over(self, pending: PendingTask, now: float, *, answered: bool) -> None:
        """A task is over: so are its copies."""
        watch = self._watched.pop(pending.task.task_id, None)
        if watch is None:
            return
        for link, copy in watch.copies.values():
            # A copy on the short link goes on: to stop it would cost its connection.
            if link is not self._short():
                link.stop(pending.task.task_id)
            pending.profile.attempts.append(copy.attempt)
        if not answered:
            return
        attempt = pending.attempt
        if attempt.send_start and attempt.first_package:
            self.policy.answered(attempt.first_package - attempt.send_start)
        if not watch.late and self.policy.in_time(now):
            self._changed(now)

    def push_took(self, seconds: float) -> None:
        """A push came so long after it was sent, by clocks that need not agree."""
        now = self._now()
        if self.enabled and self.policy.push_took(seconds, now):
            self._changed(now)

    def copy_over(self, copy: PendingTask) -> PendingTask | None:
        """A copy is over: the task that it was copied from, if that still waits."""
        watch = self._watched.get(copy.task.task_id)
        if watch is None or watch.pending is not copy.original:
            return None
        for name, (_, each) in tuple(watch.copies.items()):
            if each is copy:
                del watch.copies[name]
        return watch.pending

    def clear(self) -> None:
        """All tasks were taken back, copies too."""
        self._watched.clear()

    # -- links ----------------------------------------------------------------------------------

    def instead_of(self, main: ManagedLongLink | None, task: Task) -> ManagedLongLink | None:
        """The long link for a new task: a spare one while the main one is clogged."""
        if main is None or not main.main or (main.connected and not self._clogged(main)):
            return main
        for spare in self._spares:
            if _ready(spare, task) and not self._clogged(spare):
                return spare
        return main

    @property
    def _spares(self) -> list[ManagedLongLink]:
        found = (self._longlinks.get(name) for name in SPARE_LONGLINKS)
        return [each for each in found if each is not None]

    def _clogged(self, link: ManagedLongLink) -> bool:
        """Whether nothing came on the link since a task was late there: a packet is missing."""
        return link.link.last_received <= self._late_at.get(link.name, -NEVER)

    def _link_for(self, watch: _Watch) -> Link | None:
        task = watch.pending.task
        allowed = self._allowed(task)
        if allowed & Channel.LONG:
            main = self._longlinks.get(task.channel_name)
            longs = self._spares if main is None else [main, *self._spares]
            free = [
                each
                for each in longs
                if each is not watch.link and each.name not in watch.copies and _ready(each, task)
            ]
            if free:
                return min(free, key=self._clogged)
        short = self._short()
        if short is None or short is watch.link or not allowed & Channel.SHORT:
            return None
        on_short = sum(short.name in each.copies for each in self._watched.values())
        return short if on_short < _SHORT_COPIES and short.name not in watch.copies else None

    def _keep_spares(self) -> None:
        main = self._longlinks.main
        if self._closed or main is None:
            return
        _log.info("the network is weak: spare long links are kept")
        for name in SPARE_LONGLINKS[: self.policy.settings.spare_links]:
            self._longlinks.create(LonglinkConfig(name=name)).link.make_sure_connected()

    def _retire_spares(self, now: float) -> None:
        """Close the spare links, those with tasks later."""
        self._retire_at = NEVER
        for spare in self._spares:
            if len(spare.tasks):
                self._retire_at = now + _RETIRE_PAUSE
            else:
                self._longlinks.pop(spare.name)
                self._context.holder.start(spare.close(), f"{spare.name}-close")

    def logged_out(self) -> None:
        """Nobody is logged in: the spare links are still somebody's, and must not be used again."""
        self.policy.reset()
        self._late_at.clear()
        self._retire_at = NEVER
        for spare in self._spares:
            self._longlinks.pop(spare.name)
            spare.release()
            self._context.holder.start(spare.close(), f"{spare.name}-close")

    # -- time -----------------------------------------------------------------------------------

    def tick(self) -> None:
        """Do what is due by the clock; also called after a wake-up."""
        self._alarm.cancel()
        if self._closed:
            return
        now = self._now()
        for watch in tuple(self._watched.values()):
            if now >= watch.due and self._watched.get(watch.pending.task.task_id) is watch:
                self._late(watch, now)
        if self.policy.poll(now):
            self._changed(now)
        if now >= self._retire_at:
            self._retire_spares(now)
        self._arm()

    def _arm(self) -> None:
        due = min((watch.due for watch in self._watched.values()), default=NEVER)
        self._alarm.by(min(due, self.policy.due, self._retire_at))

    def _late(self, watch: _Watch, now: float) -> None:
        policy = self.policy
        if not watch.late:
            watch.due = watch.sent_at + policy.usual
            if now < watch.due:  # it waited for its turn, or what is usual has changed
                return
            if _has_arrived(watch.link):
                watch.due = now + policy.usual
                return
            watch.late = True
            self._late_at[watch.link.name] = now
            if policy.late(now):
                self._changed(now)
        watch.due = watch.sent_at + policy.wait(watch.made)
        if now < watch.due:
            return
        for name in watch.copies:
            self._late_at[name] = now
        link = self._link_for(watch)
        size = len(watch.pending.task.body)
        overhead = SHORT_OVERHEAD if link is self._short() else OVERHEAD
        if link is None or not policy.pay(size, overhead):
            watch.due = now + policy.usual
            return
        watch.made += 1
        watch.due = watch.sent_at + policy.wait(watch.made)
        self._copy(watch, link, now)

    def _copy(self, watch: _Watch, link: Link, now: float) -> None:
        pending, task = watch.pending, watch.pending.task
        copy = PendingTask(task, now, pending.deadline - now, 0)
        copy.original = pending
        copy.body = pending.body
        copy.checked = pending.checked
        watch.copies[link.name] = (link, copy)
        waited = now - watch.sent_at
        _log.info("task %d is late by %.3f s: again on %s", task.task_id, waited, link.name)
        if self._context.observer.active:
            self._context.observer.emit(
                TaskHedged(
                    task_id=task.task_id,
                    cmdid=task.cmdid,
                    cgi=task.cgi,
                    link=link.name,
                    waited=waited,
                )
            )
        link.start(copy)

    def _changed(self, now: float) -> None:
        """The network became weak, or is no longer."""
        policy = self.policy
        if self._context.observer.active:
            self._context.observer.emit(HedgeChanged(weak=policy.weak, usual=policy.usual))
        if policy.weak:
            self._retire_at = NEVER
            self._keep_spares()
        else:
            self._retire_at = now
        self._alarm.by(min(policy.due, self._retire_at))

    def on_network(self) -> None:
        """The network is another one."""
        self._late_at.clear()
        if self.policy.reset():
            self._changed(self._now())


def _has_arrived(link: Link) -> bool:
    """Whether all that was sent on a long link is known to be at the server."""
    return isinstance(link, ManagedLongLink) and link.acknowledged


def _ready(link: ManagedLongLink, task: Task) -> bool:
    """Whether a long link can carry the task at once."""
    return link.connected and (not task.need_authed or link.identified)
