"""Labels and tool tips that take no text for markup: most of what they show, others have written.

Qt looks into a text and draws it as HTML where it looks like some, images from files included.
Labels are made here, so that none is left to guess, and tool tips, which know no plain text, are
escaped here.
"""

from __future__ import annotations

from html import escape
from typing import Any

from PySide6.QtWidgets import QLabel, QWidget

_PLAIN = 0  # Qt.TextFormat.PlainText, by number: the log-in page names none of Qt's enumerations


class Label(QLabel):
    """A QLabel that shows its text as it is."""

    def __init__(self, text: str = "", parent: QWidget | None = None, **properties: Any) -> None:
        super().__init__(parent, **properties)
        self.setProperty("textFormat", _PLAIN)
        if text:
            self.setText(text)


def tip(text: str) -> str:
    """A text for a tool tip, which Qt would take for HTML where it looks like some."""
    return f"<span>{escape(text)}</span>".replace("\n", "<br>") if text else ""


def window_title(text: str) -> str:
    """A text for a window's title, where Qt takes ``[*]`` for the place of its mark of changes."""
    return text.replace("[*]", "[*][*]")
