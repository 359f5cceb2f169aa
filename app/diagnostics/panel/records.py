"""One table model for all tables of the panel: records in rows, columns that know their words."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from app.desktop.i18n import tr
from app.desktop.theme import theme

Index = QModelIndex | QPersistentModelIndex
RECORD = Qt.ItemDataRole.UserRole


@dataclass(frozen=True, slots=True)
class Column:
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
        columns: Sequence[Column],
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
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return column.text(record, self.now)
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
            if front:
                self.beginRemoveRows(QModelIndex(), 0, front - 1)
                self.rows, self._keys = self.rows[front:], old[front:]
                self.endRemoveRows()
            kept = len(self.rows)
            if len(rows) > kept:
                self.beginInsertRows(QModelIndex(), kept, len(rows) - 1)
                self.rows, self._keys = rows, keys
                self.endInsertRows()
            self.rows, self._keys = rows, keys
        self.touch(now)

    def touch(self, now: float) -> None:
        """The cells may have changed: views paint what is in sight anew, and ask nothing else."""
        self.now = now
        if self.rows:
            last = self.index(len(self.rows) - 1, len(self.columns) - 1)
            self.dataChanged.emit(self.index(0, 0), last)

    def _replace(self, rows: list[Any], keys: list[Hashable]) -> None:
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
    table.setProperty("role", "records")
    table.setAccessibleName(name)
    return table
