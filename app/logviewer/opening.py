"""What is asked to be opened is looked for in a thread, one request at a time."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from app.logviewer.jobs import FindJob

_PATIENCE = 0.02
"""Seconds to wait for what is there at once, so that nothing flickers."""


class Opening(QObject):
    """The latest request; a new one takes the place of one that is not answered yet."""

    waiting = Signal(bool)
    """Whether something is being looked for, and takes more than a moment."""
    looked = Signal(int)
    """Files looked at so far."""
    found = Signal(object, bool)
    """A :class:`FindJob` that has found something, and whether it adds to what is open."""

    def __init__(self) -> None:
        super().__init__()
        self._job: FindJob | None = None
        self._add = False

    @property
    def is_waiting(self) -> bool:
        """Whether a request is not answered yet."""
        return self._job is not None

    def begin(self, job: FindJob, *, add: bool = False) -> None:
        """Look for what ``job`` says."""
        self.give_up()
        self._job, self._add = job, add
        job.progress.connect(self._on_progress)
        job.finished.connect(lambda: self._end(job))
        if job.start(_PATIENCE):
            self._end(job)
        else:
            self.waiting.emit(True)

    def give_up(self) -> None:
        """Forget the request."""
        job, self._job = self._job, None
        if job is not None:
            job.close()
            job.blockSignals(True)
            self.waiting.emit(False)

    def _on_progress(self, files: int) -> None:
        if self.sender() is self._job:
            self.looked.emit(files)

    def _end(self, job: FindJob) -> None:
        if job is self._job:
            self._job = None
            self.waiting.emit(False)
            self.found.emit(job, self._add)
