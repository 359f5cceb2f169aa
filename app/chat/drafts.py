"""What was written and not sent, kept on disk by account and conversation.

A file of its own beside the message store: a draft is nothing that the server knows of, and losing
one is no reason to set the messages aside. A change is on disk before :meth:`Drafts.keep` returns.
"""

from __future__ import annotations

import logging
from pathlib import Path

from app.chat.database import ChatDatabase
from app.chat.errors import ChatError
from app.chat.model import MAX_TEXT, Account
from app.chat.protocol import name_key

_log = logging.getLogger("app.chat.drafts")

FILE_NAME = "drafts.sqlite3"
_VERSION = 1
_SCHEMA = """
CREATE TABLE drafts (
    server_id TEXT NOT NULL, name_key TEXT NOT NULL, conversation_id TEXT NOT NULL,
    draft TEXT NOT NULL, PRIMARY KEY (server_id, name_key, conversation_id)) WITHOUT ROWID;
"""


class Drafts:
    """The drafts of every account of a profile. Never raises: what cannot be kept is logged."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE_NAME
        self._database: ChatDatabase | None = None
        self._failed = False
        self._known: dict[tuple[str, str, str], str] = {}  # as on disk, or as it should be

    def load(self, account: Account) -> None:
        """Read an account's drafts; what is not there is none."""
        server_id, key = account.server_id, name_key(account.name)
        try:
            rows = self._opened().read(
                "SELECT conversation_id, draft FROM drafts WHERE server_id = ? AND name_key = ?",
                (server_id, key),
            )
        except ChatError as error:
            self._note(error)
            return
        for conversation_id, draft in rows:
            self._known.setdefault((server_id, key, conversation_id), str(draft))

    def get(self, account: Account, conversation_id: str) -> str:
        """The draft of a conversation, or ""."""
        return self._known.get((account.server_id, name_key(account.name), conversation_id), "")

    def keep(self, account: Account, conversation_id: str, draft: str) -> None:
        """Keep a draft; "" forgets it."""
        where = (account.server_id, name_key(account.name), conversation_id)
        draft = draft.encode("utf-8", "replace").decode()[: 4 * MAX_TEXT]
        if self._known.get(where, "") == draft:
            return
        if draft:
            self._known[where] = draft
        else:
            self._known.pop(where, None)
        try:
            self._opened().run(
                lambda db: (
                    db.execute("INSERT OR REPLACE INTO drafts VALUES (?, ?, ?, ?)", (*where, draft))
                    if draft
                    else db.execute(
                        "DELETE FROM drafts"
                        " WHERE server_id = ? AND name_key = ? AND conversation_id = ?",
                        where,
                    )
                )
            )
        except ChatError as error:
            self._note(error)

    def close(self) -> None:
        """Free the file."""
        if self._database is not None:
            self._database.close()
            self._database = None

    def _opened(self) -> ChatDatabase:
        if self._database is None:
            self._database = ChatDatabase(self._path, _SCHEMA, _VERSION)
        return self._database

    def _note(self, error: ChatError) -> None:
        if not self._failed:  # once: a full disk is told of by the message store
            self._failed = True
            _log.warning("drafts are kept for this run alone: %s", error)
