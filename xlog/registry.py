"""All open logs of the process: what is done to them at a fork and at the interpreter's exit."""

from __future__ import annotations

import atexit
import contextlib
import os
import weakref
from pathlib import Path
from typing import Any, Protocol


class OpenLog(Protocol):
    """What an open log can be asked for."""

    @property
    def current_file(self) -> Path | None:
        """The file last written to."""

    def flush(self) -> None:
        """Have the buffer written out soon."""

    def flush_sync(self) -> bool:
        """Write the buffer out now."""

    def close(self) -> None:
        """Write everything out and close the log."""

    def before_fork(self) -> None:
        """Take every lock, so that the child finds nothing half done."""

    def after_fork_in_parent(self) -> None:
        """Give the locks back."""

    def after_fork_in_child(self) -> None:
        """Let go of what is the parent's."""


_open: weakref.WeakSet[Any] = weakref.WeakSet()
_forking: list[OpenLog] = []


def add(log: OpenLog) -> None:
    """``log`` was opened."""
    _open.add(log)


def discard(log: OpenLog) -> None:
    """``log`` is closed."""
    _open.discard(log)


def open_logs() -> list[OpenLog]:
    """All open logs, always in one order."""
    return sorted(_open, key=id)


def flush_all(*, wait: bool = True) -> None:
    """Write out the buffers of all open logs; ``wait`` until that is done, or have it done soon."""
    for log in open_logs():
        if wait:
            log.flush_sync()
        else:
            log.flush()


@atexit.register
def close_all() -> None:
    """Close all open logs; done at the interpreter's exit too."""
    for log in open_logs():
        log.close()


def _before_fork() -> None:
    # In one order, so that two threads that fork cannot wait for each other.
    _forking[:] = open_logs()
    for log in _forking:
        log.before_fork()


def _after_fork_in_parent() -> None:
    for log in reversed(_forking):
        log.after_fork_in_parent()
    _forking.clear()


def _after_fork_in_child() -> None:
    for log in _forking:
        with contextlib.suppress(Exception):
            log.after_fork_in_child()
    _forking.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_before_fork,
        after_in_parent=_after_fork_in_parent,
        after_in_child=_after_fork_in_child,
    )
