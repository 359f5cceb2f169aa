"""The short link's task list in virtual time: order, time-outs, retries, hosts, proxy."""

from __future__ import annotations

import random

import pytest

from netcore.errors import ErrorType, FailHandle, Failure, LocalCode, TimeoutCode
from netcore.links.decisions import End, Retry
from netcore.links.pending_task import PendingTask
from netcore.shortlink.attempt import ShortTaskAttempt
from netcore.shortlink.tasks import ShortTaskList
from netcore.task import Priority, Task

FIRST, READ_WRITE, GAP = 12.0, 37.0, 8.0
HOSTS = ("a.example", "b.example", "c.example")


class Bench:
    """A list with a clock."""

    def __init__(self, **options) -> None:
        self.list = ShortTaskList(**({"weak_parallel": 0.0} | options))
        self.now = 100.0
        self._ids = 0

    def add(self, *, retries=1, timeout=60.0, hosts=HOSTS, fallback=(), **fields) -> PendingTask:
        self._ids += 1
        task = Task(cgi="/x", body=b"?", task_id=self._ids, **fields)
        pending = PendingTask(task, self.now, timeout, retries)
        pending.body = b"?"
        self.list.add(pending, hosts, fallback)
        return pending

    def ready(self) -> list[PendingTask]:
        return self.list.ready(self.now)

    def begin(self, pending: PendingTask, first=FIRST, read_write=READ_WRITE) -> ShortTaskAttempt:
        assert pending in self.ready()
        return self.list.begin(pending, self.now, first, read_write)

    def send(self, pending: PendingTask, **times) -> ShortTaskAttempt:
        run = self.begin(pending, **times)
        self.list.sent(run, self.now)
        return run

    def part(self, run: ShortTaskAttempt, size: int) -> None:
        self.list.received_part(run, size, self.now, GAP)

    def expire(self):
        return self.list.expire(self.now, GAP)

    def due(self) -> float:
        return self.list.next_due(self.now)

    def to(self, due: float):
        """Go to the next deadline, which is to be ``due``, and expire."""
        assert self.due() == pytest.approx(due)
        self.now = due
        return self.expire()

    def fail(self, run: ShortTaskAttempt, type=ErrorType.SOCKET, code=-10090):
        return self.list.fail_run(run, Failure(type, code), FailHandle.DEFAULT, self.now)


@pytest.fixture
def bench() -> Bench:
    return Bench()


# -- order --------------------------------------------------------------------------------------


def test_tasks_go_by_priority_then_age(bench):
    low = bench.add(priority=Priority.LOWEST)
    first = bench.add()
    second = bench.add()
    high = bench.add(priority=Priority.HIGHEST)
    assert bench.ready() == [high, first, second, low]


def test_only_so_many_run_at_once_and_long_polling_does_not_count():
    bench = Bench(max_running=2)
    polling = bench.add(long_polling=True, long_polling_timeout=60.0)
    bench.send(polling)
    assert bench.list.places == 2
    one, two = bench.add(), bench.add()
    bench.send(one)
    assert bench.list.places == 1
    run = bench.send(two)
    assert bench.list.places == 0
    bench.list.finish(run)
    assert bench.list.places == 1
    assert len(bench.list) == 2


# -- time-outs ----------------------------------------------------------------------------------


def test_connecting_has_no_time_out_but_the_tasks(bench):
    pending = bench.add(timeout=60.0)
    run = bench.begin(pending)
    ((over, action),) = bench.to(160.0)
    assert over is run
    assert action == End(pending, Failure.local(LocalCode.TASK_TIMEOUT), FailHandle.TASK_TIMEOUT)
    assert len(bench.list) == 0


def test_a_waiting_task_times_out_too(bench):
    pending = bench.add(timeout=5.0)
    ((over, action),) = bench.to(105.0)
    assert over is None
    assert (action.pending, action.failure.code) == (pending, LocalCode.TASK_TIMEOUT)


def test_the_first_package_is_due_after_the_sending_not_the_connecting(bench):
    pending = bench.add(timeout=600.0)
    run = bench.begin(pending)
    bench.now += 9.0
    bench.list.sent(run, bench.now)
    ((_, action),) = bench.to(109.0 + FIRST)
    assert (action.failure.type, action.failure.code) == (ErrorType.HTTP, TimeoutCode.FIRST_PACKAGE)
    assert isinstance(action, Retry)


