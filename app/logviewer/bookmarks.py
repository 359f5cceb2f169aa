"""The bookmarks of the logs that are open: set, noted, removed, and shown where they are."""

from __future__ import annotations

from app.logviewer.open_logs import OpenLogs
from app.logviewer.settings import Bookmark, ViewerSettings
from app.logviewer.store import Row
from app.logviewer.window_layout import WindowLayout

_EXCERPT = 120


class Bookmarks:
    """Kept in the settings by log and number, so that they are found when a log is read again."""

    def __init__(self, frame: WindowLayout, logs: OpenLogs, settings: ViewerSettings) -> None:
        self._frame, self._logs, self._settings = frame, logs, settings

    def toggle(self, row: Row) -> None:
        """Set the bookmark of a row, or remove it."""
        if row.number in self._frame.table.bookmarks:
            self.drop(row.number)
        else:
            self.set(row)

    def set(self, row: Row) -> None:
        """Set the bookmark of a row."""
        store = self._logs.store
        path = store.files[row.file].path
        excerpt = " ".join(row.message[: 2 * _EXCERPT].split())[:_EXCERPT]
        self._settings.set_mark(Bookmark(path, store.ordinal(row.number), excerpt))
        self._keep()

    def drop(self, number: int) -> None:
        """Remove the bookmark of a row of the store."""
        store = self._logs.store
        path = store.files[int(store.columns["file"][number])].path
        self._settings.drop_mark(path, store.ordinal(number))
        self._keep()

    def _keep(self) -> None:
        self._frame.keep(self._settings)
        self.show()

    def write_note(self, row: Row) -> None:
        """Begin the note of a row; sets a bookmark where there is none."""
        if row.number not in self._frame.table.bookmarks:
            self.set(row)
        panes = self._frame.panes
        self._frame.show_panes(True)
        panes.setCurrentWidget(panes.bookmarks)
        panes.bookmarks.note_row(row.number)

    def keep_note(self, bookmark: Bookmark, text: str) -> None:
        """Keep a note that was written."""
        self._settings.note(bookmark, text)
        self._frame.keep(self._settings)

    def show(self) -> None:
        """Mark the bookmarked rows and list them."""
        store = self._logs.store
        marks = []
        for number, file in enumerate(store.files):
            for bookmark in self._settings.marks_of(file.path):
                row = store.at_ordinal(number, bookmark.ordinal)
                if row is not None:
                    marks.append((row, bookmark, file.name))
        self._frame.table.bookmarks = frozenset(row for row, _, _ in marks)
        self._frame.panes.bookmarks.show_marks(marks)
        self._frame.panes.set_counts()
        self._frame.table.viewport().update()
        self._frame.tell_markers()
