"""Which records ``grep`` lets through: plain values, so that worker processes can have it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from xlog.decode import Block
from xlog.errors import XlogConfigError
from xlog.findings import Finding
from xlog.record import LETTERS, Level, Record, parse_line, split_records
from xlog.sanitize import is_suspect, searched

_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d(?:\.\d+)?))?")
_DAY_SECONDS = 86400


@dataclass(frozen=True, slots=True)
class Moment:
    """A limit given by the user.

    ``seconds`` count from the epoch where the user named a zone, else in the writer's local time;
    ``daily`` ones from midnight.
    """

    seconds: float
    local: bool = True
    daily: bool = False

    def of(self, record: Record) -> float:
        """The record's time, counted as this moment is."""
        if self.daily:
            return (record.time + record.zone) % _DAY_SECONDS
        return record.time + (record.zone if self.local else 0)


def parse_moment(text: str) -> Moment:
    """``2026-11-24``, ``2026-11-24 14:35[:02.880][+08:00]`` or ``14:35`` (of any day).

    Raises :class:`xlog.errors.XlogConfigError`.
    """
    clock = _CLOCK.fullmatch(text.strip())
    if clock is not None:
        hour, minute, second = clock.groups(default="0")
        return Moment(int(hour) * 3600 + int(minute) * 60 + float(second), daily=True)
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise XlogConfigError(
            f"{text!r} is no time; give 2026-11-24, 2026-11-24 14:35:02 or 14:35"
        ) from None
    if moment.tzinfo is not None:
        return Moment(moment.timestamp(), local=False)
    return Moment(moment.replace(tzinfo=UTC).timestamp())


def parse_level(text: str) -> Level:
    """A level by its letter or name; raises :class:`xlog.errors.XlogConfigError`."""
    name = text.strip().upper()
    if len(name) == 1 and name in LETTERS:
        return Level(LETTERS.index(name))
    name = {"WARNING": "WARN", "CRITICAL": "FATAL"}.get(name, name)
    if name in Level.__members__ and name != "NONE":
        return Level[name]
    raise XlogConfigError(f"{text!r} is no level; give one of V, D, I, W, E, F")


@dataclass(frozen=True, slots=True)
class Filter:
    """All conditions; a record passes when each given one holds."""

    pattern: str = ""
    ignore_case: bool = False
    invert: bool = False
    level: Level = Level.VERBOSE
    tags: tuple[str, ...] = ()
    threads: tuple[int, ...] = ()
    since: Moment | None = None
    until: Moment | None = None

    def compile(self) -> re.Pattern[str]:
        """The pattern; raises :class:`xlog.errors.XlogConfigError` where it is none."""
        try:
            return re.compile(self.pattern, re.IGNORECASE if self.ignore_case else 0)
        except re.error as error:
            raise XlogConfigError(f"{self.pattern!r} is no regular expression: {error}") from None

    @property
    def looks_at_fields(self) -> bool:
        """Whether anything but the pattern is asked for."""
        return bool(
            self.level > Level.VERBOSE or self.tags or self.threads or self.since or self.until
        )

    def passes(self, record: Record) -> bool:
        """Whether the fields of a record are as asked for; marks pass only without conditions."""
        if record.level is Level.NONE:
            return not self.looks_at_fields
        if record.level < self.level or (self.tags and record.tag not in self.tags):
            return False
        if self.threads and record.tid not in self.threads:
            return False
        if not record.time and (self.since is not None or self.until is not None):
            return False
        if self.since is not None and self.since.of(record) < self.since.seconds:
            return False
        return self.until is None or self.until.of(record) <= self.until.seconds


def select(
    items: list[Block | Finding], wanted: Filter
) -> tuple[list[tuple[bytes, Record]], list[Finding]]:
    """The records that pass, as bytes and parsed, and all findings of ``items``."""
    pattern = wanted.compile()
    found: list[tuple[bytes, Record]] = []
    findings: list[Finding] = []
    for item in items:
        if isinstance(item, Finding):
            findings.append(item)
            continue
        findings.extend(item.findings)
        odd = is_suspect(item.data)
        for line in split_records(item.data):
            text = line.decode("utf-8", "backslashreplace")
            hit = pattern.search(text) is not None
            if not hit and odd:  # colours and line breaks of Windows are not what is looked for
                hit = pattern.search(searched(text)) is not None
            if hit is wanted.invert:
                continue
            record = parse_line(line)
            if wanted.passes(record):
                found.append((line, record))
    return found, findings
