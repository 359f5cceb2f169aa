"""Opens the files that macOS hands to the running app, such as a double-clicked .xlog.

macOS gives a program no file as an argument but sends an event, to the running one too
(QFileOpenEvent). Each is read by a log viewer of its own process, as a double click makes one
elsewhere.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QFileOpenEvent
from PySide6.QtWidgets import QApplication

VIEWER: tuple[str, ...] = (
    (sys.executable, "viewer")
    if getattr(sys, "frozen", False)
    else (sys.executable, "-m", "app", "viewer")
)


def open_viewer(path: str) -> None:
    """Start a log viewer on a file; a failure is logged."""
    try:
        subprocess.Popen([*VIEWER, path], start_new_session=True)
    except OSError as error:
        import logging

        logging.getLogger("app.start.file_open").error("the log viewer cannot start: %s", error)


class FileOpenEvents(QObject):
    """Filters the application's events; ``open_it`` gets each file's path."""

    def __init__(self, app: QApplication, open_it: Callable[[str], None] = open_viewer) -> None:
        super().__init__(app)
        self._open = open_it
        app.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Qt's call for each event; takes the files' ones."""
        if event.type() != QEvent.Type.FileOpen or not isinstance(event, QFileOpenEvent):
            return super().eventFilter(watched, event)
        if path := event.file():
            self._open(path)
        return True
