"""One table model for all tables of the panel: records in rows, columns that know their words."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
)

from app.desktop.plain_text import tip
from app.desktop.theme import theme
from app.diagnostics.panel.i18n import tr

Index = QModelIndex | QPersistentModelIndex
PADDING = 8
_SELECTED = QStyle.StateFlag.State_Selected.value
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RECORD = Qt.ItemDataRole.UserRole


@dataclass(frozen=True, slots=True)
class RecordColumn:
    """``title`` goes through tr; ``text(record, now)`` is the cell, ``tone`` a colour token."""

    title: str
    text: Callable[[Any, float], str]
    width: int = 0  # pixels at first; 0 takes what is left
    right: bool = False
    tone: Callable[[Any, float], str] | None = None


class RecordsModel(QAbstractTableModel):
    """Rows of records. :meth:`set_rows` tells views of as little change as it can.

    ``key`` tells records apart; two with an equal key are the same row at different times.
    """

    def __init__(
        self,
        columns: Sequence[RecordColumn],
        *,
        key: Callable[[Any], Hashable] = id,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.columns = tuple(columns)
        self.rows: list[Any] = []
        self._key = key
        self._keys: list[Hashable] = []
        self.now = 0.0

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """How many records."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """How many columns."""
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """A cell."""
        if not index.isValid() or index.row() >= len(self.rows):
            return None
        column = self.columns[index.column()]
        record = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.text(record, self.now)
        if role == Qt.ItemDataRole.ToolTipRole:
            return tip(column.text(record, self.now))
        if role == Qt.ItemDataRole.ForegroundRole and column.tone is not None:
            token = column.tone(record, self.now)
            return theme().color(token) if token else None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if column.right else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        return record if role == RECORD else None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """A title."""
        if orientation == Qt.Orientation.Horizontal and 0 <= section < len(self.columns):
            if role == Qt.ItemDataRole.DisplayRole:
                return tr(self.columns[section].title) if self.columns[section].title else ""
            if role == Qt.ItemDataRole.TextAlignmentRole:
                right = self.columns[section].right
                side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
                return side | Qt.AlignmentFlag.AlignVCenter
        return None

    def record(self, index: Index) -> Any:
        """The record of a row, or None."""
        return self.rows[index.row()] if 0 <= index.row() < len(self.rows) else None

    def set_rows(self, rows: list[Any], now: float) -> None:
        """Show these records; equal keys stay the same rows, so that a selection holds."""
        self.now = now
        old, keys = self._keys, [self._key(each) for each in rows]
        front = _dropped(old, keys)
        if front is None:
            self._replace(rows, keys)
        else:
            self._shift(front, rows[len(old) - front :], keys[len(old) - front :])
            self.rows = rows  # with equal keys, and maybe other values
        self.touch(now)

    def shift_rows(self, dropped: int, fresh: list[Any], now: float) -> None:
        """Drop rows at the front and add some at the end; those between are as they were."""
        self.now = now
        self._shift(dropped, fresh, [self._key(each) for each in fresh])

    def _shift(self, dropped: int, fresh: list[Any], keys: list[Hashable]) -> None:
        if dropped:
            self.beginRemoveRows(QModelIndex(), 0, dropped - 1)
            del self.rows[:dropped], self._keys[:dropped]
            self.endRemoveRows()
        if fresh:
            self.beginInsertRows(QModelIndex(), len(self.rows), len(self.rows) + len(fresh) - 1)
            self.rows.extend(fresh)
            self._keys.extend(keys)
            self.endInsertRows()

    def touch(self, now: float) -> None:
        """The cells may have changed: views paint what is in sight again, and ask nothing else."""
        self.now = now
        if self.rows:
            last = self.index(len(self.rows) - 1, len(self.columns) - 1)
            self.dataChanged.emit(self.index(0, 0), last)

    def _replace(self, rows: list[Any], keys: list[Hashable]) -> None:
        rows = list(rows)
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        held = [self._keys[index.row()] for index in before]
        self.rows, self._keys = rows, keys
        places = {key: row for row, key in enumerate(keys)}
        after = [
            self.createIndex(places[key], index.column()) if key in places else QModelIndex()
            for key, index in zip(held, before, strict=True)
        ]
        self.changePersistentIndexList(before, after)
        self.layoutChanged.emit()


def _dropped(old: list[Hashable], new: list[Hashable]) -> int | None:
    """How many rows went at the front, where ``new`` only drops there and adds at the end."""
    if not old:
        return 0
    if not new:
        return len(old)
    try:
        front = old.index(new[0])
    except ValueError:
        return None
    kept = len(old) - front
    return front if kept <= len(new) and old[front:] == new[:kept] else None


class CellDelegate(QStyledItemDelegate):
    """Paints a cell by itself: through the style sheet a table's cells take ten times as long."""

    def __init__(self, model: RecordsModel) -> None:
        super().__init__(model)
        self._model = model
        self._colours: dict[str, QColor] = {}
        theme().changed.connect(self._colours.clear)

    def colour(self, token: str) -> QColor:
        """The theme's colour, without asking it for every cell."""
        found = self._colours.get(token)
        if found is None:
            found = self._colours[token] = theme().color(token)
        return found

    def ground(self, painter: QPainter, option: QStyleOptionViewItem) -> None:
        """The ground of a cell: chosen, or nothing."""
        if option.state.value & _SELECTED:  # as numbers: Qt's flags make an object each time
            painter.fillRect(option.rect, self.colour("selected"))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """The ground, then one line of text."""
        self.ground(painter, option)
        model = self._model
        column = model.columns[index.column()]
        record = model.rows[index.row()]
        text = column.text(record, model.now)
        if not text:
            return
        token = column.tone(record, model.now) if column.tone is not None else ""
        area = option.rect.adjusted(PADDING, 0, -PADDING, 0)
        metrics = option.fontMetrics
        # Measuring looks at every character: not where a text surely fits or never does.
        if len(text) * 2 * metrics.averageCharWidth() > area.width():
            text = text[: area.width() // 3]
            text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, area.width())
        painter.setPen(self.colour(token or "text"))
        painter.setFont(option.font)
        painter.drawText(area, _RIGHT if column.right else _LEFT, text)


def make_table(model: RecordsModel, name: str = "") -> QTableView:
    """A quiet table over a model: whole rows, no grid, one line a row."""
    table = QTableView()
    table.setModel(model)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    table.setTabKeyNavigation(False)
    table.setShowGrid(False)
    table.setWordWrap(False)
    table.verticalHeader().hide()
    table.verticalHeader().setDefaultSectionSize(28)
    table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
    header = table.horizontalHeader()
    header.setHighlightSections(False)
    header.setMinimumSectionSize(40)
    for number, column in enumerate(model.columns):
        if column.width:
            table.setColumnWidth(number, column.width)
        else:
            header.setSectionResizeMode(number, QHeaderView.ResizeMode.Stretch)
    table.setItemDelegate(CellDelegate(model))
    table.setAccessibleName(name)
    return table
