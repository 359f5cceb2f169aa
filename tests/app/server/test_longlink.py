"""What a long link does with peers of every temper."""

from __future__ import annotations

import asyncio
import logging
import random
import socket

import pytest

from app.chat.proto import chat_pb2 as pb
from app.chat.protocol import Command
from app.server.connection import SLICE
from app.server.settings import Limits
from tests.app.server.clients import HOST, PASSWORD, PATIENCE, Client, frame, say, string

SHORT = Limits(idle_timeout=0.3, frame_timeout=0.3, frame_total_timeout=0.6, write_timeout=0.4)


@pytest.fixture(autouse=True)
def told(caplog):
    caplog.set_level(logging.INFO, "app.server")


async def logged(caplog, text: str) -> None:
    """Wait until the log holds a text."""
    async with asyncio.timeout(PATIENCE):
        while text not in caplog.text:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_frames_come_in_any_pieces(house):
    client = await house.guest()
    noops = b"".join(frame(6, number, b"x" * number) for number in range(1, 60))
    rng = random.Random(1)
    at = 0
    while at < len(noops):
        size = rng.randrange(1, 50)
        client.write(noops[at : at + size])
        at += size
        if rng.random() < 0.3:
            await asyncio.sleep(0)
    for number in range(1, 60):
        assert await client.receive() == (20, 200, 6, number, b"x" * number)


async def test_many_frames_at_once_are_answered_in_order(house):
    client = await house.guest()
    count = 10 * SLICE + 7
    hello = string(1, "a") + string(2, "b")
    client.write(b"".join(frame(1, number, hello) for number in range(1, count)))
    for number in range(1, count):
        assert (await client.receive()).seq == number


async def test_a_longer_head_is_skipped(house):
    client = await house.guest()
    client.write(frame(6, 1, b"body", head=28)[:20] + b"optional" + b"body")
    assert await client.receive() == (20, 200, 6, 1, b"body")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"GET / HTTP/1.1\r\nHost: here\r\n\r\n", "client version"),
        (bytes(100), "client version"),
        (frame(6, 1, version=100), "client version 100, expected 200"),
        (frame(6, 1, head=19), "a head of 19 bytes"),
        (frame(6, 1)[:16] + b"\xff\xff\xff\xff", "over the limit of 1048576"),
        (
            b"\x00\x00\x00\x14\x00\x00\x00\xc8\x00\x00\x00\x06\x00\x00\x00\x01\x00\x10\x00\x00",
            "over",
        ),
    ],
)
async def test_garbage_closes_the_link_with_the_reason_in_the_log(house, caplog, data, reason):
    client, other = await house.guest(), await house.guest()
    client.write(frame(6, 41) + data + bytes(1000))
    assert await client.was_closed() == frame(6, 41)  # what was good was answered
    assert reason in caplog.text
    await other.nothing_came()  # nobody else is disturbed


async def test_the_largest_frame_is_taken(house):
    client = await house.guest()
    body = bytes(2**20 - 20)
    client.write(frame(6, 1, body))
    assert (await client.receive()).body == body


async def test_half_a_frame_and_silence(start, caplog):
    house = await start(limits=SHORT)
    for half in (frame(6, 1)[:7], frame(3, 1, say("Anna", "hi"))[:-1]):
        client = await house.phobos()
        client.write(half)
        assert await client.was_closed() == b""
        assert "silent for 0.3 s in the middle of a frame" in caplog.text
        caplog.clear()


async def test_a_frame_that_trickles_without_end(start, caplog):
    house = await start(limits=SHORT)
    client = await house.phobos()
    data = iter(frame(6, 1, bytes(10_000)))
    while "is not whole after 0.6 s" not in caplog.text:
        client.write(bytes([next(data)]))
        await asyncio.sleep(0.05)
    assert await client.was_closed() == b""


async def test_silence_ends_a_link_and_any_byte_keeps_it(start, caplog):
    house = await start(limits=SHORT)
    silent, alive = await house.phobos(), await house.phobos()
    async with asyncio.timeout(PATIENCE):
        while "silent for 0.3 s" not in caplog.text:
            await alive.nothing_came()
            await asyncio.sleep(0.02)
    assert await silent.was_closed() == b""
    await alive.nothing_came()


async def test_an_end_in_the_middle_of_a_frame_is_told(house, caplog):
    client = await house.guest()
    client.write(frame(6, 1)[:10])
    client.writer.write_eof()
    assert await client.was_closed() == b""
    assert "closed in the middle of a frame" in caplog.text


async def test_a_client_that_resets_is_forgotten(house, caplog):
    client, other = await house.guest(), await house.guest()
    sock = client.writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
    client.writer.transport.abort()
    await logged(caplog, "was closed by the client")
    await other.say("Anna", "anybody?")


async def slow_reader(house) -> Client:
    """A client whose socket takes little and that reads nothing."""
    client = await house.guest()
    client.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.writer.transport.pause_reading()
    return client


