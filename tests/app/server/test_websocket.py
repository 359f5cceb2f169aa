"""The long link over a WebSocket on the short link's port, with netcore at the other end."""

import asyncio
import socket

import pytest
import websockets.asyncio.client

from app.server.settings import Limits
from netcore.carriers.websocket import SUBPROTOCOL
from netcore.connect.proxy import Proxy
from netcore.connect.race import AttemptEnded, AttemptState
from netcore.connect.tls import TlsSettings
from netcore.core import NetCore
from netcore.settings import Settings
from netcore.task import Channel, Task
from tests.app.server.clients import HOST, frame
from tests.netcore.connect.peers import HttpProxy, serving


def closed_port():
    with socket.socket() as free:
        free.bind((HOST, 0))
        return free.getsockname()[1]


def settings_of(house, **more):
    server = house.server
    pins = frozenset({server.fingerprint}) if server.fingerprint else frozenset()
    values = {
        "longlink_hosts": (HOST,),
        "longlink_ports": (closed_port(),),
        "shortlink_hosts": (HOST,),
        "shortlink_port": server.shortlink_port,
        "tls": TlsSettings(enabled=bool(server.fingerprint), pins=pins),
        **more,
    }
    return Settings(**values)


@pytest.mark.parametrize("plain", [True, False], ids=["plain", "tls"])
async def test_where_the_long_links_port_is_closed_it_goes_by_websocket(start, plain):
    house = await start(plain=plain)
    ended = []
    async with NetCore(settings_of(house)) as core:
        core.observer.subscribe(lambda e: ended.append(e) if isinstance(e, AttemptEnded) else None)
        answer = await core.request(Task(cmdid=6, body=b"hello", channel=Channel.LONG))
        assert answer == b"hello"
        won = [each.address for each in ended if each.state is AttemptState.WON]
        assert won == [f"{HOST}:{house.server.shortlink_port} (websocket)"]
        assert len(house.server.presence) == 1


async def test_where_the_long_links_port_is_open_tcp_carries(start):
    house = await start()
    settings = settings_of(house, longlink_ports=(house.server.longlink_port,))
    ended = []
    async with NetCore(settings) as core:
        core.observer.subscribe(lambda e: ended.append(e) if isinstance(e, AttemptEnded) else None)
        assert await core.request(Task(cmdid=6, body=b"hello", channel=Channel.LONG)) == b"hello"
    won = [each.address for each in ended if each.state is AttemptState.WON]
    assert won == [f"{HOST}:{house.server.longlink_port}"]


async def emptied(house):
    async with asyncio.timeout(20):
        while house.server.sockets:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


def open_websocket(house, **options):
    options.setdefault("subprotocols", [SUBPROTOCOL])
    url = f"ws://{HOST}:{house.server.shortlink_port}/longlink"
    return websockets.asyncio.client.connect(url, **options)


async def test_another_client_speaks_frames_in_messages_of_any_size(start):
    house = await start()
    async with open_websocket(house) as client:
        whole = frame(6, 1, b"one") + frame(6, 2, b"two")
        await client.send(whole[:7])
        await client.send(whole[7:])
        got = b""
        while len(got) < len(whole):
            got += await client.recv()
        assert got == whole
        assert len(house.server.presence) == 1
        assert house.server.sockets == 1
    await emptied(house)
    assert len(house.server.presence) == 0


async def test_a_request_after_posts_on_one_connection_still_becomes_a_long_link(start):
    house = await start()
    reader, writer = await asyncio.open_connection(HOST, house.server.shortlink_port)
    writer.write(b"POST /none HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
    assert b"404" in await reader.readuntil(b"\r\n\r\n")
    await reader.readexactly(len("no such path\n"))
    writer.write(
        b"GET /longlink HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
        b"Sec-WebSocket-Protocol: " + SUBPROTOCOL.encode() + b"\r\n\r\n"
    )
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101")
    writer.close()
    await writer.wait_closed()


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/longlink", b"", b"405"),  # a GET that asks for nothing else
        ("/other", b"Upgrade: websocket\r\nConnection: Upgrade\r\n", b"405"),
        ("/longlink", b"Upgrade: websocket\r\nConnection: Upgrade\r\n", b"400"),
    ],
)
async def test_what_is_no_handshake_is_answered_with_a_status(start, path, headers, status):
    house = await start()
    reader, writer = await asyncio.open_connection(HOST, house.server.shortlink_port)
    writer.write(b"GET " + path.encode() + b" HTTP/1.1\r\nHost: x\r\n" + headers + b"\r\n")
    assert status in (await reader.readline())
    writer.close()
    await writer.wait_closed()


async def test_a_silent_websocket_ends_as_a_silent_long_link_does(start):
    house = await start(limits=Limits(idle_timeout=0.2))
    async with open_websocket(house) as client:
        with pytest.raises(websockets.exceptions.ConnectionClosed):
            await client.recv()
    await emptied(house)


async def test_text_in_place_of_frames_costs_the_connection_alone(start):
    house = await start()
    async with open_websocket(house) as client, open_websocket(house) as other:
        await client.send("hello")
        with pytest.raises(websockets.exceptions.ConnectionClosed):
            await client.recv()
        await other.send(frame(6, 1))
        assert await other.recv() == frame(6, 1)


class OnePortProxy(HttpProxy):
    """A company's proxy: tunnels to one port alone, and refuses every other."""

    def __init__(self, port):
        super().__init__()
        self.port = port
        self.asked = []

    async def __call__(self, reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        target = head.split(b" ")[1]
        self.asked.append(int(target.rpartition(b":")[2]))
        if self.asked[-1] != self.port:
            writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
            await writer.drain()
            return
        again = asyncio.StreamReader()
        again.feed_data(head)
        pump = asyncio.get_running_loop().create_task(move(reader, again))
        try:
            await super().__call__(again, writer)
        finally:
            pump.cancel()


async def move(reader, into):
    while data := await reader.read(4096):
        into.feed_data(data)
    into.feed_eof()


@pytest.mark.parametrize("plain", [True, False], ids=["plain", "tls"])
async def test_where_only_one_port_gets_out_through_a_proxy_both_links_work(start, plain):
    house = await start(plain=plain)
    only = OnePortProxy(house.server.shortlink_port)
    async with serving(only) as proxy_port:
        settings = settings_of(
            house,
            longlink_ports=(house.server.longlink_port,),
            proxy=Proxy("http", HOST, proxy_port),
        )
        async with NetCore(settings) as core:
            task = Task(cmdid=6, body=b"hello", channel=Channel.LONG)
            assert await core.request(task) == b"hello"
            assert house.server.longlink_port in only.asked
            assert len(house.server.presence) == 1