def test_between_packages_the_gap_counts(bench):
    run = bench.send(bench.add(timeout=600.0))
    bench.now += 5.0
    bench.part(run, 100)
    bench.now += 7.0
    bench.part(run, 200)
    assert run.attempt.received_bytes == 200
    assert run.attempt.first_package == 105.0
    ((_, action),) = bench.to(112.0 + GAP)
    assert action.failure.code == TimeoutCode.PACKAGE_PACKAGE


def test_a_trickle_ends_with_the_read_write_time_out(bench):
    run = bench.send(bench.add(timeout=600.0))
    while bench.now + 5.0 < 100.0 + READ_WRITE:
        bench.now += 5.0
        bench.part(run, 1)
        assert bench.expire() == []
    ((_, action),) = bench.to(100.0 + READ_WRITE)
    assert action.failure.code == TimeoutCode.READ_WRITE


def test_long_polling_has_a_code_of_its_own(bench):
    bench.send(
        bench.add(timeout=600.0, long_polling=True, long_polling_timeout=50.0),
        first=50.0,
        read_write=55.0,
    )
    ((_, action),) = bench.to(150.0)
    assert (action.failure.type, action.failure.code) == (ErrorType.HTTP, -503)


def test_a_time_out_is_its_tasks_own(bench):
    slow = bench.add(timeout=600.0)
    other = bench.add(timeout=600.0)
    bench.send(slow)
    bench.now += 6.0
    bench.send(other)
    ((run, _),) = bench.to(100.0 + FIRST)
    assert run.pending is slow
    assert other.running


# -- retries ------------------------------------------------------------------------------------


def test_a_failed_task_waits_a_second_and_then_runs_again(bench):
    pending = bench.add(retries=1)
    action = bench.fail(bench.send(pending))
    assert isinstance(action, Retry)
    assert pending.body is None  # to be encoded anew
    assert bench.ready() == []
    assert bench.due() == 101.0
    bench.now = 101.0
    assert bench.ready() == [pending]
    assert pending.is_retry
    action = bench.fail(bench.send(pending))
    assert isinstance(action, End)
    assert [each.error_code for each in pending.profile.attempts] == [-10090, -10090]


def test_a_good_answer_ends_it(bench):
    pending = bench.add()
    bench.list.continuous_failures = 3
    bench.list.finish(bench.send(pending))
    assert pending.task.task_id not in bench.list
    assert bench.list.continuous_failures == 0
    assert bench.due() == float("inf")


def test_task_end_retries_nothing(bench):
    pending = bench.add(retries=5)
    run = bench.send(pending)
    action = bench.list.fail_run(
        run, Failure(ErrorType.EN_DECODE, 7), FailHandle.TASK_END, bench.now
    )
    assert action == End(pending, Failure(ErrorType.EN_DECODE, 7), FailHandle.TASK_END)


def test_failures_in_a_row_are_counted(bench):
    for _ in range(3):
        bench.fail(bench.send(bench.add(retries=0)))
    assert bench.list.continuous_failures == 3


# -- hosts and proxy ----------------------------------------------------------------------------


def test_each_error_of_the_network_brings_the_next_host_to_the_front(bench):
    pending = bench.add(retries=3)
    seen = []
    for _ in range(4):
        run = bench.send(pending)
        seen.append(run.hosts[0])
        assert sorted(run.hosts) == sorted(HOSTS)
        bench.fail(run)
        bench.now += 1.0
    assert seen == ["a.example", "b.example", "c.example", "a.example"]


def test_an_error_that_is_ours_changes_no_host(bench):
    pending = bench.add(retries=2)
    bench.send(pending)
    bench.list.redo(bench.now)
    assert bench.begin(pending).hosts == HOSTS


def test_retries_go_to_the_fallback_hosts(bench):
    pending = bench.add(retries=2, fallback=("x.example", "y.example"))
    run = bench.send(pending)
    assert run.hosts == HOSTS
    bench.fail(run)
    bench.now += 1.0
    assert set(bench.send(pending).hosts) == {"x.example", "y.example"}


def test_the_proxy_is_never_left_out_by_default(bench):
    pending = bench.add(retries=1)
    run = bench.send(pending)
    assert run.use_proxy
    bench.fail(run)
    bench.now += 1.0
    assert bench.send(pending).use_proxy


