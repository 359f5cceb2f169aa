"""The session against a real demo server in this process."""

from __future__ import annotations

import asyncio
import random
import shutil
import sqlite3

import pytest

from app.chat.errors import ChatError
from app.chat.model import ConnectionState, ConversationKind, MessageState, Waiting
from app.chat.proto import sample_pb2 as sample
from app.chat.protocol import GUEST_MARK, MAX_TEXT, Command, SampleCommand
from app.chat.search import SearchFilter
from netcore.callbacks import Callbacks
from netcore.connect.tls import TlsSettings
from netcore.core import NetCore
from netcore.errors import CertificateError
from netcore.events import NetworkKind
from netcore.runtime.task_holder import TaskHolder
from netcore.settings import Settings
from netcore.task import Task
from tests.support.people import PASSWORD, Crowd, DemoServer, Person

TEXT = "hello 你好 🚀"


async def code_of(work) -> str:
    with pytest.raises(ChatError) as refused:
        await work
    return refused.value.code


async def pair(crowd: Crowd) -> tuple[Person, Person, str]:
    """Ada and Bob, and the conversation between them."""
    ada, bob = await crowd.person("Ada"), await crowd.person("Bob")
    made = await ada.session.create_conversation(["Bob"])
    return ada, bob, made.id


# --- accounts


async def test_a_name_is_taken_once(crowd) -> None:
    ada = await crowd.person("Ada")
    other = await crowd.device()
    assert await code_of(other.session.sign_up("ada", PASSWORD)) == "name_taken"
    assert await code_of(other.session.sign_up("", PASSWORD)) == "bad_name"
    assert await code_of(other.session.sign_up("Bob", "short")) == "bad_password"
    assert await code_of(other.session.log_in("Ada", "a wrong password")) == "wrong_password"
    assert await code_of(other.session.log_in("Nobody", PASSWORD)) == "wrong_password"
    assert other.session.account is None and other.state is ConnectionState.ONLINE
    assert await other.session.log_in("ADA", PASSWORD) == ada.session.account


async def test_what_no_utf8_can_carry_is_replaced(crowd) -> None:
    ada, bob, chat = await pair(crowd)
    assert await code_of(ada.session.log_in("\ud800", "\udfff" * 9)) == "wrong_password"
    ada.session.send(chat, "cut \ud83d")
    await bob.sees(chat, "cut \N{REPLACEMENT CHARACTER}")


async def test_a_log_in_is_kept_and_needs_no_connection(crowd, server) -> None:
    ada, _bob, chat = await pair(crowd)
    ada.session.send(chat, TEXT)
    await ada.until(lambda: ada.session.messages(chat)[0].state is MessageState.SENT)
    await ada.close()
    await server.stop()
    await ada.open()
    account = await ada.session.resume()
    assert account is not None and account.name == "Ada"
    assert ada.texts(chat) == [TEXT]
    assert ada.state is ConnectionState.CONNECTING
    await server.start()
    await ada.online()


async def test_who_never_logged_in_is_nobody(crowd) -> None:
    device = await crowd.device()
    assert await device.session.resume() is None
    with pytest.raises(ChatError) as refused:
        device.session.send("c", "hello")
    assert refused.value.code == "not_logged_in"
    assert await code_of(device.session.find_people("a")) == "not_logged_in"


async def test_after_a_log_out_nothing_is_left_to_see_and_unsent_messages_wait(
    crowd, server
) -> None:
    ada, bob, chat = await pair(crowd)
    await server.stop()
    ada.session.send(chat, "not lost")
    await ada.session.log_out()
    assert ada.session.account is None and ada.session.conversations() == []
    assert await ada.session.resume() is None
    await server.start()
    await ada.session.sign_up("Carol", PASSWORD)
    await ada.online()
    assert chat not in {each.id for each in ada.session.conversations()}
    await ada.session.log_out()
    await ada.session.log_in("Ada", PASSWORD)
    await bob.sees(chat, "not lost")


