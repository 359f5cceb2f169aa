"""The table of records: a QTableView that paints its own rows.

A row is painted in one go from the model's own row objects, which is several times faster than a
delegate's call for each cell; selecting, keys, headers and what a screen reader is told stay Qt's.
"""

from __future__ import annotations

import re

import numpy as np
from PySide6.QtCore import QItemSelectionRange, QModelIndex, QRect, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from app.desktop.icons import pixmap
from app.desktop.theme import theme
from app.logviewer.filter_engine import NO_ROWS
from app.logviewer.i18n import tr
from app.logviewer.model import LEVEL_TOKENS, LogColumn, LogModel, level_letter, time_text
from app.logviewer.store import FINDING, MARK, Row
from app.logviewer.styles import file_colour, log_font, rule_colour
from app.logviewer.timeline import Rows

_PAINTED_MAX = 600
"""Letters of a message that are painted: more than fit on any screen."""
_PADDING = 6
_STRIPE = 3
_LEFT = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextSingleLine)
_CENTRE = int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextSingleLine)


class LogTable(QTableView):
    """See the module's text."""

    row_chosen = Signal(int)
    """The current row's position; -1 for none."""

    def __init__(self, model: LogModel) -> None:
        super().__init__()
        self._model = model
        self.bookmarks: frozenset[int] = frozenset()
        self.rule_colours: tuple[int, ...] = ()
        self.find_pattern: re.Pattern[str] | None = None
        self.setModel(model)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header = self.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setStretchLastSection(True)
        header.setHighlightSections(False)
        header.setMinimumSectionSize(18)
        header.setSectionResizeMode(LogColumn.MARK, QHeaderView.ResizeMode.Fixed)
        self.set_font(log_font())
        self.selectionModel().currentRowChanged.connect(self._on_current)
        theme().changed.connect(self.viewport().update)
        self.retranslate()

    def retranslate(self) -> None:
        """Set the texts in the language in force."""
        self.setAccessibleName(tr("Log records"))
        self.setAccessibleDescription(
            tr("One record per row: time, level, tag, thread and the first line of its message.")
        )

    def set_font(self, font: QFont) -> None:
        """Paint in ``font``; rows and columns take its measure."""
        self.setFont(font)
        self._metrics = QFontMetrics(font)
        self._bold = QFont(font)
        self._bold.setBold(True)
        wide = self._metrics.horizontalAdvance
        self.verticalHeader().setDefaultSectionSize(self._metrics.height() + 5)
        for column, sample in (
            (LogColumn.TIME, "00-00 00:00:00.000"),
            (LogColumn.LEVEL, "MMMMMM"),
            (LogColumn.TAG, "M" * 12),
            (LogColumn.THREAD, "M" * 8),
        ):
            self.setColumnWidth(column, wide(sample) + 2 * _PADDING)
        self.setColumnWidth(LogColumn.MARK, 26)
        self.viewport().update()

    def zoom(self, steps: int) -> None:
        """Larger or smaller letters; 0 gives the first size back."""
        font = self.font() if steps else log_font()
        font.setPointSizeF(min(28.0, max(6.0, font.pointSizeF() + steps)))
        self.set_font(font)

    def current_position(self) -> int:
        """The position of the current row; -1 for none."""
        return self.currentIndex().row()

    def go_to(self, position: int, *, centre: bool = True) -> None:
        """Make a row current and bring it into sight."""
        if not 0 <= position < self._model.rowCount():
            return
        hint = QAbstractItemView.ScrollHint
        index = self._model.index(position, LogColumn.MESSAGE)
        self.setCurrentIndex(index)
        inside = self.first_position() <= position < self.last_position()
        if centre and not inside:
            self.scrollTo(index, hint.PositionAtCenter)
        else:
            self.scrollTo(index, hint.EnsureVisible)

    def first_position(self) -> int:
        """The first row in sight."""
        return max(0, self.rowAt(0))

    def last_position(self) -> int:
        """The last row in sight, or of all; -1 where there is none."""
        last = self.rowAt(self.viewport().height() - 1)
        return last if last >= 0 else self._model.rowCount() - 1

    def at_end(self) -> bool:
        """Whether the last row is in sight."""
        bar = self.verticalScrollBar()
        return bar.value() >= bar.maximum() - 1

    def selected_rows(self) -> Rows:
        """The rows of the store that are selected, in the order of showing."""
        parts = [np.arange(span.top(), span.bottom() + 1) for span in self._selected_spans()]
        if not parts:
            return NO_ROWS
        positions = parts[0] if len(parts) == 1 else np.unique(np.concatenate(parts))
        rows = self._model.view.rows
        return rows[positions[positions < len(rows)]]

    def _selected_spans(self) -> list[QItemSelectionRange]:
        selection = self.selectionModel().selection()
        return [selection.at(number) for number in range(selection.count())]

    def _on_current(self, current: QModelIndex, _previous: QModelIndex) -> None:
        self.row_chosen.emit(current.row() if current.isValid() else -1)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the rows that meet the event's rectangle."""
        painter = QPainter(self.viewport())
        colour = theme().color
        area = event.rect()
        painter.fillRect(area, colour("surface"))
        height = self.verticalHeader().defaultSectionSize()
        first = self.rowAt(max(0, area.top()))
        if first < 0:
            return
        y = self.rowViewportPosition(first)
        width = self.viewport().width()
        selected = self._selected_between(first, first + (area.bottom() - y) // height + 1)
        current = self.current_position()
        places = [
            (self.columnViewportPosition(column), self.columnWidth(column)) for column in LogColumn
        ]
        count = self._model.rowCount()
        several = len(self._model.store.files) > 1
        position = first
        while y <= area.bottom() and position < count:
            row = self._model.row(position)
            self._paint_ground(painter, QRect(0, y, width, height), row, position in selected)
            if position == current and self.hasFocus():
                painter.setPen(QPen(colour("accent"), 1))
                painter.drawRect(QRect(0, y, width - 1, height - 1))
            self._paint_row(painter, row, y, height, places, several, position in selected)
            y += height
            position += 1

    def _selected_between(self, first: int, last: int) -> set[int]:
        found: set[int] = set()
        for span in self._selected_spans():
            found.update(range(max(first, span.top()), min(last, span.bottom()) + 1))
        return found

    def _paint_ground(self, painter: QPainter, area: QRect, row: Row, selected: bool) -> None:
        if row.level == FINDING:
            painter.fillRect(area, theme().color("danger_ground"))
        colours = self._model.view.colours
        if self.rule_colours and colours is not None and row.number < len(colours):
            rule = int(colours[row.number])
            if 0 < rule <= len(self.rule_colours):
                painter.fillRect(area, rule_colour(self.rule_colours[rule - 1]))
        if selected:
            painter.fillRect(area, theme().color("selection"))

    def _paint_row(
        self,
        painter: QPainter,
        row: Row,
        y: int,
        height: int,
        places: list[tuple[int, int]],
        several: bool,
        selected: bool,
    ) -> None:
        colour = theme().color
        if several:
            painter.fillRect(QRect(0, y, _STRIPE, height), file_colour(row.file))
        if row.number in self.bookmarks:
            size = min(14, height - 2)
            ratio = self.devicePixelRatioF()
            picture = pixmap("bookmark", colour("accent"), size, ratio)
            painter.drawPixmap(_STRIPE + 4, y + (height - size) // 2, picture)
        level = colour(LEVEL_TOKENS[row.level])
        muted = colour("muted")
        text = colour("text")
        if selected:  # the colours of levels cannot be read on the selection's ground
            level = muted = text = colour("selection_text")
        painter.setFont(self.font())
        self._cell(painter, places[LogColumn.TIME], y, height, time_text(row.time, row.zone), muted)
        x, width = places[LogColumn.LEVEL]
        painter.setFont(self._bold)
        painter.setPen(level)
        painter.drawText(QRect(x, y, width - 8, height), _CENTRE, level_letter(row.level))
        painter.setFont(self.font())
        self._cell(painter, places[LogColumn.TAG], y, height, row.tag, text)
        thread = row.thread.rpartition(" ")[2]
        self._cell(painter, places[LogColumn.THREAD], y, height, thread, muted)
        strong = level if row.level >= 3 and row.level != MARK else text
        strong = muted if row.level == MARK else strong
        self._message(painter, row, places[LogColumn.MESSAGE], y, height, strong, muted)

    def _cell(
        self, painter: QPainter, place: tuple[int, int], y: int, height: int, text: str, pen: QColor
    ) -> None:
        if not text:
            return
        x, width = place
        room = width - 2 * _PADDING
        if self._metrics.horizontalAdvance(text) > room:
            text = self._metrics.elidedText(text, Qt.TextElideMode.ElideRight, room)
        painter.setPen(pen)
        painter.drawText(QRect(x + _PADDING, y, room, height), _LEFT, text)

    def _message(
        self,
        painter: QPainter,
        row: Row,
        place: tuple[int, int],
        y: int,
        height: int,
        pen: QColor,
        quiet: QColor,
    ) -> None:
        message = self._model.message(row)
        first, _, rest = message.partition("\n")
        first = first[:_PAINTED_MAX].replace("\t", "    ")
        more = ""
        rest = rest.rstrip("\n")
        if rest:
            lines = rest.count("\n") + 1
            more = tr("+{n} lines", n=lines) if lines > 1 else tr("+1 line")
        x, width = place
        room = width - 2 * _PADDING
        metrics = self._metrics
        if more:
            room -= metrics.horizontalAdvance(more) + 2 * _PADDING
        text = metrics.elidedText(first, Qt.TextElideMode.ElideRight, room)
        if self.find_pattern is not None:
            self._found(painter, text, x + _PADDING, y, height)
        painter.setPen(pen)
        painter.drawText(QRect(x + _PADDING, y, room, height), _LEFT, text)
        if more:
            left = x + 2 * _PADDING + min(room, metrics.horizontalAdvance(text)) + 4
            painter.setPen(quiet)
            painter.drawText(QRect(left, y, x + width - left, height), _LEFT, more)

    def _found(self, painter: QPainter, text: str, x: int, y: int, height: int) -> None:
        assert self.find_pattern is not None
        wide = self._metrics.horizontalAdvance
        for number, found in enumerate(self.find_pattern.finditer(text)):
            if number > 50:
                break
            if found.end() > found.start():
                left = x + wide(text[: found.start()])
                size = wide(text[found.start() : found.end()])
                area = QRect(left - 1, y + 2, size + 2, height - 4)
                painter.fillRect(area, theme().color("match"))
