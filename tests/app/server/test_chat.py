"""Phobos's own chat over both links of a real server."""

from __future__ import annotations

import itertools

import pytest

from app.chat.proto import chat_pb2 as pb
from app.chat.protocol import MAX_PAGE, MAX_TEXT, Command, PushCommand
from app.server.settings import Limits
from tests.app.server.clients import PASSWORD, frame

ids = itertools.count(1)


def fresh() -> str:
    return f"id-{next(ids)}"


async def test_two_people_chat(house):
    ada, bob = await house.person("Ada"), await house.person("Bob")
    made = await ada.create("bob")
    assert (made.kind, made.title, list(made.members)) == (pb.DIRECT, "", ["Ada", "Bob"])
    assert await bob.conversation() == made
    sent = await ada.send(made.id, "hello 你好 🚀", "ada-1")
    assert (sent.seq, sent.duplicate) == (1, False)
    assert await bob.message() == pb.MessageInfo(
        conversation_id=made.id,
        seq=1,
        sender="Ada",
        text="hello 你好 🚀",
        time_ms=sent.time_ms,
        revision=sent.revision,
    )
    back = await bob.send(made.id, "back", "bob-1")
    assert back.seq == 2
    assert (await ada.message()).text == "back"
    await ada.nothing_came()
    await bob.nothing_came()


async def test_a_group(house):
    people = [await house.person(name) for name in ("Ada", "Bob", "Cleo", "Dan")]
    ada, bob, cleo, dan = people
    group = await ada.create("Bob", "Cleo", title="  Plans  ")
    assert (group.kind, group.title) == (pb.GROUP, "Plans")
    assert list(group.members) == ["Ada", "Bob", "Cleo"]
    for each in (bob, cleo):
        assert await each.conversation() == group
    await bob.send(group.id, "hi", fresh())
    for each in (ada, cleo):
        assert (await each.message()).sender == "Bob"
    await dan.nothing_came()
    request = pb.Send(conversation_id=group.id, client_id="x", text="let me in")
    assert await dan.refusal(Command.SEND, request) == "NOT_A_MEMBER"
    assert await dan.refusal(Command.PULL, pb.Pull(conversation_id=group.id)) == "NOT_A_MEMBER"
    mark = pb.MarkRead(conversation_id=group.id, seq=1)
    assert await dan.refusal(Command.MARK_READ, mark) == "NOT_A_MEMBER"
    assert len((await dan.sync()).conversations) == 3  # the public ones alone


async def test_every_device_of_a_member_gets_everything(house):
    ada, bob = await house.person("Ada"), await house.person("Bob")
    phone, tablet = await house.device("ada"), await house.device("BOB")
    assert (phone.name, tablet.name) == ("Ada", "Bob")
    made = await ada.create("Bob")
    for each in (phone, bob, tablet):
        assert (await each.conversation()).id == made.id
    await ada.send(made.id, "hi", "ada-1")
    assert (await phone.message()).client_id == "ada-1"  # its own account's
    for each in (bob, tablet):
        assert (await each.message()).client_id == ""
    await ada.nothing_came()
    mark = pb.MarkRead(conversation_id=made.id, seq=1)
    assert (await bob.call(Command.MARK_READ, mark, pb.ConversationInfo)).read_seq == 1
    assert (await tablet.conversation()).read_seq == 1
    for each in (ada, phone, bob):
        await each.nothing_came()


async def test_a_connection_is_told_of_once_more_after_it_identified_itself(house):
    ada = await house.person("Ada")
    again = await house.phobos()
    assert await again.refusal(Command.SYNC, pb.Sync()) == "NOT_LOGGED_IN"
    found = await again.identify(ada.token)
    assert found.name == "Ada"
    assert found.server_id
    assert (await again.sync()).revision > 0
    assert await again.refusal(Command.IDENTIFY, pb.Identify(token="wrong")) == "SESSION_EXPIRED"
    assert await again.refusal(Command.SYNC, pb.Sync()) == "NOT_LOGGED_IN"


async def test_a_message_sent_again_is_the_same_message(house):
    ada, bob = await house.person("Ada"), await house.person("Bob")
    made = await ada.create("Bob", client_id="c1")
    await bob.conversation()
    first = await ada.send(made.id, "hi", "m1")
    again = await ada.send(made.id, "hi", "m1")
    assert (again.seq, again.time_ms, again.duplicate) == (first.seq, first.time_ms, True)
    assert (await bob.message()).seq == 1
    await bob.nothing_came()  # once
    assert (await bob.send(made.id, "mine", "m1")).seq == 2  # ids are each account's own
    elsewhere = pb.Send(conversation_id="0", client_id="m1", text="hi")
    assert await ada.refusal(Command.SEND, elsewhere) == "BAD_REQUEST"


