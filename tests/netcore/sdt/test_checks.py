"""Each check against real sockets: good, refusing, silent and garbage-speaking peers."""

import asyncio
import base64

import dns.message
import dns.rcode
import dns.rrset
import pytest

from netcore.connect.certificate import load_or_make
from netcore.connect.endpoint import Endpoint
from netcore.connect.proxy import Proxy
from netcore.connect.tls import TlsSettings
from netcore.longlink.codec import Frame, encode
from netcore.sdt.dns import check_doh, check_server, check_system, is_far
from netcore.sdt.http import check_http
from netcore.sdt.ping import check_ping
from netcore.sdt.portal import check_portal
from netcore.sdt.proxy import check_proxy
from netcore.sdt.result import CheckCause, CheckKind, Status
from netcore.sdt.tcp import check_longlink
from netcore.sdt.tls import check_tls
from tests.netcore.sdt.servers import (
    answering,
    closed_port,
    dns_server,
    echo,
    silent,
    tcp_server,
)

PLAIN = TlsSettings(enabled=False)


def at(port):
    return Endpoint("127.0.0.1", port, "localhost")


def longlink(port, timeout=5.0, tls=PLAIN):
    return check_longlink(at(port), tls=tls, client_version=200, timeout=timeout)


async def test_a_long_link_that_answers_the_noop_is_good():
    async with tcp_server(echo) as port:
        result = await longlink(port)
    assert (result.kind, result.status) == (CheckKind.TCP, Status.OK)
    assert result.rtt == result.facts["noop"] > 0


async def test_a_refused_long_link_says_so():
    async with closed_port() as port:
        result = await longlink(port)
    assert (result.status, result.cause) == (Status.FAILED, CheckCause.REFUSED)


async def test_a_silent_server_is_told_apart_from_one_that_is_not_reached():
    async with tcp_server(silent) as port:
        result = await longlink(port, timeout=0.2)
    assert (result.status, result.cause) == (Status.FAILED, CheckCause.NO_ANSWER)
    assert "noop" in result.detail


async def test_garbage_is_no_long_link():
    async with tcp_server(answering(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as port:
        result = await longlink(port)
    assert (result.status, result.cause) == (Status.FAILED, CheckCause.BAD_ANSWER)


async def test_a_server_that_closes_at_once_is_a_reset():
    async with tcp_server(answering(b"")) as port:
        result = await longlink(port)
    assert (result.status, result.cause) == (Status.FAILED, CheckCause.RESET)


async def test_other_frames_before_the_noop_do_not_matter():
    push = encode(Frame(10001, 0, b"hello"))

    async def chatty(reader, writer):
        writer.write(push)
        await echo(reader, writer)

    async with tcp_server(chatty) as port:
        assert (await longlink(port)).status is Status.OK


@pytest.fixture
def certificate(tmp_path):
    return load_or_make(tmp_path, ["localhost"])


@pytest.fixture
def server_context(certificate):
    return certificate.context()


async def test_a_pinned_certificate_is_good_and_its_facts_are_told(certificate, server_context):
    async with tcp_server(echo, ssl=server_context) as port:
        tls = TlsSettings(pins=frozenset({certificate.fingerprint}))
        secured = await longlink(port, tls=tls)
        result = await check_tls(at(port), tls=tls, timeout=5.0)
    assert secured.status is Status.OK
    assert result.status is Status.OK
    assert result.facts["version"] == "TLSv1.3"
    assert result.facts["fingerprint"] == certificate.fingerprint


async def test_a_distrusted_certificate_is_told_with_its_fingerprint(certificate, server_context):
    async with tcp_server(echo, ssl=server_context) as port:
        result = await check_tls(at(port), tls=TlsSettings(), timeout=5.0)
    assert (result.status, result.cause) == (Status.FAILED, CheckCause.CERTIFICATE)
    assert result.facts["fingerprint"] == certificate.fingerprint


async def test_a_plain_server_fails_the_handshake():
    async with tcp_server(answering(b"garbage\r\n")) as port:
        result = await check_tls(at(port), tls=TlsSettings(), timeout=5.0)
    assert (result.status, result.cause) == (Status.FAILED, CheckCause.HANDSHAKE)


def http(port, timeout=5.0):
    return check_http(at(port), path="/", tls=PLAIN, timeout=timeout)


async def test_any_answer_below_500_shows_a_living_short_link():
    async with tcp_server(answering(b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n")) as port:
        result = await http(port)
    assert result.status is Status.OK
    assert result.facts["status"] == 404


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", CheckCause.SERVER_FAILURE),
        (b"\x00\x01garbage\r\n\r\n", CheckCause.BAD_ANSWER),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf", CheckCause.BAD_ANSWER),
        (b"", CheckCause.BAD_ANSWER),
    ],
)
async def test_broken_short_links(answer, cause):
    async with tcp_server(answering(answer)) as port:
        result = await http(port)
    assert result.status is Status.FAILED
    assert result.cause in (cause, CheckCause.RESET)


async def test_a_silent_short_link():
    async with tcp_server(silent) as port:
        assert (await http(port, timeout=0.2)).cause is CheckCause.NO_ANSWER


async def test_an_endless_body_is_read_only_so_far():
    async def endless(reader, writer):
        await reader.read(65536)
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            writer.write(b"x" * 65536)
            await writer.drain()

    async with tcp_server(endless) as port:
        assert (await http(port)).status is Status.OK


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nsuccess\n", Status.OK),
        (b"HTTP/1.1 302 Go\r\nLocation: http://login.example/\r\nContent-Length: 0\r\n\r\n", None),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nlogin", None),
        (b"HTTP/1.1 511 Login\r\nContent-Length: 0\r\n\r\n", None),
    ],
)
async def test_portals_are_found_out(answer, status):
    async with tcp_server(answering(answer)) as port:
        url = f"http://127.0.0.1:{port}/success.txt"
        result = await check_portal(url, b"success", timeout=5.0)
    if status is Status.OK:
        assert result.status is Status.OK
    else:
        assert (result.status, result.cause) == (Status.FAILED, CheckCause.REDIRECTED)
        if b"302" in answer:
            assert result.facts["location"] == "http://login.example/"


