"""The short link's HTTP, good and bad."""

from __future__ import annotations

import asyncio
import logging

import pytest

from app.server.settings import Limits
from tests.app.server.clients import integer, request, string

HELLO = string(1, "mars") + string(2, "hi")
SAID = integer(1, 0) + string(2, "congratulations, mars")


@pytest.fixture(autouse=True)
def told(caplog):
    caplog.set_level(logging.INFO, "app.server")


async def test_a_connection_is_kept_for_the_next_request(house):
    http = await house.http()
    for _ in range(3):
        status, headers, body = await http.post("/mars/hello", HELLO)
        assert (status, body) == (200, SAID)
        assert "connection" not in headers


async def test_a_request_may_ask_for_the_end(house):
    http = await house.http()
    status, headers, _ = await http.post("/mars/hello?x=1", HELLO, "Connection: close")
    assert (status, headers["connection"]) == (200, "close")
    assert await http.was_closed() == b""


async def test_requests_that_come_together_are_answered_in_order(house):
    http = await house.http()
    http.write(
        b"".join(request("/mars/hello", string(1, str(n)) + string(2, "")) for n in range(200))
    )
    for number in range(200):
        said = integer(1, 0) + string(2, f"congratulations, {number}")
        assert (await http.answer())[2] == said


async def test_a_request_comes_in_any_pieces(house):
    http = await house.http()
    for byte in request("/mars/hello", HELLO):
        http.write(bytes([byte]))
        await asyncio.sleep(0)
    assert (await http.answer())[2] == SAID


async def test_a_chunked_body(house):
    http = await house.http()
    half = len(HELLO) // 2
    http.write(
        b"POST /mars/hello HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        + b"".join(
            f"{len(part):x}\r\n".encode() + part + b"\r\n" for part in (HELLO[:half], HELLO[half:])
        )
        + b"0\r\n\r\n"
    )
    assert (await http.answer())[2] == SAID


async def test_who_waits_to_be_told_to_continue_is_told(house):
    http = await house.http()
    whole = request("/mars/hello", HELLO, "Expect: 100-continue")
    head, body = whole[: -len(HELLO)], whole[-len(HELLO) :]
    http.write(head)
    assert (await http.reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 100 ")
    http.write(body)
    assert (await http.answer())[2] == SAID


async def test_an_old_client(house):
    http = await house.http()
    http.write(b"POST /mars/hello HTTP/1.0\r\nContent-Length: %d\r\n\r\n" % len(HELLO) + HELLO)
    assert (await http.answer())[2] == SAID
    assert await http.was_closed() == b""


async def test_a_path_that_is_not_there(house):
    http = await house.http()
    for path in ("/", "/phobos/", "/mars/hello/", "/../etc/passwd"):
        assert (await http.post(path, b"x"))[0] == 404


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", 405),
        (b"PUT /mars/hello HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx", 405),
        (b"\x00\x00\x00\x14\x00\x00\x00\xc8\x00\x00\x00\x06\r\n\r\n", 400),
        (b"POST /mars/hello HTTP/1.1\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 20_000, 431),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1048577\r\n\r\n", 413),
        (
            b"POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 9999999\r\n"
            b"\r\n",
            413,
        ),
    ],
)
async def test_bad_requests_are_refused_and_the_connection_ends(house, caplog, data, status):
    http, other = await house.http(), await house.http()
    http.write(data)
    found, headers, body = await http.answer()
    assert (found, headers["connection"]) == (status, "close")
    assert body
    http.writer.write_eof()
    assert await http.was_closed() == b""
    assert f": {status}, " in caplog.text
    assert (await other.post("/mars/hello", HELLO))[0] == 200


async def test_head_has_no_body(house):
    http = await house.http()
    http.write(b"HEAD / HTTP/1.1\r\nHost: x\r\n\r\n")
    http.writer.write_eof()
    assert b"HTTP/1.1 405 " in await http.was_closed()


async def test_a_body_that_is_too_long_gets_its_answer_while_it_is_sent(house):
    for head in (b"Content-Length: 5000000\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n"):
        http = await house.http()
        http.write(b"POST /mars/hello HTTP/1.1\r\nHost: x\r\n" + head)
        for _ in range(50):
            http.write((b"" if b"Length" in head else b"186a0\r\n") + bytes(100_000))
            if b"chunked" in head:
                http.write(b"\r\n")
        assert (await http.answer())[0] == 413


async def test_half_a_request_and_silence(start, caplog):
    house = await start(limits=Limits(request_timeout=0.3))
    for half in (b"POST /mars", request("/mars/hello", HELLO)[:-1]):
        http = await house.http()
        http.write(half)
        assert await http.was_closed() == b""
        assert "a request is not whole after 0.3 s" in caplog.text
        caplog.clear()


async def test_silence_ends_a_connection(start, caplog):
    house = await start(limits=Limits(keep_alive=0.3))
    fresh, used = await house.http(), await house.http()
    await used.post("/mars/hello", HELLO)
    for each in (fresh, used):
        assert await each.was_closed() == b""
    assert caplog.text.count("no further request") == 2


async def test_an_end_in_the_middle_of_a_request_is_told(house, caplog):
    http = await house.http()
    http.write(request("/mars/hello", HELLO)[:-1])
    http.writer.write_eof()
    assert await http.was_closed() == b""
    assert "closed in the middle of a request" in caplog.text
