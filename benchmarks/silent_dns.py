"""What a DNS that never answers costs: connects with addresses in hand, and the program's end.

``python -m benchmarks.silent_dns`` prints one JSON object; it takes some seconds. The silent DNS is
a ``getaddrinfo`` that blocks for ten seconds and then fails, as glibc's does with two dead servers.

- ``connect_s``: a request on a new long link, the addresses of which newdns has given
- ``stale_s``: a look-up of a host whose last answer has run out
- ``end_s``: a program of 0.3 s whose proxy has a name, until ``asyncio.run`` is back
"""

from __future__ import annotations

import asyncio
import json
import socket
import statistics
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any

from netcore import Callbacks, NetCore, Proxy, Settings, Task, TlsSettings
from netcore.connect.resolver import Answer, CachingResolver, SystemResolver

SILENCE = 10.0  # seconds
ROUNDS = 5


def _silent(host: str, *_: Any, **__: Any) -> list[Any]:
    threading.Event().wait(SILENCE)
    raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")


class _NewDns(Callbacks):
    def on_new_dns(self, host: str, longlink: bool, extra_info: Mapping[str, str]) -> Sequence[str]:
        return ["127.0.0.1"]


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while head := await reader.readexactly(20):
            writer.write(head + await reader.readexactly(int.from_bytes(head[16:], "big")))
    except asyncio.IncompleteReadError:
        writer.close()


async def _connects() -> float:
    server = await asyncio.start_server(_echo, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    plain = TlsSettings(enabled=False)
    settings = Settings(longlink_hosts=("im.example",), longlink_ports=(port,), tls=plain)
    took = []
    async with NetCore(settings, _NewDns()) as core:
        for _ in range(ROUNDS):
            begun = time.perf_counter()
            await core.request(Task(cmdid=3, body=b"x"))
            took.append(time.perf_counter() - begun)
            core.redo_tasks()
    server.close()
    return statistics.median(took)


async def _stale() -> float:
    now = time.monotonic()
    resolver = CachingResolver(SystemResolver(), clock=lambda: now)
    resolver._kept["im.example"] = (now - 1.0, Answer(("127.0.0.1",)))
    begun = time.perf_counter()
    await resolver.resolve("im.example")
    took = time.perf_counter() - begun
    await resolver.close()
    return took


async def _proxied() -> None:
    proxy = Proxy("http", "proxy.example", 3128)
    settings = Settings(longlink_hosts=("192.0.2.1",), longlink_ports=(1,), proxy=proxy)
    async with NetCore(settings):
        await asyncio.sleep(0.3)


def main() -> None:
    """Measure and print."""
    socket.getaddrinfo = _silent
    connect, stale = asyncio.run(_connects()), asyncio.run(_stale())
    begun = time.perf_counter()
    asyncio.run(_proxied())
    end = time.perf_counter() - begun
    figures = {"connect_s": connect, "stale_s": stale, "end_s": end}
    print(json.dumps({name: round(value, 3) for name, value in figures.items()}))


if __name__ == "__main__":
    main()
