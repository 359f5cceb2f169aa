"""The reader's promises: everything undamaged comes out, in order, in constant memory."""

import io
import random
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.xlog.samples import (
    CLIENT_KEYS,
    DATA,
    OTHER_KEYS,
    PRIVATE_KEY,
    READER_KEYS,
    block_of,
    body_of,
    line,
    log_of,
    read,
    text_of,
)
from xlog.crypt import KeyPair
from xlog.errors import BadPrivateKeyError, NotXlogError, SourceError
from xlog.findings import Finding, FindingKind
from xlog.format import HEADER_SIZE, BlockKind, build_block, build_header
from xlog.parallel import map_in_processes
from xlog.reader import Block, BlockSpan, Reader, Record, read_records, read_text

ASYNC = [kind for kind in BlockKind if kind.is_async]
ENCRYPTED = [kind for kind in BlockKind if kind.is_encrypted]
each_async = pytest.mark.parametrize("kind", ASYNC)
each_encrypted = pytest.mark.parametrize("kind", ENCRYPTED)


def items_of(data, keys=(PRIVATE_KEY,), **options):
    return list(Reader(io.BytesIO(data), keys, **options))


def blocks_of(items):
    return [item for item in items if isinstance(item, Block)]


def findings_of(items):
    found = []
    for item in items:
        found.extend([item] if isinstance(item, Finding) else item.findings)
    return found


# Round trips


@given(
    st.lists(
        st.tuples(st.sampled_from(list(BlockKind)), st.lists(st.binary(max_size=200), max_size=6))
    )
)
def test_any_text_in_any_kinds_comes_back_byte_for_byte(blocks):
    data = b"".join(block_of(kind, pieces, seq=0) for kind, pieces in blocks)
    if not data:
        return
    items = items_of(data)
    assert findings_of(items) == []
    assert [block.data for block in blocks_of(items)] == [b"".join(p) for _, p in blocks]


@pytest.mark.parametrize("seed", range(3))
def test_a_log_of_all_kinds_is_read_from_a_stream_and_from_a_file(tmp_path, seed):
    kinds = list(BlockKind) * 5
    random.Random(seed).shuffle(kinds)
    made = log_of(kinds)
    path = tmp_path / "mixed.xlog"
    path.write_bytes(made.data)
    from_file, findings = read(path)
    assert not findings
    assert blocks_of(items_of(made.data)) == from_file
    assert [(b.offset, b.length, b.data) for b in from_file] == list(made.blocks)


# Damage


@given(st.data())
def test_every_block_outside_the_damage_is_read_whole(data):
    kinds = data.draw(st.lists(st.sampled_from(list(BlockKind)), min_size=3, max_size=9))
    made = log_of(kinds)
    begin = data.draw(st.integers(0, len(made.data) - 1))
    end = min(len(made.data), begin + data.draw(st.integers(1, 400)))
    size = end - begin
    filler = data.draw(
        st.one_of(
            st.just(bytes(size)),
            st.just(b"\xa5" * size),
            st.integers().map(lambda seed: random.Random(seed).randbytes(size)),
            st.just(b""),  # cut out
            st.just(b"text that came in between\n"),
        )
    )
    damaged = made.data[:begin] + filler + made.data[end:]
    moved = len(filler) - size
    try:
        items = items_of(damaged)
    except NotXlogError:
        items = []
    found = {block.offset: block.data for block in blocks_of(items)}
    for offset, length, text in made.blocks:
        if offset + length <= begin:
            assert found.get(offset) == text
        elif offset >= end:
            assert found.get(offset + moved) == text


@given(st.data())
def test_every_byte_is_in_a_block_or_a_finding(data):
    made = log_of(data.draw(st.lists(st.sampled_from(list(BlockKind)), min_size=1, max_size=5)))
    damaged = bytearray(made.data)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(damaged) - 1))
        damaged[at : at + data.draw(st.integers(0, 90))] = data.draw(st.binary(max_size=90))
    reader = Reader(io.BytesIO(bytes(damaged)), [PRIVATE_KEY])
    end = 0
    try:
        for item in reader:
            if isinstance(item, Finding) and item.kind is FindingKind.MISSING_BLOCKS:
                continue
            assert item.offset == end
            end += item.length
    except NotXlogError:
        return
    assert end == len(damaged)
    assert reader.position == end


