"""One record and its line, in every form that Mars has written (``mars/xlog/src/formater.cc``).

A line as it is in the text of a block::

    [I][2026-11-24 +8.0 14:35:02.880][5733, 5734*][net][link.cc:120, connect][the message
     |  |               |             |     |   |  |    |                     `- ends with "\\n"
     |  |               |             |     |   |  |    `- place: file, line, function
     |  |               |             |     |   |  `- tag
     |  |               |             |     |   `- the thread is the main thread
     |  |               |             |     `- thread id
     |  |               |             `- process id
     |  |               `- zone: hours east of UTC; local time with milliseconds
     |  `- local date; some builds leave date, zone and time out: "[E][][0, 0*]["
     `- V, D, I, W, E or F

Releases differ in two fields:

=====  =======================  ==================================================================
field  form                     written by
=====  =======================  ==================================================================
place  ``file:line, function``  Mars since October 2021, and xlog
place  ``file, function, line`` every release before (1.0.5 to 1.2.6, tags up to v1.3.0)
place  ``, , 0``                the same releases for logs from Java: there is no place
zone   ``+8.0``, ``-5.0``       hours with one decimal: until June 2020, and since October 2021
zone   ``+80``, ``+-50``        tenths of an hour: July 2020 to October 2021 (1.2.5, 1.2.6)
zone   ``0``                    UTC on iOS at that time
=====  =======================  ==================================================================

The tenths were cut to three characters, sign included: ``+-11`` and ``+-12`` are 11 and 12 hours
west (no zone is 1.1 hours off). ``+-10`` may be 1 hour or 10: it is read as what it says, 1 hour.
For a week of June 2020 hours were cut in the same way (``+-5.``, ``+10.``).

A message may hold line breaks: a line that begins like none of these belongs to the record before
it. Lines that a writer puts between records (``^^^^^`` when it opens, ``$$$$$`` when it closes,
``~~~~~`` around a recovered buffer) are marks: records of level :attr:`Level.NONE`. The lines
without a head behind a mark (the build that wrote the log, for one) belong to it. Programs may also
write lines without any head: in a block that has no head at all, and before the first one in any
other, each line is a record of its own, of level NONE. What Mars writes about itself (``[F][ ...``)
is a record of level FATAL without a time.
"""

from __future__ import annotations

import re
import time as _time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from enum import IntEnum
from itertools import pairwise
from typing import NamedTuple


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
        return local_time(self.time, self.zone)


_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - of whatever zone is asked for


def local_time(seconds: float, zone: int) -> datetime:
    """``seconds`` since the epoch as a time of the zone ``zone`` seconds east of UTC.

    Where ``datetime.fromtimestamp`` raises (before 1970 on Windows, or near the years 1 and 9999)
    this does not, as long as the local time has a year from 1 to 9999.
    """
    # Summed by timedelta, in whole microseconds: a float near 2**31 has no exact milliseconds.
    local = _EPOCH + timedelta(seconds=zone, milliseconds=round(seconds * 1000))
    return local.replace(tzinfo=timezone(timedelta(seconds=zone)))


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


_HEADS = rb"\[(?:[VDIWEF]\]\[(?:\d{4}-\d\d-\d\d (?:[-+]|0 )|\]\[-?\d)|F\](?:\[ |log_size ))"
_STARTS = rb"(?:" + _HEADS + rb"|\^{10}|\${10}|~{5} )"
RECORD_START = re.compile(rb"^" + _STARTS, re.MULTILINE)
"""Where a record with a head, or a mark, begins in a block's text."""

