"""A million mutated frames and answers: no exception but our own, no hang, no growth.

``python -m benchmarks.frames_fuzz --inputs 1000000`` prints one JSON object; exit code 1 if
anything was wrong. Of the inputs 70 % go to the long link's decoder and 29 % to the short link's,
cut into reads at random places; 1 % are sent by a real server to a live NetCore, whose link must
come up again after each that it refused and, at the end, carry a request. Bits are flipped, lengths
set to telling values, pieces cut, doubled, swapped and joined.

Wrong is: an exception other than FrameError; a frame that was not in the bytes; a decoder that
holds more than a package; a codec still at it after 5 s; a live link that leaves tasks behind.
``growth_kib`` is what the process grew by from the first tenth of the live part to its end.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import logging
import os
import random
import struct
import sys
import time
from collections.abc import Iterator

from netcore.connect.race import RaceSettings
from netcore.connect.tls import TlsSettings
from netcore.core import NetCore
from netcore.errors import FrameError
from netcore.longlink.codec import HEAD_LENGTH, MAX_PACKAGE, Decoder, Frame, encode
from netcore.longlink.monitor import MonitorSettings
from netcore.settings import LonglinkSettings, Settings
from netcore.shortlink.codec import HttpClientCodec, make_request
from netcore.task import Task
from tests.support.tasks import own_tasks

HOST = "127.0.0.1"
HANG = 5.0
TELLING = (0, 1, 19, 20, 21, 127, 128, 255, 256, 65535, 65536, 1 << 20, (1 << 20) + 1, 0xFFFFFFFF)

FRAMES = [
    encode(Frame(6, 0xFFFFFFFF, b"")),
    encode(Frame(3, 1, b"an answer")),
    encode(Frame(10001, 0, b"a push")),
    encode(Frame(243, 0xFFFFFFFD, b"")),
    encode(Frame(26, 0xFFFFFFFE, b"who")),
    encode(Frame(3, 2, bytes(range(256)) * 3)),
]
ANSWERS = [
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n3;x=y\r\n...\r\n0\r\n\r\n",
    b"HTTP/1.1 302 Found\r\nLocation: http://x/\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nConnection: close\r\n\r\nuntil the end",
    b"HTTP/1.1 500 Oh\r\nKeep-Alive: timeout=5\r\nContent-Length: 3\r\n\r\nbad",
]


class Mutator:
    """Endless mutated inputs from seeds."""

    def __init__(self, seeds: list[bytes], seed: int) -> None:
        self._seeds = seeds
        self._rng = random.Random(seed)

    def next(self) -> bytes:
        """One input."""
        rng = self._rng
        data = bytearray(b"".join(rng.choices(self._seeds, k=rng.randint(1, 4))))
        for _ in range(rng.randint(0, 4)):
            at = rng.randrange(len(data)) if data else 0
            kind = rng.randrange(6)
            if kind == 0 and data:
                data[at] ^= 1 << rng.randrange(8)
            elif kind == 1:
                struct.pack_into(">I", data, at & ~3, rng.choice(TELLING)) if (
                    (at & ~3) + 4 <= len(data)
                ) else None
            elif kind == 2:
                del data[at : at + rng.randint(1, 30)]
            elif kind == 3:
                data[at:at] = data[at : at + rng.randint(1, 40)]
            elif kind == 4:
                data[at:at] = rng.randbytes(rng.randint(1, 20))
            else:
                data += rng.choice(self._seeds)
        return bytes(data)

    def reads(self, data: bytes) -> Iterator[bytes]:
        """The input, cut at random places."""
        at = 0
        while at < len(data):
            size = self._rng.choice((1, 3, 20, 21, 100, len(data)))
            yield data[at : at + size]
            at += size


def check_frames(mutator: Mutator) -> None:
    """One input through the long link's decoder."""
    data = mutator.next()
    decoder = Decoder()
    bodies = 0
    with contextlib.suppress(FrameError):
        for read in mutator.reads(data):
            for frame in decoder.feed(read):
                bodies += len(frame.body) + HEAD_LENGTH
                assert frame.body in data
    assert bodies <= len(data)
    assert decoder.pending <= min(len(data), MAX_PACKAGE)