async def test_a_conversation_made_again_is_the_same_one(house):
    ada, bob = await house.person("Ada"), await house.person("Bob")
    direct = await ada.create("Bob", client_id="c1")
    assert (await bob.create("Ada")).id == direct.id
    assert (await ada.create("Bob", client_id="c2")).id == direct.id
    group = await ada.create("Bob", title="One", client_id="c3")
    assert group.id != direct.id
    assert (await ada.create("Bob", title="One", client_id="c3")) == group
    assert (await ada.create("Bob", title="One", client_id="c4")).id not in (direct.id, group.id)


async def test_history_comes_in_pages(house):
    ada, bob = await house.person("Ada"), await house.person("Bob")
    made = await ada.create("Bob")
    for number in range(1, 251):
        await ada.send(made.id, str(number), fresh())

    def numbers(page: pb.Pulled) -> list[int]:
        assert [each.seq for each in page.messages] == [int(each.text) for each in page.messages]
        return [each.seq for each in page.messages]

    bob = await house.device("Bob")
    page = await bob.pull(made.id)
    assert (numbers(page), page.more) == (list(range(1, MAX_PAGE + 1)), True)
    page = await bob.pull(made.id, after=200)
    assert (numbers(page), page.more) == (list(range(201, 251)), False)
    page = await bob.pull(made.id, before=251, limit=20)
    assert (numbers(page), page.more) == (list(range(231, 251)), True)
    page = await bob.pull(made.id, before=11, limit=10)
    assert (numbers(page), page.more) == (list(range(1, 11)), False)
    page = await bob.pull(made.id, after=100, before=111, limit=5)
    assert (numbers(page), page.more) == ([106, 107, 108, 109, 110], True)
    assert numbers(await bob.pull(made.id, after=250)) == []
    assert len(numbers(await bob.pull(made.id, after=2**64 - 1, limit=2**32 - 1))) == 0
    assert len(numbers(await bob.pull(made.id, before=2**64 - 1))) == MAX_PAGE


async def test_a_page_of_long_messages_fits_into_a_frame(house):
    ada = await house.person("Ada")
    await house.person("Bob")
    made = await ada.create("Bob")
    for _ in range(20):
        await ada.send(made.id, "🚀" * MAX_TEXT, fresh())
    got: list[int] = []
    more = True
    while more:
        page = await ada.pull(made.id, after=got[-1] if got else 0)
        assert page.ByteSize() < 2**20
        got += [each.seq for each in page.messages]
        more = page.more
    assert got == list(range(1, 21))


async def test_sync_gives_what_changed_and_nothing_else(house):
    ada, bob = await house.person("Ada"), await house.person("Bob")
    begin = (await ada.sync()).revision
    assert not (await ada.sync(begin)).conversations
    made = await bob.create("Ada")
    await ada.conversation()
    await bob.send(made.id, "hi", fresh())
    await ada.message()
    changed = await ada.sync(begin)
    (only,) = changed.conversations
    assert (only.id, only.last_seq, only.read_seq, only.last.text) == (made.id, 1, 0, "hi")
    assert changed.revision >= only.revision
    assert not (await ada.sync(changed.revision)).conversations
    await ada.call(
        Command.MARK_READ, pb.MarkRead(conversation_id=made.id, seq=99), pb.ConversationInfo
    )
    (only,) = (await ada.sync(changed.revision)).conversations
    assert only.read_seq == 1  # never past the end
    back = pb.MarkRead(conversation_id=made.id, seq=0)
    assert (await ada.call(Command.MARK_READ, back, pb.ConversationInfo)).read_seq == 1
    # A revision that this server never gave is of another store: everything.
    assert len((await ada.sync(2**64 - 1)).conversations) == 4


async def test_sync_comes_in_pages(house):
    ada = await house.person("Ada")
    await house.person("Bob")
    made = {(await ada.create("Bob", title=str(number))).id for number in range(230)}
    found: list[str] = []
    page = await ada.sync()
    pages = 1
    while page.more:
        found += [each.id for each in page.conversations]
        page = await ada.sync(page.revision)
        pages += 1
    found += [each.id for each in page.conversations]
    assert len(found) == len(set(found))
    assert set(found) == made | {"0", "1", "2"}
    assert pages == 3


async def test_people_are_found_by_the_beginning_of_their_names(house):
    ada = await house.person("Ada")
    for name in ("Adam", "adele", "Bob", "Äda", "张伟", "张三"):
        await house.person(name)

    async def find(prefix: str, limit: int = 0) -> list[str]:
        found = await ada.call(Command.FIND, pb.Find(prefix=prefix, limit=limit), pb.Found)
        return list(found.names)

    assert await find("AD") == ["Adam", "adele"]
    assert await find("ad", 1) == ["Adam"]
    assert set(await find("张")) == {"张伟", "张三"}
    assert await find("%") == await find("x" * 1000) == []
    assert len(await find("")) == 6


