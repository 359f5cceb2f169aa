"""The task list of a long link, in virtual time."""

from __future__ import annotations

import pytest

from netcore.errors import DisconnectReason, ErrorType, FailHandle, Failure, LocalCode, TimeoutCode
from netcore.links.decisions import End, Retry
from netcore.links.pending_task import PendingTask
from netcore.longlink.tasks import Action, Disconnect, TaskList
from netcore.runtime.clock import NEVER
from netcore.task import Priority, Task

FIRST, READ_WRITE, PACKAGE = 12.0, 37.0, 8.0


def pending(
    task_id: int,
    now: float = 0.0,
    *,
    timeout: float = 60.0,
    retries: int = 1,
    priority: Priority = Priority.NORMAL,
    user_id: str = "",
) -> PendingTask:
    task = Task(cmdid=3, task_id=task_id, priority=priority, user_id=user_id)
    return PendingTask(task, now, timeout, retries)


def running(tasks: TaskList, *pending_tasks: PendingTask, now: float = 0.0) -> None:
    for each in pending_tasks:
        tasks.add(each)
        tasks.sent(each, now, FIRST, READ_WRITE)


def ids(pending_tasks: list[PendingTask]) -> list[int]:
    return [each.task.task_id for each in pending_tasks]


def ends(actions: list[Action]) -> list[tuple[int, int, int]]:
    return [
        (each.pending.task.task_id, each.failure.type, each.failure.code)
        for each in actions
        if isinstance(each, End)
    ]


def retried(actions: list[Action]) -> list[int]:
    return [each.pending.task.task_id for each in actions if isinstance(each, Retry)]


def cuts(actions: list[Action]) -> list[DisconnectReason]:
    return [each.reason for each in actions if isinstance(each, Disconnect)]


def test_tasks_go_out_by_priority_and_then_by_age():
    tasks = TaskList()
    tasks.add(pending(1))
    tasks.add(pending(2, priority=Priority.LOWEST))
    tasks.add(pending(3, priority=Priority.HIGHEST))
    tasks.add(pending(4))
    assert ids(tasks.ready(0.0)) == [3, 1, 4, 2]


def test_a_sent_task_is_running_and_no_longer_ready():
    tasks = TaskList()
    one = pending(1)
    running(tasks, one)
    assert (tasks.running, tasks.waiting) == (1, 0)
    assert tasks.ready(0.0) == []


def test_an_answer_ends_the_task():
    tasks = TaskList()
    one = pending(1)
    running(tasks, one)
    tasks.finish(one)
    assert len(tasks) == 0
    assert tasks.next_deadline() == NEVER


def test_the_first_package_time_out_fails_the_batch_and_cuts_the_link():
    tasks = TaskList()
    running(tasks, pending(1), pending(2, retries=0))
    assert tasks.expire(11.9, PACKAGE) == []
    actions = tasks.expire(12.0, PACKAGE)
    assert retried(actions) == [1]
    assert ends(actions) == [(2, ErrorType.NET_MSG_XP, TimeoutCode.FIRST_PACKAGE)]
    assert cuts(actions) == [DisconnectReason.TASK_TIMEOUT]


def test_in_a_batch_only_the_task_that_caused_it_gets_the_code():
    tasks = TaskList()
    slow, other = pending(1, retries=0), pending(2, retries=0)
    running(tasks, slow)
    running(tasks, other, now=5.0)
    actions = tasks.expire(12.0, PACKAGE)
    assert ends(actions) == [
        (1, ErrorType.NET_MSG_XP, TimeoutCode.FIRST_PACKAGE),
        (2, ErrorType.NET_MSG_XP, 0),
    ]


def test_once_bytes_came_the_package_package_time_out_counts():
    tasks = TaskList()
    one = pending(1, retries=0)
    running(tasks, one)
    assert tasks.received_part(1, 30, 11.0, PACKAGE)
    assert tasks.next_deadline() == 19.0
    assert tasks.expire(18.9, PACKAGE) == []
    actions = tasks.expire(19.0, PACKAGE)
    assert ends(actions) == [(1, ErrorType.NET_MSG_XP, TimeoutCode.PACKAGE_PACKAGE)]


