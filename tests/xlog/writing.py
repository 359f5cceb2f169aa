"""Logs for the writer's tests: opens appenders, reads back what they wrote."""

from __future__ import annotations

import re
from pathlib import Path

from tests.xlog.samples import PRIVATE_KEY, PUBLIC_KEY
from xlog.appender import Appender, AppenderConfig
from xlog.findings import Finding
from xlog.reader import Block, Reader
from xlog.record import Level

__all__ = ["PRIVATE_KEY", "PUBLIC_KEY", "log_files", "messages", "open_log", "records", "text_in"]


def open_log(folder: Path, **settings) -> Appender:
    """An appender without marks, unless they are asked for."""
    settings.setdefault("prefix", "app")
    settings.setdefault("marks", False)
    return Appender(AppenderConfig(log_dir=folder, **settings))


def log_files(folder: Path) -> list[Path]:
    """In the order of their text."""

    def order(path):
        numbers = [int(n) for n in re.findall(r"\d+", path.name)]
        return path.name.partition("_")[0], numbers

    return sorted(folder.glob("*.xlog"), key=order)


def text_in(*paths: Path, keys=(PRIVATE_KEY,)) -> bytes:
    """The text of logs that must be without a finding; a folder stands for its logs."""
    text = b""
    for path in paths:
        for log in log_files(path) if path.is_dir() else [path]:
            for item in Reader(log, keys):
                assert isinstance(item, Block), item
                assert not item.findings
                text += item.data
    return text


def records(*paths: Path, keys=(PRIVATE_KEY,)):
    """All records, marks too."""
    found = []
    for path in paths:
        for log in log_files(path) if path.is_dir() else [path]:
            for item in Reader(log, keys).records():
                assert not isinstance(item, Finding), item
                found.append(item)
    return found


def messages(*paths: Path, keys=(PRIVATE_KEY,)) -> list[str]:
    """The messages that were logged: without marks, and without what the writer says of itself."""
    return [
        record.message
        for record in records(*paths, keys=keys)
        if record.level < Level.NONE and record.time
    ]
