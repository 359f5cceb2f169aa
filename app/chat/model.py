"""What the chat is about: accounts, conversations, messages and the state of the connection.

Frozen values: a change is a new value, told through :class:`app.chat.notifier.SessionListener`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

MAX_TEXT = 16 * 1024  # characters of a message; 64 KiB of UTF-8 at most


class ConversationKind(Enum):
    """Who takes part."""

    DIRECT = "direct"  # two people
    GROUP = "group"
    PUBLIC = "public"  # everybody, people without an account too


class MessageState(Enum):
    """Where a message stands."""

    WAITING = "waiting"  # ours, in the outbox
    SENT = "sent"  # ours, and the server has it
    FAILED = "failed"  # ours, and the server will not have it; ``error`` says why
    RECEIVED = "received"  # somebody else's


class ConnectionState(Enum):
    """The connection as a person would put it."""

    OFFLINE = "offline"  # the machine has no network
    CONNECTING = "connecting"
    SHORT_LINK = "short_link"  # no long link, but single requests get through
    UPDATING = "updating"  # connected; fetching what was missed
    ONLINE = "online"


@dataclass(frozen=True, slots=True)
class ConnectionHealth:
    """How the connection does at one moment.

    ``lasted`` are the seconds that the state has lasted. ``waiting`` messages wait, the first of
    them since ``waiting_since``; ``next_try`` is when the long link connects again, None where it
    is being tried or not wanted (both seconds since the epoch). ``trouble`` is the code of what the
    latest connect failed for (see :mod:`app.chat.errors`), "" where none did. ``slow`` are the
    seconds that an answer takes just now, 0.0 while the network is not slow.
    """

    state: ConnectionState
    lasted: float = 0.0
    waiting: int = 0
    waiting_since: float = 0.0
    trouble: str = ""
    next_try: float | None = None
    slow: float = 0.0


@dataclass(frozen=True, slots=True)
class Account:
    """Who is logged in; ``server_id`` tells servers (strictly: their stores) apart."""

    name: str
    server_id: str = ""


@dataclass(frozen=True, slots=True)
class Conversation:
    """One conversation. ``members`` are names, ours too; empty for a public one.

    ``last_*`` describe its newest message, one that still waits included; ``last_time`` is seconds
    since the epoch, 0.0 when there is no message. ``unread`` counts other people's messages after
    ``read_seq``.
    """

    id: str
    kind: ConversationKind
    title: str
    members: tuple[str, ...]
    last_seq: int
    read_seq: int
    last_text: str
    last_sender: str
    last_time: float
    unread: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits in the outbox, over all conversations.

    ``since`` is when the first of it was written, in seconds since the epoch; 0.0 where nothing
    waits. ``slow`` is the time that the server takes to answer just now, in whole seconds, where
    that is 2 s or more; else 0.
    """

    count: int = 0
    since: float = 0.0
    slow: int = 0


@dataclass(frozen=True, slots=True)
class Message:
    """One message. ``client_id`` identifies it for life; ``seq`` is the server's number, or None.

    ``time`` is seconds since the epoch: the server's clock once it has the message, ours before.
    ``error`` is the code of a FAILED message (see :mod:`app.chat.errors`), else "". ``content`` is
    a ``Content`` of ``proto/chat.proto`` where there is more to it than ``text``, else empty.
    """

    client_id: str
    conversation_id: str
    seq: int | None
    sender: str
    text: str
    time: float
    state: MessageState
    error: str = ""
    content: bytes = b""
