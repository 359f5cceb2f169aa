"""The heads of all records in a block's text at once, over whole arrays.

:mod:`xlog.record` says what a line is and parses one; for a million of them that takes seconds of
Python. Here numpy finds the starts, the levels, the times and the ends of the bracketed fields,
and what repeats from line to line (zone, thread, tag, place) is looked up by its bytes, so that
each distinct one is parsed once. A line of unusual form goes to :func:`xlog.record.parse_head`;
both ways give the same (see the tests).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from xlog.record import (
    LETTERS,
    RECORD_START,
    Level,
    parse_head,
    parse_line,
    parse_place,
    record_starts,
    zone_of,
)

NO_ZONE = -32768
"""In the zone column: the record names no time of its own."""
NO_ID = -1

_PAD = 64
_NONE = int(Level.NONE)
_LEVEL_OF = np.full(256, _NONE, np.uint8)
for _index, _letter in enumerate(LETTERS.encode()):
    _LEVEL_OF[_letter] = _index
_DIGIT = np.zeros(256, bool)
_DIGIT[ord("0") : ord("9") + 1] = True
_OPEN, _CLOSE, _BREAK = ord("["), ord("]"), ord("\n")
_MINUS, _PLUS, _SPACE, _DOT, _COLON, _ZERO = (ord(c) for c in "-+ .:0")
_MARK_STARTS = tuple(ord(c) for c in "^$~")
_HEAD_MAX = 0xFFFF
_THREAD = re.compile(rb"(-?\d{1,20}), (-?\d{1,20})(\*?)")
_ZONE = re.compile(rb"[-+]{0,2}\d{1,3}(?:\.\d?)?")
_ZONE_MAX = 7

Ints = npt.NDArray[np.int64]


class NameTable(dict[bytes, int]):
    """Numbers for byte strings, in order of first sight; refused ones get :data:`NO_ID`.

    ``show`` gives the text of a name, None to refuse it.
    """

    def __init__(self, show: Callable[[bytes], str | None] | None = None) -> None:
        super().__init__()
        self._show = show if show is not None else _text
        self.texts: list[str] = []

    def __missing__(self, name: bytes) -> int:
        text = self._show(name)
        if text is None:
            number = NO_ID
        else:
            number = len(self.texts)
            self.texts.append(text)
        self[name] = number
        return number

    def of(self, names: Iterable[bytes]) -> Ints:
        """The number of each name."""
        return np.array([self[name] for name in names], np.int64)


def _text(name: bytes) -> str:
    return name.decode("utf-8", "backslashreplace")


def _thread_text(name: bytes) -> str | None:
    return name.decode() if _THREAD.fullmatch(name) else None


def _place_text(name: bytes) -> str | None:
    """A place of either form as ``file:line, function``."""
    place = parse_place(name)
    if place is None:
        return None
    file, line, function = place
    return f"{_text(file)}:{line}, {_text(function)}"


NO_PLACE = ":0, "
"""The place of a record that names none (logs from Java)."""


class Vocabulary:
    """What repeats from line to line: tags, threads (``pid, tid*``), places (``file:1, run``)."""

    def __init__(self) -> None:
        self.tags = NameTable()
        self.threads = NameTable(_thread_text)
        self.places = NameTable(_place_text)


class Heads(NamedTuple):
    """The records of one text, as columns of equal length.

    ``start`` and ``length`` in bytes of the text, with the line break; ``message`` where in the
    record the message begins; ``time`` milliseconds since the epoch, 0 where none is named;
    ``zone`` minutes east or :data:`NO_ZONE`; ``tag``, ``thread``, ``place`` numbers of a
    :class:`Vocabulary` or :data:`NO_ID`.
    """

    start: Ints
    length: Ints
    message: Ints
    time: Ints
    zone: Ints
    level: npt.NDArray[np.uint8]
    tag: Ints
    thread: Ints
    place: Ints

    def part(self, first: int, end: int) -> Heads:
        """The records from number ``first`` up to ``end``, as views."""
        return Heads._make(column[first:end] for column in self)


def parse_heads(text: bytes, words: Vocabulary, blocks: Sequence[int] = (0,)) -> Heads:
    """The heads of all records in ``text``; never raises. ``words`` grows.

    ``blocks`` are the offsets at which the text of a block begins: no record reaches over them.
    """
    buf = np.frombuffer(text + bytes(_PAD), np.uint8)
    starts, is_line = _starts(text, buf, blocks)
    count = len(starts)
    lengths = np.diff(starts, append=len(text))
    empty = np.zeros(count, np.int64)
    heads = Heads(
        starts,
        lengths,
        empty.copy(),
        empty.copy(),
        np.full(count, NO_ZONE, np.int64),
        np.full(count, _NONE, np.uint8),
        *(np.full(count, NO_ID, np.int64) for _ in range(3)),
    )
    if not count:
        return heads
    rest = np.ones(count, bool)
    lines = np.flatnonzero(is_line)
    if len(lines):
        rest[_fill_lines(text, buf, heads, lines, words)] = False
    # What begins otherwise has no head and is no mark: there is nothing to fill in.
    rest &= np.isin(buf[starts], (_OPEN, *_MARK_STARTS))
    for index in np.flatnonzero(rest).tolist():
        _fill_one(text, heads, index, words)
    return heads


def _starts(
    text: bytes, buf: npt.NDArray[np.uint8], blocks: Sequence[int]
) -> tuple[Ints, npt.NDArray[np.bool_]]:
    """Where records begin, and which of them begin with a level and a date."""
    size = len(text)
    if not size:
        return np.zeros(0, np.int64), np.zeros(0, bool)
    at = np.flatnonzero(buf[:size] == _BREAK) + 1
    at = np.concatenate((np.zeros(1, np.int64), at[at < size]))
    first = buf[at]
    heads = at[first == _OPEN]
    heads = heads[(_LEVEL_OF[buf[heads + 1]] != _NONE) & (buf[heads + 2] == _CLOSE)]
    dated = heads[buf[heads + 3] == _OPEN]
    good = (buf[dated + 8] == _MINUS) & (buf[dated + 11] == _MINUS) & (buf[dated + 14] == _SPACE)
    for offset in (4, 5, 6, 7, 9, 10, 12, 13):
        good &= _DIGIT[buf[dated + offset]]
    sign = buf[dated + 15]
    good &= (sign == _MINUS) | (sign == _PLUS) | ((sign == _ZERO) & (buf[dated + 16] == _SPACE))
    lines = dated[good]
    # Marks and heads of other forms: rare, and then the whole text is looked through with care.
    others = np.concatenate(
        (dated[~good], heads[buf[heads + 3] != _OPEN], at[np.isin(first, _MARK_STARTS)])
    )
    match = RECORD_START.match
    begun = np.isin(np.asarray(blocks, np.int64), lines).all()
    if begun and not any(match(text, position) for position in others.tolist()):
        return lines, np.ones(len(lines), bool)
    starts = np.array(
        [
            block + start
            for block, end in pairwise([*blocks, size])
            for start in record_starts(text[block:end])
        ],
        np.int64,
    )
    return starts, np.isin(starts, lines, assume_unique=True)


def _fill_lines(
    text: bytes, buf: npt.NDArray[np.uint8], heads: Heads, rows: Ints, words: Vocabulary
) -> Ints:
    """Fill the rows of the usual form; gives which they were."""
    at = heads.start[rows]

    def two(offset: Ints) -> Ints:
        return buf[offset].astype(np.int64) * 10 + buf[offset + 1] - 11 * ord("0")

    zone, clock = _zones(buf, at)
    good = (zone != NO_ZONE) & (buf[clock + 12] == _CLOSE) & (buf[clock + 13] == _OPEN)
    good &= (buf[clock + 2] == _COLON) & (buf[clock + 5] == _COLON) & (buf[clock + 8] == _DOT)
    for offset in (0, 1, 3, 4, 6, 7, 9, 10, 11):
        good &= _DIGIT[buf[clock + offset]]
    year, month, day = two(at + 4) * 100 + two(at + 6), two(at + 9), two(at + 12)
    good &= (year >= 1) & (month >= 1) & (month <= 12)
    good &= (day >= 1) & (day <= _month_days(year, month))
    # The fields end at the next three "][": of all in the text, those behind the time.
    pairs = np.flatnonzero((buf[:-1] == _CLOSE) & (buf[1:] == _OPEN))
    pairs = np.concatenate((pairs, np.full(3, len(text), np.int64)))
    nth = np.minimum(np.searchsorted(pairs, clock + 13), len(pairs) - 3)
    thread_end, tag_end, place_end = pairs[nth], pairs[nth + 1], pairs[nth + 2]
    good &= place_end + 2 <= at + heads.length[rows]
    good &= place_end + 2 - at <= _HEAD_MAX
    fit = np.flatnonzero(good)
    thread = words.threads.of(_slices(text, clock[fit] + 14, thread_end[fit]))
    place = words.places.of(_slices(text, tag_end[fit] + 2, place_end[fit]))
    known = (thread != NO_ID) & (place != NO_ID)
    fit = fit[known]
    chosen: Ints = rows[fit]
    at, zone, clock = at[fit], zone[fit], clock[fit]
    seconds = _days(year[fit], month[fit], day[fit]) * 86400 - zone * 60
    seconds += two(clock) * 3600 + two(clock + 3) * 60 + two(clock + 6)
    thousandths = (buf[clock + 9].astype(np.int64) - ord("0")) * 100 + two(clock + 10)
    heads.time[chosen] = seconds * 1000 + thousandths
    heads.zone[chosen] = zone
    heads.level[chosen] = _LEVEL_OF[buf[at + 1]]
    heads.thread[chosen] = thread[known]
    heads.place[chosen] = place[known]
    heads.tag[chosen] = words.tags.of(_slices(text, thread_end[fit] + 2, tag_end[fit]))
    heads.message[chosen] = place_end[fit] + 2 - at
    return chosen


def _slices(text: bytes, starts: Ints, ends: Ints) -> list[bytes]:
    return [text[a:b] for a, b in zip(starts.tolist(), ends.tolist(), strict=True)]


def _month_days(year: Ints, month: Ints) -> Ints:
    days: Ints = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])[
        np.clip(month, 0, 12)
    ]
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    longer: Ints = days + (leap & (month == 2))
    return longer


def _days(year: Ints, month: Ints, day: Ints) -> Ints:
    """Days since 1970-01-01, Gregorian: counted in years that begin in March."""
    year = year - (month <= 2)
    of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    return year * 365 + year // 4 - year // 100 + year // 400 + of_year - 719468


def _zones(buf: npt.NDArray[np.uint8], at: Ints) -> tuple[Ints, Ints]:
    """Minutes east of each line's zone field (:data:`NO_ZONE` for none), and where its clock is.

    A log has one zone or two: each distinct field is parsed once.
    """
    first = bytes(buf[at[0] + 15 : at[0] + 16 + _ZONE_MAX])
    size = first.find(b" ")
    if size > 0 and all((buf[at + 15 + n] == first[n]).all() for n in range(size + 1)):
        return np.full(len(at), _minutes(first[:size]), np.int64), at + 16 + size
    width = np.full(len(at), _ZONE_MAX, np.int64)
    for size in range(_ZONE_MAX - 1, 0, -1):
        width[buf[at + 15 + size] == _SPACE] = size
    fields = np.zeros(len(at), np.int64)
    for offset in range(_ZONE_MAX):
        letter = buf[at + 15 + offset].astype(np.int64)
        fields |= np.where(offset < width, letter, 0) << (8 * offset)
    distinct, which = np.unique(fields, return_inverse=True)
    minutes = [_minutes(int(field).to_bytes(8, "little").rstrip(b"\0")) for field in distinct]
    return np.array(minutes, np.int64)[which], at + 15 + width + 1


def _minutes(field: bytes) -> int:
    if _ZONE.fullmatch(field) is None:
        return NO_ZONE
    try:
        return zone_of(field) // 60
    except ValueError:
        return NO_ZONE


def _fill_one(text: bytes, heads: Heads, index: int, words: Vocabulary) -> None:
    """One row by the careful parser."""
    start = int(heads.start[index])
    line = text[start : start + int(heads.length[index])]
    head = parse_head(line)
    if head is None:
        mark = parse_line(line)
        _fill_time(heads, index, mark.time, mark.zone)
        if mark.pid or mark.tid:
            heads.thread[index] = words.threads[f"{mark.pid}, {mark.tid}".encode()]
        return
    heads.level[index] = int(head.level)
    _fill_time(heads, index, head.time, head.zone)
    if head.pid or head.tid:
        thread = f"{head.pid}, {head.tid}{'*' if head.main else ''}"
        heads.thread[index] = words.threads[thread.encode()]
    heads.tag[index] = words.tags[head.tag]
    heads.place[index] = words.places[head.place]
    heads.message[index] = min(head.message, _HEAD_MAX)


def _fill_time(heads: Heads, index: int, time: float, zone: int) -> None:
    if time:
        heads.time[index] = round(time * 1000)
        heads.zone[index] = zone // 60