async def test_a_slow_reader_of_pushes_is_cut_and_nobody_waits_for_it(start, caplog):
    house = await start(limits=Limits(write_buffer=300_000, writes=0))
    slow, talker, other = await slow_reader(house), await house.guest(), await house.guest()
    text = "x" * 16_000
    said = 0
    async with asyncio.timeout(60):
        while "bytes unread" not in caplog.text:
            await talker.say("Anna", text)
            said += 1
            await other.heard()
    assert said < 2000
    await slow.close()
    await talker.say("Anna", "go on")
    await other.heard()


async def test_a_slow_reader_of_answers_is_not_worked_for(start, caplog):
    house = await start(limits=Limits(write_timeout=0.4, writes=0))
    slow = await slow_reader(house)
    hello = string(1, "mars") + string(2, "128KB")
    slow.write(b"".join(frame(8, number, hello) for number in range(1, 1000)))
    await logged(caplog, "it has not read for 0.4 s")  # never the 128 MB that it asked for
    assert "bytes unread" not in caplog.text


async def test_a_slow_reader_that_catches_up_gets_everything(house):
    slow = await house.guest()
    slow.writer.transport.pause_reading()
    hello = string(1, "mars") + string(2, "128KB")
    slow.write(b"".join(frame(8, number, hello) for number in range(1, 201)))
    await asyncio.sleep(0.2)
    slow.writer.transport.resume_reading()
    for number in range(1, 201):
        assert (await slow.receive()).seq == number
    await slow.nothing_came()


async def test_too_many_connections_are_refused(start, caplog):
    house = await start(limits=Limits(max_connections=2))
    first = await house.guest()
    await house.guest()
    third = await house.phobos()
    assert await third.was_closed() == b""
    http = await house.http()
    assert await http.was_closed() == b""
    assert "too many connections" in caplog.text
    await first.close()
    await logged(caplog, "was closed by the client")
    await house.guest()


async def test_who_leaves_while_the_password_is_checked_disturbs_nobody(house, caplog):
    client = await house.phobos()
    request = pb.Credentials(name="Ada", password=PASSWORD)
    client.write(frame(Command.SIGN_UP, 1, request.SerializeToString()))
    await client.writer.drain()
    await client.close()
    await logged(caplog, "was closed by the client")
    bob = await house.person("Bob")  # the workers are done with Ada
    assert [each.host for each in house.server.presence.known()] == [HOST]
    assert "ERROR" not in caplog.text
    await bob.close()
    await logged(caplog, "was closed by the client")


async def test_random_bytes_never_do_more_than_close_the_link(house, caplog):
    rng = random.Random(7)
    for _ in range(150):
        client = await house.phobos()
        for _ in range(rng.randrange(1, 4)):
            cmdid = rng.choice([*Command, 1, 3, 4, 6, 8, 243, 10001, rng.randrange(2**32)])
            data = bytearray(frame(cmdid, rng.randrange(2**32), rng.randbytes(rng.randrange(40))))
            for _ in range(rng.randrange(3)):
                data[rng.randrange(len(data))] = rng.randrange(256)
            client.write(bytes(data))
        client.writer.write_eof()
        await client.was_closed()
        await client.close()
    assert "ERROR" not in caplog.text
    await (await house.guest()).nothing_came()
    assert len(house.server.presence) == 1  # nothing of the others is left


@pytest.mark.parametrize("where", ["service", "worker", "push", "timer"])
async def test_a_handler_that_raises_costs_its_connection_alone(house, caplog, monkeypatch, where):
    """Whatever runs for a client and raises: the link is closed, and nothing of it is left."""
    other = await house.person("Bob")
    client = await house.phobos()
    await client.nothing_came()
    before = house.server.presence.guests()[-1:]

    def fail(*_arguments):
        raise RuntimeError("a fault of ours")

    if where == "service":  # behind noops, so that it is a later turn of the loop
        monkeypatch.setattr("app.server.mars_sample.MarsSample.handle", fail)
        hello = string(1, "a") + string(2, "b")
        client.write(b"".join(frame(6, n) for n in range(1, 71)) + frame(1, 71, hello))
    elif where == "worker":
        monkeypatch.setattr("app.server.service.Service._done", fail)
        monkeypatch.setattr("app.server.service.Service._failed", fail)
        request = pb.Credentials(name="Ada", password=PASSWORD).SerializeToString()
        client.write(frame(Command.SIGN_UP, 1, request))
    elif where == "push":
        monkeypatch.setattr("app.server.longlink.LongLinkConnection.unfinished", fail)
        client.write(frame(6, 1)[:9])
    else:
        monkeypatch.setattr("app.server.longlink.LongLinkConnection.deadline", fail)
        client.write(frame(6, 1))
    await client.was_closed()
    monkeypatch.undo()
    await logged(caplog, "its handler failed")
    assert "a fault of ours" in caplog.text
    async with asyncio.timeout(PATIENCE):
        while before[0] in house.server.presence.guests():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert house.server.sockets == 1
    assert (await other.sync()).revision
