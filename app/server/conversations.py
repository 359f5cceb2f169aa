"""Conversations, who is in them, and how far each has read."""

from __future__ import annotations

import secrets
from typing import Any

from app.chat.proto import chat_pb2 as pb
from app.server.accounts import LogIn, ServerAccount
from app.server.database import LARGEST, Database
from app.server.errors import RefusedError
from app.server.messages import Messages

SYNC_BYTES = 256 * 1024  # of one page; a page holds one conversation at least
SYNC_ITEMS = 100  # at most, of one page

_SEEN = (  # a conversation as one of its members sees it
    "SELECT c.id, c.kind, c.title, c.last_seq, m.read_seq, max(c.revision, m.revision) AS changed"
    " FROM members m JOIN conversations c ON c.id = m.conversation_id WHERE m.account_id = ?"
)


class Conversations:
    """The conversations in a database."""

    def __init__(self, database: Database, messages: Messages) -> None:
        self._database = database
        self._messages = messages

    def ensure_public(self, conversation_id: str, title: str) -> None:
        """A public conversation, made where it is missing; every account is in it."""
        with self._database.transaction():
            if self._database.execute(
                "SELECT 1 FROM conversations WHERE id = ?", (conversation_id,)
            ).fetchone():
                return
            self._database.execute(
                "INSERT INTO conversations (id, kind, title, revision) VALUES (?, ?, ?, ?)",
                (conversation_id, pb.PUBLIC, title, self._database.next_revision()),
            )
            self._database.execute(
                "INSERT INTO members (conversation_id, account_id) SELECT ?, id FROM accounts",
                (conversation_id,),
            )

    def create(
        self,
        creator: LogIn,
        others: list[ServerAccount],
        title: str,
        client_id: str,
        wanted: str = "",
    ) -> tuple[str, bool]:
        """(id, whether it is new). Two people without a title have one conversation for good.

        The same creator and ``client_id`` again give the same conversation, and so does the same id
        ``wanted``, which a store that has lost the conversation is given by its members.
        """
        ids = sorted({creator.account_id, *(each.id for each in others)})
        direct = len(ids) == 2 and not title
        direct_key = ":".join(str(each) for each in ids) if direct else None
        with self._database.transaction():
            row = self._database.execute(
                "SELECT id FROM conversations WHERE direct_key = ?"
                " OR (creator = ? AND client_id = ?) OR id = ?",
                (direct_key, creator.account_id, client_id or None, wanted),
            ).fetchone()
            if row is not None:
                self.kind_for(row[0], creator.account_id)
                return row[0], False
            conversation_id = wanted or secrets.token_hex(12)
            self._database.execute(
                "INSERT INTO conversations (id, kind, title, direct_key, creator, client_id,"
                " revision) VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    conversation_id,
                    pb.DIRECT if direct else pb.GROUP,
                    title,
                    direct_key,
                    creator.account_id,
                    client_id or None,
                    self._database.next_revision(),
                ),
            )
            self._database.executemany(
                "INSERT INTO members (conversation_id, account_id) VALUES (?, ?)",
                [(conversation_id, each) for each in ids],
            )
            return conversation_id, True

    def kind_for(self, conversation_id: str, account_id: int) -> pb.Kind:
        """The conversation's kind; refuses who is not in it, and what is not there."""
        row = self._database.execute(
            "SELECT c.kind, m.account_id FROM conversations c LEFT JOIN members m"
            " ON m.conversation_id = c.id AND m.account_id = ? WHERE c.id = ?",
            (account_id, conversation_id),
        ).fetchone()
        if row is None:
            raise RefusedError(pb.NO_SUCH_CONVERSATION)
        if row[1] is None:
            raise RefusedError(pb.NOT_A_MEMBER)
        kind: pb.Kind = row[0]
        return kind

    def member_ids(self, conversation_id: str) -> list[int]:
        """The accounts in a conversation."""
        rows = self._database.execute(
            "SELECT account_id FROM members WHERE conversation_id = ?", (conversation_id,)
        )
        return [row[0] for row in rows]

    def get(self, conversation_id: str, account_id: int) -> pb.ConversationInfo:
        """A conversation as one of its members sees it."""
        row = self._database.one(_SEEN + " AND c.id = ?", (account_id, conversation_id))
        return self._info(row, account_id)

    def changed_since(
        self, account_id: int, revision: int
    ) -> tuple[list[pb.ConversationInfo], bool]:
        """(a page of what changed for an account after ``revision``, whether there is more).

        The oldest change first.
        """
        rows = self._database.execute(
            _SEEN + " AND changed > ? ORDER BY changed LIMIT ?",
            (account_id, min(revision, LARGEST), SYNC_ITEMS + 1),
        ).fetchall()
        found: list[pb.ConversationInfo] = []
        size = 0
        for row in rows[:SYNC_ITEMS]:
            info = self._info(row, account_id)
            size += info.ByteSize()
            if found and size > SYNC_BYTES:
                break
            found.append(info)
        return found, len(found) < len(rows)

    def mark_read(self, conversation_id: str, account_id: int, seq: int) -> bool:
        """Move an account's read mark on, never back nor past the end; whether it moved."""
        with self._database.transaction():
            read_seq, last_seq = self._database.one(
                "SELECT m.read_seq, c.last_seq FROM members m JOIN conversations c"
                " ON c.id = m.conversation_id WHERE m.conversation_id = ? AND m.account_id = ?",
                (conversation_id, account_id),
            )
            seq = min(seq, last_seq)
            if seq <= read_seq:
                return False
            self._database.execute(
                "UPDATE members SET read_seq = ?, revision = ?"
                " WHERE conversation_id = ? AND account_id = ?",
                (seq, self._database.next_revision(), conversation_id, account_id),
            )
            return True

    def _info(self, row: tuple[Any, ...], account_id: int) -> pb.ConversationInfo:
        conversation_id, kind, title, last_seq, read_seq, revision = row
        info = pb.ConversationInfo(
            id=conversation_id,
            kind=kind,
            title=title,
            last_seq=last_seq,
            read_seq=read_seq,
            revision=revision,
        )
        if kind != pb.PUBLIC:
            names = self._database.execute(
                "SELECT a.name FROM members m JOIN accounts a ON a.id = m.account_id"
                " WHERE m.conversation_id = ? ORDER BY a.name_key",
                (conversation_id,),
            )
            info.members.extend(each[0] for each in names)
        if last_seq:
            last, _ = self._messages.page(conversation_id, account_id, before=LARGEST, limit=1)
            info.last.CopyFrom(last[0])
        return info