async def test_a_log_out_that_is_answered_late_ends_no_later_log_in(crowd, monkeypatch) -> None:
    ada = await crowd.person("Ada")
    asked, let = asyncio.Event(), asyncio.Event()
    real = ada.remote.call

    async def call(command, *request, **how):
        if command is Command.LOG_OUT:
            asked.set()
            await let.wait()
            raise ChatError("timeout")
        return await real(command, *request, **how)

    monkeypatch.setattr(ada.remote, "call", call)
    leaving = TaskHolder("test").start(ada.session.log_out(), "test")
    await asked.wait()
    ada.session.on_ended("session_expired")  # the server was faster
    account = await ada.session.log_in("Ada", PASSWORD)
    let.set()
    await leaving
    assert ada.session.account == account and ada.remote.token


async def test_a_log_in_ended_elsewhere_is_told(crowd) -> None:
    ada = await crowd.person("Ada")
    ada.remote.token, token = "", ada.remote.token  # as if the file had been copied
    twin = await crowd.device()
    shutil.copy(ada.folder / "log_in.json", twin.folder / "log_in.json")
    await twin.session.resume()
    await twin.online()
    ada.remote.token = token
    await twin.session.log_out()
    await ada.until(lambda: ("logged_out", "logged_out") in ada.told)
    assert ada.session.account is None and await ada.session.resume() is None


async def test_a_log_in_that_the_server_forgot_is_told_and_costs_no_message(
    crowd, server, tmp_path
) -> None:
    ada, bob, chat = await pair(crowd)
    await server.stop()
    ada.session.send(chat, "not lost")
    with sqlite3.connect(tmp_path / "server" / "server.sqlite3") as db:
        db.execute("DELETE FROM sessions WHERE account_id = 1")
    db.close()
    await server.start()
    await ada.until(lambda: ("logged_out", "session_expired") in ada.told)
    assert ada.session.account is None
    await ada.session.log_in("Ada", PASSWORD)
    await bob.sees(chat, "not lost")


# --- messages


async def test_what_one_writes_the_other_has(crowd) -> None:
    ada, bob = await crowd.person("Ada"), await crowd.person("Bob")
    made = await ada.session.create_conversation(["Bob"])
    assert (made.title, made.kind, made.unread) == ("Bob", ConversationKind.DIRECT, 0)
    written = ada.session.send(made.id, TEXT)
    assert written.state is MessageState.WAITING and written.seq is None
    await bob.sees(made.id, TEXT)
    (got,) = bob.session.messages(made.id)
    assert (got.sender, got.state, got.seq) == ("Ada", MessageState.RECEIVED, 1)
    assert {each.id: each.unread for each in bob.session.conversations()}[made.id] == 1
    await ada.until(lambda: ada.session.messages(made.id)[0].state is MessageState.SENT)
    (sent,) = ada.session.messages(made.id)
    assert (sent.client_id, sent.seq) == (written.client_id, 1)


async def test_many_messages_arrive_in_the_order_they_were_written(crowd) -> None:
    ada, bob, chat = await pair(crowd)
    texts = [f"message {number}" for number in range(60)]
    for text in texts:
        ada.session.send(chat, text)
    await bob.sees(chat, *texts)
    await ada.until(lambda: all(each.seq for each in ada.session.messages(chat)))
    assert ada.texts(chat) == texts


async def test_the_own_other_device_sees_what_was_written_and_read(crowd) -> None:
    ada, bob, chat = await pair(crowd)
    phone = await crowd.device()
    await phone.session.log_in("Bob", PASSWORD)
    await phone.online()
    ada.session.send(chat, "for both")
    for device in (bob, phone):
        await device.sees(chat, "for both")
    bob.session.send(chat, "mine")
    await phone.sees(chat, "for both", "mine")
    assert phone.session.messages(chat)[-1].state is MessageState.SENT
    bob.session.mark_read(chat)

    def read() -> bool:
        return {each.id: each.unread for each in phone.session.conversations()}[chat] == 0

    await phone.until(read)


