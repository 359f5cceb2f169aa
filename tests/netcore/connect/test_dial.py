import asyncio
import socket

import pytest

from netcore.connect.dial import dial
from netcore.connect.endpoint import AddressSource, Endpoint
from netcore.connect.proxy import Proxy
from netcore.errors import ConnectError, ProxyError
from tests.netcore.connect import peers

pytestmark = pytest.mark.usefixtures("nothing_left_open")


async def asked(sock, data=b"hello"):
    loop = asyncio.get_running_loop()
    with sock:
        await loop.sock_sendall(sock, data)
        return await asyncio.wait_for(loop.sock_recv(sock, 100), 5)


def local(port, **more):
    return Endpoint("127.0.0.1", port, **more)


async def test_a_dialled_socket_is_non_blocking_and_sends_at_once():
    async with peers.serving(peers.echo) as port:
        sock = await dial(local(port))
        assert not sock.getblocking()
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        assert await asked(sock) == b"hello"


async def test_a_v6_endpoint_is_dialled():
    if not socket.has_ipv6:
        pytest.skip("this machine has no IPv6 at all")
    try:
        server = peers.listening(family=socket.AF_INET6, address="::1")
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")
    with server, await dial(Endpoint("::1", server.getsockname()[1])) as sock:
        assert sock.getpeername()[0] == "::1"


async def test_a_refusing_address_is_named_with_the_reason():
    with pytest.raises(ConnectError, match=r"127\.0\.0\.1:\d+: the connection was refused") as got:
        await dial(local(peers.refusing_port()))
    assert isinstance(got.value.__cause__, ConnectionRefusedError)


async def test_a_black_hole_ends_by_the_time_out():
    with peers.black_hole() as port, pytest.raises(ConnectError, match=r"within 0\.1 s"):
        await dial(local(port), timeout=0.1)


# ---------------------------------------------------------------------------- HTTP


def http(port, **more):
    return Proxy("http", "127.0.0.1", port, **more)


async def test_an_http_tunnel_carries_bytes_both_ways():
    proxy = peers.HttpProxy()
    async with peers.serving(peers.echo) as port, peers.serving(proxy) as door:
        sock = await dial(local(port), proxy=http(door))
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        assert await asked(sock) == b"hello"
    head = proxy.heads[0].decode()
    assert head.startswith(f"CONNECT 127.0.0.1:{port} HTTP/1.1\r\n")
    assert f"Host: 127.0.0.1:{port}\r\n" in head
    assert "Proxy-Authorization" not in head


async def test_an_http_proxy_gets_the_login_it_asks_for():
    async with (
        peers.serving(peers.echo) as port,
        peers.serving(peers.HttpProxy("max:sécret")) as door,
    ):
        proxy = http(door, username="max", password="sécret")
        assert await asked(await dial(local(port), proxy=proxy)) == b"hello"


@pytest.mark.parametrize(
    ("login", "advice"),
    [({}, "asks for a user name"), ({"username": "max", "password": "x"}, "refuses this user")],
)
async def test_a_missing_or_wrong_http_login_says_what_to_do(login, advice):
    async with peers.serving(peers.HttpProxy("max:secret")) as door:
        with pytest.raises(ProxyError, match=advice) as caught:
            await dial(local(1), proxy=http(door, **login))
    assert "secret" not in str(caught.value)


async def test_a_proxy_s_answer_in_pieces_is_put_together_and_what_follows_it_is_not_lost():
    greeting = b"the server speaks first"
    proxy = peers.HttpProxy(extra=greeting, pace=7)
    async with peers.serving(peers.silent) as port, peers.serving(proxy) as door:
        sock = await dial(local(port), proxy=http(door))
        loop = asyncio.get_running_loop()
        with sock:
            got = b""
            while len(got) < len(greeting):
                got += await asyncio.wait_for(loop.sock_recv(sock, 100), 5)
        assert got == greeting


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"HTTP/1.1 403 Forbidden\r\n\r\n", "does not allow connections to 127.0.0.1:1 "),
        (b"HTTP/1.1 502 Bad Gateway\r\n\r\n", "could not reach 127.0.0.1:1"),
        (b"HTTP/1.1 418 Teapot\r\n\r\n", "418 Teapot"),
        (b"SSH-2.0-OpenSSH_9.9\r\n\r\n", "is no HTTP proxy"),
        (b"\x05\xff\x00\x00\r\n\r\n", "is no HTTP proxy"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 5000, "is no HTTP proxy"),
    ],
)
async def test_a_refusing_or_garbage_speaking_http_proxy_is_told_in_words(answer, words):
    async with peers.serving(peers.says(answer)) as door:
        with pytest.raises(ProxyError, match=words):
            await dial(local(1), proxy=http(door))


