"""What a link's task list decides about a task, for the link to carry out; both kinds share it."""

from __future__ import annotations

from dataclasses import dataclass

from netcore.errors import FailHandle, Failure
from netcore.links.pending_task import PendingTask


@dataclass(slots=True)
class End:
    """The task is over: tell the caller."""

    pending: PendingTask
    failure: Failure
    handle: FailHandle


@dataclass(slots=True)
class Retry:
    """The attempt failed and the task waits for another (already back on the list)."""

    pending: PendingTask
    failure: Failure
