"""The index beside the messages: what is found, and that no way of writing misses it."""

from __future__ import annotations

import sqlite3
from datetime import datetime

import pytest

from app.chat.errors import ChatError
from app.chat.model import Account, Message, MessageState
from app.chat.proto import chat_pb2 as pb
from app.chat.search import SearchFilter, parse
from app.chat.store import Store

EVERYTHING = SearchFilter()


@pytest.fixture
def store(tmp_path):
    made = Store(tmp_path / "chat.sqlite3")
    made.use_account(Account("Ada", "s1"))
    made.put_conversations([pb.ConversationInfo(id=i, members=["Ada", "Bob"]) for i in "cd"])
    yield made
    made.close()


def put(store: Store, texts: list[str], conversation_id: str = "c", sender: str = "Bob") -> None:
    infos = [
        pb.MessageInfo(
            conversation_id=conversation_id, seq=n, sender=sender, text=text, time_ms=n * 1000
        )
        for n, text in enumerate(texts, 1)
    ]
    store.put_messages(conversation_id, infos, after=0)


def found(store: Store, asked: str, within: SearchFilter = EVERYTHING) -> list[str]:
    return [message.text for message in store.searcher()(asked, within)]


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        ("发射", ["火箭发射了"]), ("火箭发射", ["火箭发射了"]), ("了", ["火箭发射了"]),
        ("箭射", []),
        ("cafe", ["Le Ｃａｆé"]), ("CAF", ["Le Ｃａｆé"]), ("afe", []), ("le café", ["Le Ｃａｆé"]),
        ("hello 🚀", ["hello 🚀"]), ("hello launch", []), ("", []), ('" OR *', []),
    ],
)  # fmt: skip
def test_words_of_any_script_are_found(store, asked, wanted) -> None:
    put(store, ["火箭发射了", "Le Ｃａｆé", "hello 🚀"])
    assert found(store, asked) == wanted


def test_the_newest_come_first_whenever_they_were_fetched(store) -> None:
    infos = [
        pb.MessageInfo(conversation_id="c", seq=n, sender="Bob", text=f"word {n}", time_ms=n * 1000)
        for n in range(1, 9)
    ]
    store.put_messages("c", infos[4:], before=100, more=True)
    store.put_messages("c", infos[:4], before=5)
    assert found(store, "word") == [f"word {n}" for n in range(8, 0, -1)]


def test_what_is_written_is_found_while_it_waits_and_once_after(store) -> None:
    store.add_waiting(Message("m1", "c", None, "Ada", "not sent yet", 5.0, MessageState.WAITING))
    assert found(store, "sent") == ["not sent yet"]
    store.mark_sent("m1", 1, 99.0)
    info = pb.MessageInfo(seq=1, sender="Ada", client_id="m1", text="not sent yet", time_ms=99_000)
    store.put_messages("c", [info])
    assert found(store, "sent") == ["not sent yet"]


def test_what_the_server_has_lost_is_found_no_more(store) -> None:
    put(store, ["kept", "lost"])
    store.go_back("c", 1, 2)
    assert found(store, "lost") == []
    assert found(store, "kept") == ["kept"]


def test_each_filter_leaves_out_what_it_should(store) -> None:
    put(store, ["word 1", "word 2", "word 3"])
    put(store, ["word in d"], "d", "Zoë OR tags:*")
    assert found(store, "word", SearchFilter(conversation_id="d")) == ["word in d"]
    assert found(store, "word", SearchFilter(sender="zoë or TAGS:*")) == ["word in d"]
    assert found(store, "", SearchFilter(sender="Zoë OR tags:*")) == ["word in d"]
    assert found(store, "word", SearchFilter("c", since=2.0, until=3.0)) == ["word 2"]
    assert found(store, "", SearchFilter(conversation_id="d")) == []


def test_another_account_of_the_profile_finds_nothing_of_it(store) -> None:
    put(store, ["secret"])
    store.use_account(Account("Eve", "s1"))
    assert found(store, "secret") == []
    assert found(store, "secret", SearchFilter(conversation_id="c")) == []


def test_messages_of_one_moment_and_of_impossible_times_are_all_found(store) -> None:
    times = [5, 5, 5, -(2**62), 2**62, 2**62]
    infos = [
        pb.MessageInfo(conversation_id="c", seq=n, sender="Bob", text="word", time_ms=time)
        for n, time in enumerate(times, 1)
    ]
    store.put_messages("c", infos, after=0)
    assert len(found(store, "word")) == len(times)


def test_the_index_agrees_with_the_messages_after_everything(store, tmp_path) -> None:
    put(store, ["one", "two", "three"])
    store.go_back("c", 1, 3)
    put(store, ["one", "other"])
    store.move("c", "d")
    db = sqlite3.connect(tmp_path / "chat.sqlite3")
    rows = db.execute("SELECT count(*) FROM messages").fetchone()
    assert db.execute("SELECT count(*) FROM search_rows").fetchone() == rows
    db.execute("INSERT INTO search (search) VALUES ('integrity-check')")
    db.close()


def test_a_store_that_cannot_be_read_is_an_error(store, tmp_path) -> None:
    ask = store.searcher()
    store.close()
    (tmp_path / "chat.sqlite3").unlink()
    with pytest.raises(ChatError, match="unable to open"):
        ask("word", EVERYTHING)


def test_what_is_typed_holds_filters() -> None:
    day = datetime(2026, 1, 31).astimezone().timestamp()
    assert parse("from:Alan big plans", "c") == ("big plans", SearchFilter("c", "Alan"))
    assert parse("来自：“王 小明” 发射") == ("发射", SearchFilter(sender="王 小明"))
    assert parse("after:2026-01-31 x") == ("x", SearchFilter(since=day))
    assert parse("before:2026-01-31 x") == ("x", SearchFilter(until=day))
    assert parse("after:tomorrow perform:x") == ("after:tomorrow perform:x", EVERYTHING)
