"""Logs written by Mars's own C++ appender."""

import pytest

from tests.xlog.samples import DATA, PRIVATE_KEY, read, text_of
from xlog.findings import FindingKind
from xlog.reader import Reader, read_text
from xlog.record import Level, Record

WHOLE = sorted(path.stem for path in DATA.glob("*.xlog") if path.with_suffix(".txt").exists())
DAMAGED = sorted(path.stem for path in DATA.glob("damaged_*.xlog"))

DAMAGED_BYTES = {"cut": None, "overwritten": (5000, 5600), "zeros": (9000, 9400)}


def test_all_fixtures_are_here():
    assert len(WHOLE) == 10
    assert len(DAMAGED) == 6


@pytest.mark.parametrize("name", WHOLE)
@pytest.mark.parametrize("workers", [1, 2])
def test_the_text_is_byte_for_byte_that_of_mars(name, workers, monkeypatch):
    monkeypatch.setattr("xlog.reader.PARALLEL_FROM", 0)
    findings = []
    text = b""
    for item in Reader(DATA / f"{name}.xlog", [PRIVATE_KEY], workers=workers):
        findings.extend(item.findings)
        text += item.data
    assert not findings
    assert text == (DATA / f"{name}.txt").read_bytes()


@pytest.mark.parametrize("name", [name for name in WHOLE if not name.startswith("recovered")])
def test_every_message_is_one_record(name):
    messages = (DATA / "messages.txt").read_text("utf-8").split("\n")
    records = [
        item
        for item in Reader(DATA / f"{name}.xlog", [PRIVATE_KEY]).records()
        if isinstance(item, Record) and item.level is not Level.NONE
    ]
    assert [record.line for record in records] == list(range(240))
    assert [record.message for record in records] == messages[:240]
    assert {record.tag for record in records} == {"bench"}
    assert {record.file for record in records} == {"demo.cc"}
    assert {record.function for record in records} == {"run"}
    assert all(record.main and record.pid == record.tid for record in records)


@pytest.mark.parametrize("name", DAMAGED)
def test_every_undamaged_block_is_read(name):
    _, what, original = name.split("_", 2)
    whole, _ = read(DATA / f"{original}.xlog")
    size = (DATA / f"{original}.xlog").stat().st_size
    begin, end = DAMAGED_BYTES[what] or (size - 37, size)
    blocks, findings = read(DATA / f"{name}.xlog")
    by_offset = {block.offset: block for block in blocks}
    untouched = [b for b in whole if b.offset + b.length <= begin or b.offset >= end]
    assert 38 <= len(untouched) <= 40
    for block in untouched:
        assert by_offset[block.offset].data == block.data
        assert not by_offset[block.offset].findings
    damage = [f for f in findings if f.kind is not FindingKind.MISSING_BLOCKS]
    assert damage
    first = min(b.offset for b in whole if b.offset + b.length > begin)
    last = max(b.offset + b.length for b in whole if b.offset < end)
    assert all(first <= f.offset and f.offset + f.length <= last for f in damage)


def test_of_a_cut_zlib_block_the_beginning_is_given():
    whole, _ = read(DATA / "async_zlib_plain.xlog")
    blocks, findings = read(DATA / "damaged_cut_async_zlib_plain.xlog")
    assert [f.kind for f in findings] == [FindingKind.CUT_SHORT]
    assert len(blocks[-1].data) > 30
    assert whole[-1].data.startswith(blocks[-1].data)


@pytest.mark.parametrize("codec", ["zlib", "zstd"])
def test_the_buffer_of_a_killed_process_and_its_log_hold_the_same(codec):
    blocks, findings = read(DATA / f"killed_async_{codec}_crypt.mmap3")
    assert not findings
    assert len(blocks) == 1
    recovered = (DATA / f"recovered_async_{codec}_crypt.txt").read_bytes()
    begin, _, rest = recovered.partition(b"~~~~~ begin of mmap ~~~~~\n")
    assert rest.startswith(blocks[0].data + b"~~~~~ end of mmap")
    assert b"demo.cc:699," in blocks[0].data
    assert b"demo.cc:699," not in begin


def test_without_the_key_each_encrypted_block_asks_for_it():
    blocks, findings = read(DATA / "async_zlib_crypt.xlog", ())
    assert len(blocks) == len(findings) == 40
    assert {f.kind for f in findings} == {FindingKind.NEEDS_KEY}
    assert {f.client_key for f in findings} == {blocks[0].header.client_key}
    assert text_of(blocks) == b""
    assert blocks[0].needs_key == blocks[0].header.client_key


@pytest.mark.parametrize("codec", ["zlib", "zstd"])
def test_a_wrong_key_is_told_from_damage(codec):
    blocks, findings = read(DATA / f"async_{codec}_crypt.xlog", ("11" * 32,))
    assert {f.kind for f in findings} == {FindingKind.NEEDS_KEY}
    assert len(findings) == len(blocks)


@pytest.mark.parametrize("codec", ["zlib", "zstd"])
def test_of_several_keys_each_block_finds_its_own(codec):
    path = DATA / f"async_{codec}_crypt.xlog"
    assert read_text(path, ["11" * 32, PRIVATE_KEY, "22" * 32]) == (
        path.with_suffix(".txt").read_bytes()
    )
