"""Below the table: the whole of a record, what is damaged, and bookmarks."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QPlainTextEdit,
    QTableView,
    QTabWidget,
    QToolButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.desktop.icons import icon
from app.desktop.plain_text import Label, tip
from app.desktop.theme import theme
from app.logviewer.export import iso_time
from app.logviewer.i18n import tr
from app.logviewer.model import (
    FINDING_TITLES,
    LEVEL_TITLES,
    LEVEL_TOKENS,
    LogModel,
    finding_detail,
)
from app.logviewer.settings import Bookmark
from app.logviewer.store import LogStore, Row
from app.logviewer.styles import log_font
from xlog.sanitize import readable

_DETAIL_MAX = 100_000
"""Letters shown of one message, laid out in 30 ms; all of it can be copied or exported."""
Index = QModelIndex | QPersistentModelIndex


class DetailPane(QWidget):
    """One record with everything known of it."""

    same_thread = Signal(int)
    """Go to the next (1) or previous (-1) record of this thread."""

    def __init__(self) -> None:
        super().__init__()
        self.head = Label()
        self.head.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setFont(log_font())
        self.text.setUndoRedoEnabled(False)
        self.text.setTabChangesFocus(True)
        self.text.setStyleSheet("QPlainTextEdit { border-radius: 6px; padding: 6px; }")
        self.before, self.after = QToolButton(), QToolButton()
        self.before.clicked.connect(lambda: self.same_thread.emit(-1))
        self.after.clicked.connect(lambda: self.same_thread.emit(1))
        head = QHBoxLayout()
        head.addWidget(self.head, 1)
        head.addWidget(self.before)
        head.addWidget(self.after)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 4, 10, 8)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self.text, 1)
        self._row: tuple[LogModel, Row] | None = None
        theme().changed.connect(self._recolour)
        self._recolour()
        self.retranslate()

    def retranslate(self) -> None:
        """Set the texts in the language in force."""
        self.text.setAccessibleName(tr("Record's message"))
        self.head.setAccessibleName(tr("Record"))
        for button, text in (
            (self.before, tr("Previous record of this thread (Shift+T)")),
            (self.after, tr("Next record of this thread (T)")),
        ):
            button.setToolTip(text)
            button.setAccessibleName(text)
        if self._row is not None:
            self.show_row(*self._row)
        else:
            self.show_nothing()

    def show_nothing(self) -> None:
        """No record is current."""
        self._row = None
        self.head.setText("")
        self.text.setPlaceholderText(tr("Select a record to read it in full."))
        self.text.clear()
        self._enable(False)

    def show_row(self, model: LogModel, row: Row) -> None:
        """Show ``row`` of the model's store."""
        self._row = (model, row)
        zone = "" if row.zone is None else iso_time(row).replace("T", " ")
        parts = [tr(LEVEL_TITLES[row.level]), zone, readable(row.tag), readable(row.place)]
        if row.thread:
            parts.append(tr("thread {thread}", thread=row.thread))
        if len(model.store.files) > 1:
            parts.append(readable(model.store.files[row.file].name))
        self.head.setText("   ".join(part for part in parts if part))
        token = LEVEL_TOKENS[row.level]
        self.head.setStyleSheet(f"color: {theme().color(token).name()};")
        message = model.message(row)
        if len(message) > _DETAIL_MAX:
            message = (
                message[:_DETAIL_MAX]
                + "\n"
                + tr("… truncated here. Copy or export it to get all of it.")
            )
        self.text.setPlainText(message)
        self._enable(bool(row.thread))

    def _enable(self, on: bool) -> None:
        self.before.setEnabled(on)
        self.after.setEnabled(on)

    def _recolour(self) -> None:
        self.before.setIcon(icon("chevron-up", size=18))
        self.after.setIcon(icon("chevron-down", size=18))
        if self._row is not None:
            self.show_row(*self._row)


class FindingsModel(QAbstractTableModel):
    """What is damaged in the logs of a store."""

    def __init__(self) -> None:
        super().__init__()
        self._store = LogStore()
        self._count = 0

    def set_store(self, store: LogStore) -> None:
        """Other logs."""
        self.beginResetModel()
        self._store, self._count = store, 0
        self.endResetModel()

    def refresh(self) -> int:
        """Take in what is new; gives how many there are."""
        count = len(self._store.findings)
        if count > self._count:
            self.beginInsertRows(QModelIndex(), self._count, count - 1)
            self._count = count
            self.endInsertRows()
        return count

    def store_row(self, row: int) -> int:
        """The row of the store that shows a finding."""
        return self._store.findings[row].row

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """See Qt."""
        return 0 if parent.isValid() else self._count

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """See Qt."""
        return 0 if parent.isValid() else 5

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """See Qt."""
        """See Qt."""
        """See Qt."""
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return (tr("Problem"), tr("Log"), tr("Byte offset"), tr("Bytes"), tr("Details"))[
                section
            ]
        if role == Qt.ItemDataRole.TextAlignmentRole and section in (2, 3):
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """See Qt."""
        found = self._store.findings[index.row()]
        finding = found.finding
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            text = (
                tr(FINDING_TITLES[finding.kind]),
                self._store.files[found.file].name,
                f"{finding.offset:,}",
                f"{finding.length:,}",
                finding_detail(finding),
            )[index.column()]
            return tip(text) if role == Qt.ItemDataRole.ToolTipRole else text
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() in (2, 3):
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        if role == Qt.ItemDataRole.ForegroundRole and index.column() == 0:
            return theme().color("danger")
        return None


