"""Whom a session tells, and what of."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from typing import Protocol

from app.chat.errors import ChatError
from app.chat.model import ConnectionState, Conversation, Message, Waiting
from app.chat.store import Store

_log = logging.getLogger("app.chat")
STORAGE_PAUSE = 60.0  # seconds between two notices of a store that cannot be written
_STORAGE = frozenset({"storage", "server_full"})


class SessionListener(Protocol):
    """Whom the session tells. Called on the loop's thread; must be quick."""

    def on_link_state(self, state: ConnectionState) -> None:
        """The connection changed."""

    def on_health(self) -> None:
        """The network became slow, or is no longer: ask ``ChatSession.health``."""

    def on_conversation(self, conversation: Conversation) -> None:
        """A conversation is new or changed."""

    def on_message(self, message: Message) -> None:
        """A message is new or changed its state."""

    def on_waiting(self, waiting: Waiting) -> None:
        """How much waits in the outbox has changed, or how slow the network is."""

    def on_history(self, conversation_id: str) -> None:
        """Messages of a conversation are gone or stand elsewhere: what is shown is read again.

        The conversation itself may be gone, too.
        """

    def on_logged_out(self, reason: str) -> None:
        """The server ended the log-in: "session_expired" or "logged_out" (from elsewhere)."""

    def on_notice(self, code: str, detail: str) -> None:
        """Something the person should know.

        ``database_reset`` (detail: where the damaged store was put), ``untrusted_certificate``
        (detail: its SHA-256 fingerprint in hex), ``storage`` (detail: the system's words),
        ``server_full`` (the server's disk is full: what is unsent waits).
        """


class Notifier:
    """Tells the listener of what changed in the store."""

    def __init__(self, listener: SessionListener, store: Store) -> None:
        self._listener = listener
        self._store = store
        self._storage_told = float("-inf")
        self._waiting = Waiting()

    def waiting(self, waiting: Waiting) -> None:
        """What waits now; the listener hears of changes."""
        if waiting != self._waiting:
            self._waiting = waiting
            self._listener.on_waiting(waiting)

    def messages(self, messages: Iterable[Message | None]) -> None:
        """Messages are new or changed their state."""
        for message in messages:
            if message is not None:
                self._listener.on_message(message)

    def conversation(self, conversation_id: str) -> None:
        """A conversation is new or changed."""
        found = self._store.conversation(conversation_id)
        if found is not None:
            self._listener.on_conversation(found)

    def history(self, conversation_id: str) -> None:
        """What is shown of a conversation is not what it is any more."""
        self._listener.on_history(conversation_id)
        self.conversation(conversation_id)

    def failed(self, what: str, error: ChatError) -> None:
        """Something failed that nobody waits for; a store that cannot be written is told of."""
        _log.info("%s failed: %s", what, error)
        now = asyncio.get_running_loop().time()
        if error.code in _STORAGE and now - self._storage_told >= STORAGE_PAUSE:
            self._storage_told = now
            self._listener.on_notice(error.code, str(error))
