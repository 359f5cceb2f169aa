import asyncio
import contextlib
import socket
import threading

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

from netcore.connect.certificate import load_or_make
from netcore.connect.dns import (
    Answer,
    CachingResolver,
    DohResolver,
    ServerResolver,
    SystemResolver,
    literal,
)
from netcore.connect.tls import TlsSettings
from netcore.errors import ConfigError, DnsError
from netcore.holder import TaskHolder
from tests.netcore.connect import peers

ZONE = {
    ("chat.example.", "A"): (300, ["192.0.2.1"]),
    ("chat.example.", "AAAA"): (60, ["2001:db8::1"]),
    ("v4.example.", "A"): (7, ["192.0.2.4"]),
    ("none.example.", "A"): (7, ["0.0.0.0"]),
}


def answer(wire, cut=False):
    """A small DNS server's answer to a query, as bytes; None is silence."""
    query = dns.message.from_wire(wire)
    reply = dns.message.make_response(query)
    question = query.question[0]
    name, kind = question.name.to_text(), dns.rdatatype.to_text(question.rdtype)
    if name == "silent.example.":
        return None
    if name == "broken.example." or (name == "half.example." and kind == "AAAA"):
        reply.set_rcode(dns.rcode.SERVFAIL)
    elif name == "half.example.":
        reply.answer.append(dns.rrset.from_text(name, 9, "IN", "A", "192.0.2.9"))
    elif name == "alias.example.":
        reply.answer.append(dns.rrset.from_text(name, 20, "IN", "CNAME", "v4.example."))
        if kind == "A":
            reply.answer.append(dns.rrset.from_text("v4.example.", 90, "IN", "A", "192.0.2.4"))
    elif not any(name == known for known, _ in ZONE):
        reply.set_rcode(dns.rcode.NXDOMAIN)
    elif (name, kind) in ZONE:
        ttl, addresses = ZONE[name, kind]
        reply.answer.append(dns.rrset.from_text(name, ttl, "IN", kind, *addresses))
    if cut:
        reply.answer.clear()
        reply.flags |= dns.flags.TC
    return reply.to_wire()


@contextlib.asynccontextmanager
async def dns_server(cut=False, garbage=False):
    """A DNS server on UDP, and on TCP when ``cut``; gives its port."""

    class Server(asyncio.DatagramProtocol):
        def connection_made(self, transport):
            self.transport = transport

        def datagram_received(self, data, address):
            if garbage:
                self.transport.sendto(data[:2] + b"\x81\x80garbage", address)
            elif (wire := answer(data, cut)) is not None:
                self.transport.sendto(wire, address)

    async def over_tcp(reader, writer):
        while True:
            size = int.from_bytes(await reader.readexactly(2), "big")
            wire = answer(await reader.readexactly(size))
            writer.write(len(wire).to_bytes(2, "big") + wire)
            await writer.drain()

    async with peers.serving(over_tcp) as port:
        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            Server, local_addr=("127.0.0.1", port)
        )
        try:
            yield port
        finally:
            transport.close()
            await asyncio.sleep(0)


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


# ---------------------------------------------------------------------------- one server


@pytest.mark.parametrize("cut", [False, True])
async def test_a_server_s_addresses_come_v6_first_with_the_shorter_ttl(cut):
    async with dns_server(cut=cut) as port:
        got = await ServerResolver("127.0.0.1", port).resolve("chat.example")
    assert got == Answer(("2001:db8::1", "192.0.2.1"), 60.0)


async def test_a_host_with_one_family_only_is_found():
    async with dns_server() as port:
        resolver = ServerResolver("127.0.0.1", port)
        assert await resolver.resolve("v4.example") == Answer(("192.0.2.4",), 7.0)


async def test_an_alias_is_followed_and_holds_as_long_as_its_shortest_link():
    async with dns_server() as port:
        got = await ServerResolver("127.0.0.1", port).resolve("alias.example")
    assert got == Answer(("192.0.2.4",), 20.0)


async def test_one_family_failing_does_not_spoil_the_other():
    async with dns_server() as port:
        got = await ServerResolver("127.0.0.1", port).resolve("half.example")
    assert got.addresses == ("192.0.2.9",)


@pytest.mark.parametrize(
    ("host", "words"),
    [
        ("missing.example", "does not exist"),
        ("broken.example", "SERVFAIL"),
        ("none.example", "has no address"),
        ("a..b", "no host name"),
        ("x" * 64 + ".example", "no host name"),
    ],
)
async def test_what_a_server_cannot_answer_is_told(host, words):
    async with dns_server() as port:
        with pytest.raises(DnsError, match=words):
            await ServerResolver("127.0.0.1", port).resolve(host)


async def test_a_black_holed_server_ends_by_the_time_out():
    async with dns_server() as port:
        resolver = ServerResolver("127.0.0.1", port)
        with pytest.raises(DnsError, match=r"did not answer for silent.example within 0.1 s|timed"):
            await resolver.resolve("silent.example", timeout=0.1)


async def test_a_garbage_speaking_server_is_an_error_of_ours():
    async with dns_server(garbage=True) as port:
        with pytest.raises(DnsError):
            await ServerResolver("127.0.0.1", port).resolve("chat.example", timeout=0.3)


def test_a_server_without_an_address_is_a_setting_to_correct():
    with pytest.raises(ConfigError, match="give a DNS server's address"):
        ServerResolver("dns.example")


