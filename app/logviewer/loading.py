"""Reading logs into a store: block by block, with progress, until the end and beyond it.

:class:`Loading` runs in a thread of its own and tells what happens through callbacks, which are
called there. Neither Qt nor a lock: the store has one writer, this one.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from app.logviewer.sources import Source, buffer_of, successors_of
from app.logviewer.store import LogStore
from xlog import stage
from xlog.errors import NotXlogError, SourceError
from xlog.findings import Finding, FindingKind
from xlog.follow import Follower
from xlog.keys import KeyRing
from xlog.leftover import Seam, is_staged, live_text, staged_text
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
_PARALLEL_FROM = 96 << 20
"""Bytes of a log from which decoding in other processes gains more than starting them costs."""


@dataclass(frozen=True, slots=True)
class Progress:
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
class Callbacks:
    """Called in the loading thread."""

    on_progress: Callable[[Progress], None] = _nothing
    on_problem: Callable[[Problem], None] = _nothing
    on_locked: Callable[[int, int], None] = _nothing  # blocks no key opens, of how many bytes
    on_finished: Callable[[], None] = _nothing


@dataclass(slots=True)
class _Intake:
    """Gathers small blocks of one file before they are parsed."""

    store: LogStore
    file: int
    texts: list[bytes] = field(default_factory=list)
    size: int = 0
    limit: int = _FIRST_GATHER

    def add(self, text: bytes) -> None:
        if text and not text.endswith(b"\n"):
            text += b"\n"  # a stream that broke within a line: the next begins a new one
        self.texts.append(text)
        self.size += len(text)
        if self.size >= self.limit:
            self.flush()
            self.limit = min(_GATHER, self.limit * 4)

    def flush(self) -> None:
        if self.texts:
            self.store.append_text(self.file, b"".join(self.texts))
            self.texts, self.size = [], 0


class Loading:
    """One load of some logs, and the following of those that grow."""

    def __init__(
        self,
        store: LogStore,
        sources: Sequence[Source],
        keys: KeyRing,
        callbacks: Callbacks,
        *,
        follow: bool = False,
    ) -> None:
        self._store = store
        self._sources = list(sources)
        self._keys = keys
        self._callbacks = callbacks
        self._stop = threading.Event()
        self._follow = threading.Event()
        self._wake = threading.Event()
        if follow:
            self._follow.set()
        self._locked = 0
        self._locked_bytes = 0
        self._total = max(1, sum(source.size for source in self._sources))
        self._before = 0
        self._told = 0.0
        self._breathed = 0.0
        self._positions: dict[int, int] = {}

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
            for source in self._sources:
                if self._stop.is_set() or self._is_full():
                    break
                self._load(source)
        finally:
            if self._locked:
                self._callbacks.on_locked(self._locked, self._locked_bytes)
            self._tell(0, finished=True)
            self._callbacks.on_finished()
        self._keep_up()

    def _load(self, source: Source) -> None:
        file = self._store.add_file(source.name, source.path)
        if source.is_buffer and self._load_staged(file, source):
            return
        workers = None if source.size >= _PARALLEL_FROM else 1
        reader = Reader(source.open(), self._keys, buffer=source.is_buffer, workers=workers)
        intake = _Intake(self._store, file)
        any_block = False
        try:
            with contextlib.closing(iter(reader)) as items:  # type: ignore[type-var]
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
        self._positions[file] = reader.position
        self._before += source.size

    def _load_staged(self, file: int, source: Source) -> bool:
        """Whether the source is a staged buffer; then its text is in."""
        try:
            data = source.data if source.data is not None else Path(source.path).read_bytes()
        except OSError:
            return False  # the reader tells it better
        if not stage.is_stage(data):
            return False
        text = staged_text(data, self._keys)
        if text is None:
            detail = "the writer's memory buffer is enciphered and no key is given that opens it"
            self._store.append_finding(file, Finding(FindingKind.NEEDS_KEY, 0, len(data), detail))
            self._locked += 1
            self._locked_bytes += len(data)
        else:
            self._store.append_text(file, text)
        self._before += source.size
        return True

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
        self._callbacks.on_progress(Progress(done, self._total, len(self._store), finished))

    def _keep_up(self) -> None:
        """Poll the files that can grow while following is asked for."""
        growing: list[_Growing] | None = None
        looked = time.monotonic()
        while not self._stop.is_set():
            if not self._follow.is_set():
                self._wake.wait()
                self._wake.clear()
                continue
            before = len(self._store)
            if growing is None:
                growing = [
                    _Growing(file, source, self._keys, self._positions[file])
                    for file, source in enumerate(self._sources)
                    if source.can_grow and file in self._positions
                ]
            if time.monotonic() - looked >= LOOK_SECONDS:
                looked = time.monotonic()
                growing += self._begun_since(growing)
            for each in growing:
                self._poll(each)
            if len(self._store) != before:
                self._told = 0.0
                self._tell(self._total)
            self._wake.wait(POLL_SECONDS)
            self._wake.clear()

    def _begun_since(self, growing: list[_Growing]) -> list[_Growing]:
        """The logs that the writers of those followed have gone on with: of the next day, say."""
        known = {source.path for source in self._sources}
        found = []
        for each in growing:
            for path in successors_of(Path(each.source.path)):
                if str(path) not in known and not self._store.full:
                    known.add(str(path))
                    source = Source(path.name, str(path))
                    self._sources.append(source)
                    self._total += source.size
                    self._load(source)
                    file = len(self._store.files) - 1
                    found.append(_Growing(file, source, self._keys, self._positions[file]))
        return found

    def _poll(self, growing: _Growing) -> None:
        name = growing.source.name
        if self._store.full:
            growing.tell_once(self._callbacks, Problem("full", name))
            return
        if not os.path.exists(growing.source.path):  # noqa: PTH110  (never raises)
            growing.tell_once(self._callbacks, Problem("deleted", name))
            return
        intake = _Intake(self._store, growing.file)
        try:
            for item in growing.poll():
                if isinstance(item, Finding) and item.kind is FindingKind.RESTARTED:
                    self._callbacks.on_problem(Problem("restarted", name))
                self._take(item, intake)
            growing.told = ""
        except SourceError as error:
            growing.tell_once(self._callbacks, Problem("unreadable", name, error.reason))
        intake.flush()
        self._store.append_text(growing.file, growing.poll_buffer())


class _Growing:
    """A log that is followed, with the memory buffer of its writer where there is one."""

    def __init__(self, file: int, source: Source, keys: KeyRing, start: int) -> None:
        self.file = file
        self.source = source
        self.told = ""
        self._keys = keys
        path = Path(source.path)
        buffer = buffer_of(path)
        self._staged = buffer if buffer is not None and is_staged(buffer) else None
        self._seam = Seam()
        self._quiet = False
        mars = None if self._staged is not None else buffer
        # A last block that was not whole is read again when it is.
        self._follower = Follower(path, keys, buffer=mars, start=start)

    def tell_once(self, callbacks: Callbacks, problem: Problem) -> None:
        """Tell a problem, but not again at every poll."""
        if self.told != problem.code:
            self.told = problem.code
            callbacks.on_problem(problem)

    def poll(self) -> Iterator[Block | Finding]:
        """What is new in the file; raises :class:`xlog.errors.SourceError`."""
        items = self._follower.poll()
        self._quiet = not items
        for item in items:
            if isinstance(item, Block):
                yield replace(item, data=self._seam.from_file(item.data))
            else:
                yield item

    def poll_buffer(self) -> bytes:
        """What is new in a staged buffer."""
        if self._staged is None or not self._quiet:
            return b""
        text = live_text(self._staged, self._keys)
        return b"" if text is None else self._seam.from_buffer(text)
