"""The diagnostics export: what goes into the archive, and the writing of it (docs/diagnostics.md).

:func:`gather` reads, redacts and holds everything as bytes, so that a preview shows just what will
be written; :func:`write` makes the zip. Both block: call them in a thread. No Qt.

::

    bundle = gather(Source(profile), Choices(note="late messages since noon"))
    for item in bundle.items: print(item.name, len(item.data))
    write(bundle, Path("diagnostics.zip"))
"""

from __future__ import annotations

import datetime
import errno
import hashlib
import json
import logging
import secrets
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from app.diagnostics import export_logs
from app.diagnostics.export_facts import facts
from app.diagnostics.history import FILE_NAME, read_history
from app.diagnostics.profile_secrets import hosts_in, read_settings, secrets_of
from app.diagnostics.redact import Keep, Redactor, Secrets
from app.diagnostics.report import report
from app.diagnostics.vocabulary import module_names, vocabulary
from app.start.profile import Profile
from netcore.connect.store import load_json
from netcore.runtime.whole_file import whole_file
from xlog.appender import flush_all
from xlog.crypt import parse_public_key
from xlog.errors import XlogError
from xlog.keys import KeyRing

_log = logging.getLogger("app.diagnostics.export")

SCHEMA = "phobos-diagnostics/1"
HISTORY, DIAGNOSES, NETWORK = "history.json", "diagnoses.json", "network.json"
SYSTEM, SETTINGS, NOTE = "system.json", "settings.json", "note.txt"
REPORT, MANIFEST, READ_ME = "report.html", "manifest.json", "README.txt"
_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # nothing that is misread on the telephone
_NO_SETTINGS = frozenset({"window"})  # geometry, of no use to anybody

_READ_ME = """Phobos diagnostics {id}

report.html     open this in a browser; it needs no network
manifest.json   every file with its size, SHA-256 and schema
logs/*.xlog     read them with the log viewer: phobos viewer THIS.zip

Unless its sender chose otherwise, names, message texts, tokens and addresses are replaced by
[name-1], [text], [secret], [address-1]; the same number is the same name or address.

除非发送者另有选择，姓名、消息内容、令牌和地址已被替换为 [name-1]、[text]、[secret]、[address-1]；
相同的编号表示相同的姓名或地址。
"""


