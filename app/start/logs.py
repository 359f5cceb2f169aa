"""Where the log goes: ``logging`` into .xlog files, and every unforeseen exception with it."""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

_log = logging.getLogger("app")
NAME = "phobos"
"""The first part of the log files' names."""


def route_logging(
    folder: Path, public_key: str = "", level: int = logging.INFO
) -> Callable[[], None]:
    """Send everything logged to .xlog files in ``folder``; gives what ends it at shutdown.

    A folder that cannot be written, or a key that is none, leaves the log on the error stream: the
    app works on.
    """
    root = logging.getLogger()
    handler: logging.Handler
    try:
        from xlog.handler import XlogHandler
        from xlog.settings import AppenderConfig

        config = AppenderConfig(log_dir=folder, prefix=NAME, public_key=public_key)
        handler = XlogHandler(config)
    except Exception as error:
        handler = logging.StreamHandler()
        handler.setLevel(logging.WARNING)
        root.addHandler(handler)
        root.setLevel(level)
        _log.warning("the log cannot be written to %s: %s", folder, error)
        return lambda: root.removeHandler(handler)
    root.addHandler(handler)
    root.setLevel(level)

    def end() -> None:
        root.removeHandler(handler)
        handler.close()

    return end


def log_exceptions(tell: Callable[[], None]) -> None:
    """Log what nobody caught, in any thread, and call ``tell`` for a notice in the window."""

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        _log.critical("an unforeseen exception", exc_info=(kind, error, trace))
        tell()

    def thread_hook(arguments: threading.ExceptHookArgs) -> None:
        if arguments.exc_value is not None:
            hook(arguments.exc_type, arguments.exc_value, arguments.exc_traceback)

    sys.excepthook = hook
    threading.excepthook = thread_hook


def loop_exception_handler(tell: Callable[[], None]) -> Callable[..., None]:
    """What asyncio calls for an exception in a callback, or in a task that nobody awaited."""

    def handle(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        _log.error("asyncio: %s", context.get("message", ""), exc_info=error)
        if error is not None and not isinstance(error, (asyncio.CancelledError, OSError)):
            tell()

    return handle
