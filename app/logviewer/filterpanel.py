"""The filter panel: patterns, levels, tags, threads, files and a span of time, with counts."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QMenu,
    QPushButton,
    QToolButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.desktop.forms import restyle
from app.desktop.icons import icon
from app.desktop.plain_text import Label, tip
from app.desktop.theme import theme
from app.logviewer.filter_engine import FilteredView
from app.logviewer.findbar import PatternEdit
from app.logviewer.i18n import mark, tr
from app.logviewer.model import LEVEL_TITLES, LEVEL_TOKENS
from app.logviewer.query import ALL_LEVELS, Pattern, Query
from app.logviewer.store import LEVELS, LogStore
from app.logviewer.styles import file_swatch
from app.logviewer.times import parse_time, time_field_text
from app.logviewer.wording import pattern_error_text
from xlog.sanitize import one_line

_SHOWN_NAMES = 200
_COUNT_EVERY_MS = 400
_CHECKED, _UNCHECKED = Qt.CheckState.Checked, Qt.CheckState.Unchecked
_KEY = Qt.ItemDataRole.UserRole
_GROUPS = {
    "level": mark("Levels"),
    "file": mark("Logs"),
    "tag": mark("Tags"),
    "thread": mark("Threads"),
}


class FilterPanel(QWidget):
    """Shows a :class:`Query` and lets it be changed."""

    query_changed = Signal(object)
    save_asked = Signal()
    saved_menu_asked = Signal(QMenu)

    def __init__(self) -> None:
        super().__init__()
        self._query = Query()
        self._store = LogStore()
        self._view = FilteredView()
        self._filling = False
        self._items: dict[tuple[str, str], QTreeWidgetItem] = {}
        self.setMinimumWidth(210)
        self.title = Label()
        self.title.setProperty("role", "section")
        self.saved = QToolButton()
        self.saved.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self.saved)
        menu.aboutToShow.connect(lambda: self.saved_menu_asked.emit(menu))
        self.saved.setMenu(menu)
        self.clear = QToolButton()
        self.clear.clicked.connect(lambda: self.reset(Query()))
        self.edit = PatternEdit()
        self.edit.changed.connect(self._typed)
        self.edit.entered.connect(self.keep_pattern)
        self.include, self.exclude = QPushButton(), QPushButton()
        self.include.clicked.connect(self.keep_pattern)
        self.exclude.clicked.connect(lambda: self.keep_pattern(exclude=True))
        for button in (self.include, self.exclude):
            button.setProperty("role", "link")
        self.patterns = QVBoxLayout()
        self.patterns.setSpacing(0)
        self.since, self.until = QLineEdit(), QLineEdit()
        for field in (self.since, self.until):
            field.editingFinished.connect(self._span_typed)
        self.span_labels = Label(), Label()
        self.tree = QTreeWidget()
        self.tree.setColumnCount(2)
        self.tree.setHeaderHidden(True)
        self.tree.setIndentation(12)
        self.tree.setUniformRowHeights(True)
        self.tree.setTextElideMode(Qt.TextElideMode.ElideMiddle)  # names differ at their ends
        self.tree.setStyleSheet("QTreeView::item { min-height: 25px; }")
        self.tree.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.tree.header().setStretchLastSection(False)
        self.tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.tree.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self.tree.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.tree.customContextMenuRequested.connect(self._offer)
        self.tree.itemChanged.connect(self._ticked)
        self._groups = {}
        for group in _GROUPS:
            item = QTreeWidgetItem(self.tree)
            item.setFlags(Qt.ItemFlag.ItemIsEnabled)
            item.setExpanded(group != "thread")
            self._groups[group] = item
        self._counting = QTimer(self)
        self._counting.setSingleShot(True)
        self._counting.setInterval(_COUNT_EVERY_MS)
        self._counting.timeout.connect(self._fill)
        self._lay_out()
        theme().changed.connect(self._recolour)
        self._recolour()
        self.retranslate()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.addWidget(self.title, 1)
        head.addWidget(self.saved)
        head.addWidget(self.clear)
        choice = QHBoxLayout()
        choice.setSpacing(0)
        choice.addWidget(self.include)
        choice.addWidget(self.exclude)
        choice.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 6, 6, 6)
        column.setSpacing(6)
        column.addLayout(head)
        column.addWidget(self.edit)
        column.addLayout(choice)
        column.addLayout(self.patterns)
        column.addWidget(self.tree, 1)
        for label, field in zip(self.span_labels, (self.since, self.until), strict=True):
            row = QHBoxLayout()
            label.setProperty("role", "muted")
            label.setMinimumWidth(40)
            label.setBuddy(field)
            row.addWidget(label)
            row.addWidget(field, 1)
            column.addLayout(row)

    def retranslate(self) -> None:
        """Set the texts in the language in force."""
        self.edit.retranslate()
        self.title.setText(tr("Filter"))
        self.edit.field.setPlaceholderText(tr("Lines containing…"))
        self.edit.field.setAccessibleName(tr("Filter text"))
        self.include.setText(tr("+ Include"))
        self.include.setToolTip(tr("Add as a condition (Enter)"))
        self.exclude.setText(tr("− Exclude"))
        self.exclude.setToolTip(tr("Hide lines containing this text"))
        self.tree.setAccessibleName(tr("Levels, logs, tags and threads to show"))
        for button, text in (
            (self.saved, tr("Saved filters")),
            (self.clear, tr("Clear the filter (Ctrl+Backspace)")),
        ):
            button.setToolTip(text)
            button.setAccessibleName(text)
        names = (tr("From"), tr("To"))
        for label, field, name in zip(
            self.span_labels, (self.since, self.until), names, strict=True
        ):
            label.setText(name)
            field.setAccessibleName(name)
            field.setPlaceholderText(tr("any time"))
        for group, item in self._groups.items():
            item.setText(0, tr(_GROUPS[group]))
        self._items = {key: item for key, item in self._items.items() if key[0] != "level"}
        self._groups["level"].takeChildren()
        self._fill()
        self._list_patterns()

    def _recolour(self) -> None:
        self.saved.setIcon(icon("bookmark", size=18))
        self.clear.setIcon(icon("trash", size=18))
        self._fill()

    # What is shown

    def set_store(self, store: LogStore) -> None:
        """Other logs: forget the names."""
        self._store, self._view = store, FilteredView()
        for group in self._groups.values():
            group.takeChildren()
        self._items = {}
        self._fill()

    def set_view(self, view: FilteredView) -> None:
        """Take the counts of a newer view, a few times a second at most."""
        self._view = view
        if view.errors.get("filter"):
            self.edit.set_error(pattern_error_text(view.errors["filter"]))
        if not self._counting.isActive():
            self._counting.start()

    @property
    def query(self) -> Query:
        """The query as it stands, with what is being typed."""
        pattern = self.edit.valid_pattern()
        if pattern is None:
            return self._query
        return replace(self._query, patterns=(*self._query.patterns, pattern))

    def set_query(self, query: Query) -> None:
        """Show another query; tells nobody."""
        self._query = query
        self._filling = True
        self.edit.field.clear()
        self.since.setText(time_field_text(query.since, self._store.zone))
        self.until.setText(time_field_text(query.until, self._store.zone))
        self._filling = False
        self._list_patterns()
        self._fill()

    @property
    def kept(self) -> Query:
        """The query without what is being typed."""
        return self._query

    def reset(self, query: Query) -> None:
        """Show another query and tell so."""
        self.set_query(query)
        self.query_changed.emit(self.query)

    # Patterns

    def keep_pattern(self, _checked: bool = False, *, exclude: bool = False) -> None:
        """Keep what is typed as a condition of its own."""
        pattern = self.edit.valid_pattern()
        if pattern is not None:
            kept = replace(pattern, exclude=exclude)
            self.reset(replace(self._query, patterns=(*self._query.patterns, kept)))

    def _typed(self) -> None:
        if not self._filling:
            self.query_changed.emit(self.query)

    def _list_patterns(self) -> None:
        while (entry := self.patterns.takeAt(0)) is not None:
            if (widget := entry.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for number, pattern in enumerate(self._query.patterns):
            self.patterns.addWidget(self._pattern_row(number, pattern))

    def _pattern_row(self, number: int, pattern: Pattern) -> QWidget:
        row = QWidget()
        layout = QHBoxLayout(row)
        layout.setContentsMargins(2, 0, 0, 0)
        sign = "−" if pattern.exclude else "+"
        flags = (" .*" if pattern.regex else "") + (" Aa" if pattern.case else "")
        box = QCheckBox(f"{sign} {pattern.text[:60]}{flags}".replace("&", "&&"))
        box.setChecked(pattern.enabled)
        box.setToolTip(tip(pattern.text[:500]))
        box.toggled.connect(lambda on: self._change(number, replace(pattern, enabled=on)))
        remove = QToolButton()
        remove.setIcon(icon("close", size=14))
        remove.setAccessibleName(tr("Remove"))
        remove.setToolTip(tr("Remove"))
        remove.clicked.connect(lambda: self._change(number, None))
        layout.addWidget(box, 1)
        layout.addWidget(remove)
        return row

    def _change(self, number: int, pattern: Pattern | None) -> None:
        patterns = list(self._query.patterns)
        patterns[number : number + 1] = [] if pattern is None else [pattern]
        self.reset(replace(self._query, patterns=tuple(patterns)))

    # Levels, logs, tags, threads

    def _entries(self, group: str) -> list[tuple[str, str, int]]:
        """Key, text and count of what a group lists."""
        if group == "level":
            return [
                (str(level), tr(LEVEL_TITLES[level]), self._view.levels[level])
                for level in reversed(range(LEVELS))
            ]
        if group == "file":
            files = self._store.files[:_SHOWN_NAMES]
            return [(file.path, file.name, file.rows) for file in files]
        names = self._view.names.tags if group == "tag" else self._view.names.threads
        return [
            (name, one_line(name) or tr("(none)"), count) for name, count in names[:_SHOWN_NAMES]
        ]

    def _fill(self) -> None:
        self._filling = True
        for group, parent in self._groups.items():
            entries = self._entries(group)
            parent.setHidden(group == "file" and len(entries) < 2)
            for number, (key, text, count) in enumerate(entries):
                item = self._items.get((group, key))
                if item is None:
                    item = QTreeWidgetItem(parent)
                    item.setFlags(
                        Qt.ItemFlag.ItemIsEnabled
                        | Qt.ItemFlag.ItemIsUserCheckable
                        | Qt.ItemFlag.ItemIsSelectable
                    )
                    item.setData(0, _KEY, (group, key))
                    item.setTextAlignment(
                        1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
                    )
                    item.setToolTip(0, tip(key if group == "file" else text))
                    self._items[group, key] = item
                if group == "level":
                    item.setForeground(0, theme().color(LEVEL_TOKENS[int(key)]))
                elif group == "file":
                    item.setIcon(0, file_swatch(number))
                item.setText(0, text)
                item.setText(1, f"{count:,}")
                item.setForeground(1, theme().color("muted"))
                item.setCheckState(0, _CHECKED if self._shows(group, key) else _UNCHECKED)
        self._filling = False

    def _shows(self, group: str, key: str) -> bool:
        if group == "level":
            return int(key) in self._query.levels
        show, hide = self._query.names(group)
        return (not show or key in show) and key not in hide

    def _ticked(self, item: QTreeWidgetItem, column: int) -> None:
        data = item.data(0, _KEY)
        if self._filling or column != 0 or data is None:
            return
        group, key = data
        on = item.checkState(0) == _CHECKED
        if on != self._shows(group, key):
            self.change(self.toggled(group, key, on))

    def change(self, query: Query) -> None:
        """As :meth:`reset`, and what is being typed stays."""
        self._query = query
        self._fill()
        self.query_changed.emit(self.query)

    def toggled(self, group: str, key: str, on: bool) -> Query:
        """The query with one entry shown or hidden."""
        if group == "level":
            levels = self._query.levels
            levels = levels | {int(key)} if on else levels - {int(key)}
            return replace(self._query, levels=levels)
        show, hide = self._query.names(group)
        if show:
            show = show | {key} if on else show - {key}
            hide = hide - {key}
            if not show:
                hide = hide | {key}
        else:
            hide = hide - {key} if on else hide | {key}
        return self._query.with_names(group, show, hide)

    def only(self, group: str, key: str) -> None:
        """Show one entry of a group alone."""
        if group == "level":
            self.change(replace(self._query, levels=frozenset({int(key)})))
        else:
            self.change(self._query.with_names(group, frozenset({key})))

    def all_of(self, group: str) -> None:
        """Show every entry of a group."""
        if group == "level":
            self.change(replace(self._query, levels=ALL_LEVELS))
        else:
            self.change(self._query.with_names(group))

    def _offer(self, at: QPoint) -> None:
        item = self.tree.itemAt(at)
        data = item.data(0, _KEY) if item is not None else None
        if data is None:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(tr("Only this"), lambda: self.only(*data))
        menu.addAction(tr("All"), lambda: self.all_of(data[0]))
        menu.popup(self.tree.viewport().mapToGlobal(at))

    # Time

    def set_span(self, since: int | None, until: int | None) -> None:
        """Show rows of a span of time alone."""
        self.since.setText(time_field_text(since, self._store.zone))
        self.until.setText(time_field_text(until, self._store.zone))
        self.change(replace(self._query, since=since, until=until))

    def _span_typed(self) -> None:
        times: list[int | None] = []
        for field in (self.since, self.until):
            text = field.text().strip()
            near = int(self._store.columns["time"][0]) if len(self._store) else 0
            time = parse_time(text, self._store.zone, near) if text else None
            restyle(field, "invalid", bool(text) and time is None)
            times.append(time)
        if (times[0], times[1]) != (self._query.since, self._query.until):
            self.change(replace(self._query, since=times[0], until=times[1]))
