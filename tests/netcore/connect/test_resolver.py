"""The system's look-up, guarded, and what is kept of answers and failures."""

import ast
import asyncio
import socket
import threading
from pathlib import Path

import pytest

from netcore.connect.dial import dial
from netcore.connect.endpoint import Endpoint
from netcore.connect.proxy import Proxy
from netcore.connect.resolver import (
    STALE_PATIENCE,
    Answer,
    CachingResolver,
    SystemResolver,
    literal,
    too_late,
)
from netcore.core import NetCore
from netcore.errors import DnsError, ProxyError, TaskError
from netcore.runtime.task_holder import TaskHolder
from netcore.settings import Settings
from netcore.task import Channel, Task
from tests.support.virtual import run_virtual


@pytest.mark.parametrize(
    ("host", "plain"),
    [
        ("1.2.3.4", "1.2.3.4"),
        ("::1", "::1"),
        ("[::1]", "::1"),
        ("fe80::1%eth0", "fe80::1%eth0"),
        ("chat.example", None),
        ("1.2.3", None),
        ("", None),
    ],
)
def test_plain_addresses_need_no_lookup(host, plain):
    assert literal(host) == plain


# ---------------------------------------------------------------------------- system


def rows(*addresses):
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, 0)) for each in addresses]


async def test_the_system_s_answer_is_cleaned():
    asked = []

    def getaddrinfo(host, port, type):
        asked.append(host)
        return rows("192.0.2.1", "0.0.0.0", "192.0.2.1", "192.0.2.2", "255.255.255.255")

    got = await SystemResolver(getaddrinfo).resolve("chat.example")
    assert (got, asked) == (Answer(("192.0.2.1", "192.0.2.2"), None), ["chat.example"])


async def test_the_real_system_knows_localhost():
    assert set((await SystemResolver().resolve("localhost")).addresses) <= {"127.0.0.1", "::1"}


@pytest.mark.parametrize(
    "failure", [socket.gaierror(-2, "Name or service not known"), UnicodeError("label too long")]
)
async def test_the_system_s_refusal_is_told(failure):
    def getaddrinfo(*args, **kwargs):
        raise failure

    with pytest.raises(DnsError, match=r"no address for chat\.example: .*check"):
        await SystemResolver(getaddrinfo).resolve("chat.example")


async def test_no_usable_address_is_an_error():
    with pytest.raises(DnsError, match="the name has none"):
        await SystemResolver(lambda *a, **k: rows("0.0.0.0")).resolve("chat.example")


async def test_a_hanging_system_resolver_is_left_behind_with_one_thread_a_host():
    release = threading.Event()
    calls = []

    def getaddrinfo(host, port, type):
        calls.append(host)
        release.wait(30)
        return rows("192.0.2.1")

    resolver = SystemResolver(getaddrinfo)
    for _ in range(5):
        with pytest.raises(DnsError, match=r"hung\.example: .* did not answer within 0.02 s"):
            await resolver.resolve("hung.example", timeout=0.02)
    assert calls == ["hung.example"]
    waiting = asyncio.get_running_loop().create_task(resolver.resolve("hung.example", timeout=5))
    await asyncio.sleep(0)
    release.set()
    assert (await waiting).addresses == ("192.0.2.1",)
    # Once it has answered, the next lookup is a new one.
    assert (await resolver.resolve("hung.example", timeout=5)).addresses == ("192.0.2.1",)
    assert len(calls) == 2


def test_a_lookup_that_ends_after_its_loop_troubles_nobody():
    release, ended = threading.Event(), threading.Event()

    def getaddrinfo(host, port, type):
        release.wait(30)
        ended.set()
        return rows("192.0.2.1")

    async def scene():
        with pytest.raises(DnsError):
            await SystemResolver(getaddrinfo).resolve("hung.example", timeout=0.01)

    asyncio.run(scene())
    release.set()
    assert ended.wait(5)
    for thread in threading.enumerate():
        if thread.name.startswith("guarded"):
            thread.join(5)


# ---------------------------------------------------------------------------- cache


