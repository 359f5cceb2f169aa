"""The transcript: a list of bubbles that can be clicked, marked, copied and walked through."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QWheelEvent,
)

from app.chat.replies import answered
from app.desktop.bubble_list import BubbleList
from app.desktop.links import utf16_length, utf16_slice
from app.desktop.transcript_menu import build_menu

_DRAG = 6  # pixels that make a drag, which marks text, of a click


class TranscriptView(BubbleList):
    """The mouse and the keys of a :class:`BubbleList`."""

    retry_wanted = Signal(str)  # a message's client id
    link_opened = Signal(str)
    reply_wanted = Signal(object)  # the Message that is to be answered
    place_wanted = Signal(int)  # the number of a message that was answered
    file_clicked = Signal(object)  # the Message whose file is wanted
    menu_opened = Signal(object, object)  # the QMenu of a Message, to add to; and that message
    whole_wanted = Signal(str)  # a long text, to be shown whole

    _pressed: QPointF | None = None

    def _hit(self, point: QPointF) -> tuple[int, QRectF] | None:
        """The row whose bubble lies under a point, and the bubble's box."""
        index = self.indexAt(point.toPoint())
        if not index.isValid():
            return None
        box = self._layout.bubble_box(index.row(), self._top(index.row()))
        return (index.row(), box) if box.contains(point) else None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin to select text in a bubble."""
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        if event.button() != Qt.MouseButton.LeftButton:
            return
        self._pressed = event.position()
        hit = self._hit(event.position())
        self._picked = None
        if hit:
            row, box = hit
            at = self._layout.bubble(row).position_at(event.position() - box.topLeft())
            self._picked = (row, at, at)
            self.setCurrentIndex(self.model().index(row, 0))
        self.viewport().update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Select while dragging; else show what can be clicked."""
        if event.buttons() & Qt.MouseButton.LeftButton and self._picked:
            row, start, _ = self._picked
            box = self._layout.bubble_box(row, self._top(row))
            at = self._layout.bubble(row).position_at(event.position() - box.topLeft())
            self._picked = (row, start, at)
            self.viewport().update()
            return
        shape = Qt.CursorShape.ArrowCursor
        hit = self._hit(event.position())
        if hit:
            row, box = hit
            made = self._layout.bubble(row)
            point = event.position() - box.topLeft()
            clickable = (
                made.link_at(point)
                or made.on_quote(point)
                or made.on_more(point)
                or made.content.error
            )
            shape = Qt.CursorShape.PointingHandCursor if clickable else Qt.CursorShape.IBeamCursor
        self.viewport().setCursor(shape)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click without a drag opens a link, a quote, a long text, or sends a message again."""
        pressed, self._pressed = self._pressed, None
        if event.button() != Qt.MouseButton.LeftButton or pressed is None:
            return
        if (
            (event.position() - pressed).manhattanLength()
            > QGuiApplication.styleHints(
                # a drag selects, it does not click
            ).startDragDistance()
        ):
            return
        hit = self._hit(event.position())
        if hit:
            self._click(hit[0], event.position() - hit[1].topLeft())

    def _click(self, row: int, point: QPointF) -> None:
        made = self._layout.bubble(row)
        message = self.transcript().message(row)
        link = made.link_at(point)
        quote = answered(message.content)
        if link:
            self.link_opened.emit(link.url)
        elif quote and made.on_quote(point):
            self.place_wanted.emit(quote.seq)
        elif made.on_more(point) and self.transcript().file_label(message):
            self.file_clicked.emit(message)
        elif made.on_more(point):
            self.whole_wanted.emit(message.text)
        elif made.content.error:
            self.retry_wanted.emit(message.client_id)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Select the whole text of a bubble."""
        hit = self._hit(event.position())
        if hit:
            row = hit[0]
            self._picked = (row, 0, utf16_length(self._layout.bubble(row).text))
            self.viewport().update()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll by pixels."""
        delta = event.pixelDelta().y() or event.angleDelta().y()
        bar = self.verticalScrollBar()
        bar.setValue(bar.value() - delta)
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copy, retry and open by keyboard too."""
        row = self.currentIndex().row()
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and row >= 0:
            content = self._layout.content(row)
            message = self.transcript().message(row)
            if content.error:
                self.retry_wanted.emit(message.client_id)
            elif content.more and self.transcript().file_label(message):
                self.file_clicked.emit(message)
            elif content.more:
                self.whole_wanted.emit(message.text)
        else:
            super().keyPressEvent(event)

    def selected_text(self) -> str:
        """The text marked with the mouse, or ""."""
        if not self._picked:
            return ""
        row, start, end = self._picked
        return utf16_slice(self._layout.bubble(row).text, *sorted((start, end)))

    def selected_or_current(self) -> str:
        """The marked text, or else the current message's."""
        text = self.selected_text()
        if not text and self.currentIndex().isValid():
            text = self.transcript().message(self.currentIndex().row()).text
        return text

    def copy(self) -> None:
        """Put the marked text on the clipboard, or else the current message's."""
        text = self.selected_or_current()
        if text:
            QGuiApplication.clipboard().setText(text)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer what can be done with the message under the pointer, or the current one."""
        hit = self._hit(QPointF(event.pos()))
        row = hit[0] if hit else -1
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            row = self.currentIndex().row()
        if row < 0:
            return
        self.setCurrentIndex(self.model().index(row, 0))
        made = self._layout.bubble(row)
        link = made.link_at(QPointF(event.pos()) - hit[1].topLeft()) if hit else None
        build_menu(self, row, link.url if link else "").popup(event.globalPos())
