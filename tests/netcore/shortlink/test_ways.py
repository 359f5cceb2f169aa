"""The short link through TLS and proxies, and beside the long link."""

from __future__ import annotations

import asyncio
import base64

import pytest

from netcore.connect.certificate import load_or_make
from netcore.connect.proxy import Proxy
from netcore.connect.tls import TlsSettings
from netcore.core import NetCore
from netcore.engine.task_events import TaskEnded, TaskMoved
from netcore.errors import CertificateError, ErrorType, LocalCode, SocketCode, TaskError
from netcore.longlink.state import LinkState
from netcore.settings import Settings, TaskLimits
from netcore.shortlink.config import ShortlinkSettings
from netcore.shortlink.link import ShortlinkConnected
from netcore.shortlink.pool import PoolReused
from netcore.task import Channel, ChannelStrategy, Task
from tests.netcore.connect.peers import (
    HttpProxy,
    Socks5Proxy,
    refusing_port,
    server_tls,
    serving,
)
from tests.netcore.peers import EchoPeer
from tests.netcore.shortlink.cores import HOST, QUICK, Witness, running
from tests.netcore.shortlink.peers import http_peer, until

PLAIN = TlsSettings(enabled=False)


def post(body: bytes = b"hello", **fields) -> Task:
    return Task(cgi="/mars/x", body=body, **({"channel": Channel.SHORT} | fields))


# -- TLS ----------------------------------------------------------------------------------------


async def test_tls_with_the_pinned_certificate(tmp_path):
    certificate = load_or_make(tmp_path, [HOST])
    tls = TlsSettings(pins=frozenset([certificate.fingerprint]))
    async with (
        http_peer(tls=server_tls(certificate.path)) as peer,
        running(peer.port, tls=tls) as witness,
    ):
        assert await witness.core.request(post()) == b"hello"
        assert await witness.core.request(post()) == b"hello"
        (connected,) = witness.of(ShortlinkConnected)
        assert connected.tls > 0
        assert len(witness.of(PoolReused)) == 1
        assert peer.seen[0].headers["host"] == f"{HOST}:{peer.port}"


async def test_a_certificate_nobody_vouches_for_is_told_with_its_fingerprint(tmp_path):
    certificate = load_or_make(tmp_path, [HOST])
    async with (
        http_peer(tls=server_tls(certificate.path)) as peer,
        running(peer.port, tls=TlsSettings()) as witness,
    ):
        with pytest.raises(TaskError) as caught:
            await witness.core.request(post(retry_count=5))
        assert witness.of(TaskEnded)[0].attempts == 1  # it would stay the same
        error = caught.value
        assert (error.type, error.code) == (ErrorType.SOCKET, SocketCode.MAKE_SOCKET_PREPARED)
        assert isinstance(error.__cause__, CertificateError)
        assert error.__cause__.fingerprint == certificate.fingerprint
        assert not peer.seen
        witness.core.set_tls(TlsSettings(pins=frozenset([certificate.fingerprint])))
        assert await witness.core.request(post()) == b"hello"


async def test_a_connection_made_under_other_tls_settings_is_not_used_again(tmp_path):
    certificate = load_or_make(tmp_path, [HOST])
    good = TlsSettings(pins=frozenset([certificate.fingerprint]))
    other = TlsSettings(pins=frozenset(["0" * 64]))
    async with (
        http_peer(tls=server_tls(certificate.path)) as peer,
        running(peer.port, tls=good) as witness,
    ):
        await witness.core.request(post())
        assert len(witness.core.shortlink.pool) == 1
        witness.core.set_tls(other)
        with pytest.raises(TaskError):
            await witness.core.request(post(retry_count=0))
        assert len(peer.seen) == 1


async def test_tls_settings_that_cannot_be_used_end_the_task_with_words(tmp_path):
    tls = TlsSettings(ca_file=tmp_path / "missing.pem")
    async with running(refusing_port(), tls=tls) as witness:
        with pytest.raises(TaskError, match="cannot be read") as caught:
            await witness.core.request(post(retry_count=5))
        assert caught.value.code == LocalCode.TASK_PARAM


# -- proxies ------------------------------------------------------------------------------------


