"""Two of Mars's sample clients chat, to the byte; and with Phobos's users."""

from __future__ import annotations

import struct

from app.chat.proto import chat_pb2 as pb
from tests.app.server.clients import frame, integer, pushed, said, say, string

LIST = b"".join(
    b"\x0a" + bytes([len(each)]) + each
    for each in (
        string(1, topic) + string(2, notice) + string(3, "Mars")
        for topic, notice in (("0", "STN Discuss"), ("1", "Xlog Discuss"), ("2", "SDT Discuss"))
    )
)


async def test_the_head_of_an_answer_to_the_byte(house):
    guest = await house.guest()
    guest.write(bytes.fromhex("00000014 000000c8 00000006 ffffffff 00000000"))
    assert await guest.reader.readexactly(20) == bytes.fromhex(
        "00000014 000000c8 00000006 ffffffff 00000000"
    )
    body = string(1, "mars") + string(2, "hi")
    guest.write(struct.pack(">5I", 20, 200, 1, 77, len(body)) + body)
    answer = integer(1, 0) + string(2, "congratulations, mars")
    assert await guest.reader.readexactly(20 + len(answer)) == (
        struct.pack(">5I", 20, 200, 1, 77, len(answer)) + answer
    )


async def test_a_noop_comes_back_as_it_was(house):
    guest = await house.guest()
    guest.write(frame(6, 9, b"body"))
    assert await guest.receive() == (20, 200, 6, 9, b"body")


async def test_hello2_gives_what_its_text_asks_for(house):
    guest = await house.guest()
    plain = integer(1, 0) + string(2, "hello mars")
    for text, size in (("hi", 0), ("64KB", 65536), ("128KB", 131072)):
        answer = await guest.exchange(8, string(1, "mars") + string(2, text))
        assert answer.body.startswith(plain)
        rest = answer.body[len(plain) :]
        assert len(rest) == (size + 4 if size else 0)


async def test_a_message_reaches_every_other_connection_and_never_its_sender(house):
    anna, bert, cleo = [await house.guest() for _ in range(3)]
    answer = await anna.say("Anna", "hello 你好 🚀", "1")
    assert answer.body == said("Anna", "hello 你好 🚀", "1")
    for each in (bert, cleo):
        assert await each.heard() == pushed("Anna", "hello 你好 🚀", "1")
    await anna.nothing_came()
    await bert.say("Bert", "back", "1")
    assert await anna.heard() == pushed("Bert", "back", "1")
    assert await cleo.heard() == pushed("Bert", "back", "1")
    await bert.nothing_came()


async def test_who_has_gone_is_left_out(house):
    anna, bert = await house.guest(), await house.guest()
    await bert.close()
    for number in range(3):
        await anna.say("Anna", str(number))


async def test_the_list_is_served_over_the_short_link_only(house):
    http = await house.http()
    status, headers, body = await http.post("/mars/getconvlist", string(1, "t") + integer(2, 0))
    assert (status, headers["content-type"]) == (200, "application/octet-stream")
    assert body == LIST
    status, _, body = await http.post("/mars/getconvlist", string(1, "t") + integer(2, 1))
    assert (status, body) == (204, b"")
    assert (await http.post("/mars/getconvlist", b"\xff"))[0] == 400
    guest = await house.guest()
    guest.write(frame(4, 5, string(1, "t") + integer(2, 0)))
    await guest.nothing_came()


async def test_the_short_link_speaks_the_other_requests_too(house):
    http = await house.http()
    hello = string(1, "mars") + string(2, "hi")
    status, _, body = await http.post("/mars/hello", hello)
    assert (status, body) == (200, integer(1, 0) + string(2, "congratulations, mars"))
    assert (await http.post("/mars/hello2", hello))[2] == integer(1, 0) + string(2, "hello mars")
    guest = await house.guest()
    status, _, body = await http.post("/mars/sendmessage", say("Anna", "over HTTP", "2"))
    assert (status, body) == (200, said("Anna", "over HTTP", "2"))
    assert await guest.heard() == pushed("Anna", "over HTTP", "2")


async def test_a_sender_over_the_short_link_is_known_by_its_name_on_the_long_one(house):
    anna, bert = await house.guest(), await house.guest()
    await anna.exchange(1, string(1, "Anna") + string(2, "hi"))
    await (await house.http()).post("/mars/sendmessage", say("Anna", "one"))
    assert await bert.heard() == pushed("Anna", "one")
    await anna.nothing_came()


