import asyncio
import contextlib

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

from netcore.connect.certificate import load_or_make
from netcore.connect.dns import DohResolver, ServerResolver
from netcore.connect.resolver import Answer
from netcore.connect.tls import TlsSettings
from netcore.errors import ConfigError, DnsError
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
        ("none.example", "the name has none"),
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
        with pytest.raises(
            DnsError,
            match=r"the .* DNS did not answer within 0.1 s|timed",
        ):
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
        with pytest.raises(
            DnsError,
            match=r"silent\.example: the doh DNS did not answer within 0.3 s",
        ):
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
