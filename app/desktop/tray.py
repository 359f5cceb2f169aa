"""The icon in the notification area: what is unread, the way back to the window, and the end.

Where the system announces messages by no service of its own (Windows, macOS, a desktop without
``org.freedesktop.Notifications``), the icon's bubble does.
"""

from __future__ import annotations

import sys

from PySide6.QtCore import QEvent, QObject, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QMenu, QSystemTrayIcon, QWidget

from app.desktop import icons
from app.desktop.i18n import tr
from app.desktop.theme import theme

_SIZES = (16, 22, 24, 32, 48, 64)
_DOT = 0.44  # of the icon's side
_SECONDS = 10


class Tray(QObject):
    """Shown by :meth:`start` where there is a notification area; everything else is then safe."""

    opened = Signal(str)  # a conversation's id; "" for the window as it is
    end_wanted = Signal()

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._told = ""  # the conversation of the bubble that was shown last
        self._unread = 0
        self._menu = QMenu(window)
        self._open = self._menu.addAction("")
        self._menu.addSeparator()
        self._quit = self._menu.addAction("")
        self._icon = QSystemTrayIcon(icons.app_icon(), self)
        self._icon.setContextMenu(self._menu)
        self._open.triggered.connect(lambda: self.opened.emit(""))
        self._quit.triggered.connect(self.end_wanted)
        self._icon.activated.connect(self._activated)
        self._icon.messageClicked.connect(lambda: self.opened.emit(self._told))
        window.installEventFilter(self)
        theme().changed.connect(self._paint)
        self.retranslate()

    @property
    def shown(self) -> bool:
        """Whether a person finds the icon; a window hidden without it could not be had back."""
        return self._icon.isVisible() and QSystemTrayIcon.isSystemTrayAvailable()

    def start(self) -> None:
        """Show the icon, if the desktop has a place for it."""
        if QSystemTrayIcon.isSystemTrayAvailable():
            self._icon.show()

    def close(self) -> None:
        """Take it away."""
        self._icon.hide()

    def count(self, unread: int) -> None:
        """``unread`` messages wait."""
        changed = bool(unread) != bool(self._unread)
        self._unread = unread
        if changed:
            self._paint()
        self._say()

    def _paint(self) -> None:
        self._icon.setIcon(_with_dot() if self._unread else icons.app_icon())

    def announce(self, key: str, title: str, body: str) -> bool:
        """Show a bubble whose click opens conversation ``key``; False where there is no icon."""
        if not self.shown or not QSystemTrayIcon.supportsMessages():
            return False
        self._told = key
        words = body or tr("New message")
        if sys.platform == "linux":
            title, words = _unmarked(title), _unmarked(words)
        self._icon.showMessage(title, words, icons.app_icon(), _SECONDS * 1000)
        return True

    def retranslate(self) -> None:
        """Texts in the language now in force."""
        self._open.setText(tr("Open Phobos"))
        self._quit.setText(tr("Quit"))
        self._say()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the window's language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        return super().eventFilter(watched, event)

    def _say(self) -> None:
        words = tr("Phobos: {count} unread", count=self._unread)
        self._icon.setToolTip(words if self._unread else "Phobos")

    def _activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        # On macOS a click opens the menu, and no more is meant by it.
        if reason in (
            QSystemTrayIcon.ActivationReason.Trigger,
            QSystemTrayIcon.ActivationReason.DoubleClick,
        ):
            self.opened.emit("")


def _unmarked(text: str) -> str:
    """Qt hands a bubble on to the desktop as it is, and the desktop may take it for markup."""
    return text.replace("<", "‹").replace(">", "›")


def _with_dot() -> QIcon:
    """The application's icon with a dot that says something is unread."""
    made = QIcon()
    for side in _SIZES:
        picture = QPixmap(QSize(side, side))
        picture.fill(QColor(0, 0, 0, 0))
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.drawPixmap(0, 0, icons.app_icon().pixmap(QSize(side, side)))
        dot = side * _DOT
        painter.setPen(Qt.PenStyle.NoPen)
        for color, edge in (("on_accent", 0.0), ("danger", side / 20)):
            painter.setBrush(QColor(theme().color(color)))
            circle = QRectF(side - dot, 0, dot, dot)
            painter.drawEllipse(circle.adjusted(edge, edge, -edge, -edge))
        painter.end()
        made.addPixmap(picture)
    return made