def check_answer(mutator: Mutator) -> None:
    """One input through the short link's codec."""
    talk = HttpClientCodec()
    talk.request(make_request("/fuzz", host=HOST, port=80, body=b"x"))
    data = mutator.next()
    try:
        for read in mutator.reads(data):
            answer = talk.feed(read)
            if answer is not None:
                assert len(answer.body) <= len(data)
                return
        talk.end()
    except FrameError:
        pass


class Rude(asyncio.Protocol):
    """Sends a mutated input to whoever connects, as long as there are any; then it behaves."""

    left = 0
    mutator: Mutator

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Be rude."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._rude = Rude.left > 0
        for _ in range(min(Rude.left, 4)):
            Rude.left -= 1
            transport.write(Rude.mutator.next())
        if self._rude:  # bytes that are a frame's beginning would be waited out
            transport.close()

    def data_received(self, data: bytes) -> None:
        """Echo, when it behaves."""
        if not self._rude:
            self._transport.write(data)


def used_kib() -> int:
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024


async def live(inputs: int, seed: int) -> dict[str, object]:
    Rude.left = inputs
    Rude.mutator = Mutator(FRAMES, seed)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Rude, HOST, 0)
    at_once = MonitorSettings(task=(0.0,) * 5, alone=(0.0,) * 5, after_loss=0.0, spread=0.0)
    settings = Settings(
        longlink_hosts=(HOST,),
        longlink_ports=(server.sockets[0].getsockname()[1],),
        tls=TlsSettings(enabled=False),
        race=RaceSettings(stagger=0.0),
        longlink=LonglinkSettings(monitor=at_once),
    )
    begun = time.perf_counter()
    early = 0
    async with NetCore(settings) as core:
        while Rude.left:
            before = Rude.left
            await asyncio.sleep(0.2)
            if Rude.left == before and not core.longlink_connected():
                raise AssertionError("the live link did not come up again")
            if not early and Rude.left < inputs * 0.9:
                early = used_kib()
        answer = await core.request(Task(cmdid=3, body=b"well"))
        assert answer == b"well"
        grown = used_kib() - early
        connections = core.longlinks.main.link.generation if core.longlinks.main else 0
    server.close()
    await asyncio.sleep(0.05)
    left = len(own_tasks()) - 1
    assert left == 0, f"{left} tasks left"
    return {
        "inputs": inputs,
        "connections": connections,
        "growth_kib": grown,
        "seconds": round(time.perf_counter() - begun, 1),
    }


def codec(check: object, seeds: list[bytes], inputs: int, seed: int) -> dict[str, object]:
    mutator = Mutator(seeds, seed)
    assert callable(check)
    slowest = 0.0
    begun = last = time.perf_counter()
    for _ in range(inputs):
        check(mutator)
        now = time.perf_counter()
        slowest = max(slowest, now - last)
        last = now
    assert slowest < HANG, f"one input took {slowest:.1f} s"
    return {
        "inputs": inputs,
        "slowest_ms": round(slowest * 1000, 1),
        "seconds": round(last - begun, 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--inputs", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()
    logging.disable(logging.CRITICAL)
    inputs, seed = wanted.inputs, wanted.seed
    try:
        answer = {
            "longlink_codec": codec(check_frames, FRAMES, inputs * 70 // 100, seed),
            "shortlink_codec": codec(check_answer, ANSWERS, inputs * 29 // 100, seed),
            "live_link": asyncio.run(live(inputs // 100, seed)),
        }
    except Exception as error:
        print(json.dumps({"wrong": f"{type(error).__name__}: {error}"}, indent=2))
        sys.exit(1)
    print(json.dumps(answer, indent=2))


if __name__ == "__main__":
    main()