@pytest.mark.parametrize(
    ("text", "code"),
    [("", "empty"), (" \n ", "empty"), ("x" * (MAX_TEXT + 1), "too_long"),
     ("x" * 2**20, "too_long")],
)  # fmt: skip
async def test_a_text_that_cannot_be_is_refused_before_anything_leaves(crowd, text, code) -> None:
    ada, _bob, chat = await pair(crowd)
    with pytest.raises(ChatError) as refused:
        ada.session.send(chat, text)
    assert refused.value.code == code
    assert ada.texts(chat) == []


async def test_the_longest_text_arrives_whole(crowd) -> None:
    ada, bob, chat = await pair(crowd)
    text = "🚀" * MAX_TEXT
    ada.session.send(chat, text)
    await bob.sees(chat, text)


async def test_a_conversation_that_is_none_takes_no_message(crowd) -> None:
    ada = await crowd.person("Ada")
    with pytest.raises(ChatError) as refused:
        ada.session.send("no such", "hello")
    assert refused.value.code == "no_such_conversation"


async def test_a_message_refused_for_good_fails_and_the_next_goes(crowd, server, tmp_path) -> None:
    ada, bob, chat = await pair(crowd)
    other = await ada.session.create_conversation(["Bob"], "Rocket")
    await ada.until(lambda: True)
    await server.stop()
    with sqlite3.connect(tmp_path / "server" / "server.sqlite3") as db:
        db.execute("DELETE FROM members WHERE conversation_id = ? AND account_id = 1", (other.id,))
    db.close()
    written = ada.session.send(other.id, "into the void")
    ada.session.send(chat, "to Bob")
    await server.start()
    await bob.sees(chat, "to Bob")
    await ada.until(lambda: ada.session.messages(other.id)[0].state is MessageState.FAILED)
    assert ada.session.messages(other.id)[0].error == "not_a_member"
    ada.session.retry(written.client_id)
    assert ada.session.messages(other.id)[0].state is MessageState.WAITING
    await ada.until(lambda: ada.session.messages(other.id)[0].state is MessageState.FAILED)
    ada.session.retry("never heard of")


# --- what was missed


async def test_what_was_written_while_the_server_was_away_arrives_once_and_in_order(
    crowd, server
) -> None:
    ada, bob, chat = await pair(crowd)
    ada.session.send(chat, "before")
    await bob.sees(chat, "before")
    await server.stop()
    await ada.until(lambda: ada.state is ConnectionState.CONNECTING)
    texts = [f"meanwhile {number}" for number in range(20)]
    for text in texts:
        ada.session.send(chat, text)
    await server.start()
    await bob.sees(chat, "before", *texts)
    for person in (ada, bob):
        await person.online()
    await ada.sees(chat, "before", *texts)
    assert all(message.seq for message in ada.session.messages(chat))


async def test_how_much_waits_and_since_when_is_told(crowd, monkeypatch) -> None:
    ada, _bob, chat = await pair(crowd)
    assert ada.session.waiting == Waiting()
    call, go = ada.remote.call, asyncio.Event()

    async def slow(command, *args, **more):
        if command.name == "SEND":
            await go.wait()
        return await call(command, *args, **more)

    monkeypatch.setattr(ada.remote, "call", slow)
    first = ada.session.send(chat, "1")
    ada.session.send(chat, "2")
    assert [(each.count, each.since) for each in ada.waiting] == [(1, first.time), (2, first.time)]
    await ada.until(lambda: ada.waiting[-1].slow >= 2)  # in flight for as long, with no answer
    go.set()
    await ada.until(lambda: ada.waiting[-1] == Waiting())
    assert ada.session.waiting == Waiting()


async def test_who_was_away_gets_what_was_missed(crowd) -> None:
    ada, bob, chat = await pair(crowd)
    ada.session.send(chat, "1")
    await bob.sees(chat, "1")
    await bob.close()
    texts = [str(number) for number in range(2, 251)]
    for text in texts:
        ada.session.send(chat, text)
    await ada.until(lambda: not ada.session._store.unsent())
    await bob.open()
    await bob.session.resume()
    await bob.online()
    got = bob.session.messages(chat, limit=1000)
    assert [message.text for message in got] == ["1", *texts]
    assert bob.session._store.span(chat).floor == 1


