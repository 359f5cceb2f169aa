"""The tasks of the short link, sans-I/O (``mars/stn/src/shortlink_task_manager.cc``).

A task waits, runs on a connection of its own, and ends or waits again::

    state       event                                      next
    ----------  -----------------------------------------  -----------------------------------------
    waiting     its turn (priority, then age), a place     connecting
                free, ``retry_interval`` since its error
    connecting  a connection is there                      sent
    connecting  no connection                              waiting with a retry less, or ended
    sent        answer                                     ended (OK)
    sent        first-package (long polling: polling),     waiting with a retry less, or ended
                package-package or read-write time-out
    sent        the connection was lost                    the same
    sent        ``weak_parallel`` without a byte, while    sent; a second attempt runs beside it
                the network is weak and retries are left   for a retry; the first answer wins
    any         task time-out                              ended (LOCAL -1)
    any         stop, clear, reset                         ended (cancelled)

An error is its task's own: it says nothing about the others. A retry goes to the fallback hosts, if
the task has some; else after each error from the network the next of its hosts comes first. The
last retry may go the other way round about the proxy (``bypass_proxy``), and a way that worked is
tried first from then on.

When an answer says SESSION_TIMEOUT, its task is sent again at once and once without costing a
retry, if it needs a login; the user's other running tasks that need one fail that attempt.

Differs from Mars: a task whose session timed out is never left hanging (Mars forgets one that needs
no login), redone tasks go out at once, at most ``max_running`` tasks run at a time, and the
attempt beside another on a weak network (Mars only notes that the network is weak).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace
from operator import attrgetter

from netcore.clock import NEVER
from netcore.errors import ErrorType, FailHandle, Failure, LocalCode
from netcore.longlink.entry import Entry
from netcore.longlink.tasks import End, Retry
from netcore.profile import AttemptProfile
from netcore.shortlink.run import Run, Way, struck

__all__ = ["End", "Retry", "Run", "ShortTaskList"]


_turn = attrgetter("entry.task.priority", "number")


class ShortTaskList:
    """The tasks of the short link. The rules are in the module's docstring."""

    __slots__ = (
        "_bypass_proxy",
        "_max_running",
        "_numbers",
        "_parallel",
        "_proxy_first",
        "_retry_interval",
        "_running",
        "_waiting",
        "_ways",
        "continuous_failures",
    )

    def __init__(
        self,
        *,
        retry_interval: float = 1.0,
        max_running: int = 32,
        weak_parallel: float = 2.0,
        bypass_proxy: bool = False,
    ) -> None:
        self.continuous_failures = 0
        self._retry_interval = retry_interval
        self._max_running = max_running
        self._parallel = weak_parallel
        self._bypass_proxy = bypass_proxy
        self._proxy_first = True
        self._ways: dict[int, Way] = {}
        self._waiting: dict[int, Way] = {}  # in the order of their turns
        self._numbers = itertools.count()
        self._running = 0  # tasks, but for long-polling ones

    def __len__(self) -> int:
        return len(self._ways)

    def __iter__(self) -> Iterator[Entry]:
        return iter([way.entry for way in self._ways.values()])

    def __contains__(self, task_id: int) -> bool:
        return task_id in self._ways

    @property
    def running(self) -> int:
        """How many tasks are on the network; long-polling ones do not count."""
        return self._running

    @property
    def waiting(self) -> int:
        """How many tasks wait for their turn."""
        return len(self._waiting)

    def waits(self, entry: Entry) -> bool:
        """Whether this very task is here and waits for its turn."""
        way = self._ways.get(entry.task.task_id)
        return way is not None and way.entry is entry and not way.runs

    def runs(self, task_id: int) -> tuple[Run, ...]:
        """The task's attempts on the network."""
        way = self._ways.get(task_id)
        return () if way is None else tuple(way.runs)

    def add(self, entry: Entry, hosts: Sequence[str], fallback: Sequence[str] = ()) -> None:
        """A new task, and where it may go."""
        way = self._ways[entry.task.task_id] = Way(
            entry, tuple(hosts), tuple(fallback), next(self._numbers)
        )
        self._queue(way)

    def _queue(self, way: Way) -> None:
        waiting = self._waiting
        in_order = not waiting or _turn(next(reversed(waiting.values()))) <= _turn(way)
        waiting[way.entry.task.task_id] = way
        if not in_order:
            ordered = sorted(waiting.values(), key=_turn)
            self._waiting = {each.entry.task.task_id: each for each in ordered}

    def _stopped(self, way: Way) -> None:
        """None of the task's attempts is on the network any more."""
        if way.runs and not way.entry.task.long_polling:
            self._running -= 1
        way.runs.clear()
        way.entry.running = False

    def remove(self, task_id: int) -> Entry | None:
        """Forget a task without a word; the entry, if it was here."""
        way = self._ways.pop(task_id, None)
        if way is None:
            return None
        self._waiting.pop(task_id, None)
        self._stopped(way)
        return way.entry

    def clear(self) -> list[Entry]:
        """Forget all; what was here."""
        return [entry for entry in self if self.remove(entry.task.task_id) is not None]

    # -- sending --------------------------------------------------------------------------------

    def ready(self, now: float) -> list[Entry]:
        """The waiting tasks whose time has come, in order; as many may go as there are places.

        A long-polling one takes none.
        """
        return [way.entry for way in self._waiting.values() if way.not_before <= now]

    @property
    def places(self) -> int:
        """How many more tasks may run now."""
        return self._max_running - self._running

    def begin(self, entry: Entry, now: float, first_package: float, read_write: float) -> Run:
        """The task goes to the network, with these two time-outs from its sending on."""
        way = self._ways[entry.task.task_id]
        entry.running = True
        attempt = entry.attempt
        attempt.first_package_timeout = first_package
        attempt.read_write_timeout = read_write
        last = entry.retries_left == 0 and len(entry.profile.attempts) > 1
        use_proxy = self._proxy_first != (last and self._bypass_proxy)
        run = Run(entry, attempt, self._hosts(way), use_proxy)
        if not way.runs:
            del self._waiting[entry.task.task_id]
            self._running += not entry.task.long_polling
        way.runs.append(run)
        return run

    def _hosts(self, way: Way) -> tuple[str, ...]:
        hosts = way.hosts
        if way.entry.is_retry and way.fallback:
            hosts = way.fallback
        if not hosts:
            return ()
        at = way.switches % len(hosts)
        return hosts[at:] + hosts[:at]

    def parallel(self, now: float) -> list[Entry]:
        """The tasks that, on a weak network, may have an attempt beside the one that runs.

        Each costs a retry and is then to be begun as ever.
        """
        entries = []
        for way in self._ways.values():
            if self._parallel_at(way) <= now:
                entry = way.entry
                entry.retries_left -= 1
                way.switches += 1
                entry.attempt = AttemptProfile(queued=now)
                entry.profile.attempts.append(entry.attempt)
                entries.append(entry)
        return entries

    def parallel_at(self, entry: Entry) -> float:
        """When the task may have a second attempt, if the network is weak then."""
        return self._parallel_at(self._ways[entry.task.task_id])

    def _parallel_at(self, way: Way) -> float:
        entry = way.entry
        task = entry.task
        if not self._parallel or len(way.runs) != 1 or entry.retries_left <= 0:
            return NEVER
        attempt = way.runs[0].attempt
        if not attempt.send_start or attempt.first_package:
            return NEVER
        if task.long_polling or task.server_process_cost > 0:
            return NEVER
        return attempt.send_start + self._parallel

    def sent(self, run: Run, now: float) -> None:
        """A connection is there and the request goes out: the time-outs begin."""
        attempt = run.attempt
        attempt.send_start = now
        attempt.first_package = attempt.last_package = attempt.send_end = 0.0
        run.due = now + min(attempt.first_package_timeout, attempt.read_write_timeout)

    def received_part(self, run: Run, size: int, now: float, package_package: float) -> None:
        """Some bytes of the answer came; ``size`` is how many in all by now."""
        attempt = run.attempt
        if not attempt.first_package:
            attempt.first_package = now
        attempt.last_package = now
        attempt.received_bytes = size
        run.due = min(now + package_package, attempt.send_start + attempt.read_write_timeout)

    def finish(self, run: Run) -> None:
        """The task was answered well; the attempts beside this one are void."""
        entry = run.entry
        self.remove(entry.task.task_id)
        entry.attempt = run.attempt
        self.continuous_failures = 0
        self._proxy_first = run.use_proxy

    # -- failing --------------------------------------------------------------------------------

    def fail(
        self,
        entry: Entry,
        failure: Failure,
        handle: FailHandle,
        now: float,
        *,
        at_once: bool = False,
        free: bool = False,
    ) -> End | Retry:
        """The task failed with all its attempts: it ends, or waits again with a retry less.

        ``free`` costs no retry, ``at_once`` waits for no interval.
        """
        way = self._ways[entry.task.task_id]
        self.continuous_failures += 1
        for attempt in [run.attempt for run in way.runs] or [entry.attempt]:
            attempt.failed(failure, now)
        ran = bool(way.runs)
        self._stopped(way)
        if handle in (FailHandle.TASK_END, FailHandle.TASK_TIMEOUT) or (
            entry.retries_left <= 0 and not free
        ):
            self.remove(entry.task.task_id)
            return End(entry, failure, handle)
        if not free:
            entry.retries_left -= 1
        if failure.type is not ErrorType.LOCAL:
            way.switches += 1
        entry.body = None
        entry.attempt = AttemptProfile(queued=now)
        entry.profile.attempts.append(entry.attempt)
        way.not_before = now if at_once else now + self._retry_interval
        if ran:
            self._queue(way)
        return Retry(entry, failure)

    def fail_run(
        self, run: Run, failure: Failure, handle: FailHandle, now: float
    ) -> End | Retry | None:
        """One attempt failed; None when another still runs beside it."""
        way = self._ways[run.entry.task.task_id]
        if len(way.runs) > 1 and handle is FailHandle.DEFAULT:
            way.runs.remove(run)
            run.attempt.failed(failure, now)
            run.entry.attempt = way.runs[0].attempt
            return None
        run.entry.attempt = run.attempt
        return self.fail(run.entry, failure, handle, now)

    def fail_batch(
        self,
        failure: Failure,
        handle: FailHandle,
        now: float,
        *,
        source: int = 0,
        user_id: str | None = None,
    ) -> list[End | Retry]:
        """Each running task of the user fails its attempt; ``source`` is the one that caused it."""
        session = handle is FailHandle.SESSION_TIMEOUT
        others = replace(failure, code=0) if source else failure
        actions: list[End | Retry] = []
        for way in tuple(self._ways.values()):
            entry = way.entry
            mine = source == entry.task.task_id
            if not way.runs or (user_id is not None and entry.task.user_id != user_id):
                continue
            if session and not entry.task.need_authed and not mine:
                continue
            free = session and mine and entry.task.need_authed and way.session_retry
            if free:
                way.session_retry = False
            own = failure if mine else others
            actions.append(self.fail(entry, own, handle, now, at_once=session, free=free))
        return actions

    def redo(self, now: float, *, free: bool = False) -> list[End | Retry]:
        """Take every running task back to be sent anew at once."""
        cancel, handle = Failure.local(LocalCode.CANCEL), FailHandle.DEFAULT
        return [
            self.fail(way.entry, cancel, handle, now, at_once=True, free=free)
            for way in tuple(self._ways.values())
            if way.runs
        ]

    def retry_at(self, entry: Entry) -> float:
        """When the task may make its next attempt."""
        return self._ways[entry.task.task_id].not_before

    def touch(self) -> None:
        """Let the waiting tasks wait for no interval."""
        for way in self._ways.values():
            way.not_before = -NEVER

    def extend(self, until: float) -> None:
        """Give every task until ``until`` at least: time stood still."""
        for way in self._ways.values():
            way.entry.deadline = max(way.entry.deadline, until)

    # -- time -----------------------------------------------------------------------------------

    def expire(
        self, now: float, package_package: float
    ) -> list[tuple[Run | None, End | Retry | None]]:
        """What the time-outs demand at ``now``; the run that each is about, if it had one."""
        over: list[tuple[Run | None, End | Retry | None]] = []
        for way in tuple(self._ways.values()):
            entry = way.entry
            if entry.deadline <= now:
                run = way.runs[0] if way.runs else None
                failure = Failure.local(LocalCode.TASK_TIMEOUT)
                over.append((run, self.fail(entry, failure, FailHandle.TASK_TIMEOUT, now)))
                continue
            for run in tuple(way.runs):
                if run.due > now:
                    continue
                code = struck(run, now, package_package)
                if code is not None:
                    failure = Failure(ErrorType.HTTP, code)
                    over.append((run, self.fail_run(run, failure, FailHandle.DEFAULT, now)))
        return over

    def next_due(self, now: float) -> float:
        """The soonest moment at which there is something to do; infinite if there is none."""
        soonest = NEVER
        for way in self._ways.values():
            soonest = min(soonest, way.entry.deadline)
            if not way.runs:
                if way.not_before > now:
                    soonest = min(soonest, way.not_before)
                continue
            for run in way.runs:
                soonest = min(soonest, run.due)
            at = self._parallel_at(way)
            if at > now:
                soonest = min(soonest, at)
        return soonest
