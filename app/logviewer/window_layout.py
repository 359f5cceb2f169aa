"""The frame of the viewer's window: its parts, where they stand, and its shape next time."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QByteArray, QSize, Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QMainWindow,
    QProgressBar,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QToolBar,
    QVBoxLayout,
    QWidget,
)

from app.desktop.icons import app_icon
from app.desktop.plain_text import Label
from app.logviewer.filterpanel import FilterPanel
from app.logviewer.findbar import FindBar
from app.logviewer.i18n import tr
from app.logviewer.model import LogModel
from app.logviewer.notices import Notices
from app.logviewer.settings import ViewerSettings
from app.logviewer.side_panes import SidePanes
from app.logviewer.store import FINDING, LogStore, Row
from app.logviewer.table import LogTable
from app.logviewer.timemap import FOUND_TOKEN, MarkerBar, TimeMap
from app.logviewer.welcome import Welcome
from app.logviewer.wording import pattern_error_text, size_text

_SAY_MS = 4000


class WindowLayout(QMainWindow):
    """The parts and their places; :class:`app.logviewer.window.ViewerWindow` joins them."""

    lock_news = Signal(str)
    """What the key ring does not open, or that it opens everything."""
    panel_shown = Signal(bool)
    panes_shown = Signal(bool)

    def __init__(self, store: LogStore) -> None:
        super().__init__()
        self.setWindowIcon(app_icon())
        self.setAcceptDrops(True)
        self.model = LogModel(store)
        self.table = LogTable(self.model)
        self.map, self.markers = TimeMap(), MarkerBar()
        self.panel, self.panes = FilterPanel(), SidePanes()
        self.find_bar, self.notices, self.welcome = FindBar(), Notices(), Welcome()
        self.tools = QToolBar()
        self.tools.setMovable(False)
        self.tools.setIconSize(QSize(20, 20))
        self.tools.toggleViewAction().setEnabled(False)
        self.addToolBar(self.tools)
        self._lay_out()

    def _lay_out(self) -> None:
        rows = QWidget()
        beside = QHBoxLayout(rows)
        beside.setContentsMargins(0, 0, 0, 0)
        beside.setSpacing(0)
        beside.addWidget(self.table, 1)
        beside.addWidget(self.markers)
        records = QWidget()
        column = QVBoxLayout(records)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for widget in (self.map, rows, self.find_bar):
            column.addWidget(widget, 1 if widget is rows else 0)
        self.upright = QSplitter(Qt.Orientation.Vertical)
        self.upright.addWidget(records)
        self.upright.addWidget(self.panes)
        self.upright.setStretchFactor(0, 1)
        self.upright.setSizes([540, 190])
        self.across = QSplitter(Qt.Orientation.Horizontal)
        self.across.addWidget(self.panel)
        self.across.addWidget(self.upright)
        self.across.setStretchFactor(1, 1)
        self.across.setSizes([250, 950])
        for splitter in (self.upright, self.across):
            splitter.setChildrenCollapsible(False)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.welcome)
        self.stack.addWidget(self.across)
        middle = QWidget()
        outer = QVBoxLayout(middle)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(self.notices)
        outer.addWidget(self.stack, 1)
        self.setCentralWidget(middle)
        self.count, self.memory = Label(), Label()
        self.progress, self.cancel = QProgressBar(), QPushButton()
        self.progress.setFixedWidth(140)
        self.progress.setTextVisible(False)
        self.cancel.setProperty("role", "link")
        bar = self.statusBar()
        bar.setContentsMargins(10, 2, 10, 2)
        bar.addWidget(self.count, 1)
        for widget in (self.progress, self.cancel, self.memory):
            bar.addPermanentWidget(widget)
        self.progress.hide()
        self.cancel.hide()
        self.setMinimumSize(880, 560)  # below, a message has no room beside the filter
        self.resize(1240, 800)

    def restore_shape(self, shape: dict[str, str]) -> None:
        """Take the shape that :meth:`shape` gave the last time."""
        for name, part in (("geometry", self), ("across", self.across), ("upright", self.upright)):
            state = QByteArray.fromBase64(shape.get(name, "").encode())
            if not state.isEmpty():
                (part.restoreGeometry if part is self else part.restoreState)(state)

    def shape(self) -> dict[str, str]:
        """The window's place and how its parts share it, as texts."""
        states = {
            "geometry": self.saveGeometry(),
            "across": self.across.saveState(),
            "upright": self.upright.saveState(),
        }
        return {
            name: bytes(state.toBase64().data()).decode("ascii") for name, state in states.items()
        }

    def show_busy(self, on: bool) -> None:
        """Show that something is under way that can be stopped, or that nothing is."""
        if on:
            self.progress.setRange(0, 0)
        else:
            self.statusBar().clearMessage()
        self.progress.setVisible(on)
        self.cancel.setVisible(on)

    def show_panel(self, on: bool) -> None:
        """Show or hide the filter panel."""
        self.panel.setVisible(on)
        self.panel_shown.emit(on)

    def show_panes(self, on: bool) -> None:
        """Show or hide what is below the table."""
        self.panes.setVisible(on)
        self.panes_shown.emit(on)

    def current_row(self) -> Row | None:
        """The current row."""
        position = self.table.current_position()
        return self.model.row(position) if 0 <= position < self.model.rowCount() else None

    def keep(self, settings: ViewerSettings) -> None:
        """Save the settings; a notice says where that is not possible."""
        if not settings.save():
            text = tr(
                "Can't save settings and bookmarks in {folder}: {reason}",
                folder=str(settings.file.parent), reason=settings.error,
            )  # fmt: skip
            self.notices.show_notice("settings", text)

    def say(self, text: str) -> None:
        """Show a text for a moment."""
        self.statusBar().showMessage(text, _SAY_MS)

    def retranslate(self) -> None:
        """Set the texts in the language in force."""
        for part in (self.table, self.map, self.markers, self.panel, self.panes, self.find_bar):
            part.retranslate()
        self.welcome.retranslate()
        self.cancel.setText(tr("Cancel"))
        self.progress.setAccessibleName(tr("Loading"))
        self.memory.setToolTip(tr("Memory used by the records"))

    def tell_count(self) -> None:
        """How many rows are shown, and how far apart the selected ones are."""
        shown, total = len(self.model.view.rows), len(self.model.store)
        if self.stack.currentWidget() is self.welcome:
            self.count.setText("")
            return
        text = tr("{shown} of {total} rows", shown=f"{shown:,}", total=f"{total:,}")
        if self.model.view.judged < self.model.view.total:
            text += " · " + tr("filtering…")
        selected = self.table.selected_rows()
        if len(selected) > 1:
            times = self.model.store.columns["time"][selected[[0, -1]]]
            seconds = abs(int(times[1]) - int(times[0])) / 1000
            count = f"{len(selected):,}"
            text += " · " + tr("{n} selected, {s} s apart", n=count, s=f"{seconds:,.3f}")
        self.count.setText(text)
        self.memory.setText(size_text(self.model.store.nbytes) if total else "")

    def tell_seen(self) -> None:
        """Mark on the map what the table shows."""
        rows = self.model.view.rows
        if len(rows):
            ends = [min(self.table.first_position(), len(rows) - 1), self.table.last_position()]
            first, last = self.model.store.columns["time"][rows[ends]].tolist()
            self.map.set_seen(min(first, last), max(first, last))

    def tell_markers(self) -> None:
        """Mark beside the scroll bar what is found, damaged or bookmarked."""
        view = self.model.view
        ticks = [(view.found, FOUND_TOKEN)] if view.found is not None else []
        if self.model.store.findings:
            damage = self.model.store.columns["level"][view.rows] == FINDING
            ticks.append((np.flatnonzero(damage), "danger"))
        if self.table.bookmarks:
            marks = np.isin(view.rows, list(self.table.bookmarks))
            ticks.append((np.flatnonzero(marks), "accent"))
        self.markers.set_ticks(len(view.rows), ticks)

    def tell_found(self) -> None:
        """Count in the find bar."""
        view = self.model.view
        error = pattern_error_text(view.errors.get("find", ""))
        if view.found is None:
            self.find_bar.show_count(0, None, busy=False, error=error)
            return
        current = self.table.current_position()
        at = int(np.searchsorted(view.found, current))
        hit = at < len(view.found) and int(view.found[at]) == current
        busy = view.finding
        self.find_bar.show_count(at + 1 if hit else 0, len(view.found), busy=busy, error=error)
