"""What stands where there is nothing yet: a sign, a sentence, and what to do next."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from app.desktop import icons
from app.desktop.plain_text import Label
from app.desktop.theme import theme


class EmptyState(QWidget):
    """A sign above a heading, a line and perhaps a button."""

    action = Signal()

    def __init__(self, sign: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sign = sign
        center = Qt.AlignmentFlag.AlignCenter
        self._picture = Label(alignment=center)
        self._heading = Label(alignment=center, wordWrap=True)
        self._heading.setProperty("role", "section")
        self._line = Label(alignment=center, wordWrap=True)
        self._line.setProperty("role", "muted")
        self.button = QPushButton()
        self.button.setProperty("role", "link")
        self.button.clicked.connect(self.action)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 24)
        column.setSpacing(6)
        column.addStretch(2)
        column.addWidget(self._picture)
        column.addSpacing(6)
        column.addWidget(self._heading)
        column.addWidget(self._line)
        column.addWidget(self.button, 0, center)
        column.addStretch(3)
        theme().changed.connect(self._paint)
        self._paint()

    def _paint(self) -> None:
        ratio = self.devicePixelRatioF()
        self._picture.setPixmap(icons.pixmap(self._sign, theme().color("muted"), 44, ratio))

    def say(self, heading: str, line: str = "", button: str = "") -> None:
        """Set the texts; an empty one is not shown."""
        self._heading.setText(heading)
        self._line.setText(line)
        self._line.setVisible(bool(line))
        self.button.setText(button)
        self.button.setVisible(bool(button))
