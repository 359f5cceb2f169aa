"""What is found between the blocks, and that it costs no more than it must."""

import io
import os
import random
import time

import pytest

from tests.xlog.samples import block_of, body_of, line, log_of
from xlog.findings import Finding, FindingKind
from xlog.format import HEADER_SIZE, BlockKind, build_block, build_header
from xlog.scan import BODY_LIMIT, Scanner
from xlog.sliding_reader import SlidingReader
from xlog.spans import BlockSpan

PLAIN = BlockKind.ASYNC_ZLIB_PLAIN


def scan(data, **options):
    return list(Scanner(SlidingReader(io.BytesIO(data)), **options))


def kinds_of(items):
    found = []
    for item in items:
        found.extend(f.kind for f in ((item,) if isinstance(item, Finding) else item.findings))
    return found


def numbered(seqs, kind=PLAIN):
    return b"".join(block_of(kind, [line(seq)], seq=seq) for seq in seqs)


def test_all_kinds_in_one_log_are_found_in_order():
    made = log_of(list(BlockKind) * 3)
    spans = scan(made.data)
    assert [(span.offset, span.length) for span in spans] == [b[:2] for b in made.blocks]
    assert not kinds_of(spans)


def test_an_empty_log_has_nothing_wrong():
    assert scan(b"") == []


@pytest.mark.parametrize(
    ("seqs", "missing"),
    [
        ([1, 2, 3], []),
        ([5, 6, 7], []),  # a file that goes on where another was full
        ([1, 2, 4], [(3, 3)]),
        ([1, 2, 9, 12], [(3, 8), (10, 11)]),
        ([65534, 65535, 1, 2], []),
        ([65532, 65533, 2], [(65534, 1)]),
        ([1, 4, 9, 13], []),  # the counter serves other logs of the process too
        ([7, 8, 11, 12, 15, 19, 22, 23, 26, 30], [(9, 10), (13, 14)]),  # seen only by and by
        ([*range(1, 40), 41, *range(42, 60), 63], [(40, 40), (60, 62)]),
        ([73, 74, 75, 73, 76], []),  # the buffer was set back
        ([73, 74, 75, 73, 78], [(76, 77)]),
        ([73, 74, 75, 73, 74, 75, 76, 77, 79], [(78, 78)]),
        ([40, 1, 2], []),  # the writer began anew
        ([40, 12, 13], []),  # another file was put behind this one
    ],
)
def test_missing_numbers_are_told_and_new_runs_are_not(seqs, missing):
    items = scan(numbered(seqs))
    found = [i for i in items if isinstance(i, Finding)]
    assert [(f.first_missing, f.last_missing) for f in found] == missing
    assert {f.kind for f in found} <= {FindingKind.MISSING_BLOCKS}
    assert len(items) - len(found) == len(seqs)


def test_sync_blocks_have_no_number_to_miss():
    data = numbered([1]) + block_of(BlockKind.SYNC_ZLIB_PLAIN, [line(1)]) + numbered([2])
    assert not kinds_of(scan(data))


@pytest.mark.parametrize(
    ("gap", "kind"),
    [(bytes(500), FindingKind.ZERO_GAP), (b"\xa5" * 60, FindingKind.FOREIGN_BYTES)],
)
def test_what_stands_between_blocks_is_told_with_its_place(gap, kind):
    first, second = numbered([1]), numbered([2])
    items = scan(first + gap + second)
    (finding,) = (i for i in items if isinstance(i, Finding))
    assert (finding.kind, finding.offset, finding.length) == (kind, len(first), len(gap))
    assert [i.offset for i in items if isinstance(i, BlockSpan)] == [0, len(first) + len(gap)]


def test_zeros_behind_the_last_block_are_told_but_in_a_buffer():
    data = numbered([1])
    assert kinds_of(scan(data + bytes(1000))) == [FindingKind.ZERO_GAP]
    span, unused = scan(data[:-1] + bytes(1000), buffer=True)
    assert span.length == len(data)
    assert unused.length == 999


def test_a_buffer_full_to_its_end_needs_no_tail():
    data = numbered([1])[:-1] + b"leftover"
    (span,) = scan(data, buffer=True)
    assert span.body_length == len(data) - HEADER_SIZE - 8
    assert not span.findings


def test_a_header_that_claims_gigabytes_reads_nothing_for_it():
    header = build_header(PLAIN, seq=1, begin_hour=1, end_hour=1, length=0xFFFFFFFF)
    window = SlidingReader(io.BytesIO(header + b"x" * 100 + numbered([2])))
    items = list(Scanner(window))
    assert kinds_of(items) == [FindingKind.FOREIGN_BYTES]
    assert items[-1].header.seq == 2


def test_a_length_that_is_too_large_ends_at_the_next_block():
    data = bytearray(numbered([1, 2, 3]))
    data[5:9] = (70_000).to_bytes(4, "little")
    items = scan(bytes(data))
    assert kinds_of(items) == [FindingKind.WRONG_LENGTH]
    assert [i.header.seq for i in items] == [1, 2, 3]