def test_the_read_write_time_out_ends_an_answer_that_never_ends():
    tasks = TaskList()
    one = pending(1, retries=0)
    running(tasks, one)
    for second in range(5, 36, 5):
        tasks.received_part(1, second, float(second), PACKAGE)
        assert tasks.expire(float(second), PACKAGE) == []
    tasks.received_part(1, 100, 36.0, PACKAGE)
    assert tasks.next_deadline() == 37.0
    actions = tasks.expire(37.0, PACKAGE)
    assert ends(actions) == [(1, ErrorType.NET_MSG_XP, TimeoutCode.READ_WRITE)]


def test_the_task_time_out_ends_a_task_for_good_whatever_its_retries():
    tasks = TaskList()
    one = pending(1, timeout=5.0, retries=10)
    running(tasks, one, pending(2))
    actions = tasks.expire(5.0, PACKAGE)
    assert ends(actions) == [(1, ErrorType.LOCAL, LocalCode.TASK_TIMEOUT)]
    assert retried(actions) == [2]
    assert cuts(actions) == [DisconnectReason.TASK_TIMEOUT]


def test_a_waiting_task_times_out_without_cutting_the_link():
    tasks = TaskList()
    tasks.add(pending(1, timeout=5.0))
    actions = tasks.expire(5.0, PACKAGE)
    assert ends(actions) == [(1, ErrorType.LOCAL, LocalCode.TASK_TIMEOUT)]
    assert cuts(actions) == []


def test_retries_wait_a_second_after_a_batch_error_but_new_tasks_do_not():
    tasks = TaskList()
    running(tasks, pending(1))
    tasks.fail_batch(Failure(ErrorType.SOCKET, -1), FailHandle.DEFAULT, 10.0)
    tasks.add(pending(2, 10.0))
    assert ids(tasks.ready(10.5)) == [2]
    assert tasks.retry_at(now=10.5) == 11.0
    assert tasks.retry_at(now=11.0) == float("inf")
    assert ids(tasks.ready(11.0)) == [1, 2]


def test_a_new_connection_lifts_the_retry_interval():
    tasks = TaskList()
    running(tasks, pending(1))
    tasks.fail_batch(Failure(ErrorType.SOCKET, -1), FailHandle.DEFAULT, 10.0)
    assert ids(tasks.ready(10.2)) == []
    tasks.link_up()
    assert ids(tasks.ready(10.2)) == [1]


def test_a_success_lifts_the_retry_interval():
    tasks = TaskList()
    one, two = pending(1), pending(2)
    running(tasks, one)
    tasks.fail_batch(Failure(ErrorType.SOCKET, -1), FailHandle.DEFAULT, 10.0)
    running(tasks, two, now=10.1)
    tasks.finish(two)
    assert ids(tasks.ready(10.2)) == [1]
    assert tasks.continuous_failures == 0


def test_a_dead_link_fails_running_tasks_only():
    tasks = TaskList()
    running(tasks, pending(1, retries=0))
    tasks.add(pending(2, retries=0))
    actions = tasks.fail_batch(Failure(ErrorType.SOCKET, 104), FailHandle.DEFAULT, 1.0)
    assert ends(actions) == [(1, ErrorType.SOCKET, 104)]
    assert cuts(actions) == []
    assert 2 in tasks


def test_a_task_ends_when_its_retries_are_used_up():
    tasks = TaskList()
    one = pending(1, retries=2)
    running(tasks, one)
    for turn in range(2):
        actions = tasks.fail_batch(Failure(ErrorType.SOCKET, 104), FailHandle.DEFAULT, float(turn))
        assert retried(actions) == [1]
        tasks.sent(one, float(turn), FIRST, READ_WRITE)
    assert ends(tasks.fail_batch(Failure(ErrorType.SOCKET, 104), FailHandle.DEFAULT, 3.0)) == [
        (1, ErrorType.SOCKET, 104)
    ]
    assert [attempt.error_code for attempt in one.profile.attempts] == [104, 104, 104]


