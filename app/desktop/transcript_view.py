"""The transcript: bubbles of any height, tens of thousands of them, without measuring them all.

A QListView in name (so that screen readers find its rows), with a geometry of its own: rows are
estimated until shown (:mod:`row_heights`), and every change keeps in place what the reader sees.

==================  =========================================================================
state               what a change of any height does
==================  =========================================================================
at the end          the end stays in sight (new messages scroll in)
anywhere else       the first visible row stays where it is (older pages, resizing, new ones)
==================  =========================================================================
"""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPoint, QPointF, QRect, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QRegion,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QListView, QWidget

from app.desktop.bubble import utf16_length, utf16_slice
from app.desktop.i18n import tr
from app.desktop.row_heights import RowHeights
from app.desktop.row_layout import RowLayout
from app.desktop.theme import theme
from app.desktop.transcript_menu import build_menu
from app.desktop.transcript_model import TranscriptModel

BOTTOM = 12  # pixels below the last bubble
NEAR_TOP = 900  # pixels from the top where older messages are asked for
_PASSES = 8
_DRAG = 6  # pixels that make a drag, which marks text, of a click


class TranscriptView(QListView):
    """Shows a :class:`TranscriptModel`."""

    older_wanted = Signal()
    end_reached = Signal()
    away_from_end = Signal(bool)
    retry_wanted = Signal(str)  # a message's client id
    link_opened = Signal(str)
    whole_wanted = Signal(str)  # a long text, to be shown whole

    def __init__(self, model: TranscriptModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows = RowHeights()
        self._layout = RowLayout(model)
        self._at_end = True
        self._anchor = (0, 0)  # a row, and how far its top lies above the view's
        self._settling = False
        self._picked: tuple[int, int, int] | None = None  # row, start, end of selected text
        self._pressed: QPointF | None = None
        self._pending = QTimer(self, singleShot=True, interval=0)
        self._pending.timeout.connect(self.settle)
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setMouseTracking(True)
        self.setModel(model)
        model.modelReset.connect(self._reset)
        model.rowsInserted.connect(self._inserted)
        model.rowsRemoved.connect(self._removed)
        model.dataChanged.connect(self._changed)
        self.verticalScrollBar().valueChanged.connect(self._scrolled)
        theme().changed.connect(self.viewport().update)

    def transcript(self) -> TranscriptModel:
        """The model, as what it is."""
        model = self.model()
        assert isinstance(model, TranscriptModel)
        return model

    # --- changes of the model

    def _reset(self) -> None:
        model = self.transcript()
        self._layout.clear()
        self._picked = None
        self._rows.reset([self._layout.estimate(model.message(r)) for r in range(model.rowCount())])
        self._at_end = True
        self.away_from_end.emit(False)
        self.settle()

    def _inserted(self, _parent: QModelIndex, first: int, last: int) -> None:
        model = self.transcript()
        guesses = [self._layout.estimate(model.message(row)) for row in range(first, last + 1)]
        self._rows.insert(first, guesses)
        if first <= self._anchor[0] and len(self._rows) > len(guesses):
            self._anchor = (self._anchor[0] + len(guesses), self._anchor[1])
        self._picked = None
        self._settle_soon()

    def _removed(self, _parent: QModelIndex, first: int, last: int) -> None:
        self._rows.remove(first, last - first + 1)
        self._picked = None
        self._settle_soon()

    def _changed(self, top: QModelIndex, bottom: QModelIndex) -> None:
        self._rows.forget(top.row() - 1, bottom.row() + 1)
        self._settle_soon()

    def retranslate(self) -> None:
        """Lay everything out anew in the language now in force."""
        self._layout.clear()
        self._rows.forget_all()
        self._settle_soon()

    # --- geometry

    def _settle_soon(self) -> None:
        if not self._pending.isActive():
            self._pending.start()

    def settle(self) -> None:
        """Measure what is visible, and place the scroll bar so that the anchor holds."""
        self._pending.stop()
        bar = self.verticalScrollBar()
        height = self.viewport().height()
        self._settling = True
        try:
            for _ in range(_PASSES):
                end = max(0, self._rows.total + BOTTOM - height)
                if self._at_end or not len(self._rows):
                    value = end
                else:
                    row = min(self._anchor[0], len(self._rows) - 1)
                    value = min(end, max(0, self._rows.top(row) + self._anchor[1]))
                bar.setRange(0, end)
                bar.setPageStep(height)
                bar.setSingleStep(24)
                bar.setValue(value)
                if not self._measure(value, value + height):
                    break
        finally:
            self._settling = False
        self.viewport().update()
        if bar.value() < NEAR_TOP and len(self._rows):
            self.older_wanted.emit()

    def _measure(self, top: int, bottom: int) -> bool:
        """Measure the rows between two heights; whether any moved."""
        moved = False
        row = self._rows.row_at(top)
        while 0 <= row < len(self._rows) and self._rows.top(row) <= bottom:
            if not self._rows.is_exact(row):
                moved |= self._rows.measured(row, self._layout.height(row))
            row += 1
        return moved

    def _scrolled(self, value: int) -> None:
        if self._settling:
            return
        was = self._at_end
        self._at_end = value >= self.verticalScrollBar().maximum() - 4
        row = self._rows.row_at(value)
        if row >= 0:
            self._anchor = (row, value - self._rows.top(row))
        if was != self._at_end:
            self.away_from_end.emit(not self._at_end)
            if self._at_end:
                self.end_reached.emit()
        self.settle()

    def scroll_to_end(self) -> None:
        """Show the newest message, and stay there."""
        self._at_end = True
        self.away_from_end.emit(False)
        self.end_reached.emit()
        self.settle()

    @property
    def at_end(self) -> bool:
        """Whether the newest message is in sight."""
        return self._at_end

    def _shift(self) -> int:
        """Few messages stand at the bottom: how far down the first begins."""
        return max(0, self.viewport().height() - self._rows.total - BOTTOM)

    def _top(self, row: int) -> int:
        return self._rows.top(row) - self.verticalScrollBar().value() + self._shift()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay out for the new width."""
        QAbstractItemView.resizeEvent(self, event)
        if self.viewport().width() != self._layout.width:
            self._layout.resize(self.viewport().width(), self.font())
            self._rows.forget_all()
        self.settle()

    def doItemsLayout(self) -> None:
        """Nothing of QListView's own layout is used."""
        self._settle_soon()

    def updateGeometries(self) -> None:
        """Ours: see :meth:`settle`."""

    def verticalOffset(self) -> int:
        """How far the view is scrolled."""
        return self.verticalScrollBar().value()

    def horizontalOffset(self) -> int:
        """Never scrolled sideways."""
        return 0

    def visualRect(self, index: QModelIndex) -> QRect:
        """Where a row lies in the viewport."""
        if not index.isValid() or index.row() >= len(self._rows):
            return QRect()
        row = index.row()
        return QRect(0, self._top(row), self.viewport().width(), self._rows.height(row))

    def indexAt(self, point: QPoint) -> QModelIndex:
        """The row at a point of the viewport."""
        y = point.y() + self.verticalScrollBar().value() - self._shift()
        if not 0 <= y < self._rows.total:
            return QModelIndex()
        return self.model().index(self._rows.row_at(y), 0)

    def scrollTo(
        self,
        index: QModelIndex,
        hint: QAbstractItemView.ScrollHint = QAbstractItemView.ScrollHint.EnsureVisible,
    ) -> None:
        """Bring a row into sight."""
        box = self.visualRect(index)
        if not box.isValid():
            return
        room = self.viewport().height()
        if box.top() < 0 or box.height() > room:
            self._hold(index.row(), -8)
        elif box.bottom() > room - BOTTOM:
            self._rows.measured(index.row(), self._layout.height(index.row()))
            self._hold(index.row(), self._rows.height(index.row()) + BOTTOM - room)

    def _hold(self, row: int, above: int) -> None:
        """Scroll so that ``above`` pixels of a row lie above the view's top."""
        self._anchor = (row, above)
        self._at_end = False
        self.settle()
        self._scrolled(self.verticalScrollBar().value())

    def moveCursor(
        self, action: QAbstractItemView.CursorAction, _modifiers: Qt.KeyboardModifier
    ) -> QModelIndex:
        """Arrow keys go from message to message."""
        count = len(self._rows)
        if not count:
            return QModelIndex()
        current = self.currentIndex().row() if self.currentIndex().isValid() else count
        moves = QAbstractItemView.CursorAction
        steps = {moves.MoveUp: -1, moves.MoveDown: 1, moves.MovePageUp: -8, moves.MovePageDown: 8}
        if action == moves.MoveHome:
            row = 0
        elif action == moves.MoveEnd:
            row = count - 1
        else:
            row = min(count - 1, max(0, current + steps.get(action, 0)))
        return self.model().index(row, 0)

    def visualRegionForSelection(self, _selection: object) -> QRegion:
        """Rows are never selected as rows."""
        return QRegion()

    def isIndexHidden(self, _index: QModelIndex) -> bool:
        """No row is hidden."""
        return False

    def sizeHint(self) -> QSize:
        """As much as there is."""
        return QSize(520, 480)

    # --- painting

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the visible rows."""
        painter = QPainter(self.viewport())
        painter.fillRect(event.rect(), theme().color("canvas"))
        if not len(self._rows):
            self._layout.paint_chip(painter, tr("No messages yet"), self.viewport().height() / 2)
        bar = self.verticalScrollBar().value()
        row = self._rows.row_at(bar + max(0, event.rect().top() - self._shift()))
        current = self.currentIndex().row() if self.hasFocus() else -1
        while 0 <= row < len(self._rows):
            top = self._top(row)
            if top > event.rect().bottom():
                break
            picked = self._picked
            chosen = (picked[1], picked[2]) if picked and picked[0] == row else None
            self._layout.paint(painter, row, top, chosen, row == current)
            row += 1
        painter.end()

    # --- mouse and keys

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
            clickable = made.link_at(point) or made.on_more(point) or made.content.error
            shape = Qt.CursorShape.PointingHandCursor if clickable else Qt.CursorShape.IBeamCursor
        self.viewport().setCursor(shape)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click without a drag opens a link, a long text, or sends a failed message again."""
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
        if link:
            self.link_opened.emit(link.url)
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

    def copy(self) -> None:
        """Put the marked text on the clipboard, or else the current message's."""
        text = self.selected_text()
        if not text and self.currentIndex().isValid():
            text = self.transcript().message(self.currentIndex().row()).text
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
