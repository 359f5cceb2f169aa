"""The layered driver on real sockets, with the ``websockets`` library as the other end."""

import asyncio

import pytest
import websockets.asyncio.client
import websockets.asyncio.server

from netcore.carriers.layered import LayeredProtocol
from netcore.carriers.websocket import SUBPROTOCOL, WebSocketMachine
from netcore.connect.endpoint import Carrier
from netcore.errors import ConnectError


class Upper(asyncio.Protocol):
    def __init__(self):
        self.transport = None
        self.data = bytearray()
        self.changed = asyncio.Event()
        self.lost = asyncio.get_running_loop().create_future()
        self.pauses = 0

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.data += data
        self.changed.set()

    def connection_lost(self, exc):
        self.lost.set_result(exc)

    def pause_writing(self):
        self.pauses += 1

    def resume_writing(self):
        self.changed.set()

    async def has(self, count):
        while len(self.data) < count:
            self.changed.clear()
            await self.changed.wait()
        return bytes(self.data)


async def connect(port, upper):
    loop = asyncio.get_running_loop()
    machine = WebSocketMachine.client(f"127.0.0.1:{port}")
    _, layer = await loop.create_connection(
        lambda: LayeredProtocol(machine, upper), "127.0.0.1", port
    )
    await layer.opened
    return layer


def serve(handler, **options):
    options.setdefault("subprotocols", [SUBPROTOCOL])
    return websockets.asyncio.server.serve(handler, "127.0.0.1", 0, **options)


def port_of(server):
    return next(iter(server.sockets)).getsockname()[1]


async def echo(socket):
    async for message in socket:
        await socket.send(message)


async def test_bytes_go_both_ways_through_a_real_server():
    async with serve(echo) as server:
        upper = Upper()
        await connect(port_of(server), upper)
        assert upper.transport.get_extra_info("carrier") is Carrier.WEBSOCKET
        assert upper.transport.get_extra_info("peername")[0] == "127.0.0.1"
        upper.transport.writelines([b"hello ", b"there"])
        assert await upper.has(11) == b"hello there"
        upper.transport.close()
        assert await upper.lost is None


async def test_a_real_client_talks_to_the_server_machine():
    uppers = []

    class Head(asyncio.Protocol):
        """Reads the request's head as the short link does, then hands the connection over."""

        def connection_made(self, transport):
            self.transport, self.got = transport, b""

        def data_received(self, data):
            self.got += data
            head, end, rest = self.got.partition(b"\r\n\r\n")
            if not end:
                return
            lines = head.split(b"\r\n")
            pairs = (line.partition(b":") for line in lines[1:])
            headers = [(name.strip(), value.strip()) for name, _, value in pairs]
            machine = WebSocketMachine.server(headers, lines[0].split()[1].decode())
            uppers.append(Upper())
            layer = LayeredProtocol(machine, uppers[0])
            self.transport.set_protocol(layer)
            uppers[0].connection_made(layer.connect(self.transport))
            if rest:
                layer.data_received(rest)

    server = await asyncio.get_running_loop().create_server(Head, "127.0.0.1", 0)
    async with server:
        async with websockets.asyncio.client.connect(
            f"ws://127.0.0.1:{port_of(server)}/longlink", subprotocols=[SUBPROTOCOL]
        ) as socket:
            await socket.send(b"\x01\x02")
            await socket.ping()
            uppers[0].transport.write(b"back")
            assert await socket.recv() == b"back"
            assert await uppers[0].has(2) == b"\x01\x02"
        assert await uppers[0].lost is None


async def test_a_server_without_websocket_says_so():
    async def refuse(connection, request):
        return connection.respond(404, "no such path\n")

    async with serve(echo, process_request=refuse) as server:
        upper = Upper()
        with pytest.raises(ConnectError, match="HTTP 404"):
            await connect(port_of(server), upper)
        assert upper.transport is None


async def test_a_close_with_a_reason_reaches_the_link_above():
    async def restart(socket):
        await socket.recv()
        await socket.close(1012, "the server restarts")

    async with serve(restart) as server:
        upper = Upper()
        await connect(port_of(server), upper)
        upper.transport.write(b"x")
        assert "the server restarts" in str(await upper.lost)


async def test_back_pressure_reaches_the_link_above():
    go = asyncio.Event()

    async def slow(socket):
        await go.wait()
        async for _ in socket:
            pass

    async with serve(slow, max_queue=1, max_size=None) as server:
        upper = Upper()
        await connect(port_of(server), upper)
        upper.transport.set_write_buffer_limits(high=64 * 1024)
        while not upper.pauses:
            upper.transport.write(bytes(256 * 1024))
        upper.changed.clear()
        go.set()
        await upper.changed.wait()
        upper.transport.abort()
        await upper.lost


async def test_cancelling_the_wait_leaves_nothing_open():
    async def never(connection, request):
        await asyncio.sleep(3600)

    async with serve(echo, process_request=never) as server:
        loop = asyncio.get_running_loop()
        upper = Upper()
        machine = WebSocketMachine.client("x")
        transport, layer = await loop.create_connection(
            lambda: LayeredProtocol(machine, upper), "127.0.0.1", port_of(server)
        )
        layer.opened.cancel()
        transport.abort()
        await asyncio.sleep(0)
        assert transport.is_closing()
        assert upper.transport is None
        server.close(close_connections=True)