def test_the_last_retry_may_go_without_the_proxy_and_what_worked_comes_first():
    bench = Bench(bypass_proxy=True)
    pending = bench.add(retries=2)
    uses = []
    for _ in range(3):
        run = bench.send(pending)
        uses.append(run.use_proxy)
        if len(uses) < 3:
            bench.fail(run)
            bench.now += 1.0
    assert uses == [True, True, False]
    bench.list.finish(run)
    assert not bench.begin(bench.add()).use_proxy


def test_a_task_without_retries_keeps_the_proxy_even_so():
    bench = Bench(bypass_proxy=True)
    assert bench.begin(bench.add(retries=0)).use_proxy


# -- batches ------------------------------------------------------------------------------------


def test_a_session_time_out_sends_its_task_again_at_once_and_once_for_nothing(bench):
    pending = bench.add(retries=0, need_authed=True)
    other = bench.add(retries=1, need_authed=True)
    plain = bench.add(retries=1)
    for each in (pending, other, plain):
        bench.send(each)

    def session_timeout():
        return bench.list.fail_batch(
            Failure(ErrorType.EN_DECODE, -13),
            FailHandle.SESSION_TIMEOUT,
            bench.now,
            source=pending.task.task_id,
            user_id="",
        )

    first, second = session_timeout()
    assert (first.pending, type(first)) == (pending, Retry)
    assert (second.pending, type(second), second.failure.code) == (other, Retry, 0)
    assert plain.running
    assert bench.ready() == [pending, other]
    bench.send(pending)
    (again,) = session_timeout()
    assert isinstance(again, End)
    assert again.failure.code == -13


def test_a_session_time_out_of_a_task_without_login_does_not_hang_it(bench):
    pending = bench.add(retries=0)
    bench.send(pending)
    (action,) = bench.list.fail_batch(
        Failure(ErrorType.EN_DECODE, -13),
        FailHandle.SESSION_TIMEOUT,
        bench.now,
        source=pending.task.task_id,
    )
    assert isinstance(action, End)


def test_retry_all_touches_the_users_running_tasks_only(bench):
    mine = bench.add(user_id="me")
    waiting = bench.add(user_id="me")
    other = bench.add(user_id="you")
    bench.send(mine)
    bench.send(other)
    (action,) = bench.list.fail_batch(
        Failure(ErrorType.EN_DECODE, -12), FailHandle.RETRY_ALL_TASKS, bench.now, user_id="me"
    )
    assert action.pending is mine
    assert other.running
    assert waiting.retries_left == 1


def test_redo_sends_running_tasks_again_at_once(bench):
    running = bench.add(retries=1)
    waiting = bench.add(retries=1)
    bench.send(running)
    (action,) = bench.list.redo(bench.now)
    assert (action.pending, action.failure.type, action.failure.code) == (
        running,
        ErrorType.LOCAL,
        LocalCode.CANCEL,
    )
    assert bench.ready() == [running, waiting]
    assert (running.retries_left, waiting.retries_left) == (0, 1)


def test_after_a_sleep_redo_costs_nothing_and_leaves_time(bench):
    pending = bench.add(retries=0, timeout=30.0)
    bench.send(pending)
    bench.now += 3600.0
    bench.list.extend(bench.now + 10.0)
    (action,) = bench.list.redo(bench.now, free=True)
    assert isinstance(action, Retry)
    assert bench.expire() == []
    assert bench.ready() == [pending]
    assert bench.due() == bench.now + 10.0


def test_touch_ends_the_waiting_for_a_retry(bench):
    pending = bench.add()
    bench.fail(bench.send(pending))
    assert bench.ready() == []
    bench.list.touch()
    assert bench.ready() == [pending]


def test_stop_and_clear_forget(bench):
    one, two = bench.add(), bench.add()
    bench.send(one)
    assert bench.list.remove(one.task.task_id) is one
    assert not one.running
    assert bench.list.remove(one.task.task_id) is None
    assert bench.list.clear() == [two]
    assert len(bench.list) == 0


# -- weak network -------------------------------------------------------------------------------


@pytest.fixture
def weak() -> Bench:
    return Bench(weak_parallel=2.0)


def parallel_run(weak, pending) -> ShortTaskAttempt:
    assert weak.due() == 102.0
    weak.now = 102.0
    assert weak.list.parallel(weak.now) == [pending]
    run = weak.list.begin(pending, weak.now, FIRST, READ_WRITE)
    weak.list.sent(run, weak.now)
    return run


