"""An attempt of a short-link task on the network, and what its list knows of the task."""

from __future__ import annotations

from dataclasses import dataclass, field

from netcore.clock import NEVER
from netcore.errors import TimeoutCode
from netcore.longlink.entry import Entry
from netcore.profile import AttemptProfile


@dataclass(slots=True, eq=False)
class Run:
    """An attempt on the network. ``hosts`` are in the order of trying."""

    entry: Entry
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
class Way:
    """What the list knows of a task beyond its entry: where it may go, and its attempts."""

    entry: Entry
    hosts: tuple[str, ...]
    fallback: tuple[str, ...]
    number: int  # in the order of coming
    runs: list[Run] = field(default_factory=list)
    not_before: float = -NEVER
    switches: int = 0  # errors from the network so far
    session_retry: bool = True  # the free one is left


def struck(run: Run, now: float, package_package: float) -> int | None:
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
    polling = run.entry.task.long_polling
    return TimeoutCode.TASK if polling else TimeoutCode.FIRST_PACKAGE
