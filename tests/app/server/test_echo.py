"""Somebody to talk to on a demo server."""

from __future__ import annotations

from app.chat.proto import chat_pb2 as pb
from app.chat.protocol import Command
from app.server.echo import GREETING
from app.server.settings import Limits
from tests.app.server.clients import PASSWORD


async def test_who_signs_up_is_greeted_and_answered(start):
    house = await start(echo=True)
    ada = await house.person("Ada")
    talk = await ada.conversation()
    assert (talk.kind, list(talk.members)) == (pb.DIRECT, ["Ada", "Echo"])
    greeting = await ada.message()
    assert (greeting.sender, greeting.text, greeting.seq) == ("Echo", GREETING, 1)
    phone = await house.device("Ada")
    for number, text in enumerate(("hello", "你好 🚀", " x\n y ")):
        await ada.send(talk.id, text, f"id-{number}")
        answer = await ada.message()
        assert (answer.sender, answer.text) == ("Echo", text)
        said, answered = await phone.message(), await phone.message()
        assert [said.sender, answered.sender] == ["Ada", "Echo"]
        assert answered.seq == said.seq + 1
    await ada.nothing_came()


async def test_it_says_nothing_in_groups_and_topics(start):
    house = await start(echo=True)
    ada, bob = await house.person("Ada"), await house.person("Bob")
    for each in (ada, bob):
        await each.conversation()
        await each.message()
    group = await ada.create("Bob", "Echo", title="Three")
    await bob.conversation()
    await ada.send(group.id, "hello", "1")
    await ada.send("0", "hello", "2")
    for each in (bob, bob):
        assert (await each.message()).sender == "Ada"
    await ada.nothing_came()
    await bob.nothing_came()
    assert (await (await house.guest()).say("Anna", "hi")).cmdid == 3
    assert (await ada.message()).sender == "~Anna"
    await ada.nothing_came()


async def test_nobody_can_be_it_and_a_person_keeps_the_name(start):
    house = await start(echo=True)
    client = await house.phobos()
    for password in ("!echo", PASSWORD):
        request = pb.Credentials(name="Echo", password=password)
        assert await client.refusal(Command.LOG_IN, request) == "WRONG_PASSWORD"
    await house.server.close()
    again = await start(echo=True)  # the same account, and no second one
    ada = await again.person("Ada")
    assert list((await ada.conversation()).members) == ["Ada", "Echo"]


async def test_a_real_server_has_none_and_a_person_may_be_called_so(start):
    house = await start()
    person = await house.person("Echo")
    await person.nothing_came()
    await house.server.close()
    demo = await start(echo=True)
    ada = await demo.person("Ada")
    assert list((await ada.conversation()).members) == ["Ada", "Echo (demo)"]
    assert (await demo.device("Echo")).name == "Echo"


async def test_what_it_is_refused_disturbs_nobody(start, caplog):
    house = await start(limits=Limits(writes=3), echo=True)
    ada = await house.person("Ada")
    talk = await ada.conversation()
    await ada.message()
    for number in range(3):  # the third answer is one too many for it: it wrote twice to greet
        await ada.send(talk.id, str(number), str(number))
    assert (await ada.message()).text == "0"
    await ada.nothing_came()
    assert "ERROR" not in caplog.text
