"""What the desk and the links ask of each other; both kinds of link keep to it.

:class:`Link` is a link as the desk sees it (:class:`~netcore.longlink.managed.ManagedLongLink`, the
short link), :class:`Engine` the desk as a link sees it
(:class:`netcore.engine.task_manager.TaskManager`). A link asks, in this order, for each task that
it is about to send::

    body = callbacks.req2buf(...)                     once an attempt
    desk.passes_limits(task, body, now)               once a task, not again on a retry
    desk.intercepted(task, now)                       an answer in place of the server's, or None
    desk.timeouts(entry, len(body), sent, now)        first package and read-write, in seconds

and tells what becomes of it::

    desk.traffic(name, sent, received)                bytes on the wire, heads included
    desk.received(entry, size, now)                   before it notes them in the entry's attempt
    desk.intercept(task, code, body, now)             an answer was decoded
    desk.retrying(link, entry)                        an attempt failed, the task waits for another
    desk.task_ended(entry, type, code, handle)        the task is over, well or not
    desk.network_result(link, type, code, profile)    a time-out, a dead link, a good heartbeat
    desk.connect_result(link, ok, profile)            a connection came about, or did not
    desk.retry_all(type, code, handle, task)          SESSION_TIMEOUT or RETRY_ALL_TASKS

A task's good end is not told as a network result too: the desk takes it from ``task_ended``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from netcore.connect.endpoint import Endpoint
from netcore.errors import DisconnectReason, ErrorType, FailHandle
from netcore.links.pending_task import PendingTask
from netcore.profile import ConnectProfile
from netcore.task import Task


class PendingTasks(Protocol):
    """The tasks on a link."""

    def __len__(self) -> int:
        """How many there are."""
        ...

    def __iter__(self) -> Iterator[PendingTask]:
        """Each of them."""
        ...


class Link(Protocol):
    """A link and the tasks on it, as the desk sees it."""

    name: str
    main: bool

    @property
    def tasks(self) -> PendingTasks:
        """The tasks on it."""
        ...

    @property
    def connected(self) -> bool:
        """Whether it is up; the short link always is."""
        ...

    def start(self, pending: PendingTask) -> None:
        """Take a task on."""
        ...

    def stop(self, task_id: int) -> PendingTask | None:
        """Forget a task; the entry, if it was here."""
        ...

    def clear(self) -> list[PendingTask]:
        """Forget all tasks, and cut what answers may be under way on."""
        ...

    def redo(self, reason: DisconnectReason) -> None:
        """Send the running tasks again, on new connections."""
        ...

    def touch(self) -> None:
        """Look at the waiting tasks soon."""
        ...

    def retry(
        self, error_type: ErrorType, error_code: int, handle: FailHandle, source: int, user_id: str
    ) -> None:
        """Send all running tasks of ``user_id`` again, on new connections."""
        ...

    def report_address(self, endpoint: Endpoint, ok: bool) -> None:
        """An address worked or did not."""
        ...


class Engine(Protocol):
    """What a link asks and tells. See the module's docstring."""

    def task_ended(
        self, pending: PendingTask, error_type: ErrorType, error_code: int, handle: FailHandle
    ) -> None:
        """A task is over."""
        ...

    def retrying(self, link: Link, pending: PendingTask) -> None:
        """An attempt failed and the task waits for another: it may be stopped here and moved."""
        ...

    def passes_limits(self, task: Task, body: bytes, now: float) -> bool:
        """Whether the limiters let the task go; else it is to end with ANTI_AVALANCHE."""
        ...

    def intercepted(self, task: Task, now: float) -> bytes | None:
        """The answer that stands for one from the server, or None."""
        ...

    def intercept(self, task: Task, code: int, body: bytes, now: float) -> None:
        """An answer was decoded with ``code``: maybe it is to stand for later ones."""
        ...

    def timeouts(
        self, pending: PendingTask, size: int, sent: int, now: float
    ) -> tuple[float, float]:
        """The first-package and the read-write time-out of a task about to be sent.

        ``size`` bytes of body; ``sent`` tasks are on the link already.
        """
        ...

    def package_package(self) -> float:
        """The package-package time-out."""
        ...

    def weak(self, now: float) -> bool:
        """Whether the network is weak: several attempts may then be in flight at once."""
        ...

    def received(self, pending: PendingTask, size: int, now: float) -> None:
        """Bytes of an answer came: the first, or more."""
        ...

    def traffic(self, link: str, sent: int, received: int) -> None:
        """Bytes went over the network on the link of this name."""
        ...

    def connect_result(self, link: Link, ok: bool, profile: ConnectProfile) -> None:
        """A connection came about (``profile.rtt``, ``profile.index``), or did not."""
        ...

    def network_result(
        self, link: Link, error_type: ErrorType, error_code: int, profile: ConnectProfile
    ) -> None:
        """An address worked (OK) or failed."""
        ...

    def retry_all(
        self, error_type: ErrorType, error_code: int, handle: FailHandle, task: Task
    ) -> None:
        """An answer demands that all tasks of its user be sent again."""
        ...
