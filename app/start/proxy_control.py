"""Carries out what the settings say of the proxy: keep it, use it, try it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from netcore.errors import NetcoreError
from netcore.runtime.task_holder import TaskHolder

if TYPE_CHECKING:
    from app.desktop.settings_dialog import SettingsDialog
    from app.desktop.window import MainWindow
    from app.start.proxy_choice import ProxyChoice
    from app.start.session_factory import SessionFactory


class ProxyControl(QObject):
    """Serves every settings dialog that the window opens."""

    tried = Signal(bool, str)  # whether it works, and why not

    def __init__(self, window: MainWindow, network: SessionFactory) -> None:
        super().__init__(window)
        self._network = network
        self._tasks = TaskHolder("proxy")
        window.settings_opened.connect(self.serve)

    def serve(self, dialog: SettingsDialog) -> None:
        """Act on what is chosen there."""
        rows = dialog.proxy
        rows.know(self._network.proxy_password())
        rows.chosen.connect(self._network.set_proxy)
        rows.try_wanted.connect(self._try)
        self.tried.connect(rows.show_trial)

    def _try(self, choice: ProxyChoice, password: str) -> None:
        self._tasks.start(self._run(choice, password), "try")

    async def _run(self, choice: ProxyChoice, password: str) -> None:
        try:
            report = await self._network.try_proxy(choice, password)
        except NetcoreError as error:
            self.tried.emit(False, str(error))
            return
        self.tried.emit(report.ok, report.error)

    async def close(self) -> None:
        """End a trial under way."""
        await self._tasks.close()
