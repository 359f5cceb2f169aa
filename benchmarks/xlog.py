"""What a log costs: its caller's time, size and reading, beside other loggers, in one run.

``python -m benchmarks.xlog`` prints JSON. Lines of 120 bytes are logged in turns by all loggers:

``burst_us``
    microseconds of a call in bursts of 250 lines, with a pause after each, as a program's log is
    written that the writer's thread can keep up with; the tenth part of all bursts that was fastest
    took less, so that another program's turn on the processor is not counted;
``burst_cpu_us``
    of that, the processor time of the caller's thread (median);
``sustained_us``
    the same in slices of 2,000 lines, the fastest: the caller waits once the buffer is full, so
    compressing and encrypting are in it;
``sustained_cpu_us``
    of that, the processor time of the caller's thread (median);
``over_filehandler``
    each of these over ``logging.FileHandler``: the median of the ratios turn by turn, which stands
    still though the machine's load does not;
``total_us``
    sustained, and closing the log: everything is in the file;
``ratio``
    bytes of text for a byte of file.

"direct" is :meth:`xlog.appender.Appender.log`, "handler" is ``logging`` through
:class:`xlog.handler.XlogHandler`. ``logging.FileHandler`` writes the bare message; "same fields"
formats what a line of xlog has. Reading is told by :mod:`benchmarks.xlog_read`; with
``XLOG_MARS_DECODER`` in the environment (docs/xlog.md) Mars's own decoder reads the same logs.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import platform
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import xlog_read
from xlog.appender import Appender, AppenderConfig, Mode
from xlog.crypt import KeyPair
from xlog.handler import XlogHandler
from xlog.reader import Reader

LINE = 120
BURST = 250
PAUSE = 0.02
BURSTS = 40
SLICE = 2000
_FIELDS = (
    "[%(levelname).1s][%(asctime)s][%(process)d, %(thread)d][%(name)s]"
    "[%(filename)s:%(lineno)d, %(funcName)s][%(message)s"
)
_KEYS = Path(__file__).parent.parent / "tests" / "data" / "xlog" / "keys.txt"

Opened = tuple[Callable[[str], object], Callable[[], object]]
"""What logs a message, and what closes the log."""

WAYS: dict[str, dict[str, Any]] = {
    "async zlib": {},
    "async zlib key": {"key": True},
    "async zstd": {"codec": "zstd"},
    "async zstd key": {"codec": "zstd", "key": True},
    "sync": {"mode": Mode.SYNC},
    "sync key": {"mode": Mode.SYNC, "key": True},
}


def messages(count: int) -> list[str]:
    """Lines of a chat client, 120 bytes each."""
    chance = random.Random(1)
    made = []
    for _ in range(count):
        text = (
            f"task end taskid:{chance.randrange(1 << 24)} cmdid:{chance.randrange(250)} "
            f"cost:{chance.randrange(4000)}ms svr(10.0.{chance.randrange(256)}."
            f"{chance.randrange(256)}:443) rnd:{chance.getrandbits(64):016x} retry:0 net:wifi "
            "host:long.example.org"
        )
        made.append(f"{text:{LINE}.{LINE}}")
    return made


def _config(folder: str, way: dict[str, Any], pair: KeyPair) -> AppenderConfig:
    settings = {name: value for name, value in way.items() if name != "key"}
    if way.get("key"):
        settings["public_key"] = pair.public
    return AppenderConfig(log_dir=folder, prefix="bench", **settings)


def _direct(folder: str, way: dict[str, Any], pair: KeyPair) -> Opened:
    log = Appender(_config(folder, way, pair))
    write = log.log

    def call(text: str) -> None:
        write(2, "net", text, file="task.py", line=120, function="on_task_end")

    return call, log.close


def _logging(handler: logging.Handler) -> Opened:
    logger = logging.Logger("net", logging.INFO)
    logger.addHandler(handler)
    return logger.info, handler.close


def _file(folder: str, form: str | None) -> Opened:
    handler = logging.FileHandler(f"{folder}/plain.log", encoding="utf-8")
    handler.setFormatter(logging.Formatter(form))
    return _logging(handler)


def _loguru(folder: str) -> Opened:
    from loguru import logger

    logger.remove()
    sink = logger.add(f"{folder}/plain.log", format="{message}", level="INFO")
    return logger.info, lambda: logger.remove(sink)


def _picologging(folder: str) -> Opened:
    import picologging

    handler = picologging.FileHandler(f"{folder}/plain.log")
    handler.setFormatter(picologging.Formatter("%(message)s"))
    logger = picologging.Logger("net", picologging.INFO)
    logger.addHandler(handler)
    return logger.info, handler.close


def loggers(pair: KeyPair) -> dict[str, Callable[[str], Opened]]:
    """All that are measured, by name."""
    found: dict[str, Callable[[str], Opened]] = {
        "logging.FileHandler": lambda folder: _file(folder, None),
        "logging.FileHandler, same fields": lambda folder: _file(folder, _FIELDS),
        "loguru": _loguru,
        "picologging": _picologging,
    }
    for name, way in WAYS.items():
        found[f"handler, {name}"] = lambda folder, way=way: _logging(
            XlogHandler(_config(folder, way, pair))
        )
        found[f"direct, {name}"] = lambda folder, way=way: _direct(folder, way, pair)
    return found


def _text_size(folder: str, pair: KeyPair) -> tuple[int, int]:
    """Bytes of text, and of the files that hold it."""
    plain = Path(folder) / "plain.log"
    if plain.exists():
        return plain.stat().st_size, plain.stat().st_size
    text = stored = 0
    for path in Path(folder).glob("*.xlog"):
        stored += path.stat().st_size
        text += sum(len(block.data) for block in Reader(path, [pair.private]).blocks())
    return text, stored


class _Measured:
    """One logger, open, and seconds a call of what was measured, a number for each turn."""

    def __init__(self, start: Callable[[str], Opened]) -> None:
        """Raises ImportError where the logger is not installed."""
        self._folder = tempfile.TemporaryDirectory()
        self._call, self._close = start(self._folder.name)
        self._spent = 0.0
        self._lines = 0
        self.times: dict[str, list[float]] = {"total": []}
        self.ratio = 0.0

    def log(self, what: str, some: list[str]) -> None:
        """One turn."""
        call = self._call
        begun, cpu = time.perf_counter(), time.thread_time()
        for text in some:
            call(text)
        used, took = time.thread_time() - cpu, time.perf_counter() - begun
        self.times.setdefault(what, []).append(took / len(some))
        self.times.setdefault(f"{what}_cpu", []).append(used / len(some))
        self._spent += took
        self._lines += len(some)

    def close(self, pair: KeyPair) -> None:
        """Afterwards everything is in the file."""
        begun = time.perf_counter()
        self._close()
        self.times["total"].append((self._spent + time.perf_counter() - begun) / self._lines)
        text, stored = _text_size(self._folder.name, pair)
        self.ratio = text / stored
        self._folder.cleanup()


def measure_writing(lines: int, rounds: int, pair: KeyPair) -> dict[str, Any]:
    """Every logger in turns, first in bursts, then without a pause."""
    made = messages(lines)
    missing: dict[str, Any] = {}
    times: dict[str, dict[str, list[float]]] = {}
    sizes: dict[str, float] = {}
    for what, count, turns in (
        ("burst", BURST, BURSTS * rounds),
        ("sustained", SLICE, lines // SLICE * rounds),
    ):
        opened: dict[str, _Measured] = {}
        for name, start in loggers(pair).items():
            try:
                opened[name] = _Measured(start)
            except ImportError as error:
                missing[name] = f"not measured: {error}"
        for turn in range(turns):
            some = made[turn * count % (lines - count + 1) :][:count]
            for measured in opened.values():
                measured.log(what, some)
                time.sleep(PAUSE)
        for name, measured in opened.items():
            measured.close(pair)
            if what == "burst":
                del measured.times["total"]
            times.setdefault(name, {}).update(measured.times)
            sizes[name] = measured.ratio
    peer = times["logging.FileHandler"]
    results: dict[str, Any] = {}
    for name, mine in times.items():
        results[name] = {
            "burst_us": _us(statistics.quantiles(mine["burst"], n=10)[0]),
            "burst_cpu_us": _us(statistics.median(mine["burst_cpu"])),
            "sustained_us": _us(min(mine["sustained"])),
            "sustained_cpu_us": _us(statistics.median(mine["sustained_cpu"])),
            "total_us": _us(mine["total"][0]),
            "ratio": round(sizes[name], 2),
            "over_filehandler": {
                what: round(
                    statistics.median(a / b for a, b in zip(mine[what], peer[what], strict=True)), 2
                )
                for what in ("burst", "burst_cpu", "sustained", "sustained_cpu")
            },
        }
    return results | missing


def _us(seconds: float) -> float:
    return round(seconds * 1e6, 2)


def compare(written: dict[str, Any]) -> dict[str, Any]:
    """Each way of ours over ``logging.FileHandler``: the aims are 1 by handler, 0.6 directly.

    The medians of the ratios of a turn to the peer's same turn: on a busy machine trust those of
    processor time.
    """
    return {
        name: {
            **written[name]["over_filehandler"],
            "aim": 1.0 if name.startswith("handler") else 0.6,
        }
        for name in written
        if name.startswith(("handler", "direct"))
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lines", type=int, default=20_000, help="lines of a sustained round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--size", type=int, default=200, help="megabytes of text to be read (200)")
    parser.add_argument("--no-read", action="store_true")
    parser.add_argument("--no-write", action="store_true")
    options = parser.parse_args()
    pair = KeyPair.from_private(bytes.fromhex(_KEYS.read_text().split()[0]))
    result: dict[str, Any] = {
        "python": platform.python_version(),
        "cpus": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None,
        "line_bytes": LINE,
    }
    if not options.no_write:
        result["write"] = measure_writing(options.lines, options.rounds, pair)
        result["write_over_filehandler"] = compare(result["write"])
    if not options.no_read:
        result["read"] = xlog_read.measure(
            options.size * xlog_read.MEGABYTE,
            pair=pair,
            decoder=os.environ.get("XLOG_MARS_DECODER"),
        )
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
