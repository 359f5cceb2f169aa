"""Asks before a password or a log-in goes over a connection that is not encrypted."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from app.desktop.i18n import tr
from app.desktop.plain_text import Label


class PlainDialog(QDialog):
    """Is accepted or rejected; "no" is the default. ``secured``: the host was encrypted before."""

    def __init__(self, host: str, *, secured: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Connect without encryption?"))
        heading = Label(tr("Connect to {host} without encryption?", host=host), wordWrap=True)
        heading.setTextFormat(Qt.TextFormat.PlainText)
        heading.setProperty("role", "heading")
        words = tr(
            "Anyone between this computer and the server could then read and change your "
            "name, password and messages."
        )
        if secured:
            words += " " + tr("Until now the connection to this server was encrypted.")
        text = Label(words, wordWrap=True)
        text.setProperty("role", "error")
        self.connect_button = QPushButton(tr("Connect without encryption"))
        self.connect_button.setAutoDefault(False)
        self.refuse_button = QPushButton(tr("Don't connect"))
        self.refuse_button.setDefault(True)
        self.connect_button.clicked.connect(self.accept)
        self.refuse_button.clicked.connect(self.reject)
        buttons = QHBoxLayout()
        buttons.addStretch()
        buttons.addWidget(self.connect_button)
        buttons.addWidget(self.refuse_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(12)
        column.addWidget(heading)
        column.addWidget(text)
        column.addSpacing(6)
        column.addLayout(buttons)
        self.setMinimumWidth(480)
        self.refuse_button.setFocus()
