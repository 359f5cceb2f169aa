"""The tasks: filter, table with waterfall, and the whole way of the one chosen."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QPushButton,
    QSplitter,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.desktop.plain_text import Label, tip
from app.desktop.theme import theme
from app.diagnostics.panel.i18n import mark, tr
from app.diagnostics.panel.model import PanelModel
from app.diagnostics.panel.records import RecordColumn, RecordsModel, make_table
from app.diagnostics.panel.tasks import DONE, FAILED, RESTING, STAGES, TaskRecord
from app.diagnostics.panel.view import Legend, PanelView, put
from app.diagnostics.panel.waterfall import STAGE_TOKENS, Stretch, WaterfallDelegate
from app.diagnostics.panel.wording import STAGE_WORDS, clock, ms, size, words

SLOW = 2.0  # seconds from which a task counts as slow
ALL, UNDER_WAY, BROKEN, LATE = "all", "running", "failed", "slow"
_STATES = (
    (ALL, mark("All")),
    (UNDER_WAY, mark("Running")),
    (BROKEN, mark("Failed")),
    (LATE, mark("Slow")),
)
_TONES = {FAILED: "danger", RESTING: "warning", DONE: "muted"}


def _state(record: TaskRecord, _now: float) -> str:
    told = words(record.state)
    if record.error:
        told += f" {record.error}"
    elif len(record.attempts) + record.left_out > 1:
        told += " · " + tr("attempt {n}", n=len(record.attempts) + record.left_out)
    return told


def _bytes(record: TaskRecord, _now: float) -> str:
    sent = record.sent or (record.attempts[-1].size if record.attempts else 0)
    return f"{size(sent)} / {size(record.received)}" if sent or record.received else ""


class TaskDetail(QTreeWidget):
    """One task, attempt by attempt."""

    def __init__(self) -> None:
        super().__init__()
        self.setColumnCount(3)
        self.setSelectionMode(QTreeWidget.SelectionMode.SingleSelection)
        self.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.header().setStretchLastSection(False)
        self.setColumnWidth(1, 130)
        self.setColumnWidth(2, 110)
        self._shown: tuple[object, ...] | None = None
        self.retranslate()

    def retranslate(self) -> None:
        """Set the texts in the language in force."""
        self.setHeaderLabels([tr("Stage"), tr("From"), tr("Took")])
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        self.headerItem().setTextAlignment(2, right)
        self.setAccessibleName(tr("Selected task"))
        self._shown = None

    def show_task(self, record: TaskRecord | None, now: float) -> None:
        """Show a task; one that is over is built once."""
        shown: tuple[object, ...] = (
            () if record is None else (record.serial, record.over, len(record.attempts))
        )
        if record is not None and not record.over:
            shown = (*shown, now)
        if shown == self._shown:
            return
        self._shown = shown
        self.clear()
        if record is None:
            row = self._row(None, tr("Select a task to see its steps."))
            row.setForeground(0, theme().color("muted"))
            return
        self._row(
            None,
            f"{record.name}  #{record.task_id}",
            clock(record.started, millis=True),
            ms(record.cost(now)),
        )
        told = [words(record.channel), words(record.priority)]
        if record.timeout:
            told.append(tr("at most {time}", time=ms(record.timeout)))
        self._row(None, " · ".join(each for each in told if each))
        for number, attempt in enumerate(record.attempts):
            count = number + 1 + (record.left_out if number else 0)
            end = now if attempt.end is None else attempt.end
            name = tr("Attempt {n}", n=count)
            where = " · ".join(each for each in (attempt.link, attempt.address) if each)
            top = self._row(
                None,
                f"{name}  {where}",
                clock(attempt.queued, millis=True),
                ms(max(0.0, end - attempt.queued)),
            )
            for stage, start, stop in attempt.spans(now):
                row = self._row(
                    top, words(stage), f"+ {ms(start - record.started)}", ms(stop - start)
                )
                row.setForeground(0, theme().color(STAGE_TOKENS[stage]))
            if attempt.size or attempt.received:
                row = self._row(
                    top,
                    tr(
                        "{sent} sent, {received} received",
                        sent=size(attempt.size),
                        received=size(attempt.received),
                    ),
                )
            if attempt.first_package_timeout:
                self._row(top, tr("first-package time-out"), "", ms(attempt.first_package_timeout))
                self._row(top, tr("read-write time-out"), "", ms(attempt.read_write_timeout))
            if attempt.error:
                row = self._row(top, attempt.error)
                row.setForeground(0, theme().color("danger"))
            top.setExpanded(True)

    def _row(
        self, parent: QTreeWidgetItem | None, what: str, when: str = "", took: str = ""
    ) -> QTreeWidgetItem:
        row = QTreeWidgetItem([what, when, took])
        row.setToolTip(0, tip(what))
        row.setTextAlignment(2, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        if parent is None:
            self.addTopLevelItem(row)
        else:
            parent.addChild(row)
        return row


class TasksView(PanelView):
    """See the module's text."""

    parts = ("task",)
    every = 2
    events_wanted = Signal(int)  # a task's id

    def __init__(self) -> None:
        super().__init__()
        self.stretch = Stretch()
        self._model: PanelModel | None = None
        self._follow = True
        self.rows = RecordsModel(
            (
                RecordColumn(mark("Start"), lambda each, _: clock(each.started, millis=True), 108),
                RecordColumn(mark("Task"), lambda each, _: f"{each.name}  #{each.task_id}", 190),
                RecordColumn(mark("Link"), lambda each, _: each.link or words(each.channel), 120),
                RecordColumn(
                    mark("State"), _state, 150, tone=lambda each, _: _TONES.get(each.state, "")
                ),
                RecordColumn(mark("Took"), lambda each, now: ms(each.cost(now)), 80, right=True),
                RecordColumn(mark("Sent / received"), _bytes, 120, right=True),
                RecordColumn(mark("Waterfall"), lambda _each, _now: ""),
            ),
            key=lambda each: each.serial,
            parent=self,
        )
        self.search, self.state = QLineEdit(clearButtonEnabled=True), QComboBox()
        self.aligned, self.count = QCheckBox(), Label()
        self.count.setProperty("role", "muted")
        for value, _ in _STATES:
            self.state.addItem("", value)
        self.legend = Legend([(STAGE_TOKENS[each], STAGE_WORDS[each]) for each in STAGES])
        self.table = make_table(self.rows)
        self.table.setItemDelegateForColumn(6, WaterfallDelegate(self.rows, self.stretch))
        self.table.horizontalHeader().setMinimumSectionSize(60)
        self.detail = TaskDetail()
        self.to_events = QPushButton()
        self.to_events.setProperty("role", "link")
        below = QWidget()
        column = QVBoxLayout(below)
        column.setContentsMargins(0, 0, 12, 0)
        column.setSpacing(0)
        column.addWidget(self.detail, 1)
        column.addWidget(self.to_events, 0, Qt.AlignmentFlag.AlignLeft)
        self.splitter = QSplitter(Qt.Orientation.Vertical)
        self.splitter.addWidget(self.table)
        self.splitter.addWidget(below)
        self.splitter.setStretchFactor(0, 1)
        self.splitter.setSizes([390, 230])
        self.splitter.setChildrenCollapsible(False)
        bar = QHBoxLayout()
        bar.setContentsMargins(16, 12, 16, 10)
        bar.setSpacing(10)
        bar.addWidget(self.search, 1)
        for widget in (self.state, self.aligned, self.legend, self.count):
            bar.addWidget(widget)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addLayout(bar)
        whole.addWidget(self.splitter, 1)
        self.search.textChanged.connect(self._filter_changed)
        self.state.currentIndexChanged.connect(self._filter_changed)
        self.aligned.toggled.connect(self._filter_changed)
        self.table.selectionModel().currentRowChanged.connect(self._chosen)
        self.table.verticalScrollBar().valueChanged.connect(self._scrolled)
        self.to_events.clicked.connect(self._ask_events)
        self.retranslate()

    def retranslate(self) -> None:
        """Set the texts in the language in force."""
        self.search.setPlaceholderText(tr("Filter by name, number, link or error"))
        self.search.setAccessibleName(tr("Filter the tasks"))
        self.state.setAccessibleName(tr("Tasks to show"))
        for row, (_, title) in enumerate(_STATES):
            self.state.setItemText(row, tr(title))
        self.aligned.setText(tr("Align starts"))
        self.aligned.setToolTip(tr("Start every bar at the left to compare durations"))
        self.table.setAccessibleName(tr("Tasks"))
        self.to_events.setText(tr("Show the events of this task"))
        self.detail.retranslate()
        self.legend.retranslate()
        self.stale()

    def recolour(self) -> None:
        """Take the theme's colours again."""
        self.legend.update()
        self.detail.retranslate()
        self.stale()

    def due(self, model: PanelModel, now: float, tick: int) -> bool:
        """Bars of tasks under way grow."""
        if model.tasks.running and tick % 5 == 0:
            self.stale()
        return super().due(model, now, tick)

    def show_model(self, model: PanelModel, now: float) -> None:
        """List what passes the filter; at the end, stay at the end."""
        self._model = model
        wanted, state = self.search.text().strip().lower(), self.state.currentData()
        records = list(model.tasks.records.values())
        shown = [each for each in records if _passes(each, wanted, state, now)]
        follow = self._follow
        self.rows.set_rows(shown, now)
        if follow:
            self.table.scrollToBottom()
        self._fit(now)
        put(
            self.count, tr("{shown} of {total}", shown=f"{len(shown):,}", total=f"{len(records):,}")
        )
        self._show_detail(now)

    def show_task(self, task_id: int) -> bool:
        """Choose the newest task of this id; whether it is there."""
        self.search.setText(str(task_id))
        self.state.setCurrentIndex(0)
        if self._model is not None:
            self.show_model(self._model, self.rows.now)
        for row in range(len(self.rows.rows) - 1, -1, -1):
            if self.rows.rows[row].task_id == task_id:
                self.table.setCurrentIndex(self.rows.index(row, 0))
                self.table.setFocus()
                return True
        return False

    def chosen(self) -> TaskRecord | None:
        """The task that is chosen."""
        record = self.rows.record(self.table.currentIndex())
        return record if isinstance(record, TaskRecord) else None

    def _filter_changed(self) -> None:
        self.stretch.aligned = self.aligned.isChecked()
        self._follow = True
        self.stale()

    def _scrolled(self, value: int) -> None:
        self._follow = value >= self.table.verticalScrollBar().maximum() - 2
        self._fit(self.rows.now)

    def _fit(self, now: float) -> None:
        top = max(0, self.table.rowAt(0))
        bottom = self.table.rowAt(self.table.viewport().height() - 1)
        last = len(self.rows.rows) if bottom < 0 else bottom + 1
        if self.stretch.fit(self.rows.rows[top:last], now):
            self.table.viewport().update()

    def _chosen(self, _current: QModelIndex, _before: QModelIndex) -> None:
        self._show_detail(self.rows.now)

    def _show_detail(self, now: float) -> None:
        record = self.chosen()
        self.to_events.setEnabled(record is not None)
        self.detail.show_task(record, now)

    def _ask_events(self) -> None:
        record = self.chosen()
        if record is not None:
            self.events_wanted.emit(record.task_id)


def _passes(record: TaskRecord, wanted: str, state: str, now: float) -> bool:
    if state == UNDER_WAY and record.over:
        return False
    if state == BROKEN and record.state != FAILED:
        return False
    if state == LATE and record.cost(now) < SLOW:
        return False
    if not wanted:
        return True
    return (
        wanted in record.name.lower()
        or wanted == str(record.task_id)
        or wanted in record.link.lower()
        or wanted in record.error
    )
