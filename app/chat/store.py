"""What this device keeps: conversations, messages, the outbox, and how far it is in step.

One SQLite file for a profile; the rows of each account stand apart, so that whoever logs in next on
the same profile sees only what is theirs. A log-out leaves the rows (an unsent message is never
lost), and the next log-in of that account goes on with them.

A conversation's messages from ``floor`` to ``top`` are here without a gap; ``floor`` 1 is its very
beginning. Numbers above ``top`` may be here too, when something between is still missing, and below
``floor`` after a long absence. A message of ours has no number until the server has it: those rows
*are* the outbox, in the order of ``place``.

The database guards itself (:mod:`app.chat.database`); when a damaged file was set aside, the
messages that were still to be sent are taken over from it as far as they can be read.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.chat import schema, search
from app.chat.database import ChatDatabase
from app.chat.errors import ChatError
from app.chat.model import Account, Conversation, ConversationKind, Message, MessageState
from app.chat.proto import chat_pb2 as pb
from app.chat.protocol import name_key
from app.chat.schema import MAX_SEQ, MESSAGE, message_of
from app.chat.search import SearchFilter

MAX_UNREAD = 99_999  # of one conversation: Qt counts with 32 bits


@dataclass(frozen=True, slots=True)
class MessageRange:
    """Which numbers of a conversation are here without a gap, and the server's last."""

    floor: int
    top: int
    last: int


