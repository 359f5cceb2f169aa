"""The conversations, newest first, and the filter of the search field."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSortFilterProxyModel,
    Qt,
)

from app.chat.folding import fold
from app.chat.model import Conversation
from app.desktop.i18n import listed, tr

CONVERSATION_ROLE = Qt.ItemDataRole.UserRole + 1
_ROOT = QModelIndex()


def shown_title(conversation: Conversation) -> str:
    """A conversation's title; of a group that is called after its members, their names listed."""
    names = conversation.title.split(", ")
    if len(names) > 1 and all(name in conversation.members for name in names):
        return listed(names)
    return conversation.title


class ConversationsModel(QAbstractListModel):
    """Rows are conversations in no order; the filter sorts them."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[Conversation] = []
        self._drafts: dict[str, str] = {}
        self._open = ""
        self.me = ""

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = _ROOT) -> int:
        """How many conversations there are."""
        return 0 if parent.isValid() else len(self._rows)

    def data(
        self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """The title, the :class:`Conversation`, or a sentence for screen readers."""
        if not index.isValid() or index.row() >= len(self._rows):
            return None
        conversation = self._rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return shown_title(conversation)
        if role == CONVERSATION_ROLE:
            return conversation
        if role == Qt.ItemDataRole.AccessibleTextRole:
            unread = conversation.unread
            draft = self.draft(conversation.id)
            last = tr("Draft: {text}", text=draft) if draft else conversation.last_text
            parts = [shown_title(conversation), last]
            parts += [tr("{n} unread", n=unread)] if unread else []
            return ", ".join(part for part in parts if part)
        return None

    def show(self, conversations: list[Conversation], me: str) -> None:
        """Replace everything."""
        self.beginResetModel()
        self.me = me
        self._drafts.clear()
        self._open = ""
        self._rows = list(conversations)
        self.endResetModel()

    def put(self, conversation: Conversation) -> None:
        """Add a conversation or its new state."""
        for row, known in enumerate(self._rows):
            if known.id == conversation.id:
                if known != conversation:
                    self._rows[row] = conversation
                    index = self.index(row)
                    self.dataChanged.emit(index, index)
                return
        self.beginInsertRows(QModelIndex(), len(self._rows), len(self._rows))
        self._rows.append(conversation)
        self.endInsertRows()

    def set_open(self, conversation_id: str) -> None:
        """The open conversation, "" where there is none: its draft stands in the field."""
        before, self._open = self._open, conversation_id
        for each in {before, conversation_id}:
            self._touch(each)

    def set_draft(self, conversation_id: str, draft: str) -> None:
        """What is written in a conversation and not sent; "" where there is nothing."""
        if draft.strip():
            self._drafts[conversation_id] = draft
        else:
            self._drafts.pop(conversation_id, None)
        if conversation_id != self._open:
            self._touch(conversation_id)

    def draft(self, conversation_id: str) -> str:
        """The draft that is to be seen in the list; "" where there is none."""
        return "" if conversation_id == self._open else self._drafts.get(conversation_id, "")

    def _touch(self, conversation_id: str) -> None:
        row = self.row_of(conversation_id)
        if row >= 0:
            index = self.index(row)
            self.dataChanged.emit(index, index)

    def remove(self, conversation_id: str) -> None:
        """A conversation is gone; an unknown one is ignored."""
        row = self.row_of(conversation_id)
        if row >= 0:
            self.beginRemoveRows(QModelIndex(), row, row)
            del self._rows[row]
            self.endRemoveRows()

    def find(self, conversation_id: str) -> Conversation | None:
        """The conversation of an id."""
        return next((c for c in self._rows if c.id == conversation_id), None)

    def row_of(self, conversation_id: str) -> int:
        """Its row, or -1."""
        return next((r for r, c in enumerate(self._rows) if c.id == conversation_id), -1)

    @property
    def unread(self) -> int:
        """Unread messages in all conversations."""
        return sum(conversation.unread for conversation in self._rows)


class ConversationsFilter(QSortFilterProxyModel):
    """Newest first; only those whose title or last message holds the searched text."""

    def __init__(self, source: ConversationsModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._wanted = ""
        self.setSourceModel(source)
        self.setDynamicSortFilter(True)
        self.sort(0)

    def search(self, text: str) -> None:
        """Show only what holds ``text``, whatever the case, accents and width."""
        self._wanted = fold(text.strip())
        self.invalidate()

    def filterAcceptsRow(self, row: int, parent: QModelIndex | QPersistentModelIndex) -> bool:
        """Whether a conversation fits the search."""
        if not self._wanted:
            return True
        found = self.sourceModel().index(row, 0, parent).data(CONVERSATION_ROLE)
        return self._wanted in fold(f"{found.title}\n{found.last_text}")

    def lessThan(
        self, left: QModelIndex | QPersistentModelIndex, right: QModelIndex | QPersistentModelIndex
    ) -> bool:
        """Later ones first; those without a message last, by title."""
        one, other = left.data(CONVERSATION_ROLE), right.data(CONVERSATION_ROLE)
        if one.last_time != other.last_time:
            return bool((one.last_time or 0) > (other.last_time or 0))
        return bool(one.title.casefold() < other.title.casefold())
