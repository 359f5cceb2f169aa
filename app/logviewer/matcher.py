"""Regular expressions in a process of their own.

Python's ``re`` cannot be stopped and holds the interpreter while it works, so one careless pattern
(``(a+)+$``) would freeze the window for hours. Here it works in another process, which is ended
when a chunk takes longer than :data:`PATIENCE` or the search is cancelled. The process is spawned
when the first regular expression is used and kept.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

import numpy as np
import numpy.typing as npt

from app.logviewer.query import Pattern, PatternError
from app.logviewer.text_store import Chunk
from xlog.sanitize import is_suspect, searched, suspects

PATIENCE = 8.0
"""Seconds that a pattern may take for one chunk; a good one takes milliseconds."""
_STEP = 0.02
TOO_SLOW = "takes too long: one line holds it up for seconds"


class TooSlowError(PatternError):
    """A pattern that does not come to an end on some line."""


class Cancelled(Exception):  # noqa: N818  (no error)
    """The search was given up."""


def match_rows(
    pattern: Pattern, text: bytes, starts: npt.NDArray[np.int32], ends: npt.NDArray[np.int32]
) -> npt.NDArray[np.bool_]:
    """Which of the rows ``text[start:end]`` hold ``pattern``; line breaks at the end left out.

    A row with escape sequences or line breaks of Windows is also held against it without them.
    """
    search = pattern.compiled().search
    ends = ends - (np.frombuffer(text, np.uint8)[ends - 1] == ord("\n"))
    odd = odd_rows(text, starts, ends)
    if text.isascii():
        # Bytes and characters are the same: no slices, the search is told where to look.
        whole = text.decode("ascii")
        pairs = zip(starts.tolist(), ends.tolist(), strict=True)
        found = [search(whole, start, end) is not None for start, end in pairs]
    else:
        pairs = zip(starts.tolist(), ends.tolist(), strict=True)
        found = [
            search(text[start:end].decode("utf-8", "backslashreplace")) is not None
            for start, end in pairs
        ]
    for row in odd:
        if not found[row]:
            plain = text[starts[row] : ends[row]].decode("utf-8", "backslashreplace")
            found[row] = search(searched(plain).removesuffix("\r")) is not None
    return np.array(found, bool)


def odd_rows(text: bytes, starts: npt.NDArray[np.int32], ends: npt.NDArray[np.int32]) -> list[int]:
    """The rows with characters that are not searched for as they stand (:mod:`xlog.sanitize`)."""
    if not len(starts) or not is_suspect(text):
        return []
    at = np.array(suspects(text), np.int64)
    rows = np.searchsorted(starts, at, "right") - 1
    rows = rows[(rows >= 0) & (at < ends[rows])]
    odd: list[int] = np.unique(rows).tolist()
    return odd


class Matcher:
    """The other process; starts by itself, and again after it had to be ended."""

    def __init__(self, patience: float = PATIENCE) -> None:
        self._patience = patience
        self._process: Any = None
        self._pipe: Connection | None = None

    def match(
        self,
        pattern: Pattern,
        chunk: Chunk,
        starts: npt.NDArray[np.int32],
        ends: npt.NDArray[np.int32],
        cancelled: Callable[[], bool],
    ) -> npt.NDArray[np.bool_]:
        """As :func:`match_rows`, there.

        Raises :class:`PatternError`, :class:`TooSlowError` or :class:`Cancelled`.
        """
        pattern.compiled()
        pipe = self._start()
        try:
            pipe.send((pattern, chunk, starts, ends))
            deadline = time.monotonic() + self._patience
            while not pipe.poll(_STEP):
                if cancelled():
                    self.close()
                    raise Cancelled
                if time.monotonic() > deadline:
                    self.close()
                    raise TooSlowError(TOO_SLOW)
            answer = pipe.recv()
        except (EOFError, OSError) as error:
            self.close()
            raise PatternError(f"the search process ended: {error}") from error
        if isinstance(answer, str):
            raise PatternError(answer)
        return np.unpackbits(answer, count=len(starts)).astype(bool)

    def close(self) -> None:
        """End the process; the next match starts another."""
        if self._pipe is not None:
            self._pipe.close()
            self._pipe = None
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._process.close()
            self._process = None

    def _start(self) -> Connection:
        if self._pipe is None or self._process is None or not self._process.is_alive():
            self.close()
            context = multiprocessing.get_context("spawn")
            ours, theirs = context.Pipe()
            process = context.Process(target=serve, args=(theirs,), daemon=True)
            process.start()
            theirs.close()
            self._process, self._pipe = process, ours
            # Python and numpy take a moment to start; that is not the pattern's fault.
            ours.poll(30)
            with contextlib.suppress(EOFError):
                ours.recv()
        return self._pipe


def serve(pipe: Connection) -> None:
    """The process's work: answer until the other end goes away."""
    pipe.send("ready")
    while True:
        try:
            pattern, chunk, starts, ends = pipe.recv()
        except (EOFError, OSError, KeyboardInterrupt):
            return
        try:
            answer: Any = np.packbits(match_rows(pattern, chunk.text(), starts, ends))
        except Exception as error:
            answer = str(error) or type(error).__name__
        pipe.send(answer)