@pytest.mark.parametrize("handle", [FailHandle.SESSION_TIMEOUT, FailHandle.RETRY_ALL_TASKS])
def test_a_session_time_out_sends_all_again_at_once_on_a_new_connection(handle: FailHandle):
    tasks = TaskList()
    running(tasks, pending(1), pending(2))
    actions = tasks.fail_batch(Failure(ErrorType.EN_DECODE, -13), handle, 1.0, source=1)
    assert retried(actions) == [1, 2]
    assert cuts(actions) == [DisconnectReason.DECODE_ERR]
    assert ids(tasks.ready(1.0)) == [1, 2]


def test_task_end_ends_it_whatever_its_retries():
    tasks = TaskList()
    one = pending(1, retries=5)
    running(tasks, one)
    action = tasks.fail(one, Failure(ErrorType.EN_DECODE, 7), FailHandle.TASK_END, 1.0)
    assert ends([action]) == [(1, ErrorType.EN_DECODE, 7)]


def test_redo_takes_running_tasks_back_without_waiting():
    tasks = TaskList()
    running(tasks, pending(1), pending(2, retries=0))
    actions = tasks.redo(1.0)
    assert retried(actions) == [1]
    assert ends(actions) == [(2, ErrorType.LOCAL, LocalCode.CANCEL)]
    assert ids(tasks.ready(1.0)) == [1]


def test_bytes_that_waited_for_the_socket_start_the_time_outs_again():
    tasks = TaskList()
    running(tasks, pending(1))
    tasks.wrote(1, 10.0)
    assert tasks.next_deadline() == 22.0


def test_after_a_sleep_running_tasks_get_the_probes_time():
    tasks = TaskList()
    one = pending(1, timeout=60.0)
    running(tasks, one)
    tasks.extend(602.0)
    assert tasks.expire(600.0, PACKAGE) == []
    assert cuts(tasks.expire(602.0, PACKAGE)) == [DisconnectReason.TASK_TIMEOUT]


def test_a_removed_task_is_forgotten():
    tasks = TaskList()
    running(tasks, pending(1))
    tasks.add(pending(2))
    assert tasks.remove(1) is not None
    assert tasks.remove(2) is not None
    assert tasks.remove(3) is None
    assert (len(tasks), tasks.running, tasks.waiting) == (0, 0, 0)


# -- each number, from a moment that is not zero


NOW = 100.0


def test_a_sent_task_is_due_at_the_sooner_of_its_two_time_outs():
    tasks = TaskList()
    one, two = pending(1, NOW), pending(2, NOW)
    running(tasks, one, now=NOW)
    assert one.attempt.send_start == NOW
    assert tasks.next_deadline() == NOW + FIRST
    tasks.add(two)
    tasks.sent(two, NOW, 50.0, 9.0)
    assert tasks.next_deadline() == NOW + 9.0
    actions = tasks.expire(NOW + 9.0, PACKAGE)
    assert retried(actions) == [1, 2]
    assert two.profile.attempts[0].error_code == TimeoutCode.READ_WRITE
    assert one.profile.attempts[0].error_code == 0


def test_a_time_out_strikes_neither_before_its_moment_nor_after_another():
    for at, expected in ((11.99, None), (12.0, TimeoutCode.FIRST_PACKAGE)):
        tasks = TaskList()
        running(tasks, pending(1, NOW, retries=0), now=NOW)
        ended = ends(tasks.expire(NOW + at, PACKAGE))
        assert [code for _, _, code in ended] == ([] if expected is None else [expected])
    for at, expected in ((36.99, None), (37.0, TimeoutCode.READ_WRITE)):
        tasks = TaskList()
        running(tasks, pending(1, NOW, retries=0), now=NOW)
        tasks.received_part(1, 1, NOW + 36.5, PACKAGE)
        ended = ends(tasks.expire(NOW + at, PACKAGE))
        assert [code for _, _, code in ended] == ([] if expected is None else [expected])