class Store:
    """The chat's memory for one account at a time; see the module's docstring."""

    def __init__(self, path: Path) -> None:
        """Open (and make) the file; raises ChatError "storage" when it cannot be used."""
        self.account: Account | None = None
        self._id = 0
        self.on_reset: Callable[[Path], None] | None = None
        self._database = ChatDatabase(
            path, schema.SCHEMA, schema.VERSION, schema.UPGRADES, search.register
        )
        self._database.on_reset = self._begin_anew
        self.reset_to = self._database.set_aside[-1] if self._database.set_aside else None
        for aside in self._database.set_aside:
            self._rescue(aside)

    def close(self) -> None:
        """Write everything out and free the file."""
        self._database.close()

    def use_account(self, account: Account) -> None:
        """Work for ``account`` from now on; its rows are made if it is new here."""
        self.account = account
        self._id = self._database.run(lambda db: schema.account_id(db, account))

    def forget_account(self) -> None:
        """Work for nobody; the rows stay."""
        self.account = None
        self._id = 0

    # -- in step --------------------------------------------------------------------------------

    @property
    def revision(self) -> int:
        """The latest change of the server's that is in here."""
        found = self._read("SELECT revision FROM accounts WHERE id = ?", self._id)
        return int(found[0][0]) if found else 0

    @property
    def history(self) -> tuple[bytes, int]:
        """(the epoch of the server's store, the latest revision of it that was met anywhere)."""
        found = self._read("SELECT epoch, max(seen, revision) FROM accounts WHERE id = ?", self._id)
        return (bytes(found[0][0]), int(found[0][1])) if found else (b"", 0)

    def saw(self, epoch: bytes, revision: int) -> None:
        """A push or an answer showed a change; one of another epoch is left to the next SYNC."""
        self._write(
            "UPDATE accounts SET seen = ? WHERE id = ? AND epoch = ? AND seen < ?",
            revision,
            self._id,
            epoch,
            revision,
        )

    def set_revision(self, revision: int) -> None:
        """Go back to an older revision; 0 asks for everything."""
        self._write("UPDATE accounts SET revision = ? WHERE id = ?", revision, self._id)

    def span(self, conversation_id: str) -> MessageRange | None:
        """What is here of a conversation; None when there is no such conversation."""
        found = self._read(
            "SELECT floor, top, last_seq FROM conversations WHERE account = ? AND id = ?",
            self._id,
            conversation_id,
        )
        return MessageRange(*found[0]) if found else None

    def behind(self) -> list[str]:
        """Conversations with messages that are not here, the latest first."""
        found = self._read(
            "SELECT id FROM conversations WHERE account = ? AND top < last_seq"
            " ORDER BY last_time DESC",
            self._id,
        )
        return [row[0] for row in found]

    # -- conversations --------------------------------------------------------------------------

    def put_conversations(
        self,
        infos: Iterable[pb.ConversationInfo],
        revision: int | None = None,
        *,
        epoch: bytes = b"",
        diverged: bool = False,
    ) -> None:
        """Take over what the server says of conversations, and the revision that it belongs to.

        ``diverged``: the server's store has lost what is here. Everything here is in doubt then.
        """

        def work(db: sqlite3.Connection) -> None:
            if diverged:
                schema.doubt_all(db, self._id)
            for info in infos:
                schema.put_conversation(db, self._id, info)
            if revision is not None:
                db.execute(
                    "UPDATE accounts SET revision = ?, seen = max(seen, ?), epoch = ? WHERE id = ?",
                    (revision, revision, epoch, self._id),
                )

        self._database.run(work)

    def conversations(self) -> list[Conversation]:
        """All conversations, in no order."""
        unsent = {
            row[0]: row[1:] for row in self._read(schema.UNSENT + " ORDER BY place", self._id)
        }
        found = self._read(schema.CONVERSATIONS, self._id)
        return [self._conversation(row, unsent.get(row[0])) for row in found]

    def conversation(self, conversation_id: str) -> Conversation | None:
        """One conversation."""
        found = self._read(schema.CONVERSATIONS + " AND c.id = ?", self._id, conversation_id)
        if not found:
            return None
        unsent = self._read(
            schema.UNSENT + " AND conversation_id = ? ORDER BY place DESC LIMIT 1",
            self._id,
            conversation_id,
        )
        return self._conversation(found[0], unsent[0][1:] if unsent else None)

    def _conversation(self, row: tuple[Any, ...], unsent: tuple[Any, ...] | None) -> Conversation:
        kind, title, members = ConversationKind(row[1]), row[2], tuple(json.loads(row[3]))
        if not title:
            me = name_key(self.account.name) if self.account else ""
            title = ", ".join(name for name in members if name_key(name) != me) or row[0]
        text, sender, time = row[6:9]  # the server's word
        if unsent is not None:
            text, sender, time = unsent
        elif row[10] is not None and row[10] >= row[4]:
            text, sender, time = row[11:14]
        return Conversation(
            row[0], kind, title, members, row[4], row[5], text, sender, time,
            unread=min(row[9], MAX_UNREAD),
        )  # fmt: skip

    def mark_read(self, conversation_id: str) -> bool:
        """Everything that is here has been seen; whether that is news."""

        def work(db: sqlite3.Connection) -> bool:
            changed = db.execute(
                "UPDATE conversations SET read_seq = max(last_seq, top)"
                " WHERE account = ? AND id = ? AND read_seq < max(last_seq, top)",
                (self._id, conversation_id),
            )
            return changed.rowcount > 0

        return self._database.run(work)

    def unread_marks(self) -> list[tuple[str, int]]:
        """Read marks that the server has not been told of: (conversation, number)."""
        found = self._read(
            "SELECT id, read_seq FROM conversations WHERE account = ? AND read_seq > told_seq",
            self._id,
        )
        return [(row[0], row[1]) for row in found]

    def told_read(self, conversation_id: str, seq: int) -> None:
        """The server knows of a read mark."""
        self._write(
            "UPDATE conversations SET told_seq = max(told_seq, ?) WHERE account = ? AND id = ?",
            seq,
            self._id,
            conversation_id,
        )

    # -- messages -------------------------------------------------------------------------------

    def messages(self, conversation_id: str, before: int | None, limit: int) -> list[Message]:
        """The newest ``limit`` below the number ``before``, oldest first.

        With ``before`` None, the newest of all, and after them everything that is not sent.
        """
        found = self._read(
            f"SELECT {MESSAGE} FROM messages WHERE account = ? AND conversation_id = ?"
            " AND seq < ? AND seq >= (SELECT floor FROM conversations WHERE account = ? AND id = ?)"
            " ORDER BY seq DESC LIMIT ?",
            self._id,
            conversation_id,
            MAX_SEQ if before is None else before,
            self._id,
            conversation_id,
            limit,
        )
        found.reverse()
        if before is None:
            found += self._read(
                f"SELECT {MESSAGE} FROM messages WHERE account = ? AND conversation_id = ?"
                " AND seq IS NULL ORDER BY place",
                self._id,
                conversation_id,
            )
        return [message_of(row) for row in found]

    def messages_between(self, conversation_id: str, after: int, before: int) -> list[Message]:
        """Those with numbers between the two that are here, even where some are missing."""
        found = self._read(
            f"SELECT {MESSAGE} FROM messages WHERE account = ? AND conversation_id = ?"
            " AND seq > ? AND seq < ? ORDER BY seq",
            self._id,
            conversation_id,
            after,
            before,
        )
        return [message_of(row) for row in found]

    def searcher(self) -> Callable[[str, SearchFilter], list[Message]]:
        """The search in this account's messages, which may be called from any thread."""
        path, account = self._database.path, self._id
        return lambda asked, within: search.search(
            path, account, asked, within, message_of, MESSAGE
        )

    def message(self, client_id: str) -> Message | None:
        """One message."""
        found = self._read(
            f"SELECT {MESSAGE} FROM messages WHERE account = ? AND client_id = ?",
            self._id,
            client_id,
        )
        return message_of(found[0]) if found else None

    def put_messages(
        self,
        conversation_id: str,
        infos: Sequence[pb.MessageInfo],
        *,
        after: int | None = None,
        before: int | None = None,
        more: bool = False,
    ) -> list[Message]:
        """Take over messages, and give those that are news.

        ``infos`` are ascending. With ``after`` or ``before`` they are the answer to a pull, all
        that is next to that number; ``more`` tells whether others follow in that direction.
        """
        me = self.account.name if self.account else ""

        def work(db: sqlite3.Connection) -> list[Message]:
            news = [
                made
                for info in infos
                if (made := schema.put_message(db, self._id, me, conversation_id, info)) is not None
            ]
            schema.extend(db, self._id, conversation_id, infos, after, before, more)
            return news

        return self._database.run(work)

    # -- what the server has lost ---------------------------------------------------------------

    def doubts(self) -> dict[str, int]:
        """Conversations whose messages may not be the server's any more, and ``schema.LISTED`` if
        the server has the conversation, ``schema.DOUBTED`` if that is not known.
        """
        found = self._read(
            "SELECT id, doubt FROM conversations WHERE account = ? AND doubt > 0", self._id
        )
        return {row[0]: row[1] for row in found}

    def doubt(self, conversation_id: str) -> int:
        """One conversation's state of these; 0 where there is no doubt."""
        found = self._read(
            "SELECT doubt FROM conversations WHERE account = ? AND id = ?",
            self._id,
            conversation_id,
        )
        return int(found[0][0]) if found else 0

    def suspect(self, conversation_id: str) -> None:
        """A conversation that the server has does not add up."""
        self._write(
            "UPDATE conversations SET doubt = ? WHERE account = ? AND id = ?",
            schema.LISTED,
            self._id,
            conversation_id,
        )

    def tops(self) -> dict[str, int]:
        """How far each conversation is here."""
        return dict(self._read("SELECT id, top FROM conversations WHERE account = ?", self._id))

    def newest(self, conversation_id: str) -> int:
        """The largest number that is here; 0 where there is none."""
        found = self._read(
            "SELECT max(seq) FROM messages WHERE account = ? AND conversation_id = ?",
            self._id,
            conversation_id,
        )
        return int(found[0][0] or 0)

    def common(self, infos: Sequence[pb.MessageInfo]) -> int | None:
        """The largest number under which the same message is here as there; None: there is none."""
        me = self.account.name if self.account else ""
        return self._database.run(
            lambda db: next(
                (info.seq for info in reversed(infos) if schema.is_same(db, self._id, me, info)),
                None,
            )
        )

    def go_back(self, conversation_id: str, common: int, until: int) -> None:
        """The server has lost all after the number ``common`` up to ``until``.

        What is ours waits to be sent again, in its order and before what waits already; the rest is
        for its senders to send again.
        """
        self._database.run(lambda db: schema.go_back(db, self._id, conversation_id, common, until))

    def conversation_info(self, conversation_id: str) -> pb.ConversationInfo | None:
        """A conversation as it would have to be made again."""
        found = self._read(
            "SELECT kind, title, members FROM conversations WHERE account = ? AND id = ?",
            self._id,
            conversation_id,
        )
        if not found:
            return None
        kind, title, members = found[0]
        return pb.ConversationInfo(
            id=conversation_id,
            kind=pb.PUBLIC if kind == ConversationKind.PUBLIC.value else pb.GROUP,
            title=title,
            members=json.loads(members),
        )

    def move(self, conversation_id: str, to: str) -> None:
        """The server has a conversation under another id now; what waits goes there."""

        def work(db: sqlite3.Connection) -> None:
            schema.go_back(db, self._id, conversation_id, 0, MAX_SEQ)
            db.execute(
                "UPDATE messages SET conversation_id = ? WHERE account = ? AND conversation_id = ?",
                (to, self._id, conversation_id),
            )
            db.execute(
                "DELETE FROM conversations WHERE account = ? AND id = ?",
                (self._id, conversation_id),
            )

        self._database.run(work)

    # -- the outbox -----------------------------------------------------------------------------

    def waiting(self) -> tuple[int, float]:
        """(how many messages wait, when the first of them was written; 0.0 where none waits)."""
        found = self._read(
            "SELECT count(*), min(time) FROM messages WHERE account = ? AND seq IS NULL"
            " AND state = ?",
            self._id,
            MessageState.WAITING.value,
        )
        return int(found[0][0]), float(found[0][1] or 0.0)

    def add_waiting(self, message: Message) -> None:
        """Put a message of ours into the outbox: on disk when this returns."""
        self._database.run(lambda db: schema.add_waiting(db, self._id, message))

    def unsent(self) -> list[Message]:
        """What waits in the outbox, in order; what failed is not in it."""
        found = self._read(
            f"SELECT {MESSAGE} FROM messages WHERE account = ? AND seq IS NULL AND state = ?"
            " ORDER BY place",
            self._id,
            MessageState.WAITING.value,
        )
        return [message_of(row) for row in found]

    def mark_sent(self, client_id: str, seq: int, time: float) -> Message | None:
        """The server has a message of ours under this number."""

        def work(db: sqlite3.Connection) -> None:
            found = db.execute(
                "SELECT conversation_id FROM messages WHERE account = ? AND client_id = ?",
                (self._id, client_id),
            ).fetchone()
            if found is None:
                return
            key = (self._id, found[0], seq)
            schema.make_room(db, *key, client_id)
            db.execute(
                "UPDATE messages SET seq = ?, time = ?, state = ?, error = ''"
                " WHERE account = ? AND client_id = ?",
                (seq, time, MessageState.SENT.value, self._id, client_id),
            )
            schema.extend(db, self._id, found[0], ())

        self._database.run(work)
        return self.message(client_id)

    def mark_unsent(self, client_id: str, state: MessageState, error: str = "") -> Message | None:
        """FAILED for good, or WAITING once more (at the outbox's end)."""

        def work(db: sqlite3.Connection) -> None:
            db.execute(
                "UPDATE messages SET state = ?, error = ?, place = CASE WHEN ? THEN"
                " (SELECT max(place) + 1 FROM messages WHERE account = ? AND seq IS NULL)"
                " ELSE place END WHERE account = ? AND client_id = ? AND seq IS NULL",
                (
                    state.value,
                    error,
                    state is MessageState.WAITING,
                    self._id,
                    self._id,
                    client_id,
                ),
            )

        self._database.run(work)
        return self.message(client_id)

    def drop_unsent(self, client_id: str) -> None:
        """Forget a message of ours that the server does not have."""
        self._write(
            "DELETE FROM messages WHERE account = ? AND client_id = ? AND seq IS NULL",
            self._id,
            client_id,
        )

    # -- inside ---------------------------------------------------------------------------------

    def _read(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        return self._database.read(sql, values)

    def _write(self, sql: str, *values: Any) -> None:
        self._database.run(lambda db: db.execute(sql, values))

    def _begin_anew(self, aside: Path) -> None:
        """The file was damaged, and is a new one now."""
        self._rescue(aside)
        if self.account is not None:
            self.use_account(self.account)
        if self.on_reset is not None:
            self.on_reset(aside)

    def _rescue(self, aside: Path) -> None:
        """Take the outbox over from a damaged file, as far as it can be read."""
        unsent: list[tuple[Any, ...]] = []
        with contextlib.ExitStack() as last:
            last.enter_context(contextlib.suppress(sqlite3.Error, ValueError))
            old = sqlite3.connect(f"{aside.as_uri()}?mode=ro", uri=True)
            last.callback(old.close)
            columns = {row[1] for row in old.execute("PRAGMA table_info(messages)")}
            wanted = MESSAGE if "content" in columns else MESSAGE.replace("content", "x''")
            # Row by row, up to the first that is unreadable.
            unsent.extend(
                old.execute(
                    f"SELECT a.server_id, a.name, {wanted} FROM messages m JOIN accounts a"
                    " ON a.id = m.account WHERE m.seq IS NULL ORDER BY m.place"
                )
            )

        def work(db: sqlite3.Connection) -> None:
            for server_id, name, *row in unsent:
                with contextlib.suppress(ValueError):  # a state that is none
                    account = schema.account_id(db, Account(name, server_id))
                    schema.add_waiting(db, account, message_of(tuple(row)))

        with contextlib.suppress(ChatError):
            self._database.run(work)
