"""What is seen of a store: the rows a query shows, what is found among them, and their colours.

A :class:`FilterEngine` works in slices and is asked for a :class:`FilteredView` whenever there is
something new to show; it goes on where it stopped as the store grows. It has no thread and no
clock: see :mod:`app.logviewer.jobs` for those.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from app.logviewer.columns import Columns
from app.logviewer.matcher import Matcher
from app.logviewer.query import Pattern, PatternError, Query
from app.logviewer.search import Search
from app.logviewer.store import LEVELS, LogStore
from app.logviewer.timeline import EMPTY, Histogram, Rows, histogram, merged

_Judge = Callable[[int, int], npt.NDArray[np.bool_]]

SLICE = 1 << 15
"""Rows judged at once."""
NO_ROWS: Rows = np.zeros(0, np.int32)
Positions = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class NameCounts:
    """How many rows each name has, most first: what the filter panel lists."""

    tags: tuple[tuple[str, int], ...] = ()
    threads: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class FilteredView:
    """One state of what is seen.

    ``rows`` are rows of the store in the order of showing; with ``appended`` the rows of the view
    before are their beginning. ``found`` are positions in ``rows``, None while nothing is sought.
    ``colours`` has, by row of the store, the number of the rule that colours it, counted from 1.
    """

    generation: int = 0
    total: int = 0
    judged: int = 0
    rows: Rows = field(default_factory=lambda: NO_ROWS)
    appended: bool = False
    found: Positions | None = None
    finding: bool = False
    colours: npt.NDArray[np.uint8] | None = None
    histogram: Histogram = EMPTY
    levels: tuple[int, ...] = (0,) * LEVELS
    names: NameCounts = NameCounts()
    errors: dict[str, str] = field(default_factory=dict)


class _Mask:
    """A judgement over the rows so far."""

    def __init__(self) -> None:
        self.columns = Columns(hit=np.bool_)
        self.error = ""

    def __len__(self) -> int:
        return len(self.columns)

    @property
    def hits(self) -> npt.NDArray[np.bool_]:
        return self.columns["hit"]

    def add(self, hits: npt.NDArray[np.bool_]) -> None:
        self.columns.append(len(hits), hit=hits)


class FilterEngine:
    """See the module's text."""

    def __init__(self, store: LogStore, matcher: Matcher) -> None:
        self._store = store
        self._search = Search(store, matcher)
        self._query = Query()
        self._shown = _Mask()
        self._pattern: Pattern | None = None
        self._found = _Mask()
        self._rules: tuple[Pattern, ...] = ()
        self._ruled: list[_Mask] = []
        self._generation = 0
        self._last = FilteredView()
        self._order: Rows | None = None

    def set_query(self, query: Query) -> None:
        """Show what ``query`` shows, from the next step on."""
        self._query = query
        self._shown = _Mask()
        self._generation += 1

    def set_find(self, pattern: Pattern | None) -> None:
        """Seek ``pattern`` among the rows shown; None seeks nothing."""
        self._pattern = pattern
        self._found = _Mask()

    def set_rules(self, rules: tuple[Pattern, ...]) -> None:
        """Colour the rows that hold one of ``rules``, the first that fits."""
        kept = dict(zip(self._rules, self._ruled, strict=True))
        self._rules = rules
        self._ruled = [kept.get(rule) or _Mask() for rule in rules]

    @property
    def behind(self) -> bool:
        """Whether there is work left."""
        total = len(self._store)
        masks = [self._shown, *self._ruled]
        if self._pattern is not None:
            masks.append(self._found)
        return any(len(mask) < total for mask in masks)

    def step(self, cancelled: Callable[[], bool] = lambda: False) -> None:
        """Judge one more slice: the filter first, then the search, then the colours.

        Raises :class:`app.logviewer.matcher.Cancelled`; nothing is lost by that.
        """
        total = len(self._store)
        if len(self._shown) < total:
            query = self._query
            self._advance(
                self._shown, total, lambda low, high: self._judge(query, low, high, cancelled)
            )
        elif self._pattern is not None and len(self._found) < total:
            self._advance(self._found, total, self._seeking(self._pattern, cancelled))
        else:
            for rule, mask in zip(self._rules, self._ruled, strict=True):
                if len(mask) < total:
                    self._advance(mask, total, self._seeking(rule, cancelled))
                    return

    def _seeking(self, pattern: Pattern, cancelled: Callable[[], bool]) -> _Judge:
        return lambda low, high: self._search.match(pattern, low, high, cancelled)

    def _judge(
        self, query: Query, low: int, high: int, cancelled: Callable[[], bool]
    ) -> npt.NDArray[np.bool_]:
        if query.is_empty:
            return np.ones(high - low, bool)
        return self._search.judge(query, low, high, cancelled)

    def _advance(self, mask: _Mask, total: int, judge: _Judge) -> None:
        low = len(mask)
        # A query that shows everything is judged in one go.
        step = total if mask is self._shown and self._query.is_empty else SLICE
        high = min(total, low + step)
        if not mask.error:
            try:
                mask.add(judge(low, high))
                return
            except PatternError as error:
                mask.error = str(error)
        # A pattern that is none holds nowhere; a filter made of one shows what it did so far.
        mask.add(np.zeros(total - low, bool))

    def view(self) -> FilteredView:
        """What is seen now."""
        judged = len(self._shown)
        hits = self._shown.hits
        order = self._merged(judged)
        if order is None:
            rows = np.flatnonzero(hits).astype(np.int32)
        else:
            rows = order[hits[order]]
        last = self._last
        before = len(last.rows)
        # With a merge rows may come anywhere, but of a log that is followed they come at the end.
        appended = last.generation == self._generation and before <= len(rows)
        appended = appended and (order is None or np.array_equal(rows[:before], last.rows))
        columns = self._store.columns
        errors = {"find": self._found.error} if self._pattern and self._found.error else {}
        if self._shown.error:
            errors["filter"] = self._shown.error
        view = FilteredView(
            generation=self._generation,
            total=len(self._store),
            judged=judged,
            rows=rows,
            appended=appended,
            found=self._positions(rows),
            finding=self._pattern is not None and len(self._found) < len(self._store),
            colours=self._colours(),
            histogram=histogram(self._store, rows),
            levels=tuple(np.bincount(columns["level"], minlength=LEVELS).tolist()),
            names=self._names(),
            errors=errors,
        )
        self._last = view
        return view

    def _merged(self, count: int) -> Rows | None:
        if self._order is None or len(self._order) != count:
            self._order = merged(self._store, count)
        return self._order

    def _positions(self, rows: Rows) -> Positions | None:
        if self._pattern is None:
            return None
        known = np.zeros(len(self._store) + 1, bool)
        known[: len(self._found)] = self._found.hits
        return np.flatnonzero(known[rows])

    def _colours(self) -> npt.NDArray[np.uint8] | None:
        if not self._rules:
            return None
        colours = np.zeros(max(map(len, self._ruled)), np.uint8)
        for number in range(len(self._ruled), 0, -1):
            mask = self._ruled[number - 1]
            colours[: len(mask)][mask.hits] = number
        return colours

    def _names(self) -> NameCounts:
        words, columns = self._store.words, self._store.columns
        return NameCounts(
            _counted(words.tags.texts, columns["tag"]),
            _counted(words.threads.texts, columns["thread"]),
        )


def _counted(texts: list[str], numbers: npt.NDArray[np.int32]) -> tuple[tuple[str, int], ...]:
    counts = np.bincount(numbers + 1, minlength=1)[1:]
    most = np.argsort(-counts, kind="stable")[:500]
    return tuple((texts[number], int(counts[number])) for number in most.tolist())