async def test_a_new_device_has_the_newest_page_and_fetches_older_ones(crowd) -> None:
    ada, _bob, chat = await pair(crowd)
    texts = [str(number) for number in range(230)]
    for text in texts:
        ada.session.send(chat, text)
    await ada.until(lambda: not ada.session._store.unsent())
    phone = await crowd.device()
    await phone.session.log_in("Ada", PASSWORD)
    await phone.online()
    assert phone.texts(chat) == texts[-60:]
    oldest = phone.session.messages(chat, limit=1000)[0].seq
    found = texts[-100:]
    while older := await phone.session.load_older(chat):
        assert older[-1].seq == oldest - 1
        oldest = older[0].seq
        found = [message.text for message in older] + found
    assert found == texts
    assert await phone.session.load_older(chat) == []
    assert await code_of(phone.session.load_older("no such")) == "no_such_conversation"


async def test_a_place_long_ago_is_shown_though_what_lies_between_is_not_here(crowd) -> None:
    ada, _bob, chat = await pair(crowd)
    texts = [f"number {number}" for number in range(230)]
    for text in texts:
        ada.session.send(chat, text)
    await ada.until(lambda: not ada.session._store.unsent())
    assert [m.text for m in await ada.session.search("number 7", SearchFilter(chat))] == [
        *(f"number {n}" for n in range(79, 69, -1)), "number 7",
    ]  # fmt: skip
    phone = await crowd.device()
    await phone.session.log_in("Ada", PASSWORD)
    await phone.online()
    found, newest = await phone.session.load_around(chat, 50)
    assert [m.seq for m in found] == list(range(21, 80))
    assert not newest
    assert phone.texts(chat) == texts[-60:]  # the end is what it was
    older = await phone.session.load_older(chat, found[0].seq)
    assert [m.seq for m in older] == list(range(1, 21))
    seen = found
    while not newest:
        more, newest = await phone.session.load_newer(chat, seen[-1].seq)
        seen = seen + more
    assert [m.text for m in seen] == texts[20:]
    hits = await phone.session.search("number", SearchFilter(chat))
    assert [m.text for m in hits] == texts[-1:-51:-1]


async def test_a_gap_in_the_pushes_is_filled(crowd, monkeypatch) -> None:
    ada, bob, chat = await pair(crowd)
    ada.session.send(chat, "1")
    await bob.sees(chat, "1")
    hear, lost = bob.remote.on_push, []

    def lossy(channel: str, cmdid: int, seq: int, body: bytes) -> None:
        if len(lost) < 2:
            lost.append(body)
        else:
            hear(channel, cmdid, seq, body)

    monkeypatch.setattr(bob.remote, "on_push", lossy)
    for text in ("2", "3", "4"):
        ada.session.send(chat, text)
    await bob.sees(chat, "1", "2", "3", "4")
    assert len(lost) == 2


async def test_a_push_twice_is_shown_once(crowd, monkeypatch) -> None:
    ada, bob, chat = await pair(crowd)
    hear = bob.remote.on_push

    def double(*push) -> None:
        hear(*push)
        hear(*push)

    monkeypatch.setattr(bob.remote, "on_push", double)
    ada.session.send(chat, "1")
    ada.session.send(chat, "2")
    await bob.sees(chat, "1", "2")
    assert [message.text for message in bob.heard] == ["1", "2"]


async def test_an_answer_that_is_lost_makes_no_second_message(crowd, server, monkeypatch) -> None:
    ada, bob, chat = await pair(crowd)
    request = ada.remote.core.request
    lost = []

    async def lossy(task):
        body = await request(task)
        if task.cgi.endswith("/send") and not lost:
            lost.append(body)
            raise ConnectionResetError
        return body

    async def losing(task):
        try:
            return await lossy(task)
        except ConnectionResetError:
            from netcore.errors import ErrorType, task_error

            raise task_error(ErrorType.SOCKET, -1) from None

    monkeypatch.setattr(ada.remote.core, "request", losing)
    ada.session.send(chat, "once")
    ada.session.send(chat, "and then this")
    await ada.until(lambda: all(each.seq for each in ada.session.messages(chat)))
    await bob.sees(chat, "once", "and then this")
    assert lost


