"""What a search found, in one list: conversations by their names, people, messages.

:class:`SearchResults` is the model; its rows look like those of the conversations, with the words
that were searched for in another colour.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPointF,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QTextCharFormat, QTextLayout, QTextOption
from PySide6.QtWidgets import QStyleOptionViewItem

from app.chat.folding import find_spans, fold
from app.chat.model import Conversation, ConversationKind, Message
from app.chat.search import parse
from app.desktop.conversation_delegate import ConversationDelegate
from app.desktop.conversations_model import CONVERSATION_ROLE, ConversationsModel, shown_title
from app.desktop.i18n import tr
from app.desktop.links import utf16_length
from app.desktop.theme import theme

RESULT_ROLE = Qt.ItemDataRole.UserRole + 2
LEAD = 24  # characters shown before the first word that was found
SHOWN = 200  # characters of a message in one row
HEADING_HEIGHT = 32
_ROOT = QModelIndex()
Index = QModelIndex | QPersistentModelIndex


class ResultKind(Enum):
    """What a row stands for."""

    HEADING = "heading"
    CONVERSATION = "conversation"
    PERSON = "person"
    MESSAGE = "message"


@dataclass(frozen=True, slots=True)
class Result:
    """One row; ``shown`` is what is painted, ``seq`` a message's number."""

    kind: ResultKind
    title: str
    shown: Conversation | None = None
    seq: int | None = None


def excerpt(text: str, asked: str) -> str:
    """One line of a text in which the first word that was found is in sight."""
    text = " ".join(text[:100_000].split())
    spans = find_spans(text, asked)
    start = max(0, spans[0][0] - LEAD) if spans else 0
    return ("…" if start else "") + text[start : start + SHOWN]