async def test_an_http_proxy_that_hangs_up_is_told():
    async def reads_and_closes(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.close()
        await writer.wait_closed()

    async with peers.serving(reads_and_closes) as door:
        with pytest.raises(ProxyError, match="closed the connection without an answer"):
            await dial(local(1), proxy=http(door))


# ---------------------------------------------------------------------------- SOCKS5


def socks(port, **more):
    return Proxy("socks5", "127.0.0.1", port, **more)


async def test_a_socks5_tunnel_carries_bytes_both_ways():
    proxy = peers.Socks5Proxy()
    async with peers.serving(peers.echo) as port, peers.serving(proxy) as door:
        sock = await dial(local(port), proxy=socks(door))
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        assert not sock.getblocking()
        assert await asked(sock) == b"hello"
    assert proxy.targets == [("127.0.0.1", port)]


async def test_a_socks5_proxy_gets_the_login_it_asks_for():
    async with (
        peers.serving(peers.echo) as port,
        peers.serving(peers.Socks5Proxy("max:secret")) as door,
    ):
        proxy = socks(door, username="max", password="secret")
        assert await asked(await dial(local(port), proxy=proxy)) == b"hello"


@pytest.mark.parametrize(
    ("login", "advice"),
    [
        ({}, "asks for a user name and password: give them"),
        ({"username": "max", "password": "x"}, "refuses this user name and password"),
    ],
)
async def test_a_missing_or_wrong_socks5_login_says_what_to_do(login, advice):
    async with peers.serving(peers.Socks5Proxy("max:secret")) as door:
        with pytest.raises(ProxyError, match=advice):
            await dial(local(1), proxy=socks(door, **login))


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (1, "gave no tunnel"),
        (2, "does not allow connections to"),
        (3, "could not reach"),
        (5, "could not reach 127.0.0.1:1 .*refused"),
        (99, "is no SOCKS5 proxy"),
    ],
)
async def test_each_refusal_of_a_socks5_proxy_is_told_in_words(reply, words):
    async with peers.serving(peers.Socks5Proxy(reply=reply)) as door:
        with pytest.raises(ProxyError, match=words):
            await dial(local(1), proxy=socks(door))


@pytest.mark.parametrize("garbage", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x05\x07", b"\x04\x00"])
async def test_a_garbage_speaking_socks5_proxy_is_told(garbage):
    async with peers.serving(peers.says(garbage)) as door:
        with pytest.raises(ProxyError, match="is no SOCKS5 proxy"):
            await dial(local(1), proxy=socks(door))


# ---------------------------------------------------------------------------- either kind


@pytest.mark.parametrize("make", [http, socks])
async def test_a_silent_proxy_ends_by_the_time_out(make):
    async with peers.serving(peers.silent) as door:
        with pytest.raises(ProxyError, match=r"no tunnel to 127.0.0.1:1 within 0.1 s"):
            await dial(local(1), proxy=make(door), timeout=0.1)


@pytest.mark.parametrize("make", [http, socks])
async def test_a_proxy_that_hangs_up_at_once_is_told(make):
    async with peers.serving(peers.hang_up) as door:
        with pytest.raises(ProxyError, match=r"closed the connection|broke off"):
            await dial(local(1), proxy=make(door))


@pytest.mark.parametrize("make", [http, socks])
async def test_a_proxy_that_is_not_there_is_told(make):
    with pytest.raises(ProxyError, match="cannot be reached: the connection was refused"):
        await dial(local(1), proxy=make(peers.refusing_port()))


@pytest.mark.parametrize("kind", ["http", "socks5"])
async def test_a_proxy_without_an_address_is_told(kind, monkeypatch):
    async def unknown(*args, **kwargs):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", unknown)
    with pytest.raises(ProxyError, match="check its host name"):
        await dial(local(1), proxy=Proxy(kind, "proxy.invalid", 8080))


@pytest.mark.parametrize("kind", ["http", "socks5"])
async def test_a_proxy_s_second_address_is_tried_when_its_first_is_dead(kind, monkeypatch):
    door_kind = peers.HttpProxy() if kind == "http" else peers.Socks5Proxy()

    def two(host, port, **kwargs):
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, port))
            for ip in ("127.0.0.77", "127.0.0.1")
        ]

    async with peers.serving(peers.echo) as port, peers.serving(door_kind) as door:
        monkeypatch.setattr(socket, "getaddrinfo", two)
        sock = await dial(local(port), proxy=Proxy(kind, "proxy.example", door))
        assert await asked(sock) == b"hello"


async def test_a_debug_address_goes_past_the_proxy():
    async with peers.serving(peers.echo) as port:
        nowhere = http(peers.refusing_port())
        sock = await dial(local(port, source=AddressSource.DEBUG), proxy=nowhere)
        assert await asked(sock) == b"hello"


@pytest.mark.parametrize("make", [None, http, socks])
@pytest.mark.parametrize("steps", range(0, 12, 2))
async def test_cancelled_at_any_step_a_dial_leaves_nothing_open(make, steps):
    door_kind = peers.Socks5Proxy("a:b") if make is socks else peers.HttpProxy("a:b", pace=5)
    async with peers.serving(peers.echo) as port, peers.serving(door_kind) as door:
        proxy = make and make(door, username="a", password="b")
        work = asyncio.get_running_loop().create_task(dial(local(port), proxy=proxy))
        for _ in range(steps):
            await asyncio.sleep(0)
        work.cancel()
        for result in await asyncio.gather(work, return_exceptions=True):
            if isinstance(result, socket.socket):
                result.close()
