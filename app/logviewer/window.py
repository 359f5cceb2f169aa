"""The viewer's window: puts the parts together and carries what one tells to the others."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QShowEvent
from PySide6.QtWidgets import QApplication, QMenu

from app.desktop.plain_text import window_title
from app.desktop.theme import theme
from app.logviewer.actions import Actions
from app.logviewer.commands import Commands
from app.logviewer.filter_engine import FilteredView
from app.logviewer.i18n import tr
from app.logviewer.jobs import FindJob, be_responsive
from app.logviewer.keys import NamedKeys
from app.logviewer.loading import LoadProgress, Problem
from app.logviewer.navigate import Navigator
from app.logviewer.open_logs import OpenLogs
from app.logviewer.query import Pattern, Query
from app.logviewer.settings import ViewerSettings
from app.logviewer.store import LogStore, Row
from app.logviewer.timeline import row_at_time
from app.logviewer.window_layout import WindowLayout
from app.logviewer.wording import open_error_text, problem_text, size_text
from xlog.sanitize import one_line


class ViewerWindow(WindowLayout):
    """One window with some logs."""

    def __init__(self, settings: ViewerSettings, keys: NamedKeys, own_logs: Path) -> None:
        logs = OpenLogs(keys.ring, own_logs)
        super().__init__(logs.store)
        self.logs = logs
        be_responsive()
        self.settings, self.keys = settings, keys
        self._own_logs = own_logs
        self._closed = False
        self.navigator = Navigator(self.model, self.table)
        self.commands = Commands(self, self.logs, self.navigator, settings, keys)
        self.menus = Actions(self, self.commands)
        self._connect()
        self.restore_shape(settings.window)
        self.show_panel(settings.window.get("panel") != "off")
        self.show_panes(settings.window.get("panes") != "off")
        self.welcome.show_recent(settings.recent)
        self.retranslate()
        self.commands.apply_rules()
        self.logs.replace()

    # Putting together

    def _connect(self) -> None:
        self.table.row_chosen.connect(self._show_row)
        self.table.selectionModel().selectionChanged.connect(lambda *_: self.tell_count())
        self.table.verticalScrollBar().valueChanged.connect(lambda _: self.tell_seen())
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.table.customContextMenuRequested.connect(self._offer)
        self.map.time_chosen.connect(self.navigator.to_time)
        self.map.span_chosen.connect(lambda a, b: self.panel.set_span(int(a), int(b)))
        self.markers.position_chosen.connect(self.table.go_to)
        self.panel.query_changed.connect(self._on_query)
        self.panel.saved_menu_asked.connect(self._list_saved)
        self.find_bar.pattern_changed.connect(self._set_find)
        self.find_bar.step.connect(self.commands.find_step)
        self.find_bar.closed.connect(self.table.setFocus)
        self.panes.detail.same_thread.connect(self.navigator.along_thread)
        self.panes.findings.chosen.connect(self._go_to_row)
        self.panes.bookmarks.chosen.connect(self._go_to_row)
        self.panes.bookmarks.noted.connect(self.commands.bookmarks.keep_note)
        self.panes.bookmarks.removed.connect(self.commands.bookmarks.drop)
        self.welcome.open_asked.connect(self.commands.ask_open)
        self.welcome.own_asked.connect(self.commands.open_own_log)
        self.welcome.path_chosen.connect(lambda path: self.logs.open_paths([path]))
        self.menus.recent.aboutToShow.connect(self._list_recent)
        self.cancel.clicked.connect(self.logs.cancel)
        self._follow_logs(self.logs)
        theme().changed.connect(self._recolour)
        application = QApplication.instance()
        assert application is not None
        application.aboutToQuit.connect(self._end_jobs)

    def _follow_logs(self, logs: OpenLogs) -> None:
        logs.opening.waiting.connect(self.show_busy)
        logs.opening.looked.connect(
            lambda files: self.say(tr("Looking for logs… {n} files", n=f"{files:,}"))
        )
        logs.asked.connect(self.notices.clear)
        logs.found.connect(self._on_found)
        logs.replaced.connect(self._on_replaced)
        logs.opened.connect(self._on_opened)
        logs.progress.connect(self._on_progress)
        logs.problem.connect(self._on_problem)
        logs.locked.connect(self._on_locked)
        logs.shown.connect(self._on_shown)

    def retranslate(self) -> None:
        """Set the texts in the language in force."""
        super().retranslate()
        self.menus.retranslate()
        self.menus.recent.setTitle(tr("Recent"))
        self._title()
        self.tell_count()
        self.tell_found()

    def changeEvent(self, event: QEvent) -> None:
        """Follow a change of the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def _end_jobs(self) -> None:
        self.commands.extracts.end()
        self.logs.end()

    def _recolour(self) -> None:
        self.menus.recolour()
        self.panel.tree.viewport().update()

    # What the logs report

    def _on_found(self, job: FindJob, add: bool) -> None:
        found = job.found
        assert found is not None
        if job.newest and found.errors:
            text = tr(
                "Phobos has not written any logs in {folder} yet.", folder=str(self._own_logs)
            )
            self.notices.show_notice("open", text)
        else:
            for error in found.errors:
                self.notices.show_notice(f"open {error.path}", open_error_text(error))
        if not found.sources:
            return
        for path in [found.sources[0].path] if job.newest else reversed(job.paths):
            self.settings.add_recent(str(Path(path).expanduser().absolute()))
        self.keep(self.settings)
        if not add:
            self.panel.set_query(Query())
        if job.newest:
            self.menus["follow"].setChecked(True)

    def _on_replaced(self, store: LogStore) -> None:
        self.model.set_store(store)
        self.panel.set_store(store)
        self.panes.findings.findings.set_store(store)
        self.panes.detail.show_nothing()
        self.logs.set_query(self.panel.query)
        self.commands.bookmarks.show()

    def _on_opened(self) -> None:
        self.stack.setCurrentWidget(self.across)
        self.show_busy(True)
        self._title()
        self.table.setFocus()

    def _on_progress(self, progress: LoadProgress) -> None:
        if progress.finished:
            self.show_busy(False)
            self.commands.bookmarks.show()
            if not self.logs.locked_blocks and len(self.keys):
                self.lock_news.emit(tr("Nothing in these logs is encrypted."))
        elif self.progress.isVisible():
            self.progress.setRange(0, 1000)
            self.progress.setValue(progress.done * 1000 // progress.total)

    def _on_problem(self, problem: Problem) -> None:
        self.notices.show_notice(f"{problem.code} {problem.name}", problem_text(problem))

    def _on_locked(self, blocks: int, size: int) -> None:
        keys = len(self.keys)
        if keys:
            text = tr(
                "None of the saved keys ({keys}) opens {n} blocks ({size}) of this log.",
                keys=keys, n=f"{blocks:,}", size=size_text(size),
            )  # fmt: skip
        else:
            text = tr(
                "{n} blocks ({size}) are encrypted. Their private key is needed to read them.",
                n=f"{blocks:,}", size=size_text(size),
            )  # fmt: skip
        self.lock_news.emit(text)
        self.notices.show_notice(
            "locked", text, tr("Enter key…"), lambda: self.commands.show_keys(text)
        )

    def _on_shown(self, view: FilteredView) -> None:
        at_end = self.table.at_end()
        current = self.table.current_position()
        row = self.current_row()
        offset = current - self.table.verticalScrollBar().value()
        if self.model.set_view(view) and row is not None:
            self._return_to(row, offset)
        if self.logs.follows and at_end:
            self.table.scrollToBottom()
        self.map.set_histogram(view.histogram, self.logs.store.zone)
        self.panel.set_view(view)
        self.panes.set_counts()
        if self.table.columnWidth(0) and self.table.viewport().isVisible():
            self.table.viewport().update()
        self.tell_markers()
        self.tell_found()
        self.tell_seen()
        self.tell_count()

    def _return_to(self, row: Row, offset: int) -> None:
        """After a change of the rows: back to the current one, at its old height if it is there."""
        position = self.model.position_of(row.number)
        if position is None:
            position = row_at_time(self.logs.store, self.model.view.rows, row.time)
        if position >= 0:
            self.table.go_to(position, centre=False)
            self.table.verticalScrollBar().setValue(position - max(0, offset))

    # What the parts report

    def _show_row(self, position: int) -> None:
        if 0 <= position < self.model.rowCount():
            self.panes.detail.show_row(self.model, self.model.row(position))
        else:
            self.panes.detail.show_nothing()
        self.tell_found()

    def _go_to_row(self, number: int) -> None:
        if not self.navigator.to_row(number):
            clear = self.commands.clear_filter
            text = tr("The filter hides this row.")
            self.notices.show_notice("hidden", text, tr("Clear the filter"), clear)

    def _on_query(self, query: Query) -> None:
        self.notices.drop("hidden")
        self.logs.set_query(query)

    def _set_find(self, pattern: Pattern | None) -> None:
        self.table.find_pattern = None
        if pattern is not None and not pattern.regex:
            self.table.find_pattern = pattern.compiled()
        self.logs.set_find(pattern)
        self.table.viewport().update()

    def _offer(self, at: QPoint) -> None:
        if self.current_row() is not None:
            self.menus.context_menu().popup(self.table.viewport().mapToGlobal(at))

    def _list_recent(self) -> None:
        menu = self.menus.recent
        menu.clear()
        for path in self.settings.recent:
            menu.addAction(path.replace("&", "&&"), partial(self.logs.open_paths, [path]))
        if not self.settings.recent:
            menu.addAction(tr("(none)")).setEnabled(False)

    def _list_saved(self, menu: QMenu) -> None:
        menu.clear()
        filters = sorted(self.settings.filters.items())
        for name, query in filters:
            menu.addAction(name.replace("&", "&&"), partial(self.panel.reset, query))
        if filters:
            forget = menu.addMenu(tr("Delete"))
            for name, _ in filters:
                forget.addAction(
                    name.replace("&", "&&"), partial(self.commands.forget_filter, name)
                )
            menu.addSeparator()
        menu.addAction(self.menus["save_filter"])

    def _title(self) -> None:
        sources = self.logs.sources
        names = [one_line(source.name) for source in sources[:2]]
        name = names[0] if len(names) == 1 else tr("{n} logs", n=len(sources)) if names else ""
        viewer = tr("Log viewer")
        self.setWindowTitle(window_title(f"{name} – {viewer}" if name else viewer))

    # Dropping, closing

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files."""
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open what was dropped; with Shift beside what is open."""
        paths = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
        if paths:
            event.acceptProposedAction()
            shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self.logs.open_paths(paths, add=shift)

    def closeEvent(self, event: QCloseEvent) -> None:
        """End the threads, keep the window's shape."""
        self._end_jobs()
        self.settings.window = self.shape()
        for name in ("panel", "panes"):
            self.settings.window[name] = "on" if self.menus[name].isChecked() else "off"
        self.settings.save()
        # The records go, the window may be shown again.
        self.model.set_store(LogStore())
        self._closed = True
        super().closeEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        """Shown again after it was closed: read again what was open."""
        if self._closed:
            self._closed = False
            self.logs.resume()
        super().showEvent(event)


def main(arguments: Sequence[str] | None = None) -> int:
    """``phobos viewer``; see :mod:`app.logviewer.entry`."""
    from app.logviewer.entry import main as enter

    return enter(arguments)
