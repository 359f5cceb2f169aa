"""What to show: a :class:`Query`, as a value that can be kept, compared and told as JSON."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from app.logviewer.store import FINDING, LEVELS, MARK

_NO_NAMES: frozenset[str] = frozenset()

ALL_LEVELS = frozenset(range(LEVELS))
LEVEL_NAMES = ("verbose", "debug", "info", "warn", "error", "fatal", "mark", "damage")


class PatternError(ValueError):
    """A text that is no regular expression; the message says why, in English."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A text or regular expression that a line must hold (or, with ``exclude``, must not)."""

    text: str
    regex: bool = False
    case: bool = False
    exclude: bool = False
    enabled: bool = True

    def compiled(self) -> re.Pattern[str]:
        """As a regular expression; raises :class:`PatternError`."""
        flags = re.MULTILINE | (0 if self.case else re.IGNORECASE)
        try:
            return re.compile(self.text if self.regex else re.escape(self.text), flags)
        except (re.error, OverflowError, RecursionError) as error:
            raise PatternError(str(error)) from None


@dataclass(frozen=True, slots=True)
class Query:
    """All conditions at once: a row is shown where every one of them holds.

    Of ``tags``, ``threads`` and ``files`` the named ones are shown, or with ``hide_`` all but
    them; an empty set asks for nothing. Times are milliseconds since the epoch, ends included.
    """

    levels: frozenset[int] = ALL_LEVELS
    tags: frozenset[str] = frozenset()
    hide_tags: frozenset[str] = frozenset()
    threads: frozenset[str] = frozenset()
    hide_threads: frozenset[str] = frozenset()
    files: frozenset[str] = frozenset()
    hide_files: frozenset[str] = frozenset()
    since: int | None = None
    until: int | None = None
    patterns: tuple[Pattern, ...] = field(default=())

    @property
    def active(self) -> tuple[Pattern, ...]:
        """The patterns that count."""
        return tuple(pattern for pattern in self.patterns if pattern.enabled and pattern.text)

    @property
    def is_empty(self) -> bool:
        """Whether everything is shown."""
        return replace(self, patterns=()) == Query() and not self.active

    def names(self, group: str) -> tuple[frozenset[str], frozenset[str]]:
        """Which of a group ("tag", "thread" or "file") alone are shown, and which are hidden."""
        if group == "tag":
            return self.tags, self.hide_tags
        if group == "thread":
            return self.threads, self.hide_threads
        return self.files, self.hide_files

    def with_names(
        self, group: str, show: frozenset[str] = _NO_NAMES, hide: frozenset[str] = _NO_NAMES
    ) -> Query:
        """The query with other names of a group shown and hidden."""
        if group == "tag":
            return replace(self, tags=show, hide_tags=hide)
        if group == "thread":
            return replace(self, threads=show, hide_threads=hide)
        return replace(self, files=show, hide_files=hide)

    def with_level_from(self, level: int) -> Query:
        """Only records of ``level`` and above, and damage."""
        return replace(self, levels=frozenset(range(level, MARK)) | {FINDING})

    def to_json(self) -> dict[str, Any]:
        """As JSON values; what is at rest is left out."""
        out: dict[str, Any] = {}
        if self.levels != ALL_LEVELS:
            out["levels"] = [LEVEL_NAMES[level] for level in sorted(self.levels)]
        for name in _SETS:
            if values := getattr(self, name):
                out[name] = sorted(values)
        for name in ("since", "until"):
            if (value := getattr(self, name)) is not None:
                out[name] = value
        if self.patterns:
            out["patterns"] = [
                {
                    "text": pattern.text,
                    **{
                        flag: True
                        for flag in ("regex", "case", "exclude")
                        if getattr(pattern, flag)
                    },
                    **({} if pattern.enabled else {"enabled": False}),
                }
                for pattern in self.patterns
            ]
        return out

    @classmethod
    def from_json(cls, data: object) -> Query:
        """From what :meth:`to_json` gave; whatever is no good in it is passed over."""
        if not isinstance(data, Mapping):
            return cls()
        values: dict[str, Any] = {}
        levels = data.get("levels")
        if isinstance(levels, list):
            values["levels"] = frozenset(
                LEVEL_NAMES.index(name) for name in levels if name in LEVEL_NAMES
            )
        for name in _SETS:
            names = data.get(name)
            if isinstance(names, list):
                values[name] = frozenset(each for each in names if isinstance(each, str))
        for name in ("since", "until"):
            if isinstance(data.get(name), int):
                values[name] = data[name]
        patterns = data.get("patterns")
        if isinstance(patterns, list):
            values["patterns"] = tuple(
                Pattern(
                    each["text"],
                    each.get("regex") is True,
                    each.get("case") is True,
                    each.get("exclude") is True,
                    each.get("enabled") is not False,
                )
                for each in patterns
                if isinstance(each, Mapping) and isinstance(each.get("text"), str)
            )
        return cls(**values)


_SETS = ("tags", "hide_tags", "threads", "hide_threads", "files", "hide_files")
