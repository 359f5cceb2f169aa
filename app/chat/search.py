"""The search in what this device has: an index of words beside the messages, and questions to it.

The index (SQLite's FTS5, without a copy of the texts) is kept by triggers, so no way of writing a
message can miss it. Its rows are numbered by the message's time, which makes "the newest first"
and "between two days" its own order. Account, conversation and sender are terms too: a filter
costs no look at messages that it leaves out.

Questions are put to a read-only connection of their own and may be asked from any thread
(:meth:`app.chat.session.ChatSession.search` asks from a worker's).
"""

from __future__ import annotations

import contextlib
import re
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from app.chat.errors import ChatError
from app.chat.folding import name_term, question, terms
from app.chat.model import Message
from app.chat.protocol import name_key

MOST = 50  # hits of one question
_ROW_BITS = 20  # that many messages of one millisecond have a row each
_LATEST = 2**42 - 1  # milliseconds since the epoch; what a server says beyond is held to be then


def _tags(account: int, conversation_id: str, sender: str) -> str:
    return " ".join(
        (
            f"a{account}",
            name_term(f"c{account}x", conversation_id),
            name_term(f"s{account}x", name_key(sender)),
        )
    )


FUNCTIONS: Mapping[str, tuple[int, Callable[..., Any]]] = {
    "search_terms": (1, terms),
    "search_tags": (3, _tags),
}
"""What the triggers call: every connection that writes messages has to know them."""

_FIRST_ROW = f"(CAST(max(0, min(new.time * 1000, {_LATEST})) AS INTEGER) << {_ROW_BITS})"
_INDEX = f"""
INSERT OR IGNORE INTO search_rows (id, account, client_id) VALUES (
    (SELECT coalesce(max(id) + 1, {_FIRST_ROW}) FROM search_rows
        WHERE id BETWEEN {_FIRST_ROW} AND {_FIRST_ROW} + {2**_ROW_BITS - 1}),
    new.account, new.client_id);
INSERT INTO search (rowid, words, tags)
    SELECT id, search_terms(new.text),
        search_tags(new.account, new.conversation_id, new.sender)
    FROM search_rows WHERE account = new.account AND client_id = new.client_id;
"""
_FORGET = """
INSERT INTO search (search, rowid, words, tags)
    SELECT 'delete', id, search_terms(old.text),
        search_tags(old.account, old.conversation_id, old.sender)
    FROM search_rows WHERE account = old.account AND client_id = old.client_id;
DELETE FROM search_rows WHERE account = old.account AND client_id = old.client_id;
"""
SCHEMA = f"""
CREATE TABLE search_rows (
    id INTEGER PRIMARY KEY, account INTEGER NOT NULL, client_id TEXT NOT NULL,
    UNIQUE (account, client_id));
CREATE VIRTUAL TABLE search USING fts5 (
    words, tags, content = '', tokenize = 'ascii', prefix = '1 2 3');
CREATE TRIGGER search_insert AFTER INSERT ON messages BEGIN {_INDEX} END;
CREATE TRIGGER search_delete AFTER DELETE ON messages BEGIN {_FORGET} END;
CREATE TRIGGER search_update AFTER UPDATE OF text, time, sender, conversation_id, client_id, account
    ON messages BEGIN {_FORGET} {_INDEX} END;
"""
FILL = f"""
INSERT INTO search_rows (id, account, client_id)
    SELECT (CAST(max(0, min(time * 1000, {_LATEST})) AS INTEGER) << {_ROW_BITS})
        + (row_number() OVER (PARTITION BY CAST(time * 1000 AS INTEGER))) % {2**_ROW_BITS},
    account, client_id FROM messages;
INSERT INTO search (rowid, words, tags)
    SELECT s.id, search_terms(m.text), search_tags(m.account, m.conversation_id, m.sender)
    FROM search_rows s JOIN messages m USING (account, client_id) ORDER BY s.id;
"""
"""Index the messages of a store that had no index."""


