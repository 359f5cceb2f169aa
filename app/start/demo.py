"""The demo server that ``--demo`` starts: a process of its own, ended with the app."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, Queue

_log = logging.getLogger("app.start.demo")
_PROGRAM = Path(sys.executable)
SERVER: tuple[str, ...] = (
    (str(_PROGRAM.with_name("phobos-server" + _PROGRAM.suffix)),)  # it lies beside us in a package
    if getattr(sys, "frozen", False)
    else (sys.executable, "-m", "app.server")
)
START_TIMEOUT = 20.0  # seconds until the server's line must have come
STOP_TIMEOUT = 3.0  # seconds it has to end by itself


class DemoServerError(Exception):
    """The demo server did not start; the message carries its last words."""


@dataclass(slots=True)
class DemoServer:
    """A running demo server and its ports."""

    longlink_port: int
    shortlink_port: int
    plain: bool
    _process: subprocess.Popen[bytes]

    def stop(self) -> None:
        """End the server; it has three seconds to do so by itself."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(STOP_TIMEOUT)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        _close_pipes(self._process)


def start_demo_server(
    data: Path, *, plain: bool = False, timeout: float = START_TIMEOUT
) -> DemoServer:
    """Start ``phobos-server`` on free ports with its store in ``data`` and wait for its ports.

    Blocks for at most ``timeout`` seconds, so call it before the window opens. Raises
    :class:`DemoServerError`.
    """
    data.mkdir(parents=True, exist_ok=True)
    command = [*SERVER, "--host", "127.0.0.1", "--end-with-stdin"]
    command += ["--longlink-port", "0", "--shortlink-port", "0", "--data", str(data)]
    if plain:
        command.append("--plain")
    log = data / "server.log"
    with log.open("ab") as errors:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,  # which ends with us, however we end, and the server with it
            stdout=subprocess.PIPE,
            stderr=errors,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
    line = _first_line(process, timeout)
    try:
        ports = json.loads(line)
        return DemoServer(int(ports["longlink_port"]), int(ports["shortlink_port"]), plain, process)
    except (ValueError, KeyError, TypeError) as error:
        process.kill()
        process.wait()
        _close_pipes(process)
        tail = log.read_text("utf-8", "replace").strip().splitlines()[-1:]
        reason = tail[0] if tail else "it gave no reason"
        raise DemoServerError(f"the demo server did not start: {reason}") from error


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
