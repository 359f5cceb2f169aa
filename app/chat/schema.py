"""The rows of the local store: the schema, and what one row's change comes to.

Functions over an open SQLite connection, within the transaction of :class:`app.chat.store.Store`.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from typing import Any

from app.chat import search
from app.chat.model import Account, ConversationKind, Message, MessageState
from app.chat.proto import chat_pb2 as pb
from app.chat.protocol import name_key

VERSION = 4
SCHEMA = f"""
CREATE TABLE accounts (
    id INTEGER PRIMARY KEY, server_id TEXT NOT NULL, name_key TEXT NOT NULL, name TEXT NOT NULL,
    revision INTEGER NOT NULL DEFAULT 0, seen INTEGER NOT NULL DEFAULT 0,
    epoch BLOB NOT NULL DEFAULT x'', UNIQUE (server_id, name_key));
CREATE TABLE conversations (
    account INTEGER NOT NULL, id TEXT NOT NULL, kind TEXT NOT NULL, title TEXT NOT NULL,
    members TEXT NOT NULL, last_seq INTEGER NOT NULL, read_seq INTEGER NOT NULL,
    told_seq INTEGER NOT NULL, floor INTEGER NOT NULL DEFAULT 0, top INTEGER NOT NULL DEFAULT 0,
    last_text TEXT NOT NULL DEFAULT '', last_sender TEXT NOT NULL DEFAULT '',
    last_time REAL NOT NULL DEFAULT 0, doubt INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (account, id)) WITHOUT ROWID;
CREATE TABLE messages (
    account INTEGER NOT NULL, client_id TEXT NOT NULL, conversation_id TEXT NOT NULL, seq INTEGER,
    sender TEXT NOT NULL, text TEXT NOT NULL, time REAL NOT NULL, state TEXT NOT NULL,
    error TEXT NOT NULL DEFAULT '', place INTEGER NOT NULL DEFAULT 0,
    content BLOB NOT NULL DEFAULT x'',
    PRIMARY KEY (account, client_id)) WITHOUT ROWID;
CREATE UNIQUE INDEX messages_by_seq ON messages (account, conversation_id, seq)
    WHERE seq IS NOT NULL;
CREATE INDEX messages_sent ON messages (account, conversation_id, seq)
    WHERE state = 'sent' AND seq IS NOT NULL;
CREATE INDEX messages_unsent ON messages (account, place) WHERE seq IS NULL;
{search.SCHEMA}
"""
UPGRADES = {
    1: """
DROP INDEX messages_received;
CREATE INDEX messages_sent ON messages (account, conversation_id, seq)
    WHERE state = 'sent' AND seq IS NOT NULL;
""",
    2: """
ALTER TABLE accounts ADD COLUMN seen INTEGER NOT NULL DEFAULT 0;
ALTER TABLE accounts ADD COLUMN epoch BLOB NOT NULL DEFAULT x'';
ALTER TABLE conversations ADD COLUMN doubt INTEGER NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN content BLOB NOT NULL DEFAULT x'';
""",
    3: search.SCHEMA + search.FILL,
}
"""From a format to the next one."""
MESSAGE = "client_id, conversation_id, seq, sender, text, time, state, error, content"
_KINDS = {
    pb.DIRECT: ConversationKind.DIRECT,
    pb.GROUP: ConversationKind.GROUP,
    pb.PUBLIC: ConversationKind.PUBLIC,
}
_OURS = "state = 'sent' AND client_id != conversation_id || ':' || seq"
"""Messages of ours that can be sent again: their id is not one that put_message made up."""
DOUBTED, LISTED = 1, 2
"""Of a conversation whose messages may not be the server's any more (``doubt``; 0: there is none):
it is not known yet whether the server has the conversation; it has."""
MAX_SEQ = 2**62  # a number beyond it is no number of ours, and SQLite has none beyond 2**63


# What is unread: all numbers after the mark but our own; those that are not here yet count too.
CONVERSATIONS = """
SELECT c.id, c.kind, c.title, c.members, c.last_seq, c.read_seq, c.last_text, c.last_sender,
    c.last_time,
    max(0, c.last_seq - c.read_seq - (SELECT count(*) FROM messages s WHERE s.account = c.account
        AND s.conversation_id = c.id AND s.state = 'sent' AND s.seq > c.read_seq
        AND s.seq <= c.last_seq)),
    n.seq, n.text, n.sender, n.time
FROM conversations c LEFT JOIN messages n ON n.account = c.account AND n.conversation_id = c.id
    AND n.seq = (SELECT max(m.seq) FROM messages m WHERE m.account = c.account
        AND m.conversation_id = c.id AND m.seq IS NOT NULL)
