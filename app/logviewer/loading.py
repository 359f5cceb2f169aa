"""Reading logs into a store: block by block, with progress, until the end and beyond it.

:class:`Loading` runs in a thread of its own and tells what happens through callbacks, which are
called there. Neither Qt nor a lock: the store has one writer, this one.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from app.logviewer.sources import LogSource
from app.logviewer.store import LogStore
from app.logviewer.tail_readers import Tail, tails_of
from xlog import staging
from xlog.buffer_reader import staged_text
from xlog.errors import NotXlogError, SourceError
from xlog.findings import Finding, FindingKind
from xlog.keys import KeyRing
from xlog.reader import Block, Reader

POLL_SECONDS = 0.25
LOOK_SECONDS = 2.0
"""How often the folder of a followed log is looked through for the log that comes after it."""
_GATHER = 64 * 1024
"""Texts of small blocks (a line each, in sync logs) are taken in together up to this size."""
_FIRST_GATHER = 4 * 1024
_SMALL_BLOCK = 4 * 1024
_WORK_SECONDS = 0.006
_REST_SECONDS = 0.002
_SETTLE_POLLS = 5
_PARALLEL_FROM = 96 << 20
"""Bytes of a log from which decoding in other processes gains more than starting them costs."""


@dataclass(frozen=True, slots=True)
class LoadProgress:
    """How far loading has come: bytes behind of bytes in all, of all logs together."""

    done: int
    total: int
    rows: int
    finished: bool = False


@dataclass(frozen=True, slots=True)
class Problem:
    """A log that could not be read, or not on. Codes: ``unreadable``, ``not-xlog``, ``empty``,

    ``deleted``, ``restarted``, ``full``.
    """

    code: str
    name: str
    detail: str = ""


def _nothing(*_values: object) -> None:
    pass


@dataclass(slots=True)
class LoadCallbacks:
    """Called in the loading thread."""

    on_progress: Callable[[LoadProgress], None] = _nothing
    on_problem: Callable[[Problem], None] = _nothing
    on_locked: Callable[[int, int], None] = _nothing  # blocks no key opens, of how many bytes
    on_finished: Callable[[], None] = _nothing


@dataclass(slots=True)
class _Intake:
    """Gathers small blocks of one file before they are parsed."""

    store: LogStore
    file: int
    texts: list[bytes] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    size: int = 0
    limit: int = _FIRST_GATHER

    def add(self, text: bytes) -> None:
        if not text:
            return
        if not text.endswith(b"\n"):
            text += b"\n"  # a stream that broke within a line: the next begins a new one
        self.starts.append(self.size)
        self.texts.append(text)
        self.size += len(text)
        if self.size >= self.limit:
            self.flush()
            self.limit = min(_GATHER, self.limit * 4)

    def flush(self) -> None:
        if self.texts:
            self.store.append_text(self.file, b"".join(self.texts), self.starts)
            self.texts, self.starts, self.size = [], [], 0


class Loading:
    """One load of some logs, and the following of those that grow."""

    def __init__(
        self,
        store: LogStore,
        sources: Sequence[LogSource],
        keys: KeyRing | Callable[[], KeyRing],
        callbacks: LoadCallbacks,
        *,
        follow: bool = False,
    ) -> None:
        self._store = store
        self._sources = list(sources)
        self._keys = KeyRing() if callable(keys) else keys
        self._find_keys = keys if callable(keys) else None
        self._callbacks = callbacks
        self._stop = threading.Event()
        self._follow = threading.Event()
        self._wake = threading.Event()
        if follow:
            self._follow.set()
        self._locked = 0
        self._locked_bytes = 0
        self._total = 1
        self._before = 0
        self._told = 0.0
        self._breathed = 0.0
        self._positions: dict[int, int] = {}  # of the logs that can grow, by file
        self._texts: dict[int, bytes] = {}  # of the staged buffers that were opened by themselves
        self._tails: list[Tail] | None = None

    def cancel(self) -> None:
        """Stop as soon as the present block is done; what is loaded stays."""
        self._stop.set()
        self._wake.set()

    def set_follow(self, follow: bool) -> None:
        """Go on reading what grows, or leave that."""
        if follow:
            self._follow.set()
        else:
            self._follow.clear()
        self._wake.set()

    def run(self) -> None:
        """Load, then follow until cancelled."""
        try:
            if self._find_keys is not None:
                self._keys = self._find_keys()
            self._total = max(1, sum(source.size for source in self._sources))
            for source in self._sources:
                if self._stop.is_set() or self._is_full():
                    break
                self._load(source)
            self._join_buffers()
        finally:
            if self._locked:
                self._callbacks.on_locked(self._locked, self._locked_bytes)
            self._tell(0, finished=True)
            self._callbacks.on_finished()
        self._keep_up()

    def _load(self, source: LogSource) -> None:
        file = self._store.add_file(source.name, source.path)
        if source.is_buffer and self._load_staged(file, source):
            return
        workers = None if source.size >= _PARALLEL_FROM else 1
        reader = Reader(source.open(), self._keys, buffer=source.is_buffer, workers=workers)
        intake = _Intake(self._store, file)
        any_block = False
        try:
            with contextlib.closing(iter(reader)) as items:
                for item in items:
                    any_block = True
                    self._take(item, intake)
                    self._tell(reader.position)
                    if item.length < _SMALL_BLOCK:
                        self._breathe()
                    if self._stop.is_set() or self._is_full(source.name):
                        break
            if not any_block and source.size == 0:
                self._callbacks.on_problem(Problem("empty", source.name))
        except NotXlogError as error:
            self._callbacks.on_problem(Problem("not-xlog", source.name, error.reason))
        except SourceError as error:
            self._callbacks.on_problem(Problem("unreadable", source.name, error.reason))
        intake.flush()
        if source.data is None and not source.is_buffer:
            self._positions[file] = reader.position
        self._before += source.size

    def _load_staged(self, file: int, source: LogSource) -> bool:
        """Whether the source is a staged buffer; then its text is in."""
        try:
            data = source.data if source.data is not None else Path(source.path).read_bytes()
        except OSError:
            return False  # the reader tells it better
        if not staging.is_stage(data):
            return False
        text = staged_text(data, self._keys)
        if text is None:
            self._lock_buffer(file, len(data))
        else:
            self._store.append_text(file, text)
            if source.data is None:
                self._texts[file] = text
        self._before += source.size
        return True

    def _lock_buffer(self, file: int, size: int) -> None:
        detail = "the writer's memory buffer is enciphered and no key is given that opens it"
        self._store.append_finding(file, Finding(FindingKind.NEEDS_KEY, 0, size, detail))
        self._locked += 1
        self._locked_bytes += size

    def _join_buffers(self) -> None:
        """Read the buffers that belong to logs: what their writers have not written out yet."""
        if self._stop.is_set() or not any(source.buffer for source in self._sources):
            return
        self._tails = tails_of(self._sources, self._positions, self._texts, self._keys)
        for tail in self._tails:
            if not tail.source.buffer or tail.staged is None:
                continue
            with contextlib.suppress(OSError):
                data = tail.staged.read_bytes()
                if staging.is_stage(data) and staged_text(data, self._keys) is None:
                    self._lock_buffer(tail.file, len(data))
                    continue
            for _ in range(_SETTLE_POLLS):  # the buffer is read when the file has nothing new
                self._poll(tail)
                if tail.quiet:
                    break

    def _take(self, item: Block | Finding, intake: _Intake) -> None:
        if isinstance(item, Finding):
            intake.flush()
            self._store.append_finding(intake.file, item)
            return
        if item.findings:
            intake.flush()
            for finding in item.findings:
                self._store.append_finding(intake.file, finding)
            if item.needs_key is not None:
                self._locked += 1
                self._locked_bytes += item.length
        intake.add(item.data)

    def _is_full(self, name: str = "") -> bool:
        if not self._store.full:
            return False
        if name:
            self._callbacks.on_problem(Problem("full", name))
        return True

    def _breathe(self) -> None:
        """Small blocks (a line each, in sync logs) are all Python: leave the window its share."""
        now = time.monotonic()
        if now - self._breathed >= _WORK_SECONDS:
            time.sleep(_REST_SECONDS)
            self._breathed = time.monotonic()

    def _tell(self, position: int, *, finished: bool = False) -> None:
        now = time.monotonic()
        if not finished and now - self._told < 0.03 and self._told:
            return
        self._told = now
        done = self._total if finished else min(self._before + position, self._total)
        self._callbacks.on_progress(LoadProgress(done, self._total, len(self._store), finished))

    def _keep_up(self) -> None:
        """Poll the files that can grow while following is asked for."""
        looked = time.monotonic()
        while not self._stop.is_set():
            if not self._follow.is_set():
                self._wake.wait()
                self._wake.clear()
                continue
            before = len(self._store)
            if self._tails is None:
                self._tails = tails_of(self._sources, self._positions, self._texts, self._keys)
            if time.monotonic() - looked >= LOOK_SECONDS:
                looked = time.monotonic()
                self._tails += self._begun_since(self._tails)
            for each in self._tails:
                self._poll(each)
            if len(self._store) != before:
                self._told = 0.0
                self._tell(self._total)
            self._wake.wait(POLL_SECONDS)
            self._wake.clear()

    def _begun_since(self, tails: list[Tail]) -> list[Tail]:
        """The logs that the writers of those followed have gone on with: of the next day, say."""
        known = {source.path for source in self._sources}
        found = []
        for each in tails:
            last = each
            for path in each.next_logs():
                if str(path) not in known and not self._store.full:
                    known.add(str(path))
                    source = LogSource(path.name, str(path))
                    self._sources.append(source)
                    self._total += source.size
                    # Its beginning may have been shown from the buffer: the tail reads it whole.
                    file = self._store.add_file(source.name, source.path)
                    last = last.goes_on_in(file, source)
                    found.append(last)
        return found

    def _tell_once(self, tail: Tail, problem: Problem) -> None:
        if tail.told != problem.code:
            tail.told = problem.code
            self._callbacks.on_problem(problem)

    def _poll(self, tail: Tail) -> None:
        name = tail.source.name
        if self._store.full:
            self._tell_once(tail, Problem("full", name))
            return
        if not os.path.exists(tail.source.path):  # noqa: PTH110  (never raises)
            self._tell_once(tail, Problem("deleted", name))
            return
        intake = _Intake(self._store, tail.file)
        try:
            for item in tail.poll():
                if isinstance(item, Finding) and item.kind is FindingKind.RESTARTED:
                    self._callbacks.on_problem(Problem("restarted", name))
                self._take(item, intake)
            tail.told = ""
        except SourceError as error:
            self._tell_once(tail, Problem("unreadable", name, error.reason))
        intake.flush()
        self._store.append_text(tail.file, tail.poll_buffer())