# ---------------------------------------------------------------------------- DNS over HTTPS


@pytest.fixture
def kept(tmp_path):
    return load_or_make(tmp_path, ["doh.example"])


@contextlib.asynccontextmanager
async def doh_server(kept, status=b"200 OK", body=None, requests=None):
    async def handle(reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:] if line)
        wire = await reader.readexactly(int(fields["Content-Length"]))
        if requests is not None:
            requests.append((head, wire))
        content = answer(wire) if body is None else body
        if content is None:
            await reader.read()
            return
        writer.write(b"HTTP/1.1 %b\r\nContent-Length: %d\r\n\r\n" % (status, len(content)))
        writer.write(content)
        await writer.drain()

    async with peers.serving(handle, kept.context()) as port:
        settings = TlsSettings(pins=frozenset({kept.fingerprint}))
        yield DohResolver(
            f"https://doh.example:{port}/dns-query?ct", addresses=["127.0.0.1"], tls=settings
        )


async def test_dns_over_https_asks_as_rfc_8484_says(kept):
    requests = []
    async with doh_server(kept, requests=requests) as resolver:
        got = await resolver.resolve("chat.example", timeout=5)
    assert got == Answer(("2001:db8::1", "192.0.2.1"), 60.0)
    head, wire = requests[0]
    assert head.startswith(b"POST /dns-query?ct HTTP/1.1\r\n")
    assert b"Host: doh.example:" in head
    assert b"Content-Type: application/dns-message" in head
    assert wire[:2] == b"\0\0"  # id 0, so that caches on the way can help


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (b"404 Not Found", b"", "answered 404"),
        (b"200 OK", b"<html>", "failed for"),
        (b"200 OK", b"", "failed for"),
        (b"200 OK", b"x" * 70_000, "too long"),
        (b"garbage", b"", "failed for"),
    ],
)
async def test_a_wrong_service_is_told(kept, status, body, words):
    async with doh_server(kept, status, body) as resolver:
        with pytest.raises(DnsError, match=words):
            await resolver.resolve("chat.example", timeout=5)


async def test_a_silent_service_ends_by_the_time_out(kept):
    async with doh_server(kept) as resolver:
        with pytest.raises(DnsError, match=r"did not answer for silent.example within 0.3 s"):
            await resolver.resolve("silent.example", timeout=0.3)


async def test_an_untrusted_service_is_refused(kept):
    async with peers.serving(peers.silent, kept.context()) as port:
        resolver = DohResolver(f"https://127.0.0.1:{port}/")
        with pytest.raises(DnsError, match="made its certificate itself"):
            await resolver.resolve("chat.example", timeout=5)


async def test_a_service_that_is_not_there_is_told():
    resolver = DohResolver(f"https://127.0.0.1:{peers.refusing_port()}/")
    with pytest.raises(DnsError, match="refused"):
        await resolver.resolve("chat.example")


async def test_the_service_s_own_name_is_looked_up_first():
    asked = set()

    class Bootstrap:
        kind = "test"

        async def resolve(self, host, *, timeout=2.0):
            asked.add(host)
            raise DnsError("no bootstrap")

    resolver = DohResolver("https://doh.example/dns-query", bootstrap=Bootstrap())
    with pytest.raises(DnsError, match="no bootstrap"):
        await resolver.resolve("chat.example")
    assert asked == {"doh.example"}


@pytest.mark.parametrize("url", ["http://doh.example/", "doh.example", "https://"])
def test_an_address_that_is_no_service_is_a_setting_to_correct(url):
    with pytest.raises(ConfigError, match="https://"):
        DohResolver(url)


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

    with pytest.raises(DnsError, match=r"was not found \(.*check the name"):
        await SystemResolver(getaddrinfo).resolve("chat.example")


async def test_no_usable_address_is_an_error():
    with pytest.raises(DnsError, match="has no address"):
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
        with pytest.raises(DnsError, match=r"did not answer for hung.example within 0.02 s"):
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
        if thread.name.startswith("getaddrinfo"):
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


async def test_an_answer_of_the_network_before_is_not_kept_for_this_one():
    inner = Held()
    cache = CachingResolver(inner, clock=Clock())
    before = TaskHolder("test").start(cache.resolve("h"), "test")
    await asyncio.sleep(0)
    cache.forget()
    now = TaskHolder("test").start(cache.resolve("h"), "test")
    await asyncio.sleep(0)
    inner.answers[1].set_result(Answer(("192.0.2.2",), 60.0))
    await now
    inner.answers[0].set_result(Answer(("192.0.2.1",), 60.0))
    await before
    assert (await cache.resolve("h")).addresses == ("192.0.2.2",)


async def test_an_old_answer_of_the_network_before_is_none_for_this_one():
    inner, clock = Held(), Clock()
    cache = CachingResolver(inner, clock=clock)
    first = TaskHolder("test").start(cache.resolve("h"), "test")
    await asyncio.sleep(0)
    inner.answers[0].set_result(Answer(("192.0.2.1",), 60.0))
    await first
    clock.now = 100.0
    late = TaskHolder("test").start(cache.resolve("h"), "test")
    await asyncio.sleep(0)
    cache.forget()
    inner.answers[1].set_exception(DnsError("gone"))
    with pytest.raises(DnsError, match="gone"):
        await late
