"""A message's whole text, to read and to select from."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from app.desktop.i18n import tr


class WholeTextDialog(QDialog):
    """Read-only; Escape closes it."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Message"))
        self.resize(560, 420)
        self.field = QPlainTextEdit(text, readOnly=True)
        self.field.setAccessibleName(tr("Message"))
        close = QPushButton(tr("Close"))
        close.setDefault(True)
        close.clicked.connect(self.accept)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 18)
        column.addWidget(self.field, 1)
        column.addWidget(close, 0, Qt.AlignmentFlag.AlignRight)
