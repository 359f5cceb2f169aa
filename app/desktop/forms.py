"""What the pages and dialogs with fields share."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel, QWidget


def level(label: QLabel, field: QWidget) -> None:
    """Make a form's label as high as its field, so that their texts stand on one line."""
    label.setBuddy(field)
    label.setMinimumHeight(field.sizeHint().height())
