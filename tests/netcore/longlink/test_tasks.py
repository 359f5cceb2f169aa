"""The task list of a long link, in virtual time."""

from __future__ import annotations

import pytest

from netcore.errors import DisconnectReason, ErrorType, FailHandle, LocalCode, TimeoutCode
from netcore.longlink.entry import NEVER, Entry
from netcore.longlink.tasks import Action, Disconnect, End, Retry, TaskList
from netcore.task import Priority, Task

FIRST, READ_WRITE, PACKAGE = 12.0, 37.0, 8.0


def entry(
    task_id: int,
    now: float = 0.0,
    *,
    timeout: float = 60.0,
    retries: int = 1,
    priority: Priority = Priority.NORMAL,
    user_id: str = "",
) -> Entry:
    task = Task(cmdid=3, task_id=task_id, priority=priority, user_id=user_id)
    return Entry(task, now, timeout, retries)


def running(tasks: TaskList, *entries: Entry, now: float = 0.0) -> None:
    for each in entries:
        tasks.add(each)
        tasks.sent(each, now, FIRST, READ_WRITE)


def ids(entries: list[Entry]) -> list[int]:
    return [each.task.task_id for each in entries]


def ends(actions: list[Action]) -> list[tuple[int, int, int]]:
    return [
        (each.entry.task.task_id, each.type, each.code) for each in actions if isinstance(each, End)
    ]


def retried(actions: list[Action]) -> list[int]:
    return [each.entry.task.task_id for each in actions if isinstance(each, Retry)]


def cuts(actions: list[Action]) -> list[DisconnectReason]:
    return [each.reason for each in actions if isinstance(each, Disconnect)]


def test_tasks_go_out_by_priority_and_then_by_age():
    tasks = TaskList()
    tasks.add(entry(1))
    tasks.add(entry(2, priority=Priority.LOWEST))
    tasks.add(entry(3, priority=Priority.HIGHEST))
    tasks.add(entry(4))
    assert ids(tasks.ready(0.0)) == [3, 1, 4, 2]


def test_a_sent_task_is_running_and_no_longer_ready():
    tasks = TaskList()
    one = entry(1)
    running(tasks, one)
    assert (tasks.running, tasks.waiting) == (1, 0)
    assert tasks.ready(0.0) == []


def test_an_answer_ends_the_task():
    tasks = TaskList()
    one = entry(1)
    running(tasks, one)
    tasks.finish(one)
    assert len(tasks) == 0
    assert tasks.next_deadline() == NEVER


def test_the_first_package_time_out_fails_the_batch_and_cuts_the_link():
    tasks = TaskList()
    running(tasks, entry(1), entry(2, retries=0))
    assert tasks.expire(11.9, PACKAGE) == []
    actions = tasks.expire(12.0, PACKAGE)
    assert retried(actions) == [1]
    assert ends(actions) == [(2, ErrorType.NET_MSG_XP, TimeoutCode.FIRST_PACKAGE)]
    assert cuts(actions) == [DisconnectReason.TASK_TIMEOUT]


def test_in_a_batch_only_the_task_that_caused_it_gets_the_code():
    tasks = TaskList()
    slow, other = entry(1, retries=0), entry(2, retries=0)
    running(tasks, slow)
    running(tasks, other, now=5.0)
    actions = tasks.expire(12.0, PACKAGE)
    assert ends(actions) == [
        (1, ErrorType.NET_MSG_XP, TimeoutCode.FIRST_PACKAGE),
        (2, ErrorType.NET_MSG_XP, 0),
    ]


def test_once_bytes_came_the_package_package_time_out_counts():
    tasks = TaskList()
    one = entry(1, retries=0)
    running(tasks, one)
    assert tasks.received_part(1, 30, 11.0, PACKAGE)
    assert tasks.next_deadline() == 19.0
    assert tasks.expire(18.9, PACKAGE) == []
    actions = tasks.expire(19.0, PACKAGE)
    assert ends(actions) == [(1, ErrorType.NET_MSG_XP, TimeoutCode.PACKAGE_PACKAGE)]


def test_the_read_write_time_out_ends_an_answer_that_never_ends():
    tasks = TaskList()
    one = entry(1, retries=0)
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
    one = entry(1, timeout=5.0, retries=10)
    running(tasks, one, entry(2))
    actions = tasks.expire(5.0, PACKAGE)
    assert ends(actions) == [(1, ErrorType.LOCAL, LocalCode.TASK_TIMEOUT)]
    assert retried(actions) == [2]
    assert cuts(actions) == [DisconnectReason.TASK_TIMEOUT]


def test_a_waiting_task_times_out_without_cutting_the_link():
    tasks = TaskList()
    tasks.add(entry(1, timeout=5.0))
    actions = tasks.expire(5.0, PACKAGE)
    assert ends(actions) == [(1, ErrorType.LOCAL, LocalCode.TASK_TIMEOUT)]
    assert cuts(actions) == []


