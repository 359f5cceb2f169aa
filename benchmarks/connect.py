"""Seconds until a TCP connection is there, when 0 to 3 of 4 addresses are black holes.

``python -m benchmarks.connect [--rounds N]`` prints one JSON object; it takes about a minute.
The addresses are loopback ones on one port; the dead come first in the list, as they do for a
client that cannot know. A dead one is a listener whose queue is full: the kernel answers no SYN, so
a connect to it hangs as on a network that drops packets (Linux). The round trip is that of
loopback, so the figures show the waiting alone.

- ``netcore``: the race at its default pace: 3 places, 2.5 s each, 250 ms apart
- ``netcore_rfc8305``: the same race at RFC 8305's pace, 250 ms apart without a limit
- ``netcore_mars``: at the pace of Mars itself, 2.5 s apart
- ``asyncio_happy_eyeballs``: ``loop.create_connection(happy_eyeballs_delay=0.25)``
- ``asyncio_sequential``: ``loop.create_connection`` by default, one address after the other;
  given up after ``cap_s``, the system's own time-out being some two minutes

Medians over the rounds; ``null`` is not within ``cap_s``.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import platform
import socket
import statistics
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any

from netcore.connect.dial import dial
from netcore.connect.endpoint import Endpoint
from netcore.connect.pace import MARS_PACE, RFC8305_PACE
from netcore.connect.race import RaceSettings, race

ADDRESSES = 4
CAP = 8.0
HOST = "four.example"


class Known(asyncio.SelectorEventLoop):
    """A loop that knows the four addresses of one name."""

    known: Sequence[tuple[str, int]] = ()

    async def getaddrinfo(self, host: Any, port: Any, **options: Any) -> list[Any]:
        """The addresses, in order."""
        kind = socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP
        return [(*kind, "", address) for address in self.known]


@contextlib.contextmanager
def black_hole(address: str, port: int) -> Iterator[None]:
    """Let connects to the address hang."""
    server = socket.socket()
    fillers = []
    try:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind((address, port))
        server.listen(0)
        for _ in range(4):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex((address, port))
            fillers.append(filler)
        yield
    finally:
        for each in (*fillers, server):
            each.close()


async def timed(connect: Callable[[], Awaitable[None]]) -> float | None:
    begun = time.perf_counter()
    try:
        async with asyncio.timeout(CAP):
            await connect()
    except TimeoutError:
        return None
    return time.perf_counter() - begun


def ours(addresses: Sequence[tuple[str, int]], settings: RaceSettings) -> Callable[[], Any]:
    endpoints = [Endpoint(ip, port, HOST) for ip, port in addresses]

    async def connect() -> None:
        sock, _, _ = await race(endpoints, dial, settings=settings, discard=socket.socket.close)
        sock.close()

    return connect


def asyncios(delay: float | None) -> Callable[[], Any]:
    async def connect() -> None:
        transport, _ = await asyncio.get_running_loop().create_connection(
            asyncio.Protocol, HOST, 1, happy_eyeballs_delay=delay
        )
        transport.abort()

    return connect


async def measure(rounds: int) -> dict[str, Any]:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, Known)
    answer: dict[str, Any] = {}
    for dead in range(ADDRESSES):
        living = f"127.0.1.{dead + 1}"
        with contextlib.ExitStack() as stack:
            server = await loop.create_server(asyncio.Protocol, living, 0)
            port = server.sockets[0].getsockname()[1]
            addresses = [(f"127.0.1.{n + 1}", port) for n in range(ADDRESSES)]
            for ip, _ in addresses[:dead]:
                stack.enter_context(black_hole(ip, port))
            loop.known = addresses
            contestants = {
                "netcore": ours(addresses, RaceSettings()),
                "netcore_rfc8305": ours(addresses, RFC8305_PACE),
                "netcore_mars": ours(addresses, MARS_PACE),
                "asyncio_happy_eyeballs": asyncios(0.25),
                "asyncio_sequential": asyncios(None),
            }
            times: dict[str, list[float | None]] = {name: [] for name in contestants}
            for _ in range(rounds):  # in turns, so that a busy machine troubles all alike
                for name, connect in contestants.items():
                    once = name in ("asyncio_sequential", "netcore_mars") and dead
                    if not (once and times[name]):  # they wait long, and always as long
                        times[name].append(await timed(connect))
            server.close()
        answer[str(dead)] = {
            name: None if None in taken else round(statistics.median(taken), 4)  # type: ignore[type-var]
            for name, taken in times.items()
        }
    return answer


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    wanted = parser.parse_args()
    with asyncio.Runner(loop_factory=Known) as runner:
        seconds = runner.run(measure(wanted.rounds))
    print(
        json.dumps(
            {
                "python": platform.python_version(),
                "cpus": os.cpu_count(),
                "cap_s": CAP,
                "seconds_by_dead_addresses": seconds,
            },
            indent=2,
        )
    )


if __name__ == "__main__":
    main()
