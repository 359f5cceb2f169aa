"""The numbers of a task are those of Mars (``stn.h``): reports of both can be compared."""

from __future__ import annotations

from netcore import task as tasks
from netcore.task import Channel, ChannelStrategy, Priority, Task


def test_channels_strategies_and_priorities_have_mars_s_numbers():
    assert {each.name: int(each) for each in Channel} == {"SHORT": 1, "LONG": 2, "MINOR_LONG": 4}
    assert (int(Channel.BOTH), int(Channel.NORMAL), int(Channel.ALL)) == (3, 5, 7)
    assert [int(each) for each in ChannelStrategy] == [0, 1, 2]
    assert [int(each) for each in Priority] == [0, 1, 2, 3, 4, 5]
    assert (Priority.HIGHEST, Priority.NORMAL, Priority.LOWEST) == (0, 3, 5)


def test_the_ids_that_are_no_caller_s():
    assert tasks.INVALID_TASK_ID == 0
    assert tasks.NOOP_TASK_ID == 0xFFFFFFFF
    assert tasks.IDENTIFY_TASK_ID == 0xFFFFFFFE
    assert tasks.SIGNALLING_TASK_ID == 0xFFFFFFFD
    assert tasks.RESERVED_TASK_IDS_FROM <= tasks.SIGNALLING_TASK_ID


def test_a_task_that_says_nothing_is_limited_and_needs_no_login():
    plain = Task()
    assert (plain.channel, plain.strategy, plain.priority) == (
        Channel.BOTH,
        ChannelStrategy.NORMAL,
        Priority.NORMAL,
    )
    assert (plain.limit_flow, plain.limit_frequency) == (True, True)
    assert (plain.need_authed, plain.send_only, plain.network_status_sensitive) == (False,) * 3
    assert (plain.retry_count, plain.total_timeout, plain.server_process_cost) == (-1, 0.0, 0.0)
    assert (plain.long_polling, plain.long_polling_timeout, plain.max_minorlinks) == (False, 0, 1)
    assert plain.headers is not Task().headers
