"""A second start with the same profile brings the first one's window forward, or ends the first.

The process that has the profile listens on a local socket (a named pipe on Windows) that is named
after the profile's folder. A second one connects, says what it wants, is answered, and ends. The
socket is in the user's runtime folder, or in the profile where there is none: folders in which
nobody else can put one in its place. It is for its user alone (0600), and both sides look who is at
the other end.
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
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

_log = logging.getLogger("app.start.single_instance")
_ANSWER = b"here"
SHOW = b"show"  # come forward
END = b"end!"  # close as if the window had been closed
_WORD = len(SHOW)  # bytes of each of the two
TIMEOUT_MS = 2000  # until the process that has the profile must have answered
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
    """Listens for other starts with a profile; made by the process that has its lock."""

    came = Signal()
    end_wanted = Signal()

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
            if not is_this_user(peer):
                _log.warning("a process of user %s called for the window", user_at(peer))
                peer.disconnectFromServer()
                continue
            peer.readyRead.connect(partial(self._hear, peer))
            QTimer.singleShot(TIMEOUT_MS, peer, peer.abort)
            self._hear(peer)

    def _hear(self, peer: QLocalSocket) -> None:
        if peer.bytesAvailable() < _WORD:
            return
        wanted = bytes(peer.read(_WORD).data())
        if wanted not in (SHOW, END):
            peer.abort()
            return
        peer.write(_ANSWER)
        peer.flush()  # this loop may turn no more once the end is wanted
        peer.disconnectFromServer()
        (self.came if wanted == SHOW else self.end_wanted).emit()

    def close(self) -> None:
        """Stop listening."""
        self._server.close()


def raise_other_instance(folder: Path, timeout_ms: int = TIMEOUT_MS) -> bool:
    """Ask the process that has the profile to come forward; whether somebody answered.

    Blocks for ``timeout_ms`` at most in each of two steps.
    """
    return _ask(folder, SHOW, timeout_ms)


def end_other_instance(folder: Path, timeout_ms: int = TIMEOUT_MS) -> bool:
    """Ask the process that has the profile to end; whether it answered. It ends a little later.

    Blocks for ``timeout_ms`` at most in each of two steps.
    """
    return _ask(folder, END, timeout_ms)


def _ask(folder: Path, wanted: bytes, timeout_ms: int) -> bool:
    name = address(folder)
    if name is None:
        return False
    connection = QLocalSocket()
    connection.connectToServer(name)
    if not connection.waitForConnected(timeout_ms) or not is_this_user(connection):
        return False
    connection.write(wanted)
    while connection.bytesAvailable() < len(_ANSWER):
        if not connection.waitForReadyRead(timeout_ms):
            break
    return bytes(connection.readAll().data()) == _ANSWER
