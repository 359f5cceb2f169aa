"""Which proxy is taken: set, found, kept and asked for again; and that both links ask for it."""

import socket
import threading

import pytest

from netcore.connect.proxies import KEPT, Proxies
from netcore.connect.proxy import Proxy
from netcore.connect.tls import TlsSettings
from netcore.core import NetCore
from netcore.errors import ConfigError
from netcore.events import NetworkKind
from netcore.settings import Settings
from netcore.task import Channel, Task
from tests.netcore.connect.peers import HttpProxy, NamingProxy, serving
from tests.netcore.longlink.watched import Watched
from tests.netcore.peers import HOST, EchoPeer

ONE, TWO = Proxy("http", "one.example", 1), Proxy("http", "two.example", 2)


class Finder:
    def __init__(self, *answers):
        self.answers = list(answers)
        self.asked = []

    def __call__(self, host):
        self.asked.append(host)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


async def test_one_that_is_set_serves_every_host_and_none_is_none():
    assert await Proxies(ONE, Finder(TWO)).of("chat.example") == ONE
    assert await Proxies().of("chat.example") is None


async def test_what_the_finder_says_holds_for_a_while_for_each_host_and_until_it_is_forgotten():
    clock, find = Clock(), Finder(ONE, TWO, None, ONE)
    proxies = Proxies(find=find, now=clock)
    assert [await proxies.of("a.example") for _ in range(3)] == [ONE] * 3
    assert await proxies.of("b.example") == TWO
    clock.now = KEPT
    assert await proxies.of("a.example") is None
    proxies.forget()
    assert await proxies.of("a.example") == ONE
    assert find.asked == ["a.example", "b.example", "a.example", "a.example"]


@pytest.mark.parametrize("failure", [ConfigError("socks4"), RuntimeError("a fault of the finder")])
async def test_a_finder_that_fails_leaves_the_answer_before_else_the_direct_way(failure, caplog):
    clock = Clock()
    proxies = Proxies(find=Finder(failure), now=clock)
    assert await proxies.of("a.example") is None
    proxies = Proxies(find=Finder(ONE, failure), now=clock)
    await proxies.of("a.example")
    clock.now = KEPT
    assert await proxies.of("a.example") == ONE
    assert str(failure) in caplog.text


async def test_a_finder_that_hangs_is_left_behind(monkeypatch):
    monkeypatch.setattr("netcore.connect.proxies.FIND_TIMEOUT", 0.02)
    release = threading.Event()
    proxies = Proxies(find=lambda host: release.wait(30) and ONE)
    assert await proxies.of("a.example") is None
    release.set()


async def test_another_choice_counts_from_the_next_connection_on():
    proxies = Proxies(ONE)
    proxies.use(None, Finder(TWO))
    assert await proxies.of("a.example") == TWO
    proxies.use(None)
    assert await proxies.of("a.example") is None


# -- the links ------------------------------------------------------------------------------------


async def test_both_links_go_by_the_finder_and_ask_it_again_on_another_network():
    proxy = HttpProxy()
    async with EchoPeer() as peer, serving(proxy) as port:
        find = Finder(None)
        more = {"find_proxy": find, "longlink_debug_ip": ""}
        async with Watched(peer.port, more=more) as core:
            core.network_changed(NetworkKind.WIFI, "home")
            assert await core.request(Task(cmdid=3, body=b"straight")) == b"straight"
            assert proxy.heads == []
            find.answers = [Proxy("http", HOST, port)]
            core.network_changed(NetworkKind.WIFI, "office")
            assert await core.request(Task(cmdid=3, body=b"x")) == b"x"
            assert core.longlink_profile().proxy == f"http://{HOST}:{port}"
            assert proxy.heads[0].startswith(f"CONNECT {HOST}:{peer.port} ".encode())


async def test_the_short_link_asks_the_finder_too():
    asked = []

    async def forwarding(reader, writer):
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        await writer.drain()
        await reader.read()

    async with serving(forwarding) as port:
        settings = Settings(
            shortlink_hosts=("chat.invalid",),
            shortlink_port=8080,
            tls=TlsSettings(enabled=False),
            find_proxy=lambda host: Proxy("http", HOST, port),
        )
        async with NetCore(settings) as core:
            task = Task(cmdid=1, cgi="/phobos/x", body=b"?", channel=Channel.SHORT)
            assert await core.request(task) == b"ok"
    assert asked[0].startswith(b"POST http://chat.invalid:8080/phobos/x HTTP/1.1")


async def test_a_name_that_only_the_proxy_knows_is_left_to_it(monkeypatch):
    """Behind a proxy the local DNS often knows the names of the own network alone."""
    known = socket.getaddrinfo

    def getaddrinfo(host, *more, **options):
        if host == "im.invalid":
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return known(host, *more, **options)

    proxy = NamingProxy()
    async with EchoPeer() as peer, serving(proxy) as port:
        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
        more = {
            "longlink_hosts": ("im.invalid",),
            "longlink_debug_ip": "",
            "proxy": Proxy("http", HOST, port),
        }
        async with Watched(peer.port, more=more) as core:
            assert await core.request(Task(cmdid=3, body=b"hello")) == b"hello"
            assert core.longlink_profile().ip == "im.invalid"
        assert proxy.heads[0].startswith(f"CONNECT im.invalid:{peer.port} ".encode())
