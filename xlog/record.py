"""One record and Mars's line for it (``mars/xlog/src/formater.cc``).

A line as it stands in the text of a block::

    [I][2026-11-24 +8.0 14:35:02.880][5733, 5734*][net][link.cc:120, connect][the message
     |  |                             |     |   |  |    |       |    |        `- ends with "\\n"
     |  |                             |     |   |  |    |       |    `- function
     |  |                             |     |   |  |    |       `- line
     |  |                             |     |   |  |    `- base name of the file
     |  |                             |     |   |  `- tag
     |  |                             |     |   `- the thread is the main thread
     |  |                             |     `- thread id
     |  |                             `- process id
     |  `- local date, hours east of UTC with one decimal, local time with milliseconds
     `- V, D, I, W, E or F

A message may hold line breaks; a line that does not begin like this belongs to the record before
it. Lines that a writer puts between records (``^^^^^`` when it opens, ``$$$$$`` when it closes,
``~~~~~`` around a recovered buffer) are marks: records of level :attr:`Level.NONE`.
"""

from __future__ import annotations

import re
import time as _time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from enum import IntEnum
from itertools import pairwise


class Level(IntEnum):
    """Mars's levels (``mars/comm/xlogger/xloggerbase.h``)."""

    VERBOSE = 0
    DEBUG = 1
    INFO = 2
    WARN = 3
    ERROR = 4
    FATAL = 5
    NONE = 6

    @property
    def letter(self) -> str:
        """The letter in a line; empty for :attr:`NONE`."""
        return LETTERS[self : self + 1]


LETTERS = "VDIWEF"
_LEVEL_OF = {letter: Level(index) for index, letter in enumerate(LETTERS.encode())}


@dataclass(frozen=True, slots=True)
class Record:
    """One record.

    ``time`` is seconds since the epoch (0.0 where the line has none), ``zone`` seconds east of UTC.
    ``message`` keeps its line breaks but for the last. A mark has level NONE and only a message,
    and the time, pid and tid it names.
    """

    level: Level
    message: str
    time: float = 0.0
    zone: int = 0
    pid: int = 0
    tid: int = 0
    main: bool = False
    tag: str = ""
    file: str = ""
    line: int = 0
    function: str = ""

    @property
    def when(self) -> datetime:
        """The time in the writer's own zone."""
        return datetime.fromtimestamp(self.time, UTC).astimezone(
            timezone(timedelta(seconds=self.zone))
        )


def date_text(seconds: int, zone: int) -> str:
    """``2026-11-24 +8.0 14:35:02`` for whole ``seconds`` since the epoch, ``zone`` seconds east."""
    at = _time.gmtime(seconds + zone)
    return (
        f"{at.tm_year}-{at.tm_mon:02}-{at.tm_mday:02} {zone / 3600:+.1f} "
        f"{at.tm_hour:02}:{at.tm_min:02}:{at.tm_sec:02}"
    )


def format_line(record: Record) -> bytes:
    """Mars's line for ``record``, ending with one line break; a mark is its bare message."""
    message = record.message.encode("utf-8", "surrogateescape")
    if record.level < Level.NONE:
        stamp = ""
        if record.time:
            seconds, milliseconds = divmod(int(record.time * 1000 + 0.5), 1000)
            stamp = f"{date_text(seconds, record.zone)}.{milliseconds:03}"
        head = (
            f"[{record.level.letter}][{stamp}][{record.pid}, {record.tid}"
            f"{'*' if record.main else ''}][{record.tag}]"
            f"[{record.file}:{record.line}, {record.function}]["
        )
        message = head.encode("utf-8", "surrogateescape") + message
    return message if message.endswith(b"\n") else message + b"\n"


RECORD_START = re.compile(
    rb"^(?:\[[VDIWEF]\]\[(?:\d{4}-\d\d-\d\d [-+]|\]\[\d)|\^{10}|\${10}|~{5} )", re.MULTILINE
)
"""Where a record or a mark begins in a block's text."""

_HEAD = re.compile(
    rb"\[([VDIWEF])\]"
    rb"\[(?:(\d{4})-(\d\d)-(\d\d) ([-+]\d{1,2}\.\d) (\d\d):(\d\d):(\d\d)\.(\d{3,6}))?\]"
    rb"\[(-?\d{1,20}), (-?\d{1,20})(\*?)\]\["
)
_FILE = re.compile(rb":(-?\d{1,10}), ")
_MARK = re.compile(
    rb"\[(\d{1,20}),(\d{1,20})\]\[(\d{4})-(\d\d)-(\d\d) ([-+])(\d\d)(\d\d) (\d\d):(\d\d):(\d\d)\]"
)
_TAG_TRIES = 8
_HEAD_LIMIT = 4096
"""A head longer than this is not looked for (Mars's own is cut at 1,024)."""