async def test_names_and_passwords_are_checked(house):
    await house.person("Ada")
    client = await house.phobos()

    async def refusal(command: Command, name: str, password: str = PASSWORD) -> str:
        return await client.refusal(command, pb.Credentials(name=name, password=password))

    for taken in ("Ada", "ADA", "ａda"):  # the last begins with a full-width letter
        assert await refusal(Command.SIGN_UP, taken) == "NAME_TAKEN"
    for bad in ("", " ", " Bob", "Bob ", "x" * 65, "a\nb", "~Bob", "a\u200bb"):
        assert await refusal(Command.SIGN_UP, bad) == "BAD_NAME", repr(bad)
    for bad in ("", "short", "x" * 1025):
        assert await refusal(Command.SIGN_UP, "Bob", bad) == "BAD_PASSWORD"
    assert await refusal(Command.LOG_IN, "Ada", "wrong password") == "WRONG_PASSWORD"
    assert await refusal(Command.LOG_IN, "Nobody") == "WRONG_PASSWORD"
    assert await refusal(Command.LOG_IN, "Ada", "x" * 100_000) == "WRONG_PASSWORD"
    assert await refusal(Command.LOG_IN, "x" * 100_000) == "WRONG_PASSWORD"
    assert await client.refusal(Command.SYNC, pb.Sync()) == "NOT_LOGGED_IN"
    await client.log_in("ada")


async def test_messages_are_checked(house):
    ada = await house.person("Ada")

    async def refusal(text: str, conversation: str = "0", client_id: str = "1") -> str:
        request = pb.Send(conversation_id=conversation, text=text, client_id=client_id)
        return await ada.refusal(Command.SEND, request)

    assert await refusal("") == "EMPTY"
    assert await refusal(" \n\t\u3000") == "EMPTY"
    assert await refusal("x" * (MAX_TEXT + 1)) == "TOO_LONG"
    assert await refusal("x" * 1_000_000) == "TOO_LONG"
    assert await refusal("hi", "nowhere") == "NO_SUCH_CONVERSATION"
    assert await refusal("hi", client_id="") == "BAD_REQUEST"
    assert await refusal("hi", client_id="x" * 65) == "BAD_REQUEST"
    assert (await ada.send("0", "🚀" * MAX_TEXT, "1")).seq == 1
    assert (await ada.send("0", "a\0b", "2")).seq == 2
    assert (await ada.pull("0", after=1)).messages[0].text == "a\0b"


async def test_new_conversations_are_checked(house):
    ada = await house.person("Ada")
    await house.person("Bob")

    async def refusal(*members: str, title: str = "", client_id: str = "") -> str:
        request = pb.Create(members=members, title=title, client_id=client_id)
        return await ada.refusal(Command.CREATE, request)

    assert await refusal() == await refusal("Ada") == "BAD_MEMBERS"
    assert await refusal("Bob", "Nobody") == "NO_SUCH_PERSON"
    assert await refusal(*["Bob"] * 201) == "BAD_MEMBERS"
    assert await refusal("Bob", title="x" * 101) == "BAD_TITLE"
    assert await refusal("Bob", title="a\nb") == "BAD_TITLE"
    assert await refusal("Bob", client_id="x" * 65) == "BAD_REQUEST"
    assert len((await ada.sync()).conversations) == 3


@pytest.mark.parametrize("command", list(Command))
async def test_what_does_not_parse_is_answered(house, command):
    client = await house.phobos()
    answer = pb.Answer.FromString((await client.exchange(command, b"\xff\xff\xff")).body)
    assert answer.code == pb.BAD_REQUEST
    http = await house.http()
    status, _, body = await http.post(command.path, b"\x0a\xff")
    assert (status, pb.Answer.FromString(body).code) == (200, pb.BAD_REQUEST)


async def test_an_unknown_command_is_answered(house):
    client = await house.phobos()
    answer = pb.Answer.FromString((await client.exchange(0x1FFF, b"")).body)
    assert answer.code == pb.NOT_SUPPORTED