WHERE c.account = ?"""

# An unsent message is the newest of its conversation whatever its time says.
UNSENT = """SELECT conversation_id, text, sender, time FROM messages
WHERE account = ? AND seq IS NULL"""


def account_id(db: sqlite3.Connection, account: Account) -> int:
    """The row of an account, made if it is new."""
    key = (account.server_id, name_key(account.name))
    db.execute(
        "INSERT INTO accounts (server_id, name_key, name) VALUES (?, ?, ?)"
        " ON CONFLICT DO UPDATE SET name = excluded.name",
        (*key, account.name),
    )
    found = db.execute("SELECT id FROM accounts WHERE server_id = ? AND name_key = ?", key)
    return int(found.fetchone()[0])


def message_of(row: tuple[Any, ...]) -> Message:
    """The message of a row of the columns ``MESSAGE``; raises ValueError for a damaged one."""
    client_id, conversation_id, seq, sender, text, time, state, error, content = row
    made = MessageState(state)
    return Message(client_id, conversation_id, seq, sender, text, time, made, error, content)


def put_conversation(db: sqlite3.Connection, account: int, info: pb.ConversationInfo) -> None:
    """Insert or renew a conversation; its numbers go back only where they are in doubt."""
    last = info.last
    db.execute(
        "UPDATE conversations SET doubt = ?, last_seq = ? WHERE account = ? AND id = ?"
        " AND doubt > 0",
        (LISTED, info.last_seq, account, info.id),
    )
    db.execute(
        "INSERT INTO conversations (account, id, kind, title, members, last_seq, read_seq,"
        " told_seq, last_text, last_sender, last_time) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET kind = excluded.kind, title = excluded.title,"
        " members = excluded.members, last_seq = max(last_seq, excluded.last_seq),"
        " read_seq = max(read_seq, excluded.read_seq), told_seq = excluded.told_seq,"
        " last_text = excluded.last_text, last_sender = excluded.last_sender,"
        " last_time = excluded.last_time",
        (
            account,
            info.id,
            _KINDS.get(info.kind, ConversationKind.GROUP).value,
            info.title,
            json.dumps(list(info.members), ensure_ascii=False),
            info.last_seq,
            info.read_seq,
            info.read_seq,
            last.text,
            last.sender,
            last.time_ms / 1000,
        ),
    )


def put_message(
    db: sqlite3.Connection, account: int, me: str, conversation_id: str, info: pb.MessageInfo
) -> Message | None:
    """Insert or complete a message; None when it was here just so."""
    mine = bool(info.client_id) or name_key(info.sender) == name_key(me)
    client_id = info.client_id or f"{conversation_id}:{info.seq}"
    known = db.execute(
        f"SELECT {MESSAGE} FROM messages WHERE account = ? AND (client_id = ?"
        " OR (conversation_id = ? AND seq = ?)) ORDER BY client_id = ? DESC",
        (account, client_id, conversation_id, info.seq, client_id),
    ).fetchall()
    if known and mine and not info.client_id:
        client_id = known[0][0]  # ours, though the server did not name it
    made = Message(
        client_id,
        conversation_id,
        info.seq,
        info.sender,
        info.text,
        info.time_ms / 1000,
        MessageState.SENT if mine else MessageState.RECEIVED,
        content=info.content,
    )
    if known and message_of(known[0]) == made:
        return None
    # One row a message: whatever is under this id or this number makes room.
    make_room(db, account, conversation_id, info.seq, client_id)
    db.execute("DELETE FROM messages WHERE account = ? AND client_id = ?", (account, client_id))
    db.execute(
        f"INSERT INTO messages (account, {MESSAGE}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, '', ?)",
        (
            account,
            client_id,
            conversation_id,
            made.seq,
            made.sender,
            made.text,
            made.time,
            made.state.value,
            made.content,
        ),
    )
    return made


def add_waiting(db: sqlite3.Connection, account: int, message: Message) -> None:
    """Put a message without a number at the end of the outbox."""
    db.execute(
        f"INSERT OR IGNORE INTO messages (account, {MESSAGE}, place)"
        " VALUES (?, ?, ?, NULL, ?, ?, ?, ?, ?, ?,"
        " (SELECT coalesce(max(place), 0) + 1 FROM messages WHERE account = ? AND seq IS NULL))",
        (
            account,
            message.client_id,
            message.conversation_id,
            message.sender,
            message.text,
            message.time,
            message.state.value,
            message.error,
            message.content,
            account,
        ),
    )


def doubt_all(db: sqlite3.Connection, account: int) -> None:
    """The server's store is not the one that these rows came from: begin from nothing."""
    db.execute("UPDATE accounts SET revision = 0, seen = 0 WHERE id = ?", (account,))
    db.execute("UPDATE conversations SET doubt = ? WHERE account = ?", (DOUBTED, account))


def is_same(db: sqlite3.Connection, account: int, me: str, info: pb.MessageInfo) -> bool:
    """Whether a message is here under its number just as it is there."""
    row = db.execute(
        f"SELECT {MESSAGE} FROM messages WHERE account = ? AND conversation_id = ? AND seq = ?",
        (account, info.conversation_id, info.seq),
    ).fetchone()
    if row is None:
        return False
    here = message_of(row)
    return (here.sender, here.text, here.time, here.content) == (
        info.sender,
        info.text,
        info.time_ms / 1000,
        info.content,
    )