def test_a_part_notes_when_the_first_and_the_last_came_and_how_much():
    tasks = TaskList()
    one = pending(1, NOW)
    tasks.add(one)
    assert not tasks.received_part(1, 5, NOW, PACKAGE)  # it was not even sent
    assert not tasks.received_part(2, 5, NOW, PACKAGE)
    assert one.attempt.first_package == 0.0
    tasks.sent(one, NOW, FIRST, READ_WRITE)
    assert tasks.received_part(1, 5, NOW + 1, PACKAGE)
    assert tasks.received_part(1, 9, NOW + 3, PACKAGE)
    attempt = one.attempt
    assert (attempt.first_package, attempt.last_package) == (NOW + 1, NOW + 3)
    assert attempt.received_bytes == 9


def test_bytes_that_waited_restart_the_time_outs_of_a_running_task_alone():
    tasks = TaskList()
    one, two = pending(1, NOW), pending(2, NOW)
    running(tasks, one, now=NOW)
    tasks.add(two)
    for task_id in (1, 2, 3):
        tasks.wrote(task_id, NOW + 10)
    assert one.attempt.send_start == NOW + 10
    assert (two.attempt.send_start, two.due) == (0.0, NEVER)
    assert tasks.expire(NOW + 21.9, PACKAGE) == []
    assert retried(tasks.expire(NOW + 22.0, PACKAGE)) == [1]


def test_a_failed_attempt_is_closed_and_another_begins():
    tasks = TaskList()
    one = pending(1, NOW)
    running(tasks, one, now=NOW)
    one.body = b"encoded for the first attempt"
    tasks.fail(one, Failure(ErrorType.SOCKET, 104), FailHandle.DEFAULT, NOW + 5)
    first, second = one.profile.attempts
    assert (first.end, first.error_type, first.error_code) == (NOW + 5, ErrorType.SOCKET, 104)
    assert one.attempt is second
    assert (second.queued, second.send_start, one.body, one.due) == (NOW + 5, 0.0, None, NEVER)
    assert (one.running, tasks.running, tasks.waiting) == (False, 0, 1)
    assert tasks.next_deadline() == one.deadline


def test_failures_are_counted_until_one_is_answered():
    tasks = TaskList()
    one, two = pending(1), pending(2)
    running(tasks, one, two)
    tasks.fail_batch(Failure(ErrorType.SOCKET, 104), FailHandle.DEFAULT, 1.0)
    assert tasks.continuous_failures == 2
    running(tasks, one)
    tasks.finish(one)
    assert tasks.continuous_failures == 0


def test_a_retry_takes_its_turn_by_priority_again():
    tasks = TaskList()
    first, plain, urgent = pending(1), pending(2), pending(3, priority=Priority.HIGHEST)
    running(tasks, first, urgent)
    tasks.add(plain)
    tasks.redo(1.0)
    assert ids(tasks.ready(1.0)) == [3, 2, 1]


@pytest.mark.parametrize(
    ("error_type", "cut"),
    [
        (ErrorType.EN_DECODE, [DisconnectReason.DECODE_ERR]),
        (ErrorType.LOCAL, [DisconnectReason.DECODE_ERR]),
        (ErrorType.NET_MSG_XP, [DisconnectReason.TASK_TIMEOUT]),
        (ErrorType.SOCKET, []),
        (ErrorType.DNS, []),
        (ErrorType.CANCELED, []),
    ],
)
def test_a_batch_error_cuts_the_link_unless_the_link_said_it(
    error_type: ErrorType, cut: list[DisconnectReason]
):
    tasks = TaskList()
    running(tasks, pending(1))
    assert cuts(tasks.fail_batch(Failure(error_type, 1), FailHandle.DEFAULT, 1.0)) == cut