class FindingsPane(QTableView):
    """The list of findings; Enter or a click goes to one."""

    chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.findings = FindingsModel()
        self.setModel(self.findings)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 8)
        self.horizontalHeader().setStretchLastSection(True)
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalHeader().setDefaultAlignment(
            Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        )
        self.setStyleSheet("QTableView::item { padding: 0 8px; }")
        for column, width in enumerate((180, 220, 110, 90)):
            self.setColumnWidth(column, width)
        self.clicked.connect(self._choose)
        self.activated.connect(self._choose)
        self.retranslate()

    def retranslate(self) -> None:
        """Set the texts in the language in force."""
        self.setAccessibleName(tr("Findings"))
        self.viewport().update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Answer the keys told above; all others go on."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._choose(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def _choose(self, index: QModelIndex) -> None:
        if index.isValid():
            self.chosen.emit(self.findings.store_row(index.row()))


class BookmarksPane(QTreeWidget):
    """Bookmarks of the open logs; a note is written by F2 or a double click."""

    chosen = Signal(int)
    noted = Signal(object, str)
    removed = Signal(int)

    _ROW = Qt.ItemDataRole.UserRole
    _MARK = Qt.ItemDataRole.UserRole + 1

    def __init__(self) -> None:
        super().__init__()
        self._filling = False
        self.setRootIsDecorated(False)
        self.setColumnCount(3)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.header().setStretchLastSection(True)
        self.setColumnWidth(0, 260)
        self.setColumnWidth(1, 420)
        self.setStyleSheet("QTreeView::item { padding: 2px 8px; }")
        self.itemClicked.connect(lambda item: self.chosen.emit(item.data(0, self._ROW)))
        self.itemDoubleClicked.connect(lambda item: self.editItem(item, 0))
        self.itemChanged.connect(self._changed)
        self.retranslate()

    def retranslate(self) -> None:
        """Set the texts in the language in force."""
        self.setHeaderLabels([tr("Note"), tr("Record"), tr("Log")])
        self.setAccessibleName(tr("Bookmarks"))

    def show_marks(self, marks: list[tuple[int, Bookmark, str]]) -> None:
        """List marks with their rows and the names of their logs."""
        self._filling = True
        self.clear()
        for row, bookmark, name in marks:
            item = QTreeWidgetItem(self, [bookmark.note, bookmark.excerpt, name])
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsEditable)
            item.setData(0, self._ROW, row)
            item.setData(0, self._MARK, bookmark)
            item.setToolTip(1, tip(bookmark.excerpt))
        self._filling = False

    def note_row(self, row: int) -> None:
        """Begin to write the note of a row's bookmark."""
        for number in range(self.topLevelItemCount()):
            item = self.topLevelItem(number)
            if item is not None and item.data(0, self._ROW) == row:
                self.setCurrentItem(item)
                self.editItem(item, 0)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Answer the keys told above; all others go on."""
        item = self.currentItem()
        editing = self.state() == QAbstractItemView.State.EditingState
        if item is None or editing:
            super().keyPressEvent(event)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.chosen.emit(item.data(0, self._ROW))
        elif event.key() == Qt.Key.Key_F2:
            self.editItem(item, 0)
        elif event.key() == Qt.Key.Key_Delete:
            self.removed.emit(item.data(0, self._ROW))
        else:
            super().keyPressEvent(event)

    def _changed(self, item: QTreeWidgetItem, column: int) -> None:
        if not self._filling and column == 0:
            self.noted.emit(item.data(0, self._MARK), item.text(0))


class SidePanes(QTabWidget):
    """The three panes with their counts."""

    def __init__(self) -> None:
        super().__init__()
        self.detail, self.findings, self.bookmarks = DetailPane(), FindingsPane(), BookmarksPane()
        for pane in (self.detail, self.findings, self.bookmarks):
            self.addTab(pane, "")
        self.setDocumentMode(True)
        self.retranslate()

    def retranslate(self) -> None:
        """Set the texts in the language in force."""
        for pane in (self.detail, self.findings, self.bookmarks):
            pane.retranslate()
        self.set_counts()

    def set_counts(self) -> None:
        """Show how many findings and bookmarks there are."""
        findings = self.findings.findings.refresh()
        marks = self.bookmarks.topLevelItemCount()
        self.setTabText(0, tr("Record"))
        self.setTabText(1, tr("Findings ({n})", n=findings) if findings else tr("Findings"))
        self.setTabText(2, tr("Bookmarks ({n})", n=marks) if marks else tr("Bookmarks"))
