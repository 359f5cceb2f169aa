"""Small JSON files that are read at start and written whole: rankings, heartbeats.

Written atomically (a temporary file, then a rename), so that a kill leaves the old or the new one.
What cannot be read is set aside and never fatal: these files only save time.
"""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

from netcore.runtime.whole_file import write_whole

_log = logging.getLogger("netcore.connect.store")


def load_json(path: Path) -> dict[str, Any]:
    """The object in ``path``; empty when there is none or when it is damaged (then set aside)."""
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        return {}
    except OSError as error:
        _log.warning("%s cannot be read (%s); going on without it", path, error)
        return {}
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        set_aside(path, str(error))
        return {}
    if not isinstance(found, dict):
        set_aside(path, "it holds no JSON object")
        return {}
    return found


def set_aside(path: Path, reason: str) -> None:
    """Rename a damaged file to ``<name>.damaged``, over an older one, and log ``reason``."""
    aside = path.with_name(path.name + ".damaged")
    try:
        path.replace(aside)
        _log.warning("%s is damaged (%s); set aside as %s", path, reason, aside)
    except OSError as error:
        _log.warning("%s is damaged (%s) and cannot be set aside (%s)", path, reason, error)


def save_json(path: Path, value: dict[str, Any]) -> bool:
    """Write ``value`` to ``path``, atomically; whether it worked (else it is logged)."""
    try:
        write_whole(path, json.dumps(value, separators=(",", ":")))
    except OSError as error:
        _log.warning("%s cannot be written (%s)", path, error)
        return False
    return True