def test_retries_wait_a_second_after_a_batch_error_but_new_tasks_do_not():
    tasks = TaskList()
    running(tasks, entry(1))
    tasks.fail_batch(ErrorType.SOCKET, -1, FailHandle.DEFAULT, 10.0)
    tasks.add(entry(2, 10.0))
    assert ids(tasks.ready(10.5)) == [2]
    assert tasks.retry_at(now=10.5) == 11.0
    assert tasks.retry_at(now=11.0) == float("inf")
    assert ids(tasks.ready(11.0)) == [1, 2]


def test_a_new_connection_lifts_the_retry_interval():
    tasks = TaskList()
    running(tasks, entry(1))
    tasks.fail_batch(ErrorType.SOCKET, -1, FailHandle.DEFAULT, 10.0)
    assert ids(tasks.ready(10.2)) == []
    tasks.link_up()
    assert ids(tasks.ready(10.2)) == [1]


def test_a_success_lifts_the_retry_interval():
    tasks = TaskList()
    one, two = entry(1), entry(2)
    running(tasks, one)
    tasks.fail_batch(ErrorType.SOCKET, -1, FailHandle.DEFAULT, 10.0)
    running(tasks, two, now=10.1)
    tasks.finish(two)
    assert ids(tasks.ready(10.2)) == [1]
    assert tasks.continuous_failures == 0


def test_a_dead_link_fails_running_tasks_only():
    tasks = TaskList()
    running(tasks, entry(1, retries=0))
    tasks.add(entry(2, retries=0))
    actions = tasks.fail_batch(ErrorType.SOCKET, 104, FailHandle.DEFAULT, 1.0)
    assert ends(actions) == [(1, ErrorType.SOCKET, 104)]
    assert cuts(actions) == []
    assert 2 in tasks


def test_a_task_ends_when_its_retries_are_used_up():
    tasks = TaskList()
    one = entry(1, retries=2)
    running(tasks, one)
    for turn in range(2):
        actions = tasks.fail_batch(ErrorType.SOCKET, 104, FailHandle.DEFAULT, float(turn))
        assert retried(actions) == [1]
        tasks.sent(one, float(turn), FIRST, READ_WRITE)
    assert ends(tasks.fail_batch(ErrorType.SOCKET, 104, FailHandle.DEFAULT, 3.0)) == [
        (1, ErrorType.SOCKET, 104)
    ]
    assert [attempt.error_code for attempt in one.profile.attempts] == [104, 104, 104]


@pytest.mark.parametrize("handle", [FailHandle.SESSION_TIMEOUT, FailHandle.RETRY_ALL_TASKS])
def test_a_session_time_out_sends_all_again_at_once_on_a_new_connection(handle: FailHandle):
    tasks = TaskList()
    running(tasks, entry(1), entry(2))
    actions = tasks.fail_batch(ErrorType.EN_DECODE, -13, handle, 1.0, source=1)
    assert retried(actions) == [1, 2]
    assert cuts(actions) == [DisconnectReason.DECODE_ERR]
    assert ids(tasks.ready(1.0)) == [1, 2]


def test_only_the_users_own_tasks_are_sent_again():
    tasks = TaskList()
    running(tasks, entry(1, user_id="ann"), entry(2, user_id="bob"))
    actions = tasks.fail_batch(
        ErrorType.EN_DECODE, 0, FailHandle.SESSION_TIMEOUT, 1.0, user_id="ann"
    )
    assert retried(actions) == [1]


def test_task_end_ends_it_whatever_its_retries():
    tasks = TaskList()
    one = entry(1, retries=5)
    running(tasks, one)
    action = tasks.fail(one, ErrorType.EN_DECODE, 7, FailHandle.TASK_END, 1.0)
    assert ends([action]) == [(1, ErrorType.EN_DECODE, 7)]


def test_redo_takes_running_tasks_back_without_waiting():
    tasks = TaskList()
    running(tasks, entry(1), entry(2, retries=0))
    actions = tasks.redo(1.0)
    assert retried(actions) == [1]
    assert ends(actions) == [(2, ErrorType.LOCAL, LocalCode.CANCEL)]
    assert ids(tasks.ready(1.0)) == [1]


def test_bytes_that_waited_for_the_socket_start_the_time_outs_again():
    tasks = TaskList()
    running(tasks, entry(1))
    tasks.wrote(1, 10.0)
    assert tasks.next_deadline() == 22.0


def test_after_a_sleep_running_tasks_get_the_probes_time():
    tasks = TaskList()
    one = entry(1, timeout=60.0)
    running(tasks, one)
    tasks.extend(602.0)
    assert tasks.expire(600.0, PACKAGE) == []
    assert cuts(tasks.expire(602.0, PACKAGE)) == [DisconnectReason.TASK_TIMEOUT]


def test_a_removed_task_is_forgotten():
    tasks = TaskList()
    running(tasks, entry(1))
    tasks.add(entry(2))
    assert tasks.remove(1) is not None
    assert tasks.remove(2) is not None
    assert tasks.remove(3) is None
    assert (len(tasks), tasks.running, tasks.waiting) == (0, 0, 0)