class Scripted:
    kind = "scripted"

    def __init__(self, *answers):
        self.answers = list(answers)
        self.asked = 0

    async def resolve(self, host, *, timeout=2.0):
        self.asked += 1
        found = self.answers.pop(0)
        if isinstance(found, Exception):
            raise found
        return found


class Slow:
    """Answers after ``seconds``; with None for an answer it times out."""

    kind = "slow"

    def __init__(self, answer):
        self.answer = answer
        self.seconds = 0.0
        self.asked = 0

    async def resolve(self, host, *, timeout=2.0):
        self.asked += 1
        if self.answer is None:
            await asyncio.sleep(timeout)
            raise too_late(self.kind, host, timeout)
        await asyncio.sleep(self.seconds)
        return self.answer


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


async def test_an_answer_is_kept_for_its_ttl():
    clock, inner = Clock(), Scripted(Answer(("192.0.2.1",), 60.0), Answer(("192.0.2.2",), 60.0))
    cache = CachingResolver(inner, clock=clock)
    assert cache.kind == "scripted"
    assert await cache.resolve("h") == Answer(("192.0.2.1",), 60.0)
    clock.now = 59.0
    assert await cache.resolve("h") == Answer(("192.0.2.1",), 1.0)
    clock.now = 60.0
    assert (await cache.resolve("h")).addresses == ("192.0.2.2",)
    assert inner.asked == 2


@pytest.mark.parametrize(("ttl", "kept"), [(None, 60.0), (0.0, 5.0), (1e9, 86400.0)])
async def test_a_ttl_is_bounded_and_one_minute_if_unknown(ttl, kept):
    cache = CachingResolver(Scripted(Answer(("192.0.2.1",), ttl)), clock=Clock())
    assert (await cache.resolve("h")).ttl == kept


async def test_an_old_answer_is_better_than_none():
    clock = Clock()
    cache = CachingResolver(
        Scripted(Answer(("192.0.2.1",), 60.0), DnsError("gone"), DnsError("gone")), clock=clock
    )
    await cache.resolve("h")
    clock.now = 1000.0
    assert await cache.resolve("h") == Answer(("192.0.2.1",), 0.0)
    clock.now = 60.0 + 86400.0
    with pytest.raises(DnsError, match="gone"):
        await cache.resolve("h")


async def test_after_a_failure_the_old_answer_is_given_at_once_for_half_a_minute():
    clock = Clock()
    inner = Scripted(Answer(("192.0.2.1",), 60.0), DnsError("gone"), Answer(("192.0.2.2",), 60.0))
    cache = CachingResolver(inner, clock=clock)
    await cache.resolve("h")
    clock.now = 100.0
    assert await cache.resolve("h") == Answer(("192.0.2.1",), 0.0)
    assert (inner.asked, cache.failed_lately("h")) == (2, True)
    clock.now = 129.0
    assert await cache.resolve("h") == Answer(("192.0.2.1",), 0.0)
    assert inner.asked == 2
    clock.now = 130.0
    assert (await cache.resolve("h")).addresses == ("192.0.2.2",)
    assert not cache.failed_lately("h")


def test_an_old_answer_is_not_held_back_by_a_silent_dns_and_a_late_one_is_kept():
    async def scene():
        loop = asyncio.get_running_loop()
        inner = Slow(Answer(("192.0.2.1",), 60.0))
        cache = CachingResolver(inner, clock=loop.time)
        await cache.resolve("h")
        await asyncio.sleep(61.0)
        inner.seconds, inner.answer = 1.5, Answer(("192.0.2.2",), 60.0)
        begun = loop.time()
        assert (await cache.resolve("h")).addresses == ("192.0.2.1",)
        assert loop.time() - begun == pytest.approx(STALE_PATIENCE)
        assert (await cache.resolve("h")).addresses == ("192.0.2.1",)
        assert inner.asked == 2  # both waited for the same
        await asyncio.sleep(2.0)
        assert (await cache.resolve("h")).addresses == ("192.0.2.2",)
        await cache.close()

    run_virtual(scene())


def test_without_an_old_answer_a_silent_dns_is_waited_for_each_time():
    async def scene():
        loop = asyncio.get_running_loop()
        inner = Slow(None)
        cache = CachingResolver(inner, clock=loop.time)
        for tries in (1, 2):
            begun = loop.time()
            with pytest.raises(DnsError):
                await cache.resolve("h", timeout=2.0)
            assert loop.time() - begun == pytest.approx(2.0)
            assert inner.asked == tries
        await cache.close()

    run_virtual(scene())


