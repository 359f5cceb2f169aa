"""A server whose database file is copied, goes on, and is put back: real server, real clients."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import pytest

from app.chat.model import ConnectionState, MessageState
from tests.support.people import PASSWORD, Crowd, DemoServer, Person


async def pair(crowd: Crowd) -> tuple[Person, Person, str]:
    """Ada and Bob, and the conversation between them."""
    ada, bob = await crowd.person("Ada"), await crowd.person("Bob")
    made = await ada.session.create_conversation(["Bob"])
    return ada, bob, made.id


class Backup:
    """The server's database file, kept aside and put back by hand."""

    def __init__(self, server: DemoServer, folder: Path) -> None:
        self._server = server
        self._file = folder / "server" / "server.sqlite3"
        self._kept = folder / "kept.sqlite3"

    async def keep(self) -> None:
        await self._server.stop()
        shutil.copy(self._file, self._kept)
        await self._server.start()

    async def put_back(self) -> None:
        await self._server.stop()
        shutil.copy(self._kept, self._file)
        await self._server.start()


@pytest.fixture
def backup(server, tmp_path) -> Backup:
    return Backup(server, tmp_path)


def at_rest(person: Person) -> bool:
    """Whether somebody is in step, with nothing to send."""
    store = person.session._store
    return person.state is ConnectionState.ONLINE and not store.unsent() and not store.doubts()


async def settled(*people: Person) -> None:
    for person in people:
        await person.until(lambda person=person: at_rest(person))


async def have(chat: str, texts: set[str], *people: Person) -> None:
    for person in people:
        await person.until(lambda person=person: set(person.texts(chat)) == texts)


async def noticed(chat: str, *people: Person) -> None:
    for person in people:
        await person.until(lambda person=person: ("history", chat) in person.told)


def counted(person: Person) -> Counter[str]:
    """Its calls from here on."""
    calls: Counter[str] = Counter()
    call = person.remote.call

    async def counting(command, *args, **more):
        calls[command.name] += 1
        return await call(command, *args, **more)

    person.remote.call = counting
    return calls


async def test_acknowledged_messages_that_are_lost_are_sent_again_in_order(crowd, backup) -> None:
    ada, bob, chat = await pair(crowd)
    ada.session.send(chat, "kept")
    await bob.sees(chat, "kept")
    await backup.keep()
    await settled(ada, bob)
    texts = {"kept"}
    for number in range(20):
        (ada if number % 2 else bob).session.send(chat, f"lost {number}")
        texts.add(f"lost {number}")
        await have(chat, texts, ada, bob)
    await settled(ada, bob)
    calls = counted(ada)
    await backup.put_back()
    await noticed(chat, ada, bob)
    await have(chat, texts, ada, bob)
    await settled(ada, bob)
    assert ada.texts(chat) == bob.texts(chat) and len(ada.texts(chat)) == 21
    for name, parity in (("Ada", 1), ("Bob", 0)):
        sent = [each.text for each in bob.session.messages(chat) if each.sender == name]
        lost = [f"lost {number}" for number in range(20) if number % 2 == parity]
        assert [text for text in sent if text != "kept"] == lost
    assert calls["PULL"] < 10


async def test_who_comes_back_later_notices_though_the_store_has_moved_on(crowd, backup) -> None:
    """Its numbers stand for other messages by then."""
    ada, bob, chat = await pair(crowd)
    ada.session.send(chat, "kept")
    await bob.sees(chat, "kept")
    await backup.keep()
    await settled(ada, bob)
    lost, new = [f"lost {n}" for n in range(5)], [f"new {n}" for n in range(9)]
    for text in lost:
        ada.session.send(chat, text)
    await bob.sees(chat, "kept", *lost)
    await settled(ada)
    await ada.close()
    await backup.put_back()
    await noticed(chat, bob)
    await bob.sees(chat, "kept")  # until Ada is back
    for text in new:
        bob.session.send(chat, text)
    await settled(bob)
    await ada.open()
    await ada.session.resume()
    await noticed(chat, ada)
    for person in (ada, bob):
        await person.sees(chat, "kept", *new, *lost)


async def test_what_waits_is_sent_after_what_was_lost_before_it(crowd, backup, server) -> None:
    ada, bob, chat = await pair(crowd)
    await backup.keep()
    await settled(ada, bob)
    ada.session.send(chat, "first")
    await bob.sees(chat, "first")
    await settled(ada)
    await server.stop()
    ada.session.send(chat, "second")
    await backup.put_back()
    for person in (bob, ada):
        await noticed(chat, person)
        await person.sees(chat, "first", "second")


