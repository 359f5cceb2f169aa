"""The demo server that ``--demo`` starts, and a second person's window: processes of their own.

Both end with the app.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, Queue

_log = logging.getLogger("app.start.demo")
_PROGRAM = Path(sys.executable)
SERVER: tuple[str, ...] = (
    (str(_PROGRAM.with_name("phobos-server" + _PROGRAM.suffix)),)  # it is beside us in a package
    if getattr(sys, "frozen", False)
    else (sys.executable, "-m", "app.server")
)
APP: tuple[str, ...] = (
    (sys.executable,) if getattr(sys, "frozen", False) else (sys.executable, "-m", "app")
)
HOST = "127.0.0.1"
# On Windows a console program that one without a console starts would open a window of its own.
NO_CONSOLE: int = getattr(subprocess, "CREATE_NO_WINDOW", 0)
START_TIMEOUT = 20.0  # seconds until the server's line must have come
STOP_TIMEOUT = 3.0  # seconds it has to end by itself


class DemoServerError(Exception):
    """The demo server did not start; the message carries its last words."""


@dataclass(slots=True)
class DemoServer:
    """A running demo server, its ports and the folder of its data."""

    longlink_port: int
    shortlink_port: int
    plain: bool
    data: Path
    _process: subprocess.Popen[bytes]

    def __str__(self) -> str:
        """Where it listens, for those who want to join."""
        return (
            f"The demo server listens on {HOST}: long link {self.longlink_port}, short link "
            f"{self.shortlink_port}, {'without TLS' if self.plain else 'TLS'}; data in {self.data}"
        )

    def stop(self) -> None:
        """End the server; it has three seconds to do so by itself."""
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()  # which it takes as the word to end, on every system
        _end(self._process, terminate=sys.platform != "win32")
        _close_pipes(self._process)


def start_demo_server(
    data: Path, *, plain: bool = False, echo: bool = False, timeout: float = START_TIMEOUT
) -> DemoServer:
    """Start ``phobos-server`` on free ports with its store in ``data`` and wait for its ports.

    ``echo`` gives it somebody to talk to (:mod:`app.server.echo`).

    Blocks for at most ``timeout`` seconds, so call it before the window opens. Raises
    :class:`DemoServerError`.
    """
    data.mkdir(parents=True, exist_ok=True)
    command = [*SERVER, "--host", HOST, "--end-with-stdin"]
    command += ["--longlink-port", "0", "--shortlink-port", "0", "--data", str(data)]
    if plain:
        command.append("--plain")
    if echo:
        command.append("--echo")
    log = data / "server.log"
    with log.open("ab") as errors:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,  # which ends with us, however we end, and the server with it
            stdout=subprocess.PIPE,
            stderr=errors,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            creationflags=NO_CONSOLE,
        )
    line = _first_line(process, timeout)
    try:
        ports = json.loads(line)
        longlink_port, shortlink_port = int(ports["longlink_port"]), int(ports["shortlink_port"])
        return DemoServer(longlink_port, shortlink_port, plain, data, process)
    except (ValueError, KeyError, TypeError) as error:
        process.kill()
        process.wait()
        _close_pipes(process)
        tail = log.read_text("utf-8", "replace").strip().splitlines()[-1:]
        reason = tail[0] if tail else "it gave no reason"
        raise DemoServerError(f"the demo server did not start: {reason}") from error


class SecondPerson:
    """The window of another person on a demo server, with a profile of its own in ``folder``.

    ``look`` are further arguments, such as the language.
    """

    def __init__(self, server: DemoServer, folder: Path, look: Sequence[str] = ()) -> None:
        self._folder = folder
        self._command = [*APP, "--join-demo", str(server.data), "--data", str(folder), *look]
        self._command += ["--longlink-port", str(server.longlink_port)]
        self._command += ["--shortlink-port", str(server.shortlink_port)]
        if server.plain:
            self._command.append("--plain")
        self._processes: list[subprocess.Popen[bytes]] = []

    def open(self) -> None:
        """Open it; where it is open already, the second start brings it forward and ends."""
        self._processes = [each for each in self._processes if each.poll() is None]
        try:
            self._processes.append(subprocess.Popen(self._command))
        except OSError as error:
            _log.error("the second window cannot be opened: %s", error)

    def stop(self) -> None:
        """Close it as a person would."""
        running = [each for each in self._processes if each.poll() is None]
        if sys.platform == "win32" and running:  # which knows no SIGTERM, only a kill
            from app.start.single_instance import end_other_instance

            end_other_instance(self._folder)
        for process in running:
            _end(process, terminate=sys.platform != "win32")
        self._processes.clear()


def _end(process: subprocess.Popen[bytes], *, terminate: bool = True) -> None:
    """End a process; it has three seconds to do so by itself.

    ``terminate`` asks by SIGTERM, which Windows does not have: there it would be a kill.
    """
    if process.poll() is None:
        if terminate:
            process.terminate()
        try:
            process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _close_pipes(process: subprocess.Popen[bytes]) -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()


def _first_line(process: subprocess.Popen[bytes], timeout: float) -> bytes:
    """What the server says first; b"" when it ends or the time is up."""
    lines: Queue[bytes] = Queue()
    stream = process.stdout
    assert stream is not None

    def read() -> None:
        with contextlib.suppress(ValueError, OSError):
            lines.put(stream.readline())

    threading.Thread(target=read, name="demo-server-line", daemon=True).start()
    try:
        return lines.get(timeout=timeout)
    except Empty:
        _log.warning("the demo server said nothing for %.0f s", timeout)
        return b""