# --- people and conversations


async def test_people_are_found_and_a_group_hears_everything(crowd) -> None:
    ada, bob, _chat = await pair(crowd)
    carol = await crowd.person("Carol")
    assert await ada.session.find_people("bo") == ["Bob"]
    assert await ada.session.find_people("x") == []
    group = await ada.session.create_conversation(["Bob", "carol"], "Rocket 🚀")
    assert (group.title, group.kind) == ("Rocket 🚀", ConversationKind.GROUP)
    assert set(group.members) == {"Ada", "Bob", "Carol"}
    await carol.until(lambda: group.id in {each.id for each in carol.session.conversations()})
    carol.session.send(group.id, "Ready?")
    for person in (ada, bob):
        await person.sees(group.id, "Ready?")
    assert await code_of(ada.session.create_conversation(["Nobody"])) == "no_such_person"
    assert await code_of(ada.session.create_conversation([])) == "bad_members"
    assert await code_of(ada.session.create_conversation(["Bob"], "x" * 101)) == "bad_title"


async def test_two_people_have_one_conversation(crowd) -> None:
    ada, bob, chat = await pair(crowd)
    assert (await bob.session.create_conversation(["Ada"])).id == chat
    assert (await ada.session.create_conversation(["Bob"])).id == chat


async def test_everybody_is_in_the_public_conversations(crowd) -> None:
    ada, bob, _chat = await pair(crowd)
    public = [c for c in ada.session.conversations() if c.kind is ConversationKind.PUBLIC]
    assert [c.title for c in sorted(public, key=lambda c: c.id)] == [
        "STN Discuss", "Xlog Discuss", "SDT Discuss",
    ]  # fmt: skip
    ada.session.send("0", "hello all")
    await bob.sees("0", "hello all")


async def test_a_sample_client_and_a_person_hear_each_other(crowd, server) -> None:
    ada = await crowd.person("Ada")
    heard = asyncio.Queue()

    class Guest(Callbacks):
        def on_push(self, channel: str, cmdid: int, seq: int, body: bytes) -> None:
            heard.put_nowait((cmdid, sample.TopicMessage.FromString(body)))

    plain = Settings(
        longlink_hosts=("127.0.0.1",),
        longlink_ports=(server.settings.longlink_port,),
        tls=TlsSettings(enabled=False),
    )
    async with NetCore(plain, Guest()) as guest:
        request = sample.SendRequest(
            access_token="", **{"from": "Mars fan"}, to="all", text=TEXT, topic="0"
        )
        body = await guest.request(Task(cmdid=SampleCommand.SEND, body=request.SerializeToString()))
        assert sample.SendResponse.FromString(body).err_code == 0
        await ada.sees("0", TEXT)
        (message,) = ada.session.messages("0")
        assert message.sender == GUEST_MARK + "Mars fan"
        assert message.state is MessageState.RECEIVED
        ada.session.send("0", "hello guest")
        cmdid, told = await asyncio.wait_for(heard.get(), 20)
        assert (cmdid, told.topic, told.content) == (SampleCommand.PUSH, "0", "hello guest")


# --- the connection


async def test_the_link_is_told_as_a_person_would_put_it(crowd, server) -> None:
    ada = await crowd.person("Ada")
    assert ada.states[0] is ConnectionState.CONNECTING and ConnectionState.UPDATING in ada.states
    ada.remote.core.network_changed(NetworkKind.NONE)
    await ada.until(lambda: ada.state is ConnectionState.OFFLINE)
    ada.remote.core.network_changed(NetworkKind.WIFI, "home")
    await ada.online()