class SearchResults(QAbstractListModel):
    """Rows are :class:`Result`; headings stand between the kinds and cannot be chosen."""

    def __init__(self, source: ConversationsModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._source = source
        self._rows: list[Result] = []
        self._people: list[str] = []
        self._messages: list[Message] = []
        self.typed = ""
        self.within = ""  # the id of the one conversation that is searched; "" for all

    @property
    def asked(self) -> str:
        """The words, without the filters."""
        return parse(self.typed)[0]

    def begin(self, typed: str, within: str = "") -> None:
        """Another question; what the one before found stands until this one is answered."""
        if within != self.within or not typed.startswith(self.typed) or not self.typed:
            self._people, self._messages = [], []
        self.typed, self.within = typed, within
        self.rebuild()

    def show_people(self, people: list[str]) -> None:
        """What the server knows by that name."""
        self._people = people
        self.rebuild()

    def show_messages(self, messages: list[Message]) -> None:
        """What the store has."""
        self._messages = messages
        self.rebuild()

    def rebuild(self) -> None:
        """Put the rows together: another part came in, or another language."""
        self.beginResetModel()
        self._rows = []
        if self.typed and not self.within:
            self._add(tr("Conversations"), self._by_title())
            self._add(tr("People"), self._new_people())
        self._add(tr("Messages"), [row for m in self._messages if (row := self._row(m))])
        self.endResetModel()

    def _add(self, heading: str, rows: list[Result]) -> None:
        if rows:
            self._rows.append(Result(ResultKind.HEADING, heading))
            self._rows += rows

    def _by_title(self) -> list[Result]:
        wanted = fold(self.typed.strip())
        found = [
            c
            for row in range(self._source.rowCount())
            if wanted in fold((c := self._source.index(row).data(CONVERSATION_ROLE)).title)
        ]
        found.sort(key=lambda c: (not fold(c.title).startswith(wanted), -c.last_time))
        return [Result(ResultKind.CONVERSATION, shown_title(c), c) for c in found]

    def _new_people(self) -> list[Result]:
        """Those with whom there is no conversation yet."""
        known = {
            c.title
            for row in range(self._source.rowCount())
            if (c := self._source.index(row).data(CONVERSATION_ROLE)).kind
            is ConversationKind.DIRECT
        }
        return [
            Result(
                ResultKind.PERSON,
                name,
                Conversation("", ConversationKind.DIRECT, name, (), 0, 0, "", "", 0.0, 0),
            )
            for name in self._people
            if name not in known
        ]

    def _row(self, message: Message) -> Result | None:
        found = self._source.find(message.conversation_id)
        if found is None:
            return None
        shown = replace(
            found,
            last_text=excerpt(message.text, self.asked),
            last_sender=message.sender,
            last_time=message.time,
            unread=0,
        )
        return Result(ResultKind.MESSAGE, shown_title(found), shown, message.seq)

    def rowCount(self, parent: Index = _ROOT) -> int:
        """How many rows there are, headings included."""
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The title, the :class:`Result`, its conversation, or a sentence for screen readers."""
        if not index.isValid() or index.row() >= len(self._rows):
            return None
        found = self._rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return found.title
        if role == RESULT_ROLE:
            return found
        if role == CONVERSATION_ROLE:
            return found.shown
        if role == Qt.ItemDataRole.AccessibleTextRole:
            if found.kind is ResultKind.MESSAGE and found.shown:
                said = (found.title, found.shown.last_sender, found.shown.last_text)
                return ", ".join(part for part in said if part)
            return found.title
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Headings are passed over."""
        if index.isValid() and self._rows[index.row()].kind is ResultKind.HEADING:
            return Qt.ItemFlag.NoItemFlags
        return super().flags(index)

    def first_choice(self) -> int:
        """The first row that can be chosen, or -1."""
        return 1 if self._rows else -1


class ResultDelegate(ConversationDelegate):
    """Rows as in the list of conversations; headings; words that were found in another colour."""

    def __init__(
        self, results: SearchResults, source: ConversationsModel, parent: QObject | None = None
    ) -> None:
        super().__init__(source, parent)
        self._results = results

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Headings are lower than what they stand above."""
        found: Result = index.data(RESULT_ROLE)
        if found.kind is ResultKind.HEADING:
            return QSize(200, HEADING_HEIGHT)
        return super().sizeHint(option, index)

    def preview(self, conversation: Conversation) -> str:
        """A person whom one has not written to has no second line of their own."""
        if not conversation.id:
            return tr("Write a message")
        return self.message_line(conversation)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw one row."""
        found: Result = index.data(RESULT_ROLE)
        if found.kind is not ResultKind.HEADING:
            super().paint(painter, option, index)
            return
        font = QFont(option.font)
        font.setPointSizeF(font.pointSizeF() * 0.84)
        font.setWeight(QFont.Weight.DemiBold)
        painter.save()
        painter.setFont(font)
        painter.setPen(theme().color("muted"))
        box = QRectF(option.rect).adjusted(18, 0, -18, -4)
        painter.drawText(
            box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom, found.title
        )
        painter.restore()

    def _paint_preview(
        self, painter: QPainter, line: QRectF, font: QFont, found: Conversation
    ) -> None:
        plain = QFontMetricsF(font)
        words = self.preview(found)
        words = plain.elidedText(words, Qt.TextElideMode.ElideRight, line.width())
        layout = QTextLayout(words, font)
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.NoWrap)
        layout.setTextOption(option)
        look = QTextCharFormat()
        look.setForeground(theme().color("link"))
        ranges = []
        for start, end in find_spans(words, self._results.asked) if found.id else ():
            made = QTextLayout.FormatRange()
            made.start = utf16_length(words[:start])
            made.length = utf16_length(words[start:end])
            made.format = look
            ranges.append(made)
        layout.setFormats(ranges)
        layout.beginLayout()
        layout.createLine().setLineWidth(line.width())
        layout.endLayout()
        painter.setPen(theme().color("muted"))
        layout.draw(painter, QPointF(line.left(), line.center().y() - plain.height() / 2))