async def test_tls_goes_through_an_http_proxys_tunnel(tmp_path):
    certificate = load_or_make(tmp_path, [HOST])
    proxy = HttpProxy(login="me:secret")
    async with (
        http_peer(tls=server_tls(certificate.path)) as peer,
        serving(proxy) as port,
        running(
            peer.port,
            tls=TlsSettings(pins=frozenset([certificate.fingerprint])),
            proxy=Proxy("http", HOST, port, "me", "secret"),
        ) as witness,
    ):
        assert await witness.core.request(post()) == b"hello"
        assert await witness.core.request(post()) == b"hello"
        assert proxy.heads[0].startswith(f"CONNECT {HOST}:{peer.port} ".encode())
        assert len(proxy.heads) == 1  # the second request reuses the tunnel
        assert witness.of(ShortlinkConnected)[0].proxy == f"http://{HOST}:{port}"
        assert peer.seen[0].target == "/mars/x"


async def test_socks5_with_a_login():
    proxy = Socks5Proxy(login="me:secret")
    async with (
        http_peer() as peer,
        serving(proxy) as port,
        running(peer.port, proxy=Proxy("socks5", HOST, port, "me", "secret")) as witness,
    ):
        assert await witness.core.request(post()) == b"hello"
        assert proxy.targets == [(HOST, peer.port)]


async def test_without_tls_an_http_proxy_is_asked_for_the_whole_url():
    """It looks the name up itself."""
    hosts = ("only-the-proxy-knows.invalid",)
    async with (
        http_peer(lambda seen: (200, {}, seen.target.encode())) as proxy,
        running(
            8080, shortlink_hosts=hosts, proxy=Proxy("http", HOST, proxy.port, "me", "secret")
        ) as witness,
    ):
        answer = await witness.core.request(post())
        assert answer == b"http://only-the-proxy-knows.invalid:8080/mars/x"
        await witness.core.request(post())
        (first, _) = proxy.seen
        login = base64.b64encode(b"me:secret").decode()
        assert first.headers["proxy-authorization"] == f"Basic {login}"
        assert first.headers["host"] == "only-the-proxy-knows.invalid:8080"
        assert proxy.connections == 1
        assert witness.of(ShortlinkConnected)[0].proxy == f"http://{HOST}:{proxy.port}"


async def test_a_forwarding_proxy_that_wants_another_login_says_so():
    async with (
        http_peer(lambda seen: (407, {"proxy-authenticate": "Basic"}, b"")) as proxy,
        running(8080, proxy=Proxy("http", HOST, proxy.port)) as witness,
    ):
        with pytest.raises(TaskError, match="user name and password") as caught:
            await witness.core.request(post(retry_count=0))
        assert (caught.value.type, caught.value.code) == (ErrorType.HTTP, 407)


async def test_a_debug_address_goes_without_the_proxy():
    async with (
        http_peer() as peer,
        running(
            peer.port,
            shortlink_hosts=("a.invalid",),
            debug_ips={"a.invalid": HOST},
            proxy=Proxy("http", HOST, refusing_port()),
        ) as witness,
    ):
        assert await witness.core.request(post()) == b"hello"
        assert witness.of(ShortlinkConnected)[0].proxy == ""


@pytest.mark.parametrize("kind", ["http", "socks5"])
@pytest.mark.parametrize("secure", [False, True])
async def test_a_proxy_that_is_not_there(kind, secure):
    tls = TlsSettings(enabled=secure)
    proxy = Proxy(kind, HOST, refusing_port())
    async with http_peer() as peer, running(peer.port, tls=tls, proxy=proxy) as witness:
        with pytest.raises(TaskError) as caught:
            await witness.core.request(post(retry_count=1))
        assert caught.value.code == SocketCode.MAKE_SOCKET_PREPARED
        assert not peer.seen


async def test_the_last_retry_may_go_without_the_proxy():
    options = {
        "proxy": Proxy("socks5", HOST, refusing_port()),
        "shortlink": ShortlinkSettings(retry_interval=0.0, bypass_proxy=True),
    }
    async with http_peer() as peer, running(peer.port, **options) as witness:
        assert await witness.core.request(post(retry_count=1)) == b"hello"
        assert await witness.core.request(post(retry_count=0)) == b"hello"
        (ended, second) = witness.of(TaskEnded)
        assert (ended.attempts, second.attempts) == (2, 1)


# -- beside the long link -----------------------------------------------------------------------


def both_settings(long_port: int, short_port: int, **changes) -> Settings:
    values = {
        "longlink_hosts": (HOST,),
        "longlink_ports": (long_port,),
        "shortlink_hosts": (HOST,),
        "shortlink_port": short_port,
        "websocket": False,  # the short link's peer counts every request
        "tls": PLAIN,
        "shortlink": ShortlinkSettings(retry_interval=0.01),
    } | changes
    return Settings(**values)