async def test_a_name_server_that_knows_the_name():
    async with dns_server({"chat.example": ["10.1.2.3", "10.1.2.4"]}) as port:
        result = await check_server("127.0.0.1", "chat.example", timeout=3.0, port=port)
    assert result.status is Status.OK
    assert sorted(result.facts["addresses"]) == ["10.1.2.3", "10.1.2.4"]
    assert result.facts["answered"]


@pytest.mark.parametrize(
    ("rcode", "cause"),
    [
        (dns.rcode.NOERROR, CheckCause.NOT_FOUND),  # the server then says NXDOMAIN
        (dns.rcode.SERVFAIL, CheckCause.SERVER_FAILURE),
        (dns.rcode.REFUSED, CheckCause.SERVER_FAILURE),
    ],
)
async def test_name_servers_that_answer_badly(rcode, cause):
    async with dns_server({}, rcode) as port:
        result = await check_server("127.0.0.1", "chat.example", timeout=3.0, port=port)
    assert (result.status, result.cause) == (Status.FAILED, cause)
    assert result.facts["answered"]


async def test_a_name_server_that_speaks_garbage():
    async with dns_server({}, garbage=True) as port:
        result = await check_server("127.0.0.1", "chat.example", timeout=0.5, port=port)
    assert result.status is Status.FAILED
    assert result.cause in (CheckCause.BAD_ANSWER, CheckCause.TIMEOUT)


async def test_a_silent_name_server_times_out():
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(
        asyncio.DatagramProtocol, local_addr=("127.0.0.1", 0)
    )
    port = transport.get_extra_info("sockname")[1]
    result = await check_server("127.0.0.1", "chat.example", timeout=0.2, port=port)
    transport.close()
    assert (result.status, result.cause) == (Status.FAILED, CheckCause.TIMEOUT)
    assert not result.facts["answered"]


async def test_the_system_knows_localhost():
    result = await check_system("localhost", timeout=3.0)
    assert result.status is Status.OK
    assert result.facts["addresses"]


async def test_a_name_that_is_none_is_not_found():
    result = await check_system("a..b", timeout=3.0)
    assert result.status is Status.FAILED


@pytest.mark.parametrize(
    ("host", "status", "cause"),
    [
        ("chat.example", Status.OK, CheckCause.NONE),
        ("no.example", Status.FAILED, CheckCause.NOT_FOUND),
    ],
)
async def test_a_doh_server_answers(certificate, server_context, host, status, cause):
    async def doh(reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        packed = head.split(b"dns=")[1].split(b" ")[0]
        query = dns.message.from_wire(base64.urlsafe_b64decode(packed + b"=="))
        answer = dns.message.make_response(query)
        name = query.question[0].name
        if name.to_text() == "chat.example.":
            answer.answer.append(dns.rrset.from_text(name, 60, "IN", "A", "10.1.2.3"))
        else:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        body = answer.to_wire()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        await writer.drain()

    tls = TlsSettings(pins=frozenset({certificate.fingerprint}))
    async with tcp_server(doh, ssl=server_context) as port:
        url = f"https://localhost:{port}/dns-query"
        result = await check_doh(url, host, timeout=5.0, tls=tls)
    assert (result.status, result.cause) == (status, cause)
    assert result.facts["answered"]


async def test_a_doh_server_nobody_reaches():
    async with closed_port() as port:
        url = f"https://127.0.0.1:{port}/dns-query"
        result = await check_doh(url, "chat.example", timeout=2.0)
    assert (result.status, result.cause) == (Status.FAILED, CheckCause.REFUSED)


@pytest.mark.parametrize(("server", "far"), [("192.168.1.1", False), ("9.9.9.9", True)])
def test_far_is_beyond_the_local_network(server, far):
    assert is_far(server) is far


async def test_loopback_answers_pings():
    result = await check_ping("127.0.0.1", count=2, timeout=1.0, interval=0.01)
    assert result.status in (Status.OK, Status.SKIPPED)  # skipped where this user may not ping
    if result.status is Status.OK:
        assert result.facts["received"] == 2


async def test_a_proxy_that_tunnels_and_one_that_does_not():
    async def tunnel(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        await reader.read()

    async with tcp_server(tunnel) as port:
        good = await check_proxy(Proxy("http", "127.0.0.1", port), at(9), timeout=5.0)
    assert good.status is Status.OK
    refusal = b"HTTP/1.1 407 Login\r\nContent-Length: 0\r\n\r\n"
    async with tcp_server(answering(refusal)) as port:
        bad = await check_proxy(Proxy("http", "127.0.0.1", port), at(9), timeout=5.0)
    assert (bad.status, bad.cause) == (Status.FAILED, CheckCause.LOGIN_REFUSED)
