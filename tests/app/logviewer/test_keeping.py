"""Keys, settings, times and exports."""

import csv
import io
import json
import os
import queue
import stat
import threading
from pathlib import Path

import pytest

from app.logviewer.export import ExportFormat, export, lines
from app.logviewer.keys import FileVault, KeyStoreError, NamedKeys, SystemVault, find_vault
from app.logviewer.query import Pattern, Query
from app.logviewer.settings import RECENT_MAX, Bookmark, Rule, ViewerSettings
from app.logviewer.times import parse_time, time_field_text
from xlog.errors import BadPrivateKeyError
from xlog.record import Level

from .logs import PRIVATE, WRONG, line, store_of


class Backend:
    """A system's keyring."""

    name = "Test keyring"
    priority = 5

    def __init__(self) -> None:
        self.kept: dict = {}
        self.locked = False

    def get_password(self, service, entry):
        if self.locked:
            raise RuntimeError("the keyring is locked")
        return self.kept.get((service, entry))

    def set_password(self, service, entry, text):
        if self.locked:
            raise RuntimeError("the keyring is locked")
        self.kept[service, entry] = text


def test_keys_are_kept_in_the_system_keyring_under_their_names() -> None:
    backend = Backend()
    keys = NamedKeys(SystemVault(backend))
    keys.add("release", PRIVATE)
    keys.add("", WRONG)
    again = NamedKeys(SystemVault(backend))
    assert [key.name for key in again.all()] == ["key 1", "release"]
    assert len(again.ring()) == 2 and again.secure
    again.remove("key 1")
    assert [key.name for key in NamedKeys(SystemVault(backend)).all()] == ["release"]


def test_a_keyring_that_is_locked_is_told_and_the_key_works_all_the_same() -> None:
    backend = Backend()
    keys = NamedKeys(SystemVault(backend))
    backend.locked = True
    with pytest.raises(KeyStoreError, match="locked"):
        keys.add("release", PRIVATE)
    assert len(keys.ring()) == 1
    assert "locked" in NamedKeys(SystemVault(backend)).error


def test_without_a_keyring_a_file_only_for_its_owner_keeps_them(tmp_path) -> None:
    vault = FileVault(tmp_path / "new" / "keys.json")
    NamedKeys(vault).add("release", PRIVATE)
    path = tmp_path / "new" / "keys.json"
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [key.private for key in NamedKeys(vault).all()] == [PRIVATE]
    assert not vault.secure and list(path.parent.iterdir()) == [path]


def test_a_damaged_key_file_is_told(tmp_path) -> None:
    (tmp_path / "keys.json").write_text("{")
    assert "damaged" in NamedKeys(FileVault(tmp_path / "keys.json")).error
    (tmp_path / "keys.json").write_text('{"a": "no key", "b": 5, "c": "' + PRIVATE + '"}')
    assert [key.name for key in NamedKeys(FileVault(tmp_path / "keys.json")).all()] == ["c"]


@pytest.mark.parametrize("text", ["", "12", "x" * 64, "0" * 64])
def test_what_is_no_key_is_refused(tmp_path, text) -> None:
    with pytest.raises(BadPrivateKeyError):
        NamedKeys(FileVault(tmp_path / "k")).add("", text)


def test_one_name_never_hides_another_key(tmp_path) -> None:
    keys = NamedKeys(FileVault(tmp_path / "k"))
    keys.add("mine", PRIVATE)
    keys.add("mine", WRONG)
    keys.add("mine", PRIVATE)
    assert [key.name for key in keys.all()] == ["mine", "mine 2"]


def test_a_key_never_shows_itself_by_chance() -> None:
    keys = NamedKeys(SystemVault(Backend()))
    assert PRIVATE not in repr(keys.add("mine", PRIVATE))


def test_a_keyring_that_fails_is_none(tmp_path, monkeypatch) -> None:
    import keyring

    backend = Backend()
    monkeypatch.setattr(keyring, "get_keyring", lambda: backend)
    assert find_vault(tmp_path).secure
    backend.locked = True
    assert not find_vault(tmp_path).secure


def test_settings_come_back_as_they_were_kept(tmp_path) -> None:
    settings = ViewerSettings.load(tmp_path)
    for number in range(RECENT_MAX + 3):
        settings.add_recent(f"/log{number}")
    settings.filters["errors"] = Query().with_level_from(4)
    settings.rules = [Rule(Pattern("x", regex=True), 2)]
    settings.set_mark(Bookmark("/a", 5, "five"))
    settings.set_mark(Bookmark("/a", 2, "two", "look here"))
    settings.note(Bookmark("/a", 5, "five"), "noted")
    assert settings.save()
    again = ViewerSettings.load(tmp_path)
    assert again.recent[0] == f"/log{RECENT_MAX + 2}" and len(again.recent) == RECENT_MAX
    assert (again.filters, again.rules) == (settings.filters, settings.rules)
    assert [(mark.ordinal, mark.note) for mark in again.marks_of("/a")] == [
        (2, "look here"),
        (5, "noted"),
    ]
    again.drop_mark("/a", 2)
    again.drop_mark("/a", 5)
    assert again.bookmarks == {}


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"rules": [1], "bookmarks": {"a": [2]}, "recent": 5, "filters": []}']
)
def test_damaged_settings_begin_afresh(tmp_path, text) -> None:
    (tmp_path / "viewer.json").write_text(text)
    settings = ViewerSettings.load(tmp_path)
    assert (settings.recent, settings.filters, settings.rules) == ([], {}, [])
    assert settings.bookmarks == {}
    assert (tmp_path / "viewer.damaged.json").exists() == (text == "{")


