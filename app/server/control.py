"""Commands to a running server, over a socket in its data folder that only its user can open.

A request is one line of JSON, and so is the answer: ``{"command": "backup", "target": "/path"}``,
``{"size": 4096}`` or ``{"error": "why"}``.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import socket
import struct
import threading
from pathlib import Path

from app.server.database import Database
from app.server.upkeep import UpkeepError, back_up

FILE_NAME = "control.sock"
MAX_LINE = 64 * 1024
REQUEST_TIMEOUT = 5.0  # seconds for the request's line
_log = logging.getLogger("app.server.control")


class Control:
    """Listens for commands while a server runs."""

    def __init__(self, database: Database, data: Path) -> None:
        self._database = database
        self._data = data
        self._ended = threading.Event()
        self._listener: asyncio.Server | None = None
        self._busy = asyncio.Lock()  # one backup at a time

    async def start(self) -> None:
        """Listen. A system without such sockets, or a path too long for one, goes without."""
        if not hasattr(socket, "AF_UNIX") or os.name == "nt":
            return
        path = self._data / FILE_NAME
        listener = socket.socket(socket.AF_UNIX)
        try:
            path.unlink(missing_ok=True)  # of a server that was killed: the store is ours alone
            before = os.umask(0o177)
            try:
                listener.bind(str(path))
            finally:
                os.umask(before)
            self._listener = await asyncio.start_unix_server(
                self._answer, sock=listener, limit=MAX_LINE
            )
        except OSError as error:
            listener.close()
            _log.warning("no commands can be given while the server runs: %s (%s)", error, path)

    async def close(self) -> None:
        """End; a backup that is being made is given up."""
        self._ended.set()
        if self._listener is None:
            return
        self._listener.close()
        self._listener = None
        async with self._busy:  # its thread uses the database
            pass
        (self._data / FILE_NAME).unlink(missing_ok=True)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            answer: dict[str, object]
            if not _is_own(writer.get_extra_info("socket")):
                answer = {"error": "only the server's own user may give it commands"}
            else:
                answer = await self._do(reader)
            writer.write(json.dumps(answer).encode() + b"\n")
            await writer.drain()
        except (OSError, TimeoutError, ValueError) as error:
            _log.info("a command was not answered: %s", error or type(error).__name__)
        finally:
            writer.close()

    async def _do(self, reader: asyncio.StreamReader) -> dict[str, object]:
        async with asyncio.timeout(REQUEST_TIMEOUT):
            line = await reader.readline()
        request = json.loads(line)
        if not isinstance(request, dict) or request.get("command") != "backup":
            return {"error": "this server does not know the command; are its versions the same?"}
        target = request.get("target")
        if not isinstance(target, str) or not Path(target).is_absolute():
            return {"error": "a backup needs the absolute path of its target"}
        if self._busy.locked():
            return {"error": "another backup is being made; wait for its end"}
        async with self._busy:
            if self._ended.is_set():
                return {"error": "the server ends"}
            _log.info("a backup to %s begins", target)
            try:
                size = await asyncio.shield(
                    asyncio.to_thread(back_up, self._copy, self._data, Path(target))
                )
            except UpkeepError as error:
                _log.warning("no backup: %s", error)
                return {"error": str(error)}
            _log.info("the backup to %s is made", target)
            return {"size": size}

    def _copy(self, target: Path) -> None:
        self._database.copy_to(target, self._ended)


def _is_own(peer: socket.socket) -> bool:
    """Whether the socket's other end is of this user, or root; elsewhere its mode has to do."""
    if not hasattr(socket, "SO_PEERCRED"):
        return True
    raw = peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    _, user, _ = struct.unpack("3i", raw)
    return user in (0, os.geteuid())


def ask(data: Path, request: dict[str, object]) -> dict[str, object] | None:
    """Give a command to the server that uses ``data``; None where none runs. Blocking.

    Raises :class:`UpkeepError` with the server's reason.
    """
    if not hasattr(socket, "AF_UNIX") or os.name == "nt":
        return None
    with socket.socket(socket.AF_UNIX) as link:
        try:
            link.connect(str(data / FILE_NAME))
        except OSError:
            return None
        with contextlib.suppress(OSError):
            link.sendall(json.dumps(request).encode() + b"\n")
        try:
            with link.makefile("rb") as lines:
                answer = json.loads(lines.readline(MAX_LINE))
        except (OSError, ValueError) as error:
            raise UpkeepError("the server ended before it answered; ask again") from error
    if "error" in answer:
        raise UpkeepError(str(answer["error"]))
    return dict(answer)