def record_starts(text: bytes) -> list[int]:
    """Offsets in a block's text at which records begin; text before the first is one too.

    Always begins with 0 unless ``text`` is empty. Fast: one regular expression over the block.
    """
    starts = [match.start() for match in RECORD_START.finditer(text)]
    if text and (not starts or starts[0]):
        starts.insert(0, 0)
    return starts


def split_records(text: bytes) -> Iterator[bytes]:
    """The text of each record with its line break, in order; joined they are ``text``."""
    starts = record_starts(text)
    for start, end in pairwise([*starts, len(text)]):
        yield text[start:end]


def parse_line(line: bytes) -> Record:
    """The record of one piece of :func:`split_records`; never raises.

    What is no line of Mars's form becomes a record of level NONE whose message is the whole text.
    Bytes that are no UTF-8 are shown as ``\\xNN``.
    """
    head = _HEAD.match(line)
    if head is None:
        return _mark(line)
    place = _place(line, head.end())
    if place is None:
        return _mark(line)
    tag, file, number, function, start = place
    group = head.group
    seconds, zone = 0.0, 0
    if group(2) is not None:
        try:
            zone = _zone(group(5))
            whole = _epoch_of(group(2, 3, 4), group(6, 7, 8))
        except ValueError:
            return _mark(line)
        seconds = whole - zone + int(group(9)[:3]) / 1000
    return Record(
        _LEVEL_OF[group(1)[0]],
        _text(line[start:-1] if line.endswith(b"\n") else line[start:]),
        seconds,
        zone,
        int(group(10)),
        int(group(11)),
        bool(group(12)),
        _text(tag),
        _text(file),
        number,
        _text(function),
    )


def parse_records(text: bytes) -> Iterator[Record]:
    """All records of a block's text."""
    return map(parse_line, split_records(text))


def _place(line: bytes, start: int) -> tuple[bytes, bytes, int, bytes, int] | None:
    """Tag, file, line, function and where the message begins.

    Tags and functions may hold brackets: the first split that has ``file:line, function`` wins.
    """
    tag_end = start - 2
    for _ in range(_TAG_TRIES):
        tag_end = line.find(b"][", tag_end + (2 if tag_end < start else 1), start + _HEAD_LIMIT)
        if tag_end < 0:
            return None
        end = line.find(b"][", tag_end + 2, start + 2 * _HEAD_LIMIT)
        if end < 0:
            return None
        where = _FILE.search(line, tag_end + 2, end)
        if where is not None:
            return (
                line[start:tag_end],
                line[tag_end + 2 : where.start()],
                int(where.group(1)),
                line[where.end() : end],
                end + 2,
            )
    return None


def _mark(line: bytes) -> Record:
    text = _text(line[:-1] if line.endswith(b"\n") else line)
    found = _MARK.search(line, 0, _HEAD_LIMIT)
    if found is None or line[:5] not in (b"^^^^^", b"$$$$$", b"~~~~~"):
        return Record(Level.NONE, text)
    group = found.group
    zone = (int(group(7)) * 3600 + int(group(8)) * 60) * (-1 if group(6) == b"-" else 1)
    try:
        seconds = _epoch_of(group(3, 4, 5), group(9, 10, 11)) - zone
    except ValueError:
        return Record(Level.NONE, text)
    return Record(Level.NONE, text, float(seconds), zone, int(group(1)), int(group(2)))


_days: dict[bytes, int] = {}


def _epoch_of(date: tuple[bytes, ...], clock: tuple[bytes, ...]) -> int:
    """Seconds of a date as if it were UTC; raises ValueError where there is no such date."""
    year, month, day = date
    hour, minute, second = clock
    key = year + month + day
    start = _days.get(key)
    if start is None:
        start = int(datetime(int(year), int(month), int(day), tzinfo=UTC).timestamp())
        if len(_days) > 4096:
            _days.clear()
        _days[key] = start
    return start + int(hour) * 3600 + int(minute) * 60 + int(second)


def _zone(text: bytes) -> int:
    # One decimal cannot say 5:45 ("+5.8"); zones are whole quarters, so the nearest one is meant.
    return round(float(text) * 4) * 900


def _text(data: bytes) -> str:
    return data.decode("utf-8", "backslashreplace")
