"""Tasks as a waterfall: each row's stages in their place on a common stretch of time.

The stretch is that of the rows in sight, so scrolling looks at another time and a long list needs
no zoom. "From the start" lines the rows up at their beginnings instead, to compare lengths.
"""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QStyleOptionViewItem

from app.diagnostics.panel.records import RECORD, CellDelegate, RecordsModel
from app.diagnostics.panel.tasks import FAILED, STAGES, TaskRecord

STAGE_TOKENS = dict(
    zip(STAGES, ("series_4", "series_8", "series_2", "series_1", "series_3"), strict=True)
)


class Stretch:
    """The time that the rows in sight cover; ``aligned`` when each begins at its own start."""

    def __init__(self) -> None:
        self.start = 0.0
        self.length = 1.0
        self.aligned = False
        self.now = 0.0

    def fit(self, records: list[TaskRecord], now: float) -> bool:
        """Cover these; whether it changed."""
        before = self.start, self.length
        self.now = now
        if self.aligned:
            self.start = 0.0
            longest = max((each.cost(now) for each in records), default=1.0)
        else:
            self.start = min((each.started for each in records), default=now)
            longest = max((each.started + each.cost(now) for each in records), default=now)
            longest -= self.start
        self.length = max(0.001, longest)
        return before != (self.start, self.length)


class WaterfallDelegate(CellDelegate):
    """Paints the stages of a task into its cell."""

    def __init__(self, model: RecordsModel, stretch: Stretch) -> None:
        super().__init__(model)
        self._stretch = stretch

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """The ground as in every cell, then the bars."""
        self.ground(painter, option)
        record = index.data(RECORD)
        if not isinstance(record, TaskRecord):
            return
        area = QRectF(option.rect).adjusted(6, 8, -8, -8)
        stretch = self._stretch
        origin = record.started if stretch.aligned else stretch.start
        scale = area.width() / stretch.length
        painter.save()
        painter.setClipRect(option.rect)
        painter.setPen(Qt.PenStyle.NoPen)
        end = area.left()
        for stage, start, stop in record.spans(stretch.now):
            left = area.left() + (start - origin) * scale
            width = max(1.0, (stop - start) * scale)
            colour = QColor(self.colour(STAGE_TOKENS[stage]))
            if stage == "queue":
                colour.setAlpha(120)
            painter.setBrush(colour)
            painter.drawRect(QRectF(left, area.top(), width, area.height()))
            end = max(end, left + width)
        if record.state == FAILED:
            painter.setBrush(self.colour("danger"))
            painter.drawRect(QRectF(end, area.top() - 3, 3, area.height() + 6))
        elif not record.over:
            painter.setBrush(self.colour("accent"))
            painter.drawEllipse(QRectF(end - 2, area.center().y() - 3, 6, 6))
        painter.restore()
