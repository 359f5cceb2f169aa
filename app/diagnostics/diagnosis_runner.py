"""Runs diagnoses (:mod:`netcore.sdt`): one at a time, with progress and cancel.

The app has one runner. A request for a diagnosis while one is under way gets that one, and it is
given up only when none of them wants it any more.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from netcore.errors import NetcoreError
from netcore.observe import Observer
from netcore.runtime.task_holder import TaskHolder

if TYPE_CHECKING:
    from netcore.sdt.plan import DiagnosisPlan
    from netcore.sdt.result import CheckResult
    from netcore.sdt.run import Diagnosis

_log = logging.getLogger("app.diagnostics.panel")


class DiagnosisRunner(QObject):
    """``plan`` says what to check, ``observer`` gets its events; both are asked at each start."""

    started = Signal()
    progressed = Signal(object, int, int)  # CheckResult, done, of how many
    ended = Signal(object)  # Diagnosis, whatever started it
    ran = Signal(object)  # Diagnosis, one that this ran
    failed = Signal(str)  # why none could be run

    def __init__(
        self,
        plan: Callable[[], DiagnosisPlan],
        observer: Callable[[], Observer | None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._plan = plan
        self._observer = observer
        self._tasks = TaskHolder("diagnosis")
        self._wanted_by: set[str] = set()
        self._cancel: asyncio.Event | None = None
        self.latest: Diagnosis | None = None

    @property
    def running(self) -> bool:
        """Whether a diagnosis is under way."""
        return self._cancel is not None

    @property
    def cancelled(self) -> bool:
        """Whether the one under way is about to end early."""
        return self._cancel is not None and self._cancel.is_set()

    def start(self, reason: str = "by hand", *, by: str = "panel") -> None:
        """Begin, unless one is under way, which ``by`` then wants too; needs the running loop."""
        self._wanted_by.add(by)
        if self._cancel is None:
            self._cancel = asyncio.Event()
            self.started.emit()
            self._tasks.start(self._run(reason, self._cancel), "diagnosis")

    def cancel(self) -> None:
        """End early, with a verdict on what is known by then."""
        if self._cancel is not None:
            self._cancel.set()

    def abandon(self, by: str = "panel") -> None:
        """``by`` wants none any more: without others it ends at once and says nothing."""
        self._wanted_by.discard(by)
        if not self._wanted_by:
            self._cancel = None
            self._tasks.cancel()

    async def close(self) -> None:
        """End whatever is under way; every socket is closed."""
        self._wanted_by.clear()
        self._cancel = None
        await self._tasks.close()

    async def _run(self, reason: str, cancel: asyncio.Event) -> None:
        from netcore.sdt.run import diagnose

        found, why = None, ""
        try:
            found = await diagnose(
                self._plan(),
                reason=reason,
                progress=self._tell,
                observer=self._observer(),
                cancel=cancel,
            )
        except (NetcoreError, OSError) as error:
            _log.warning("no diagnosis: %s", error)
            why = str(error)
        except Exception as error:
            _log.exception("the diagnosis failed")
            why = str(error) or type(error).__name__
        if self._cancel is not cancel:
            return  # given up meanwhile
        self._cancel = None
        self._wanted_by.clear()
        if found is None:
            self.failed.emit(why)
            return
        self.latest = found
        self.ran.emit(found)
        self.ended.emit(found)

    def show(self, found: Diagnosis) -> None:
        """Take a diagnosis that somebody else ran, unless one of our own is under way."""
        if not self.running:
            self.latest = found
            self.ended.emit(found)

    def _tell(self, result: CheckResult, done: int, total: int) -> None:
        self.progressed.emit(result, done, total)
