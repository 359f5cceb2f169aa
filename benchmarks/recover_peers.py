"""The clients and servers of ``benchmarks.recover``, each run by it in a network namespace.

A client connects, says ``{"event": "ready"}`` when a first message was answered, and then obeys
lines on its standard input: ``ask`` (have a message answered, sending it again on each new
connection until it is; then ``{"event": "answered", "at": monotonic seconds}``), and for netcore
``network none``, ``network NAME`` and ``slept SECONDS``, which the platform's signals would tell
it. All libraries are used with their default settings.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import logging
import socket
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

HOST = "10.77.0.1"
PORTS = {"netcore": 7001, "websockets": 7002, "socketio": 7003, "paho": 7004}
BEHIND = 1000  # each server listens this much higher, behind a forwarder that can reset


def say(event: str) -> None:
    print(json.dumps({"event": event, "at": time.monotonic()}), flush=True)


async def lines() -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    return reader


async def obey(commands: dict[str, Callable[[str], Awaitable[None] | None]]) -> None:
    reader = await lines()
    while line := await reader.readline():
        name, _, rest = line.decode().strip().partition(" ")
        result = commands[name](rest)
        if result is not None:
            await result


class Asked:
    """One message at a time, until it is answered; the first one proves the client ready."""

    def __init__(self, send: Callable[[str], None]) -> None:
        self._send = send
        self._numbers = itertools.count(1)
        self.pending = ""
        self._event = "ready"

    def ask(self, _: str = "") -> None:
        """Have a new message answered."""
        self.pending = f"message {next(self._numbers)}"
        self._send(self.pending)

    def again(self) -> None:
        """There is a new connection: send what was not answered."""
        if self.pending:
            self._send(self.pending)

    def answered(self, text: str) -> None:
        """An answer came."""
        if text == self.pending:
            self.pending = ""
            say(self._event)
            self._event = "answered"


# ---------------------------------------------------------------------------- clients


async def netcore_client() -> None:
    from netcore.connect.tls import TlsSettings
    from netcore.core import NetCore
    from netcore.errors import TaskError
    from netcore.events import NetworkKind
    from netcore.runtime.clock import SystemClock
    from netcore.runtime.task_holder import TaskHolder
    from netcore.settings import Settings
    from netcore.task import Task

    class Clock(SystemClock):
        """Counts the sleep that is only pretended."""

        slept = 0.0

        def now(self) -> float:  # type: ignore[override]
            return SystemClock.now() + self.slept

    clock = Clock()
    core = NetCore(
        Settings(
            longlink_hosts=(HOST,),
            longlink_ports=(PORTS["netcore"],),
            tls=TlsSettings(enabled=False),
        ),
        clock=clock,
    )
    holder = TaskHolder("recover")

    def send(text: str) -> None:
        async def until_answered() -> None:
            while asked.pending == text:
                try:
                    answer = await core.request(Task(cmdid=3, body=text.encode(), idempotent=True))
                except TaskError:
                    continue
                asked.answered(answer.decode())

        holder.start(until_answered(), "ask")

    def network(name: str) -> None:
        if name == "none":
            core.network_changed(NetworkKind.NONE)
        else:
            core.network_changed(NetworkKind.WIFI, name)

    def slept(seconds: str) -> None:
        core.sleep()
        clock.slept += float(seconds)
        core.wake()

    asked = Asked(send)
    core.network_changed(NetworkKind.WIFI, "first")
    async with core:
        asked.ask()
        await obey({"ask": asked.ask, "network": network, "slept": slept})


async def websockets_client() -> None:
    from websockets.asyncio.client import ClientConnection, connect
    from websockets.exceptions import ConnectionClosed

    from netcore.runtime.task_holder import TaskHolder

    holder = TaskHolder("recover")
    live: list[ClientConnection] = []

    def send(text: str) -> None:
        async def write() -> None:
            with contextlib.suppress(ConnectionClosed):
                await live[0].send(text)

        if live:
            holder.start(write(), "send")

    async def stay() -> None:
        async for connection in connect(f"ws://{HOST}:{PORTS['websockets']}"):
            live[:] = [connection]
            asked.again()
            with contextlib.suppress(ConnectionClosed):
                async for message in connection:
                    asked.answered(str(message))
            live.clear()

    asked = Asked(send)
    asked.ask()
    holder.start(stay(), "stay")
    await obey({"ask": asked.ask})


async def socketio_client() -> None:
    import socketio

    from netcore.runtime.task_holder import TaskHolder

    holder = TaskHolder("recover")
    client = socketio.AsyncClient()

    def send(text: str) -> None:
        async def emit() -> None:
            with contextlib.suppress(socketio.exceptions.SocketIOError):
                await client.emit("ask", text)

        holder.start(emit(), "send")

    asked = Asked(send)

    @client.event
    async def connect() -> None:
        asked.again()

    @client.event
    async def answer(text: str) -> None:
        asked.answered(text)

    asked.pending = "message 0"
    await client.connect(f"http://{HOST}:{PORTS['socketio']}")
    await obey({"ask": asked.ask})


async def paho_client() -> None:
    from paho.mqtt import client as mqtt
    from paho.mqtt.enums import CallbackAPIVersion

    loop = asyncio.get_running_loop()
    client = mqtt.Client(CallbackAPIVersion.VERSION2)

    def send(text: str) -> None:
        client.publish("recover", text, qos=1)

    asked = Asked(send)

    def on_connect(*_: Any) -> None:
        client.subscribe("recover", qos=1)

    def on_subscribe(*_: Any) -> None:
        loop.call_soon_threadsafe(asked.again)

    def on_message(_: Any, __: Any, message: Any) -> None:
        loop.call_soon_threadsafe(asked.answered, message.payload.decode())

    client.on_connect = on_connect
    client.on_subscribe = on_subscribe
    client.on_message = on_message
    asked.pending = "message 0"
    client.connect(HOST, PORTS["paho"])
    client.loop_start()
    await obey({"ask": asked.ask})


# ---------------------------------------------------------------------------- servers


class Echo(asyncio.Protocol):
    """Frames come back as they went, heartbeats included."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Give it back."""
        self._transport.write(data)


