"""How fast a log is read: MB/s of text for a 200 MB log of each kind, one process and two.

``python -m benchmarks.xlog_read`` prints JSON. Each log is made in a temporary folder: blocks of up
to 50 KiB compressed, a flush after every line, as Mars's async appender writes them. Its text
differs for 20 MB and then comes again, in new blocks.

``one_process`` and ``two_processes`` run the reader over the whole log and drop the text (the best
of three); ``records`` also parses every record; ``cli`` is ``phobos-xlog decode -o FILE`` from
start to end, interpreter included. ``one_process_cpu`` and ``mars_c_cpu`` count processor time
instead of the clock's: on a busy machine trust their ratio.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from xlog.codec import new_compressor
from xlog.crypt import KeyPair, derive_tea_key, tea_encrypt
from xlog.format import NO_CLIENT_KEY, BlockKind, CodecName, build_block, next_seq
from xlog.reader import Block, Reader
from xlog.record import Level, Record, format_line

MEGABYTE = 1_000_000
BODY_SIZE = 50 << 10
DISTINCT = 20 * MEGABYTE
ROUNDS = 3
_HOUR = 14
LOGS: dict[str, tuple[CodecName, bool, int]] = {
    "zlib": ("zlib", False, BODY_SIZE),
    "zstd": ("zstd", False, BODY_SIZE),
    "zlib_crypt": ("zlib", True, BODY_SIZE),
    "zstd_crypt": ("zstd", True, BODY_SIZE),
    "zlib_crypt_small": ("zlib", True, 2 << 10),
    "zlib_crypt_tiny": ("zlib", True, 512),
}
"""Codec, whether there is a key, and bytes of a block's body: small ones are those of a program
that flushes its log often, tiny ones are as large as those of Mars in tests/data/xlog."""


def lines(seed: int = 1) -> Iterator[bytes]:
    """Endless lines of a chat client's log, about 130 bytes each."""
    rng = random.Random(seed)
    now = 1_795_000_000.0
    while True:
        now += rng.expovariate(50)
        number = rng.randrange(1 << 24)
        message = (
            f"task end taskid:{number} cmdid:{number % 251} cost:{rng.randrange(4000)}ms "
            f"svr(10.0.{rng.randrange(256)}.{rng.randrange(256)}:443) "
            f"rnd:{rng.getrandbits(64):016x}"
        )
        yield format_line(
            Record(
                Level(rng.randrange(5)),
                message,
                now,
                28800,
                4242,
                4242 + number % 7,
                number % 7 == 0,
                ("net", "stn", "chat", "db")[number % 4],
                ("longlink.py", "task.py", "session.py")[number % 3],
                number % 900,
                ("connect", "on_task_end", "send")[number % 3],
            )
        )


def bodies(codec: CodecName, body_size: int) -> Iterator[tuple[bytes, int]]:
    """Compressed bodies of blocks that hold :data:`DISTINCT` bytes of text, and the text's size."""
    made = 0
    source = lines()
    while made < DISTINCT:
        compressor = new_compressor(codec)
        body = bytearray()
        text = 0
        while len(body) < body_size:
            line = next(source)
            body += compressor.compress(line)
            text += len(line)
        made += text
        yield bytes(body), text


def write_log(
    path: Path, codec: CodecName, key: KeyPair | None, size: int, body_size: int = BODY_SIZE
) -> int:
    """Write a log of ``size`` bytes of text; returns how many it really has."""
    kind = BlockKind.of(is_async=True, codec=codec, crypt=key is not None)
    client_key, tea_key = NO_CLIENT_KEY, b""
    if key is not None:
        client = KeyPair.generate()
        client_key, tea_key = client.public, derive_tea_key(client.private, key.public)
    blocks = [
        (tea_encrypt(body, tea_key) if tea_key else body, text)
        for body, text in bodies(codec, body_size)
    ]
    seq = total = 0
    with path.open("wb") as file:
        while total < size:
            for body, text in blocks:
                seq = next_seq(seq)
                file.write(
                    build_block(
                        kind, body, seq=seq, begin_hour=_HOUR, end_hour=_HOUR, client_key=client_key
                    )
                )
                total += text
                if total >= size:
                    break
    return total


