"""Mars's line, both ways."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.xlog.samples import DATA
from xlog.record import (
    Level,
    Record,
    format_line,
    parse_line,
    parse_records,
    record_starts,
    split_records,
)

words = st.text(st.characters(exclude_characters="[]\n:, ", exclude_categories=["Cs"]), max_size=20)
messages = st.text(st.characters(exclude_categories=["Cs"]), max_size=300).map(
    lambda text: text.removesuffix("\n")
)
records = st.builds(
    Record,
    level=st.sampled_from(list(Level)[:-1]),
    message=messages,
    time=st.integers(1, 4_000_000_000_000).map(lambda ms: ms / 1000),
    zone=st.integers(-48, 56).map(lambda quarters: quarters * 900),
    pid=st.integers(0, 1 << 40),
    tid=st.integers(-1, 1 << 63),
    main=st.booleans(),
    tag=words,
    file=words,
    line=st.integers(0, 99_999),
    function=words,
)


@given(records)
def test_a_record_comes_back_from_its_line(record):
    line = format_line(record)
    assert line.endswith(b"\n")
    parsed = parse_line(line)
    assert parsed.time == pytest.approx(record.time, abs=0.0006)
    assert parsed == Record(record.level, record.message, parsed.time, *_fields(record)[3:])
    assert format_line(parsed) == line


def _fields(record: Record) -> tuple:
    return (
        record.level, record.message, record.time, record.zone, record.pid, record.tid,
        record.main, record.tag, record.file, record.line, record.function,
    )  # fmt: skip


@given(st.lists(records, max_size=8))
def test_a_text_splits_into_its_records(several):
    lines = [format_line(record) for record in several]
    text = b"".join(lines)
    pieces = list(split_records(text))
    assert b"".join(pieces) == text
    if not any(
        b"\n[" in line or b"\n^" in line or b"\n$" in line or b"\n~" in line for line in lines
    ):
        assert pieces == lines


@given(st.binary(max_size=400))
def test_any_bytes_become_records(text):
    pieces = list(split_records(text))
    assert b"".join(pieces) == text
    assert len(list(parse_records(text))) == len(pieces)


@given(st.text(alphabet="[]VDIWEF:, -+.*0123456789\n", max_size=200))
def test_what_looks_like_a_line_is_parsed_or_left_whole(text):
    parsed = parse_line(b"[I][2026-11-24 +8.0 14:35:02.880][" + text.encode())
    assert isinstance(parsed, Record)


def test_a_line_by_mars_has_all_its_fields():
    line = b"[W][2026-11-24 +8.0 14:35:02.880][5733, 5734*][net][link.cc:120, connect][hello\n"
    record = parse_line(line)
    assert record == Record(
        Level.WARN,
        "hello",
        1795502102.88,
        28800,
        5733,
        5734,
        True,
        "net",
        "link.cc",
        120,
        "connect",
    )
    assert record.when.isoformat() == "2026-11-24T14:35:02.880000+08:00"
    assert record.when.utcoffset() == timedelta(hours=8)


def test_every_line_by_mars_comes_back_byte_for_byte():
    text = (DATA / "async_zlib_plain.txt").read_bytes()
    pieces = list(split_records(text))
    assert len(pieces) == 242  # 240 messages, the opening marks and the closing one
    assert [format_line(parse_line(piece)) for piece in pieces] == pieces


@pytest.mark.parametrize(("zone", "text"), [(20700, "+5.8"), (-12600, "-3.5"), (45900, "+12.8")])
def test_zones_of_a_quarter_hour_survive_their_one_decimal(zone, text):
    line = format_line(Record(Level.INFO, "x", 1e9, zone))
    assert f" {text} ".encode() in line
    assert parse_line(line).zone == zone


def test_a_tag_or_function_with_brackets_is_understood():
    line = b"[I][2026-11-24 +8.0 14:35:02.880][1, 2][a][b][View.m:3, -[View draw:]][text ][ more\n"
    record = parse_line(line)
    assert record.tag == "a][b"
    assert (record.file, record.line, record.function) == ("View.m", 3, "-[View draw:]")
    assert record.message == "text ][ more"


def test_line_breaks_in_a_message_stay():
    first = format_line(Record(Level.ERROR, "one\ntwo\n\nthree", 1e9))
    second = format_line(Record(Level.INFO, "next", 1e9))
    assert [r.message for r in parse_records(first + second)] == ["one\ntwo\n\nthree", "next"]


def test_a_message_that_ends_with_a_line_break_gets_no_second_one():
    assert format_line(Record(Level.INFO, "x\n", 1e9)).endswith(b"[x\n")


def test_a_record_without_a_time_has_an_empty_stamp():
    line = format_line(Record(Level.INFO, "x"))
    assert line.startswith(b"[I][][0, 0]")
    assert parse_line(line).time == 0.0
    assert list(split_records(line + line)) == [line, line]


def test_an_opening_mark_carries_its_process_and_time():
    mark = (
        b"^^^^^^^^^^Nov 24 2026^^^14:32:45^^^^^^^^^^[5733,5734][2026-11-24 +0800 14:35:02]\nmore\n"
    )
    record = parse_line(mark)
    assert (record.level, record.pid, record.tid) == (Level.NONE, 5733, 5734)
    assert record.time == 1795502102.0
    assert format_line(record) == mark


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\n",
        b"free text\n",
        b"[I][2026-13-45 +8.0 14:35:02.880][1, 2][t][f:1, g][no such day\n",
        b"[I][2026-11-24 +8.0 14:35:02.880][1, 2][no place\n",
    ],
)
def test_what_is_no_line_is_kept_whole(line):
    record = parse_line(line)
    assert record.level is Level.NONE
    assert record.message == line.decode().removesuffix("\n")


def test_bytes_that_are_no_utf8_are_shown():
    assert parse_line(b"caf\xe9\n").message == "caf\\xe9"


def test_a_hostile_line_takes_no_time():
    # Linear: were it not, a megabyte of splits would take hours.
    line = b"[I][2026-11-24 +8.0 14:35:02.880][1, 2][" + b"][:1 " * 200_000
    assert parse_line(line).level is Level.NONE


def test_starts_always_begin_at_the_text():
    assert record_starts(b"") == []
    assert record_starts(b"tail of a record\n[I][2026-11-24 +8.0") == [0, 17]
