"""What netcore asks and tells the application (``Callback`` in ``mars/stn/stn.h``).

Derive from :class:`Callbacks` and override what you need; every method has a sensible default, and
all are called on the loop's thread. A callback must be quick; one that raises is logged and counts
as its default answer. With plain ``await core.request(task)`` none is needed.
"""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from enum import IntEnum
from typing import NamedTuple

from netcore.errors import ErrorType, FailHandle, NetcoreError
from netcore.events import NetworkKind
from netcore.profile import ConnectProfile, TaskProfile
from netcore.task import Channel, Task


class IdentifyMode(IntEnum):
    """When to check who is on a new long link."""

    NOW = 0  # send the identify buffer in place of the first heartbeat
    NEXT = 1  # ask again at the next heartbeat
    NEVER = 2  # no check on this connection


class ConnectStatus(IntEnum):
    """The state of the network as a user would put it (``NetStatus``)."""

    UNKNOWN = -1
    UNAVAILABLE = 0
    GATEWAY_FAILED = 1
    SERVER_FAILED = 2
    CONNECTING = 3
    CONNECTED = 4
    SERVER_DOWN = 5


class LimitKind(IntEnum):
    """Which limiter refused a task (``ReportTaskLimited``)."""

    FREQUENCY = 0
    FLOW = 1


class Identify(NamedTuple):
    """The answer of :meth:`Callbacks.identify_buffer`."""

    mode: IdentifyMode
    cmdid: int = 0
    body: bytes = b""
    hash: bytes = b""  # handed back to on_identify_response


class Decoded(NamedTuple):
    """The answer of :meth:`Callbacks.buf2resp`."""

    handle: FailHandle = FailHandle.NO_ERROR
    code: int = 0
    server_sequence_id: int = 0


class EncodeError(NetcoreError):
    """Raised by ``req2buf``: the task ends with EN_DECODE and this code."""

    def __init__(self, message: str, code: int = -1) -> None:
        super().__init__(message)
        self.code = code


_GOOD = Decoded()
_NEVER = Identify(IdentifyMode.NEVER)


class Callbacks:
    """The application's side of netcore. The defaults need no login and take bodies as they are."""

    def make_sure_authed(self, host: str, user_id: str) -> bool:
        """Whether ``user_id`` is logged in.

        False holds back every task with ``need_authed``; start logging in then, and call
        :meth:`NetCore.touch_tasks` when done (else it is asked again every second).
        """
        return True

    def req2buf(self, task: Task, channel: Channel, host: str) -> bytes:
        """The body to send for ``task``, asked at each attempt; raises :class:`EncodeError`."""
        return task.body

    def buf2resp(self, task: Task, body: bytes, channel: Channel) -> Decoded:
        """Judge an answer's body.

        ``SESSION_TIMEOUT`` (-13) and ``RETRY_ALL_TASKS`` (-12) reconnect and send all tasks of the
        user again, ``TASK_END`` (-14) fails this task for good, ``DEFAULT`` retries the link's
        tasks on a new connection, ``SILENT_TASK_END`` (-16) forgets it without ``on_task_end``.
        """
        return _GOOD

    def should_intercept(self, code: int) -> bool:
        """Whether an answer that ``buf2resp`` gave this code stands for those of a minute.

        Every task of the same cgi then gets that answer at once, and nothing is sent.
        """
        return False

    def on_task_end(
        self, task: Task, error_type: ErrorType, error_code: int, profile: TaskProfile
    ) -> None:
        """The task is over; ``error_type`` is OK on success."""

    def on_push(self, channel: str, cmdid: int, seq: int, body: bytes) -> None:
        """The server sent something on its own, over the long link named ``channel``."""

    def on_new_dns(
        self, host: str, longlink: bool, extra_info: Mapping[str, str]
    ) -> Sequence[str] | Awaitable[Sequence[str]]:
        """Addresses (numeric) of ``host`` from the application's own service; () for none.

        May be an ``async def``; after two seconds the DNS is asked instead.
        """
        return ()

    def identify_buffer(self, channel: str) -> Identify:
        """Asked at each heartbeat of a new long link until it is identified."""
        return _NEVER

    def on_identify_response(self, channel: str, body: bytes, hash: bytes) -> bool:
        """Whether the answer to the identify check is good; False checks again."""
        return True

    def request_sync(self) -> None:
        """The long link is down and it is time to pull news by other means."""

    def report_connect_status(self, status: ConnectStatus, longlink_status: ConnectStatus) -> None:
        """The state over all links, and that of the main long link, changed."""

    def on_longlink_status(self, channel: str, connected: bool) -> None:
        """A long link came up or went down."""

    def on_network_error(
        self, channel: str, error_type: ErrorType, error_code: int, ip: str, port: int
    ) -> None:
        """An address worked (OK) or failed."""

    def report_task_profile(self, profile: TaskProfile) -> None:
        """Where the time of an ended task went."""

    def report_connect_profile(self, profile: ConnectProfile) -> None:
        """A long link's connection ended, or the attempt at one failed."""

    def report_task_limited(self, kind: LimitKind, task: Task, amount: float) -> None:
        """A limiter refused the task: seconds since an equal one, or the bytes of its body."""

    def report_dns(self, host: str, seconds: float, addresses: Sequence[str], error: str) -> None:
        """A name was looked up."""

    def traffic(self, kind: NetworkKind, sent: int, received: int) -> None:
        """Bytes went over a network of this kind since the last call (every 10 s or 10 KiB)."""

    def on_netcheck_due(self, longlink: bool) -> None:
        """A link (the long or the short one) went bad: it is time for a diagnosis.

        See :mod:`netcore.sdt`; asked once an hour at most.
        """