async def test_two_devices_of_one_sender_make_one_message_of_it(crowd, backup) -> None:
    ada, bob, chat = await pair(crowd)
    phone = await crowd.device()
    await phone.session.log_in("Ada", PASSWORD)
    await phone.online()
    await backup.keep()
    await settled(ada, bob)
    texts = [f"lost {number}" for number in range(8)]
    for text in texts:
        ada.session.send(chat, text)
    await bob.sees(chat, *texts)
    await phone.sees(chat, *texts)
    await settled(ada)
    await backup.put_back()
    for person in (ada, bob, phone):
        await noticed(chat, person)
        await settled(person)
        await person.sees(chat, *texts)
    assert all(each.state is MessageState.SENT for each in phone.session.messages(chat))


async def test_a_conversation_that_is_lost_is_made_again(crowd, backup) -> None:
    ada, bob = await crowd.person("Ada"), await crowd.person("Bob")
    await backup.keep()
    await settled(ada, bob)
    chats = [
        (await ada.session.create_conversation(["Bob"])).id,
        (await bob.session.create_conversation(["Ada"], "Rocket")).id,
    ]
    for chat in chats:
        for person in (ada, bob):
            await person.until(
                lambda person=person, chat=chat: person.session._store.span(chat) is not None
            )
            person.session.send(chat, f"from {person.session.account.name}")
        await have(chat, {"from Ada", "from Bob"}, ada, bob)
    await settled(ada, bob)
    await backup.put_back()
    for chat in chats:
        await noticed(chat, ada, bob)
        await have(chat, {"from Ada", "from Bob"}, ada, bob)
        await settled(ada, bob)
        assert ada.texts(chat) == bob.texts(chat)
    titles = sorted(each.title for each in ada.session.conversations() if each.members)
    assert titles == ["Bob", "Rocket"]


async def test_two_people_who_have_another_conversation_by_now_go_on_in_that(crowd, backup) -> None:
    ada, bob = await crowd.person("Ada"), await crowd.person("Bob")
    await backup.keep()
    await settled(ada, bob)
    old = (await ada.session.create_conversation(["Bob"])).id
    ada.session.send(old, "lost")
    await bob.sees(old, "lost")
    await settled(ada)
    await ada.close()
    await bob.close()
    await backup.put_back()
    other = await crowd.device()
    await other.session.log_in("Bob", PASSWORD)
    await other.online()
    new = (await other.session.create_conversation(["Ada"])).id
    assert new != old
    await ada.open()
    await ada.session.resume()
    await noticed(old, ada)
    for person in (ada, other):
        await person.sees(new, "lost")
    assert [each.id for each in ada.session.conversations() if each.members] == [new]


async def test_a_client_killed_while_it_looks_goes_on_at_its_next_start(crowd, backup) -> None:
    ada, bob, chat = await pair(crowd)
    await backup.keep()
    await settled(ada, bob)
    texts = [f"lost {number}" for number in range(3)]
    for text in texts:
        ada.session.send(chat, text)
    await bob.sees(chat, *texts)
    await settled(ada)

    async def never(conversation_id: str) -> None:
        ada.told.append(("reached", conversation_id))
        ada._changed.set()
        await ada.until(lambda: False)

    ada.session._receiver._lost.settle = never
    await backup.put_back()
    await ada.until(lambda: any(each[0] == "reached" for each in ada.told))
    assert ada.session._store.doubts()
    await ada.close()
    await ada.open()
    await ada.session.resume()
    await noticed(chat, ada)
    await settled(ada)
    await bob.sees(chat, *texts)


async def test_a_plain_restart_undoes_nothing(crowd, server) -> None:
    ada, bob, chat = await pair(crowd)
    for number in range(3):
        ada.session.send(chat, f"{number}")
        await have(chat, {f"{each}" for each in range(number + 1)}, bob)
        await settled(ada)
        await server.stop()
        await ada.until(lambda: ada.state is not ConnectionState.ONLINE)
        await server.start()
        await settled(ada, bob)
    assert not [each for each in (*ada.told, *bob.told) if each[0] == "history"]


async def test_a_gap_that_nobody_can_fill_is_not_spun_on(crowd, monkeypatch) -> None:
    """A push far ahead of everything, and a server that has nothing between."""
    ada, bob, chat = await pair(crowd)
    ada.session.send(chat, "1")
    await bob.sees(chat, "1")
    calls = counted(bob)
    call = bob.remote.call

    async def empty(command, request, result, **more):
        answer = await call(command, request, result, **more)
        if command.name == "PULL" and not request.before:
            answer.Clear()
        bob._changed.set()
        return answer

    monkeypatch.setattr(bob.remote, "call", empty)
    hear, first = bob.remote.on_push, []

    def lossy(channel: str, cmdid: int, seq: int, body: bytes) -> None:
        if first:
            hear(channel, cmdid, seq, body)
        first.append(body)

    monkeypatch.setattr(bob.remote, "on_push", lossy)
    for text in ("2", "3"):
        ada.session.send(chat, text)
    await bob.until(lambda: calls["PULL"] >= 4)  # after growing waits
    assert calls["PULL"] < 8 and bob.state is ConnectionState.ONLINE
    monkeypatch.setattr(bob.remote, "call", call)
    await bob.sees(chat, "1", "2", "3")
