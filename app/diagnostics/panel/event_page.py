"""The event log: everything that netcore told, with a filter."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from app.desktop.plain_text import Label
from app.diagnostics.panel.i18n import mark, tr
from app.diagnostics.panel.log import LINES, ROOMS, LogLine
from app.diagnostics.panel.model import PanelModel
from app.diagnostics.panel.records import RecordColumn, RecordsModel, make_table
from app.diagnostics.panel.view import PanelView, put
from app.diagnostics.panel.wording import clock, words


def _tone(line: LogLine, _now: float) -> str:
    return "danger" if line.bad else ""


class EventsView(PanelView):
    """Lines are only ever added and dropped, so each is held against the filter once."""

    parts = ("log",)
    every = 2
    task_wanted = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self._follow = True
        self._filter: tuple[object, ...] = ()
        self._serial = 0
        self._source: PanelModel | None = None
        self.rows = RecordsModel(
            (
                RecordColumn(mark("Time"), lambda each, _: clock(each.at, millis=True), 108),
                RecordColumn(mark("Category"), lambda each, _: words(each.room), 100),
                RecordColumn(mark("Event"), lambda each, _: each.name, 190, tone=_tone),
                RecordColumn(mark("Fields"), lambda each, _: each.words),
            ),
            key=lambda each: each.serial,
            parent=self,
        )
        self.search, self.room = QLineEdit(clearButtonEnabled=True), QComboBox()
        self.only_bad, self.count = QCheckBox(), Label()
        self.count.setProperty("role", "muted")
        for value in ("", *ROOMS):
            self.room.addItem("", value)
        self.table = make_table(self.rows)
        self.detail = QPlainTextEdit(readOnly=True)
        self.to_task = QPushButton()
        self.to_task.setProperty("role", "link")
        self.to_task.setEnabled(False)
        below = QWidget()
        column = QVBoxLayout(below)
        column.setContentsMargins(16, 8, 16, 4)
        column.setSpacing(4)
        column.addWidget(self.detail, 1)
        column.addWidget(self.to_task, 0, Qt.AlignmentFlag.AlignLeft)
        splitter = QSplitter(Qt.Orientation.Vertical)
        splitter.addWidget(self.table)
        splitter.addWidget(below)
        splitter.setStretchFactor(0, 1)
        splitter.setSizes([460, 150])
        splitter.setChildrenCollapsible(False)
        bar = QHBoxLayout()
        bar.setContentsMargins(16, 12, 16, 10)
        bar.setSpacing(10)
        bar.addWidget(self.search, 1)
        for widget in (self.room, self.only_bad, self.count):
            bar.addWidget(widget)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addLayout(bar)
        whole.addWidget(splitter, 1)
        self.search.textChanged.connect(self._filter_changed)
        self.room.currentIndexChanged.connect(self._filter_changed)
        self.only_bad.toggled.connect(self._filter_changed)
        self.table.selectionModel().currentRowChanged.connect(self._chosen)
        self.table.verticalScrollBar().valueChanged.connect(self._scrolled)
        self.table.activated.connect(lambda _: self._ask_task())
        self.to_task.clicked.connect(self._ask_task)
        self.retranslate()

    def retranslate(self) -> None:
        """Set the texts in the language in force."""
        self.search.setPlaceholderText(tr("Filter by event or field"))
        self.search.setAccessibleName(tr("Filter the events"))
        self.room.setAccessibleName(tr("Events to show"))
        self.room.setItemText(0, tr("All"))
        for row, value in enumerate(ROOMS):
            self.room.setItemText(row + 1, words(value))
        self.only_bad.setText(tr("Only problems"))
        self.table.setAccessibleName(tr("Events"))
        self.detail.setAccessibleName(tr("Selected event"))
        self.detail.setPlaceholderText(tr("Select an event to see its fields."))
        self.to_task.setText(tr("Show the task"))
        self.stale()

    def recolour(self) -> None:
        """Take the theme's colours again."""
        self.table.viewport().update()

    def show_task_events(self, task_id: int) -> None:
        """Show what happened to a task."""
        self.room.setCurrentIndex(0)
        self.only_bad.setChecked(False)
        self.search.setText(f"task_id={task_id} ")
        self.table.setFocus()

    def show_model(self, model: PanelModel, now: float) -> None:
        """Take up what is new."""
        log = model.log
        wanted = self.search.text().strip().lower(), self.room.currentData(), self._bad()
        follow = self._follow
        if wanted != self._filter or model is not self._source:
            self._filter, self._source = wanted, model
            self.rows.set_rows([each for each in log.lines if self._passes(each)], now)
        else:
            oldest = log.lines[0].serial if log.lines else log.total + 1
            kept = self.rows.rows
            gone = next((n for n, each in enumerate(kept) if each.serial >= oldest), len(kept))
            fresh = [each for each in log.since(self._serial) if self._passes(each)]
            self.rows.shift_rows(gone, fresh, now)
        self._serial = log.total
        if follow:
            self.table.scrollToBottom()
        shown, total = len(self.rows.rows), len(log.lines)
        told = tr("{shown} of {total}", shown=f"{shown:,}", total=f"{total:,}")
        if log.total > LINES:
            told += "  ·  " + tr("{n} dropped", n=f"{log.total - LINES:,}")
        put(self.count, told)

    def _bad(self) -> bool:
        return self.only_bad.isChecked()

    def _passes(self, line: LogLine) -> bool:
        wanted, room, bad = self._filter
        if bad and not line.bad:
            return False
        if room and line.room != room:
            return False
        if not wanted:
            return True
        if isinstance(wanted, str) and wanted.startswith("task_id="):
            return line.task_id == _number(wanted.removeprefix("task_id="))
        return line.matches(str(wanted))

    def _filter_changed(self) -> None:
        self._follow = True
        self.stale()

    def _scrolled(self, value: int) -> None:
        self._follow = value >= self.table.verticalScrollBar().maximum() - 2

    def _chosen(self, current: QModelIndex, _before: QModelIndex) -> None:
        line = self.rows.record(current)
        self.to_task.setEnabled(isinstance(line, LogLine) and line.task_id > 0)
        if not isinstance(line, LogLine):
            self.detail.clear()
            return
        told = [f"{clock(line.at, millis=True)}  {line.name}", *line.words.split("  ")]
        self.detail.setPlainText("\n".join(told).rstrip())

    def _ask_task(self) -> None:
        line = self.rows.record(self.table.currentIndex())
        if isinstance(line, LogLine) and line.task_id > 0:
            self.task_wanted.emit(line.task_id)


def _number(wanted: str) -> int:
    return int(wanted) if wanted.isdecimal() else -1
