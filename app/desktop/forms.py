"""What the pages, dialogs and panels with fields share."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel, QWidget


def restyle(widget: QWidget, name: str, value: object) -> None:
    """Set a property that the style sheet asks for, and let it ask again."""
    widget.setProperty(name, value)
    widget.style().unpolish(widget)
    widget.style().polish(widget)


def level(label: QLabel, field: QWidget) -> None:
    """Make a form's label as high as its field, so that their texts stand on one line."""
    label.setBuddy(field)
    label.setMinimumHeight(field.sizeHint().height())
