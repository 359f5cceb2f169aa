"""The messages of one conversation, oldest first, as a Qt model."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from app.chat.model import Message, MessageState
from app.chat.replies import answered
from app.desktop.i18n import tr
from app.desktop.local_time import clock_text, local_day

RUN_GAP = 300.0  # seconds of silence that end a run of bubbles

MESSAGE_ROLE = Qt.ItemDataRole.UserRole + 1

_ROOT = QModelIndex()
Index = QModelIndex | QPersistentModelIndex


def _order(message: Message) -> tuple[float, float]:
    """By the server's number; what has none yet stands last, by time of writing."""
    return (float("inf") if message.seq is None else message.seq, message.time)


class TranscriptModel(QAbstractListModel):
    """Rows are messages; a message is known by its client id, and again by its number."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._messages: list[Message] = []
        self.me = ""
        self.group = False
        self.file_label: Callable[[Message], str] = lambda _message: ""
        """What stands below a message's file: how it goes, or what a click does."""
        self.at_newest = True  # else what is shown is a piece of the past

    def rowCount(self, parent: Index = _ROOT) -> int:
        """How many messages are loaded."""
        return 0 if parent.isValid() else len(self._messages)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The text, the :class:`Message` itself, or a sentence for screen readers."""
        if not index.isValid() or index.row() >= len(self._messages):
            return None
        message = self._messages[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return message.text
        if role == MESSAGE_ROLE:
            return message
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._spoken(message)
        return None

    def _spoken(self, message: Message) -> str:
        who = tr("You") if self.is_mine(message) else message.sender
        states = {
            MessageState.WAITING: tr("waiting to be sent"),
            MessageState.FAILED: tr("not sent"),
        }
        parts = [f"{who}, {clock_text(message.time)}: {message.text}"]
        quote = answered(message.content)
        if quote is not None:
            parts.append(tr("in reply to {name}: {text}", name=quote.sender, text=quote.excerpt))
        if message.state in states:
            parts.append(states[message.state])
        return ", ".join(parts)

    def message(self, row: int) -> Message:
        """The message of a row."""
        return self._messages[row]

    def is_mine(self, message: Message) -> bool:
        """Whether the reader wrote it (from this device or another)."""
        return message.state is not MessageState.RECEIVED or message.sender == self.me

    def show(
        self, messages: Iterable[Message], *, me: str, group: bool, at_newest: bool = True
    ) -> None:
        """Replace everything: another conversation, or another place in it."""
        self.beginResetModel()
        self.at_newest = at_newest
        self.me, self.group = me, group
        self._messages = sorted(messages, key=_order)
        self.endResetModel()

    def prepend(self, messages: Iterable[Message]) -> int:
        """Put older messages before the first; gives how many were new."""
        known = {message.client_id for message in self._messages}
        fresh = sorted((m for m in messages if m.client_id not in known), key=_order)
        if fresh:
            self.beginInsertRows(QModelIndex(), 0, len(fresh) - 1)
            self._messages[:0] = fresh
            self.endInsertRows()
            self._touch(len(fresh))
        return len(fresh)

    def append(self, messages: Iterable[Message], *, at_newest: bool) -> None:
        """Put newer messages after the last, where a piece of the past is shown."""
        known = {message.client_id for message in self._messages}
        fresh = sorted((m for m in messages if m.client_id not in known), key=_order)
        self.at_newest = self.at_newest or at_newest
        if fresh:
            first = len(self._messages)
            self.beginInsertRows(QModelIndex(), first, first + len(fresh) - 1)
            self._messages += fresh
            self.endInsertRows()
            self._touch(first - 1)

    def put(self, message: Message) -> bool:
        """Show a new message, or a new state of a known one; whether it was new.

        One that does not belong to the piece of the past in sight is new, and not shown.
        """
        row = self._find(message)
        if row is None and not self.at_newest and not self._is_within(message):
            return True
        if row is not None:
            old = self._messages[row]
            if old == message:
                return False
            if _order(old) == _order(message):
                self._messages[row] = message
                self._touch(row)
                return False
            self.beginRemoveRows(QModelIndex(), row, row)
            del self._messages[row]
            self.endRemoveRows()
            self._touch(row)
        place: list[Message] = list(self._messages)
        insort(place, message, key=_order)
        at = place.index(message)
        self.beginInsertRows(QModelIndex(), at, at)
        self._messages = place
        self.endInsertRows()
        self._touch(at - 1)
        self._touch(at + 1)
        return row is None

    def _is_within(self, message: Message) -> bool:
        first, last = self.oldest_seq(), self.newest_seq()
        if message.seq is None or first is None or last is None:
            return False
        return first < message.seq <= last + 1

    def row_of_seq(self, seq: int) -> int:
        """The row of a number, or -1."""
        row = bisect_left(self._messages, float(seq), key=lambda message: _order(message)[0])
        if row < len(self._messages) and self._messages[row].seq == seq:
            return row
        return -1

    def newest_seq(self) -> int | None:
        """The largest number that is loaded."""
        return next((m.seq for m in reversed(self._messages) if m.seq is not None), None)

    def _find(self, message: Message) -> int | None:
        """From the end: what changes is nearly always new."""
        for row in range(len(self._messages) - 1, -1, -1):
            if self._messages[row].client_id == message.client_id:
                return row
        return None

    def _touch(self, row: int) -> None:
        if 0 <= row < len(self._messages):
            index = self.index(row)
            self.dataChanged.emit(index, index)

    def file_changed(self, client_id: str) -> None:
        """The file of a message goes on."""
        for row in range(len(self._messages) - 1, -1, -1):
            if self._messages[row].client_id == client_id:
                self._touch(row)
                return

    def oldest_seq(self) -> int | None:
        """The number of the oldest message that has one."""
        return self._messages[0].seq if self._messages else None

    def starts_day(self, row: int) -> bool:
        """Whether a date stands above the row."""
        if row == 0:
            return True
        return local_day(self._messages[row - 1].time) != local_day(self._messages[row].time)

    def starts_run(self, row: int) -> bool:
        """Whether the row is the first of several bubbles by one sender."""
        if self.starts_day(row):
            return True
        before, this = self._messages[row - 1], self._messages[row]
        return before.sender != this.sender or this.time - before.time > RUN_GAP

    def ends_run(self, row: int) -> bool:
        """Whether the row is the last of its run."""
        return row + 1 >= len(self._messages) or self.starts_run(row + 1)
