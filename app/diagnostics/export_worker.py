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

from app.diagnostics.export import Bundle, Choices, ExportSource, gather

_log = logging.getLogger("app.diagnostics.export_worker")


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


class _ExportProcess:
    """One process. :meth:`ask` runs in a thread, and starts it; :meth:`end` is of the loop's."""

    def __init__(self) -> None:
        self.busy = False
        self._process: Any = None
        self._pipe: Connection | None = None
        self._ended = False

    def ask(self, source: ExportSource, choices: Choices, id: str) -> Bundle | Exception:
        """The process's answer; raises OSError for none, EOFError when it was ended."""
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
        if self._ended:  # meanwhile, while there was nothing to end
            self._kill()
        return ours

    def end(self) -> None:
        """End the process and what it does; who waits for it gets an EOFError."""
        self._ended = True
        self._kill()
        if self._pipe is not None and not self.busy:
            self._pipe.close()  # else by the thread that waits at it

    def _kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.join(1.0)


class ExportWorker:
    """One process at a time; a second request ends what the first one does."""

    def __init__(self) -> None:
        self._worker = _ExportProcess()
        self._generation = 0

    async def gather(self, source: ExportSource, choices: Choices, *, id: str) -> Bundle | None:
        """The bundle; None when another request or :meth:`close` came in between.

        Raises RuntimeError for what went wrong in the process.
        """
        self._generation += 1
        generation = self._generation
        if self._worker.busy:
            self._replace()
        worker = self._worker
        worker.busy = True
        try:
            answer = await asyncio.to_thread(worker.ask, source, choices, id)
        except (EOFError, OSError) as error:
            if generation != self._generation:
                return None
            _log.warning("no process to gather in (%s); a thread does it", error)
            self._replace()
            answer = await asyncio.to_thread(gather, source, choices, id=id)
        if generation != self._generation:
            return None
        worker.busy = False
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _replace(self) -> None:
        self._worker.end()
        self._worker = _ExportProcess()

    def close(self) -> None:
        """End the process."""
        self._generation += 1
        self._worker.end()
