"""Before files leave: their names and sizes, a caption, and whether photos say where they are."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.chat.files import safe_name, size_text
from app.desktop.i18n import tr
from app.desktop.plain_text import Label

LISTED = 8  # files named one by one
MOST = 20  # files sent at once


class SendFilesDialog(QDialog):
    """Accepted, the files are to be sent; the caption goes with the first."""

    def __init__(self, paths: Sequence[Path], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.paths = list(paths)[:MOST]
        count = len(self.paths)
        self.setWindowTitle(tr("Send files"))
        heading = Label(tr("Send {n} files?", n=count) if count > 1 else tr("Send this file?"))
        heading.setProperty("role", "heading")
        lines = [f"{safe_name(each.name)}  ({_size(each)})" for each in self.paths[:LISTED]]
        if count > LISTED:
            lines.append(tr("and {n} more", n=count - LISTED))
        self.names = Label("\n".join(lines), wordWrap=True)
        self.caption = QLineEdit()
        self.caption.setMaxLength(2000)
        self.caption.setPlaceholderText(tr("Add a caption"))
        self.caption.setAccessibleName(tr("Caption"))
        self.places = QCheckBox(tr("Keep the location and other details of photos"))
        self.send_button = QPushButton(tr("Send"))
        self.send_button.setDefault(True)
        cancel = QPushButton(tr("Cancel"))
        cancel.setAutoDefault(False)
        self.send_button.clicked.connect(self.accept)
        cancel.clicked.connect(self.reject)
        buttons = QHBoxLayout()
        buttons.addStretch()
        buttons.addWidget(cancel)
        buttons.addWidget(self.send_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(12)
        for each in (heading, self.names, self.caption, self.places):
            column.addWidget(each)
        column.addSpacing(6)
        column.addLayout(buttons)
        self.setMinimumWidth(420)
        self.caption.setFocus()


def _size(path: Path) -> str:
    try:
        return size_text(path.stat().st_size)
    except OSError:
        return "?"
