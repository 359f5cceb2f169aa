"""The commands that search, count and follow: grep, stat, tail."""

import json
import re
import signal
import subprocess
import sys
import time

import pytest

from tests.support.systems import INTERRUPTED, interrupt
from tests.xlog.samples import DATA, PRIVATE_KEY, PUBLIC_KEY
from tests.xlog.writing import open_log
from xlog.appender import Mode

ZLIB = str(DATA / "async_zlib_plain.xlog")
CUT = str(DATA / "damaged_cut_async_zlib_plain.xlog")
TEXT = (DATA / "async_zlib_plain.txt").read_bytes()


# grep


def lines(ran):
    return ran.out.decode().splitlines()


@pytest.fixture
def varied(tmp_path):
    with open_log(tmp_path) as log:
        for number in range(20):
            log.log_from(
                number % 6,
                ("net", "db")[number % 2],
                f"message {number}" + ("\nsecond line" if number == 5 else ""),
                time=1_795_000_000 + number * 60,
                tid=100 + number % 3,
            )
    (path,) = tmp_path.glob("*.xlog")
    return path


def test_grep_finds_by_pattern(run, varied):
    assert len(lines(run("grep", "message 1[0-3]", varied))) == 4
    assert len(lines(run("grep", "MESSAGE 7", varied, "-i"))) == 1
    assert run("grep", "message 7$", varied).out.endswith(b"message 7\n")
    assert run("grep", "second", varied).out.endswith(b"message 5\nsecond line\n")
    assert len(lines(run("grep", "-v", r"message \d\d", varied))) == 11
    assert run("grep", "-c", "message", varied).out.decode() == f"{varied}: 20\n"


def test_grep_finds_by_level_tag_and_thread(run, varied):
    assert len(lines(run("grep", "", varied, "--level", "E"))) == 6 + 1
    assert len(lines(run("grep", "", varied, "--level", "warning", "--tag", "net"))) == 3
    assert len(lines(run("grep", "", varied, "--thread", 101, "--thread", 102))) == 13 + 1


def test_grep_finds_by_time(run, varied):
    zone = time.strftime("%z", time.localtime(1_795_000_000))
    at = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(1_795_000_000 + 600))
    assert len(lines(run("grep", "", varied, "--since", at))) == 10
    assert len(lines(run("grep", "", varied, "--until", f"{at}{zone}"))) == 11 + 1
    clock = time.strftime("%H:%M:%S", time.localtime(1_795_000_000 + 600))
    assert len(lines(run("grep", "", varied, "--since", clock, "--until", clock))) == 1


def test_grep_can_print_json(run, varied):
    (found,) = lines(run("grep", "second", varied, "--json"))
    assert json.loads(found)["message"] == "message 5\nsecond line"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["(", ZLIB], "no regular expression"),
        (["", ZLIB, "--level", "X"], "no level"),
        (["", ZLIB, "--since", "noon"], "no time"),
    ],
)
def test_grep_says_what_cannot_be_used(run, arguments, told):
    ran = run("grep", *arguments)
    assert ran.code == 2
    assert told in ran.err


# stat


def test_stat_tells_blocks_span_ratio_and_findings(run):
    ran = run("stat", CUT)
    assert ran.code == 1
    text = ran.out.decode()
    assert re.search(r"blocks +41 \(41 async_zlib_plain\)", text)
    assert re.search(r"ratio 2\.\d", text)
    assert "1 cut-short" in text
    ran = run("stat", ZLIB, "--json")
    found = json.loads(ran.out)
    assert (ran.code, found["text_bytes"], found["findings"]) == (0, len(TEXT), [])
    assert found["first"] < found["last"]


# tail


def test_tail_gives_the_last_records(run, varied):
    assert [line[-2:] for line in lines(run("tail", varied, "-n", 3))] == ["17", "18", "19"]
    assert len(lines(run("tail", varied))) == 10


def test_tail_shows_what_a_writer_has_only_in_its_buffer(run, tmp_path):
    with open_log(tmp_path) as log:
        for number in range(10):
            log.log(2, "t", f"message {number}")
            if number == 6:
                log.flush_sync()
        ran = run("tail", tmp_path, "-n", 5)
        assert [line[-1] for line in lines(ran)] == list("56789")


def until(condition):
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize("settings", [{}, {"public_key": PUBLIC_KEY}, {"layout": "mars"}])
def test_tail_follows_a_writer_and_shows_each_record_once(tmp_path, settings):
    out = tmp_path / "out"
    folder = tmp_path / "logs"
    with open_log(folder, **settings) as log, out.open("wb") as target:
        log.log(2, "t", "message 0")
        command = [sys.executable, "-m", "xlog.cli", "tail", "-f", str(folder)]
        command += ["--poll", "0.01", "--key", PRIVATE_KEY]
        # A shell lets what it starts in the background ignore SIGINT, and children inherit that.
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        with subprocess.Popen(command, stdout=target) as process:
            signal.signal(signal.SIGINT, before)
            try:
                until(lambda: b"message 0\n" in out.read_bytes())
                for number in range(1, 200):
                    log.log(2, "t", f"message {number}")
                    time.sleep(0.002)
                    if number % 60 == 0:
                        log.flush_sync()
                log.log(2, "t", "message 200")
                until(lambda: b"message 200\n" in out.read_bytes())
            finally:
                interrupt(process)
            assert process.wait() == INTERRUPTED
    found = [int(n) for n in re.findall(rb"message (\d+)", out.read_bytes())]
    assert found == list(range(201))


def test_tail_begins_at_the_last_blocks_of_a_log_of_many(run, tmp_path, monkeypatch):
    monkeypatch.setattr("xlog.cli_read._EMPTY_BLOCKS", 3)
    with open_log(tmp_path, mode=Mode.SYNC) as log:
        for number in range(40):
            log.log(2, "net", f"message {number}")
    (path,) = tmp_path.glob("*.xlog")
    assert [line[-10:] for line in lines(run("tail", "-n", 2, path))] == [
        "message 38",
        "message 39",
    ]
    assert len(lines(run("tail", "-n", 100, path))) == 40
