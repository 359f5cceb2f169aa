"""The windows beside the main one, which its menu shows: the connection and the log viewer.

Each is made when it is first asked for, and only shown again after that.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget


class ToolWindows(QObject):
    """Tools by name ("connection", "logs")."""

    missing = Signal()
    """One was asked for that this version does not have."""
    _logs_prepared = Signal()  # from the thread that imports the log viewer

    def __init__(self, make_logs: Callable[[], QWidget | None], parent: QObject) -> None:
        """``make_logs`` makes the log viewer once its parts are imported; None: too late."""
        super().__init__(parent)
        self._make_logs = make_logs
        self._windows: dict[str, QWidget] = {}
        self._openers: dict[str, Callable[[], None]] = {}
        self._preparing_logs = False
        self._logs_prepared.connect(self._on_prepared)

    def __contains__(self, name: str) -> bool:
        return name in self._windows

    def __getitem__(self, name: str) -> QWidget:
        return self._windows[name]

    def add(self, name: str, window: QWidget) -> None:
        """The window of a tool from now on."""
        self._windows[name] = window

    def offer(self, name: str, open_it: Callable[[], None]) -> None:
        """What is done for a tool as long as it has no window."""
        self._openers[name] = open_it

    def show(self, name: str) -> None:
        """Bring a tool's window to the front, or have it made."""
        window = self._windows.get(name)
        if window is not None:
            window.show()
            window.raise_()
            window.activateWindow()
        elif name in self._openers:
            self._openers[name]()
        elif name == "logs" and find_spec("app.logviewer.entry"):
            self._prepare_logs()
        else:
            self.missing.emit()

    def close(self) -> None:
        """Close all windows."""
        for window in self._windows.values():
            window.close()

    def _prepare_logs(self) -> None:
        from app.logviewer.entry import prepare

        if not self._preparing_logs:
            self._preparing_logs = True
            prepare(self._logs_prepared.emit)

    def _on_prepared(self) -> None:
        self._preparing_logs = False
        window = None if "logs" in self else self._make_logs()
        if window is not None:
            self.add("logs", window)
            self.show("logs")
