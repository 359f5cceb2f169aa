"""What a peer may give without a bound of its own."""

import pytest

from netcore import bounds
from netcore.connect.dial import dial
from netcore.connect.endpoint import Endpoint
from netcore.connect.proxy import Proxy
from netcore.connect.resolver import SystemResolver
from netcore.errors import ProxyError
from netcore.sdt.http import check_http
from tests.netcore.connect.names import Names
from tests.netcore.connect.peers import says, serving
from tests.netcore.connect.test_sources import make

LONG = "x" * 8000


def test_words_are_short_and_in_one_line():
    assert bounds.words("Not Found") == "Not Found"
    assert bounds.words("代理 refused\r\n\x1b[31m\u202e") == "代理 refused���[31m�"
    assert bounds.words(b"caf\xe9") == "caf\xe9"
    for given in (LONG, LONG.encode()):
        assert bounds.words(given) == "x" * bounds.MAX_WORDS + "…"
    assert bounds.words("x" * bounds.MAX_WORDS) == "x" * bounds.MAX_WORDS


async def test_a_proxy_s_reason_is_cut():
    head = f"HTTP/1.1 403 {LONG}\r\nContent-Length: 0\r\n\r\n".encode()
    async with serving(says(head)) as port:
        with pytest.raises(ProxyError) as caught:
            await dial(Endpoint("127.0.0.1", 9), proxy=Proxy("http", "127.0.0.1", port))
    assert len(str(caught.value)) < 400


async def test_a_server_s_reason_is_cut_in_a_diagnosis():
    head = f"HTTP/1.1 503 {LONG}\r\nContent-Length: 0\r\n\r\n".encode()
    async with serving(says(head)) as port:
        at = Endpoint("127.0.0.1", port)
        result = await check_http(at, path="/", tls=None, timeout=5.0)
    assert len(result.facts["reason"]) == bounds.MAX_WORDS + 1
    assert len(result.detail) < 400


async def test_a_host_has_no_more_addresses_than_are_of_use():
    many = [f"10.{number // 250}.0.{number % 250 + 1}" for number in range(5000)]
    rows = [(2, 1, 6, "", (each, 0)) for each in many]
    answer = await SystemResolver(lambda *_, **__: rows).resolve("chat.example")
    assert answer.addresses == tuple(many[: bounds.MAX_ADDRESSES])
    sources = make(Names(), new_dns=lambda *_: many)
    found, _ = await sources._lookup.addresses("chat.example", True, {})
    assert len(found) == bounds.MAX_ADDRESSES