async def test_what_is_forgotten_while_it_is_asked_is_not_kept():
    inner = Slow(Answer(("192.0.2.1",), 60.0))
    inner.seconds = 0.02
    cache = CachingResolver(inner, clock=asyncio.get_running_loop().time)
    asking = asyncio.get_running_loop().create_task(cache.resolve("h"))
    await asyncio.sleep(0)
    cache.forget()
    assert (await asking).addresses == ("192.0.2.1",)
    await cache.resolve("h")
    assert inner.asked == 2
    await cache.close()


async def test_forgetting_asks_anew_and_plain_addresses_are_never_asked():
    inner = Scripted(Answer(("192.0.2.1",), 60.0), DnsError("gone"))
    cache = CachingResolver(inner, clock=Clock())
    await cache.resolve("h")
    cache.forget()
    with pytest.raises(DnsError):
        await cache.resolve("h")
    assert (await cache.resolve("[2001:db8::1]")).addresses == ("2001:db8::1",)
    assert inner.asked == 2


class Held:
    """A resolver that answers when it is let."""

    kind = "held"

    def __init__(self):
        self.answers = []

    async def resolve(self, host, *, timeout=2.0):
        answer = asyncio.get_running_loop().create_future()
        self.answers.append(answer)
        return await answer


async def test_an_old_answer_of_the_network_before_is_none_for_this_one():
    inner, clock = Held(), Clock()
    cache = CachingResolver(inner, clock=clock)
    first = TaskHolder("test").start(cache.resolve("h"), "test")
    await asyncio.sleep(0.01)
    inner.answers[0].set_result(Answer(("192.0.2.1",), 60.0))
    await first
    clock.now = 100.0
    late = TaskHolder("test").start(cache.resolve("h"), "test")
    await asyncio.sleep(0.01)
    cache.forget()
    inner.answers[1].set_exception(DnsError("gone"))
    with pytest.raises(DnsError, match="gone"):
        await late


# -- one way --------------------------------------------------------------------------------------

ROOT = Path(__file__).parents[3]
LOOK_UPS = {"getaddrinfo", "gethostbyname", "gethostbyname_ex", "gethostbyaddr", "getfqdn"}
LOOK_UPS |= {"getnameinfo", "open_connection", "fromName", "lookupHost"}


def calls_of(path):
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call):
            yield getattr(node.func, "attr", getattr(node.func, "id", ""))


def test_nobody_looks_a_name_up_in_another_way():
    """The loop's executor must not wait for a DNS: see netcore.runtime.guarded."""
    found = {}
    for package in ("netcore", "app"):
        for path in (ROOT / package).rglob("*.py"):
            name = path.relative_to(ROOT).as_posix()
            calls = LOOK_UPS.intersection(calls_of(path))
            if calls:
                found[name] = calls
    assert found == {"netcore/connect/resolver.py": {"getaddrinfo"}}


async def test_no_name_reaches_the_loop_s_own_look_up(monkeypatch):
    """Proxies, both links and the server's own name: with a silent DNS none waits in its pool."""
    loop = asyncio.get_running_loop()

    async def never(*arguments, **options):
        raise AssertionError(f"looked up by the loop: {arguments}")

    monkeypatch.setattr(loop, "getaddrinfo", never)
    for kind in ("http", "socks5"):
        with pytest.raises(ProxyError, match="no address"):
            await dial(Endpoint("127.0.0.1", 9), proxy=Proxy(kind, "no.such.invalid", 1))
    settings = Settings(
        longlink_hosts=("no.such.invalid",),
        longlink_ports=(1,),
        shortlink_port=1,
        shortlink_hosts=("no.such.invalid",),
    )
    async with NetCore(settings) as core:
        for channel in (Channel.LONG, Channel.SHORT):
            task = Task(cmdid=1, cgi="/x", body=b"?", channel=channel, total_timeout=0.3)
            with pytest.raises(TaskError, match="no address"):
                await core.request(task)
