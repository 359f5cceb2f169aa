"""The logs that are open: looked for, read and filtered by jobs, into one store at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.logviewer.filter_engine import FilteredView
from app.logviewer.jobs import FilterJob, FindJob, LoadJob
from app.logviewer.loading import LoadProgress, Problem
from app.logviewer.opening import Opening
from app.logviewer.query import Pattern, Query
from app.logviewer.settings import Rule
from app.logviewer.sources import LogSource
from app.logviewer.store import LogStore
from xlog.keys import KeyRing


class OpenLogs(QObject):
    """What the jobs report is passed on as long as it is about the present store.

    ``ring`` gives the private keys and may wait for a keyring; ``own_folder`` is where Phobos
    writes its own logs.
    """

    asked = Signal()
    """Logs are to be opened or read again: what was reported about others is old."""
    found = Signal(object, bool)
    """A :class:`FindJob` with its answer, and whether it adds; its logs are opened after this."""
    replaced = Signal(object)
    """An empty :class:`LogStore` is in the place of the last one."""
    opened = Signal()
    """:attr:`sources` are other ones, and are being read."""
    shown = Signal(object)
    """A new :class:`FilteredView`."""
    progress = Signal(object)
    """A :class:`LoadProgress`."""
    problem = Signal(object)
    """A :class:`Problem` of a log."""
    locked = Signal(int, int)
    """Blocks that no key opens, and their bytes."""

    def __init__(self, ring: Callable[[], KeyRing], own_folder: Path) -> None:
        super().__init__()
        self.store = LogStore()
        self.sources: list[LogSource] = []
        self.locked_blocks = 0
        self.pattern: Pattern | None = None
        self.opening = Opening()
        self.opening.found.connect(self._on_found)
        self._ring, self._own_folder = ring, own_folder
        self._load: LoadJob | None = None
        self._filter: FilterJob | None = None
        self._follow = False
        self._query = Query()
        self._rules: tuple[Pattern, ...] = ()

    # Opening

    def open_paths(self, paths: Sequence[str | Path], *, add: bool = False) -> None:
        """Open files, folders and archives; ``add`` keeps what is open.

        They are looked for in a thread: a folder may have a hundred thousand files.
        """
        self.asked.emit()
        self.opening.begin(FindJob(paths), add=add)

    def open_own(self) -> None:
        """Open the log that Phobos wrote last."""
        self.asked.emit()
        self.opening.begin(FindJob([self._own_folder], newest=True))

    def _on_found(self, job: FindJob, add: bool) -> None:
        if job.found is None:
            return
        self.found.emit(job, add)
        sources = job.found.sources
        if sources and add:
            known = {source.path for source in self.sources}
            sources = self.sources + [each for each in sources if each.path not in known]
        if sources:
            self._open(sources)

    def reload(self) -> None:
        """Read the same logs again; the filter stays."""
        if self.sources:
            self.asked.emit()
            self._open(self.sources)

    def resume(self) -> None:
        """Read again what was open before :meth:`end`."""
        if self.sources:
            self._open(self.sources)
        else:
            self.replace()

    def keys_changed(self) -> None:
        """The key ring is another: read again what was locked."""
        if self.locked_blocks:
            self.reload()

    def _open(self, sources: list[LogSource]) -> None:
        self.sources = sources
        self.locked_blocks = 0
        self.replace()
        load = LoadJob(self.store, sources, self._ring, follow=self._follow)
        load.progress.connect(self._on_progress)
        load.problem.connect(self._on_problem)
        load.locked.connect(self._on_locked)
        self._load = load
        self.opened.emit()
        load.start()

    def replace(self) -> None:
        """Let go of the present store, for an empty one."""
        self.end()
        self.store = LogStore()
        self._filter = FilterJob(self.store)
        self._filter.shown.connect(self._on_shown)
        self.replaced.emit(self.store)
        self._filter.set_query(self._query)
        self._filter.set_find(self.pattern)
        self._filter.set_rules(self._rules)
        self._filter.start()

    def end(self) -> None:
        """End the jobs; what is in the store stays."""
        self.opening.give_up()
        for job in (self._load, self._filter):
            if job is not None:
                job.close()
                # What it has sent already is about a store that is gone.
                job.blockSignals(True)
                job.deleteLater()
        self._load = self._filter = None

    def cancel(self) -> None:
        """Stop looking for logs, or loading them; what is there stays."""
        if self.opening.is_waiting:
            self.opening.give_up()
        elif self._load is not None:
            self._load.cancel()

    # What is to be shown

    def set_follow(self, on: bool) -> None:
        """Go on reading what grows."""
        self._follow = on
        if self._load is not None:
            self._load.set_follow(on)

    @property
    def follows(self) -> bool:
        """Whether what grows is read on."""
        return self._follow

    def set_query(self, query: Query) -> None:
        """Show other rows."""
        self._query = query
        if self._filter is not None:
            self._filter.set_query(query)

    def set_find(self, pattern: Pattern | None) -> None:
        """Seek ``pattern`` among the rows shown; None seeks nothing."""
        self.pattern = pattern
        if self._filter is not None:
            self._filter.set_find(pattern)

    def set_rules(self, rules: Sequence[Rule]) -> None:
        """Find the rows that each of ``rules`` colours."""
        self._rules = tuple(rule.pattern for rule in rules)
        if self._filter is not None:
            self._filter.set_rules(self._rules)

    # What the jobs report

    def _on_progress(self, progress: LoadProgress) -> None:
        if self.sender() is self._load and self._filter is not None:
            self._filter.grew()
            self.progress.emit(progress)

    def _on_problem(self, problem: Problem) -> None:
        if self.sender() is self._load:
            self.problem.emit(problem)

    def _on_locked(self, blocks: int, size: int) -> None:
        if self.sender() is self._load:
            self.locked_blocks = blocks
            self.locked.emit(blocks, size)

    def _on_shown(self, view: FilteredView) -> None:
        if self.sender() is self._filter:
            self.shown.emit(view)
