"""Which rows of the store a condition holds for: over whole columns, and chunk by chunk of text.

Plain texts are found here with ``bytes.find``'s speed; regular expressions are given to a
:class:`app.logviewer.matcher.Matcher`. A pattern is held against the line as it is in the log,
head and message, as a text editor would.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

import numpy as np
import numpy.typing as npt

from app.logviewer.lines import NO_ID
from app.logviewer.matcher import Cancelled, Matcher, odd_rows
from app.logviewer.query import ALL_LEVELS, Pattern, Query
from app.logviewer.store import LEVELS, LogStore
from app.logviewer.text_store import ChunkReader
from xlog.sanitize import searched

Mask = npt.NDArray[np.bool_]


class Search:
    """One thread's means to judge rows."""

    def __init__(self, store: LogStore, matcher: Matcher) -> None:
        self._store = store
        self._matcher = matcher
        self._reader: ChunkReader = store.reader()

    def judge(self, query: Query, low: int, high: int, cancelled: Callable[[], bool]) -> Mask:
        """For rows ``low`` to ``high``: whether ``query`` shows them.

        Raises :class:`app.logviewer.query.PatternError` and
        :class:`app.logviewer.matcher.Cancelled`.
        """
        mask = self._by_columns(query, low, high)
        for pattern in query.active:
            if not mask.any():
                break
            hits = self.match(pattern, low, high, cancelled, among=mask)
            mask &= ~hits if pattern.exclude else hits
        return mask

    def match(
        self,
        pattern: Pattern,
        low: int,
        high: int,
        cancelled: Callable[[], bool],
        among: Mask | None = None,
    ) -> Mask:
        """For rows ``low`` to ``high``: whether they hold ``pattern``; only ``among`` counts."""
        out = np.zeros(high - low, bool)
        if high <= low:
            return out
        columns = self._store.columns
        chunk, start = columns["chunk"][low:high], columns["start"][low:high]
        end = start + columns["length"][low:high]
        # A chunk's rows are neighbours, for text and rows are appended together.
        edges = np.flatnonzero(np.diff(chunk)) + 1
        literal = None if pattern.regex else _literal(pattern)
        for first, last in zip([0, *edges.tolist()], [*edges.tolist(), high - low], strict=True):
            if cancelled():
                raise Cancelled
            wanted = among[first:last] if among is not None else None
            if wanted is not None and not wanted.any():
                continue
            number = int(chunk[first])
            starts, ends = start[first:last], end[first:last]
            if literal is not None:
                text = self._reader.text(number, int(ends[-1]))
                hits = _find(literal, text, starts, ends, pattern.case)
                for row in odd_rows(text, starts, ends):
                    if not hits[row]:
                        plain = text[starts[row] : ends[row]].decode("utf-8", "backslashreplace")
                        hits[row] = pattern.compiled().search(searched(plain)) is not None
                out[first:last] = hits
                continue
            piece = self._store.chunks.chunk(number)
            if wanted is None or wanted.all():
                out[first:last] = self._matcher.match(pattern, piece, starts, ends, cancelled)
            else:
                chosen = np.flatnonzero(wanted)
                out[first + chosen] = self._matcher.match(
                    pattern, piece, starts[chosen], ends[chosen], cancelled
                )
        return out

    def _by_columns(self, query: Query, low: int, high: int) -> Mask:
        columns = self._store.columns
        mask = np.ones(high - low, bool)
        words = self._store.words
        if query.levels != ALL_LEVELS:
            mask &= np.isin(np.arange(LEVELS), list(query.levels))[columns["level"][low:high]]
        named = (
            ("tag", words.tags.texts, query.tags, query.hide_tags),
            ("thread", words.threads.texts, query.threads, query.hide_threads),
            ("file", [file.path for file in self._store.files], query.files, query.hide_files),
        )
        for column, texts, show, hide in named:
            if show or hide:
                mask &= _table(list(texts), show, hide)[columns[column][low:high]]
        if query.since is not None:
            mask &= columns["time"][low:high] >= query.since
        if query.until is not None:
            mask &= columns["time"][low:high] <= query.until
        return mask


def _table(texts: Iterable[str], show: frozenset[str], hide: frozenset[str]) -> Mask:
    """By number, whether a name is shown; the last entry is for rows without one (-1)."""
    shown = [(not show or text in show) and text not in hide for text in texts]
    assert NO_ID == -1
    return np.array([*shown, not show], bool)


def _literal(pattern: Pattern) -> re.Pattern[bytes] | bytes:
    """Bytes to find, or, for letters beyond ASCII that have two cases, an expression.

    Without ``case`` it is held against text whose ASCII letters are small.
    """
    if pattern.case:
        return pattern.text.encode("utf-8", "replace")
    if all(c.isascii() or c.lower() == c.upper() for c in pattern.text):
        return pattern.text.lower().encode("utf-8", "replace")
    parts = []
    for c in pattern.text:
        cases = {c.lower()} if c.isascii() else {c, c.lower(), c.upper()}
        choices = (re.escape(each.encode("utf-8", "replace")) for each in sorted(cases))
        parts.append(b"(?:" + b"|".join(choices) + b")")
    return re.compile(b"".join(parts))


def _find(
    literal: re.Pattern[bytes] | bytes,
    text: bytes,
    starts: npt.NDArray[np.int32],
    ends: npt.NDArray[np.int32],
    case: bool,
) -> Mask:
    low, high = int(starts[0]), int(ends[-1])
    if not case:
        text = text.lower()
    hits = np.zeros(len(starts), bool)
    if isinstance(literal, bytes):
        # From a hit on to the next row: a row needs to be found but once.
        position = text.find(literal, low, high)
        stops = ends.tolist()
        row, size = 0, len(literal)
        while position >= 0:
            row = _row_at(stops, position, row)
            stop = stops[row]
            if position + size <= stop:
                hits[row] = True
                position = text.find(literal, stop, high)
            else:
                position = text.find(literal, position + 1, high)
        return hits
    for found in literal.finditer(text, low, high):
        row = int(np.searchsorted(ends, found.start(), "right"))
        hits[row] |= found.end() <= ends[row]
    return hits


def _row_at(stops: list[int], position: int, least: int) -> int:
    """The row that holds ``position``: often the next one, so look there before bisecting."""
    if stops[least] > position:
        return least
    low, high = least + 1, len(stops) - 1
    if stops[low] > position:
        return low
    while low < high:
        middle = (low + high) // 2
        if stops[middle] <= position:
            low = middle + 1
        else:
            high = middle
    return low
