"""The log viewer on a log of a million lines (200 MB of text), beside what people use today.

``python -m benchmarks.viewer`` prints JSON. The window is the real one, off screen; ``stall`` is
the longest time in which its event loop did not come round, ``frame`` the time to scroll by a page
and paint. ``today`` is ``phobos-xlog decode`` to a text file and, where it is installed, lnav
reading that file without a screen (``lnav -n``, which prints it all, to a file here), and
``grep`` for the same words. klogg has no way to be run without a screen.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import psutil
from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication

from app.logviewer.keys import FileVault, NamedKeys
from app.logviewer.query import Pattern, Query
from app.logviewer.settings import ViewerSettings
from app.logviewer.window import ViewerWindow
from xlog.codec import new_compressor
from xlog.crypt import KeyPair, derive_tea_key, tea_encrypt
from xlog.format import BlockKind, build_block, next_seq
from xlog.record import Level, Record, format_line

_BLOCK_TEXT = 300_000
_WEIGHTS = (30, 30, 25, 10, 4, 1)
_WORDS = (
    "longlink", "shortlink", "connect", "noop", "heartbeat", "push", "retry", "timeout", "chat",
    "消息已送达", "session", "handshake", "resolve", "address", "ranking", "proxy", "backup",
)  # fmt: skip


def write_log(path: Path, key: KeyPair, count: int) -> int:
    """Write ``count`` records, encrypted zlib blocks; returns the bytes of text."""
    rng = random.Random(7)
    client = KeyPair.generate()
    tea_key = derive_tea_key(client.private, key.public)
    now, seq, total = 1_795_000_000.0, 0, 0
    with path.open("wb") as file:
        text: list[bytes] = []
        size = 0
        for number in range(count):
            now += rng.expovariate(20)
            words = " ".join(rng.choices(_WORDS, k=9))
            level = rng.choices(range(6), _WEIGHTS)[0]
            message = f"task {number} {words} cost:{rng.randrange(4000)}ms {rng.getrandbits(64):x}"
            tid = 4242 + number % 7
            place = ("longlink.cc", number % 900, "OnTaskEnd")
            record = Record(
                Level(level), message, now, 28800, 4242, tid, False, f"tag{number % 23}", *place
            )
            line = format_line(record)
            text.append(line)
            size += len(line)
            if size >= _BLOCK_TEXT or number == count - 1:
                compressor = new_compressor("zlib")
                body = tea_encrypt(compressor.compress(b"".join(text)), tea_key)
                seq = next_seq(seq)
                kind = BlockKind.ASYNC_ZLIB_CRYPT
                hours = {"begin_hour": 14, "end_hour": 14}
                file.write(build_block(kind, body, seq=seq, client_key=client.public, **hours))
                total += size
                text, size = [], 0
    return total


class Stalls(QObject):
    """Watches how long the event loop stays away."""

    def __init__(self) -> None:
        super().__init__()
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._tick)
        self._last = 0.0
        self.longest = 0.0

    def _tick(self) -> None:
        now = time.perf_counter()
        self.longest = max(self.longest, now - self._last)
        self._last = now
        time.sleep(0.0005)  # an idle loop would wait too, and not spin

    def watch(self, until: Callable[[], bool], limit: float = 120.0) -> float:
        """Run the event loop until something holds; gives the seconds that took."""
        begin = self._last = time.perf_counter()
        self._timer.start()
        while not until():
            QApplication.processEvents()
            if time.perf_counter() - begin > limit:
                raise TimeoutError
        self._timer.stop()
        return time.perf_counter() - begin

    def take(self) -> float:
        """The longest stall since the last call, in milliseconds."""
        longest, self.longest = self.longest, 0.0
        return round(longest * 1000, 1)


def open_log(window: ViewerWindow, path: Path, stalls: Stalls) -> dict[str, Any]:
    begin = time.perf_counter()
    window.logs.open_paths([path])
    stalls.watch(lambda: window.model.rowCount() > 0)
    window.table.viewport().repaint()
    first = time.perf_counter() - begin
    stalls.watch(lambda: not window.progress.isVisible() and _judged(window))
    return {
        "first_lines_s": round(first, 3),
        "all_lines_s": round(time.perf_counter() - begin, 2),
        "rows": window.model.rowCount(),
        "stall_ms": stalls.take(),
    }


def _judged(window: ViewerWindow) -> bool:
    view = window.model.view
    return view.judged == view.total == len(window.logs.store)


def filter_by(window: ViewerWindow, query: Query, stalls: Stalls) -> dict[str, Any]:
    generation = window.model.view.generation
    begin = time.perf_counter()
    window.panel.reset(query)
    stalls.watch(lambda: window.model.view.generation > generation)
    first = time.perf_counter() - begin
    stalls.watch(lambda: _judged(window))
    return {
        "first_rows_s": round(first, 3),
        "all_s": round(time.perf_counter() - begin, 3),
        "rows": window.model.rowCount(),
        "stall_ms": stalls.take(),
    }


def find(window: ViewerWindow, text: str, stalls: Stalls) -> dict[str, Any]:
    begin = time.perf_counter()
    window.find_bar.open(text)
    stalls.watch(lambda: window.model.view.found is not None and not window.model.view.finding)
    found = len(window.model.view.found)
    took = time.perf_counter() - begin
    window.find_bar.dismiss()
    return {"all_s": round(took, 3), "found": found, "stall_ms": stalls.take()}


def scroll(window: ViewerWindow) -> dict[str, Any]:
    bar = window.table.verticalScrollBar()
    rng = random.Random(3)
    frames = []
    for number in range(400):
        # Half page by page, half anywhere, where nothing is in the cache.
        target = bar.value() + bar.pageStep() if number % 2 else rng.randrange(bar.maximum())
        begin = time.perf_counter()
        bar.setValue(target)
        window.table.viewport().repaint()
        QApplication.processEvents()
        frames.append((time.perf_counter() - begin) * 1000)
    return {
        "frame_ms": round(statistics.median(frames), 2),
        "frame_99_ms": round(sorted(frames)[int(len(frames) * 0.99)], 2),
    }


def today(path: Path, key: KeyPair, words: str) -> dict[str, Any]:
    text = path.with_suffix(".log")
    command = [sys.executable, "-m", "xlog.cli", "decode", str(path), "-o", str(text)]
    result: dict[str, Any] = {"decode": run([*command, "--key", key.private.hex()])}
    if shutil.which("lnav"):
        result["lnav_n"] = run(["lnav", "-n", str(text)])
    else:
        result["lnav_n"] = "not installed"
    result["grep_i"] = run(["grep", "-c", "-i", "-F", words, str(text)])
    return result


def run(command: list[str]) -> dict[str, float]:
    """Seconds and the most memory seen, looked at a hundred times a second."""
    begin = time.perf_counter()
    most = 0
    # Not to /dev/null: grep stops at its first hit then.
    with tempfile.TemporaryFile() as output:
        process = psutil.Popen(command, stdout=output, stderr=subprocess.PIPE)
        while process.poll() is None:
            with contextlib.suppress(psutil.Error):
                tree = [process, *process.children(recursive=True)]
                most = max(most, sum(each.memory_info().rss for each in tree))
            time.sleep(0.01)
    took = time.perf_counter() - begin
    if process.returncode > 1:
        raise RuntimeError(process.stderr.read().decode())
    return {"s": round(took, 2), "memory_mb": round(most / 1e6, 1)}


def measure(count: int) -> dict[str, Any]:
    app = QApplication.instance() or QApplication([])
    assert app is not None
    key = KeyPair.generate()
    process = psutil.Process()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "big.xlog"
        size = write_log(path, key, count)
        keys = NamedKeys(FileVault(folder / "keys.json"))
        keys.add("bench", key.private.hex())
        window = ViewerWindow(ViewerSettings(folder / "viewer.json"), keys, folder)
        window.show()
        stalls = Stalls()
        QApplication.processEvents()
        before = process.memory_info().rss
        results: dict[str, Any] = {
            "log": {"lines": count, "text_mb": round(size / 1e6, 1),
                    "file_mb": round(path.stat().st_size / 1e6, 1)},
            "open": open_log(window, path, stalls),
            "scroll": scroll(window),
        }  # fmt: skip
        stalls.take()
        words = "handshake resolve"
        queries = {
            "level_error_up": Query().with_level_from(Level.ERROR),
            "text_rare": Query(patterns=(Pattern("task 777777 "),)),
            "text_common": Query(patterns=(Pattern(words),)),
            "text_two_and_exclude": Query(
                patterns=(Pattern("retry"), Pattern("proxy"), Pattern("backup", exclude=True))
            ),
            "regex": Query(patterns=(Pattern(r"cost:(39\d\d)ms", regex=True),)),
            "none": Query(),
        }
        filters = {name: filter_by(window, query, stalls) for name, query in queries.items()}
        results["filter"] = filters
        results["find"] = find(window, words, stalls)
        results["memory"] = {
            "process_mb": round((process.memory_info().rss - before) / 1e6, 1),
            "store_mb": round(window.logs.store.nbytes / 1e6, 1),
            "bytes_a_row": round(window.logs.store.nbytes / max(1, len(window.logs.store)), 1),
        }
        stalls_ms = [results["open"]["stall_ms"], results["find"]["stall_ms"]]
        results["longest_stall_ms"] = max([*stalls_ms, *(e["stall_ms"] for e in filters.values())])
        window.close()
        results["today"] = today(path, key, words)
    return results


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--lines", type=int, default=1_000_000)
    arguments = parser.parse_args()
    print(json.dumps({"processors": os.cpu_count(), **measure(arguments.lines)}, indent=2))


if __name__ == "__main__":
    main()
