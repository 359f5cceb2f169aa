"""Who is logged in, kept over restarts: a file of its own, readable by its owner alone (0600).

It stands beside the messages and not in the system's keyring: the messages lie there in plain too,
a keyring that is locked or slow would hold up each start, and the server forgets a token after 90
days without use. It is not in the store, so that a damaged store costs no log-in.

A token goes to no server but the one that gave it: log-ins are kept by ``origin``, which names the
server as the app reaches it.
"""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, dataclass
from pathlib import Path

from netcore.runtime.whole_file import write_whole

_log = logging.getLogger("app.chat.log_in_file")


@dataclass(frozen=True, slots=True)
class SavedLogIn:
    """A log-in as the server gave it."""

    name: str
    server_id: str
    token: str


class LogInFile:
    """The log-in at one server; a damaged file is none."""

    def __init__(self, path: Path, origin: str) -> None:
        self._path = path
        self._origin = origin

    def load(self) -> SavedLogIn | None:
        """The log-in, or None."""
        found = self._all().get(self._origin)
        if not isinstance(found, dict):
            return None
        values = [str(found.get(key) or "") for key in ("name", "server_id", "token")]
        return SavedLogIn(*values) if values[0] and values[2] else None

    def save(self, log_in: SavedLogIn) -> None:
        """Keep a log-in; raises OSError."""
        self._write({**self._all(), self._origin: asdict(log_in)})

    def clear(self) -> None:
        """Keep none; raises OSError."""
        kept = self._all()
        if kept.pop(self._origin, None) is not None:
            self._write(kept)

    def _all(self) -> dict[str, dict[str, str]]:
        try:
            found = json.loads(self._path.read_text("utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            _log.warning("%s cannot be read: %s", self._path, error)
            return {}
        return found if isinstance(found, dict) else {}

    def _write(self, kept: dict[str, dict[str, str]]) -> None:
        """Whole or not at all, and mode 0600 from birth."""
        write_whole(self._path, json.dumps(kept, ensure_ascii=False), sync=True)
