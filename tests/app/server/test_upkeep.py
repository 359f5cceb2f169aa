"""Backups made while nobody and while many write; what a check finds; a backup put back."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import os
import socket
import sqlite3
import sys
import threading
from functools import partial

import pytest

from app.chat.proto import chat_pb2 as pb
from app.chat.protocol import Command
from app.server import __main__ as entry
from app.server import upkeep
from app.server.control import FILE_NAME as SOCKET
from app.server.control import ask
from app.server.database import FILE_NAME, Database
from app.server.upkeep import UpkeepError, back_up, check, copy_idle, restore
from tests.app.server.world import World
from tests.support.server_process import ServerProcess

BODY = b"a file" * 100
HASH = hashlib.sha256(BODY).digest()

needs_socket = pytest.mark.skipif(sys.platform == "win32", reason="a socket of Unix")


@pytest.fixture
def data(tmp_path):
    """A store with two accounts, two messages and a file, that nobody has open."""
    folder = tmp_path / "data"
    world = World(folder)
    ada, _ = world.sign_up("Ada")
    world.sign_up("Bob")
    answer, _ = world.ask(ada, Command.CREATE, pb.Create(members=["Bob"], client_id="c"))
    conversation = pb.ConversationInfo.FromString(answer.result).id
    world.ask(ada, Command.UPLOAD, pb.Upload(hash=HASH, size=len(BODY), data=BODY))
    for each in ("1", "2"):
        request = pb.Send(conversation_id=conversation, client_id=each, text=each)
        assert world.ask(ada, Command.SEND, request)[0].code == pb.OK
    world.database.close()
    return folder


@contextlib.contextmanager
def opened(folder):
    with contextlib.closing(sqlite3.connect(folder / FILE_NAME)) as database:
        yield database
        database.commit()


def messages(folder):
    with opened(folder) as database:
        return [text for (text,) in database.execute("SELECT text FROM messages ORDER BY seq")]


def backup_of(data, target):
    back_up(lambda at: copy_idle(data, at), data, target)
    return target


def test_a_backup_is_whole_good_and_for_its_user_alone(data, tmp_path):
    (data / "server.pem").write_text("a certificate")
    target = backup_of(data, tmp_path / "backup")
    assert check(target) == []
    assert messages(target) == ["1", "2"]
    assert (target / "bodies" / HASH.hex()[:2] / HASH.hex()).read_bytes() == BODY
    assert (target / "server.pem").read_text() == "a certificate"
    assert {each.name for each in target.iterdir()} == {FILE_NAME, "bodies", "server.pem"}
    if sys.platform != "win32":
        assert (target / FILE_NAME).stat().st_mode & 0o77 == 0


def test_a_backup_writes_over_nothing(data, tmp_path):
    target = backup_of(data, tmp_path / "backup")
    with pytest.raises(UpkeepError, match="is there already"):
        backup_of(data, target)
    (tmp_path / "other.partial").mkdir()
    with pytest.raises(UpkeepError, match="another backup is being made"):
        backup_of(data, tmp_path / "other")
    with pytest.raises(UpkeepError, match="there is no store"):
        backup_of(tmp_path / "none", tmp_path / "third")
    assert not (tmp_path / "third").exists()


def test_a_store_that_is_written_to_is_copied_as_of_one_moment(data, tmp_path, monkeypatch):
    """Two rows are changed together, again and again; a copy has both or neither."""
    database = Database(data)
    database.execute("CREATE TABLE pairs (left INTEGER, pad BLOB, right INTEGER)")
    with database.transaction():
        for _ in range(400):
            database.execute("INSERT INTO pairs VALUES (0, randomblob(8000), 0)")
    monkeypatch.setattr("app.server.database.COPY_PAGES", 8)
    ended = threading.Event()
    copying = threading.Thread(target=database.copy_to, args=(tmp_path / "copy", ended))
    copying.start()
    number = 0
    while copying.is_alive():
        number += 1
        with database.transaction():
            database.execute("UPDATE pairs SET left = ? WHERE rowid = 1", (number,))
            database.execute("UPDATE pairs SET right = ? WHERE rowid = 400", (number,))
    copying.join()
    database.close()
    assert number > 3
    with contextlib.closing(sqlite3.connect(tmp_path / "copy")) as copy:
        (left,) = copy.execute("SELECT left FROM pairs WHERE rowid = 1").fetchone()
        (right,) = copy.execute("SELECT right FROM pairs WHERE rowid = 400").fetchone()
        assert left == right
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_server_that_ends_gives_its_copy_up(data, tmp_path):
    database = Database(data)
    ended = threading.Event()
    ended.set()
    with pytest.raises(sqlite3.Error, match="the server ends"):
        database.copy_to(tmp_path / "copy", ended)
    database.close()


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ("DELETE FROM messages WHERE seq = 1", "has numbers up to 2, but 1 messages"),
        ("UPDATE conversations SET last_seq = 9", "has numbers up to 9, but 2 messages"),
        ("UPDATE messages SET account_id = 77", "is of account 77, which does not exist"),
        ("UPDATE members SET read_seq = 5", "up to 5, beyond its last message"),
        ("UPDATE conversations SET revision = 999", "has revision 999"),
        ("DELETE FROM accounts WHERE name = 'Bob'", "refers to one of accounts that is not there"),
        ("UPDATE bodies SET size = 1", "is missing or not whole"),
        ("DROP TABLE messages", "it is not a store of this server"),
    ],
)
def test_a_check_says_what_is_wrong_and_what_to_do(data, damage, said, capsys):
    assert check(data) == []
    with opened(data) as database:
        database.execute("PRAGMA foreign_keys = OFF")
        database.execute(damage)
    found = check(data)
    assert any(said in each.what for each in found), found
    assert all(each.advice for each in found)
    assert entry.main(["check", "--data", str(data)]) == entry.EXIT_FOUND
    assert said in capsys.readouterr().out


def test_a_file_that_is_no_database_is_found(data):
    (data / FILE_NAME).write_bytes(b"nothing of SQLite" * 1000)
    (found,) = check(data)
    assert "cannot be read" in found.what


def test_a_check_names_a_bounded_number(data):
    with opened(data) as database:
        for number in range(3 * upkeep.SHOWN):
            database.execute(
                "INSERT INTO messages VALUES ('x', ?, 77, 's', ?, 't', 0, x'')",
                (number, str(number)),
            )
    assert len(check(data)) <= 3 * upkeep.SHOWN


def test_a_backup_put_back_begins_an_epoch_and_keeps_the_old_store(data, tmp_path):
    backup = backup_of(data, tmp_path / "backup")
    world = World(data)
    epoch, server_id = world.database.epoch, world.database.server_id
    world.sign_up("Cid")
    revision = world.database.revision()
    world.database.close()
    aside = restore(backup, data)
    again = Database(data)
    assert again.server_id == server_id
    assert again.epoch != epoch
    assert not again.shares(epoch, revision + 1)
    assert [name for (name,) in again.execute("SELECT name FROM accounts")] == ["Ada", "Bob"]
    again.close()
    with opened(aside) as old:
        assert old.execute("SELECT count(*) FROM accounts").fetchone() == (3,)
    assert check(backup) == []


def test_an_old_wal_never_stands_beside_the_restored_store(data, tmp_path):
    """A damaged store with a -wal of its own: SQLite would write that into the new one."""
    backup = backup_of(data, tmp_path / "backup")
    (data / FILE_NAME).write_bytes(b"damaged" * 2000)
    (data / (FILE_NAME + "-wal")).write_bytes(b"newer")
    aside = restore(backup, data)
    assert not (data / (FILE_NAME + "-wal")).exists()
    assert (aside / FILE_NAME).read_bytes() == b"damaged" * 2000
    assert messages(data) == ["1", "2"]


def test_a_copy_of_files_is_no_backup(data, tmp_path):
    backup = backup_of(data, tmp_path / "backup")
    (backup / (FILE_NAME + "-wal")).write_bytes(b"")
    with pytest.raises(UpkeepError, match="not a backup"):
        restore(backup, data)


def test_a_store_in_use_is_neither_replaced_nor_checked(data, tmp_path):
    backup = backup_of(data, tmp_path / "backup")
    database = Database(data)
    with pytest.raises(UpkeepError, match="a server uses"):
        restore(backup, data)
    with pytest.raises(UpkeepError, match="a server uses"):
        check(data)
    database.close()
    assert not list(data.glob("replaced-*"))
    assert not list(data.glob("*.restored"))


def test_a_bad_backup_changes_nothing(data, tmp_path, capsys):
    backup = backup_of(data, tmp_path / "backup")
    with opened(backup) as database:
        database.execute("DELETE FROM messages WHERE seq = 1")
    before = (data / FILE_NAME).read_bytes()
    assert entry.main(["restore", str(backup), "--data", str(data)]) == entry.EXIT_DATA
    assert "is no good backup" in capsys.readouterr().err
    assert (data / FILE_NAME).read_bytes() == before


def test_a_backup_goes_into_an_empty_folder(data, tmp_path):
    backup = backup_of(data, tmp_path / "backup")
    assert restore(backup, tmp_path / "new") is None
    assert check(tmp_path / "new") == []


@needs_socket
async def test_a_running_server_is_backed_up_by_command(tmp_path):
    data, target = tmp_path / "data", tmp_path / "backup"
    async with ServerProcess(data, "--plain") as server:
        ada = await (await server.client()).sign_up("Ada")
        await (await (await server.client()).sign_up("Bob")).close()
        conversation = (await ada.create("Bob", client_id="c")).id
        sent = 0

        async def write():
            nonlocal sent
            while not done.is_set():
                await ada.send(conversation, "text", str(sent))
                sent += 1

        done = asyncio.Event()
        writing = asyncio.gather(write())
        code = await asyncio.to_thread(entry.main, ["--data", str(data), "backup", str(target)])
        done.set()
        await writing
        assert code == 0
        assert (data / SOCKET).stat().st_mode & 0o77 == 0
        with pytest.raises(UpkeepError, match="is there already"):
            await asyncio.to_thread(ask, data, {"command": "backup", "target": str(target)})
        await ada.close()
        assert await server.terminate() == 0
    assert not (data / SOCKET).exists()
    assert check(target) == []
    assert len(messages(target)) <= sent


@needs_socket
@pytest.mark.parametrize(
    "line", [b"\n", b"[]\n", b'{"command": "backup", "target": "x"}\n', b"x" * 100_000 + b"\n"]
)
async def test_a_wrong_command_ends_in_an_answer_or_a_closed_socket(tmp_path, line):
    async with ServerProcess(tmp_path, "--plain") as server:

        def talk():
            with socket.socket(socket.AF_UNIX) as link:
                link.settimeout(20)
                link.connect(str(tmp_path / SOCKET))
                with contextlib.suppress(OSError):
                    link.sendall(line)
                with contextlib.suppress(ConnectionError):
                    return link.makefile("rb").readline()
            return b""

        answer = await asyncio.to_thread(talk)
        assert answer == b"" or "error" in json.loads(answer)
        await (await (await server.client()).sign_up("Ada")).close()
        assert await server.terminate() == 0
    assert "Traceback" not in server.log


@pytest.mark.skipif(sys.platform == "win32", reason="Windows syncs no folders")
def test_what_is_said_to_be_done_is_on_the_disk(data, tmp_path, monkeypatch):
    target = tmp_path / "backup"
    synced = []
    real = os.fsync

    def note(handle):
        synced.append(os.readlink(f"/proc/self/fd/{handle}"))
        real(handle)

    if not os.path.isdir("/proc/self/fd"):
        pytest.skip("this system does not say which file a descriptor is of")
    monkeypatch.setattr(upkeep.os, "fsync", note)
    back_up(partial(copy_idle, data), data, target)
    assert f"{target}.partial/server.sqlite3" in synced
    assert synced[-2:] == [str(target), str(tmp_path)]
    synced.clear()
    restore(target, data)
    assert f"{data}/server.sqlite3.restored" in synced
    assert synced[-1] == str(data)
