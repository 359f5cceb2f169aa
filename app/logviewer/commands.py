"""What the commands of the viewer do; :mod:`app.logviewer.actions` gives them words and keys."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtWidgets import QFileDialog

from app.logviewer.bookmarks import Bookmarks
from app.logviewer.dialogs import AskDialog, KeyDialog, RulesDialog
from app.logviewer.export import ExportFormat
from app.logviewer.extracts import Extracts
from app.logviewer.i18n import tr
from app.logviewer.keys import NamedKeys
from app.logviewer.navigate import Navigator
from app.logviewer.open_logs import OpenLogs
from app.logviewer.query import Query
from app.logviewer.settings import Rule, ViewerSettings
from app.logviewer.shortcuts import ShortcutsDialog
from app.logviewer.times import parse_time, time_field_text
from app.logviewer.window_layout import WindowLayout
from xlog.format import BUFFER_SUFFIXES, LOG_SUFFIX
from xlog.record import Level

_SUFFIXES = (LOG_SUFFIX, *BUFFER_SUFFIXES, ".zip")
_LOG_FILTER = " ".join(f"*{each}" for suffix in _SUFFIXES for each in (suffix, suffix.upper()))


class Commands:
    """The window's commands; each is a method without arguments, or with one for a switch."""

    def __init__(
        self,
        frame: WindowLayout,
        logs: OpenLogs,
        navigator: Navigator,
        settings: ViewerSettings,
        keys: NamedKeys,
    ) -> None:
        self._frame, self._logs, self._navigator = frame, logs, navigator
        self._settings, self._keys = settings, keys
        self.bookmarks = Bookmarks(frame, logs, settings)
        self.extracts = Extracts(frame, logs)

    # Opening

    def ask_open(self) -> None:
        """Choose logs to open."""
        self._ask_files(self._logs.open_paths)

    def ask_add(self) -> None:
        """Choose logs to open beside those that are."""
        self._ask_files(lambda paths: self._logs.open_paths(paths, add=True))

    def _ask_files(self, then: Callable[[list[str]], None]) -> None:
        dialog = QFileDialog(self._frame, tr("Open logs"), self._folder())
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        logs = tr("Logs and diagnosis archives")
        dialog.setNameFilters([f"{logs} ({_LOG_FILTER})", f"{tr('All files')} (*)"])
        dialog.filesSelected.connect(then)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def ask_open_folder(self) -> None:
        """Choose a folder whose logs to open."""
        dialog = QFileDialog(self._frame, tr("Open a folder of logs"), self._folder())
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.filesSelected.connect(self._logs.open_paths)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _folder(self) -> str:
        recent = self._settings.recent
        return str(Path(recent[0]).parent) if recent else str(Path.home())

    def open_own_log(self) -> None:
        """Open the log that Phobos itself writes, and follow it."""
        self._logs.open_own()

    def reload(self) -> None:
        """Read the open logs again."""
        self._logs.reload()

    def close(self) -> None:
        """Close the window."""
        self._frame.close()

    # Keys, rules

    def show_keys(self, reason: str = "") -> None:
        """Show the key ring."""
        dialog = KeyDialog(self._frame, self._keys, reason)
        dialog.keys_changed.connect(self._logs.keys_changed)
        self._frame.lock_news.connect(dialog.say)
        dialog.open()

    def show_rules(self) -> None:
        """Show the highlight rules."""
        dialog = RulesDialog(self._frame, self._settings.rules)
        dialog.rules_changed.connect(self.set_rules)
        dialog.open()

    def set_rules(self, rules: Sequence[Rule]) -> None:
        """Colour rows by ``rules``, and keep them."""
        self._settings.rules = list(rules)
        self.apply_rules()
        self._frame.keep(self._settings)

    def apply_rules(self) -> None:
        """Colour rows by the rules of the settings."""
        self._frame.table.rule_colours = tuple(rule.colour for rule in self._settings.rules)
        self._logs.set_rules(self._settings.rules)

    def show_shortcuts(self) -> None:
        """Show what the keys do."""
        ShortcutsDialog(self._frame).open()

    # Copying, exporting

    def copy_text(self) -> None:
        """Copy the selected rows as they are in the log."""
        self.extracts.copy(ExportFormat.TEXT, self._folder())

    def copy_json(self) -> None:
        """Copy the selected rows as JSON lines."""
        self.extracts.copy(ExportFormat.JSON_LINES, self._folder())

    def ask_export(self) -> None:
        """Choose a file for the selected rows, or for all that are shown if one or none is."""
        self.extracts.ask(self._folder())

    # Finding, filtering

    def open_find(self) -> None:
        """Open the find bar."""
        self._frame.find_bar.open()

    def find_next(self) -> None:
        """To the next row found."""
        self.find_step(1)

    def find_previous(self) -> None:
        """To the row found before."""
        self.find_step(-1)

    def find_step(self, step: int) -> None:
        """To the next row found, or the one before."""
        if self._logs.pattern is None:
            self._frame.find_bar.open()
        else:
            self._navigator.to_found(step)

    def focus_filter(self) -> None:
        """Type a filter."""
        self._frame.show_panel(True)
        self._frame.panel.edit.field.setFocus()
        self._frame.panel.edit.field.selectAll()

    def only_tag(self) -> None:
        """Show this row's tag alone."""
        if (row := self._frame.current_row()) is not None:
            self._frame.panel.only("tag", row.tag)

    def hide_tag(self) -> None:
        """Hide this row's tag."""
        if (row := self._frame.current_row()) is not None:
            self._frame.panel.change(self._frame.panel.toggled("tag", row.tag, False))

    def only_thread(self) -> None:
        """Show this row's thread alone."""
        if (row := self._frame.current_row()) is not None:
            self._frame.panel.only("thread", row.thread)

    def only_level(self) -> None:
        """Show this row's level and those above, and damage."""
        row = self._frame.current_row()
        if row is not None and row.level < Level.NONE:
            panel = self._frame.panel
            panel.change(panel.kept.with_level_from(row.level))

    def from_here(self) -> None:
        """Show nothing before this row's time."""
        if (row := self._frame.current_row()) is not None:
            self._frame.panel.set_span(row.time, self._frame.panel.kept.until)

    def until_here(self) -> None:
        """Show nothing after this row's time."""
        if (row := self._frame.current_row()) is not None:
            self._frame.panel.set_span(self._frame.panel.kept.since, row.time)

    def clear_filter(self) -> None:
        """Show everything."""
        self._frame.panel.reset(Query())

    def ask_save_filter(self) -> None:
        """Keep the filter under a name."""
        query = self._frame.panel.query

        def take(name: str) -> str:
            name = name.strip()
            if not name:
                return tr("Enter a name.")
            self._settings.filters[name] = query
            self._frame.keep(self._settings)
            return ""

        AskDialog(self._frame, tr("Save the filter"), tr("Name"), "", take).open()

    def forget_filter(self, name: str) -> None:
        """Keep a saved filter no longer."""
        self._settings.filters.pop(name, None)
        self._frame.keep(self._settings)

    # Going

    def ask_jump(self) -> None:
        """Go to a time that is typed."""
        store = self._logs.store
        row = self._frame.current_row()
        near = row.time if row is not None else int(store.columns["time"][0]) if len(store) else 0

        def take(text: str) -> str:
            time = parse_time(text, store.zone, near)
            if time is None:
                return tr("Enter a time such as 14:35, 14:35:02.880 or 2026-11-24 14:35.")
            self._navigator.to_time(time)
            return ""

        label = tr("Time in the log. Without a date, it is on the current record's day:")
        text = time_field_text(near, store.zone) if near else ""
        AskDialog(self._frame, tr("Go to time"), label, text, take).open()

    def _go(self, moved: bool) -> None:
        if not moved:
            self._frame.say(tr("Nothing further in this direction."))

    def next_error(self) -> None:
        """To the next error."""
        self._go(self._navigator.to_error(1))

    def previous_error(self) -> None:
        """To the error before."""
        self._go(self._navigator.to_error(-1))

    def next_damage(self) -> None:
        """To the next damaged part."""
        self._go(self._navigator.to_damage(1))

    def previous_damage(self) -> None:
        """To the damaged part before."""
        self._go(self._navigator.to_damage(-1))

    def next_of_thread(self) -> None:
        """To the next record of this thread."""
        self._go(self._navigator.along_thread(1))

    def previous_of_thread(self) -> None:
        """To the record of this thread before."""
        self._go(self._navigator.along_thread(-1))

    def next_bookmark(self) -> None:
        """To the next bookmark."""
        self._go(self._navigator.to_bookmark(1))

    def previous_bookmark(self) -> None:
        """To the bookmark before."""
        self._go(self._navigator.to_bookmark(-1))

    # Bookmarks

    def toggle_bookmark(self) -> None:
        """Set or remove a bookmark at the current row."""
        if (row := self._frame.current_row()) is not None:
            self.bookmarks.toggle(row)

    def ask_note(self) -> None:
        """Write a note; sets a bookmark where there is none."""
        if (row := self._frame.current_row()) is not None:
            self.bookmarks.write_note(row)

    # The look

    def set_follow(self, on: bool) -> None:
        """Go on reading what grows, and keep its end in sight."""
        self._logs.set_follow(on)
        if on:
            self._frame.table.scrollToBottom()

    def show_panel(self, on: bool) -> None:
        """Show or hide the filter panel."""
        self._frame.show_panel(on)

    def show_panes(self, on: bool) -> None:
        """Show or hide what is below the table."""
        self._frame.show_panes(on)

    def larger(self) -> None:
        """Larger letters."""
        self._frame.table.zoom(1)

    def smaller(self) -> None:
        """Smaller letters."""
        self._frame.table.zoom(-1)

    def normal_size(self) -> None:
        """Letters of the usual size."""
        self._frame.table.zoom(0)
