"""A second start with the same profile brings the first one's window forward.

The process that has the profile listens on a local socket (a named pipe on Windows) that is named
after the profile's folder. A second one connects, is answered, and ends. The socket lies in the
user's runtime folder, or in the profile where there is none: folders in which nobody else can put
one in its place. It is for its user alone (0600), and both sides look who is at the other end.
"""

from __future__ import annotations

import hashlib
import logging
import os
import socket
import stat
import struct
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

_log = logging.getLogger("app.start.single_instance")
_ANSWER = b"here"
TIMEOUT_MS = 2000  # until whoever has the profile must have answered
LONGEST_PATH = 100  # bytes; a socket's path has 104 to 108
RUNTIME_FOLDERS = "/run/user"  # of systemd's log-ins, by the user's number
_LOCAL_PEERCRED = 1  # macOS, <sys/un.h>; Python has no name for it


def address(folder: Path) -> str | None:
    """Where the socket of a profile lies; None where no folder is ours alone."""
    name = f"phobos-{hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:24]}"
    if sys.platform == "win32":
        return name  # Qt makes a pipe of it that only its user may open
    for place in _places(folder):
        path = str(place / name)
        if len(os.fsencode(path)) <= LONGEST_PATH and _is_ours(place):
            return path
    return None


def _places(folder: Path) -> Iterator[Path]:
    # A start from elsewhere (cron, su) may lack the variable that the first one had.
    for runtime in (os.environ.get("XDG_RUNTIME_DIR", ""), f"{RUNTIME_FOLDERS}/{os.getuid()}"):
        if runtime.startswith("/"):
            yield Path(runtime)
    yield folder.resolve()
    own = Path(tempfile.gettempdir()) / f"phobos-{os.getuid()}"
    try:
        own.mkdir(mode=0o700, exist_ok=True)
    except OSError:
        return
    yield own


def _is_ours(place: Path) -> bool:
    """Whether it is a folder, no link to one, that this user alone can write."""
    try:
        found = place.lstat()
    except OSError:
        return False
    others_write = found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not others_write


def user_at(connection: QLocalSocket) -> int | None:
    """The user at the other end of a connection; None where the system does not say."""
    if sys.platform == "win32":
        return None
    try:
        with socket.socket(fileno=os.dup(int(connection.socketDescriptor()))) as same:
            if sys.platform == "darwin":
                found = same.getsockopt(0, _LOCAL_PEERCRED, 76)  # a struct xucred
                return int(struct.unpack_from("=II", found)[1])
            found = same.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
            return int(struct.unpack("=iII", found)[1])
    except OSError:
        return None


def is_this_user(connection: QLocalSocket) -> bool:
    """Whether the other end is a process of this user's; on Windows the pipe sees to that."""
    return sys.platform == "win32" or user_at(connection) == os.getuid()


class SingleInstance(QObject):
    """Listens for other starts with a profile; made by whoever has its lock."""

    came = Signal()

    def __init__(self, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._answer)
        name = address(folder)
        if name is None:
            _log.warning("cannot listen for a second start: no folder is this user's alone")
            return
        QLocalServer.removeServer(name)  # what a killed process left: the lock says it is not used
        if not self._server.listen(name):
            _log.warning("cannot listen for a second start: %s", self._server.errorString())
        elif sys.platform != "win32":
            Path(name).chmod(0o600)

    def _answer(self) -> None:
        while (peer := self._server.nextPendingConnection()) is not None:
            peer.disconnected.connect(peer.deleteLater)
            if is_this_user(peer):
                peer.write(_ANSWER)
                self.came.emit()
            else:
                _log.warning("a process of user %s called for the window", user_at(peer))
            peer.disconnectFromServer()

    def close(self) -> None:
        """Listen no more."""
        self._server.close()


def raise_other_instance(folder: Path, timeout_ms: int = TIMEOUT_MS) -> bool:
    """Ask whoever has the profile to come forward; whether somebody answered.

    Blocks for ``timeout_ms`` at most in each of two steps.
    """
    name = address(folder)
    if name is None:
        return False
    connection = QLocalSocket()
    connection.connectToServer(name)
    if not connection.waitForConnected(timeout_ms) or not is_this_user(connection):
        return False
    while connection.bytesAvailable() < len(_ANSWER):
        if not connection.waitForReadyRead(timeout_ms):
            break
    return bytes(connection.readAll().data()) == _ANSWER
