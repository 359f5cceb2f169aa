"""What a profile holds that an export must not tell: names, message texts, tokens, hosts.

Read from the files of the profile, so it works whether Phobos runs or not, and for every account
that was ever used in it. Databases that were set aside as damaged are read as far as they go.
"""

from __future__ import annotations

import configparser
import contextlib
import json
import logging
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from app.diagnostics.redact import Secrets
from app.start.profile import Profile

_log = logging.getLogger("app.diagnostics.profile_secrets")

MESSAGES = 100_000  # texts that are looked for, the newest of each table
_BY_COLUMN = {
    **dict.fromkeys(("text", "last_text", "title", "draft"), "texts"),
    **dict.fromkeys(("name", "name_key", "sender", "last_sender", "members"), "names"),
    **dict.fromkeys(("token", "access_token"), "tokens"),
    "password": "passwords",
    "server_id": "tokens",
}
_BY_KEY = {"name": "names", "token": "tokens", "server_id": "tokens"}


def secrets_of(profile: Profile) -> Secrets:
    """Everything known; blocks while it reads. What cannot be read is logged, and named."""
    found = Secrets.of_machine()
    for path in sorted(profile.folder.glob("*.sqlite3")):
        _from_database(path, found)
    _from_log_in(profile.log_in, found)
    settings = read_settings(profile.settings)
    found.names.add(settings.get("account", {}).get("name", ""))
    found.hosts.add(settings.get("server", {}).get("host", ""))
    for kind in ("names", "texts", "tokens", "hosts"):
        getattr(found, kind).discard("")
    return found


def log_in_secrets(profile: Profile) -> Secrets:
    """What the kept log-ins hold: quick, for the log's guard."""
    found = Secrets()
    _from_log_in(profile.log_in, found)
    return found


def _from_database(path: Path, found: Secrets) -> None:
    uri = f"file:{quote(str(path))}?mode=ro"
    try:
        with contextlib.closing(sqlite3.connect(uri, uri=True, timeout=1.0)) as db:
            tables = [
                row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type='table'")
            ]
            for table in tables:
                columns = [row[1] for row in db.execute(f'PRAGMA table_info("{table}")')]
                for column in columns:
                    kind = _BY_COLUMN.get(column)
                    if kind is not None:
                        values = getattr(found, kind)
                        values.update(_values(db, table, column, newest="time" in columns))
    except sqlite3.Error as error:
        _log.warning("%s cannot be looked through for secrets: %s", path.name, error)
        found.unread.add(path.name)


def _values(db: sqlite3.Connection, table: str, column: str, *, newest: bool) -> Iterator[str]:
    order = ' ORDER BY "time" DESC' if newest else ""
    query = f'SELECT DISTINCT "{column}" FROM "{table}"{order} LIMIT {MESSAGES}'
    if newest:
        query = f'SELECT "{column}" FROM "{table}"{order} LIMIT {MESSAGES}'
    for (value,) in db.execute(query):
        if not isinstance(value, str) or not value:
            continue
        if column == "members":
            with contextlib.suppress(ValueError):
                members = json.loads(value)
                yield from (each for each in members if isinstance(each, str) and each)
                continue
        yield value


def _from_log_in(path: Path, found: Secrets) -> None:
    try:
        kept = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return
    except (OSError, ValueError) as error:
        _log.warning("%s cannot be read: %s", path.name, error)
        found.unread.add(path.name)
        return
    if not isinstance(kept, dict):
        found.unread.add(path.name)
        return
    for origin, log_in in kept.items():
        host = str(origin).rpartition(":")[0]
        found.hosts.add(host)
        if isinstance(log_in, dict):
            for key, kind in _BY_KEY.items():
                value = log_in.get(key)
                if isinstance(value, str) and value:
                    getattr(found, kind).add(value)


def read_settings(path: Path) -> dict[str, dict[str, Any]]:
    """The settings as sections of names and values, read without Qt; empty if there are none."""
    parser = configparser.RawConfigParser(strict=False, delimiters=("=",))
    try:
        parser.read_string(path.read_text("utf-8", "replace"))
    except FileNotFoundError:
        return {}
    except (OSError, configparser.Error) as error:
        _log.warning("%s cannot be read: %s", path.name, error)
        return {}
    return {section: dict(parser.items(section)) for section in parser.sections()}
