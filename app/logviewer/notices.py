"""Lines above the table that say what went wrong, each with what can be done about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.desktop.icons import icon
from app.desktop.plain_text import Label
from app.desktop.theme import theme
from app.logviewer.i18n import tr

MOST = 4


class _Notice(NamedTuple):
    frame: QFrame
    label: Label
    close: QToolButton


class Notices(QWidget):
    """The latest few notices, newest last; one of each kind."""

    def __init__(self) -> None:
        super().__init__()
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(1)
        self._shown: dict[str, _Notice] = {}
        theme().changed.connect(self._recolour)
        self.hide()

    def texts(self) -> list[str]:
        """What is shown now."""
        return [notice.label.text() for notice in self._shown.values()]

    def show_notice(
        self, kind: str, text: str, action: str = "", handler: Callable[[], None] | None = None
    ) -> None:
        """Show ``text``, in place of an older notice of its kind."""
        self.drop(kind)
        frame = QFrame()
        frame.setObjectName("notice")
        row = QHBoxLayout(frame)
        row.setContentsMargins(12, 5, 8, 5)
        label = Label(text)
        label.setWordWrap(True)
        label.setAccessibleName(text)
        row.addWidget(label, 1)
        if action and handler is not None:
            button = QPushButton(action)
            button.setProperty("role", "link")
            button.clicked.connect(handler)
            row.addWidget(button)
        close = QToolButton()
        close.setAccessibleName(tr("Dismiss"))
        close.setToolTip(tr("Dismiss"))
        close.clicked.connect(lambda: self.drop(kind))
        row.addWidget(close)
        self._shown[kind] = _Notice(frame, label, close)
        self._layout.addWidget(frame)
        for old in list(self._shown)[:-MOST]:
            self.drop(old)
        self._recolour()
        self.show()

    def drop(self, kind: str) -> None:
        """Take the notice of a kind away."""
        notice = self._shown.pop(kind, None)
        if notice is not None:
            self._layout.removeWidget(notice.frame)
            notice.frame.hide()
            notice.frame.deleteLater()
        self.setVisible(bool(self._shown))

    def clear(self) -> None:
        """Take all away."""
        for kind in list(self._shown):
            self.drop(kind)

    def _recolour(self) -> None:
        palette = theme().palette
        for notice in self._shown.values():
            notice.frame.setStyleSheet(
                f"#notice {{ background: {palette.warning_ground}; }}"
                f"#notice QLabel {{ color: {palette.warning}; }}"
            )
            notice.close.setIcon(icon("close", "warning", size=16))
