"""Which link carries a task, and whether it may start at all, sans-I/O (``net_core.cc``).

=========== =============================================================================
channel     goes to
=========== =============================================================================
SHORT       the short link
LONG        the long link
MINOR_LONG  the minor long link
BOTH        the long link when it is up (and, with the fast strategy, not busy), else short
NORMAL      the minor long link when there is one free, else short
ALL         the minor long link when there is one free, else as BOTH
=========== =============================================================================

The long link needs a cmdid, the short link a cgi and an answer to wait for; a channel whose need is
not met drops out. Once given to a link, a task stays there, but for the disaster-recovery strategy:
its last retry goes over the other of the two links, to the long one only while that is up (Mars's
public source names this strategy and leaves it to others).
"""

from __future__ import annotations

from collections.abc import Callable

from netcore.checking import strings
from netcore.errors import Failure, LocalCode
from netcore.settings import TaskLimits
from netcore.task import RESERVED_TASK_IDS_FROM, Channel, ChannelStrategy, Task

# Each task comes through here, and the arithmetic of enums is slow.
_SHORT, _LONG, _MINOR = int(Channel.SHORT), int(Channel.LONG), int(Channel.MINOR_LONG)
_CHANNELS = tuple(Channel(value) for value in range(8))


def validate(task: Task, limits: TaskLimits) -> Failure | None:
    """Why the task cannot be accepted, or None.

    Raises :class:`~netcore.errors.ConfigError` for hosts that are one string.
    """
    short = task.shortlink_hosts or task.shortlink_fallback_hosts
    if short or task.longlink_hosts or task.minorlong_hosts:
        _check_hosts(task)
    if task.server_process_cost > limits.max_server_process_cost:
        what, most = "server_process_cost", limits.max_server_process_cost
    elif task.retry_count > limits.max_retry_count:
        what, most = "retry_count", float(limits.max_retry_count)
    elif task.total_timeout > limits.max_total_timeout:
        what, most = "total_timeout", limits.max_total_timeout
    elif not 0 <= task.task_id < RESERVED_TASK_IDS_FROM:
        what, most = "task_id", float(RESERVED_TASK_IDS_FROM - 1)
    else:
        return None
    return Failure.local(LocalCode.TASK_PARAM, f"{what} of the task must be {most:g} at most")


def _check_hosts(task: Task) -> None:
    for hosts in (
        task.shortlink_hosts,
        task.shortlink_fallback_hosts,
        task.longlink_hosts,
        task.minorlong_hosts,
    ):
        if isinstance(hosts, str):
            strings("the hosts of a task", hosts)  # says how to write it


def usable_channels(task: Task, *, long: bool = True, short: bool = True) -> Channel:
    """The task's channels whose needs are met; 0 for none.

    ``long`` and ``short`` tell whether there are such links at all.
    """
    channel = int(task.channel)
    if not long:
        channel &= _SHORT
    elif not task.cmdid:
        channel &= ~_LONG
    if not short or not task.cgi or task.send_only:
        channel &= ~_SHORT
    return _CHANNELS[channel & 7]


def choose_channel(
    task: Task,
    allowed: Channel,
    *,
    longlink_up: bool,
    longlink_tasks: int,
    minor_free: Callable[[Task], bool],
    fast_limit: int = 0,
) -> Channel:
    """SHORT, LONG or MINOR_LONG for a task; 0 when no link of its channels is there.

    ``longlink_tasks`` are those on the long link now; ``minor_free`` tells whether a minor long
    link is up and idle for the task, or may yet be created.
    """
    channel = int(allowed)
    if channel & _MINOR and channel != _MINOR:
        if minor_free(task):
            return Channel.MINOR_LONG
        channel &= ~_MINOR
    if channel == _SHORT | _LONG:
        up = longlink_up
        if up and task.strategy is ChannelStrategy.FAST:
            up = longlink_tasks <= fast_limit
        return Channel.LONG if up else Channel.SHORT
    return _CHANNELS[channel]


def recovery_channel(
    task: Task, allowed: Channel, used: Channel, *, retries_left: int, longlink_up: bool
) -> Channel:
    """The link that the next attempt of a failed task goes over to; 0: it stays where it is.

    ``used`` is where it failed, ``retries_left`` counts those after the next attempt.
    """
    if task.strategy is not ChannelStrategy.DISASTER_RECOVERY or retries_left:
        return Channel(0)
    if used == Channel.SHORT:
        return Channel(allowed & Channel.LONG if longlink_up else 0)
    return Channel(allowed & Channel.SHORT)


def task_timeout(task: Task, retries: int) -> float:
    """The whole task's time-out in seconds (``TaskProfile::ComputeTaskTimeout``)."""
    if task.long_polling:
        timeout = task.long_polling_timeout + 5.0
    else:
        timeout = (task.server_process_cost + 15.0 + 5.0) * (retries + 1)
    if 0 < task.total_timeout < timeout:
        return task.total_timeout
    return timeout
