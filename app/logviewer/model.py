"""The rows shown, as a Qt table model."""

from __future__ import annotations

from dataclasses import replace
from enum import IntEnum
from functools import lru_cache

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from app.logviewer.filter_engine import FilteredView
from app.logviewer.i18n import current_language, mark, tr
from app.logviewer.store import FINDING, MARK, LogStore, Row
from xlog.findings import Finding, FindingKind
from xlog.record import LETTERS, local_time
from xlog.sanitize import readable

_SHOWN_BYTES = 512 * 1024
"""Bytes of a row that are decoded to show it; a row may have 20 MB, and all of it is copied."""
Index = QModelIndex | QPersistentModelIndex


class LogColumn(IntEnum):
    """The columns of the table."""

    MARK = 0
    TIME = 1
    LEVEL = 2
    TAG = 3
    THREAD = 4
    MESSAGE = 5


_TITLES = {
    LogColumn.MARK: "",
    LogColumn.TIME: mark("Time"),
    LogColumn.LEVEL: mark("Level"),
    LogColumn.TAG: mark("Tag"),
    LogColumn.THREAD: mark("Thread"),
    LogColumn.MESSAGE: mark("Message"),
}
LEVEL_TITLES = (
    mark("Verbose"),
    mark("Debug"),
    mark("Info"),
    mark("Warning"),
    mark("Error"),
    mark("Fatal"),
    mark("No level"),
    mark("Damage"),
)
LEVEL_TOKENS = (
    "level_verbose",
    "level_debug",
    "level_info",
    "level_warning",
    "level_error",
    "level_fatal",
    "muted",
    "danger",
)
FINDING_TITLES = {
    FindingKind.NEEDS_KEY: mark("Encrypted block"),
    FindingKind.CUT_SHORT: mark("Log cut short"),
    FindingKind.WRONG_LENGTH: mark("Wrong block length"),
    FindingKind.BAD_TAIL: mark("Damaged block end"),
    FindingKind.BAD_STREAM: mark("Damaged block"),
    FindingKind.LOST_HEADER: mark("Lost block header"),
    FindingKind.WRONG_CLIENT_KEY: mark("Damaged client key"),
    FindingKind.ZERO_GAP: mark("Gap of zeros"),
    FindingKind.FOREIGN_BYTES: mark("Foreign bytes"),
    FindingKind.MISSING_BLOCKS: mark("Missing blocks"),
    FindingKind.TOO_LARGE: mark("Oversized block"),
    FindingKind.UNREADABLE: mark("Unreadable"),
    FindingKind.RESTARTED: mark("Log restarted"),
}

_KNOWN = {
    FindingKind.NEEDS_KEY: mark("none of the saved keys opens it"),
    FindingKind.CUT_SHORT: mark("the log ends inside a block"),
    FindingKind.WRONG_LENGTH: mark("its length does not match the next block"),
    FindingKind.BAD_TAIL: mark("the block does not end correctly"),
    FindingKind.BAD_STREAM: mark("only its beginning could be read"),
    FindingKind.LOST_HEADER: mark("read using a neighbouring block's header"),
    FindingKind.WRONG_CLIENT_KEY: mark("opened using a neighbouring block's key"),
    FindingKind.ZERO_GAP: mark("{length} bytes of zeros"),
    FindingKind.FOREIGN_BYTES: mark("{length} bytes that are not part of any block"),
    FindingKind.MISSING_BLOCKS: mark("blocks {first} to {last} are missing"),
    FindingKind.TOO_LARGE: mark("its text was truncated at the limit"),
    FindingKind.UNREADABLE: mark("the system stopped reading here"),
    FindingKind.RESTARTED: mark("truncated or replaced; read again from the start"),
}


def finding_detail(finding: Finding) -> str:
    """What is known of a finding: the reader's own sentence, or ours in another language."""
    if current_language() == "en":
        return finding.detail
    if finding.kind is FindingKind.MISSING_BLOCKS and (
        finding.first_missing == finding.last_missing
    ):
        return tr("block {n} is missing", n=finding.first_missing)
    return tr(_KNOWN[finding.kind]).format(
        length=f"{finding.length:,}", first=finding.first_missing, last=finding.last_missing
    )


