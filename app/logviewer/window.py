"""The viewer's window: puts the parts together and carries what one tells to the others."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QEvent, QPoint, Qt, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QShowEvent
from PySide6.QtWidgets import QApplication

from app.desktop.plain_text import window_title
from app.desktop.theme import theme
from app.logviewer.actions import Actions
from app.logviewer.commands import Commands
from app.logviewer.filter_engine import FilteredView
from app.logviewer.i18n import tr
from app.logviewer.jobs import FilterJob, FindJob, LoadJob, be_responsive
from app.logviewer.keys import NamedKeys
from app.logviewer.loading import LoadProgress, Problem
from app.logviewer.navigate import Navigator
from app.logviewer.opening import Opening
from app.logviewer.query import Pattern, Query
from app.logviewer.settings import Bookmark, Rule, ViewerSettings
from app.logviewer.sources import LogSource, OpenError
from app.logviewer.store import LogStore, Row
from app.logviewer.timeline import row_at_time
from app.logviewer.window_layout import WindowLayout
from app.logviewer.wording import open_error_text, problem_text, size_text
from xlog.sanitize import one_line


class ViewerWindow(WindowLayout):
    """One window with some logs."""

    locked_told = Signal(str)  # what the key ring does not open, or that it opens all

    def __init__(self, settings: ViewerSettings, keys: NamedKeys, own_logs: Path) -> None:
        super().__init__(LogStore())
        self.store = self.model.store
        be_responsive()
        self.settings, self.keys, self.own_logs = settings, keys, own_logs
        self.sources: list[LogSource] = []
        self.opening = Opening()
        self._load: LoadJob | None = None
        self._filter_job: FilterJob | None = None
        self._follow = False
        self._pattern: Pattern | None = None
        self._locked = 0
        self._closed = False
        self.navigator = Navigator(self.model, self.table)
        self.commands = Commands(self)
        self.menus = Actions(self, self.tools)
        self._connect()
        self.restore_shape(settings.window)
        for name in ("panel", "panes"):
            self.menus[name].setChecked(settings.window.get(name) != "off")
        self.welcome.show_recent(settings.recent)
        self.retranslate()
        self._begin(LogStore())

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
        self.panel.query_changed.connect(self._set_query)
        self.panel.saved_menu_asked.connect(self.commands.fill_saved_menu)
        self.find_bar.pattern_changed.connect(self._set_find)
        self.find_bar.step.connect(self.find_step)
        self.find_bar.closed.connect(self.table.setFocus)
        self.panes.detail.same_thread.connect(self.navigator.along_thread)
        self.panes.findings.chosen.connect(self._go_to_row)
        self.panes.bookmarks.chosen.connect(self._go_to_row)
        self.panes.bookmarks.noted.connect(self._note)
        self.panes.bookmarks.removed.connect(self.commands.drop_bookmark)
        self.welcome.open_asked.connect(self.commands.ask_open)
        self.welcome.own_asked.connect(self.commands.open_own_log)
        self.welcome.path_chosen.connect(lambda path: self.open_paths([path]))
        self.menus.recent.aboutToShow.connect(self._list_recent)
        self.cancel.clicked.connect(self.cancel_loading)
        self.opening.waiting.connect(self.show_busy)
        self.opening.looked.connect(
            lambda files: self.say(tr("Looking for logs… {n} files", n=f"{files:,}"))
        )
        self.opening.found.connect(self._on_found)
        theme().changed.connect(self._recolour)
        application = QApplication.instance()
        assert application is not None
        application.aboutToQuit.connect(self._end_jobs)

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

    def _recolour(self) -> None:
        self.menus.recolour()
        self.panel.tree.viewport().update()

    # Opening

    def open_paths(self, paths: Sequence[str | Path], *, add: bool = False) -> None:
        """Open files, folders and archives; ``add`` keeps what is open.

        They are looked for in a thread: a folder may have a hundred thousand files.
        """
        self.notices.clear()
        self.opening.begin(FindJob(paths), add=add)

    def open_newest(self, folder: Path) -> None:
        """Open the log in ``folder`` that was written to last, and follow it."""
        self.notices.clear()
        self.opening.begin(FindJob([folder], newest=True))

    def _on_found(self, job: FindJob, add: bool) -> None:
        found = job.found
        if found is None:
            return
        self._tell_unopened(job, found.errors)
        sources = found.sources
        if not sources:
            return
        for path in [sources[0].path] if job.newest else reversed(job.paths):
            self.settings.add_recent(str(Path(path).expanduser().absolute()))
        self.save_settings()
        if add:
            known = {source.path for source in self.sources}
            sources = self.sources + [each for each in sources if each.path not in known]
        else:
            self.panel.set_query(Query())
        self._open(sources)
        if job.newest:
            self.menus["follow"].setChecked(True)

    def _tell_unopened(self, job: FindJob, errors: Sequence[OpenError]) -> None:
        if job.newest and errors:
            text = tr("Phobos has written no log in {folder} yet.", folder=str(job.paths[0]))
            self.notices.show_notice("open", text)
            return
        for error in errors:
            self.notices.show_notice(f"open {error.path}", open_error_text(error))

    def reload(self) -> None:
        """Read the same logs anew; the filter stays."""
        if self.sources:
            self.notices.clear()
            self._open(self.sources)

    def _open(self, sources: list[LogSource]) -> None:
        self.sources = sources
        self._locked = 0
        store = LogStore()
        self._begin(store)
        load = LoadJob(store, sources, self.keys.ring, follow=self._follow)
        load.progress.connect(self._on_progress)
        load.problem.connect(self._on_problem)
        load.locked.connect(self._on_locked)
        self._load = load
        self.stack.setCurrentWidget(self.across)
        self.show_busy(True)
        self._title()
        load.start()
        self.table.setFocus()

    def _begin(self, store: LogStore) -> None:
        """Let go of the present store and show ``store``, which is empty yet."""
        self._end_jobs()
        self.store = store
        self.model.set_store(store)
        self.panel.set_store(store)
        self.panes.findings.findings.set_store(store)
        self.panes.detail.show_nothing()
        self.table.bookmarks = frozenset()
        filter_job = FilterJob(store)
        filter_job.shown.connect(self._on_shown)
        filter_job.set_query(self.panel.query)
        filter_job.set_find(self._pattern)
        filter_job.start()
        self._filter_job = filter_job
        self.set_rules(self.settings.rules, keep=False)
        self.show_bookmarks()

    def _end_jobs(self) -> None:
        self.commands.shut()
        self.opening.give_up()
        for job in (self._load, self._filter_job):
            if job is not None:
                job.close()
                # What it has sent already is about a store that is gone.
                job.blockSignals(True)
                job.deleteLater()
        self._load = self._filter_job = None

    def cancel_loading(self) -> None:
        """Stop looking for logs, or loading them; what is there stays."""
        if self.opening.is_waiting:
            self.opening.give_up()
            return
        if self._load is not None:
            self._load.cancel()

    def set_follow(self, on: bool) -> None:
        """Go on reading what grows."""
        self._follow = on
        if self._load is not None:
            self._load.set_follow(on)
        if on:
            self.table.scrollToBottom()

    def keys_changed(self) -> None:
        """The key ring is another: read again what was locked."""
        if self._locked:
            self.reload()

    # What the jobs tell

    def _on_progress(self, progress: LoadProgress) -> None:
        if self.sender() is not self._load or self._filter_job is None:
            return
        self._filter_job.grew()
        if progress.finished:
            self.show_busy(False)
            self.show_bookmarks()
            if not self._locked and len(self.keys):
                self.locked_told.emit(tr("Nothing in these logs is locked."))
        elif self.progress.isVisible():
            self.progress.setRange(0, 1000)
            self.progress.setValue(progress.done * 1000 // progress.total)

    def _on_problem(self, problem: Problem) -> None:
        if self.sender() is not self._load:
            return
        self.notices.show_notice(f"{problem.code} {problem.name}", problem_text(problem))

    def _on_locked(self, blocks: int, size: int) -> None:
        if self.sender() is not self._load:
            return
        self._locked = blocks
        keys = len(self.keys)
        if keys:
            text = tr(
                "None of the keys in the ring ({keys}) opens {n} blocks ({size}) of this log.",
                keys=keys, n=f"{blocks:,}", size=size_text(size),
            )  # fmt: skip
        else:
            text = tr(
                "{n} blocks ({size}) are encrypted. Their private key is needed to read them.",
                n=f"{blocks:,}", size=size_text(size),
            )  # fmt: skip
        self.locked_told.emit(text)
        self.notices.show_notice(
            "locked", text, tr("Enter key…"), lambda: self.commands.show_keys(text)
        )

    def _on_shown(self, view: FilteredView) -> None:
        if self.sender() is not self._filter_job:
            return
        at_end = self.table.at_end()
        current = self.table.current_position()
        row = self.model.row(current) if 0 <= current < self.model.rowCount() else None
        offset = current - self.table.verticalScrollBar().value()
        if self.model.set_view(view) and row is not None:
            self._return_to(row, offset)
        if self._follow and at_end:
            self.table.scrollToBottom()
        self.map.set_histogram(view.histogram, self.store.zone)
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
            position = row_at_time(self.store, self.model.view.rows, row.time)
        if position >= 0:
            self.table.go_to(position, centre=False)
            self.table.verticalScrollBar().setValue(position - max(0, offset))

    # What the parts tell

    def current_row(self) -> Row | None:
        """The current row."""
        position = self.table.current_position()
        return self.model.row(position) if 0 <= position < self.model.rowCount() else None

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

    def _set_query(self, query: Query) -> None:
        self.notices.drop("hidden")
        if self._filter_job is not None:
            self._filter_job.set_query(query)

    def _set_find(self, pattern: Pattern | None) -> None:
        self._pattern = pattern
        self.table.find_pattern = None
        if pattern is not None and not pattern.regex:
            self.table.find_pattern = pattern.compiled()
        if self._filter_job is not None:
            self._filter_job.set_find(pattern)
        self.table.viewport().update()

    def find_step(self, step: int) -> None:
        """To the next row found, or the one before."""
        if self._pattern is None:
            self.find_bar.open()
        else:
            self.navigator.to_found(step)

    def set_rules(self, rules: list[Rule], *, keep: bool = True) -> None:
        """Colour rows by ``rules``."""
        self.settings.rules = list(rules)
        self.table.rule_colours = tuple(rule.colour for rule in rules)
        if keep:
            self.save_settings()
        if self._filter_job is not None:
            self._filter_job.set_rules(tuple(rule.pattern for rule in rules))

    def show_bookmarks(self) -> None:
        """Mark the bookmarked rows and list them."""
        marks = []
        for number, file in enumerate(self.store.files):
            for bookmark in self.settings.marks_of(file.path):
                row = self.store.at_ordinal(number, bookmark.ordinal)
                if row is not None:
                    marks.append((row, bookmark, file.name))
        self.table.bookmarks = frozenset(row for row, _, _ in marks)
        self.panes.bookmarks.show_marks(marks)
        self.panes.set_counts()
        self.table.viewport().update()
        self.tell_markers()

    def _note(self, bookmark: Bookmark, text: str) -> None:
        self.settings.note(bookmark, text)
        self.save_settings()

    def _offer(self, at: QPoint) -> None:
        if self.current_row() is not None:
            self.menus.context_menu().popup(self.table.viewport().mapToGlobal(at))

    def _list_recent(self) -> None:
        menu = self.menus.recent
        menu.clear()
        for path in self.settings.recent:
            menu.addAction(path.replace("&", "&&"), partial(self.open_paths, [path]))
        if not self.settings.recent:
            menu.addAction(tr("(none)")).setEnabled(False)

    def _title(self) -> None:
        names = [one_line(source.name) for source in self.sources[:2]]
        name = names[0] if len(names) == 1 else tr("{n} logs", n=len(self.sources)) if names else ""
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
            self.open_paths(paths, add=shift)

    def save_settings(self) -> None:
        """Keep the settings; tells where that is not possible."""
        if not self.settings.save():
            folder = str(self.settings.file.parent)
            text = tr(
                "Settings and bookmarks cannot be kept in {folder}: {reason}",
                folder=folder, reason=self.settings.error,
            )  # fmt: skip
            self.notices.show_notice("settings", text)

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
            if self.sources:
                self._open(self.sources)
            else:
                self._begin(LogStore())
        super().showEvent(event)


def main(arguments: Sequence[str] | None = None) -> int:
    """``phobos viewer``; see :mod:`app.logviewer.entry`."""
    from app.logviewer.entry import main as enter

    return enter(arguments)