class ExportError(Exception):
    """The archive cannot be written; says why and what to do. Nothing is left behind.

    ``code`` is "full", "read_only", "no_folder", "is_folder" or "other".
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def new_id() -> str:
    """A correlation id that both ends can name, such as ``PH-7K2M-9QXD``."""
    letters = "".join(secrets.choice(_ALPHABET) for _ in range(8))
    return f"PH-{letters[:4]}-{letters[4:]}"


@dataclass(frozen=True, slots=True)
class ExportSource:
    """Where an export is made from.

    A running app gives its ``history`` (as in the file), what else it knows to be ``secret``, its
    ``recent`` log lines, and ``live`` facts; without them the profile's files are read alone. What
    is to be gathered in another process must be picklable.
    """

    profile: Profile
    history: Callable[[], dict[str, Any]] | None = None
    secret: Secrets = field(default_factory=Secrets)
    recent: Callable[[], bytes] | None = None
    live: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Choices:
    """What the person chose. ``plain`` leaves the logs readable for everybody.

    ``keys`` are private keys (64 hex digits) that open encrypted logs. ``language`` ("en", "zh") is
    the report's.
    """

    keep: Keep = field(default_factory=Keep)
    note: str = ""
    plain: bool = False
    keys: tuple[str, ...] = ()
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Item:
    """One file of the archive. ``shown`` is what a preview shows of it, decoded."""

    name: str
    data: bytes
    shown: str
    chosen: bool = True
    locked: bool = False  # encrypted: nobody can look into it here
    problem: str = ""
    unsearched: bool = False  # nobody could tell which names and messages to take out of it

    @property
    def kind(self) -> str:
        """The name for files of a fixed one, "log" for logs."""
        return "log" if self.name.startswith("logs/") else self.name


@dataclass(slots=True)
class Bundle:
    """Everything of one export, before it is written."""

    id: str
    created: float
    items: list[Item]
    manifest: dict[str, Any]
    language: str
    typed: Secrets  # what a note must not hold

    def set_note(self, text: str) -> None:
        """Put a note in, as it was typed but for what lets one in; an empty one is none."""
        self.items = [item for item in self.items if item.name != NOTE]
        if text.strip():
            guard = Redactor(self.typed, Keep(names=True, texts=True, addresses=True))
            self.items.insert(0, _text(NOTE, guard.text(text.strip()) + "\n"))

    def chosen(self) -> list[Item]:
        """The files that will be written, the report and the manifest made for just these."""
        items = [item for item in self.items if item.chosen]
        items.append(_text(REPORT, self._report(items)))
        files = [
            {
                "name": item.name,
                "bytes": len(item.data),
                "sha256": hashlib.sha256(item.data).hexdigest(),
                **({"problem": item.problem} if item.problem else {}),
            }
            for item in items
        ]
        return [
            _text(READ_ME, _READ_ME.format(id=self.id)),
            *items,
            _json(MANIFEST, {**self.manifest, "files": files}),
        ]

    def choose(self, name: str, chosen: bool) -> None:
        """Take a file in, or leave it out."""
        self.items = [
            replace(item, chosen=chosen) if item.name == name else item for item in self.items
        ]

    def _report(self, items: list[Item]) -> str:
        parts = {item.name: json.loads(item.data) for item in items if item.name.endswith(".json")}
        note = next((item.shown for item in items if item.name == NOTE), "")
        return report(
            id=self.id,
            created=self.created,
            note=note,
            history=parts.get(HISTORY, {}),
            diagnoses=parts.get(DIAGNOSES, {}).get("diagnoses", []),
            system=parts.get(SYSTEM, {}),
            logs=[(item.name, len(item.data)) for item in items if item.kind == "log"],
            language=self.language,
        )

    @property
    def file_name(self) -> str:
        """What to call the archive."""
        return f"phobos-diagnostics-{self.id}.zip"


def gather(
    source: ExportSource,
    choices: Choices,
    *,
    id: str = "",
    cancelled: Callable[[], bool] = lambda: False,
) -> Bundle:
    """Read and redact everything; ``cancelled`` is asked now and then and ends it early.

    Raises :class:`xlog.errors.BadPrivateKeyError` for a key that is none.
    """
    keys = KeyRing(choices.keys)
    history = (
        source.history() if source.history else read_history(source.profile.folder / FILE_NAME)
    )
    known = _all_secrets(source)
    known.hosts |= hosts_in(history) | hosts_in(source.live)
    redactor = Redactor(known, choices.keep, vocabulary(), module_names())
    found = redactor.json(history)
    diagnoses = found.pop("diagnoses", [])
    settings = read_settings(source.profile.settings)
    for section in _NO_SETTINGS:
        settings.pop(section, None)
    created = datetime.datetime.now(datetime.UTC).timestamp()
    items = [
        _json(HISTORY, found),
        _json(DIAGNOSES, {"schema": "phobos-diagnoses/1", "diagnoses": diagnoses}),
        _json(NETWORK, {"schema": "phobos-network/1", **redactor.json(_network(source))}),
        _json(SYSTEM, {"schema": "phobos-system/1", **redactor.json({**facts(), **source.live})}),
        _json(SETTINGS, {"schema": "phobos-settings/1", **redactor.json(settings)}),
    ]
    logs = _logs(source, choices, settings, redactor, keys, cancelled)
    items += _unsearched(logs, known.unread) if known.unread else logs
    id = id or new_id()
    manifest = {
        "schema": SCHEMA,
        "id": id,
        "created": created,
        "phobos": facts()["phobos"],
        "kept": [name for name in Keep.__slots__ if getattr(choices.keep, name)],
    }
    typed = Secrets(tokens=known.tokens, passwords=known.passwords)
    bundle = Bundle(id, created, items, manifest, choices.language, typed)
    bundle.set_note(choices.note)
    return bundle


def _all_secrets(source: ExportSource) -> Secrets:
    known = secrets_of(source.profile)
    for kind in Secrets.__slots__:
        getattr(known, kind).update(getattr(source.secret, kind))
    return known


def _network(source: ExportSource) -> dict[str, Any]:
    """What netcore has learned of addresses and heartbeats: the JSON files of its folder."""
    folder = source.profile.folder / "network"
    return {path.stem: load_json(path) for path in sorted(folder.glob("*.json"))}


def _logs(
    source: ExportSource,
    choices: Choices,
    settings: dict[str, dict[str, Any]],
    redactor: Redactor,
    keys: KeyRing,
    cancelled: Callable[[], bool],
) -> list[Item]:
    flush_all()
    public_key = None if choices.plain else _public_key(settings)
    found: list[export_logs.Log] = []
    room = export_logs.MAX_TEXT
    for path in export_logs.log_files(source.profile.logs):
        if cancelled() or room <= 0:
            break
        log = export_logs.export_log(
            path, redactor, keys=keys, public_key=public_key, room=room, cancelled=cancelled
        )
        if log is not None:
            found.append(log)
            room -= log.size or len(log.data)
    if source.recent is not None and any(log.locked for log in found):
        text = source.recent()
        if text:
            name = "phobos_recent.xlog"
            found.insert(0, export_logs.make_log(name, text, redactor, public_key))
    return [
        Item(
            f"logs/{log.name}",
            log.data,
            log.text,
            chosen=bool(log.data) and not log.locked,
            locked=log.locked,
            problem=log.problem,
        )
        for log in found
    ]


def _unsearched(logs: list[Item], unread: set[str]) -> list[Item]:
    """The logs, left out unless the person wants them: what they may tell is not known."""
    why = f"not searched for names and messages: {', '.join(sorted(unread))} cannot be read"
    return [
        item
        if item.locked
        else replace(
            item,
            chosen=False,
            unsearched=True,
            problem="; ".join(filter(None, (item.problem, why))),
        )
        for item in logs
    ]


def _public_key(settings: dict[str, dict[str, Any]]) -> bytes | None:
    key = str(settings.get("log", {}).get("public_key", ""))
    try:
        return parse_public_key(key) if key else None
    except XlogError:
        return None


def _text(name: str, text: str) -> Item:
    return Item(name, text.encode("utf-8", "backslashreplace"), text)


def _json(name: str, value: Any) -> Item:
    # A lone surrogate becomes its own JSON escape.
    return _text(name, json.dumps(value, ensure_ascii=False, indent=1))


def write(bundle: Bundle, target: Path) -> None:
    """Write the archive: under a temporary name, then renamed, so there is all of it or nothing.

    Raises :class:`ExportError`.
    """
    items = bundle.chosen()
    try:
        with (
            whole_file(target, sync=True) as file,
            zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive,
        ):
            for item in items:
                archive.writestr(_entry(item, bundle.created), item.data)
    except OSError as error:
        raise ExportError(*_advice(error, target)) from error
    except ValueError as error:  # a name that no system takes
        raise ExportError("other", f"{target} cannot be written: {error}") from error
    _log.info("diagnostics %s written, %d files", bundle.id, len(items))


def _entry(item: Item, created: float) -> zipfile.ZipInfo:
    when = datetime.datetime.fromtimestamp(created, datetime.UTC)
    entry = zipfile.ZipInfo(item.name, when.timetuple()[:6])
    entry.compress_type = (
        zipfile.ZIP_STORED if item.name.endswith(".xlog") else zipfile.ZIP_DEFLATED
    )
    entry.external_attr = 0o600 << 16
    return entry


def _advice(error: OSError, target: Path) -> tuple[str, str]:
    folder = target.parent
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return "full", f"the disk of {folder} is full; free some space or choose another folder"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return "read_only", f"{folder} cannot be written; choose another folder"
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        return "no_folder", f"there is no folder {folder}; choose another"
    if error.errno in (errno.EISDIR, errno.ENOTEMPTY, errno.EEXIST):
        return "is_folder", f"{target} is a folder; give the name of a file"
    return "other", f"{target} cannot be written: {error.strerror or error}"


def total_size(items: Iterable[Item]) -> int:
    """Bytes of some files together, before they are packed."""
    return sum(len(item.data) for item in items)
