"""Asks once a day for a newer Phobos, where the person wants it and the build knows whom to ask."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from app.desktop.preferences import Preferences
from app.start.update_check import UpdateError, UpdateSource, check, is_due, source
from netcore import __version__
from netcore.connect.proxies import Proxies
from netcore.runtime.task_holder import TaskHolder

_log = logging.getLogger("app.start.update_check")


class UpdateWatch:
    """Calls ``tell("update", "VERSION URL")`` when there is a newer release."""

    def __init__(
        self,
        preferences: Preferences,
        tell: Callable[[str, str], None],
        where: UpdateSource | None = None,
        wall: Callable[[], float] = time.time,
        proxies: Callable[[], Proxies] = Proxies,
    ) -> None:
        self._preferences = preferences
        self._tell = tell
        self._where = where or source()
        self._wall = wall
        self._proxies = proxies
        self._tasks = TaskHolder("updates")
        preferences.changed.connect(self._changed)

    def start(self) -> None:
        """Ask now if it is wanted and due."""
        preferences = self._preferences
        if self._where is None or not preferences.update_check:
            return
        if is_due(preferences.update_asked, self._wall()):
            preferences.update_asked = self._wall()
            self._tasks.start(self._ask(self._where), "check")

    async def stop(self) -> None:
        """Ask no more."""
        self._preferences.changed.disconnect(self._changed)
        await self._tasks.close()

    def _changed(self, name: str) -> None:
        if name == "update_check":
            self.start()

    async def _ask(self, where: UpdateSource) -> None:
        try:
            found = await check(where, __version__, self._proxies())
        except UpdateError as error:
            _log.info("no update check: %s", error)
            return
        if found is not None and self._preferences.update_check:
            self._tell("update", f"{found.version} {found.url}")