def go_back(
    db: sqlite3.Connection, account: int, conversation_id: str, common: int, until: int
) -> None:
    """Undo a conversation between two numbers: ours go to the outbox's front, others go.

    All after ``common`` up to ``until``, which is in it too: what has come since is the server's.
    """
    key = (account, conversation_id)
    lost = [
        row[0]
        for row in db.execute(
            "SELECT client_id FROM messages WHERE account = ? AND conversation_id = ? AND seq > ?"
            f" AND seq <= ? AND {_OURS} ORDER BY seq",
            (*key, common, until),
        )
    ]
    _wait_again(db, account, lost)
    db.execute(
        "DELETE FROM messages WHERE account = ? AND conversation_id = ? AND seq > ? AND seq <= ?",
        (*key, common, until),
    )
    if common < until:
        db.execute(
            "UPDATE conversations SET top = min(top, ?),"
            " floor = CASE WHEN floor > ? THEN 0 ELSE floor END,"
            " read_seq = max(min(read_seq, ?), min(told_seq, last_seq)),"
            " told_seq = min(told_seq, last_seq) WHERE account = ? AND id = ?",
            (common, common, common, *key),
        )
    db.execute("UPDATE conversations SET doubt = 0 WHERE account = ? AND id = ?", key)


def make_room(
    db: sqlite3.Connection, account: int, conversation_id: str, seq: int, client_id: str
) -> bool:
    """Whether a number is free for a message, which it is unless another of ours has it.

    That one is not thrown away: it waits to be sent again, and the conversation is in doubt.
    """
    key = (account, conversation_id, seq, client_id)
    where = "account = ? AND conversation_id = ? AND seq = ? AND client_id != ?"
    ours = db.execute(f"SELECT client_id FROM messages WHERE {where} AND {_OURS}", key).fetchone()
    if ours is not None:
        _wait_again(db, account, [ours[0]])
        db.execute(
            "UPDATE conversations SET doubt = ? WHERE account = ? AND id = ?",
            (LISTED, account, conversation_id),
        )
    db.execute(f"DELETE FROM messages WHERE {where}", key)
    return ours is None


def _wait_again(db: sqlite3.Connection, account: int, lost: list[str]) -> None:
    """Put messages that had numbers before all that waits, in this order."""
    first = db.execute(
        "SELECT coalesce(min(place), 1) FROM messages WHERE account = ? AND seq IS NULL", (account,)
    ).fetchone()[0]
    db.executemany(
        "UPDATE messages SET seq = NULL, state = ?, place = ? WHERE account = ? AND client_id = ?",
        [
            (MessageState.WAITING.value, first - len(lost) + number, account, client_id)
            for number, client_id in enumerate(lost)
        ],
    )


def extend(
    db: sqlite3.Connection,
    account: int,
    conversation_id: str,
    infos: Sequence[pb.MessageInfo],
    after: int | None = None,
    before: int | None = None,
    more: bool = False,
) -> None:
    """Move a conversation's ``floor`` and ``top`` over what is here now without a gap."""
    key = (account, conversation_id)
    row = db.execute(
        "SELECT floor, top, last_seq FROM conversations WHERE account = ? AND id = ?", key
    ).fetchone()
    if row is None:
        return
    floor, top, last = row
    if infos:
        last = max(last, infos[-1].seq)
    if before is not None and infos:
        if before > top:  # the newest page: between it and what was here may be a gap
            top = infos[-1].seq
        floor = infos[0].seq if more else 1
    elif before is not None and before <= top:
        floor = 1
    elif after is not None and infos:
        floor, top = floor or 1, infos[-1].seq
    elif after is not None or before is not None:
        last = top  # the server has nothing there, whatever it said before
    above = db.execute(
        "SELECT seq FROM messages WHERE account = ? AND conversation_id = ? AND seq > ?"
        " ORDER BY seq",
        (*key, top),
    )
    for (seq,) in above:
        if seq != top + 1:
            break
        top, floor, last = seq, floor or seq, max(last, seq)
    below = db.execute(
        "SELECT seq FROM messages WHERE account = ? AND conversation_id = ? AND seq < ?"
        " ORDER BY seq DESC",
        (*key, floor),
    )
    for (seq,) in below:
        if seq != floor - 1:
            break
        floor = seq
    newest = db.execute(
        "SELECT max(seq) FROM messages WHERE account = ? AND conversation_id = ?"
        " AND seq IS NOT NULL",
        key,
    ).fetchone()[0]
    db.execute(
        "UPDATE conversations SET floor = ?, top = ?, last_seq = ? WHERE account = ? AND id = ?",
        (floor, top, max(last, newest or 0), *key),
    )
