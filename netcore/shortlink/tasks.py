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

from netcore.errors import ErrorType, FailHandle, Failure, LocalCode
from netcore.links.decisions import End, Retry
from netcore.links.pending_task import PendingTask
from netcore.profile import AttemptProfile
from netcore.runtime.clock import NEVER
from netcore.shortlink.attempt import ShortTaskAttempt, ShortTaskState, expired_timeout

__all__ = ["End", "Retry", "ShortTaskAttempt", "ShortTaskList"]


_turn = attrgetter("pending.task.priority", "number")


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
        "_states",
        "_waiting",
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
        self._states: dict[int, ShortTaskState] = {}
        self._waiting: dict[int, ShortTaskState] = {}  # in the order of their turns
        self._numbers = itertools.count()
        self._running = 0  # tasks, but for long-polling ones

    def __len__(self) -> int:
        return len(self._states)

    def __iter__(self) -> Iterator[PendingTask]:
        return iter([state.pending for state in self._states.values()])

    def __contains__(self, task_id: int) -> bool:
        return task_id in self._states

    @property
    def running(self) -> int:
        """How many tasks are on the network; long-polling ones do not count."""
        return self._running

    @property
    def waiting(self) -> int:
        """How many tasks wait for their turn."""
        return len(self._waiting)

    def waits(self, pending: PendingTask) -> bool:
        """Whether this very task is here and waits for its turn."""
        state = self._states.get(pending.task.task_id)
        return state is not None and state.pending is pending and not state.runs

    def runs(self, task_id: int) -> tuple[ShortTaskAttempt, ...]:
        """The task's attempts on the network."""
        state = self._states.get(task_id)
        return () if state is None else tuple(state.runs)

    def add(self, pending: PendingTask, hosts: Sequence[str], fallback: Sequence[str] = ()) -> None:
        """A new task, and where it may go."""
        state = self._states[pending.task.task_id] = ShortTaskState(
            pending, tuple(hosts), tuple(fallback), next(self._numbers)
        )
        self._queue(state)

    def _queue(self, state: ShortTaskState) -> None:
        waiting = self._waiting
        in_order = not waiting or _turn(next(reversed(waiting.values()))) <= _turn(state)
        waiting[state.pending.task.task_id] = state
        if not in_order:
            ordered = sorted(waiting.values(), key=_turn)
            self._waiting = {each.pending.task.task_id: each for each in ordered}

    def _stopped(self, state: ShortTaskState) -> None:
        """None of the task's attempts is on the network any more."""
        if state.runs and not state.pending.task.long_polling:
            self._running -= 1
        state.runs.clear()
        state.pending.running = False

    def remove(self, task_id: int) -> PendingTask | None:
        """Forget a task without a word; the entry, if it was here."""
        state = self._states.pop(task_id, None)
        if state is None:
            return None
        self._waiting.pop(task_id, None)
        self._stopped(state)
        return state.pending

    def clear(self) -> list[PendingTask]:
        """Forget all; what was here."""
        return [pending for pending in self if self.remove(pending.task.task_id) is not None]

    # -- sending --------------------------------------------------------------------------------

    def ready(self, now: float) -> list[PendingTask]:
        """The waiting tasks whose time has come, in order; as many may go as there are places.

        A long-polling one takes none.
        """
        return [state.pending for state in self._waiting.values() if state.not_before <= now]

    @property
    def places(self) -> int:
        """How many more tasks may run now."""
        return self._max_running - self._running

    def begin(
        self, pending: PendingTask, now: float, first_package: float, read_write: float
    ) -> ShortTaskAttempt:
        """The task goes to the network, with these two time-outs from its sending on."""
        state = self._states[pending.task.task_id]
        pending.running = True
        attempt = pending.attempt
        attempt.first_package_timeout = first_package
        attempt.read_write_timeout = read_write
        last = pending.retries_left == 0 and len(pending.profile.attempts) > 1
        use_proxy = self._proxy_first != (last and self._bypass_proxy)
        run = ShortTaskAttempt(pending, attempt, self._hosts(state), use_proxy)
        if not state.runs:
            del self._waiting[pending.task.task_id]
            self._running += not pending.task.long_polling
        state.runs.append(run)
        return run

    def _hosts(self, state: ShortTaskState) -> tuple[str, ...]:
        hosts = state.hosts
        if state.pending.is_retry and state.fallback:
            hosts = state.fallback
        if not hosts:
            return ()
        at = state.switches % len(hosts)
        return hosts[at:] + hosts[:at]

    def parallel(self, now: float) -> list[PendingTask]:
        """The tasks that, on a weak network, may have an attempt beside the one that runs.

        Each costs a retry and is then to be begun as ever.
        """
        pending_tasks = []
        for state in self._states.values():
            if self._parallel_at(state) <= now:
                pending = state.pending
                pending.retries_left -= 1
                state.switches += 1
                pending.attempt = AttemptProfile(queued=now)
                pending.profile.attempts.append(pending.attempt)
                pending_tasks.append(pending)
        return pending_tasks

    def parallel_at(self, pending: PendingTask) -> float:
        """When the task may have a second attempt, if the network is weak then."""
        return self._parallel_at(self._states[pending.task.task_id])

    def _parallel_at(self, state: ShortTaskState) -> float:
        pending = state.pending
        task = pending.task
        if not self._parallel or len(state.runs) != 1 or pending.retries_left <= 0:
            return NEVER
        attempt = state.runs[0].attempt
        if not attempt.send_start or attempt.first_package:
            return NEVER
        if task.long_polling or task.server_process_cost > 0:
            return NEVER
        return attempt.send_start + self._parallel

    def sent(self, run: ShortTaskAttempt, now: float) -> None:
        """A connection is there and the request goes out: the time-outs begin."""
        attempt = run.attempt
        attempt.send_start = now
        attempt.first_package = attempt.last_package = attempt.send_end = 0.0
        run.due = now + min(attempt.first_package_timeout, attempt.read_write_timeout)

    def received_part(
        self, run: ShortTaskAttempt, size: int, now: float, package_package: float
    ) -> None:
        """Some bytes of the answer came; ``size`` is how many in all by now."""
        attempt = run.attempt
        if not attempt.first_package:
            attempt.first_package = now
        attempt.last_package = now
        attempt.received_bytes = size
        run.due = min(now + package_package, attempt.send_start + attempt.read_write_timeout)

    def finish(self, run: ShortTaskAttempt) -> None:
        """The task was answered well; the attempts beside this one are void."""
        pending = run.pending
        self.remove(pending.task.task_id)
        pending.attempt = run.attempt
        self.continuous_failures = 0
        self._proxy_first = run.use_proxy

    # -- failing --------------------------------------------------------------------------------

    def fail(
        self,
        pending: PendingTask,
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
        state = self._states[pending.task.task_id]
        self.continuous_failures += 1
        for attempt in [run.attempt for run in state.runs] or [pending.attempt]:
            attempt.failed(failure, now)
        ran = bool(state.runs)
        self._stopped(state)
        if handle in (FailHandle.TASK_END, FailHandle.TASK_TIMEOUT) or (
            pending.retries_left <= 0 and not free
        ):
            self.remove(pending.task.task_id)
            return End(pending, failure, handle)
        if not free:
            pending.retries_left -= 1
        if failure.type is not ErrorType.LOCAL:
            state.switches += 1
        pending.body = None
        pending.attempt = AttemptProfile(queued=now)
        pending.profile.attempts.append(pending.attempt)
        state.not_before = now if at_once else now + self._retry_interval
        if ran:
            self._queue(state)
        return Retry(pending, failure)

    def fail_run(
        self, run: ShortTaskAttempt, failure: Failure, handle: FailHandle, now: float
    ) -> End | Retry | None:
        """One attempt failed; None when another still runs beside it."""
        state = self._states[run.pending.task.task_id]
        if len(state.runs) > 1 and handle is FailHandle.DEFAULT:
            state.runs.remove(run)
            run.attempt.failed(failure, now)
            run.pending.attempt = state.runs[0].attempt
            return None
        run.pending.attempt = run.attempt
        return self.fail(run.pending, failure, handle, now)

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
        for state in tuple(self._states.values()):
            pending = state.pending
            mine = source == pending.task.task_id
            if not state.runs or (user_id is not None and pending.task.user_id != user_id):
                continue
            if session and not pending.task.need_authed and not mine:
                continue
            free = session and mine and pending.task.need_authed and state.session_retry
            if free:
                state.session_retry = False
            own = failure if mine else others
            actions.append(self.fail(pending, own, handle, now, at_once=session, free=free))
        return actions

    def redo(self, now: float, *, free: bool = False) -> list[End | Retry]:
        """Take every running task back to be sent again at once."""
        cancel, handle = Failure.local(LocalCode.CANCEL), FailHandle.DEFAULT
        return [
            self.fail(state.pending, cancel, handle, now, at_once=True, free=free)
            for state in tuple(self._states.values())
            if state.runs
        ]

    def retry_at(self, pending: PendingTask) -> float:
        """When the task may make its next attempt."""
        return self._states[pending.task.task_id].not_before

    def touch(self) -> None:
        """Let the waiting tasks wait for no interval."""
        for state in self._states.values():
            state.not_before = -NEVER

    def extend(self, until: float) -> None:
        """Give every task until ``until`` at least: time stood still."""
        for state in self._states.values():
            state.pending.deadline = max(state.pending.deadline, until)

    # -- time -----------------------------------------------------------------------------------

    def expire(
        self, now: float, package_package: float
    ) -> list[tuple[ShortTaskAttempt | None, End | Retry | None]]:
        """What the time-outs demand at ``now``; the run that each is about, if it had one."""
        over: list[tuple[ShortTaskAttempt | None, End | Retry | None]] = []
        for state in tuple(self._states.values()):
            pending = state.pending
            if pending.deadline <= now:
                run = state.runs[0] if state.runs else None
                failure = Failure.local(LocalCode.TASK_TIMEOUT)
                over.append((run, self.fail(pending, failure, FailHandle.TASK_TIMEOUT, now)))
                continue
            for run in tuple(state.runs):
                if run.due > now:
                    continue
                code = expired_timeout(run, now, package_package)
                if code is not None:
                    failure = Failure(ErrorType.HTTP, code)
                    over.append((run, self.fail_run(run, failure, FailHandle.DEFAULT, now)))
        return over

    def next_due(self, now: float) -> float:
        """The soonest moment at which there is something to do; infinite if there is none."""
        soonest = NEVER
        for state in self._states.values():
            soonest = min(soonest, state.pending.deadline)
            if not state.runs:
                if state.not_before > now:
                    soonest = min(soonest, state.not_before)
                continue
            for run in state.runs:
                soonest = min(soonest, run.due)
            at = self._parallel_at(state)
            if at > now:
                soonest = min(soonest, at)
        return soonest
