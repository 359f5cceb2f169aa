"""The connection's state: nothing while all is well, a few words otherwise.

A short break is not worth a word: the words come only when a state has lasted a moment. A click
opens the connection's page.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QTimer, Signal
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from app.chat.model import ConnectionState
from app.desktop.i18n import mark, tr

DELAY_MS = 600  # a state that ends sooner is never shown

_WORDS = {
    ConnectionState.OFFLINE: mark("No network"),
    ConnectionState.CONNECTING: mark("Connecting…"),
    ConnectionState.SHORT_LINK: mark("Connected over HTTP"),
    ConnectionState.UPDATING: mark("Updating…"),
}


_SHORT = mark(
    "Messages are sent one by one over HTTP while there is no lasting connection; new ones may "
    "come late. Click to see the connection."
)


class LinkStateLine(QPushButton):
    """The few words, as a quiet button."""

    opened = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "state")
        self.setFlat(True)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._state = ConnectionState.ONLINE
        self._delay = QTimer(self, singleShot=True, interval=DELAY_MS)
        self._delay.timeout.connect(self._show_state)
        self.clicked.connect(self.opened)
        self.hide()

    def show_state(self, state: ConnectionState) -> None:
        """Take a new state; online hides the words at once."""
        self._state = state
        if state not in _WORDS:
            self._delay.stop()
            self.hide()
        elif self.isHidden():
            if not self._delay.isActive():
                self._delay.start()
        else:
            self._show_state()

    def _show_state(self) -> None:
        if self._state in _WORDS:
            words = tr(_WORDS[self._state])
            self.setText(words)
            self.setAccessibleName(tr("Connection: {state}", state=words))
            short = self._state is ConnectionState.SHORT_LINK
            self.setToolTip(tr(_SHORT) if short else tr("Show the connection"))
            self.show()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange and not self.isHidden():
            self._show_state()
        super().changeEvent(event)