def both(body: bytes = b"hello", **fields) -> Task:
    return post(body, **({"cmdid": 3, "channel": Channel.BOTH} | fields))


async def connected(core: NetCore) -> None:
    await until(lambda: core.longlink_state() is LinkState.CONNECTED)


async def test_both_goes_short_until_the_long_link_is_up():
    async with EchoPeer() as long, http_peer() as short:
        await long.stop()
        async with NetCore(both_settings(long.port, short.port)) as core:
            assert await core.request(both(b"one")) == b"one"
            assert [each.body for each in short.seen] == [b"one"]
            await long.listen()
            core.make_sure_longlink_connected()
            await connected(core)
            assert await core.request(both(b"two")) == b"two"
            assert [each.body for each in long.frames] == [b"two"]
            assert len(short.seen) == 1


async def test_a_task_without_cgi_waits_for_the_long_link():
    async with EchoPeer() as long, http_peer() as short:
        async with NetCore(both_settings(long.port, short.port)) as core:
            assert await core.request(Task(cmdid=3, body=b"x")) == b"x"
        assert not short.seen


async def test_without_a_long_link_every_task_goes_short():
    async with http_peer() as short, running(short.port) as witness:
        assert await witness.core.request(both(channel=Channel.ALL)) == b"hello"


async def test_fast_leaves_a_busy_long_link():
    async with EchoPeer() as long, http_peer() as short:
        long.mute = True
        settings = both_settings(long.port, short.port, limits=TaskLimits(fast_strategy_tasks=0))
        async with NetCore(settings) as core:
            long.mute = False
            await connected(core)
            first = await core.request(both(b"a", strategy=ChannelStrategy.FAST))
            assert first == b"a"
            assert len(long.frames) == 1
            long.mute = True
            waiting = asyncio.gather(core.request(both(b"b")), return_exceptions=True)
            await until(lambda: len(long.frames) == 2)
            assert await core.request(both(b"c", strategy=ChannelStrategy.FAST)) == b"c"
            assert [each.body for each in short.seen] == [b"c"]
            waiting.cancel()


async def test_disaster_recovery_takes_the_short_link_for_the_last_attempt():
    async with EchoPeer() as long, http_peer() as short:
        settings = both_settings(long.port, short.port, policies=QUICK)
        async with NetCore(settings) as core:
            witness = Witness(core)
            await connected(core)
            long.answer = lambda connection, frame: None
            task = both(strategy=ChannelStrategy.DISASTER_RECOVERY, retry_count=1)
            assert await core.request(task) == b"hello"
            (moved,) = witness.of(TaskMoved)
            assert (moved.source, moved.target) == ("default-longlink", "shortlink")
            assert [each.body for each in short.seen] == [b"hello"]
            (ended,) = witness.of(TaskEnded)
            assert (ended.channel, ended.attempts) == (Channel.SHORT, 2)


async def test_disaster_recovery_takes_the_long_link_when_it_is_up_by_then():
    async with EchoPeer() as long, http_peer(lambda seen: (500, {}, b"")) as short:
        await long.stop()
        async with NetCore(both_settings(long.port, short.port)) as core:
            witness = Witness(core)
            task = both(strategy=ChannelStrategy.DISASTER_RECOVERY, retry_count=3)
            waiting = asyncio.gather(core.request(task), return_exceptions=True)
            await until(lambda: len(short.seen) == 4)
            (error,) = await waiting
            assert isinstance(error, TaskError)  # it was down, so the task stayed
            assert not witness.of(TaskMoved)
            short.gate = asyncio.Event()
            task = both(b"again", strategy=ChannelStrategy.DISASTER_RECOVERY, retry_count=1)
            waiting = asyncio.gather(core.request(task))
            await until(lambda: len(short.seen) == 5)
            await long.listen()
            core.make_sure_longlink_connected()
            await connected(core)
            short.gate.set()
            assert await waiting == [b"again"]
            (moved,) = witness.of(TaskMoved)
            assert (moved.source, moved.target) == ("shortlink", "default-longlink")


async def test_another_strategy_stays_where_it_is():
    async with (
        EchoPeer() as long,
        http_peer() as short,
        NetCore(both_settings(long.port, short.port, policies=QUICK)) as core,
    ):
        await connected(core)
        long.answer = lambda connection, frame: None
        with pytest.raises(TaskError):
            await core.request(both(retry_count=1))
        assert not short.seen