def read(
    path: Path, keys: list[bytes], workers: int, *, records: bool = False
) -> tuple[float, float]:
    """Seconds to read the log, and of processor time; raises where it is not clean."""
    begin, cpu = time.perf_counter(), time.process_time()
    for item in Reader(path, keys, workers=workers):
        if not isinstance(item, Block) or item.findings:
            raise AssertionError(item)
        if records:
            for _ in item.records():
                pass
    return time.perf_counter() - begin, time.process_time() - cpu


def cli(path: Path, key: KeyPair) -> float:
    """Seconds of the whole command."""
    command = [sys.executable, "-m", "xlog.cli", "decode", str(path), "-o", f"{path}.txt"]
    begin = time.perf_counter()
    subprocess.run([*command, "--key", key.private.hex()], check=True, stderr=subprocess.DEVNULL)
    took = time.perf_counter() - begin
    Path(f"{path}.txt").unlink()
    return took


def mars(decoder: str, path: Path) -> tuple[float, float]:
    """Seconds of Mars's own decoder, and of processor time (its output is not looked at here)."""
    begin, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([decoder, str(path), f"{path}.mars"], check=True, stderr=subprocess.DEVNULL)
    took, after = time.perf_counter() - begin, resource.getrusage(resource.RUSAGE_CHILDREN)
    Path(f"{path}.mars").unlink()
    return took, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def measure(
    size: int = 200 * MEGABYTE,
    *,
    with_cli: bool = True,
    pair: KeyPair | None = None,
    decoder: str | None = None,
) -> dict[str, Any]:
    """All numbers, by kind; ``decoder`` is Mars's, built with the private key of ``pair``."""
    key = pair or KeyPair.generate()
    keys = [key.private]
    results: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, (codec, crypt, body_size) in LOGS.items():
            path = Path(folder) / f"{name}.xlog"
            # Mars's decoder takes a third of a millisecond for each block: fewer tiny ones do.
            part = size if body_size > 1024 else size // 10
            text = write_log(path, codec, key if crypt else None, part, body_size)
            stored = path.stat().st_size
            read(path, keys, 1)  # the file is in the system's cache from here on
            times: dict[str, list[float]] = {}
            for _ in range(ROUNDS):  # in turns, so that a busy machine troubles all alike
                took, cpu = read(path, keys, 1)
                times.setdefault("one_process", []).append(took)
                times.setdefault("one_process_cpu", []).append(cpu)
                times.setdefault("two_processes", []).append(read(path, keys, 2)[0])
                if decoder is not None:
                    took, cpu = mars(decoder, path)
                    times.setdefault("mars_c", []).append(took)
                    times.setdefault("mars_c_cpu", []).append(cpu)
            times["records"] = [read(path, keys, 1, records=True)[0]]
            if with_cli:
                times["cli"] = [cli(path, key)]
            speeds = {what: text / MEGABYTE / min(took) for what, took in times.items()}
            results[name] = {
                "text_mb": round(text / MEGABYTE, 1),
                "ratio": round(text / stored, 2),
                **{f"{what}_mb_s": round(speed, 1) for what, speed in speeds.items()},
            }
            if decoder is not None:
                for what in ("", "_cpu"):
                    over = speeds[f"one_process{what}"] / speeds[f"mars_c{what}"]
                    results[name][f"one_process_over_mars{what}"] = round(over, 2)
            path.unlink()
    results["peak_memory_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)
    return results


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--size", type=int, default=200, help="megabytes of text (200)")
    arguments = parser.parse_args()
    results = {"processors": os.cpu_count(), "decode": measure(arguments.size * MEGABYTE)}
    print(json.dumps(results, indent=2))


if __name__ == "__main__":
    main()
