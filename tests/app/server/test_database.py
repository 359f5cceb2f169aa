"""The file, its transactions, and a disk that is full."""

from __future__ import annotations

import sqlite3

import pytest

from app.server.early import Draft
from tests.app.server.world import World


def test_a_transaction_is_all_or_nothing(world):
    with pytest.raises(RuntimeError), world.database.transaction():
        world.database.next_revision()
        raise RuntimeError
    before = world.database.revision()
    with world.database.transaction():
        assert world.database.next_revision() == before + 1


def test_a_full_disk_loses_the_message_alone(world):
    """The store refuses to grow, as on a full disk, and works on when there is room again."""
    account = world.accounts.add("Ada", "hash")
    _, sender = world.accounts.log_in(account, "d")
    pages = world.database.one("PRAGMA page_count")[0]
    world.database.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(sqlite3.OperationalError, match="full"):
        for number in range(100):
            text = "x" * 4000
            world.messages.add([Draft("0", str(number), text, b"", sender)])
    kept, _ = world.messages.page("0", account.id, limit=1000)
    world.database.execute("PRAGMA max_page_count = 1000000")
    (info,) = world.messages.add([Draft("0", "last", "there is room", b"", sender)])
    assert info.seq == len(kept) + 1


def test_a_store_opened_again_is_the_same(world, tmp_path):
    server_id, revision = world.database.server_id, world.database.revision()
    world.database.close()
    again = World(tmp_path)
    assert (again.database.server_id, again.database.revision()) == (server_id, revision)
    again.database.close()


def test_the_transactions_of_a_batch_are_kept_together(world, tmp_path):
    before = world.database.revision()
    with world.database.batch():
        for _ in range(3):
            with world.database.transaction():
                world.database.next_revision()
        with pytest.raises(RuntimeError), world.database.transaction():
            world.database.next_revision()
            raise RuntimeError
    assert world.database.revision() == before + 3
    with pytest.raises(RuntimeError), world.database.batch():
        with world.database.transaction():
            world.database.next_revision()
        raise RuntimeError
    assert world.database.revision() == before + 3
    with world.database.batch():
        pass
    with world.database.transaction():
        assert world.database.next_revision() == before + 4


def test_a_batch_that_sqlite_has_undone_is_no_success(world):
    before = world.database.revision()
    with pytest.raises(sqlite3.OperationalError, match="undone"), world.database.batch():
        with world.database.transaction():
            world.database.next_revision()
        world.database.execute("ROLLBACK")  # as SQLite does by itself when a disk is full
        with world.database.transaction():
            world.database.next_revision()
    assert world.database.revision() == before
