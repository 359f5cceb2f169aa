"""What the commands of the viewer do; :mod:`app.logviewer.actions` gives them words and keys."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QMenu

from app.logviewer.dialogs import AskDialog, KeyDialog, RulesDialog
from app.logviewer.export import ExportFormat
from app.logviewer.i18n import tr
from app.logviewer.jobs import CopyJob, ExportJob
from app.logviewer.query import Query
from app.logviewer.settings import Bookmark
from app.logviewer.shortcuts import ShortcutsDialog
from app.logviewer.store import Row
from app.logviewer.timeline import Rows
from app.logviewer.times import parse_time, time_field_text
from xlog.format import BUFFER_SUFFIXES, LOG_SUFFIX
from xlog.record import Level

if TYPE_CHECKING:
    from app.logviewer.window import ViewerWindow

COPY_MAX = 100_000
"""Rows that may be copied; more belong into a file."""
_EXCERPT = 120
_SUFFIXES = (LOG_SUFFIX, *BUFFER_SUFFIXES, ".zip")
_LOG_FILTER = " ".join(f"*{each}" for suffix in _SUFFIXES for each in (suffix, suffix.upper()))


class Commands:
    """The window's commands; each is a method without arguments, or with one for a switch."""

    def __init__(self, window: ViewerWindow) -> None:
        self._window = window
        self.export_job: ExportJob | None = None
        self.copy_job: CopyJob | None = None

    # Opening

    def ask_open(self) -> None:
        """Choose logs to open."""
        self._ask_files(self._window.open_paths)

    def ask_add(self) -> None:
        """Choose logs to open beside those that are."""
        self._ask_files(lambda paths: self._window.open_paths(paths, add=True))

    def _ask_files(self, then: Callable[[list[str]], None]) -> None:
        dialog = QFileDialog(self._window, tr("Open logs"), self._folder())
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        logs = tr("Logs and diagnosis archives")
        dialog.setNameFilters([f"{logs} ({_LOG_FILTER})", f"{tr('All files')} (*)"])
        dialog.filesSelected.connect(then)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def ask_open_folder(self) -> None:
        """Choose a folder whose logs to open."""
        dialog = QFileDialog(self._window, tr("Open a folder of logs"), self._folder())
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.filesSelected.connect(self._window.open_paths)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _folder(self) -> str:
        recent = self._window.settings.recent
        return str(Path(recent[0]).parent) if recent else str(Path.home())

    def open_own_log(self) -> None:
        """Open the log that Phobos itself writes, and follow it."""
        self._window.open_newest(self._window.own_logs)

    def reload(self) -> None:
        """Read the open logs anew."""
        self._window.reload()

    def close(self) -> None:
        """Close the window."""
        self._window.close()

    # Keys, rules

    def show_keys(self, reason: str = "") -> None:
        """Show the key ring."""
        window = self._window
        dialog = KeyDialog(window, window.keys, reason)
        dialog.keys_changed.connect(window.keys_changed)
        window.locked_told.connect(dialog.say)
        dialog.open()

    def show_rules(self) -> None:
        """Show the highlight rules."""
        dialog = RulesDialog(self._window, self._window.settings.rules)
        dialog.rules_changed.connect(self._window.set_rules)
        dialog.open()

    def show_shortcuts(self) -> None:
        """Show what the keys do."""
        ShortcutsDialog(self._window).open()

    # Copying, exporting

    def copy_text(self) -> None:
        """Copy the selected rows as they stand in the log."""
        self._copy(ExportFormat.TEXT)

    def copy_json(self) -> None:
        """Copy the selected rows as JSON lines."""
        self._copy(ExportFormat.JSON_LINES)

    def _copy(self, form: ExportFormat) -> None:
        window = self._window
        rows = window.table.selected_rows()
        if not len(rows):
            return
        if len(rows) > COPY_MAX:
            text = tr("{n} rows are too many to copy: export them.", n=f"{len(rows):,}")
            window.notices.show_notice("copy", text, tr("Export…"), self.ask_export)
            return
        if self.copy_job is not None:
            self.copy_job.close()
        self.copy_job = CopyJob(window.store, rows, form)
        text = tr("{n} rows copied", n=f"{len(rows):,}")

        def copied(lines: str) -> None:
            QGuiApplication.clipboard().setText(lines)
            window.say(text)

        self.copy_job.finished.connect(copied)
        self.copy_job.start()

    def ask_export(self) -> None:
        """Choose a file for the selected rows, or for all that are shown if one or none is."""
        rows = self._window.table.selected_rows()
        if len(rows) < 2:
            rows = self._window.model.view.rows
        if not len(rows):
            return
        title = tr("Export {n} rows", n=f"{len(rows):,}")
        dialog = QFileDialog(self._window, title, self._folder())
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        names = (tr("Text"), tr("JSON lines"), tr("CSV"))
        filters = [f"{name} (*.{form})" for name, form in zip(names, ExportFormat, strict=True)]
        dialog.setNameFilters(filters)
        dialog.setDefaultSuffix(ExportFormat.TEXT)
        dialog.selectFile(self._export_name())
        dialog.filterSelected.connect(
            lambda chosen: dialog.setDefaultSuffix(list(ExportFormat)[filters.index(chosen)])
        )
        dialog.fileSelected.connect(lambda path: self.export_to(Path(path), rows))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _export_name(self) -> str:
        """The first log's name; the dialog adds the suffix of the format that is chosen."""
        sources = self._window.sources
        return Path(sources[0].name).stem if sources else "log"

    def export_to(self, path: Path, rows: Rows) -> None:
        """Write ``rows`` to ``path``, in the format its suffix names (text if none)."""
        window = self._window
        suffix = path.suffix.lower().removeprefix(".")
        form = ExportFormat(suffix) if suffix in set(ExportFormat) else ExportFormat.TEXT
        if self.export_job is not None:
            self.export_job.close()
        count = len(rows)
        job = self.export_job = ExportJob(window.store, rows, path, form)
        job.progress.connect(lambda done: window.say(tr("Exporting… {n}", n=f"{done:,}")))

        def finished(error: str) -> None:
            if error:
                text = tr("{path} could not be written: {reason}", path=str(path), reason=error)
                window.notices.show_notice("export", text)
            else:
                window.say(tr("{n} rows written to {path}", n=f"{count:,}", path=path.name))

        job.finished.connect(finished)
        job.start()

    def shut(self) -> None:
        """End what is under way."""
        for job in (self.export_job, self.copy_job):
            if job is not None:
                job.close()

    # Finding, filtering

    def open_find(self) -> None:
        """Open the find bar."""
        self._window.find_bar.open()

    def find_next(self) -> None:
        """To the next row found."""
        self._window.find_step(1)

    def find_previous(self) -> None:
        """To the row found before."""
        self._window.find_step(-1)

    def focus_filter(self) -> None:
        """Type a filter."""
        self._window.menus["panel"].setChecked(True)
        self._window.panel.edit.field.setFocus()
        self._window.panel.edit.field.selectAll()

    def only_tag(self) -> None:
        """Show this row's tag alone."""
        if (row := self._window.current_row()) is not None:
            self._window.panel.only("tag", row.tag)

    def hide_tag(self) -> None:
        """Hide this row's tag."""
        if (row := self._window.current_row()) is not None:
            self._window.panel.change(self._window.panel.toggled("tag", row.tag, False))

    def only_thread(self) -> None:
        """Show this row's thread alone."""
        if (row := self._window.current_row()) is not None:
            self._window.panel.only("thread", row.thread)

    def only_level(self) -> None:
        """Show this row's level and those above, and damage."""
        row = self._window.current_row()
        if row is not None and row.level < Level.NONE:
            panel = self._window.panel
            panel.change(panel.kept.with_level_from(row.level))

    def from_here(self) -> None:
        """Show nothing before this row's time."""
        if (row := self._window.current_row()) is not None:
            self._window.panel.set_span(row.time, self._window.panel.kept.until)

    def until_here(self) -> None:
        """Show nothing after this row's time."""
        if (row := self._window.current_row()) is not None:
            self._window.panel.set_span(self._window.panel.kept.since, row.time)

    def clear_filter(self) -> None:
        """Show everything."""
        self._window.panel.reset(Query())

    def ask_save_filter(self) -> None:
        """Keep the filter under a name."""
        query = self._window.panel.query

        def take(name: str) -> str:
            name = name.strip()
            if not name:
                return tr("Give it a name.")
            self._window.settings.filters[name] = query
            self._window.save_settings()
            return ""

        AskDialog(self._window, tr("Save the filter"), tr("Name"), "", take).open()

    def fill_saved_menu(self, menu: QMenu) -> None:
        """List the saved filters."""
        window = self._window
        menu.clear()
        for name, query in sorted(window.settings.filters.items()):
            menu.addAction(name.replace("&", "&&"), partial(window.panel.reset, query))
        if window.settings.filters:
            forget = menu.addMenu(tr("Forget"))
            for name in sorted(window.settings.filters):
                forget.addAction(name.replace("&", "&&"), partial(self._forget, name))
            menu.addSeparator()
        menu.addAction(window.menus["save_filter"])

    def _forget(self, name: str) -> None:
        self._window.settings.filters.pop(name, None)
        self._window.save_settings()

    # Going

    def ask_jump(self) -> None:
        """Go to a time that is typed."""
        window = self._window
        store = window.store
        row = window.current_row()
        near = row.time if row is not None else int(store.columns["time"][0]) if len(store) else 0

        def take(text: str) -> str:
            time = parse_time(text, store.zone, near)
            if time is None:
                return tr("Write a time like 14:35, 14:35:02.880 or 2026-11-24 14:35.")
            window.navigator.to_time(time)
            return ""

        label = tr("Time of the log; without a date, of the day of the current record:")
        text = time_field_text(near, store.zone) if near else ""
        AskDialog(window, tr("Go to time"), label, text, take).open()

    def _go(self, moved: bool) -> None:
        if not moved:
            self._window.say(tr("No further one."))

    def next_error(self) -> None:
        """To the next error."""
        self._go(self._window.navigator.to_error(1))

    def previous_error(self) -> None:
        """To the error before."""
        self._go(self._window.navigator.to_error(-1))

    def next_damage(self) -> None:
        """To the next damaged part."""
        self._go(self._window.navigator.to_damage(1))

    def previous_damage(self) -> None:
        """To the damaged part before."""
        self._go(self._window.navigator.to_damage(-1))

    def next_of_thread(self) -> None:
        """To the next record of this thread."""
        self._go(self._window.navigator.along_thread(1))

    def previous_of_thread(self) -> None:
        """To the record of this thread before."""
        self._go(self._window.navigator.along_thread(-1))

    def next_bookmark(self) -> None:
        """To the next bookmark."""
        self._go(self._window.navigator.to_bookmark(1))

    def previous_bookmark(self) -> None:
        """To the bookmark before."""
        self._go(self._window.navigator.to_bookmark(-1))

    # Bookmarks

    def toggle_bookmark(self) -> None:
        """Set or remove a bookmark at the current row."""
        if (row := self._window.current_row()) is not None:
            if row.number in self._window.table.bookmarks:
                self.drop_bookmark(row.number)
            else:
                self._set_bookmark(row)

    def ask_note(self) -> None:
        """Write a note; sets a bookmark where there is none."""
        row = self._window.current_row()
        if row is None:
            return
        if row.number not in self._window.table.bookmarks:
            self._set_bookmark(row)
        self._window.menus["panes"].setChecked(True)
        self._window.panes.setCurrentWidget(self._window.panes.bookmarks)
        self._window.panes.bookmarks.note_row(row.number)

    def _set_bookmark(self, row: Row) -> None:
        window = self._window
        path = window.store.files[row.file].path
        excerpt = " ".join(row.message[: 2 * _EXCERPT].split())[:_EXCERPT]
        window.settings.set_mark(Bookmark(path, window.store.ordinal(row.number), excerpt))
        window.save_settings()
        window.show_bookmarks()

    def drop_bookmark(self, number: int) -> None:
        """Remove the bookmark of a row."""
        window = self._window
        path = window.store.files[int(window.store.columns["file"][number])].path
        window.settings.drop_mark(path, window.store.ordinal(number))
        window.save_settings()
        window.show_bookmarks()

    # The look

    def set_follow(self, on: bool) -> None:
        """Go on reading what grows, and keep its end in sight."""
        self._window.set_follow(on)

    def show_panel(self, on: bool) -> None:
        """Show or hide the filter panel."""
        self._window.panel.setVisible(on)

    def show_panes(self, on: bool) -> None:
        """Show or hide what is below the table."""
        self._window.panes.setVisible(on)

    def larger(self) -> None:
        """Larger letters."""
        self._window.table.zoom(1)

    def smaller(self) -> None:
        """Smaller letters."""
        self._window.table.zoom(-1)

    def normal_size(self) -> None:
        """Letters of the usual size."""
        self._window.table.zoom(0)
