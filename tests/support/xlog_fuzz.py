"""Reads a million mutated logs: no exception but our own types, no hang, memory bounded.

``python -m benchmarks.xlog_fuzz --inputs 1000000 --workers 2`` prints JSON; exit code 1 if anything
was wrong, and then the inputs stand in the folder it names. Seeds are the logs of Mars in
tests/data/xlog and logs of each kind made here, cut to single blocks and short rows of them; bits
are flipped, fields of headers set to telling values, pieces cut, doubled, swapped and joined with
those of other seeds. Each input goes through the reader (with and without the key), the scanner
alone, the parser of staged buffers and the follower.

Bounds for each input: 5 s, and ``MEMORY_BASE + MEMORY_FACTOR * size`` bytes of memory (looked at
for every 50th input; what a stream may give is bounded by a text limit, here 1 MiB a block).
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import multiprocessing
import random
import signal
import struct
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Iterator, Sequence
from pathlib import Path

from xlog import staging
from xlog.blocks import BlockMaker
from xlog.errors import XlogError
from xlog.findings import Finding
from xlog.follow import Follower
from xlog.format import HEADER_SIZE, MAGICS, OLD_MAGICS, BlockKind
from xlog.keys import KeyRing, PrivateKey
from xlog.reader import Reader

TEXT_LIMIT = 1 << 20
MEMORY_BASE = 24 << 20
MEMORY_FACTOR = 40
"""Of 24 MiB and 40 bytes for each byte of input: the text limit of a block and the decoders' own
windows are in the first, copies, findings and spans in the second."""
SECONDS = 5.0
_DATA = Path(__file__).parents[1] / "data" / "xlog"
_LENGTHS = (
    0,
    1,
    7,
    8,
    72,
    73,
    74,
    255,
    65535,
    1 << 24,
    (1 << 25) - 1,
    1 << 25,
    1 << 31,
    0xFFFFFFFF,
)


class Mutator:
    """Endless inputs, the same for the same seed."""

    def __init__(self, seeds: Sequence[bytes], seed: int) -> None:
        self._seeds = seeds
        self._chance = random.Random(seed)

    def several(self, count: int) -> Iterator[bytes]:
        """``count`` inputs."""
        for _ in range(count):
            yield self.next()

    def next(self) -> bytes:
        """One input."""
        chance = self._chance
        data = bytearray(chance.choice(self._seeds))
        if chance.random() < 0.3:
            data += chance.choice(self._seeds)
        for _ in range(chance.choice((1, 1, 2, 3, 8))):
            if not data:
                break
            at = chance.randrange(len(data))
            size = chance.choice((1, 2, 8, 73, 200))
            how = chance.randrange(9)
            if how == 0:
                data[at] ^= 1 << chance.randrange(8)
            elif how == 1:
                data[at : at + size] = chance.randbytes(size)
            elif how == 2:
                del data[at : at + size]
            elif how == 3:
                data[at:at] = data[at : at + size] or b"\0"
            elif how == 4:
                data[at : at + size] = bytes(size)
            elif how == 5:
                del data[at:]
            elif how == 6:
                self._spoil_header(data)
            elif how == 7:
                other = chance.choice(self._seeds)
                begin = chance.randrange(len(other))
                data[at:at] = other[begin : begin + chance.randrange(400)]
            else:
                data[at] = chance.choice((*MAGICS, *OLD_MAGICS, 0, 0xFF))
        return bytes(data)

    def _spoil_header(self, data: bytearray) -> None:
        chance = self._chance
        starts = [at for at in range(min(len(data), 4000)) if data[at] in MAGICS]
        at = chance.choice(starts) if starts else 0
        if len(data) < at + HEADER_SIZE:
            return
        field = chance.randrange(5)
        if field == 0:
            struct.pack_into("<I", data, at + 5, chance.choice(_LENGTHS))
        elif field == 1:
            data[at] = chance.choice(tuple(MAGICS))
        elif field == 2:
            struct.pack_into("<H", data, at + 1, chance.choice((0, 1, 2, 65535)))
        elif field == 3:
            data[at + 3 + chance.randrange(2)] = chance.choice((0, 23, 24, 255))
        else:
            data[at + 9 : at + HEADER_SIZE] = chance.choice((bytes(64), chance.randbytes(64)))


def seeds() -> list[bytes]:
    """Logs of Mars, cut, and small ones of every kind."""
    found = [
        path.read_bytes()[:1600]
        for path in sorted((*_DATA.glob("*.xlog"), *_DATA.glob("released/*.xlog")))
    ]
    public = bytes.fromhex((_DATA / "keys.txt").read_text().split()[1])
    for codec in ("zlib", "zstd"):
        for key in (None, public):
            maker = BlockMaker(codec, None, key)
            lines = [
                b"[I][2026-11-24 +8.0 14:35:02.%03d][1, 1*][t][f:1, g][m\n" % n for n in range(9)
            ]
            found.append(b"".join(maker.stream(line * 3, 1, 2) for line in lines))
            found.append(b"".join(maker.line(line, 3) for line in lines))
            found.append(b"".join(maker.bare(line, 4) for line in lines))
            kind = BlockKind.of(is_async=True, codec=maker.codec, crypt=key is not None)
            found.append(_staged(kind, maker, b"".join(lines)))
    return found


def _staged(kind: BlockKind, maker: BlockMaker, text: bytes) -> bytes:
    size = 4096
    memory = bytearray(size)
    prologue = staging.build_prologue(
        kind, size=size, pid=1, begun=1.0, key=maker.stage_key, client_key=maker.client_key
    )
    memory[: len(prologue)] = prologue
    view = memoryview(memory)
    for place in range(staging.REGIONS):
        at = staging.region_offset(place, staging.region_size(size))
        staging.begin_region(view, at, hour=1, order=place, base=0)
        start = at + staging.REGION_HEADER_SIZE
        memory[start : start + len(text)] = text
        staging.USED.pack_into(memory, at, len(text))
    return bytes(memory)


def check_one(data: bytes, keys: Sequence[PrivateKey] | KeyRing) -> None:
    """Read ``data`` in every way; anything but our own errors comes through."""
    for given, buffer in ((keys, False), ((), True)):
        end = 0
        with contextlib.suppress(XlogError):
            for item in Reader(io.BytesIO(data), given, buffer=buffer, text_limit=TEXT_LIMIT):
                if item.offset < end and not staging.is_stage(data):
                    raise AssertionError(f"{item} begins before {end}")
                end = item.offset + item.length
                if not isinstance(item, Finding):
                    if len(item.data) > TEXT_LIMIT:
                        raise AssertionError(f"{item} is over the limit")
                    for _ in item.records():
                        pass
        if end > len(data):
            raise AssertionError(f"ends at {end} of {len(data)} bytes")
    with contextlib.suppress(XlogError):
        list(Reader(io.BytesIO(data)).spans())


def check_followed(path: Path, data: bytes, keys: Sequence[PrivateKey] | KeyRing) -> None:
    """Follow a log that grows to ``data``."""
    follower = Follower(path, keys, text_limit=TEXT_LIMIT, buffer=path)
    for size in (len(data) // 2, len(data)):
        path.write_bytes(data[:size])
        with contextlib.suppress(XlogError):
            follower.poll()


def measured(data: bytes, keys: Sequence[PrivateKey] | KeyRing) -> int:
    """Bytes of memory that reading ``data`` takes at most at one time."""
    tracemalloc.start()
    try:
        check_one(data, keys)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


class HangError(Exception):
    """One input took too long."""


def _too_long(*_: object) -> None:
    raise HangError(f"more than {SECONDS} s")


def run(job: tuple[int, int, str]) -> tuple[int, int, float, list[str]]:
    """``count`` inputs of one seed: how many, most memory, longest time, what was wrong."""
    seed, count, folder = job
    keys = KeyRing([(_DATA / "keys.txt").read_text().split()[0]])
    signal.signal(signal.SIGALRM, _too_long)
    most, longest, wrong = 0, 0.0, []
    path = Path(folder) / f"{seed}.growing"
    for number, data in enumerate(Mutator(seeds(), seed).several(count)):
        begun = time.perf_counter()
        signal.setitimer(signal.ITIMER_REAL, SECONDS)
        try:
            if number % 50 == 0:
                used = measured(data, keys)
                most = max(most, used)
                if used > MEMORY_BASE + MEMORY_FACTOR * len(data):
                    raise MemoryError(f"{used} bytes for {len(data)}")
                check_followed(path, data, keys)
            else:
                check_one(data, keys)
        except Exception as error:
            signal.setitimer(signal.ITIMER_REAL, 0)
            name = Path(folder) / f"{seed}_{number}.xlog"
            name.write_bytes(data)
            wrong.append(f"{name}: {type(error).__name__}: {error}")
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        longest = max(longest, time.perf_counter() - begun)
    return count, most, longest, wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--inputs", type=int, default=1_000_000)
    parser.add_argument("--workers", type=int, default=multiprocessing.cpu_count())
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="xlog-fuzz-")
    share = 2000
    jobs = [
        (options.seed * 1_000_000 + start // share, min(share, options.inputs - start), folder)
        for start in range(0, options.inputs, share)
    ]
    begun = time.monotonic()
    done, most, longest = 0, 0, 0.0
    wrong: list[str] = []
    with multiprocessing.get_context("spawn").Pool(options.workers) as pool:
        for count, used, took, bad in pool.imap_unordered(run, jobs):
            done, most, longest = done + count, max(most, used), max(longest, took)
            wrong += bad
            if sys.stderr.isatty():
                sys.stderr.write(f"\r{done} of {options.inputs}, {len(wrong)} wrong")
    print(
        json.dumps(
            {
                "inputs": done,
                "seconds": round(time.monotonic() - begun, 1),
                "most_memory_mb": round(most / 1e6, 1),
                "longest_ms": round(longest * 1000, 1),
                "wrong": wrong,
            },
            indent=2,
        )
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
