"""From bytes to spans: where each block stands, and what lies between blocks.

Nothing is decoded here. The rules, for a position at which a block should begin:

==================================  ==========================================================
what is there                       what is made of it
==================================  ==========================================================
header, tail, then header or end    a block
header, tail, then something else   a block, unless a sure block begins inside: wrong length
header, tail missing, then header   a block with a bad tail
header, sure block inside           the block up to there: cut short or wrong length
header, the log ends inside         the block up to there: cut short
header, neither tail nor header     everything up to the next sure block, its length in doubt:
                                    the decoder sees how far the stream goes
no header                           zeros or foreign bytes up to the next sure block
==================================  ==========================================================

A header is *plausible* when its magic is that of a kind, its hours are below 24 and its length is
within the limit. A block is *sure* when its header is plausible and either its tail is 0x00
and a plausible header, zeros or the end of the log follow, or its 64 bytes of client key are right:
those of a block before it, or all zero in a plain kind. Sync kinds have the number 0. By chance
all this is so at about one byte in 10**10. Legacy kinds, whose header of 13 bytes says less, are
searched for only in a log that begins with one.
Which numbers are missing, :mod:`xlog.numbering` says.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterator

from xlog.findings import Finding, FindingKind
from xlog.format import (
    HEADER,
    HEADER_SIZE,
    LEGACY_HEADER,
    LEGACY_HEADER_SIZE,
    NO_CLIENT_KEY,
    TAIL_SIZE,
    BlockKind,
    Header,
    LegacyKind,
)
from xlog.numbering import WRITERS, Writers
from xlog.sliding_reader import READ_SIZE, SlidingReader
from xlog.spans import UNUSED, BlockSpan, bad_tail, foreign_bytes, touches, zero_gap

BODY_LIMIT = 1 << 25
"""A header that claims more than 32 MiB is damaged (Mars's buffer holds 150 KiB)."""
_HOURS = 24
_ZEROS = 16
_CANDIDATE = re.compile(rb"(?s)(?=[\x03-\x0d]..[\x00-\x17]{2}...[\x00-\x02])")
_KINDS = {int(kind): kind for kind in BlockKind}
_LEGACY = {int(kind): kind for kind in LegacyKind}
_ASYNC = frozenset(int(kind) for kind in (*BlockKind, *LegacyKind) if kind.is_async)
_CRYPT = frozenset(int(kind) for kind in BlockKind if kind.is_crypt)


class Scanner:
    """Walks a window and gives spans and findings in the order of the log.

    ``buffer`` tells that the log is a left-over memory buffer: one block without a tail, then
    zeros. While an item is held, the window still has its bytes. ``position`` is where the next
    block should begin.
    """

    def __init__(self, window: SlidingReader, *, buffer: bool = False, again: bool = False) -> None:
        """``again``: :meth:`resume` may go back to one of the last items, to read it again."""
        self.window = window
        self.position = window.base
        self._buffer = buffer
        self._neighbour: Header | None = None
        self._writers = Writers()
        self._stray_keys: OrderedDict[bytes, None] = OrderedDict()
        self._again = again
        self._ahead: tuple[int, Header | None] = (-1, None)
        self._searched: tuple[int, int, int | None] = (0, 0, None)

    def resume(self, window: SlidingReader) -> None:
        """Go on in another window of the same log, where that one begins."""
        self.window = window
        self.position = window.base
        self._ahead = (-1, None)
        self._searched = (0, 0, None)
        # What was taken in of an item that is read again has not happened.
        self._writers.go_back(window.base)

    def __iter__(self) -> Iterator[BlockSpan | Finding]:
        zeros: Finding | None = None  # zeros that may go on: touching gaps are one finding
        for item in self._items():
            if zeros is not None:
                if touches(zeros, item):
                    zeros = zero_gap(zeros.offset, zeros.length + item.length, zeros.detail)
                    continue
                yield zeros
                zeros = None
            if item.__class__ is Finding and item.kind is FindingKind.ZERO_GAP:
                zeros = item
            else:
                yield item
        if zeros is not None:
            yield zeros

    def _items(self) -> Iterator[BlockSpan | Finding]:
        item: BlockSpan | Finding
        window = self.window
        while window.reach(self.position + 1):
            start = self.position
            if self._again:
                self._writers.remember(start)
            ahead, header = self._ahead
            if ahead != start:
                header = self._plausible(start)
            if header is None:
                item = self._no_header(start)
                self.position = item.offset + item.length
                self._writers.note_damage()
            else:
                item = self._span(start, header)
                self.position = item.offset + item.length
                if item.__class__ is BlockSpan:
                    self._neighbour = header
                    if header.seq and header.kind in _ASYNC:
                        missing = self._missing(header, start)
                        if missing is not None:
                            yield missing
                    if item.findings or item.in_doubt:
                        self._writers.note_damage()
                    self._note_key(header)
                else:
                    self._writers.note_damage()
            yield item
            window.release(self.position)
        if window.error is not None:
            reason = window.error.strerror or str(window.error)
            yield Finding(
                FindingKind.UNREADABLE, self.position, 0, f"reading stopped here: {reason}"
            )

    def _note_key(self, header: Header) -> None:
        """Old builds leave what was in memory in the client key of a plain kind: the same often."""
        if header.kind in _KINDS and header.kind not in _CRYPT:
            self._stray_keys[header.client_key] = None
            if len(self._stray_keys) > WRITERS:
                self._stray_keys.popitem(last=False)

    def _span(self, start: int, header: Header) -> BlockSpan | Finding:
        end = _end_of(start, header)
        window = self.window
        if window.reach(end) and window.data[end - 1 - window.base] == 0:
            if self._followed(end, by_zeros=False):
                return BlockSpan(start, end - start, header, header.length)
            # Zeros prove nothing: a cut block may end in the middle of the next one's header.
            inside = self._next_sure(start + 1, end)
            if inside is None:
                return BlockSpan(start, end - start, header, header.length)
            return self._cut_at(start, inside, header)
        if self._buffer:
            # The tail is not written yet; what is behind the body was never finished.
            self._read_all(start + BODY_LIMIT)
            body = min(header.length, window.end - start - header.kind.header_size)
            return BlockSpan(start, window.end - start, header, body)
        return self._without_tail(start, end, header)

    def _without_tail(self, start: int, end: int, header: Header) -> BlockSpan | Finding:
        window = self.window
        inside = self._next_sure(start + 1, end)
        if inside is not None:
            return self._cut_at(start, inside, header)
        if not window.reach(end):
            return self._cut_short(start, header)
        for begin in (end, end - 1):  # at end - 1 the tail is not overwritten but left out
            if self._plausible(begin) is not None:
                finding = bad_tail(end - 1)
                return BlockSpan(start, begin - start, header, header.length, (finding,))
        following = self._gap_end(end)
        tail = window.data[following - 1 - window.base] == 0
        body = following - start - header.kind.header_size - tail
        return BlockSpan(start, following - start, header, body, in_doubt=True)

    def _plausible(self, at: int) -> Header | None:
        window = self.window
        if not window.reach(at + HEADER_SIZE):
            return self._plausible_legacy(at)
        magic, seq, begin, end, length, client_key = HEADER.unpack_from(
            window.data, at - window.base
        )
        kind = _KINDS.get(magic)
        if kind is None:
            return self._plausible_legacy(at) if magic in _LEGACY else None
        if begin >= _HOURS or end >= _HOURS or length > BODY_LIMIT:
            return None
        return Header(kind, seq, begin, end, length, client_key)

    def _plausible_legacy(self, at: int) -> Header | None:
        window = self.window
        if not window.reach(at + LEGACY_HEADER_SIZE):
            return None
        magic, seq, begin, end, length, key = LEGACY_HEADER.unpack_from(
            window.data, at - window.base
        )
        kind = _LEGACY.get(magic)
        if kind is None or begin >= _HOURS or end >= _HOURS or length > BODY_LIMIT:
            return None
        return Header(kind, seq, begin, end, length, key)

    def _followed(self, end: int, *, by_zeros: bool = True) -> bool:
        """Whether the log ends at ``end``, or a plausible header or zeros are there."""
        window = self.window
        header = self._plausible(end)
        self._ahead = (end, header)
        if header is not None or not window.reach(end + 1):
            return True
        if not by_zeros:
            return False
        window.reach(end + _ZEROS)
        return not window.take(end, end + _ZEROS).strip(b"\0")

    def _grade(self, at: int) -> int:
        """0 for no sure block, 1 for one that is sure by its client key or by zeros behind it, 2 by
        a header or the log's end there.
        """
        header = self._plausible(at)
        if header is None or header.length == 0:
            return 0
        legacy = header.kind in _LEGACY
        if legacy and self._neighbour is not None and self._neighbour.kind not in _LEGACY:
            return 0
        is_async = header.kind in _ASYNC
        if header.seq and not is_async:
            return 0
        end = _end_of(at, header)
        window = self.window
        if window.reach(end) and not window.data[end - 1 - window.base]:
            if self._followed(end, by_zeros=False):
                return 2
            if self._followed(end):
                return 1  # they may be the client key of another block
        if legacy or (is_async and not header.seq):
            return 0
        if header.kind in _CRYPT:
            known = header.client_key != NO_CLIENT_KEY and header.client_key in self._writers
        else:
            known = header.client_key == NO_CLIENT_KEY or header.client_key in self._stray_keys
        return int(known)

    def _next_sure(self, start: int, stop: int) -> int | None:
        """The first sure block that begins at ``start`` or behind it, before ``stop``."""
        # Searches overlap; what one has seen is not searched again, else many damaged blocks
        # in a row would cost the square of their number.
        begin, seen, found = self._searched
        if begin <= start <= seen:
            if found is not None or seen >= stop:
                return found if found is not None and found < stop else None
            start = seen
        else:
            begin = start
        found = self._search(start, stop)
        self._searched = (begin, stop if found is None else found, found)
        return found

    def _search(self, start: int, stop: int) -> int | None:
        window = self.window
        while start < stop:
            window.reach(min(stop + HEADER_SIZE, start + READ_SIZE))
            base, last = window.base, min(stop, window.end)
            # Looking at a candidate may read on, which leaves `data` as it is here.
            candidates = _CANDIDATE.finditer(window.data, start - base)
            for candidate in candidates:
                at = candidate.start() + base
                if at >= last:
                    break
                grade = self._grade(at)
                if grade:
                    return at if grade == 2 else self._better(at)
            if window.ended and last >= window.end:
                return None
            # The last bytes may hold the head of a candidate that ends in the next read.
            start = last if last == stop else max(start + 1, last - 8)
        return None

    def _better(self, at: int) -> int:
        """A surer block a few bytes on: zeros before a header make it look like one, too."""
        window = self.window
        window.reach(at + 2 * HEADER_SIZE)
        begin = at + 1 - window.base
        for found in _CANDIDATE.finditer(window.data, begin, begin + 2 * HEADER_SIZE):
            other = found.start() + window.base
            if other < at + HEADER_SIZE and self._grade(other) == 2:
                return other
        return at

    def _gap_end(self, start: int) -> int:
        """The next sure block or the end of the log; a gap over the limit is told in pieces."""
        stop = start + BODY_LIMIT
        found = self._next_sure(start, stop)
        if found is not None:
            return found
        self._read_all(stop)
        return min(self.window.end, stop)

    def _read_all(self, limit: int) -> None:
        while self.window.end < limit and self.window.reach(self.window.end + 1):
            pass

    def _cut_at(self, start: int, end: int, header: Header) -> BlockSpan | Finding:
        size = header.kind.header_size
        if end - start < size + TAIL_SIZE:  # not even the header is whole
            return foreign_bytes(start, end - start)
        tail = self.window.take(end - 1, end) == b"\0"
        body = end - start - size - tail
        finding = Finding(
            FindingKind.WRONG_LENGTH if tail else FindingKind.CUT_SHORT,
            start,
            end - start,
            f"the header tells of {header.length} bytes, the next block begins after {body}",
        )
        return BlockSpan(start, end - start, header, body, (finding,))

    def _cut_short(self, start: int, header: Header) -> BlockSpan:
        length = self.window.end - start
        body = min(length - header.kind.header_size, header.length)
        finding = Finding(
            FindingKind.CUT_SHORT,
            start,
            length,
            f"the log ends after {body} of the {header.length} bytes of this block",
        )
        return BlockSpan(start, length, header, body, (finding,))

    def _no_header(self, start: int) -> BlockSpan | Finding:
        """Zeros, foreign bytes, or a block that lost its header."""
        window = self.window
        end = self._gap_end(start + 1)
        length = end - start
        if not window.take(start, end).strip(b"\0"):
            if self._buffer:
                return Finding(FindingKind.ZERO_GAP, start, length, UNUSED)
            return zero_gap(start, length)
        finding = foreign_bytes(start, length)
        if self._neighbour is None:
            return finding
        size = self._neighbour.kind.header_size
        if length <= size + TAIL_SIZE:
            return finding
        body = length - size - (window.data[end - 1 - window.base] == 0)
        guess = self._neighbour._replace(seq=0, length=body)
        return BlockSpan(start, length, guess, body, (finding,), headless=True)

    def _missing(self, header: Header, offset: int) -> Finding | None:
        """Numbers left out since the last block of the same writer.

        Encrypting writers are told apart by their client key.
        """
        writer = header.client_key if header.kind in _CRYPT else NO_CLIENT_KEY
        missing = self._writers.missing(writer, header.seq)
        if missing is None:
            return None
        first, final = missing
        what = f"block {first} is" if first == final else f"blocks {first} to {final} are"
        return Finding(
            FindingKind.MISSING_BLOCKS,
            offset,
            0,
            f"{what} missing before this one",
            first_missing=first,
            last_missing=final,
        )


def _end_of(start: int, header: Header) -> int:
    return start + header.kind.header_size + header.length + TAIL_SIZE