async def test_the_short_link_does_all_that_the_long_one_does(house):
    http = await house.http()
    credentials = pb.Credentials(name="Ada", password=PASSWORD, device="d")
    answer = await http.ask(Command.SIGN_UP, credentials)
    entered = pb.LoggedIn.FromString(answer.result)
    assert (answer.code, entered.name, entered.identified) == (pb.OK, "Ada", False)
    token = pb.LoggedIn.FromString((await http.ask(Command.LOG_IN, credentials)).result).token
    assert token != entered.token
    bob = await house.person("Bob")
    phone = await house.device("Ada")
    same = await house.phobos()
    await same.identify(token)
    made = pb.ConversationInfo.FromString(
        (await http.ask(Command.CREATE, pb.Create(members=["Bob"]), token)).result
    )
    for each in (bob, phone):
        assert (await each.conversation()).id == made.id
    request = pb.Send(conversation_id=made.id, client_id="1", text="hi")
    sent = pb.Sent.FromString((await http.ask(Command.SEND, request, token)).result)
    assert sent.seq == 1
    for each in (bob, phone):
        assert (await each.message()).text == "hi"
    await same.nothing_came()  # the same log-in's long link: the answer has told it
    pulled = await http.ask(Command.PULL, pb.Pull(conversation_id=made.id), token)
    assert pb.Pulled.FromString(pulled.result).messages[0].client_id == "1"
    found = await http.ask(Command.FIND, pb.Find(prefix="b"), token)
    assert list(pb.Found.FromString(found.result).names) == ["Bob"]
    for command, message in ((Command.SYNC, pb.Sync()), (Command.LOG_OUT, pb.LogOut())):
        assert (await http.ask(command, message)).code == pb.NOT_LOGGED_IN
        assert (await http.ask(command, message, "wrong")).code == pb.SESSION_EXPIRED
        assert (await http.ask(command, message, token)).code == pb.OK
    identify = await http.ask(Command.IDENTIFY, pb.Identify(token=token))
    assert identify.code == pb.BAD_REQUEST


async def test_a_log_in_that_ends_is_told_to_its_other_connections(house):
    ada, phone = await house.person("Ada"), await house.device("Ada")
    same = await house.phobos()
    await same.identify(ada.token)
    await ada.call(Command.LOG_OUT, pb.LogOut(), pb.LogOut)
    told = await same.pushed(PushCommand.LOGGED_OUT, pb.LoggedOut)
    assert told.code == pb.NOT_LOGGED_IN
    await phone.nothing_came()
    assert (await phone.sync()).revision
    for each in (ada, same):
        assert await each.refusal(Command.SYNC, pb.Sync()) == "NOT_LOGGED_IN"
    request = pb.Identify(token=ada.token)
    assert await ada.refusal(Command.IDENTIFY, request) == "SESSION_EXPIRED"
    # Over the short link, with the token:
    same = await house.phobos()
    await same.identify(phone.token)
    assert (await (await house.http()).ask(Command.LOG_OUT, pb.LogOut(), phone.token)).code == pb.OK
    for each in (same, phone):
        await each.pushed(PushCommand.LOGGED_OUT, pb.LoggedOut)


async def test_guessing_a_password_is_slowed_down(start):
    house = await start(limits=Limits(log_in_tries=3))
    await house.person("Ada")
    client = await house.phobos()
    wrong = pb.Credentials(name="Ada", password="wrong password")
    for _ in range(3):
        assert await client.refusal(Command.LOG_IN, wrong) == "WRONG_PASSWORD"
    for request in (wrong, pb.Credentials(name="ADA", password=PASSWORD)):
        answer = await client.ask(Command.LOG_IN, request)
        assert answer.code == pb.TOO_MANY_ATTEMPTS
        assert 0 < answer.retry_after <= 60
    other = pb.Credentials(name="Bob", password="wrong password")
    assert await client.refusal(Command.LOG_IN, other) == "WRONG_PASSWORD"


async def test_signing_up_is_slowed_down(start):
    house = await start(limits=Limits(sign_ups_host=2))
    for name in ("Ada", "Bob"):
        await house.person(name)
    answer = await (await house.http()).ask(
        Command.SIGN_UP, pb.Credentials(name="Cleo", password=PASSWORD)
    )
    assert answer.code == pb.TOO_MANY_ATTEMPTS


async def test_too_many_passwords_at_a_time_are_put_off(start):
    house = await start(limits=Limits(hashings=0))
    client = await house.phobos()
    answer = await client.ask(Command.SIGN_UP, pb.Credentials(name="Ada", password=PASSWORD))
    assert (answer.code, answer.retry_after) == (pb.SERVER_ERROR, 1)


async def test_two_who_want_one_name_at_once(house):
    one, two = await house.phobos(), await house.phobos()
    request = pb.Credentials(name="Ada", password=PASSWORD).SerializeToString()
    for each in (one, two):
        each.write(frame(Command.SIGN_UP, 5, request))
    codes = {pb.Answer.FromString((await each.receive()).body).code for each in (one, two)}
    assert codes == {pb.OK, pb.NAME_TAKEN}


async def test_requests_behind_a_password_wait_for_it(house):
    client = await house.phobos()
    request = pb.Credentials(name="Ada", password=PASSWORD).SerializeToString()
    client.write(frame(Command.SIGN_UP, 5, request) + frame(Command.SYNC, 6) + frame(6, 7, b"noop"))
    answers = [await client.receive() for _ in range(3)]
    assert [each.seq for each in answers] == [5, 6, 7]
    assert pb.Answer.FromString(answers[1].body).code == pb.OK
