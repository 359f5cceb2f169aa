"""The window's menu; its actions hold the window's shortcuts too."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QEvent
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from app.desktop import icons
from app.desktop.i18n import mark, tr

# An entry's name, its words, icon and keys; () is a line between entries.
ENTRIES = (
    ("new", mark("New conversation"), "compose", "Ctrl+N"),
    ("settings", mark("Settings"), "settings", "Ctrl+,"),
    (),
    ("connection", mark("Connection"), "pulse", "Ctrl+Shift+D"),
    ("check", mark("Check the connection"), "shield", ""),
    ("logs", mark("Log viewer"), "log", "Ctrl+Shift+L"),
    ("export", mark("Export diagnostics…"), "export", ""),
    ("about", mark("About Phobos"), "info", ""),
    ("second", mark("Open a window for another person"), "person", ""),
    (),
    ("log_out", mark("Log out"), "log-out", ""),
    ("quit", mark("Quit"), "close", "Ctrl+Q"),
)


class MainMenu(QMenu):
    """``acts`` holds, for each entry's name, what it does."""

    def __init__(self, window: QWidget, acts: Mapping[str, Callable[[], object]]) -> None:
        super().__init__(window)
        self.entries: dict[str, QAction] = {}
        for entry in ENTRIES:
            if not entry:
                self.addSeparator()
                continue
            name, _words, _icon, keys = entry
            action = QAction(self)
            action.triggered.connect(lambda _checked=False, act=acts[name]: act())
            if keys:
                action.setShortcut(QKeySequence(keys))
            window.addAction(action)
            self.addAction(action)
            self.entries[name] = action
        self.aboutToShow.connect(self._paint_icons)
        self.retranslate()

    def retranslate(self) -> None:
        """Texts in the language now in force."""
        for name, words, _icon, _keys in filter(None, ENTRIES):
            self.entries[name].setText(tr(words))

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def _paint_icons(self) -> None:
        """In the theme's colours of now, each time before the menu is shown."""
        for name, _words, sign, _keys in filter(None, ENTRIES):
            self.entries[name].setIcon(icons.icon(sign))
