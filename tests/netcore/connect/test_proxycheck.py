"""Whether a proxy works, on real sockets."""

import pytest

from netcore.connect.proxy import Proxy
from netcore.connect.proxycheck import check_proxy
from netcore.connect.resolver import Answer
from netcore.errors import DnsError
from tests.netcore.connect import peers

pytestmark = pytest.mark.usefixtures("nothing_left_open")


class Names:
    kind = "test"

    def __init__(self, *addresses):
        self.addresses = addresses

    async def resolve(self, host, *, timeout=2.0):
        if not self.addresses:
            raise DnsError(f"{host} was not found")
        return Answer(self.addresses)


def page(status):
    async def handle(reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"GET / HTTP/1.1\r\n")
        writer.write(b"HTTP/1.1 %d Fine\r\nContent-Length: 0\r\n\r\n" % status)
        await writer.drain()

    return handle


@pytest.mark.parametrize("status", [200, 302, 497])
@pytest.mark.parametrize("kind", ["http", "socks5"])
async def test_a_page_or_a_redirection_through_it_proves_it(kind, status):
    make = peers.HttpProxy if kind == "http" else peers.Socks5Proxy
    async with peers.serving(page(status)) as web, peers.serving(make("u:p")) as port:
        report = await check_proxy(
            Proxy(kind, "127.0.0.1", port, "u", "p"),
            "page.example",
            port=web,
            resolver=Names("127.0.0.1"),
        )
    assert (report.ok, report.status, report.error) == (True, status, "")
    assert report.seconds > 0


async def test_another_status_does_not():
    async with peers.serving(page(503)) as web:
        report = await check_proxy(None, "127.0.0.1", port=web)
    assert not report.ok
    assert "503" in report.error


async def test_a_wrong_login_is_told():
    async with peers.serving(page(200)) as web, peers.serving(peers.HttpProxy("u:p")) as port:
        report = await check_proxy(Proxy("http", "127.0.0.1", port), "127.0.0.1", port=web)
    assert not report.ok
    assert "user name" in report.error


async def test_garbage_a_closed_door_and_silence_are_told():
    async with (
        peers.serving(peers.says(b"SSH-2.0\r\n\r\n")) as rubbish,
        peers.serving(peers.hang_up) as closed,
        peers.serving(peers.silent) as mute,
    ):
        for port in (rubbish, closed, mute, peers.refusing_port()):
            report = await check_proxy(None, "127.0.0.1", port=port, timeout=0.5)
            assert not report.ok
            assert report.status == 0
            assert report.error


async def test_a_name_that_cannot_be_found_falls_back_on_the_addresses_given():
    async with peers.serving(page(200)) as web:
        report = await check_proxy(
            None, "page.example", port=web, fallback_ips=["127.0.0.1"], resolver=Names()
        )
        assert report.ok
        report = await check_proxy(None, "page.example", port=web, resolver=Names())
        assert not report.ok
        assert "page.example" in report.error
