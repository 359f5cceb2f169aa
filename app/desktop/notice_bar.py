"""A line above everything that says what the person should know, until they close it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QToolButton, QWidget

from app.desktop import icons
from app.desktop.i18n import tr
from app.desktop.plain_text import Label
from app.desktop.theme import theme


class NoticeBar(QFrame):
    """Shows one notice at a time; a newer one takes its place."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("noticeBar")
        self.label = Label(wordWrap=True)
        self.label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.action_button = QPushButton()
        self.action_button.setProperty("role", "link")
        self.action_button.clicked.connect(self._act)
        self._action: Callable[[], object] | None = None
        self.close_button = QToolButton()
        self.close_button.clicked.connect(self.hide)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 4, 8, 4)
        row.addWidget(self.label, 1)
        row.addWidget(self.action_button, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignTop)
        theme().changed.connect(self._paint)
        self._paint()
        self.hide()

    def _act(self) -> None:
        self.hide()
        if self._action is not None:
            self._action()

    def _paint(self) -> None:
        self.close_button.setIcon(icons.icon("close", "warning", size=16))

    def withdraw(self, words: str) -> None:
        """Take a notice back, unless a newer one has taken its place."""
        if self.label.text() == words:
            self.hide()

    def say(self, words: str, action: str = "", act: Callable[[], object] | None = None) -> None:
        """Show a notice; ``action`` is the text of a button that closes it and calls ``act``."""
        self.label.setText(words)
        self.action_button.setText(action)
        self.action_button.setVisible(bool(action))
        self._action = act
        self.close_button.setToolTip(tr("Close"))
        self.close_button.setAccessibleName(tr("Close"))
        self.setAccessibleName(words)
        self.show()
