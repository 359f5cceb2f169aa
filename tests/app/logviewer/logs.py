"""Logs for the tests: the fixtures, and small ones made to measure."""

from __future__ import annotations

from pathlib import Path

from app.logviewer.loading import LoadCallbacks, Loading
from app.logviewer.sources import LogSource
from app.logviewer.store import LogStore
from xlog.format import BlockKind, build_block
from xlog.keys import KeyRing
from xlog.record import Level, Record, format_line

DATA = Path(__file__).parents[2] / "data" / "xlog"
PRIVATE = (DATA / "keys.txt").read_text().split()[0]
WRONG = "1" * 64
START = 1_795_000_000.0


def line(message: str, at: float = 0.0, level: Level = Level.INFO, tag: str = "net", tid: int = 7):
    return format_line(
        Record(level, message, START + at, 28800, 42, tid, tid == 42, tag, "link.py", 3, "run")
    )


def block(text: bytes) -> bytes:
    return build_block(BlockKind.SYNC_ZLIB_PLAIN, text, seq=0, begin_hour=1, end_hour=1)


def write_log(path: Path, *lines: bytes) -> Path:
    path.write_bytes(b"".join(map(block, lines)))
    return path


def store_of(*texts: bytes) -> LogStore:
    """A store with a file for each text."""
    store = LogStore()
    for number, text in enumerate(texts):
        store.add_file(f"log{number}", f"/log{number}")
        store.append_text(number, text)
    return store


class Told:
    """What a loading tells."""

    def __init__(self) -> None:
        self.progress, self.problems, self.locked, self.finished = [], [], [], 0

    def callbacks(self) -> LoadCallbacks:
        def finish() -> None:
            self.finished += 1

        return LoadCallbacks(
            self.progress.append,
            self.problems.append,
            lambda blocks, size: self.locked.append((blocks, size)),
            finish,
        )


def load(*paths: Path, keys: tuple[str, ...] = (), limit: int | None = None):
    """Load at once, in this thread; gives the store and what was told."""
    store, told = LogStore(), Told()
    if limit is not None:
        store.limit = limit
    sources = [LogSource(path.name, str(path)) for path in paths]
    loading = Loading(store, sources, KeyRing(keys), told.callbacks())
    told_finish = loading._callbacks.on_finished

    def finish() -> None:
        told_finish()
        loading.cancel()

    loading._callbacks.on_finished = finish
    loading.run()
    return store, told


def texts(store: LogStore, rows=None) -> list[str]:
    reader = store.reader()
    return [
        store.row(int(n), reader).message for n in (range(len(store)) if rows is None else rows)
    ]
