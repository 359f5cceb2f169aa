"""A second start with the same profile brings the first one's window forward.

The process that has the profile listens on a local socket (a named pipe on Windows) that is named
after the profile's folder and open to its user alone. A second one connects, is answered, and ends.
"""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

_log = logging.getLogger("app.summons")
_ANSWER = b"here"
TIMEOUT_MS = 2000  # until whoever has the profile must have answered


def _name(folder: Path) -> str:
    return f"phobos-{hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:24]}"


class Summons(QObject):
    """Listens for other starts with a profile; made by whoever has its lock."""

    came = Signal()

    def __init__(self, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._answer)
        name = _name(folder)
        QLocalServer.removeServer(name)  # what a killed process left: the lock says it is not used
        if not self._server.listen(name):
            _log.warning("cannot listen for a second start: %s", self._server.errorString())

    def _answer(self) -> None:
        while (peer := self._server.nextPendingConnection()) is not None:
            peer.disconnected.connect(peer.deleteLater)
            peer.write(_ANSWER)
            peer.disconnectFromServer()
            self.came.emit()

    def close(self) -> None:
        """Listen no more."""
        self._server.close()


def summon(folder: Path, timeout_ms: int = TIMEOUT_MS) -> bool:
    """Ask whoever has the profile to come forward; whether somebody answered.

    Blocks for ``timeout_ms`` at most in each of two steps.
    """
    socket = QLocalSocket()
    socket.connectToServer(_name(folder))
    if not socket.waitForConnected(timeout_ms):
        return False
    while socket.bytesAvailable() < len(_ANSWER):
        if not socket.waitForReadyRead(timeout_ms):
            break
    return bytes(socket.readAll().data()) == _ANSWER
