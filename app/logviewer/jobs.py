"""The viewer's threads: loading, judging rows, exporting. The window hears of them by signals.

Each thread has one owner in the window, is told what to do through a queue or an event, and is
joined before its store is let go. Signals sent from these threads are queued by Qt to the thread
of the window.
"""

from __future__ import annotations

import contextlib
import queue
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.logviewer.export import ExportFormat, export, lines
from app.logviewer.filter_engine import FilterEngine
from app.logviewer.loading import LoadCallbacks, Loading
from app.logviewer.matcher import Cancelled, Matcher
from app.logviewer.query import Pattern, Query
from app.logviewer.sources import Discovery, Found, LogSource
from app.logviewer.store import LogStore
from app.logviewer.timeline import Rows
from xlog.keys import KeyRing

SWITCH_INTERVAL = 0.0005
"""Seconds that a busy thread keeps the interpreter while the window waits for it."""
_SHOW_EVERY = 0.1
_SHOW_SHARE = 4
"""Views may take a fifth of the time: after one that took t, the next waits for 4 t."""


def be_responsive() -> None:
    """Let waiting threads have the interpreter sooner than Python's 5 ms."""
    sys.setswitchinterval(min(sys.getswitchinterval(), SWITCH_INTERVAL))


class FindJob(QObject):
    """A :class:`Discovery` in its thread: what was asked to be opened, as logs."""

    progress = Signal(int)
    """Files looked at so far."""
    finished = Signal()
    """There is a :attr:`found`; not sent where it was given up."""

    def __init__(self, paths: Sequence[str | Path], *, newest: bool = False) -> None:
        """``newest``: of the one folder in ``paths``, the log written to last."""
        super().__init__()
        self.found: Found | None = None
        self.paths = list(paths)
        self.newest = newest
        self._discovery = Discovery(self.progress.emit)
        self._thread = threading.Thread(target=self._run, name="viewer-find", daemon=True)

    def start(self, patience: float = 0.0) -> bool:
        """Begin; whether it was done within ``patience`` seconds, as a file or two are."""
        self._thread.start()
        self._thread.join(patience)
        return self.found is not None

    def close(self) -> None:
        """Give up. The thread is not waited for: a disk that does not answer may hold it."""
        self._discovery.cancel()

    def _run(self) -> None:
        if self.newest:
            found = self._discovery.find_newest(Path(self.paths[0]))
        else:
            found = self._discovery.find(self.paths)
        if not self._discovery.cancelled:
            self.found = found
            # A window that was closed meanwhile has taken the signal's source away.
            with contextlib.suppress(RuntimeError):
                self.finished.emit()