def test_settings_that_cannot_be_written_are_told(tmp_path) -> None:
    (tmp_path / "file").touch()
    assert not ViewerSettings(tmp_path / "file" / "viewer.json").save()


NEAR = 1_795_000_000_000  # 2026-11-18 11:06:40 UTC


@pytest.mark.parametrize(
    ("text", "zone", "whole"),
    [
        ("2026-11-24 14:35:02.880", 480, "2026-11-24 14:35:02.880"),
        ("2026-11-24", 0, "2026-11-24 00:00:00.000"),
        ("11-24 14:35", 0, "2026-11-24 14:35:00.000"),
        ("14:35:02,5", 480, "2026-11-18 14:35:02.500"),
        (" 9:05 ", -720, "2026-11-17 09:05:00.000"),
    ],
)
def test_times_are_read_as_people_write_them(text, zone, whole) -> None:
    assert time_field_text(parse_time(text, zone, NEAR), zone) == whole


@pytest.mark.parametrize("text", ["", "now", "25:00", "2026-13-01", "14", "02-30 10:00"])
def test_what_is_no_time_is_none(text) -> None:
    assert parse_time(text, 0, NEAR) is None


STORE = store_of(line('say "hi", 你好\nsecond', 0.25, Level.ERROR) + line("=1+1", 1))


def test_rows_are_written_as_the_text_of_the_log() -> None:
    text = "".join(lines(STORE, [0, 1], STORE.reader(), ExportFormat.TEXT))
    assert text == (line('say "hi", 你好\nsecond', 0.25, Level.ERROR) + line("=1+1", 1)).decode()


def test_rows_are_written_as_json_lines() -> None:
    rows = [
        json.loads(text) for text in lines(STORE, [0, 1], STORE.reader(), ExportFormat.JSON_LINES)
    ]
    assert rows[0] == {
        "time": "2026-11-18T19:06:40.250+08:00",
        "level": "error",
        "file": "log0",
        "thread": "42, 7",
        "tag": "net",
        "place": "link.py:3, run",
        "message": 'say "hi", 你好\nsecond',
    }


def test_rows_are_written_as_csv_that_no_spreadsheet_runs() -> None:
    text = "".join(lines(STORE, [0, 1], STORE.reader(), ExportFormat.CSV))
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [row["message"] for row in rows] == ['say "hi", 你好\nsecond', "'=1+1"]


def test_an_export_is_whole_or_not_there(tmp_path) -> None:
    path = tmp_path / "out.txt"
    assert not export(STORE, [0, 1], path, ExportFormat.TEXT, lambda done: False)
    assert list(tmp_path.iterdir()) == []
    assert export(STORE, [1], path, ExportFormat.TEXT)
    assert path.read_text("utf-8") == line("=1+1", 1).decode()
    with pytest.raises(OSError):
        export(STORE, [0], tmp_path / "no" / "out.txt", ExportFormat.TEXT)


def test_a_keyring_that_takes_its_time_holds_no_window_up() -> None:
    go_on = threading.Event()

    class Slow(FileVault):
        def read(self):
            go_on.wait(20)
            return json.dumps({"mine": "1" * 64})

    keys = NamedKeys(lambda: Slow(Path("/nowhere")))
    reading = keys._reading
    assert reading is not None
    assert reading.is_alive()
    go_on.set()
    assert [key.name for key in keys.all()] == ["mine"]
    assert keys.error == ""
    assert len(keys.ring()) == 1


def test_a_key_is_kept_in_a_thread_and_what_fails_is_told(tmp_path) -> None:
    told: queue.SimpleQueue[str] = queue.SimpleQueue()
    keys = NamedKeys(FileVault(tmp_path / "keys.json"))
    keys.add("one", "1" * 64, told.put)
    keys.add("two", "2" * 64, told.put)
    keys.remove("one", told.put)
    assert [told.get(timeout=20) for _ in range(3)] == ["", "", ""]
    assert [key.name for key in NamedKeys(FileVault(tmp_path / "keys.json")).all()] == ["two"]

    (tmp_path / "file").touch()
    keys = NamedKeys(FileVault(tmp_path / "file" / "keys.json"))
    keys.add("three", "3" * 64, told.put)
    assert "keys.json" in told.get(timeout=20)
    assert len(keys) == 1  # it can be used all the same