class Forwarder:
    """Passes bytes between clients and a server, and can reset all its clients."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._clients: set[asyncio.StreamWriter] = set()

    async def start(self) -> None:
        """Listen."""
        await asyncio.start_server(self._serve, HOST, self._port)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._clients.add(writer)
        inner_reader, inner_writer = await asyncio.open_connection(HOST, self._port + BEHIND)

        async def pipe(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
            with contextlib.suppress(OSError):
                while data := await source.read(65536):
                    sink.write(data)
            sink.transport.abort()

        await asyncio.gather(pipe(reader, inner_writer), pipe(inner_reader, writer))
        self._clients.discard(writer)

    def reset(self) -> None:
        """Send RST to every client."""
        for writer in tuple(self._clients):
            sock = writer.get_extra_info("socket")
            with contextlib.suppress(OSError):
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
            writer.transport.abort()


async def servers() -> None:
    import socketio
    from aiohttp import web
    from websockets.asyncio.server import ServerConnection, serve

    async def echo(connection: ServerConnection) -> None:
        async for message in connection:
            await connection.send(message)

    hub = socketio.AsyncServer(async_mode="aiohttp")

    @hub.event
    async def ask(sid: str, text: str) -> None:
        await hub.emit("answer", text, to=sid)

    app = web.Application()
    hub.attach(app)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, HOST, PORTS["socketio"] + BEHIND).start()
    loop = asyncio.get_running_loop()
    await loop.create_server(Echo, HOST, PORTS["netcore"] + BEHIND)
    await serve(echo, HOST, PORTS["websockets"] + BEHIND)
    forwarders = [Forwarder(port) for port in PORTS.values()]
    for each in forwarders:
        await each.start()

    def reset(_: str) -> None:
        say("reset")
        for each in forwarders:
            each.reset()

    say("ready")
    await obey({"reset": reset})


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    roles = {
        "netcore": netcore_client,
        "websockets": websockets_client,
        "socketio": socketio_client,
        "paho": paho_client,
        "servers": servers,
    }
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(roles[sys.argv[1]]())
