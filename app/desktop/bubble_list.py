"""Where the bubbles lie: any height, tens of thousands of them, without measuring them all.

A QListView in name (so that screen readers find its rows), with a geometry of its own: rows are
estimated until shown (:mod:`app.desktop.row_heights`), and every change keeps in place what the
reader sees.

==================  =========================================================================
state               what a change of any height does
==================  =========================================================================
at the end          the end stays in sight (new messages scroll in)
anywhere else       the first visible row stays where it is (older pages, resizing, new ones)
==================  =========================================================================
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, QPoint, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QPainter,
    QPaintEvent,
    QRegion,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QListView, QWidget

from app.desktop.i18n import tr
from app.desktop.local_time import calendar
from app.desktop.row_heights import RowHeights
from app.desktop.row_layout import RowLayout
from app.desktop.theme import theme
from app.desktop.transcript_model import Index, TranscriptModel

BOTTOM = 12  # pixels below the last bubble
NEAR_TOP = 900  # pixels from the top where older messages are asked for
_PASSES = 8


class BubbleList(QListView):
    """Places and paints the rows of a :class:`TranscriptModel`."""

    older_wanted = Signal()
    newer_wanted = Signal()  # what follows the piece of the past that is shown
    end_wanted = Signal()  # the newest messages in its place
    end_reached = Signal()
    away_from_end = Signal(bool)

    def __init__(self, model: TranscriptModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows = RowHeights()
        self._layout = RowLayout(model)
        self._at_end = True
        self._anchor = (0, 0)  # a row, and how far its top lies above the view's
        self._settling = False
        self._picked: tuple[int, int, int] | None = None  # row, start, end of selected text
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
        calendar().changed.connect(self.retranslate)

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
        self._anchor = (0, 0)
        self._at_end = model.at_newest
        self.away_from_end.emit(not self._at_end)
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
        """Lay everything out again: another language, day, time zone or font."""
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
        if not self.transcript().at_newest and bar.maximum() - bar.value() < NEAR_TOP:
            self.newer_wanted.emit()

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
        at_bottom = value >= self.verticalScrollBar().maximum() - 4
        self._at_end = at_bottom and self.transcript().at_newest
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
        if not self.transcript().at_newest:
            self.end_wanted.emit()
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

    def changeEvent(self, event: QEvent) -> None:
        """Follow the font."""
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.ApplicationFontChange):
            self._layout.resize(self.viewport().width(), self.font())
            self.retranslate()
        super().changeEvent(event)

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

    def visualRect(self, index: Index) -> QRect:
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
        index: Index,
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

    def show_row(self, row: int) -> None:
        """Bring a row to the upper third of the view, and make it the current one."""
        self.setCurrentIndex(self.model().index(row, 0))
        self.setFocus(Qt.FocusReason.OtherFocusReason)
        for _ in range(2):  # the first shows the rows above, which then have their heights
            self._hold(row, -self.viewport().height() // 3)

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

    def isIndexHidden(self, _index: Index) -> bool:
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
