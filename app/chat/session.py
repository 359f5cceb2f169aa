"""ChatSession: the chat as a window sees it.

::

    core = NetCore(settings)
    session = ChatSession(core, Store(path), listener)   # before core.start()
    await core.start()
    account = await session.resume() or await session.log_in("Ada", "...")
    session.send(conversation_id, "hello")               # on disk before this returns

All methods are called, and all of the listener's are called back, on the loop's thread. Methods that
are not ``async`` answer from the local store at once, with or without a connection. Errors are
:class:`~app.chat.errors.ChatError`.
"""

from __future__ import annotations

from typing import Protocol

from app.chat.model import Account, Conversation, LinkState, Message


class Listener(Protocol):
    """Whom the session tells. Called on the loop's thread; must be quick."""

    def on_link_state(self, state: LinkState) -> None:
        """The connection changed."""

    def on_conversation(self, conversation: Conversation) -> None:
        """A conversation is new or changed."""

    def on_message(self, message: Message) -> None:
        """A message is new or changed its state."""

    def on_logged_out(self, reason: str) -> None:
        """The server ended the log-in: "session_expired" or "logged_out" (from elsewhere)."""

    def on_notice(self, code: str, detail: str) -> None:
        """Something the person should know.

        ``database_reset`` (detail: where the damaged store was put), ``untrusted_certificate``
        (detail: its SHA-256 fingerprint in hex), ``storage`` (detail: the system's words).
        """
