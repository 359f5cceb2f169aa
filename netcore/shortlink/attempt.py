"""An attempt of a short-link task on the network, and what its list knows of the task."""

from __future__ import annotations

from dataclasses import dataclass, field

from netcore.errors import TimeoutCode
from netcore.links.pending_task import PendingTask
from netcore.profile import AttemptProfile
from netcore.runtime.clock import NEVER


@dataclass(slots=True, eq=False)
class ShortTaskAttempt:
    """An attempt on the network. ``hosts`` are in the order of trying."""

    pending: PendingTask
    attempt: AttemptProfile
    hosts: tuple[str, ...]
    use_proxy: bool
    due: float = NEVER  # the soonest of its time-outs

    @property
    def reused(self) -> bool:
        """Whether it is on a kept connection."""
        connect = self.attempt.connect
        return connect is not None and connect.reused


@dataclass(slots=True, eq=False)
class ShortTaskState:
    """What the list knows of a task beyond its entry: where it may go, and its attempts."""

    pending: PendingTask
    hosts: tuple[str, ...]
    fallback: tuple[str, ...]
    number: int  # in the order of coming
    runs: list[ShortTaskAttempt] = field(default_factory=list)
    not_before: float = -NEVER
    switches: int = 0  # errors from the network so far
    session_retry: bool = True  # the free one is left


def expired_timeout(run: ShortTaskAttempt, now: float, package_package: float) -> int | None:
    """Which time-out of a sent attempt is over."""
    attempt = run.attempt
    waited = now - attempt.send_start
    if waited >= attempt.read_write_timeout:
        return TimeoutCode.READ_WRITE
    if attempt.last_package:
        over = now - attempt.last_package >= package_package
        return TimeoutCode.PACKAGE_PACKAGE if over else None
    if waited < attempt.first_package_timeout:
        return None
    polling = run.pending.task.long_polling
    return TimeoutCode.TASK if polling else TimeoutCode.FIRST_PACKAGE
