"""A line of text that ends in "…" where there is no room for all of it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent

from app.desktop.plain_text import Label, tip


class ElidedLabel(Label):
    """A plain label of one line; what does not fit is told by its tool tip."""

    def __init__(self) -> None:
        super().__init__()
        self.setMinimumWidth(1)

    def setText(self, text: str) -> None:
        """Show ``text``, its lines joined."""
        super().setText(" ".join(text.split("\n")))
        self._tell_whole()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """There may be room for all of it now, or no more."""
        super().resizeEvent(event)
        self._tell_whole()

    def _tell_whole(self) -> None:
        cut = self.fontMetrics().horizontalAdvance(self.text()) > self.contentsRect().width()
        self.setToolTip(tip(self.text()) if cut else "")

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint what there is room for, in the style's colour."""
        area = self.contentsRect()
        words = self.fontMetrics().elidedText(
            self.text(), Qt.TextElideMode.ElideRight, area.width()
        )
        painter = QPainter(self)
        self.style().drawItemText(
            painter,
            area,
            Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter,
            self.palette(),
            self.isEnabled(),
            words,
            self.foregroundRole(),
        )
        painter.end()