def level_letter(level: int) -> str:
    """The letter of a level; marks have a dot, damage an exclamation mark."""
    return LETTERS[level] if level < MARK else "·" if level == MARK else "!"


@lru_cache(maxsize=4096)
def _seconds_text(seconds: int) -> str:
    try:
        return local_time(seconds, 0).strftime("%m-%d %H:%M:%S")
    except (OverflowError, ValueError, OSError):
        return "?"


def time_text(time: int, zone: int | None) -> str:
    """``11-24 14:35:02.880`` in the writer's zone (minutes east), empty where none is known."""
    if zone is None or not time:
        return ""
    seconds, thousandths = divmod(time, 1000)
    return f"{_seconds_text(seconds + zone * 60)}.{thousandths:03}"


class LogModel(QAbstractTableModel):
    """Rows of a :class:`LogStore` as the latest :class:`FilteredView` has them."""

    def __init__(self, store: LogStore) -> None:
        super().__init__()
        self.store = store
        self.view = FilteredView()
        self._reader = store.reader()
        self._cached: dict[int, Row] = {}

    def set_store(self, store: LogStore) -> None:
        """Show other logs."""
        self.beginResetModel()
        self.store, self.view = store, FilteredView()
        self._reader = store.reader()
        self._cached = {}
        self.endResetModel()

    def set_view(self, view: FilteredView) -> bool:
        """Show a newer view; False where rows merely came behind those that were there."""
        count, wanted = len(self.view.rows), len(view.rows)
        if view.appended and wanted >= count:
            if wanted > count:
                self.beginInsertRows(QModelIndex(), count, wanted - 1)
                self.view = view
                self.endInsertRows()
            else:
                self.view = view
            return False
        self.beginResetModel()
        self.view = view
        self.endResetModel()
        return True

    def row(self, position: int) -> Row:
        """The row at a position of the view, as far as it is shown; some hundred are kept."""
        number = int(self.view.rows[position])
        found = self._cached.get(number)
        if found is None:
            if len(self._cached) > 500:
                self._cached.clear()
            found = self.store.row(number, self._reader, _SHOWN_BYTES)
            # Made fit for people here and not at each painting; names stay what filters look for.
            found = self._cached[number] = replace(found, message=readable(found.message))
        return found

    def position_of(self, number: int) -> int | None:
        """Where a row of the store is shown."""
        found = np.flatnonzero(self.view.rows == number)
        return int(found[0]) if len(found) else None

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """See Qt."""
        return 0 if parent.isValid() else len(self.view.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """See Qt."""
        return 0 if parent.isValid() else len(LogColumn)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> str | None:
        """See Qt."""
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            title = _TITLES[LogColumn(section)]
            return tr(title) if title else ""
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> str | None:
        """See Qt."""
        if not index.isValid() or index.row() >= len(self.view.rows):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.text(index.row(), index.column())
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self.spoken(index.row())
        return None

    def text(self, position: int, column: int) -> str:
        """The text of one cell."""
        row = self.row(position)
        if column == LogColumn.TIME:
            return time_text(row.time, row.zone)
        if column == LogColumn.LEVEL:
            return level_letter(row.level)
        if column == LogColumn.TAG:
            return readable(row.tag)
        if column == LogColumn.THREAD:
            return row.thread.rpartition(" ")[2]
        if column == LogColumn.MESSAGE:
            return self.message(row)
        return ""

    def message(self, row: Row) -> str:
        """The message; of damage, its title in the language in force and what is known."""
        if row.level != FINDING:
            return row.message
        found = self.store.finding_at(row.number)
        if found is None:
            return row.message
        finding = found.finding
        title = tr(FINDING_TITLES[finding.kind])
        return tr(
            "{title} at byte {offset}: {detail}",
            title=title,
            offset=f"{finding.offset:,}",
            detail=finding_detail(finding),
        )

    def spoken(self, position: int) -> str:
        """A whole row in the words of a screen reader."""
        row = self.row(position)
        level = tr(LEVEL_TITLES[row.level])
        tag = readable(row.tag)
        parts = (level, time_text(row.time, row.zone), tag, self.message(row)[:500])
        return ", ".join(part for part in parts if part)