@each_async
def test_a_destroyed_header_is_replaced_by_its_neighbours(kind):
    first, second, third = (block_of(kind, [line(n)], seq=n) for n in (1, 2, 3))
    items = items_of(first + b"\xee" * HEADER_SIZE + second[HEADER_SIZE:] + third)
    blocks = blocks_of(items)
    assert [block.data for block in blocks] == [line(1), line(2), line(3)]
    assert [f.kind for f in blocks[1].findings] == [FindingKind.LOST_HEADER]


@each_async
def test_a_destroyed_tail_and_header_cost_no_text(kind):
    first, second, third = (block_of(kind, [line(n)] * 3, seq=n) for n in (1, 2, 3))
    damaged = first[:-1] + b"\xee" * (HEADER_SIZE + 1) + second[HEADER_SIZE:] + third
    items = items_of(damaged)
    assert text_of(blocks_of(items)) == line(1) * 3 + line(2) * 3 + line(3) * 3
    kinds = {f.kind for f in findings_of(items)}
    assert {FindingKind.BAD_TAIL, FindingKind.LOST_HEADER} <= kinds


@each_async
@pytest.mark.parametrize("length", [0, 1, 60, 5000, 1 << 24])
def test_a_wrong_length_costs_no_text(kind, length):
    data = bytearray(b"".join(block_of(kind, [line(n)] * 3, seq=n) for n in (1, 2, 3)))
    data[5:9] = length.to_bytes(4, "little")
    items = items_of(bytes(data))
    assert text_of(blocks_of(items)) == line(1) * 3 + line(2) * 3 + line(3) * 3
    assert FindingKind.WRONG_LENGTH in {f.kind for f in findings_of(items)}


@each_async
def test_of_a_cut_block_all_whole_lines_are_given(kind):
    lines = [line(number) for number in range(30)]
    block = block_of(kind, lines)
    whole = b"".join(lines)
    for size in range(HEADER_SIZE + 40, len(block) - 1, 23):
        (item,) = items_of(block[:size])
        assert [f.kind for f in item.findings][:1] == [FindingKind.CUT_SHORT]
        assert whole.startswith(item.data)
    assert item.data.count(b"\n") >= 28


@each_encrypted
def test_a_damaged_client_key_is_replaced_by_a_neighbours(kind):
    first, second = (bytearray(block_of(kind, [line(n)], seq=n)) for n in (1, 2))
    second[20:30] = b"\xee" * 10
    one, two = blocks_of(items_of(bytes(first + second)))
    assert (one.data, two.data) == (line(1), line(2))
    assert [f.kind for f in two.findings] == [FindingKind.WRONG_CLIENT_KEY]


def test_text_over_the_limit_is_cut_and_told():
    (item,) = items_of(block_of(BlockKind.ASYNC_ZSTD_PLAIN, [b"a" * 5000]), text_limit=1000)
    assert item.data == b"a" * 1000
    assert [f.kind for f in item.findings] == [FindingKind.TOO_LARGE]


# Keys


@each_encrypted
def test_each_block_finds_its_key_among_several(kind):
    other = KeyPair.generate()
    mine = block_of(kind, [line(1)])
    for_other = build_block(
        kind,
        body_of(kind, [line(2)], _tea(other)),
        seq=1,
        begin_hour=1,
        end_hour=1,
        client_key=OTHER_KEYS.public,
    )
    data = mine + for_other + mine
    items = items_of(data, [other, READER_KEYS.private])
    assert [block.data for block in blocks_of(items)] == [line(1), line(2), line(1)]
    items = items_of(data)
    assert [block.data for block in blocks_of(items)] == [line(1), b"", line(1)]
    (finding,) = findings_of(items)
    assert (finding.kind, finding.client_key) == (FindingKind.NEEDS_KEY, OTHER_KEYS.public)


