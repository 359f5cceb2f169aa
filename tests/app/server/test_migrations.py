"""Stores that earlier versions wrote, opened by this one; make_old_store.py made the dumps."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

import pytest

from app.server import database as module
from app.server.accounts import Accounts
from app.server.database import FILE_NAME, Database
from app.server.messages import Messages
from app.server.upkeep import check

DUMPS = Path(__file__).parents[2] / "data" / "server_stores"


def columns(folder):
    """Every table's columns, whatever their order."""
    with contextlib.closing(sqlite3.connect(folder / FILE_NAME)) as file:
        tables = [name for (name,) in file.execute("SELECT name FROM sqlite_master ORDER BY name")]
        return {
            each: sorted(row[1:4] for row in file.execute(f"PRAGMA table_xinfo({each})"))
            for each in tables
            if not each.startswith("sqlite_")
        }


def test_every_earlier_format_has_a_store_here():
    found = {int(each.stem.removeprefix("format_")) for each in DUMPS.glob("*.sql")}
    assert found == set(range(1, module._VERSION + 1))


@pytest.mark.parametrize("number", range(1, module._VERSION + 1))
def test_a_store_of_an_earlier_version_becomes_one_of_this(tmp_path, number):
    old, new = tmp_path / "old", tmp_path / "new"
    old.mkdir()
    with contextlib.closing(sqlite3.connect(old / FILE_NAME)) as file:
        file.executescript((DUMPS / f"format_{number}.sql").read_text("utf-8"))
        assert file.execute("PRAGMA user_version").fetchone() == (number,)
    database = Database(old)
    ada = Accounts(database).find("ada")
    assert ada is not None and ada.password_hash == "hash of Ada's"
    page, more = Messages(database).page("c0", ada.id, limit=10)
    assert [(each.seq, each.text, each.content) for each in page] == [
        (1, "one", b""),
        (2, "二", b""),
    ]
    assert not more and database.revision() == 2
    database.close()
    Database(new).close()
    assert columns(old) == columns(new)
    assert check(old) == []
