"""Which link carries a task, and whether it may start at all."""

from __future__ import annotations

import pytest

from netcore.engine.routing import (
    choose_channel,
    recovery_channel,
    task_timeout,
    usable_channels,
    validate,
)
from netcore.errors import LocalCode
from netcore.settings import TaskLimits
from netcore.task import Channel, ChannelStrategy, Task

NOTHING = Channel(0)


def choose(
    channel: Channel,
    *,
    up: bool = True,
    tasks: int = 0,
    minor: bool = False,
    strategy: ChannelStrategy = ChannelStrategy.NORMAL,
) -> Channel:
    return choose_channel(
        Task(strategy=strategy),
        channel,
        longlink_up=up,
        longlink_tasks=tasks,
        minor_free=lambda _: minor,
    )


@pytest.mark.parametrize(
    ("channel", "up", "minor", "chosen"),
    [
        (Channel.SHORT, True, True, Channel.SHORT),
        (Channel.LONG, False, True, Channel.LONG),
        (Channel.BOTH, True, True, Channel.LONG),
        (Channel.BOTH, False, True, Channel.SHORT),
        (Channel.MINOR_LONG, False, False, Channel.MINOR_LONG),
        (Channel.NORMAL, True, True, Channel.MINOR_LONG),
        (Channel.NORMAL, True, False, Channel.SHORT),
        (Channel.ALL, True, True, Channel.MINOR_LONG),
        (Channel.ALL, True, False, Channel.LONG),
        (Channel.ALL, False, False, Channel.SHORT),
        (Channel.LONG | Channel.MINOR_LONG, True, False, Channel.LONG),
        (NOTHING, True, True, NOTHING),
    ],
)
def test_the_table(channel: Channel, up: bool, minor: bool, chosen: Channel):
    assert choose(channel, up=up, minor=minor) is chosen


def test_fast_takes_the_long_link_only_when_nothing_is_on_it():
    fast = ChannelStrategy.FAST
    assert choose(Channel.BOTH, tasks=0, strategy=fast) is Channel.LONG
    assert choose(Channel.BOTH, tasks=1, strategy=fast) is Channel.SHORT
    assert choose(Channel.LONG, tasks=1, strategy=fast) is Channel.LONG
    assert choose(Channel.BOTH, tasks=9) is Channel.LONG


@pytest.mark.parametrize(
    ("task", "usable"),
    [
        (Task(cmdid=3, cgi="/x"), Channel.BOTH),
        (Task(cmdid=3), Channel.LONG),
        (Task(cgi="/x"), Channel.SHORT),
        (Task(), NOTHING),
        (Task(cmdid=3, cgi="/x", send_only=True), Channel.LONG),
        (Task(cmdid=3, cgi="/x", channel=Channel.ALL), Channel.ALL),
        (Task(cgi="/x", channel=Channel.ALL), Channel.NORMAL),
        (Task(cmdid=3, channel=Channel.SHORT), NOTHING),
    ],
)
def test_a_channel_whose_need_is_not_met_drops_out(task: Task, usable: Channel):
    assert usable_channels(task) is usable


def test_links_that_are_not_there_drop_out():
    task = Task(cmdid=3, cgi="/x", channel=Channel.ALL)
    assert usable_channels(task, long=False) is Channel.SHORT
    assert usable_channels(task, short=False) == Channel.LONG | Channel.MINOR_LONG
    assert usable_channels(task, long=False, short=False) is NOTHING


@pytest.mark.parametrize(
    ("used", "up", "left", "other"),
    [
        (Channel.LONG, True, 0, Channel.SHORT),
        (Channel.LONG, False, 0, Channel.SHORT),
        (Channel.SHORT, True, 0, Channel.LONG),
        (Channel.SHORT, False, 0, NOTHING),
        (Channel.LONG, True, 1, NOTHING),
    ],
)
def test_disaster_recovery_changes_over_for_the_last_attempt(
    used: Channel, up: bool, left: int, other: Channel
):
    task = Task(strategy=ChannelStrategy.DISASTER_RECOVERY)
    assert recovery_channel(task, Channel.BOTH, used, retries_left=left, longlink_up=up) == other
    calm = Task()
    stays = recovery_channel(calm, Channel.BOTH, used, retries_left=left, longlink_up=up)
    assert stays == NOTHING


@pytest.mark.parametrize(
    ("task", "retries", "seconds"),
    [
        (Task(), 0, 20.0),
        (Task(), 1, 40.0),
        (Task(server_process_cost=10.0), 1, 60.0),
        (Task(total_timeout=5.0), 1, 5.0),
        (Task(total_timeout=500.0), 1, 40.0),
        (Task(long_polling=True, long_polling_timeout=90.0), 3, 95.0),
        (Task(long_polling=True, long_polling_timeout=90.0, total_timeout=50.0), 3, 50.0),
    ],
)
def test_the_whole_tasks_time_out(task: Task, retries: int, seconds: float):
    assert task_timeout(task, retries) == seconds


@pytest.mark.parametrize(
    ("most", "too_much", "name"),
    [
        ({"server_process_cost": 120.0}, {"server_process_cost": 120.001}, "server_process_cost"),
        ({"retry_count": 30}, {"retry_count": 31}, "retry_count"),
        ({"total_timeout": 600.0}, {"total_timeout": 600.001}, "total_timeout"),
        ({"task_id": 0xFFFFFFEF}, {"task_id": 0xFFFFFFF0}, "task_id"),
        ({"task_id": 0}, {"task_id": -1}, "task_id"),
    ],
)
def test_bounds(most: dict[str, float], too_much: dict[str, float], name: str):
    assert validate(Task(**most), TaskLimits()) is None  # type: ignore[arg-type]
    error = validate(Task(**too_much), TaskLimits())  # type: ignore[arg-type]
    assert error is not None
    assert error.code == LocalCode.TASK_PARAM
    assert name in error.detail