@dataclass(frozen=True, slots=True)
class SearchFilter:
    """What is left out; everything passes an empty one.

    ``since`` and ``until`` are seconds since the epoch: from the one, up to but without the other.
    """

    conversation_id: str = ""
    sender: str = ""
    since: float = 0.0
    until: float = float("inf")


_FILTER = re.compile(
    r"(?:^|(?<=\s))(from|after|before|来自|晚于|早于)[:：]\s*(?:[\"“]([^\"”]*)[\"”]|(\S+))",
    re.IGNORECASE,
)
_MEANS = {"来自": "from", "晚于": "after", "早于": "before"}


def parse(typed: str, conversation_id: str = "") -> tuple[str, SearchFilter]:
    """What a person typed: the words, and the filters among them.

    ``from:NAME``, ``after:2026-11-29`` and ``before:2026-11-29`` (local days; the first counts, the
    second does not), a name with spaces in quotation marks; ``来自：``, ``晚于：``, ``早于：`` too.
    What is no day is left among the words.
    """
    sender, since, until = "", 0.0, float("inf")

    def take(match: re.Match[str]) -> str:
        nonlocal sender, since, until
        name, value = match[1].lower(), match[2] or match[3] or ""
        name = _MEANS.get(name, name)
        if name == "from":
            sender = value
            return ""
        try:
            day = datetime.fromisoformat(value).astimezone().timestamp()
        except (ValueError, OverflowError, OSError):
            return match[0]
        if name == "after":
            since = day
        else:
            until = day
        return ""

    words = _FILTER.sub(take, typed).strip()
    return words, SearchFilter(conversation_id, sender, since, until)


def register(db: sqlite3.Connection) -> None:
    """Teach a connection what the triggers of the index call."""
    for name, (arguments, function) in FUNCTIONS.items():
        db.create_function(name, arguments, function, deterministic=True)


def expression(account: int, asked: str, within: SearchFilter) -> str:
    """The question as FTS5 has it; "" where there is no word in it."""
    words = question(asked)
    if not words and within == SearchFilter(conversation_id=within.conversation_id):
        return ""  # a conversation alone is no question
    tag = f"a{account}"
    if within.conversation_id:
        tag = name_term(f"c{account}x", within.conversation_id)
    parts = [f"words : {word}" for word in words] + [f"tags : {tag}"]
    if within.sender:
        parts.append("tags : " + name_term(f"s{account}x", name_key(within.sender)))
    return " AND ".join(parts)


def search(
    path: Path,
    account: int,
    asked: str,
    within: SearchFilter,
    row: Callable[[tuple[Any, ...]], Message],
    columns: str,
    limit: int = MOST,
) -> list[Message]:
    """The newest messages that hold all words of ``asked``; raises ChatError "storage".

    ``row`` makes a message of ``columns``. Only reads, and may be called from any thread.
    """
    wanted = expression(account, asked, within)
    if not wanted:
        return []
    first = _row(within.since)
    end = _row(within.until)
    named = ", ".join(f"m.{name.strip()}" for name in columns.split(","))
    sql = (
        f"SELECT {named} FROM"
        " (SELECT rowid AS id FROM search WHERE search MATCH ? AND rowid >= ? AND rowid < ?"
        " ORDER BY rowid DESC LIMIT ?) f"
        " CROSS JOIN search_rows s ON s.id = f.id"
        " JOIN messages m ON m.account = s.account AND m.client_id = s.client_id"
        " ORDER BY f.id DESC"
    )
    try:
        with contextlib.closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as db:
            found = db.execute(sql, (wanted, first, end, limit)).fetchall()
    except sqlite3.Error as error:
        raise ChatError("storage", str(error)) from error
    return [row(each) for each in found]


def _row(seconds: float) -> int:
    return int(max(0.0, min(seconds * 1000, float(_LATEST + 1)))) << _ROW_BITS
