"""How many sockets there may be, and what they may hold together."""

from __future__ import annotations

import asyncio
import logging
import socket

import pytest

from app.chat.proto import chat_pb2 as pb
from app.server.connections import Connections
from app.server.response import Done, Later
from app.server.settings import Limits
from tests.app.server.clients import HOST, PATIENCE, frame, string


async def settled(house, count: int) -> None:
    """Wait until the server has so many sockets."""
    async with asyncio.timeout(PATIENCE):
        while house.server.sockets != count:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_a_seat_is_for_a_network_and_is_given_back():
    connections = Connections(Limits(max_connections=3, max_connections_host=2))
    assert [connections.admit("a") for _ in range(2)] == ["", ""]
    assert connections.admit("a") == "too many connections of its network"
    assert connections.admit("b") == ""
    assert connections.admit("c") == "too many connections"
    connections.leave("a")
    assert connections.admit("c") == ""
    anybody = Connections(Limits(max_connections=3, max_connections_host=0))
    assert [anybody.admit("a") for _ in range(4)] == ["", "", "", "too many connections"]
    await anybody.close()
    for each in ("a", "b", "c"):
        connections.leave(each)
    assert connections.sockets == 0
    await connections.close()


async def test_a_server_that_ends_gives_no_more_seats():
    connections = Connections(Limits())
    assert connections.admit("a") == ""
    connections.leave("a")
    await connections.close()
    assert connections.admit("a") == "the server ends"
    assert connections.sockets == 0


async def test_one_address_does_not_get_all_connections(start, caplog):
    house = await start(limits=Limits(max_connections=10, max_connections_host=2))
    first = await house.guest()
    await house.guest()
    assert await (await house.phobos()).was_closed() == b""
    assert await (await house.http()).was_closed() == b""
    assert "too many connections of its network" in caplog.text
    await first.close()
    await settled(house, 1)
    await house.guest()


@pytest.mark.parametrize("said", [b"", b"no handshake at all", b"\x16\x03\x01\x02\x00\x01"])
async def test_sockets_without_a_handshake_count_and_end(start, caplog, said):
    caplog.set_level(logging.INFO, "app.server")
    limits = Limits(max_connections_host=3, tls_handshake_timeout=0.5)
    house = await start(limits=limits, plain=False)
    silent = [await house.phobos() for _ in range(3)]
    await settled(house, 3)
    assert await (await house.phobos()).was_closed() == b""  # a fourth finds no seat
    for each in silent:
        each.write(said)
    for each in silent:
        await each.was_closed()
    await settled(house, 0)
    assert caplog.text.count("clients without TLS need --plain") == 3
    assert len(house.server.presence) == 0


async def test_a_handshake_that_is_cut_gives_its_seat_back(start):
    house = await start(plain=False)
    clients = [await house.phobos() for _ in range(5)]
    await settled(house, 5)
    for each in clients:
        await each.close()
    await settled(house, 0)


async def test_a_server_ends_in_the_middle_of_handshakes(start):
    house = await start(plain=False)
    silent = [await house.phobos() for _ in range(3)]
    await settled(house, 3)
    await house.server.close()
    for each in silent:
        assert await each.was_closed() == b""


async def test_guests_that_read_nothing_hold_so_much_together_and_no_more(start, caplog):
    """Each holds less than may be held for one; the largest are cut, and others are served."""
    limit = 6 * 1024 * 1024
    house = await start(limits=Limits(held=limit, writes=0, requests=0))
    silent = []
    for _ in range(40):
        client = await house.guest()
        sock = client.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.writer.transport.pause_reading()
        silent.append(client)
    talker, listener = await house.guest(), await house.guest()
    most = 0
    for number in range(600):
        await talker.say("Anna", "x" * 16_000)
        await listener.heard()
        most = max(most, house.server.held)
        if number % 50 == 0:
            await asyncio.sleep(0)
    assert "all clients together hold too much" in caplog.text
    assert 0 < most <= limit
    for each in silent:
        await each.close()
    await settled(house, 2)
    assert house.server.held == 0
    await talker.say("Anna", "go on")
    await listener.heard()


async def test_halves_of_frames_and_of_requests_count_too(start, caplog):
    house = await start(limits=Limits(held=4 * 1024 * 1024))
    alive = await house.guest()
    half = frame(6, 1, bytes(2**20 - 20))[:-1]
    head = b"POST /mars/hello HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n"
    senders = [await house.phobos() for _ in range(4)]
    for each in senders:
        each.write(half)
    more = [await house.http() for _ in range(4)]
    for each in more:
        each.write(head + bytes(999_999))
    async with asyncio.timeout(PATIENCE):
        while house.server.sockets > 5:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert "all clients together hold too much" in caplog.text
    assert house.server.held <= 4 * 1024 * 1024
    await alive.nothing_came()


async def test_one_network_does_not_get_the_whole_queue_of_passwords():
    connections = Connections(Limits(hashings=3, hashings_host=2))
    ready = asyncio.Event()

    def refused(error):
        return Done(str(error).encode())

    loop = asyncio.get_running_loop()

    def job():
        asyncio.run_coroutine_threadsafe(ready.wait(), loop).result()

    later = Later(job, lambda _result: Done(b"done"), refused)
    first = [asyncio.ensure_future(connections.finish(later, "a")) for _ in range(2)]  # noqa: TID251
    await asyncio.sleep(0)
    assert (await connections.finish(later, "a")).body == b"too much work at a time"
    other = asyncio.ensure_future(connections.finish(later, "b"))  # noqa: TID251
    await asyncio.sleep(0)
    assert (await connections.finish(later, "c")).body == b"too much work at a time"
    ready.set()
    assert [each.body for each in await asyncio.gather(*first, other)] == [b"done"] * 3
    assert (await connections.finish(later, "a")).body == b"done"
    await connections.close()


async def test_answers_that_were_taken_are_held_no_more(house):
    client = await house.guest()
    hello = string(1, "mars") + string(2, "128KB")
    for _ in range(20):
        await client.exchange(8, hello)
    assert client.writer.get_extra_info("peername")[0] == HOST
    person = await house.person("Ada")
    answer = await person.sync()
    assert isinstance(answer, pb.Synced)
    async with asyncio.timeout(PATIENCE):
        while house.server.held:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