def test_on_a_weak_network_a_second_attempt_runs_beside_the_first(weak):
    pending = weak.add(retries=1, timeout=600.0)
    first = weak.send(pending)
    second = parallel_run(weak, pending)
    assert pending.retries_left == 0
    assert second.hosts[0] == "b.example"
    assert weak.list.runs(pending.task.task_id) == (first, second)
    assert weak.list.parallel(weak.now + 5.0) == []
    weak.part(first, 10)
    weak.list.finish(first)
    assert pending.attempt is first.attempt
    assert len(weak.list) == 0


def test_of_two_attempts_one_may_fail(weak):
    pending = weak.add(retries=1, timeout=600.0)
    first = weak.send(pending)
    second = parallel_run(weak, pending)
    assert weak.fail(first) is None
    assert pending.attempt is second.attempt
    assert first.attempt.error_code == -10090
    assert isinstance(weak.fail(second), End)


def test_of_two_attempts_each_has_time_outs_of_its_own(weak):
    pending = weak.add(retries=1, timeout=600.0)
    first = weak.send(pending)
    second = parallel_run(weak, pending)
    assert weak.to(100.0 + FIRST) == [(first, None)]
    ((run, action),) = weak.to(102.0 + FIRST)
    assert run is second
    assert isinstance(action, End)


@pytest.mark.parametrize(
    "fields",
    [
        {"long_polling": True, "long_polling_timeout": 60.0},
        {"server_process_cost": 3.0},
        {"retries": 0},
    ],
)
def test_no_second_attempt_where_slowness_is_meant_or_no_retry_is_left(weak, fields):
    weak.send(weak.add(timeout=600.0, **fields))
    assert weak.list.parallel(weak.now + 11.0) == []


def test_no_second_attempt_once_the_answer_began(weak):
    run = weak.send(weak.add(timeout=600.0))
    weak.part(run, 1)
    assert weak.list.parallel(weak.now + 5.0) == []


def test_no_second_attempt_when_it_is_switched_off():
    bench = Bench(weak_parallel=0.0)
    bench.send(bench.add(timeout=600.0))
    assert bench.list.parallel(bench.now + 5.0) == []
    assert bench.due() == 100.0 + FIRST


# -- bookkeeping --------------------------------------------------------------------------------


def test_the_counts_hold_whatever_happens():
    rng = random.Random(11)
    bench = Bench(weak_parallel=2.0, max_running=5)
    runs: list[ShortTaskAttempt] = []
    for _ in range(5_000):
        bench.now += rng.random()
        choice = rng.randrange(9)
        if choice <= 2:
            bench.add(
                retries=rng.randrange(3),
                timeout=rng.uniform(1.0, 60.0),
                priority=rng.choice(list(Priority)),
                long_polling=rng.random() < 0.2,
                long_polling_timeout=30.0,
            )
        elif choice == 3 and (ready := bench.ready()):
            runs.append(bench.send(rng.choice(ready)))
        elif choice == 4 and runs:
            bench.part(rng.choice(runs), rng.randrange(1000))
        elif choice == 5 and runs:
            run = rng.choice(runs)
            rng.choice((bench.fail, bench.list.finish))(run)
        elif choice == 6 and len(bench.list):
            bench.list.remove(rng.choice(list(bench.list)).task.task_id)
        elif choice == 7:
            bench.expire()
            for pending in bench.list.parallel(bench.now):
                run = bench.list.begin(pending, bench.now, FIRST, READ_WRITE)
                bench.list.sent(run, bench.now)
        elif rng.random() < 0.05:
            bench.list.redo(bench.now)
        pending_tasks = list(bench.list)
        runs = [run for pending in pending_tasks for run in bench.list.runs(pending.task.task_id)]
        running = [pending for pending in pending_tasks if pending.running]
        assert {run.pending for run in runs} == set(running)
        assert bench.list.running == sum(not pending.task.long_polling for pending in running)
        assert bench.list.waiting == len(pending_tasks) - len(running)
        assert all(bench.list.waits(pending) != pending.running for pending in pending_tasks)
        ready = bench.ready()
        assert [each.task.priority for each in ready] == sorted(
            each.task.priority for each in ready
        )