class LoadJob(QObject):
    """A :class:`Loading` in its thread."""

    progress = Signal(object)
    problem = Signal(object)
    locked = Signal(int, int)
    finished = Signal()

    def __init__(
        self,
        store: LogStore,
        sources: Sequence[LogSource],
        keys: Callable[[], KeyRing],
        *,
        follow: bool,
    ) -> None:
        """``keys`` is asked in the thread: it may wait for a keyring."""
        super().__init__()
        callbacks = LoadCallbacks(
            self.progress.emit, self.problem.emit, self.locked.emit, self.finished.emit
        )
        self._loading = Loading(store, sources, keys, callbacks, follow=follow)
        self._thread = threading.Thread(target=self._loading.run, name="viewer-load", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def set_follow(self, follow: bool) -> None:
        """See :meth:`Loading.set_follow`."""
        self._loading.set_follow(follow)

    def cancel(self) -> None:
        """Stop soon; what is loaded stays."""
        self._loading.cancel()

    def close(self) -> None:
        """Stop and wait for the thread."""
        self._loading.cancel()
        if self._thread.ident is not None:
            self._thread.join()


Command = Callable[[FilterEngine], None]


class FilterJob(QObject):
    """A :class:`FilterEngine` in its thread; :attr:`shown` carries each new view."""

    shown = Signal(object)

    def __init__(self, store: LogStore) -> None:
        super().__init__()
        self._store = store
        self._matcher = Matcher()
        self._commands: queue.SimpleQueue[Command | None] = queue.SimpleQueue()
        self._urgent = threading.Event()
        self._thread = threading.Thread(target=self._run, name="viewer-lens", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def set_query(self, query: Query) -> None:
        """Show other rows."""
        self._order(lambda engine: engine.set_query(query))

    def set_find(self, pattern: Pattern | None) -> None:
        """Seek something else."""
        self._order(lambda engine: engine.set_find(pattern))

    def set_rules(self, rules: tuple[Pattern, ...]) -> None:
        """Colour by other rules."""
        self._order(lambda engine: engine.set_rules(rules))

    def grew(self) -> None:
        """The store has more rows."""
        self._commands.put(_nothing)

    def close(self) -> None:
        """Stop and wait for the thread."""
        self._urgent.set()
        self._commands.put(None)
        if self._thread.ident is not None:
            self._thread.join()
        self._matcher.close()

    def _order(self, command: Command) -> None:
        # What is under way is given up: its answer is not wanted any more.
        self._commands.put(command)
        self._urgent.set()

    def _run(self) -> None:
        engine = FilterEngine(self._store, self._matcher)
        due = 0.0  # when the next view may be shown
        changed = ordered = True
        while True:
            # Nothing to do: wait for an order. All judged, not all shown: until it is due.
            patience = None if not changed else max(0.0, due - time.monotonic())
            obeyed = self._obey(engine, 0.0 if engine.behind or ordered else patience)
            if obeyed is None:
                return
            if obeyed:
                changed = ordered = True
            changed = changed or engine.behind
            try:
                if engine.behind:
                    engine.step(self._urgent.is_set)
            except Cancelled:
                continue
            now = time.monotonic()
            if changed and (now >= due or (ordered and not engine.behind)):
                view = engine.view()
                self.shown.emit(view)
                after = time.monotonic()
                # The first rows are shown at once.
                rest = max(_SHOW_EVERY, _SHOW_SHARE * (after - now)) if view.total else 0.0
                due = after + rest
                ordered = ordered and engine.behind
                changed = engine.behind

    def _obey(self, engine: FilterEngine, patience: float | None) -> bool | None:
        """Carry out what was ordered; whether anything was, None at the end.

        Waits for the first order as long as ``patience`` says, None for ever.
        """
        self._urgent.clear()
        obeyed = False
        while True:
            try:
                command = self._commands.get(patience != 0.0, patience)
            except queue.Empty:
                return obeyed
            if command is None:
                return None
            if command is not _nothing:
                command(engine)
                obeyed = True
            patience = 0.0


def _nothing(_lens: FilterEngine) -> None:
    pass


class ExportJob(QObject):
    """Rows on their way to a file."""

    progress = Signal(int)
    finished = Signal(str)
    """An empty text, or why it failed."""

    def __init__(self, store: LogStore, rows: Rows, path: Path, form: ExportFormat) -> None:
        super().__init__()
        self._work = (store, rows.tolist(), path, form)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="viewer-export", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self) -> None:
        """Stop and wait for the thread; an unfinished file is removed."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        def progress(done: int) -> bool:
            self.progress.emit(done)
            return not self._stop.is_set()

        try:
            export(*self._work, progress)
        except OSError as error:
            self.finished.emit(error.strerror or str(error))
        else:
            self.finished.emit("")


class CopyJob(QObject):
    """Rows on their way to the clipboard."""

    finished = Signal(str)

    def __init__(self, store: LogStore, rows: Rows, form: ExportFormat) -> None:
        super().__init__()
        self._work = (store, rows.tolist(), store.reader(), form)
        self._thread = threading.Thread(target=self._run, name="viewer-copy", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self) -> None:
        """Wait for the thread."""
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        self.finished.emit("".join(lines(*self._work)))
