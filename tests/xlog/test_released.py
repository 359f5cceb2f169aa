"""Every line of every form that released versions of Mars write: found, and with all it has."""

import json

import pytest

from tests.xlog.released import FOLDER, LOGS, data_of
from tests.xlog.samples import PRIVATE_KEY
from xlog.decode import Block
from xlog.follow import Follower
from xlog.reader import Reader
from xlog.record import LETTERS, Level

each_log = pytest.mark.parametrize("log", LOGS, ids=lambda log: log.name)


def text_of(log) -> bytes:
    return b"".join(log.texts)


def records_in(log):
    return [r for item in Reader(FOLDER / log.name, [PRIVATE_KEY]).blocks() for r in item.records()]


@each_log
def test_the_kept_log_is_what_its_maker_makes(log):
    assert (FOLDER / log.name).read_bytes() == data_of(log)


@each_log
def test_every_line_is_read_with_level_time_tag_and_thread_where_it_has_them(log):
    items = list(Reader(FOLDER / log.name, [PRIVATE_KEY]))
    assert all(isinstance(item, Block) and not item.findings for item in items), items
    assert b"".join(item.data for item in items) == text_of(log)
    records = records_in(log)
    assert text_of(log).count(b"\n") == log.lines
    assert sum(record.message.count("\n") + 1 for record in records) == log.lines
    with_heads = [record for record in records if record.level < Level.NONE]
    assert len(with_heads) == log.heads
    assert "".join(sorted({r.level.letter for r in with_heads}, key=LETTERS.index)) == "".join(
        sorted(log.levels, key=LETTERS.index)
    )
    for record in with_heads:
        if log.name == "no-date.xlog":
            assert record.time == 0.0
            continue
        assert (record.pid, record.tid in (1, 7)) == (4321, True)
        assert record.tag == ("" if "flush:true" in record.message else "net")
        if log.zone is not None:
            assert record.zone == log.zone
            assert record.when.isoformat().startswith("2023-03-30T09:3")
        assert record.line == 0 or (record.file and record.function)


@each_log
def test_lines_without_heads_are_a_record_each(log):
    bare = [record for record in records_in(log) if "without a head" in record.message]
    assert [record.message for record in bare] == (
        [f"line {number} without a head" for number in range(5)] if "no-heads" in log.name else []
    )


@each_log
def test_the_command_line_finds_what_it_counts(run, log):
    path = FOLDER / log.name
    key = ("--key", PRIVATE_KEY)
    counted = json.loads(run("stat", path, "--json", *key).out)
    assert sum(counted["levels"].values()) == log.heads
    assert run("cat", path, *key).out == text_of(log)
    errors = run("grep", "", path, *key, "--level", "E", "--json").out.splitlines()
    graver = sum(counted["levels"].get(letter, 0) for letter in "EF")
    assert len(errors) == graver
    lines = run("decode", path, *key, "--json").out.splitlines()
    assert sum(json.loads(line)["level"] is not None for line in lines) == log.heads
    shown = run("tail", path, *key, "-n", "99", "--no-buffer").out
    if log.name.endswith(("xlog", "XLOG")):
        assert shown == text_of(log)


@each_log
def test_stat_says_which_mars_wrote_it(run, log):
    out = run("stat", FOLDER / log.name, "--key", PRIVATE_KEY).out.decode()
    assert (log.build or "names no build of Mars") in out


@each_log
def test_a_log_that_grows_gives_the_same(tmp_path, log):
    data = data_of(log)
    path = tmp_path / log.name
    if log.name.endswith("mmap2"):
        path.write_bytes(data)
        follower = Follower(tmp_path / "left-over_20230330.xlog", [PRIVATE_KEY], buffer=path)
        assert b"".join(item.data for item in follower.poll()) == text_of(log)
        return
    follower = Follower(path, [PRIVATE_KEY])
    got = b""
    for end in (*range(0, len(data), 97), len(data)):
        path.write_bytes(data[:end])
        for item in follower.poll():
            assert isinstance(item, Block), item
            assert not item.findings
            got += item.data
    assert got == text_of(log)


@pytest.mark.parametrize("name", ["magic-03.xlog", "magic-04.xlog", "magic-05.xlog"])
@pytest.mark.parametrize("damage", ["front", "middle", "cut"])
def test_damage_in_an_old_log_costs_only_what_it_hits(tmp_path, name, damage):
    data = (FOLDER / name).read_bytes() * 5
    whole = next(text_of(log) for log in LOGS if log.name == name)
    broken = {
        "front": b"\xee" * 40 + data,
        "middle": data[: len(data) // 2] + b"\xee" * 30 + data[len(data) // 2 :],
        "cut": data[:-9],
    }[damage]
    path = tmp_path / name
    path.write_bytes(broken)
    items = list(Reader(path))
    findings = [f for i in items for f in (i.findings if isinstance(i, Block) else (i,))]
    text = b"".join(item.data for item in items if isinstance(item, Block))
    assert findings
    assert text.count(whole) >= (5 if damage == "front" else 3)


def test_an_old_log_is_recovered_as_it_was(run, tmp_path):
    made = run("recover", FOLDER / "magic-05.xlog", "-o", tmp_path / "out.xlog")
    assert made.code == 0
    assert (tmp_path / "out.xlog").read_bytes() == (FOLDER / "magic-05.xlog").read_bytes()


def test_patterns_are_held_against_what_people_see(run):
    path = FOLDER / "crlf-and-colours.xlog"
    assert len(run("grep", r"\]\[failed", path).out.splitlines()) == 2
    assert run("grep", "failed gnp.exe$", path, "-c").out.endswith(b": 0\n")  # not at its end
    assert len(run("grep", "flush:true$", path).out.splitlines()) == 1
    assert run("grep", r"\x1b\[31m", path).code == 0
    (record,) = (json.loads(line) for line in run("grep", "gnp", path, "--json").out.splitlines())
    assert record["message"] == "\x1b[31mfail\x1b[0med \u202egnp.exe\r\nat the second line"
    assert b"\\u202e" in run("grep", "gnp", path, "--json").out
