"""Zombie tasks, in virtual time."""

from __future__ import annotations

from netcore.policy.zombie import Zombie, Zombies
from netcore.runtime.clock import NEVER


def zombies(*parked: tuple[int, int, float, float]) -> Zombies[str]:
    """Those resting: (id, priority, deadline, since)."""
    policy: Zombies[str] = Zombies(0.0)
    for task_id, priority, deadline, since in parked:
        assert policy.rest(f"task {task_id}", task_id, priority, deadline, since)
    return policy


def ids(parked: list[Zombie[str]]) -> list[int]:
    return [each.task_id for each in parked]


def test_one_without_time_left_is_not_taken():
    policy: Zombies[str] = Zombies(0.0)
    assert not policy.rest("task", 1, 3, 10.0, 10.0)
    assert not policy.rest("task", 1, 3, 10.0, 9.95)
    assert len(policy) == 0
    assert policy.rest("task", 1, 3, 10.0, 9.85)


def test_hope_starts_all_by_priority():
    policy = zombies((1, 3, 99.0, 0.0), (2, 0, 99.0, 1.0), (3, 3, 99.0, 2.0))
    woken = policy.wake(3.0)
    assert ids(woken.revived) == [2, 1, 3]
    assert woken.ended == []
    assert len(policy) == 0


def test_hope_that_comes_too_late_ends_them():
    policy = zombies((1, 3, 10.0, 0.0), (2, 3, 20.0, 0.0))
    woken = policy.wake(10.0)
    assert (ids(woken.revived), ids(woken.ended)) == ([2], [1])


def test_after_a_minute_of_rest_and_without_other_starts_it_is_started():
    policy = zombies((1, 3, 999.0, 10.0))
    assert policy.due == 70.0
    assert ids(policy.poll(69.9).revived) == []
    assert ids(policy.poll(70.0).revived) == [1]
    assert policy.due == NEVER


def test_another_task_started_puts_it_off():
    policy = zombies((1, 3, 999.0, 0.0))
    policy.started(50.0)
    assert policy.due == 110.0
    assert ids(policy.poll(109.0).revived) == []
    assert ids(policy.poll(110.0).revived) == [1]


def test_it_ends_when_its_own_time_is_over():
    policy = zombies((1, 3, 30.0, 0.0))
    assert policy.due == 30.0
    assert ids(policy.poll(29.9).ended) == []
    assert ids(policy.poll(30.0).ended) == [1]


def test_it_can_be_taken_back():
    policy = zombies((1, 3, 30.0, 0.0), (2, 3, 30.0, 0.0))
    assert 1 in policy
    assert policy.remove(1) == "task 1"
    assert policy.remove(1) is None
    assert policy.clear() == ["task 2"]
    assert policy.due == NEVER
