"""Paints one conversation of the list: avatar, title, last message, time, unread badge."""

from __future__ import annotations

from datetime import date

from PySide6.QtCore import (
    QLocale,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QFont, QFontMetricsF, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from app.chat.model import Conversation, ConversationKind
from app.desktop.avatar import paint_avatar
from app.desktop.conversations_model import CONVERSATION_ROLE, ConversationsModel, shown_title
from app.desktop.formatting import plain
from app.desktop.i18n import tr
from app.desktop.local_time import clock_text, date_text, local_day, today
from app.desktop.theme import theme

HEIGHT = 68
AVATAR = 46
PAD = 10
PREVIEWED = 1000  # characters of a message that are looked at

SIGNS = {ConversationKind.GROUP: "group", ConversationKind.PUBLIC: "globe"}


def when_text(seconds: float | None, this_day: date) -> str:
    """Today a clock time, this week a weekday, else a date."""
    if not seconds:
        return ""
    day = local_day(seconds)
    age = (this_day - day).days
    if age <= 0:
        return clock_text(seconds)
    if age == 1:
        return tr("Yesterday")
    if age < 7:
        return date_text(day, "ddd")
    return date_text(day, QLocale.FormatType.ShortFormat)


def badge_text(unread: int) -> str:
    """The number, kept short."""
    return str(unread) if unread < 1000 else "999+"


class ConversationDelegate(QStyledItemDelegate):
    """See the module's text."""

    def __init__(self, source: ConversationsModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._source = source

    def sizeHint(
        self, _option: QStyleOptionViewItem, _index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        """All rows are alike."""
        return QSize(200, HEIGHT)

    def preview(self, conversation: Conversation) -> str:
        """The second line: a draft, or else the last message, with its writer in a group."""
        draft = self._source.draft(conversation.id)
        if draft:
            return tr("Draft: {text}", text=" ".join(draft[:PREVIEWED].split()))
        return self.message_line(conversation)

    def message_line(self, conversation: Conversation) -> str:
        """The last message, with its writer in a group."""
        text = " ".join(plain(conversation.last_text[:PREVIEWED]).split())
        if not text:
            return tr("No messages yet")
        if conversation.last_sender == self._source.me:
            return tr("You: {text}", text=text)
        if conversation.kind is not ConversationKind.DIRECT and conversation.last_sender:
            return f"{conversation.last_sender}: {text}"
        return text

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Draw one row."""
        found: Conversation = index.data(CONVERSATION_ROLE)
        shown = theme()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(option.rect).adjusted(8, 2, -8, -2)
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        hovered = bool(option.state & QStyle.StateFlag.State_MouseOver)
        if selected or hovered:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(shown.color("selected" if selected else "hover"))
            painter.drawRoundedRect(box, 12, 12)
        by_keys = bool(option.state & QStyle.StateFlag.State_KeyboardFocusChange)
        if option.state & QStyle.StateFlag.State_HasFocus and (by_keys or not selected):
            painter.setPen(shown.color("accent"))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box, 12, 12)
        round_box = QRectF(box.left() + PAD, box.center().y() - AVATAR / 2, AVATAR, AVATAR)
        paint_avatar(painter, round_box, found.title, SIGNS.get(found.kind, ""))
        left = round_box.right() + 12
        self._paint_words(
            painter,
            QRectF(left, box.top(), box.right() - PAD - left, box.height()),
            found,
            option.font,
        )
        painter.restore()

    def _paint_words(
        self, painter: QPainter, box: QRectF, found: Conversation, font: QFont
    ) -> None:
        shown = theme()
        title_font, small_font = QFont(font), QFont(font)
        title_font.setWeight(QFont.Weight.DemiBold)
        small_font.setPointSizeF(font.pointSizeF() * 0.84)
        title, plain, small = (QFontMetricsF(f) for f in (title_font, font, small_font))
        first = box.top() + (box.height() - title.height() - plain.height() - 2) / 2
        second = first + title.height() + 2
        when = when_text(found.last_time, today())
        wide = small.horizontalAdvance(when)
        painter.setFont(small_font)
        painter.setPen(shown.color("accent" if found.unread and not shown.dark else "muted"))
        line = QRectF(box.left(), first, box.width(), title.height())
        painter.drawText(line, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, when)
        painter.setFont(title_font)
        painter.setPen(shown.color("text"))
        room = box.width() - wide - 10
        words = title.elidedText(shown_title(found), Qt.TextElideMode.ElideRight, room)
        painter.drawText(line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, words)
        line = QRectF(box.left(), second, box.width(), plain.height())
        if found.unread:
            line.setRight(self._paint_badge(painter, line, badge_text(found.unread), small_font))
        self._paint_preview(painter, line, font, found)

    def _paint_preview(
        self, painter: QPainter, line: QRectF, font: QFont, found: Conversation
    ) -> None:
        painter.setFont(font)
        draft = self._source.draft(found.id)
        painter.setPen(theme().color("danger" if draft else "muted"))
        words = QFontMetricsF(font).elidedText(
            self.preview(found), Qt.TextElideMode.ElideRight, line.width()
        )
        painter.drawText(line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, words)

    @staticmethod
    def _paint_badge(painter: QPainter, line: QRectF, number: str, font: QFont) -> float:
        """Draw the unread number at the line's right end; gives where the text must stop."""
        font = QFont(font)
        font.setWeight(QFont.Weight.DemiBold)
        high = 20.0
        wide = max(high, QFontMetricsF(font).horizontalAdvance(number) + 12)
        pill = QRectF(line.right() - wide, line.center().y() - high / 2, wide, high)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme().color("badge"))
        painter.drawRoundedRect(pill, high / 2, high / 2)
        painter.setFont(font)
        painter.setPen(theme().color("badge_text"))
        painter.drawText(pill, Qt.AlignmentFlag.AlignCenter, number)
        return pill.left() - 8
