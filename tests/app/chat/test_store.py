"""The local store: spans, the outbox, damage, disks that are full."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.chat import schema
from app.chat.errors import ChatError
from app.chat.model import Account, Message, MessageState
from app.chat.proto import chat_pb2 as pb
from app.chat.store import MessageRange, Store

ADA = Account("Ada", "s1")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "王 小明" / "chat.sqlite3"


@pytest.fixture
def store(path):
    made = Store(path)
    made.use_account(ADA)
    made.put_conversations([conversation("c")])
    yield made
    made.close()


def conversation(id: str, last: int = 0, **more) -> pb.ConversationInfo:
    more.setdefault("members", ["Ada", "Bob"])
    return pb.ConversationInfo(id=id, last_seq=last, **more)


def messages(*numbers: int, sender: str = "Bob", client_id: str = "") -> list[pb.MessageInfo]:
    return [
        pb.MessageInfo(
            conversation_id="c", seq=number, sender=sender, client_id=client_id,
            text=f"text {number}", time_ms=number * 1000,
        )
        for number in numbers
    ]  # fmt: skip


def waiting(client_id: str, text: str = "hello", time: float = 5.0) -> Message:
    return Message(client_id, "c", None, "Ada", text, time, MessageState.WAITING)


def numbers(store: Store, before: int | None = None, limit: int = 100) -> list[int | None]:
    return [message.seq for message in store.messages("c", before, limit)]


def test_messages_that_come_in_order_extend_what_is_here(store) -> None:
    for number in (1, 2, 3):
        (new,) = store.put_messages("c", messages(number))
        assert new.state is MessageState.RECEIVED
    assert store.span("c") == MessageRange(1, 3, 3)
    assert store.put_messages("c", messages(2)) == []  # once is enough
    assert numbers(store) == [1, 2, 3]


def test_a_gap_stays_missing_until_it_is_filled(store) -> None:
    store.put_messages("c", messages(1))
    store.put_messages("c", messages(4))
    assert store.span("c") == MessageRange(1, 1, 4) and store.behind() == ["c"]
    store.put_messages("c", messages(2, 3), after=1, more=True)
    assert store.span("c") == MessageRange(1, 4, 4) and store.behind() == []


def test_the_newest_page_first_and_older_ones_on_request(store) -> None:
    store.put_conversations([conversation("c", 90)])
    store.put_messages("c", messages(*range(61, 91)), before=91, more=True)
    assert store.span("c") == MessageRange(61, 90, 90)
    store.put_messages("c", messages(*range(31, 61)), before=61, more=True)
    store.put_messages("c", messages(*range(1, 31)), before=31)
    assert store.span("c") == MessageRange(1, 90, 90)
    assert numbers(store, before=31, limit=3) == [28, 29, 30]


def test_after_a_long_absence_the_old_part_waits_below_a_gap_and_is_joined_later(store) -> None:
    store.put_messages("c", messages(1, 2, 3))
    store.put_conversations([conversation("c", 5000)])
    store.put_messages("c", messages(4999, 5000), before=5001, more=True)
    assert store.span("c") == MessageRange(4999, 5000, 5000)
    assert numbers(store) == [4999, 5000]
    store.put_messages("c", messages(*range(4, 4999)), before=4999, more=True)
    assert store.span("c") == MessageRange(1, 5000, 5000)


def test_a_server_that_has_nothing_after_all_ends_the_asking(store) -> None:
    store.put_messages("c", messages(1))
    store.put_conversations([conversation("c", 9)])
    store.put_messages("c", [], after=1)
    assert store.behind() == []


@settings(max_examples=60, deadline=None)
@given(st.permutations(list(range(1, 13))))
def test_whatever_the_order_of_arrival_everything_is_here_once(tmp_path_factory, order) -> None:
    store = Store(tmp_path_factory.mktemp("store") / "chat.sqlite3")
    store.use_account(ADA)
    store.put_conversations([conversation("c")])
    for at, number in enumerate(order):
        store.put_messages("c", messages(number))
        have = set(order[: at + 1])
        top = next(n for n in range(1, 15) if n not in have) - 1
        assert store.span("c") == MessageRange(1 if top else 0, top, max(have))
    assert numbers(store) == list(range(1, 13))
    store.close()


def test_an_unsent_message_is_the_newest_and_survives_reopening(store, path) -> None:
    store.put_messages("c", messages(1))
    store.add_waiting(waiting("m1"))
    store.add_waiting(waiting("m2", "second"))
    store.close()
    again = Store(path)
    again.use_account(ADA)
    assert [message.client_id for message in again.unsent()] == ["m1", "m2"]
    assert again.conversation("c").last_text == "second"
    assert numbers(again) == [1, None, None]
    again.close()


def test_the_outbox_is_on_disk_before_add_returns(store, path) -> None:
    store.add_waiting(waiting("m1"))
    with sqlite3.connect(path) as other:
        assert other.execute("SELECT client_id FROM messages").fetchall() == [("m1",)]
    other.close()


def test_an_answer_gives_a_message_its_number_and_the_servers_time(store) -> None:
    store.add_waiting(waiting("m1"))
    sent = store.mark_sent("m1", 1, 99.0)
    assert (sent.seq, sent.time, sent.state) == (1, 99.0, MessageState.SENT)
    assert store.span("c") == MessageRange(1, 1, 1) and store.unsent() == []
    assert store.mark_sent("never heard of", 2, 0.0) is None


def test_a_push_of_our_own_message_completes_it_and_the_answer_changes_nothing(store) -> None:
    store.add_waiting(waiting("m1"))
    (told,) = store.put_messages("c", messages(1, sender="Ada", client_id="m1"))
    assert (told.client_id, told.state) == ("m1", MessageState.SENT)
    store.mark_sent("m1", 1, 1.0)
    assert numbers(store) == [1]


def test_an_answer_that_comes_before_what_others_wrote_leaves_a_gap(store) -> None:
    store.put_messages("c", messages(1))
    store.add_waiting(waiting("m1"))
    store.mark_sent("m1", 3, 1.0)
    assert store.span("c") == MessageRange(1, 1, 3)
    store.put_messages("c", messages(2))
    assert store.span("c") == MessageRange(1, 3, 3)


def test_a_failed_message_says_why_and_waits_at_the_end_when_tried_again(store) -> None:
    for client_id in ("m1", "m2"):
        store.add_waiting(waiting(client_id))
    failed = store.mark_unsent("m1", MessageState.FAILED, "too_long")
    assert (failed.state, failed.error) == (MessageState.FAILED, "too_long")
    assert [message.client_id for message in store.unsent()] == ["m2"]
    store.mark_unsent("m1", MessageState.WAITING)
    assert [message.client_id for message in store.unsent()] == ["m2", "m1"]


def test_unread_counts_what_others_wrote_after_the_mark(store) -> None:
    store.put_conversations([conversation("c", 2, read_seq=2)])
    store.put_messages("c", messages(3, 4))
    store.put_messages("c", messages(5, sender="Ada"))
    assert store.conversation("c").unread == 2
    assert store.mark_read("c") and not store.mark_read("c")
    assert store.conversation("c").unread == 0 and store.unread_marks() == [("c", 5)]
    store.told_read("c", 5)
    assert store.unread_marks() == []


def test_unread_counts_what_is_not_here_yet(store) -> None:
    store.put_conversations([conversation("c", 40, read_seq=10)])
    assert store.conversation("c").unread == 30
    store.put_messages("c", messages(*range(21, 41)), before=41, more=True)
    assert store.conversation("c").unread == 30


def test_a_read_mark_never_goes_back(store) -> None:
    store.put_conversations([conversation("c", 9, read_seq=9)])
    store.put_conversations([conversation("c", 9, read_seq=4)])
    assert store.conversation("c").read_seq == 9


def test_titles_come_from_the_others_where_nobody_chose_one(store) -> None:
    store.put_conversations(
        [
            conversation("d"),
            conversation("g", kind=pb.GROUP, members=["ada", "Bob", "王小明"]),
            conversation("t", kind=pb.GROUP, title="Rocket"),
            conversation("p", kind=pb.PUBLIC, members=[]),
        ]
    )
    titles = {each.id: each.title for each in store.conversations()}
    assert titles == {"c": "Bob", "d": "Bob", "g": "Bob, 王小明", "t": "Rocket", "p": "p"}


def test_each_account_sees_its_own_and_finds_it_again(store) -> None:
    store.add_waiting(waiting("m1"))
    store.use_account(Account("Bob", "s1"))
    assert store.conversations() == [] and store.unsent() == [] and store.revision == 0
    store.use_account(Account("Ada", "another server"))
    assert store.conversations() == []
    store.use_account(Account("ADA", "s1"))  # case does not count in names
    assert [message.client_id for message in store.unsent()] == ["m1"]


def test_the_revision_is_kept_with_what_belongs_to_it(store) -> None:
    store.put_conversations([conversation("d")], 17)
    assert store.revision == 17


@pytest.mark.skipif(os.name == "nt", reason="modes are POSIX's")
def test_only_the_owner_may_read_it(store, path) -> None:
    for file in path.parent.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file.name


# --- damage


def damage(path, content: bytes) -> None:
    for side in ("-wal", "-shm"):
        path.with_name(path.name + side).unlink(missing_ok=True)
    path.write_bytes(content)


@pytest.mark.parametrize("content", [b"x" * 9000, b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_damaged_file_is_set_aside_and_begun_anew(path, content) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    store = Store(path)
    assert store.reset_to is not None and store.reset_to.read_bytes() == content
    store.use_account(ADA)
    store.put_conversations([conversation("c")])
    store.close()


def test_an_empty_file_is_a_new_one(path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"")
    store = Store(path)
    assert store.reset_to is None
    store.close()


def test_somebody_elses_database_and_a_later_format_are_set_aside(path) -> None:
    path.parent.mkdir()
    for script in ("CREATE TABLE x (y); PRAGMA user_version = 1", "PRAGMA user_version = 99"):
        with sqlite3.connect(path) as other:
            other.executescript(script)
        other.close()
        store = Store(path)
        store.use_account(ADA)
        assert len(list(path.parent.glob("chat.damaged-*.sqlite3"))) >= 1
        store.close()
        path.unlink()


def test_a_store_of_the_first_format_is_brought_up_to_date_and_keeps_everything(path) -> None:
    store = Store(path)
    store.use_account(ADA)
    store.put_conversations([conversation("c")])
    store.put_messages("c", messages(1, 2, 3))
    store.add_waiting(waiting("m1", "not lost"))
    store.close()
    with sqlite3.connect(path) as db:
        db.executescript(
            "DROP TRIGGER search_insert; DROP TRIGGER search_delete; DROP TRIGGER search_update;"
            " DROP TABLE search; DROP TABLE search_rows;"
            " DROP INDEX messages_sent; CREATE INDEX messages_received ON messages"
            " (account, conversation_id, seq) WHERE state = 'received' AND seq IS NOT NULL;"
            " ALTER TABLE accounts DROP COLUMN seen; ALTER TABLE accounts DROP COLUMN epoch;"
            " ALTER TABLE conversations DROP COLUMN doubt;"
            " ALTER TABLE messages DROP COLUMN content; PRAGMA user_version = 1"
        )
    db.close()
    for _ in range(2):
        store = Store(path)
        assert store.reset_to is None
        store.use_account(ADA)
        assert len(store.messages("c", None, 10)) == 4
        assert [message.text for message in store.unsent()] == ["not lost"]
        store.close()
    with sqlite3.connect(path) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (schema.VERSION,)
        names = {row[0] for row in db.execute("SELECT name FROM sqlite_master")}
    db.close()
    assert "messages_sent" in names and "messages_received" not in names


def broken_in_the_middle(path) -> None:
    """A good store whose index of messages is overwritten, the rest of it whole."""
    store = Store(path)
    store.use_account(ADA)
    store.put_conversations([conversation("c")])
    store.add_waiting(waiting("m1", "not lost"))
    for first in range(1, 2000, 100):
        store.put_messages("c", messages(*range(first, first + 100)))
    store.close()
    with sqlite3.connect(path) as db:
        (root,) = db.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'messages_by_seq'"
        ).fetchone()
        (size,) = db.execute("PRAGMA page_size").fetchone()
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    with path.open("r+b") as file:
        file.seek((root - 1) * size)
        file.write(b"\xa5" * size)


def test_what_was_to_be_sent_is_taken_over_from_a_damaged_file(path) -> None:
    broken_in_the_middle(path)
    store = Store(path)
    assert store.reset_to is not None
    store.use_account(ADA)
    assert [message.text for message in store.unsent()] == ["not lost"]
    store.close()


def test_damage_that_shows_in_use_is_mended_in_use(path, monkeypatch) -> None:
    monkeypatch.setattr("app.chat.database.CHECKED_SIZE", 0)
    broken_in_the_middle(path)
    store = Store(path)
    told = []
    store.on_reset = told.append
    store.use_account(ADA)
    assert store.messages("c", None, 10)[-1].text == "not lost"
    assert len(told) == 1 and told[0].exists()
    assert store.account == ADA and [m.text for m in store.unsent()] == ["not lost"]
    store.close()


# --- a disk that will not take it


def test_a_full_disk_is_told_and_loses_nothing_that_was_there(store) -> None:
    store.add_waiting(waiting("m1"))
    pages = store._database.read("PRAGMA page_count")[0][0]
    store._database.read(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(ChatError) as refused:
        store.add_waiting(waiting("m2", "x" * 500_000))
    assert refused.value.code == "storage"
    assert [message.client_id for message in store.unsent()] == ["m1"]
    store._database.read("PRAGMA max_page_count = 1000000")
    store.add_waiting(waiting("m3"))
    assert [message.client_id for message in store.unsent()] == ["m1", "m3"]


def test_a_store_that_cannot_be_written_is_told(store) -> None:
    store._database.read("PRAGMA query_only = 1")
    with pytest.raises(ChatError) as refused:
        store.add_waiting(waiting("m1"))
    assert refused.value.code == "storage"


def test_a_folder_that_is_a_file_is_told(tmp_path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ChatError) as refused:
        Store(tmp_path / "file" / "chat.sqlite3")
    assert refused.value.code == "storage"
    with pytest.raises(ChatError):
        (tmp_path / "folder.sqlite3").mkdir()
        Store(tmp_path / "folder.sqlite3")


def test_a_closed_store_says_so(store) -> None:
    store.close()
    with pytest.raises(ChatError):
        store.unsent()


def test_the_columns_of_a_message_are_the_models(store) -> None:
    assert schema.MESSAGE.replace(" ", "").split(",") == list(Message.__slots__)


# --- SIGKILL

_WRITER = """
import sys
from pathlib import Path
from app.chat.model import Account, Message, MessageState
from app.chat.store import Store

store = Store(Path(sys.argv[1]))
store.use_account(Account("Ada", "s1"))
for number in range(1_000_000):
    store.add_waiting(Message(f"m{number}", "c", None, "Ada", "x" * 200, 1.0, MessageState.WAITING))
    print(number, flush=True)
"""


@pytest.mark.parametrize("after", [1, 40, 300])
def test_what_was_kept_when_add_returned_survives_a_kill(path, after) -> None:
    writer = subprocess.Popen(
        [sys.executable, "-c", _WRITER, str(path)], stdout=subprocess.PIPE, text=True
    )
    for _ in range(after):
        writer.stdout.readline()
    writer.kill()
    said = [after - 1, *(int(line) for line in writer.stdout if line.endswith("\n"))]
    writer.wait()
    writer.stdout.close()
    store = Store(path)
    assert store.reset_to is None
    store.use_account(ADA)
    kept = [message.client_id for message in store.unsent()]
    assert kept == [f"m{number}" for number in range(len(kept))]
    assert len(kept) > said[-1]
    store.close()