def _tea(reader_keys):
    from xlog.crypt import derive_tea_key

    return derive_tea_key(OTHER_KEYS.private, reader_keys.public)


@each_encrypted
def test_a_key_given_later_opens_the_block(tmp_path, kind):
    path = tmp_path / "log.xlog"
    path.write_bytes(block_of(kind, [line(1)]))
    reader = Reader(path)
    (block,) = reader.blocks()
    assert block.needs_key == CLIENT_KEYS.public
    assert block.data == b""
    reader.add_key(PRIVATE_KEY)
    again = reader.decode(block.span)
    assert again.needs_key is None
    assert again.data == line(1)


def test_a_bad_key_is_refused_at_once():
    with pytest.raises(BadPrivateKeyError):
        Reader("any.xlog", ["12"])


def test_the_costly_agreement_is_made_once_for_a_writer(monkeypatch):
    import xlog.keys

    calls = []
    real = xlog.keys.derive_tea_key
    monkeypatch.setattr(
        xlog.keys, "derive_tea_key", lambda *keys: calls.append(keys) or real(*keys)
    )
    text = read_text(DATA / "async_zlib_crypt.xlog", [PRIVATE_KEY])
    assert text.count(b"\n") >= 240
    assert len(calls) == 1


# The interface of a viewer


def test_spans_lead_back_to_their_blocks(tmp_path):
    made = log_of(list(BlockKind) * 2)
    path = tmp_path / "log.xlog"
    path.write_bytes(made.data)
    reader = Reader(path, [PRIVATE_KEY])
    spans = [item for item in reader.spans() if isinstance(item, BlockSpan)]
    assert [span.offset for span in spans] == [offset for offset, _, _ in made.blocks]
    for span, (_, _, text) in reversed(list(zip(spans, made.blocks, strict=True))):
        assert reader.decode(span).data == text


def test_a_damaged_block_is_decoded_the_same_again():
    reader = Reader(DATA / "damaged_overwritten_async_zlib_plain.xlog")
    for block in reader.blocks():
        assert reader.decode(block.span) == block


def test_a_log_that_shrank_has_no_block_there(tmp_path):
    path = tmp_path / "log.xlog"
    path.write_bytes(log_of([BlockKind.ASYNC_ZLIB_PLAIN] * 3).data)
    reader = Reader(path)
    last = list(reader.blocks())[-1]
    path.write_bytes(b"")
    with pytest.raises(SourceError, match="shorter"):
        reader.decode(last.span)


def test_the_position_walks_to_the_size(tmp_path):
    path = tmp_path / "log.xlog"
    path.write_bytes(log_of(list(BlockKind)).data)
    reader = Reader(path, [PRIVATE_KEY])
    positions = []
    for item in reader:
        positions.append(reader.position)
        assert reader.position == item.offset + item.length
    assert positions == sorted(positions)
    assert positions[-1] == reader.size == path.stat().st_size


def test_reading_can_be_left_and_begun_again(tmp_path):
    path = tmp_path / "log.xlog"
    path.write_bytes(log_of(list(BlockKind)).data)
    reader = Reader(path, [PRIVATE_KEY])
    first = next(iter(reader))
    assert next(iter(reader)) == first
    assert len(list(reader)) == 8


def test_records_and_findings_come_in_one_row():
    items = list(read_records(DATA / "damaged_zeros_async_zlib_plain.xlog"))
    findings = [item for item in items if isinstance(item, Finding)]
    records = [item for item in items if isinstance(item, Record)]
    assert len(findings) == 3
    numbers = [record.line for record in records if record.file]
    assert numbers == sorted(numbers)
    assert 220 <= len(numbers) < 240


def test_what_cannot_be_opened_is_named(tmp_path):
    with pytest.raises(SourceError, match="No such file"):
        list(Reader(tmp_path / "nothing.xlog"))
    with pytest.raises(SourceError):
        list(Reader(tmp_path))


