"""Ways through the rows shown: to the next error, along a thread, to a time, to what was found."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from app.logviewer.model import LogModel
from app.logviewer.store import FINDING, MARK
from app.logviewer.table import LogTable
from app.logviewer.timeline import Rows, row_at_time
from xlog.record import Level

Wanted = Callable[[Rows], npt.NDArray[np.bool_]]


class Navigator:
    """Moves the table's current row; each way tells whether there was somewhere to go."""

    def __init__(self, model: LogModel, table: LogTable) -> None:
        self._model = model
        self._table = table

    def to_row(self, number: int) -> bool:
        """To a row of the store; False where the filter hides it."""
        position = self._model.position_of(number)
        if position is None:
            return False
        self._table.go_to(position)
        return True

    def to_time(self, time: float) -> bool:
        """To the first row of ``time`` or later, which becomes the first in sight."""
        position = row_at_time(self._model.store, self._model.view.rows, time)
        if position < 0:
            return False
        self._table.go_to(position, centre=False)
        self._table.verticalScrollBar().setValue(position)
        return True

    def to_error(self, step: int) -> bool:
        """To the next record of level error or fatal, or the one before."""
        levels = self._model.store.columns["level"]

        def wanted(rows: Rows) -> npt.NDArray[np.bool_]:
            found = levels[rows]
            return (found >= Level.ERROR) & (found < MARK)

        return self._seek(wanted, step)

    def to_damage(self, step: int) -> bool:
        """To the next damaged part."""
        levels = self._model.store.columns["level"]
        return self._seek(lambda rows: levels[rows] == FINDING, step)

    def to_bookmark(self, step: int) -> bool:
        """To the next bookmark."""
        marks = np.array(sorted(self._table.bookmarks), np.int32)
        return self._seek(lambda rows: np.isin(rows, marks), step)

    def along_thread(self, step: int) -> bool:
        """To the next record of the current one's thread."""
        position = self._table.current_position()
        if position < 0:
            return False
        columns = self._model.store.columns
        threads, files = columns["thread"], columns["file"]
        number = self._model.view.rows[position]
        thread, file = threads[number], files[number]
        return self._seek(lambda rows: (threads[rows] == thread) & (files[rows] == file), step)

    def to_found(self, step: int) -> bool:
        """To the next row that was found, around the end."""
        found = self._model.view.found
        if found is None or not len(found):
            return False
        current = self._table.current_position()
        if step > 0:
            at = int(np.searchsorted(found, current, "right")) % len(found)
        else:
            at = int(np.searchsorted(found, current, "left")) - 1
        self._table.go_to(int(found[at]))
        return True

    def _seek(self, wanted: Wanted, step: int) -> bool:
        rows = self._model.view.rows
        current = self._table.current_position()
        if step > 0:
            hits = np.flatnonzero(wanted(rows[current + 1 :]))
            if not len(hits):
                return False
            target = current + 1 + int(hits[0])
        else:
            hits = np.flatnonzero(wanted(rows[: max(0, current)]))
            if not len(hits):
                return False
            target = int(hits[-1])
        self._table.go_to(target)
        return True