async def test_a_server_that_is_not_there_is_told(crowd, server) -> None:
    await server.stop()
    device = await crowd.device()
    assert await code_of(device.session.log_in("Ada", PASSWORD)) == "no_connection"
    assert await code_of(device.session.sign_up("Ada", PASSWORD)) == "no_connection"


async def test_a_certificate_nobody_vouches_for_is_shown_and_a_pin_helps(tmp_path) -> None:
    server = DemoServer(tmp_path / "server", plain=False)
    await server.start()
    crowd = Crowd(tmp_path, server)
    device = await crowd.device()
    with pytest.raises(ChatError) as refused:
        await device.session.sign_up("Ada", PASSWORD)
    assert refused.value.code == "untrusted_certificate"
    certificate = refused.value.__cause__
    assert isinstance(certificate, CertificateError) and len(certificate.fingerprint) == 64
    assert ("notice", "untrusted_certificate", certificate.fingerprint) in device.told
    await device.close()
    device.pins = frozenset({certificate.fingerprint})
    await device.open()
    await device.session.sign_up("Ada", PASSWORD)
    await device.online()
    await crowd.close()
    await server.stop()


# --- the local store


async def test_a_damaged_store_is_set_aside_told_and_fetched_again(crowd) -> None:
    ada, bob, chat = await pair(crowd)
    ada.session.send(chat, TEXT)
    await bob.sees(chat, TEXT)
    await bob.close()
    (bob.folder / "chat.sqlite3").write_bytes(b"not a database at all" * 500)
    await bob.open()
    account = await bob.session.resume()
    assert account is not None and account.name == "Bob"
    await bob.sees(chat, TEXT)
    await bob.online()
    (notice,) = [each for each in bob.told if each[0] == "notice"]
    assert notice[1] == "database_reset" and "damaged" in notice[2]


async def test_a_store_damaged_while_in_use_is_mended_in_use(crowd) -> None:
    ada, bob, chat = await pair(crowd)
    ada.session.send(chat, "1")
    await bob.sees(chat, "1")
    bob.session._store._database._db.execute("DROP TABLE messages")
    ada.session.send(chat, "2")
    await bob.until(lambda: "database_reset" in bob.notices())
    await bob.sees(chat, "1", "2")


async def test_a_full_disk_is_told_and_what_comes_in_is_fetched_later(crowd) -> None:
    ada, bob, chat = await pair(crowd)
    ada.session.send(chat, "1")
    await bob.sees(chat, "1")
    database = bob.session._store._database
    database.read("PRAGMA query_only = 1")
    with pytest.raises(ChatError) as refused:
        bob.session.send(chat, "no room")
    assert refused.value.code == "storage"
    ada.session.send(chat, "2")
    await bob.until(lambda: "storage" in bob.notices())
    assert bob.texts(chat) == ["1"]
    database.read("PRAGMA query_only = 0")
    ada.session.send(chat, "3")
    await bob.sees(chat, "1", "2", "3")


async def test_closing_in_the_middle_of_everything_leaves_nothing_behind(crowd) -> None:
    ada, _bob, chat = await pair(crowd)
    for number in range(30):
        ada.session.send(chat, str(number))
    await asyncio.sleep(0)
    await ada.close()
    await ada.open()
    await ada.session.resume()
    await ada.until(lambda: not ada.session._store.unsent())
    assert ada.texts(chat) == [str(number) for number in range(30)]


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_links_that_break_all_the_time_cost_no_message_and_double_none(crowd, seed) -> None:
    ada, bob, chat = await pair(crowd)
    chance = random.Random(seed)
    written: dict[str, list[str]] = {"Ada": [], "Bob": []}
    for number in range(80):
        person, name = chance.choice([(ada, "Ada"), (bob, "Bob")])
        text = f"{name} {number}"
        written[name].append(text)
        person.session.send(chat, text)
        if chance.random() < 0.25:
            chance.choice([ada, bob]).remote.core.redo_tasks()  # cuts the link
        await asyncio.sleep(chance.random() * 0.02)
    for person in (ada, bob):
        await person.until(lambda person=person: not person.session._store.unsent())
    all_of_them = len(written["Ada"]) + len(written["Bob"])
    for person in (ada, bob):
        await person.until(
            lambda person=person: len(person.session.messages(chat, limit=1000)) == all_of_them
        )
        await person.online()
        got = person.session.messages(chat, limit=1000)
        assert [message.seq for message in got] == list(range(1, all_of_them + 1))
        for name, texts in written.items():
            assert [message.text for message in got if message.sender == name] == texts


