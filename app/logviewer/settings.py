"""What the viewer remembers: recent logs, saved filters, highlight rules, bookmarks, its window.

One JSON file, written whole or not at all. Reading never fails: what is damaged is set aside under
another name and the viewer begins afresh.
"""

from __future__ import annotations

import contextlib
import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import platformdirs

from app.logviewer.query import Pattern, Query
from netcore.runtime.whole_file import write_whole

RECENT_MAX = 12
_BOOKMARKED_LOGS_MAX = 200
RULE_COLOURS = 6


@dataclass(frozen=True, slots=True)
class Rule:
    """Rows that hold ``pattern`` get colour 0 to 5 behind them."""

    pattern: Pattern
    colour: int = 0


@dataclass(frozen=True, slots=True)
class Bookmark:
    """A row, as number ``ordinal`` of the log ``path``; ``excerpt`` tells it by its text."""

    path: str
    ordinal: int
    excerpt: str
    note: str = ""


def default_folder() -> Path:
    """Where the viewer keeps its file, and keys where the system has no keyring."""
    return Path(platformdirs.user_config_dir("phobos", appauthor=False)) / "logviewer"


@dataclass(slots=True)
class ViewerSettings:
    """See the module's text."""

    file: Path
    recent: list[str] = field(default_factory=list)
    filters: dict[str, Query] = field(default_factory=dict)
    rules: list[Rule] = field(default_factory=list)
    bookmarks: dict[str, list[Bookmark]] = field(default_factory=dict)
    window: dict[str, str] = field(default_factory=dict)
    error: str = ""
    """Why the settings could not be kept the last time."""

    @classmethod
    def load(cls, folder: Path) -> ViewerSettings:
        """From ``folder``; see the module's text."""
        settings = cls(folder / "viewer.json")
        try:
            data = json.loads(settings.file.read_text("utf-8"))
        except OSError:
            return settings
        except ValueError:
            with contextlib.suppress(OSError):
                settings.file.replace(settings.file.with_suffix(".damaged.json"))
            return settings
        if isinstance(data, dict):
            settings._take(data)
        return settings

    def save(self) -> bool:
        """Write; False where that is not possible (a full or read-only disk)."""
        data = {
            "recent": self.recent,
            "filters": {name: query.to_json() for name, query in self.filters.items()},
            "rules": [asdict(rule) for rule in self.rules],
            "bookmarks": {
                path: [asdict(mark) for mark in marks]
                for path, marks in list(self.bookmarks.items())[-_BOOKMARKED_LOGS_MAX:]
                if marks
            },
            "window": self.window,
        }
        try:
            write_whole(self.file, json.dumps(data, ensure_ascii=False, indent=1))
        except (OSError, UnicodeEncodeError) as error:
            self.error = getattr(error, "strerror", None) or str(error)
            return False
        return True

    def add_recent(self, path: str) -> None:
        """Put ``path`` first among the recent ones."""
        self.recent = [path, *(each for each in self.recent if each != path)][:RECENT_MAX]

    def marks_of(self, path: str) -> list[Bookmark]:
        """The bookmarks of a log, in its order."""
        return self.bookmarks.get(path, [])

    def set_mark(self, mark: Bookmark) -> None:
        """Set a bookmark, in place of the one at that row."""
        marks = [each for each in self.marks_of(mark.path) if each.ordinal != mark.ordinal]
        # The log set last stands last, so that old ones are forgotten first.
        self.bookmarks.pop(mark.path, None)
        self.bookmarks[mark.path] = sorted([*marks, mark], key=lambda each: each.ordinal)

    def drop_mark(self, path: str, ordinal: int) -> None:
        """Remove the bookmark at a row."""
        marks = [each for each in self.marks_of(path) if each.ordinal != ordinal]
        self.bookmarks[path] = marks
        if not marks:
            del self.bookmarks[path]

    def note(self, mark: Bookmark, text: str) -> Bookmark:
        """Write a note to a bookmark; gives it with the note."""
        noted = replace(mark, note=text)
        self.set_mark(noted)
        return noted

    def _take(self, data: dict[str, Any]) -> None:
        recent = data.get("recent")
        if isinstance(recent, list):
            self.recent = [each for each in recent if isinstance(each, str)][:RECENT_MAX]
        filters = data.get("filters")
        if isinstance(filters, dict):
            self.filters = {name: Query.from_json(each) for name, each in filters.items()}
        rules = data.get("rules")
        for each in rules if isinstance(rules, list) else ():
            with contextlib.suppress(TypeError, KeyError, ValueError):
                pattern = Pattern(**each["pattern"])
                if isinstance(pattern.text, str):
                    self.rules.append(Rule(pattern, int(each["colour"]) % RULE_COLOURS))
        bookmarks = data.get("bookmarks")
        for path, marks in bookmarks.items() if isinstance(bookmarks, dict) else ():
            with contextlib.suppress(TypeError):
                self.bookmarks[path] = [Bookmark(**mark) for mark in marks]
        window = data.get("window")
        if isinstance(window, dict):
            self.window = {name: value for name, value in window.items() if isinstance(value, str)}
