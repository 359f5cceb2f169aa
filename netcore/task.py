"""The task: one request and what is asked of its delivery (``Task`` in ``mars/stn/stn.h``)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum, IntFlag
from typing import Any

MAIN_LONGLINK = "default-longlink"
SPARE_LONGLINKS = ("spare-longlink", "spare-longlink-2")
DEFAULT_GROUP = "default-group"

INVALID_TASK_ID = 0
NOOP_TASK_ID = 0xFFFFFFFF
IDENTIFY_TASK_ID = 0xFFFFFFFE
SIGNALLING_TASK_ID = 0xFFFFFFFD
RESERVED_TASK_IDS_FROM = 0xFFFFFFF0  # none at or above this is given to a caller's task


class Channel(IntFlag):
    """Which links may carry a task."""

    SHORT = 0x1
    LONG = 0x2
    BOTH = 0x3
    MINOR_LONG = 0x4
    NORMAL = 0x5
    ALL = 0x7


class ChannelStrategy(IntEnum):
    """How to choose among several allowed links."""

    NORMAL = 0  # the long link when it is connected, else the short
    FAST = 1  # the long link too when it is about to be connected
    DISASTER_RECOVERY = 2  # on the last retries the other link


class Priority(IntEnum):
    """Order of sending; the lowest number goes first."""

    HIGHEST = 0
    HIGH = 1
    ABOVE_NORMAL = 2
    NORMAL = 3
    LOW = 4
    LOWEST = 5


@dataclass(slots=True)
class Task:
    """One request. All times in seconds.

    ``body`` is what is sent; leave it empty and give :class:`~netcore.core.Callbacks` a
    ``req2buf`` to encode at the moment of sending (and again on each retry). ``retry_count``
    counts the attempts after the first. ``total_timeout`` bounds the whole task, retries and
    waiting included; 0 lets it follow from ``server_process_cost`` and ``retry_count``.

    ``idempotent`` says that the server counts the task once, however often it comes (it carries an
    id of the application's): then it may be under way on two connections at the same time. Any
    other task is not sent again before its own time-out, unless its connection is known to be over.
    """

    cmdid: int = 0
    body: bytes = b""
    cgi: str = ""
    task_id: int = INVALID_TASK_ID  # given by NetCore.start when 0

    channel: Channel = Channel.BOTH
    strategy: ChannelStrategy = ChannelStrategy.NORMAL
    channel_name: str = ""  # a minor long link's name; "" is the main one
    group_name: str = DEFAULT_GROUP
    user_id: str = ""

    send_only: bool = False
    idempotent: bool = False
    need_authed: bool = False
    limit_flow: bool = True
    limit_frequency: bool = True
    network_status_sensitive: bool = False
    priority: Priority = Priority.NORMAL

    retry_count: int = -1  # -1: the default of netcore.settings
    server_process_cost: float = 0.0
    total_timeout: float = 0.0
    long_polling: bool = False
    long_polling_timeout: float = 0.0

    headers: dict[str, str] = field(default_factory=dict)
    shortlink_hosts: list[str] = field(default_factory=list)
    shortlink_fallback_hosts: list[str] = field(default_factory=list)
    longlink_hosts: list[str] = field(default_factory=list)
    minorlong_hosts: list[str] = field(default_factory=list)
    max_minorlinks: int = 1
    extra_info: dict[str, str] = field(default_factory=dict)  # handed to the newdns callback

    report_arg: str = ""
    client_sequence_id: int = 0  # given at each attempt, before req2buf
    server_sequence_id: int = 0  # given by buf2resp
    user_context: Any = None