def test_an_error_of_our_own_or_without_a_task_left_holds_no_retry_back():
    tasks = TaskList()
    running(tasks, pending(1))
    tasks.fail_batch(Failure(ErrorType.LOCAL, -2), FailHandle.DEFAULT, 10.0)
    assert ids(tasks.ready(10.0)) == [1]
    empty = TaskList()
    running(empty, pending(1, retries=0))
    empty.fail_batch(Failure(ErrorType.SOCKET, 104), FailHandle.DEFAULT, 10.0)
    late = pending(2)
    running(empty, late)
    empty.fail(late, Failure(ErrorType.SOCKET, 104), FailHandle.DEFAULT, 10.1)
    assert ids(empty.ready(10.1)) == [2]


def test_all_or_the_running_ones_can_be_failed():
    tasks = TaskList()
    running(tasks, pending(1, retries=0))
    tasks.add(pending(2, retries=0))
    actions = tasks.fail_batch(
        Failure(ErrorType.LOCAL, LocalCode.RESET), FailHandle.TASK_END, 1.0, running_only=False
    )
    assert [task_id for task_id, _, _ in ends(actions)] == [1, 2]


def test_clearing_gives_all_back_and_forgets_them():
    tasks = TaskList()
    one, two = pending(1), pending(2)
    running(tasks, one)
    tasks.add(two)
    assert tasks.clear() == [one, two]
    assert (len(tasks), tasks.running, tasks.waiting, tasks.ready(0.0)) == (0, 0, 0, [])


def test_how_many_run_and_wait():
    tasks = TaskList()
    running(tasks, pending(1), pending(2))
    tasks.add(pending(3))
    assert (len(tasks), tasks.running, tasks.waiting) == (3, 2, 1)


def test_a_deadline_before_the_time_outs_comes_first():
    tasks = TaskList()
    running(tasks, pending(1, NOW, timeout=5.0), now=NOW)
    assert tasks.next_deadline() == NOW + 5.0
    waiting = TaskList()
    waiting.add(pending(1, NOW, timeout=50.0))
    assert waiting.next_deadline() == NOW + 50.0


def test_after_a_sleep_in_the_middle_of_an_answer_all_time_outs_move():
    tasks = TaskList()
    one = pending(1, NOW, timeout=60.0)
    running(tasks, one, now=NOW)
    tasks.received_part(1, 10, NOW + 2, PACKAGE)
    until = NOW + 602.0
    tasks.extend(until)
    assert tasks.next_deadline() == until
    assert one.deadline == until
    assert tasks.expire(until - 0.1, PACKAGE) == []
    tasks.received_part(1, 20, until - 0.05, PACKAGE)  # it lives: the whole answer has time again
    assert tasks.next_deadline() == until
    assert one.attempt.read_write_timeout == READ_WRITE + 592.0
    fresh = TaskList()
    late = pending(1, NOW, timeout=900.0)
    running(fresh, late, now=NOW)
    fresh.extend(NOW + 5.0)  # sooner than its time-outs: nothing moves
    assert fresh.next_deadline() == NOW + FIRST
    assert late.attempt.first_package_timeout == FIRST


def test_a_running_task_s_own_end_cuts_the_link_but_no_package_time_out_with_it_is_lost():
    tasks = TaskList()
    running(tasks, pending(1, NOW, timeout=12.0), pending(2, NOW), now=NOW)
    actions = tasks.expire(NOW + 12.0, PACKAGE)
    assert ends(actions) == [(1, ErrorType.LOCAL, LocalCode.TASK_TIMEOUT)]
    [other] = [each for each in actions if isinstance(each, Retry)]
    assert (other.failure.type, other.failure.code) == (
        ErrorType.NET_MSG_XP,
        TimeoutCode.FIRST_PACKAGE,
    )
    assert cuts(actions) == [DisconnectReason.TASK_TIMEOUT]
