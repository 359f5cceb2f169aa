"""What the window needs of a chat session; :class:`app.chat.session.ChatSession` gives it."""

from __future__ import annotations

from typing import Protocol

from app.chat.model import Account, ConnectionHealth, Conversation, Message
from app.chat.replies import Quote
from app.chat.search import SearchFilter

PAGE = 60  # messages asked for at once


class SessionPort(Protocol):
    """All calls are made on the loop's thread; errors carry a ``code`` that wording.py knows."""

    async def sign_up(self, name: str, password: str) -> Account:
        """Create an account and log in."""

    async def log_in(self, name: str, password: str) -> Account:
        """Log in; raises what the server refuses it for."""

    async def resume(self) -> Account | None:
        """Go on as whoever was logged in last; None where nobody was."""

    async def log_out(self) -> None:
        """End the log-in, here and on the server."""

    def health(self) -> ConnectionHealth:
        """How the connection does now, and what waits for it."""

    async def close(self) -> None:
        """End the session, keeping the log-in."""

    def conversations(self) -> list[Conversation]:
        """All conversations, from the local store."""

    def messages(
        self, conversation_id: str, before: int | None = None, limit: int = PAGE
    ) -> list[Message]:
        """The newest messages below the number ``before``, from the local store."""

    def send(self, conversation_id: str, text: str, quote: Quote | None = None) -> Message:
        """Put a message, or an answer to one, into the outbox: on disk before this returns."""

    def retry(self, client_id: str) -> None:
        """Send a failed message again."""

    def mark_read(self, conversation_id: str) -> None:
        """Everything in the conversation has been seen."""

    async def create_conversation(self, members: list[str], title: str = "") -> Conversation:
        """A conversation with one person, or a group."""

    async def load_older(self, conversation_id: str, before: int | None = None) -> list[Message]:
        """Fetch a page of messages older than the store has; empty at the beginning."""

    async def load_around(self, conversation_id: str, seq: int) -> tuple[list[Message], bool]:
        """A number's neighbourhood, and whether the newest message is in it."""

    async def load_newer(self, conversation_id: str, after: int) -> tuple[list[Message], bool]:
        """The messages after a number, and whether the newest one is among them."""

    async def search(self, asked: str, within: SearchFilter) -> list[Message]:
        """The newest messages on this device that hold all words asked for."""

    async def find_people(self, prefix: str) -> list[str]:
        """The names that begin with ``prefix``."""