# Behind a line break: re looks for that one byte fastest, far faster than for a line's beginning.
_NEXT_START = re.compile(rb"\n(?=" + _STARTS + rb")")
_NEXT_HEAD = re.compile(rb"\n(?=" + _HEADS + rb")")
_NEXT_LINE = re.compile(rb"\n(?=[^\r\n])")
_FIRST = re.compile(_STARTS)
_FIRST_HEAD = re.compile(_HEADS)
_HEAD = re.compile(
    rb"\[([VDIWEF])\]"
    rb"\[(?:(\d{4})-(\d\d)-(\d\d) ([-+]{0,2}\d{1,3}(?:\.\d?)?) "
    rb"(\d\d):(\d\d):(\d\d)\.(\d{3,6})\n?)?\]"
    rb"\[(-?\d{1,20}), (-?\d{1,20})(\*?)\]\["
)
_PLACE_NEW = re.compile(rb"((?:(?!, ).)*):(-?\d{1,10}), (.*)", re.DOTALL)
_PLACE_OLD = re.compile(rb"((?:(?!, ).)*), (.*), (-?\d{1,10})", re.DOTALL)
_PLACE_ANYWHERE = re.compile(rb"(.*?):(-?\d{1,10}), (.*)", re.DOTALL)
_ABOUT_ITSELF = re.compile(rb"\[F\](?:\[ |(?=log_size ))")
_MARK = re.compile(
    rb"\[(\d{1,20}),(\d{1,20})\]\[(\d{4})-(\d\d)-(\d\d) ([-+])(\d\d)(\d\d) (\d\d):(\d\d):(\d\d)\]"
)
_TAG_TRIES = 8
_HEAD_LIMIT = 4096
"""A head longer than this is not looked for (Mars's own is cut at 1,024)."""
_OPEN = 0x5B
_ZONE_LIMIT = 24 * 3600


def record_starts(text: bytes) -> list[int]:
    """Offsets in a block's text at which records begin; see the module's text for the rules.

    Always begins with 0 unless ``text`` is empty. An empty line without a head begins no record: it
    belongs to whatever is before it. Fast: one regular expression over the block, and another one
    over the lines that belong to no head.
    """
    starts = [match.end() for match in _NEXT_START.finditer(text)]
    if _FIRST.match(text):
        starts.insert(0, 0)
    if not any(text[start] == _OPEN for start in starts):
        starts = [match.end() for match in _NEXT_LINE.finditer(text)]
    elif starts[0]:
        starts[:0] = [match.end() for match in _NEXT_LINE.finditer(text, 0, starts[0] - 1)]
    if text and (not starts or starts[0]):
        starts.insert(0, 0)
    return starts


def split_records(text: bytes) -> Iterator[bytes]:
    """The text of each record with its line break, in order; joined they are ``text``."""
    starts = record_starts(text)
    for start, end in pairwise([*starts, len(text)]):
        yield text[start:end]


def cut_text(text: bytes, size: int) -> Iterator[bytes]:
    """``text`` in pieces of about ``size`` bytes that have the records of the whole.

    A record that is longer stays in one piece.
    """
    # Where there are heads a piece begins with one: what has no head behind a mark belongs to it.
    has_heads = _FIRST_HEAD.match(text) is not None or _NEXT_HEAD.search(text) is not None
    begin = 0
    while len(text) - begin > 2 * size:
        following = (_NEXT_HEAD if has_heads else _NEXT_LINE).search(text, begin + size)
        if following is None:
            break
        yield text[begin : following.end()]
        begin = following.end()
    yield text[begin:]


class Head(NamedTuple):
    """What stands before a record's message, in bytes of its line.

    ``time`` is seconds since the epoch (0.0 where there is none), ``zone`` seconds east of UTC,
    ``place`` the field as it was written (see :func:`parse_place`), ``message`` the offset at which
    the message begins.
    """

    level: Level
    time: float
    zone: int
    pid: int
    tid: int
    main: bool
    tag: bytes
    place: bytes
    message: int


