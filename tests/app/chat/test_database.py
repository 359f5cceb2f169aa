"""The guarded SQLite file: what is damage, what an error, and where a damaged file goes."""

import os
import sqlite3

import pytest

from app.chat import database
from app.chat.database import ChatDatabase
from app.chat.errors import ChatError

SCHEMA = "CREATE TABLE words (word TEXT NOT NULL);"


@pytest.fixture
def opened(tmp_path):
    found = ChatDatabase(tmp_path / "words.db", SCHEMA, 1)
    yield found
    found.close()


def test_a_closed_store_says_so_to_readers_and_writers(opened) -> None:
    opened.close()
    with pytest.raises(ChatError, match="the store is closed"):
        opened.read("SELECT word FROM words")
    with pytest.raises(ChatError, match="the store is closed"):
        opened.run(lambda db: db.execute("INSERT INTO words VALUES ('a')"))


def test_a_file_of_a_later_version_is_set_aside_whole(tmp_path) -> None:
    path = tmp_path / "words.db"
    later = sqlite3.connect(path)
    later.executescript("CREATE TABLE words (word); INSERT INTO words VALUES ('kept');")
    later.execute("PRAGMA user_version = 2")
    later.close()
    begun = ChatDatabase(path, SCHEMA, 1)
    assert begun.read("SELECT word FROM words") == []
    begun.close()
    (aside,) = begun.set_aside
    kept = sqlite3.connect(aside)
    assert kept.execute("SELECT word FROM words").fetchall() == [("kept",)]
    kept.close()


def test_files_damaged_in_one_second_get_names_of_their_own(opened, monkeypatch) -> None:
    monkeypatch.setattr(database.time, "strftime", lambda form: "20260102-030405")
    told = []
    opened.on_reset = told.append
    for _ in range(3):
        opened.run(lambda db: db.execute("DROP TABLE words"))
        assert opened.read("SELECT word FROM words") == []
    assert [path.name for path in told] == [
        "words.damaged-20260102-030405.db",
        "words.damaged-20260102-030405-2.db",
        "words.damaged-20260102-030405-3.db",
    ]
    assert told == opened.set_aside


def test_a_failure_that_a_new_file_does_not_mend_is_an_error(opened) -> None:
    with pytest.raises(ChatError, match="no such table: others") as caught:
        opened.run(lambda db: db.execute("INSERT INTO others VALUES (1)"))
    assert caught.value.code == "storage"
    with pytest.raises(ChatError, match="no such table: others"):
        opened.read("SELECT * FROM others")


def test_a_mistake_of_ours_is_not_taken_for_damage(opened) -> None:
    with pytest.raises(sqlite3.ProgrammingError):
        opened.read("SELECT word FROM words WHERE word = ?", ())
    assert opened.set_aside == []


def test_a_folder_in_the_files_place_is_an_error_not_damage(tmp_path) -> None:
    (tmp_path / "words.db").mkdir()
    with pytest.raises(ChatError) as caught:
        ChatDatabase(tmp_path / "words.db", SCHEMA, 1)
    assert caught.value.code == "storage"
    assert os.listdir(tmp_path) == ["words.db"]


def test_a_damaged_file_that_cannot_be_replaced_is_an_error(opened, monkeypatch) -> None:
    opened.run(lambda db: db.execute("DROP TABLE words"))

    def full(path, flags, mode=0o777):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(database.os, "open", full)
    with pytest.raises(ChatError, match="No space left on device"):
        opened.read("SELECT word FROM words")
    with pytest.raises(ChatError, match="the store is closed"):
        opened.read("SELECT word FROM words")
