"""The viewer's words for what goes wrong, and for sizes."""

from __future__ import annotations

from app.logviewer.i18n import mark, tr
from app.logviewer.loading import Problem
from app.logviewer.matcher import TOO_SLOW
from app.logviewer.sources import OpenError
from xlog.sanitize import one_line

_OPEN_ERRORS = {
    "missing": mark("{path} does not exist."),
    "unreadable": mark("Can't read {path}: {detail}"),
    "no-file": mark("{path} is a device or a pipe, not a file."),
    "no-logs": mark("There are no logs in {path}."),
    "bad-archive": mark("{path} is a damaged archive: {detail}"),
    "archive-too-large": mark("{path} would unpack to more than 1 GiB and was not opened."),
}
_PROBLEMS = {
    "unreadable": mark("Can't read {name}: {detail}"),
    "not-xlog": mark("{name} is not an xlog file."),
    "empty": mark(
        "{name} is empty: nothing has been logged yet, or the program "
        "that writes it was killed early."
    ),
    "deleted": mark("{name} was deleted. What was read so far is still shown."),
    "restarted": mark("{name} was truncated or replaced. It was read again from the start, below."),
    "full": mark("{name}: loading stopped because the records reached the memory limit."),
}


# What the reader says of a file that is no log -> our own words.
_LOOKS = (
    ("plain text", mark("It looks like plain text; it may be decoded already.")),
    ("gzip", mark("It looks like a gzip file: unpack it first.")),
    ("zip archive", mark("It looks like a zip archive: unpack it first.")),
    ("zstd", mark("It looks like a zstd file: unpack it first.")),
    ("7z", mark("It looks like a 7z archive: unpack it first.")),
    ("SQLite", mark("It looks like a SQLite database.")),
    ("before Mars", mark("It may be a log from before Mars was published.")),
)


def open_error_text(error: OpenError) -> str:
    """What could not be opened, and why."""
    return tr(_OPEN_ERRORS[error.code]).format(path=one_line(error.path), detail=error.detail)


def problem_text(problem: Problem) -> str:
    """What happened to a log."""
    text = tr(_PROBLEMS[problem.code]).format(name=one_line(problem.name), detail=problem.detail)
    if problem.code == "not-xlog":
        looks = next((tr(words) for sign, words in _LOOKS if sign in problem.detail), "")
        return f"{text} {looks}".rstrip()
    return text


def pattern_error_text(error: str) -> str:
    """Why a pattern was stopped; what Python says of an expression stays as it is."""
    return tr("it takes too long: a single line needs seconds") if error == TOO_SLOW else error


def size_text(size: int) -> str:
    """``12.5 MB``."""
    value, unit = float(size), "B"
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000 or unit == "GB":
            break
        value /= 1000
    return f"{value:.0f} {unit}" if value >= 100 or unit == "B" else f"{value:.1f} {unit}"