def parse_head(line: bytes) -> Head | None:
    """The head of one piece of :func:`split_records`; None where it has none. Never raises."""
    head = _HEAD.match(line)
    if head is None:
        about = _ABOUT_ITSELF.match(line)
        return about and Head(Level.FATAL, 0.0, 0, 0, 0, False, b"", b"", about.end())
    fields = _tag_and_place(line, head.end())
    if fields is None:
        return None
    group = head.group
    seconds, zone = 0.0, 0
    if group(2) is not None:
        try:
            zone = zone_of(group(5))
            whole = _epoch_of(group(2, 3, 4), group(6, 7, 8))
        except ValueError:
            return None
        seconds = whole - zone + int(group(9)[:3]) / 1000
    return Head(
        _LEVEL_OF[group(1)[0]],
        seconds,
        zone,
        int(group(10)),
        int(group(11)),
        bool(group(12)),
        *fields,
    )


def parse_line(line: bytes) -> Record:
    """The record of one piece of :func:`split_records`; never raises.

    What has no head becomes a record of level NONE whose message is the whole text. Bytes that are
    no UTF-8 are shown as ``\\xNN``. The message is as it was logged, but for its last line break;
    :mod:`xlog.sanitize` makes it fit for people.
    """
    head = parse_head(line)
    if head is None:
        return _mark(line)
    file, number, function = parse_place(head.place) or (b"", 0, b"")
    return Record(
        head.level,
        _text(line[head.message :].removesuffix(b"\n")),
        head.time,
        head.zone,
        head.pid,
        head.tid,
        head.main,
        _text(head.tag),
        _text(file),
        number,
        _text(function),
    )


def parse_records(text: bytes) -> Iterator[Record]:
    """All records of a block's text."""
    return map(parse_line, split_records(text))


def parse_place(field: bytes) -> tuple[bytes, int, bytes] | None:
    """File, line and function of a head's place field, of either form; None where it is neither."""
    found = _PLACE_NEW.fullmatch(field)
    if found is not None:
        return found[1], int(found[2]), found[3]
    found = _PLACE_OLD.fullmatch(field)
    if found is not None:
        return found[1], int(found[3]), found[2]
    found = _PLACE_ANYWHERE.fullmatch(field)  # the file's name has a comma
    return found and (found[1], int(found[2]), found[3])


def zone_of(text: bytes) -> int:
    """Seconds east of UTC of a head's zone field, of any form (see the module's text).

    Zones are whole quarters of an hour, so of "+5.8" and "+57" the nearest one, 5:45, is meant.
    Raises ValueError for what is no zone.
    """
    digits = text.lstrip(b"+-")
    if b"." in digits:
        hours = float(digits)
    else:
        tenths = int(digits)
        cut = text in (b"+-11", b"+-12")
        hours = float(tenths) if cut else tenths / 10
    seconds = round(hours * 4) * 900
    if seconds >= _ZONE_LIMIT:
        raise ValueError(f"{text!r} is no zone")
    return -seconds if b"-" in text else seconds


def _tag_and_place(line: bytes, start: int) -> tuple[bytes, bytes, int] | None:
    """Tag, place and where the message begins.

    Tags and functions may hold brackets: the first split that gives a place wins.
    """
    tag_end = start - 2
    for _ in range(_TAG_TRIES):
        tag_end = line.find(b"][", tag_end + (2 if tag_end < start else 1), start + _HEAD_LIMIT)
        if tag_end < 0:
            return None
        end = line.find(b"][", tag_end + 2, start + 2 * _HEAD_LIMIT)
        if end < 0:
            return None
        place = line[tag_end + 2 : end]
        if parse_place(place) is not None:
            return line[start:tag_end], place, end + 2
    return None


def _mark(line: bytes) -> Record:
    text = _text(line.removesuffix(b"\n"))
    found = _MARK.search(line, 0, _HEAD_LIMIT)
    if found is None or line[:5] not in (b"^^^^^", b"$$$$$", b"~~~~~"):
        return Record(Level.NONE, text)
    group = found.group
    zone = (int(group(7)) * 3600 + int(group(8)) * 60) * (-1 if group(6) == b"-" else 1)
    try:
        if abs(zone) >= _ZONE_LIMIT:
            raise ValueError
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


def _text(data: bytes) -> str:
    return data.decode("utf-8", "backslashreplace")
