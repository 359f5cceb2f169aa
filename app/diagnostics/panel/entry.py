"""Opens the panel from the chat's window: imported and built when it is first asked for."""

from __future__ import annotations

import importlib
import logging
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    from app.desktop.preferences import Preferences
    from app.desktop.window import MainWindow
    from app.diagnostics.process_watch import ProcessHealth
    from app.diagnostics.support import Support
    from netcore.core import NetCore

_log = logging.getLogger("app.diagnostics.panel")
TOOL = "connection"  # its name among the main window's tools
SHAPE = "panel"  # its name among the kept states


class PanelOpener(QObject):
    """What the main window's entry "Connection" does until there is a panel.

    ``core`` gives the NetCore in use now, ``limits`` what the operating system does not report,
    ``process`` how this process is.
    """

    _imported = Signal()

    def __init__(
        self,
        window: MainWindow,
        support: Support,
        preferences: Preferences,
        core: Callable[[], NetCore | None],
        limits: Callable[[], Sequence[str]],
        process: Callable[[], ProcessHealth] | None = None,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._support = support
        self._preferences = preferences
        self._core = core
        self._limits = limits
        self._process = process
        self._loading = False
        self._imported.connect(self._build)
        window.tools.offer(TOOL, self.open)

    def open(self) -> None:
        """Import the panel in a thread, for that takes a while; then build and show it."""
        if not self._loading:
            self._loading = True
            threading.Thread(target=self._import, name="panel-import", daemon=True).start()

    def _import(self) -> None:
        importlib.import_module("app.diagnostics.panel.window")
        try:
            self._imported.emit()
        except RuntimeError:  # the application has ended meanwhile
            _log.debug("the panel came too late")

    def _build(self) -> None:
        from app.diagnostics.panel.window import PanelWindow

        self._loading = False
        if not self._window.isVisible():
            return  # closed meanwhile: the application ends
        support = self._support
        panel = PanelWindow(
            self._core,
            support.plan,
            past=support.history.events,
            export=support.export,
            limits=self._limits,
            process=self._process,
            diagnosis_runner=support.diagnosis_runner,
        )
        shape = self._preferences.state(SHAPE)
        if not shape.isEmpty():
            panel.restoreGeometry(shape)
        panel.closed.connect(lambda: self._preferences.save_state(SHAPE, panel.saveGeometry()))
        self._window.tools.add(TOOL, panel)
        self._window.show_connection()
