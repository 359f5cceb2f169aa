"""The connection's state: nothing while all is well, a few words otherwise, and soon what is wrong.

A short break is not worth a word: the words come only when a state has lasted a moment. A click
opens the connection's page.

=====================  ============================  ==============================================
state                  beside the title              below it
=====================  ============================  ==============================================
well                   nothing                       nothing
well, network weak     how long an answer takes
connecting             Connecting…
for ``WRONG_AFTER``    Not connected                 what is wrong, and when it is tried again
messages that wait                                   how many, and since when
=====================  ============================  ==============================================
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QTimer, Signal
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from app.chat.model import ConnectionHealth, ConnectionState
from app.desktop.i18n import locale, mark, tr
from app.desktop.local_time import clock_text
from app.desktop.plain_text import Label
from app.desktop.wording import failure_text

DELAY_MS = 600  # a state that ends sooner is never shown
WRONG_AFTER = 5.0  # seconds of connecting, or of a message that waits

_WORDS = {
    ConnectionState.OFFLINE: mark("No network"),
    ConnectionState.CONNECTING: mark("Connecting…"),
    ConnectionState.SHORT_LINK: mark("Connected over HTTP"),
    ConnectionState.UPDATING: mark("Updating…"),
}


_SHORT = mark(
    "There is no long-lived connection. Messages are sent one by one over HTTP, "
    "and new ones may arrive late. Click for details."
)


def state_words(health: ConnectionHealth) -> str:
    """What stands beside the title; "" while all is well."""
    if health.state is ConnectionState.CONNECTING and health.lasted >= WRONG_AFTER:
        return tr("Not connected")
    if health.state is ConnectionState.ONLINE:
        return tr("Slow network: {seconds} s", seconds=_seconds(health.slow)) if health.slow else ""
    return tr(_WORDS[health.state])


def detail_words(health: ConnectionHealth, wall: float) -> str:
    """What is wrong, what happens next and what waits; ``wall`` is now, since the epoch."""
    parts = []
    if health.lasted >= WRONG_AFTER:
        if health.state is ConnectionState.CONNECTING:
            parts.append(failure_text(health.trouble or "no_connection"))
            left = 0.0 if health.next_try is None else health.next_try - wall
            n = locale().toString(round(left))
            parts.append(
                tr("Trying again in {n} s.", n=n) if left >= 1 else tr("Trying again now.")
            )
        elif health.state is ConnectionState.UPDATING and health.slow:
            seconds = _seconds(health.slow)
            parts.append(tr("The network is slow: an answer takes {seconds} s.", seconds=seconds))
        elif health.state is ConnectionState.UPDATING:
            parts.append(tr("The server is slow to answer. Still trying."))
    if health.waiting and wall - health.waiting_since >= WRONG_AFTER:
        since = clock_text(health.waiting_since)
        if health.waiting == 1:
            parts.append(tr("1 message has been waiting since {time}.", time=since))
        else:
            number = locale().toString(health.waiting)
            words = tr("{n} messages have been waiting since {time}.", n=number, time=since)
            parts.append(words)
    return "\n".join(parts)


def is_quiet(health: ConnectionHealth) -> bool:
    """Whether nothing will have to be said before something changes."""
    return health.state is ConnectionState.ONLINE and not health.waiting and not health.slow


def _seconds(seconds: float) -> str:
    return locale().toString(seconds, "f", 1)


class LinkStateLine(QPushButton):
    """The few words, as a quiet button; :attr:`detail` has the rest, for a place of its own."""

    opened = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "state")
        self.setFlat(True)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.detail = Label(wordWrap=True)
        self.detail.setObjectName("linkDetail")
        self.detail.setProperty("role", "muted")
        self.detail.hide()
        self._health = ConnectionHealth(ConnectionState.ONLINE)
        self._wall = 0.0
        self._delay = QTimer(self, singleShot=True, interval=DELAY_MS)
        self._delay.timeout.connect(self._show_words)
        self.clicked.connect(self.opened)
        self.hide()

    def show_health(self, health: ConnectionHealth, wall: float) -> None:
        """Take how things are; what is well hides the words at once."""
        self._health, self._wall = health, wall
        if not state_words(health):
            self._delay.stop()
            self.hide()
            self._show_detail()
        elif self.isHidden():
            if not self._delay.isActive():
                self._delay.start()
        else:
            self._show_words()

    def _show_words(self) -> None:
        words = state_words(self._health)
        if not words:
            return
        if words != self.text():
            self.setText(words)
            self.setAccessibleName(tr("Connection: {state}", state=words))
        short = self._health.state is ConnectionState.SHORT_LINK
        self.setToolTip(tr(_SHORT) if short else tr("Show the connection"))
        self.show()
        self._show_detail()

    def _show_detail(self) -> None:
        words = detail_words(self._health, self._wall)
        if words != self.detail.text():
            self.detail.setText(words)
        self.detail.setVisible(bool(words))

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            if not self.isHidden():
                self._show_words()
            self._show_detail()
        super().changeEvent(event)
