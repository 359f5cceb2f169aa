"""Mars's line, both ways."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.xlog.samples import DATA
from xlog.record import (
    Level,
    Record,
    cut_text,
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


@pytest.mark.parametrize(
    ("field", "seconds"),
    [
        ("+8.0", 28800), ("-5.0", -18000), ("+5.8", 20700), ("+0.0", 0),  # hours
        ("+80", 28800), ("+55", 19800), ("+57", 20700), ("+-50", -18000), ("+-35", -12600),
        ("+0", 0), ("+127", 45900), ("+140", 50400), ("-50", -18000), ("-120", -43200), ("0", 0),
        ("+-95", -34200), ("+-11", -39600), ("+-12", -43200), ("+-10", -3600),  # cut to three
        ("+-5.", -18000), ("+10.", 36000), ("+5.7", 20700),
    ],
)  # fmt: skip
def test_zones_of_every_release(field, seconds):
    line = f"[I][2026-11-24 {field} 14:35:02.880][1, 2*][t][a.cc, f, 7][x\n".encode()
    record = parse_line(line)
    assert (record.level, record.zone, record.message) == (Level.INFO, seconds, "x")
    assert record.when.isoformat(timespec="milliseconds")[:23] == "2026-11-24T14:35:02.880"
    assert list(split_records(line * 2)) == [line, line]


@pytest.mark.parametrize(
    ("field", "place"),
    [
        ("link.cc:120, connect", ("link.cc", 120, "connect")),
        ("link.cc, connect, 120", ("link.cc", 120, "connect")),
        (", , 0", ("", 0, "")),
        (":0, ", ("", 0, "")),
        ("V.m, -[V draw:with:], 33", ("V.m", 33, "-[V draw:with:]")),
        ("V.m:33, -[V draw:with:]", ("V.m", 33, "-[V draw:with:]")),
        ("h.cc, void Hub::Send(int, char*), 8", ("h.cc", 8, "void Hub::Send(int, char*)")),
        ("h.cc:8, void Hub::Send(int, char*)", ("h.cc", 8, "void Hub::Send(int, char*)")),
        ("a, b.py:3, run", ("a, b.py", 3, "run")),
        ("x.cc, f, -1", ("x.cc", -1, "f")),
    ],
)
def test_places_of_every_release(field, place):
    record = parse_line(f"[W][2026-11-24 +80 14:35:02.880][1, 2][t][{field}][x\n".encode())
    assert (record.tag, record.message) == ("t", "x")
    assert (record.file, record.line, record.function) == place


def test_a_zone_that_is_none_leaves_the_line_as_it_is():
    line = b"[I][2026-11-24 +99.9 14:35:02.880][1, 2][t][f:1, g][x\n"
    assert parse_line(line) == Record(Level.NONE, line[:-1].decode())


@pytest.mark.parametrize("day", ["0001-01-01", "1969-12-31", "3001-01-19", "9999-12-31"])
@pytest.mark.parametrize("zone", ["-12.0", "+14.0"])
def test_any_day_of_any_zone_can_be_told(day, zone):
    record = parse_line(f"[I][{day} {zone} 23:59:59.500][1, 2][t][f:1, g][x\n".encode())
    assert record.when.isoformat(timespec="milliseconds").startswith(f"{day}T23:59:59.500")


def test_what_mars_says_of_itself_is_fatal_and_a_record_of_its_own():
    text = (
        b"[I][2026-11-24 +8.0 14:35:02.880][1, 2][t][f:1, g][x\n"
        b"[F][ sg_buffer_async.Length() >= BUFFER_BLOCK_LENTH*4/5, len: 123\n"
        b"[F]log_size <= 5*1024, err(1, 2)\n"
    )
    assert [(r.level, r.message) for r in parse_records(text)] == [
        (Level.INFO, "x"),
        (Level.FATAL, "sg_buffer_async.Length() >= BUFFER_BLOCK_LENTH*4/5, len: 123"),
        (Level.FATAL, "log_size <= 5*1024, err(1, 2)"),
    ]


def test_lines_without_heads_are_records_where_no_head_is_before_them():
    mark = b"^^^^^^^^^^Nov 24 2026^^^14:32:45^^^^^^^^^^[1,2][2026-11-24 +0800 14:35:02]\n"
    head = b"[I][2026-11-24 +8.0 14:35:02.880][1, 2][t][f:1, g][x\n"
    assert list(split_records(mark + b"one\n\ntwo\n")) == [mark, b"one\n\n", b"two\n"]
    assert list(split_records(b"one\r\ntwo\r\n" + head + b"more\n")) == [
        b"one\r\n", b"two\r\n", head + b"more\n",
    ]  # fmt: skip
    assert list(split_records(mark + b"MARS_PATH: master\n" + head)) == [
        mark + b"MARS_PATH: master\n", head,
    ]  # fmt: skip


@given(st.lists(records, min_size=1, max_size=30), st.integers(1, 300))
def test_a_text_in_pieces_has_the_records_of_the_whole(several, size):
    text = b"".join(map(format_line, several))
    pieces = list(cut_text(text, size))
    assert b"".join(pieces) == text
    cut = [record for piece in pieces for record in split_records(piece)]
    assert cut == list(split_records(text))
