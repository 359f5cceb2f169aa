"""Gathers an export in a process of its own, so that redacting a long log never stalls a window.

A thread would do it as well, but Python's threads take turns: some of what redacting does holds the
others up for a fifth of a second. The process is spawned at the first export and ended with the
dialog; where none can be had, a thread does the work.
"""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
from multiprocessing.connection import Connection
from typing import Any

from app.diagnostics.export import Bundle, Choices, Source, gather

_log = logging.getLogger("app.diagnostics.gatherer")


def _serve(pipe: Connection) -> None:
    """The process: answers each request with a bundle, or with what went wrong."""
    while True:
        try:
            source, choices, id = pipe.recv()
        except (EOFError, OSError):
            return
        answer: Bundle | Exception
        try:
            answer = gather(source, choices, id=id)
        except Exception as error:
            answer = RuntimeError(f"{type(error).__name__}: {error}")
        try:
            pipe.send(answer)
        except OSError:
            return


class Gatherer:
    """One process; a second request ends what the first one does."""

    def __init__(self) -> None:
        self._process: Any = None
        self._pipe: Connection | None = None
        self._busy = False
        self._generation = 0

    async def gather(self, source: Source, choices: Choices, *, id: str) -> Bundle | None:
        """The bundle; None when another request or :meth:`close` came in between.

        Raises RuntimeError for what went wrong in the process.
        """
        self._generation += 1
        generation = self._generation
        if self._busy:
            self._end()
        self._busy = True
        try:
            answer = await asyncio.to_thread(self._ask, source, choices, id)
        except (EOFError, OSError) as error:
            if generation != self._generation:
                return None
            _log.warning("no process to gather in (%s); a thread does it", error)
            self._end()
            answer = await asyncio.to_thread(gather, source, choices, id=id)
        if generation != self._generation:
            return None
        self._busy = False
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _ask(self, source: Source, choices: Choices, id: str) -> Bundle | Exception:
        pipe = self._pipe or self._start()
        try:
            pipe.send((source, choices, id))
            found: Bundle | Exception = pipe.recv()
        except (EOFError, OSError):
            pipe.close()
            raise
        return found

    def _start(self) -> Connection:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=_serve, args=(theirs,), name="export", daemon=True)
        process.start()
        theirs.close()
        self._pipe, self._process = ours, process
        return ours

    def _end(self) -> None:
        """End the process and what it does; whoever waits for it is told by EOFError."""
        process, self._process = self._process, None
        pipe, self._pipe = self._pipe, None
        if process is not None:
            process.kill()
            process.join(1.0)
        if pipe is not None and not self._busy:
            pipe.close()  # else by the thread that waits at it

    def close(self) -> None:
        """End the process."""
        self._generation += 1
        self._end()
