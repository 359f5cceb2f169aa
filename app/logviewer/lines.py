"""The heads of all records in a block's text at once, over whole arrays.

:mod:`xlog.record` says what a line is and parses one; for a million of them that takes seconds of
Python. Here numpy finds the starts, the levels, the times and the ends of the bracketed fields,
and what repeats from line to line (thread, tag, place) is looked up by its bytes, so that each
distinct one is parsed once. A line of unusual form goes to :func:`xlog.record.parse_line`; both
ways give the same (see the tests).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from xlog.record import LETTERS, RECORD_START, Level, parse_line

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
_MINUS, _PLUS, _SPACE, _DOT, _COLON = (ord(c) for c in "-+ .:")
_MARK_STARTS = tuple(ord(c) for c in "^$~")
_HEAD_MAX = 0xFFFF
_THREAD = re.compile(rb"(-?\d{1,20}), (-?\d{1,20})(\*?)")
_PLACE = re.compile(rb":(-?\d{1,10}), ")

Ints = npt.NDArray[np.int64]


class NameTable(dict[bytes, int]):
    """Numbers for byte strings, in order of first sight; refused ones get :data:`NO_ID`."""

    def __init__(self, accept: Callable[[bytes], bool] = lambda _name: True) -> None:
        super().__init__()
        self._accept = accept
        self.texts: list[str] = []

    def __missing__(self, name: bytes) -> int:
        if not self._accept(name):
            number = NO_ID
        else:
            number = len(self.texts)
            self.texts.append(name.decode("utf-8", "backslashreplace"))
        self[name] = number
        return number

    def of(self, names: Iterable[bytes]) -> Ints:
        """The number of each name."""
        return np.array([self[name] for name in names], np.int64)


class Vocabulary:
    """What repeats from line to line: tags, threads (``pid, tid*``), places (``file:1, run``)."""

    def __init__(self) -> None:
        self.tags = NameTable()
        self.threads = NameTable(lambda name: _THREAD.fullmatch(name) is not None)
        self.places = NameTable(lambda name: _PLACE.search(name) is not None)


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


def parse_heads(text: bytes, words: Vocabulary) -> Heads:
    """The heads of all records in ``text``; never raises. ``words`` grows."""
    buf = np.frombuffer(text + bytes(_PAD), np.uint8)
    starts, is_line = _starts(text, buf)
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
    for index in np.flatnonzero(rest).tolist():
        _fill_one(text, heads, index, words)
    return heads


def _starts(text: bytes, buf: npt.NDArray[np.uint8]) -> tuple[Ints, npt.NDArray[np.bool_]]:
    """Where records begin, and which of them begin with a level and a date."""
    size = len(text)
    if not size:
        return np.zeros(0, np.int64), np.zeros(0, bool)
    at = np.flatnonzero(buf[:size] == _BREAK) + 1
    at = np.concatenate((np.zeros(1, np.int64), at[at < size]))
    first = buf[at]
    dated = at[first == _OPEN]
    dated = dated[
        (_LEVEL_OF[buf[dated + 1]] != _NONE)
        & (buf[dated + 2] == _CLOSE)
        & (buf[dated + 3] == _OPEN)
    ]
    good = (buf[dated + 8] == _MINUS) & (buf[dated + 11] == _MINUS) & (buf[dated + 14] == _SPACE)
    for offset in (4, 5, 6, 7, 9, 10, 12, 13):
        good &= _DIGIT[buf[dated + offset]]
    sign = buf[dated + 15]
    good &= (sign == _MINUS) | (sign == _PLUS)
    others = np.concatenate((dated[~good], at[np.isin(first, _MARK_STARTS)]))
    match = RECORD_START.match
    marks = [position for position in others.tolist() if match(text, position)]
    lines = dated[good]
    if not marks and len(lines) and lines[0] == 0:
        return lines, np.ones(len(lines), bool)
    starts = np.union1d(lines, np.array([0, *marks], np.int64))
    return starts, np.isin(starts, lines, assume_unique=True)


def _fill_lines(
    text: bytes, buf: npt.NDArray[np.uint8], heads: Heads, rows: Ints, words: Vocabulary
) -> Ints:
    """Fill the rows of the usual form; gives which they were."""
    at = heads.start[rows]

    def two(offset: Ints) -> Ints:
        return buf[offset].astype(np.int64) * 10 + buf[offset + 1] - 11 * ord("0")

    # The zone has one digit or two before its dot; what follows hangs on where the dot is.
    dot = at + np.where(buf[at + 17] == _DOT, 17, 18)
    clock = dot + 3
    good = (buf[dot] == _DOT) & (buf[dot + 2] == _SPACE) & (buf[clock + 12] == _CLOSE)
    good &= (buf[clock + 2] == _COLON) & (buf[clock + 5] == _COLON) & (buf[clock + 8] == _DOT)
    good &= (buf[clock + 13] == _OPEN) & _DIGIT[buf[dot - 1]] & _DIGIT[buf[at + 16]]
    for offset in (-2, 0, 1, 3, 4, 6, 7, 9, 10, 11):
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
    good = np.flatnonzero(good)
    thread = words.threads.of(_slices(text, clock[good] + 14, thread_end[good]))
    place = words.places.of(_slices(text, tag_end[good] + 2, place_end[good]))
    known = (thread != NO_ID) & (place != NO_ID)
    good = good[known]
    at, dot, clock, chosen = at[good], dot[good], clock[good], rows[good]
    zone = _zone_minutes(buf, at, dot)
    seconds = _days(year[good], month[good], day[good]) * 86400 - zone * 60
    seconds += two(clock) * 3600 + two(clock + 3) * 60 + two(clock + 6)
    thousandths = (buf[clock + 9].astype(np.int64) - ord("0")) * 100 + two(clock + 10)
    heads.time[chosen] = seconds * 1000 + thousandths
    heads.zone[chosen] = zone
    heads.level[chosen] = _LEVEL_OF[buf[at + 1]]
    heads.thread[chosen] = thread[known]
    heads.place[chosen] = place[known]
    heads.tag[chosen] = words.tags.of(_slices(text, thread_end[good] + 2, tag_end[good]))
    heads.message[chosen] = place_end[good] + 2 - at
    return chosen


def _slices(text: bytes, starts: Ints, ends: Ints) -> list[bytes]:
    return [text[a:b] for a, b in zip(starts.tolist(), ends.tolist(), strict=True)]


def _month_days(year: Ints, month: Ints) -> Ints:
    days = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])[np.clip(month, 0, 12)]
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    return days + (leap & (month == 2))


def _days(year: Ints, month: Ints, day: Ints) -> Ints:
    """Days since 1970-01-01, Gregorian: counted in years that begin in March."""
    year = year - (month <= 2)
    of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    return year * 365 + year // 4 - year // 100 + year // 400 + of_year - 719468


def _zone_minutes(buf: npt.NDArray[np.uint8], at: Ints, dot: Ints) -> Ints:
    """``+5.8`` is 5:45: zones are whole quarters of an hour, so the nearest one is meant."""
    hours = buf[dot - 1].astype(np.int64) - ord("0")
    hours += np.where(dot - at == 18, (buf[at + 16].astype(np.int64) - ord("0")) * 10, 0)
    tenths = buf[dot + 1].astype(np.int64) - ord("0")
    quarters = np.rint((hours + tenths / 10) * 4).astype(np.int64)
    return np.where(buf[at + 15] == _MINUS, -quarters, quarters) * 15


def _fill_one(text: bytes, heads: Heads, index: int, words: Vocabulary) -> None:
    """One row by the careful parser."""
    start = int(heads.start[index])
    line = text[start : start + int(heads.length[index])]
    record = parse_line(line)
    heads.level[index] = int(record.level)
    if record.time:
        heads.time[index] = round(record.time * 1000)
        heads.zone[index] = record.zone // 60
    if record.pid or record.tid:
        thread = f"{record.pid}, {record.tid}{'*' if record.main else ''}"
        heads.thread[index] = words.threads[thread.encode()]
    if record.level < Level.NONE:
        message = record.message.encode("utf-8", "surrogateescape")
        heads.tag[index] = words.tags[record.tag.encode("utf-8", "surrogateescape")]
        place = f"{record.file}:{record.line}, {record.function}"
        heads.place[index] = words.places[place.encode("utf-8", "surrogateescape")]
        # Its length is the message's own unless bytes of it are no UTF-8: then it is looked for.
        head = len(line) - line.endswith(b"\n") - len(message)
        if line[head:].rstrip(b"\n") != message.rstrip(b"\n"):
            head = line.find(b"][", line.find(place.encode("utf-8", "surrogateescape"))) + 2
        heads.message[index] = min(max(head, 0), _HEAD_MAX)
