"""What a profile holds that an export must not tell: names, message texts, tokens, hosts.

Read from the files of the profile, so it works whether Phobos runs or not, and for every account
that was ever used in it. Databases that were set aside as damaged are read as far as they go.
"""

from __future__ import annotations

import configparser
import contextlib
import ipaddress
import json
import logging
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from app.diagnostics.history import FILE_NAME as HISTORY
from app.diagnostics.redact import Secrets
from app.start.profile import Profile
from netcore.connect.store import load_json

_log = logging.getLogger("app.diagnostics.profile_secrets")

MESSAGES = 100_000  # texts that are looked for, the newest of each table
_BY_COLUMN = {
    **dict.fromkeys(("text", "last_text", "title", "draft"), "texts"),
    **dict.fromkeys(("name", "name_key", "sender", "last_sender", "members"), "names"),
    **dict.fromkeys(("token", "access_token"), "tokens"),
    "password": "passwords",
    "server_id": "tokens",
}
_HOST_KEYS = frozenset({"host", "hosts", "server", "proxy", "address", "addresses"})
_BY_KEY = {"name": "names", "token": "tokens", "server_id": "tokens"}


def secrets_of(profile: Profile) -> Secrets:
    """Everything known; blocks while it reads. What cannot be read is logged, and named."""
    found = Secrets.of_machine()
    for path in sorted(profile.folder.glob("*.sqlite3")):
        _from_database(path, found)
    _from_log_in(profile.log_in, found)
    settings = read_settings(profile.settings)
    found.names.add(settings.get("account", {}).get("name", ""))
    server = settings.get("server", {})
    found.hosts |= {server.get("host", ""), *server.get("known", "").split()}
    found.hosts.update(settings.get("pins", {}))  # a section of hosts
    for kept in (profile.folder / HISTORY, *sorted((profile.folder / "network").glob("*.json"))):
        found.hosts |= hosts_in(load_json(kept) if kept.exists() else {})
    proxy = settings.get("proxy", {})
    found.hosts.add(proxy.get("host", ""))
    found.names.add(proxy.get("user", ""))
    found.passwords |= proxy_secrets(profile)
    for kind in ("names", "texts", "tokens", "hosts"):
        getattr(found, kind).discard("")
    return found


def hosts_in(value: Any, key: str = "") -> set[str]:
    """Every host that a JSON value names under a key that says so, former servers' included."""
    if isinstance(value, dict):
        return {host for name, each in value.items() for host in hosts_in(each, str(name))}
    if isinstance(value, (list, tuple)):
        return {host for each in value for host in hosts_in(each, key)}
    if not isinstance(value, str) or key.casefold() not in _HOST_KEYS:
        return set()
    host = value.rpartition("://")[2].rpartition("@")[2].partition("/")[0]
    if not _is_address(host):
        host = host.partition(":")[0]
    return set() if not host or _is_address(host.strip("[]")) else {host}


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def log_in_secrets(profile: Profile) -> Secrets:
    """What the kept log-ins and the proxy's hold: quick, for the log's guard."""
    found = Secrets()
    _from_log_in(profile.log_in, found)
    found.passwords |= proxy_secrets(profile)
    return found


def proxy_secrets(profile: Profile) -> set[str]:
    """The password of the person's own proxy, if one is kept."""
    from app.start.proxy_choice import load_password

    return {load_password(profile.proxy_password)} - {""}


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
