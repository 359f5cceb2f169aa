"""Messages: a number each, counted by conversation from 1 without a gap."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.chat.proto import chat_pb2 as pb
from app.server.database import LARGEST, Database
from app.server.early import Draft

PAGE_BYTES = 512 * 1024  # of one page; a page holds one message at least
_COLUMNS = "conversation_id, seq, sender, client_id, text, time_ms, account_id, content"


class Messages:
    """The messages in a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, account_id: int, client_id: str) -> pb.MessageInfo | None:
        """The message that an account sent under a ``client_id``."""
        row = self._database.execute(
            f"SELECT {_COLUMNS} FROM messages WHERE account_id = ? AND client_id = ?",
            (account_id, client_id),
        ).fetchone()
        return None if row is None else _info(row, account_id)

    def has(self, account_id: int, client_id: str) -> bool:
        """Whether there is one."""
        found = self._database.execute(
            "SELECT 1 FROM messages WHERE account_id = ? AND client_id = ?", (account_id, client_id)
        ).fetchone()
        return found is not None

    def add(self, drafts: Sequence[Draft]) -> list[pb.MessageInfo]:
        """Number messages in this order, all or none; each as its sender sees it.

        None of the ``client_id`` may have been used before by its account.
        """
        made = []
        with self._database.transaction():
            for each in drafts:
                made.append(
                    self._insert(
                        each.conversation_id,
                        each.text,
                        each.sender.name,
                        each.client_id,
                        each.sender.account_id,
                        each.content,
                    )
                )
                for body_hash in each.bodies:
                    self._database.execute(
                        "INSERT OR IGNORE INTO body_uses (hash, conversation_id) VALUES (?, ?)",
                        (body_hash, each.conversation_id),
                    )
        return made

    def add_guest(self, conversation_id: str, text: str, *, sender: str) -> pb.MessageInfo:
        """A message of somebody without an account."""
        with self._database.transaction():
            return self._insert(conversation_id, text, sender, None, None)

    def _insert(
        self,
        conversation_id: str,
        text: str,
        sender: str,
        client_id: str | None,
        account_id: int | None,
        content: bytes = b"",
    ) -> pb.MessageInfo:
        revision = self._database.next_revision()
        seq = self._database.one(
            "UPDATE conversations SET last_seq = last_seq + 1, revision = ? WHERE id = ?"
            " RETURNING last_seq",
            (revision, conversation_id),
        )[0]
        time_ms = int(self._database.now() * 1000)
        row = (conversation_id, seq, sender, client_id, text, time_ms, account_id, content)
        self._database.execute(
            f"INSERT INTO messages ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row
        )
        return _info(row, account_id, revision)

    def page(
        self, conversation_id: str, account_id: int, *, after: int = 0, before: int = 0, limit: int
    ) -> tuple[list[pb.MessageInfo], bool]:
        """(a page by seq ascending, as the account sees it; whether there are more that way).

        The oldest after ``after``; with ``before``, the newest between the two.
        """
        after, before = min(after, LARGEST), min(before, LARGEST)
        rows = self._database.execute(
            f"SELECT {_COLUMNS} FROM messages WHERE conversation_id = ? AND seq > ? AND seq < ?"
            f" ORDER BY seq {'DESC' if before else 'ASC'} LIMIT ?",
            (conversation_id, after, before or LARGEST, limit + 1),
        )
        found: list[pb.MessageInfo] = []
        size = 0
        more = False
        for row in rows:
            info = _info(row, account_id)
            size += info.ByteSize()
            if len(found) == limit or (found and size > PAGE_BYTES):
                more = True
                break
            found.append(info)
        if before:
            found.reverse()
        return found, more


def _info(row: tuple[Any, ...], account_id: int | None, revision: int = 0) -> pb.MessageInfo:
    conversation_id, seq, sender, client_id, text, time_ms, sender_id, content = row
    mine = sender_id is not None and sender_id == account_id
    return pb.MessageInfo(
        conversation_id=conversation_id,
        seq=seq,
        sender=sender,
        client_id=client_id if mine else "",
        text=text,
        time_ms=time_ms,
        content=content,
        revision=revision,
    )