def test_a_length_that_is_too_small_is_in_doubt_up_to_the_next_block():
    first = numbered([1])
    data = bytearray(first + numbered([2, 3]))
    data[5:9] = (3).to_bytes(4, "little")
    items = scan(bytes(data))
    assert items[0].in_doubt
    assert items[0].length == len(first)
    assert [i.header.seq for i in items] == [1, 2, 3]


def test_a_block_left_unfinished_ends_where_the_next_begins():
    first = numbered([1])
    items = scan(first[:-30] + numbered([2]))
    assert kinds_of(items) == [FindingKind.CUT_SHORT]
    assert items[0].length == len(first) - 30
    assert items[1].header.seq == 2


def test_an_undamaged_block_between_two_damages_is_found():
    first, second, third, fourth = (numbered([seq]) for seq in (1, 2, 3, 4))
    junk = b"\xa5" * 90
    data = first + junk + second[80:] + third + junk + fourth[80:]
    assert 3 in [i.header.seq for i in scan(data) if isinstance(i, BlockSpan)]


@pytest.mark.parametrize("size", [1, 40, 72])
def test_a_piece_of_a_header_at_the_end_is_told(size):
    data = numbered([1])
    items = scan(data + numbered([2])[:size])
    assert kinds_of(items) == [FindingKind.FOREIGN_BYTES]
    assert (items[-1].offset, items[-1].length) == (len(data), size)


def test_a_read_error_ends_the_log_with_a_finding():
    class Failing(io.BytesIO):
        def read(self, size=-1, /):
            piece = super().read(size)
            if not piece:
                raise OSError(5, "Input/output error")
            return piece

    items = list(Scanner(SlidingReader(Failing(numbered([1])))))
    assert kinds_of(items) == [FindingKind.UNREADABLE]
    assert "Input/output error" in items[-1].detail


def test_a_log_that_comes_in_small_pieces_is_scanned_the_same():
    class Dripping(io.BytesIO):
        def read(self, size=-1, /):
            return super().read(min(size, 7))

    made = log_of(list(BlockKind) * 4)
    data = made.data[:900] + bytes(40) + made.data[1000:]
    assert list(Scanner(SlidingReader(Dripping(data)))) == scan(data)


def test_many_damaged_blocks_in_a_row_cost_no_square_of_their_number():
    # Each is plausible, none is sure: 40,000 searches to the end of 4 MB would take many minutes.
    header = build_header(PLAIN, seq=1, begin_hour=1, end_hour=1, length=20, client_key=b"k" * 64)
    begin = time.process_time()
    scan((header + b"y" * 27) * 40_000)
    assert time.process_time() - begin < 60


def test_the_window_stays_small_over_a_large_log():
    block = build_block(PLAIN, os.urandom(50_000), seq=0, begin_hour=1, end_hour=1)
    window = SlidingReader(io.BytesIO(block * 400))
    largest = max(len(window.data) for _ in Scanner(window))
    assert largest < 4 << 20


def test_the_window_over_foreign_bytes_is_bounded():
    class Noise:
        left = 3 * BODY_LIMIT

        def read(self, size, /):
            size = min(size, self.left)
            self.left -= size
            return random.Random(self.left).randbytes(64) * (size // 64)

    window = SlidingReader(Noise())
    assert set(kinds_of(Scanner(window))) == {FindingKind.FOREIGN_BYTES}
    assert len(window.data) <= 2 * BODY_LIMIT


@pytest.mark.parametrize("size", [1, 9, 48, 72, 73])
def test_a_block_behind_a_piece_of_a_header_is_not_swallowed(size):
    # What a kill in the middle of a write leaves, and the next run behind it.
    first, cut, behind = (block_of(PLAIN, [line(n)] * 4, seq=n) for n in (1, 2, 3))
    items = list(Scanner(SlidingReader(io.BytesIO(first + cut[:size] + behind))))
    spans = [item for item in items if isinstance(item, BlockSpan)]
    assert [(span.offset, span.length) for span in spans] == [
        (0, len(first)),
        (len(first) + size, len(behind)),
    ]
    kinds = {item.kind for item in items if isinstance(item, Finding)}
    assert kinds == {FindingKind.FOREIGN_BYTES, FindingKind.MISSING_BLOCKS}


def test_zeros_that_touch_are_one_gap_however_long():
    zeros = BODY_LIMIT + (1 << 20)
    window = SlidingReader(io.BytesIO(numbered([1]) + bytes(zeros) + numbered([2])))
    findings = [item for item in Scanner(window) if isinstance(item, Finding)]
    assert [(f.kind, f.length) for f in findings] == [(FindingKind.ZERO_GAP, zeros)]


def test_what_was_in_memory_in_the_key_of_a_plain_kind_is_no_damage():
    stray = b"log_getpid\0\x7f".ljust(64, b"\x55")
    block = build_block(
        PLAIN, body_of(PLAIN, [line(1)] * 9), seq=1, begin_hour=1, end_hour=1, client_key=stray
    )
    assert not kinds_of(scan(block * 3))
    # Behind damage it is known by its key, as zeros would be.
    cut = block[:-20]
    spans = [item for item in scan(block + cut + block + b"\xee") if isinstance(item, BlockSpan)]
    assert [span.offset for span in spans] == [0, len(block), len(block) + len(cut)]
