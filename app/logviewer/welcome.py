"""What is in the window while no log is open."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from app.desktop.icons import pixmap
from app.desktop.plain_text import Label
from app.desktop.theme import theme
from app.logviewer.i18n import tr

_RECENT_MAX = 5


class Welcome(QWidget):
    """Says how to open a log."""

    open_asked = Signal()
    own_asked = Signal()
    path_chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.picture, self.title, self.text = Label(), Label(), Label()
        self.title.setProperty("role", "title")
        self.text.setProperty("role", "muted")
        self.open, self.own = QPushButton(), QPushButton()
        self.open.setProperty("role", "primary")
        self.open.clicked.connect(self.open_asked)
        self.own.clicked.connect(self.own_asked)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.open)
        buttons.addWidget(self.own)
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setSpacing(14)
        column.addStretch(2)
        for label in (self.picture, self.title, self.text):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            column.addWidget(label)
        column.addLayout(buttons)
        self.recent = QVBoxLayout()
        self.recent.setSpacing(0)
        column.addSpacing(14)
        column.addLayout(self.recent)
        column.addStretch(3)
        theme().changed.connect(self._recolour)
        self._recolour()

    def retranslate(self) -> None:
        """Set the texts in the language in force."""
        self.title.setText(tr("Open a log"))
        self.text.setText(tr("Drop .xlog files, a folder or a diagnosis archive here."))
        self.open.setText(tr("Open…"))
        self.own.setText(tr("Open Phobos's own log"))

    def show_recent(self, paths: list[str]) -> None:
        """Offer the latest few logs."""
        while (entry := self.recent.takeAt(0)) is not None:
            if (widget := entry.widget()) is not None:
                widget.deleteLater()
        for path in paths[:_RECENT_MAX]:
            button = QPushButton(path.replace("&", "&&"))
            button.setProperty("role", "link")
            button.clicked.connect(lambda _checked=False, path=path: self.path_chosen.emit(path))
            self.recent.addWidget(button, alignment=Qt.AlignmentFlag.AlignCenter)

    def _recolour(self) -> None:
        picture = pixmap("log", theme().color("muted"), 56, self.devicePixelRatioF())
        self.picture.setPixmap(picture)
