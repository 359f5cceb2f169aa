"""What the engine and the links ask of each other; both kinds of link keep to it.

:class:`Link` is a link as the engine sees it (:class:`~netcore.longlink.managed.ManagedLongLink`,
the short link), :class:`Engine` the engine as a link sees it
(:class:`netcore.engine.task_manager.TaskManager`), with the policies that a link asks
(:class:`netcore.engine.policies.Policies`) and those who learn from what it finds
(:class:`netcore.engine.result_router.ResultRouter`). A link asks, in this order, for each task that
it is about to send::

    body = callbacks.req2buf(...)                           once per attempt
    engine.policies.passes_limits(task, body, now)          once per task, not again on a retry
    engine.policies.intercepted(task, now)                  an answer for the server's, or None
    engine.policies.timeouts(task, len(body), sent)         first package and read-write, seconds

and reports what becomes of it::

    engine.policies.traffic(name, sent, received)           bytes on the wire, heads included
    engine.policies.received(pending, size, now)            before the attempt is updated
    engine.policies.intercept(task, code, body, now)        an answer was decoded
    engine.retrying(link, pending)                          the task waits for another attempt
    engine.task_answered(pending, code)                     the task ended well
    engine.task_failed(pending, failure, handle)            the task ended otherwise
    engine.retry_all(failure, handle, task)                 SESSION_TIMEOUT or RETRY_ALL_TASKS
    engine.results.network_failed(link, failure, profile)   a time-out, no connection, a lost one
    engine.results.network_worked(link, profile)            a heartbeat was answered
    engine.results.connect_result(link, ok, profile)        a connection was made, or was not
    engine.results.link_changed(link, state, profile)       a long link's state changed

A good answer is not reported as a network result too: ``task_answered`` implies it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol

from netcore.connect.endpoint import Endpoint
from netcore.errors import DisconnectReason, FailHandle, Failure
from netcore.links.pending_task import PendingTask
from netcore.profile import ConnectProfile
from netcore.task import Task

if TYPE_CHECKING:
    from netcore.longlink.state import LinkState


class PendingTasks(Protocol):
    """The tasks on a link."""

    def __len__(self) -> int:
        """How many there are."""
        ...

    def __iter__(self) -> Iterator[PendingTask]:
        """Each of them."""
        ...


class Link(Protocol):
    """A link and the tasks on it, as the engine sees it."""

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

    def retry(self, failure: Failure, handle: FailHandle, source: int, user_id: str) -> None:
        """Send all running tasks of ``user_id`` again, on new connections."""
        ...

    def report_address(self, endpoint: Endpoint, ok: bool) -> None:
        """An address worked or did not."""
        ...


class LinkPolicies(Protocol):
    """What a link asks before it sends a task, and what it counts."""

    def passes_limits(self, task: Task, body: bytes, now: float) -> bool:
        """Whether the limiters let the task go; else it is to end with ANTI_AVALANCHE."""
        ...

    @property
    def intercepting(self) -> bool:
        """Whether any answer is kept: else :meth:`intercepted` need not be asked."""
        ...

    def intercepted(self, task: Task, now: float) -> bytes | None:
        """The answer that stands for one from the server, or None."""
        ...

    def intercept(self, task: Task, code: int, body: bytes, now: float) -> None:
        """An answer was decoded with ``code``: maybe it is to stand for later ones."""
        ...

    def timeouts(self, task: Task, size: int, sent: int) -> tuple[float, float]:
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


class LinkResults(Protocol):
    """Who learns from what a link finds of the network."""

    def link_changed(self, link: Link, state: LinkState, profile: ConnectProfile) -> None:
        """A long link's state changed."""
        ...

    def connect_result(self, link: Link, ok: bool, profile: ConnectProfile) -> None:
        """A connection came about (``profile.rtt``, ``profile.index``), or did not."""
        ...

    def network_failed(self, link: Link, failure: Failure, profile: ConnectProfile) -> None:
        """An address failed."""
        ...

    def network_worked(self, link: Link, profile: ConnectProfile) -> None:
        """An address worked."""
        ...


class Engine(Protocol):
    """Where a link's tasks begin and end. See the module's docstring."""

    @property
    def policies(self) -> LinkPolicies:
        """The policies."""
        ...

    @property
    def results(self) -> LinkResults:
        """Who learns of the network."""
        ...

    def task_answered(self, pending: PendingTask, code: int = 0) -> None:
        """A task is over, and well; ``code`` is the application's."""
        ...

    def task_failed(self, pending: PendingTask, failure: Failure, handle: FailHandle) -> None:
        """A task is over."""
        ...

    def retrying(self, link: Link, pending: PendingTask) -> None:
        """An attempt failed and the task waits for another: it may be stopped here and moved."""
        ...

    def retry_all(self, failure: Failure, handle: FailHandle, task: Task) -> None:
        """An answer demands that all tasks of its user be sent again."""
        ...

    def pushed(self, link: str, cmdid: int, seq: int, body: bytes) -> None:
        """The server sent something on its own, over the long link of this name."""
        ...
