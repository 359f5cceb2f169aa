"""The life behind the window: asyncio on Qt's loop, the log, the client, the network; and its end.

:mod:`app.start.startup` imports this in a thread once the window is to be seen, for none of it is
needed to show it. The order of the end: the window goes at once; then the session and the network
close (at most ``CLOSE_TIMEOUT`` seconds), the log is written out.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from app.chat.drafts import Drafts
from app.desktop.client import Client
from app.desktop.preferences import Preferences, ServerAddress
from app.desktop.window import MainWindow
from app.start.logs import log_exceptions, loop_exception_handler, route_logging
from app.start.profile import Profile
from app.start.qtloop import QtLoop
from app.start.session_factory import SessionFactory

if TYPE_CHECKING:
    from app.start.services import Services

_log = logging.getLogger("app.start.app_loop")
CLOSE_TIMEOUT = 3.0  # seconds for session and network to end by themselves


class AppLoop:
    """What runs from the first painting of the window to its end; ``demo`` is as Network's."""

    def __init__(
        self,
        app: QApplication,
        window: MainWindow,
        profile: Profile,
        preferences: Preferences,
        address: ServerAddress,
        demo: tuple[ServerAddress, Path] | None,
    ) -> None:
        self._app = app
        self._window = window
        self._profile = profile
        self._preferences = preferences
        self._network = SessionFactory(profile, preferences, demo=demo)
        self._client = Client(self._network.open, preferences, address, Drafts(profile.folder))

    def run(self) -> int:
        """Run the loop until the window is closed; gives the process's exit code."""
        with ExitStack() as last:
            last.callback(route_logging(self._profile.logs, self._preferences.log_key))
            loop = QtLoop(self._app)
            log_exceptions(self._tell)
            loop.set_exception_handler(loop_exception_handler(self._tell))
            _log.info("started; profile %s", self._profile.folder)
            with loop:
                code = self._run(loop)
            sys.excepthook = sys.__excepthook__
        return code

    def _run(self, loop: asyncio.AbstractEventLoop) -> int:
        over = False

        async def live() -> None:
            nonlocal over
            try:
                await self._live()
            finally:
                over = True

        try:
            loop.run_until_complete(live())
        except RuntimeError:
            if over:
                raise
            # Qt leaves its loop by itself when the window system goes, as at the end of a desktop's
            # session. What was typed and sent is in the store; no loop is left to close links on.
            _log.warning("ended with the window system, which went away")
            return 1
        _log.info("ended")
        return 0

    def _tell(self) -> None:
        # An exception may come from any thread: the window hears of it on its own.
        QTimer.singleShot(0, self._window, lambda: self._window.tell("internal", ""))

    async def _live(self) -> None:
        window, client = self._window, self._client
        closed = asyncio.Event()
        window.closed.connect(closed.set)
        for _step in window.attaching(client):
            await asyncio.sleep(0)
        if self._profile.limited:
            window.tell("read_only", self._profile.limited)
        made = await asyncio.to_thread(_import_services)
        services = made(self._profile, self._preferences, self._network, client, window)
        # What was loaded stays: a full collection that looks through all of it takes some 80 ms.
        gc.freeze()
        client.start()
        await services.start()
        await closed.wait()
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT):
                await services.stop()
                await client.close()
                await self._network.close()
        except TimeoutError:
            _log.warning("the session did not end within %.0f s", CLOSE_TIMEOUT)
        await services.close()  # waits for no network, and keeps what was seen of it


def _import_services() -> type[Services]:
    from app.start.services import Services

    return Services