async def test_what_waits_and_what_is_wrong_is_told(crowd, server) -> None:
    ada, _, chat = await pair(crowd)
    await ada.online()
    assert ada.session.health().state is ConnectionState.ONLINE
    assert ada.session.health().waiting == 0 and ada.session.health().trouble == ""
    await server.stop()
    await ada.until(lambda: ada.state is ConnectionState.CONNECTING)
    failed = asyncio.Event()
    ada.remote.core.observer.subscribe(lambda _event: ada.remote.trouble and failed.set())
    first = ada.session.send(chat, TEXT)
    ada.session.send(chat, "again")
    async with asyncio.timeout(30):
        await failed.wait()
    health = ada.session.health()
    assert (health.waiting, health.waiting_since) == (2, first.time)
    assert health.trouble == "no_connection" and health.lasted >= 0
    await server.start()
    await ada.online()
    await ada.until(lambda: {m.text for m in ada.heard if m.seq} >= {TEXT, "again"})
    assert ada.session.health().waiting == 0


# --- without a long link


async def test_news_comes_at_once_while_there_is_only_the_short_link(crowd, server) -> None:
    bob = await crowd.person("Bob")
    ada = await crowd.device(ports=(0, server.settings.shortlink_port))
    calls = []
    call = ada.remote.call

    async def counting(command, *args, **more):
        calls.append(command.name)
        return await call(command, *args, **more)

    ada.remote.call = counting
    await ada.session.sign_up("Ada", PASSWORD)
    made = await bob.session.create_conversation(["Ada"])
    texts = [str(number) for number in range(5)]
    for number, text in enumerate(texts, 1):
        bob.session.send(made.id, text)
        await ada.sees(made.id, *texts[:number])
    assert ada.state is ConnectionState.SHORT_LINK
    assert [message.text for message in ada.heard] == texts
    # News and nothing else is asked for: the list brings the newest message of each conversation.
    assert calls.count("SYNC") < 16 and calls.count("PULL") < 4


async def test_on_a_weak_network_a_lost_push_comes_by_the_other_way_and_once(
    crowd, monkeypatch
) -> None:
    ada, bob, chat = await pair(crowd)
    ada.session.send(chat, "0")
    await bob.sees(chat, "0")
    bob.remote.weak = True
    bob.session.on_weak()
    await bob.until(lambda: bob.session._receiver._polling.asking)
    acknowledged = []
    acknowledge = bob.remote.acknowledge

    def counting(revisions: list[int]) -> None:
        acknowledged.extend(revisions)
        bob._changed.set()
        acknowledge(revisions)

    monkeypatch.setattr(bob.remote, "acknowledge", counting)
    hear, lost = bob.remote.on_push, []

    def lossy(channel: str, cmdid: int, seq: int, body: bytes) -> None:
        if len(lost) < 2:
            lost.append((channel, cmdid, seq, body))
        else:
            hear(channel, cmdid, seq, body)

    monkeypatch.setattr(bob.remote, "on_push", lossy)
    texts = ["0"]
    for text in ("1", "2", "3"):
        texts.append(text)
        ada.session.send(chat, text)
        await bob.sees(chat, *texts)
    await bob.until(lambda: acknowledged)
    for push in lost:  # the long link delivers them after all
        hear(*push)
    await bob.sees(chat, *texts)
    assert [message.text for message in bob.heard if message.sender == "Ada"] == texts
    assert bob.state is ConnectionState.ONLINE
    bob.remote.weak = False
    bob.session.on_weak()
    assert not bob.session._receiver._polling.take(1e9)