async def test_what_cannot_be_sent_is_answered_as_failed(house):
    anna, bert = await house.guest(), await house.guest()
    for bad, reason in (
        (say("Anna", " \n"), "the message is empty"),
        (say("Anna", "hi", "3"), "there is no such topic"),
        (say("Anna", "x" * 1_000_000), "the message is longer than 16384 characters"),
    ):
        answer = await anna.exchange(3, bad)
        assert answer.body == (
            integer(1, -1) + string(2, reason) + string(3, "Anna") + string(4, "") + string(5, "")
        )
    for unparsable in (b"\xff\xff", string(1, "t")):
        answer = await anna.exchange(3, unparsable)
        assert answer.body.startswith(integer(1, -1) + string(2, "the request does not parse"))
        answer = await anna.exchange(1, unparsable)
        assert answer.body == integer(1, -1) + string(2, "the request does not parse")
    await bert.nothing_came()


async def test_what_the_sample_server_ignores_is_ignored(house):
    guest = await house.guest()
    for data in (frame(3, 5), frame(99, 6, b"x"), frame(243, 7, b"x")):
        guest.write(data)
    await guest.nothing_came()


async def test_both_worlds_see_each_other(house):
    guest, other = await house.guest(), await house.guest()
    ada = await house.person("Ada")
    conversations = (await ada.sync()).conversations
    assert [(each.id, each.kind, each.title) for each in conversations] == [
        ("0", pb.PUBLIC, "STN Discuss"),
        ("1", pb.PUBLIC, "Xlog Discuss"),
        ("2", pb.PUBLIC, "SDT Discuss"),
    ]
    await guest.say("Bob", "hi all", "2")
    assert await other.heard() == pushed("Bob", "hi all", "2")
    message = await ada.message()
    assert (message.conversation_id, message.seq) == ("2", 1)
    assert (message.sender, message.text, message.client_id) == ("~Bob", "hi all", "")
    sent = await ada.send("2", "hello Bob", "1")
    assert sent.seq == 2
    for each in (guest, other):
        assert await each.heard() == pushed("Ada", "hello Bob", "2")
    await ada.nothing_came()  # no push in the sample's protocol, nor of her own message
    pulled = await ada.pull("2")
    assert [(each.sender, each.text) for each in pulled.messages] == [
        ("~Bob", "hi all"),
        ("Ada", "hello Bob"),
    ]


async def test_a_guests_name_is_made_fit_to_be_shown(house):
    guest = await house.guest()
    ada = await house.person("Ada")
    for name, shown in (
        ("", "~guest"),
        ("~Ada", "~~Ada"),
        (" a\n\u202eb ", "~a b"),
        ("x" * 100, "~" + "x" * 63),
    ):
        await guest.say(name, "hi")
        assert (await ada.message()).sender == shown


NOT_UTF8 = b"\xff\xfe\x80"


async def test_strings_that_are_not_utf8_are_answered_and_the_link_goes_on(house, caplog):
    """Seventy noops before it: the frame is worked on in a later turn of the loop."""
    guest, http = await house.guest(), await house.http()
    send = string(1, "t") + string(2, NOT_UTF8) + string(3, "all") + string(4, "x") + string(5, "0")
    bad = [
        (1, "/mars/hello", string(1, NOT_UTF8) + string(2, "hi")),
        (8, "/mars/hello2", string(1, "mars") + string(2, NOT_UTF8)),
        (3, "/mars/sendmessage", send),
        (3, "/mars/sendmessage", string(1, "t") + string(2, "a") + string(3, "all")
         + string(4, NOT_UTF8) + string(5, "0")),
    ]  # fmt: skip
    for cmdid, path, body in bad:
        guest.write(b"".join(frame(6, n) for n in range(1, 71)) + frame(cmdid, 99, body))
        for number in range(1, 71):
            assert (await guest.receive()).seq == number
        answer = await guest.receive()
        assert answer.seq == 99
        assert b"does not parse" in answer.body
        status, _, by_http = await http.post(path, body)
        assert (status, by_http) == (200, answer.body)
    assert (await http.post("/mars/getconvlist", string(1, NOT_UTF8) + integer(2, 0)))[0] == 400
    await guest.say("Anna", "still here")
    assert "ERROR" not in caplog.text