@pytest.mark.parametrize(
    ("data", "hint"),
    [
        (b"just some text\n" * 9, "plain text"),
        (b"\x1f\x8b\x08" + bytes(range(1, 200)), "gzip"),
        (b"PK\x03\x04" + bytes(range(1, 200)), "zip archive"),
        (b"\x04\x09" + bytes(range(1, 200)), "before Mars was published"),
        (bytes(range(100, 200)), "holds no xlog block$"),
    ],
)
def test_a_file_that_is_no_log_is_named(tmp_path, data, hint):
    path = tmp_path / "other.xlog"
    path.write_bytes(data)
    with pytest.raises(NotXlogError, match=hint):
        list(Reader(path))


def test_an_empty_log_and_an_empty_buffer_are_clean(tmp_path):
    (tmp_path / "a.xlog").write_bytes(b"")
    (tmp_path / "a.mmap3").write_bytes(bytes(153_600))
    assert list(Reader(tmp_path / "a.xlog")) == []
    assert list(Reader(tmp_path / "a.mmap3")) == []


# Large logs


def large(blocks=60):
    lines = [line(number, "x" * (number % 90)) for number in range(50)]
    return b"".join(
        block_of(BlockKind.ASYNC_ZSTD_CRYPT, lines, seq=1 + number) for number in range(blocks)
    )


def test_threads_give_the_same_in_the_same_order(monkeypatch):
    monkeypatch.setattr("xlog.reader.PARALLEL_FROM", 0)
    monkeypatch.setattr("xlog.reader.BATCH_BYTES", 2000)
    data = large()
    data = data[:3000] + bytes(500) + data[3600:]
    assert items_of(data, workers=3) == items_of(data)


def count_lines(items):
    return [(item.offset, item.data.count(b"\n")) for item in items if isinstance(item, Block)]


def test_processes_give_the_same_in_the_same_order(tmp_path, monkeypatch):
    monkeypatch.setattr("xlog.reader.PARALLEL_FROM", 0)
    monkeypatch.setattr("xlog.reader.BATCH_BYTES", 2000)
    path = tmp_path / "log.xlog"
    path.write_bytes(large())
    here = list(Reader(path, [PRIVATE_KEY]).map(count_lines))
    there = list(Reader(path, [PRIVATE_KEY], workers=2).map(count_lines))
    assert there == here
    assert sum(count for part in here for _, count in part) == 60 * 50


def die_elsewhere(items):
    import multiprocessing
    import os

    if multiprocessing.parent_process() is not None:
        os._exit(9)
    return count_lines(items)


def test_the_work_of_a_dead_process_is_done_here():
    reader = Reader(io.BytesIO(large(6)), [PRIVATE_KEY])
    with reader._open() as window:
        batches = list(reader._batches(window))
    batches = [[piece] for piece in batches[0]]
    parts = list(map_in_processes(iter(batches), die_elsewhere, reader.keys, 1 << 20, 1))
    assert [count for part in parts for _, count in part] == [50] * 6


def test_memory_stays_constant_over_a_large_log():
    block = block_of(BlockKind.ASYNC_ZLIB_PLAIN, [line(n) * 3 for n in range(500)], seq=0)

    class Endless:
        left = 600

        def read(self, size, /):
            self.left -= 1
            return block if self.left >= 0 else b""

    tracemalloc.start()
    try:
        total = sum(len(item.data) for item in Reader(Endless()).blocks())
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert total > 70_000_000
    assert peak < 24_000_000


def test_a_claim_of_four_gigabytes_allocates_nothing():
    header = build_header(
        BlockKind.ASYNC_ZLIB_PLAIN, seq=1, begin_hour=1, end_hour=1, length=0xFFFFFFFF
    )
    tracemalloc.start()
    try:
        with pytest.raises(NotXlogError):
            items_of(header + b"x" * 1000)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 2_000_000
