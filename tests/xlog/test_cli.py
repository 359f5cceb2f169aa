"""The command line: what it prints, where, and with which exit code."""

import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.xlog.samples import DATA, PRIVATE_KEY, PUBLIC_KEY
from tests.xlog.writing import open_log
from xlog.cli import main
from xlog.cli_output import Progress
from xlog.crypt import KeyPair

ZLIB = str(DATA / "async_zlib_plain.xlog")
CRYPT = str(DATA / "async_zstd_crypt.xlog")
CUT = str(DATA / "damaged_cut_async_zlib_plain.xlog")
TEXT = (DATA / "async_zlib_plain.txt").read_bytes()
CRYPT_TEXT = (DATA / "async_zstd_crypt.txt").read_bytes()


class Ran:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err


@pytest.fixture
def run(capfdbinary):
    def run(*arguments):
        capfdbinary.readouterr()
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as end:
            code = end.code
        sys.stdout.flush()
        captured = capfdbinary.readouterr()
        return Ran(code, captured.out, captured.err.decode())

    return run


# decode and cat


@pytest.mark.parametrize("command", ["decode", "cat"])
def test_the_exact_text_goes_to_stdout(run, command):
    ran = run(command, ZLIB)
    assert (ran.code, ran.out, ran.err) == (0, TEXT, "")


def test_several_logs_come_one_after_the_other(run):
    ran = run("cat", ZLIB, CRYPT, "--key", PRIVATE_KEY)
    assert (ran.code, ran.out) == (0, TEXT + CRYPT_TEXT)


def test_a_file_is_written_whole(run, tmp_path):
    target = tmp_path / "out.txt"
    assert run("decode", ZLIB, "-o", target).code == 0
    assert target.read_bytes() == TEXT
    assert list(tmp_path.iterdir()) == [target]


def test_a_dash_is_stdout_and_no_file(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ran = run("decode", ZLIB, "-o", "-")
    assert (ran.code, ran.out) == (0, TEXT)
    (tmp_path / "text").write_bytes(b"a line\n")
    assert run("encode", "text", "-o", "-").out[:1] == b"\x09"
    assert run("grep", "", ZLIB, "-o", "-").code == 0
    killed = DATA / "killed_async_zlib_crypt.mmap3"
    assert run("recover", killed, "-o", "-").out[:1] == b"\x07"
    assert [path.name for path in tmp_path.iterdir()] == ["text"]


def test_a_folder_as_output_gets_a_file_for_each(run, tmp_path):
    logs, out = tmp_path / "logs", tmp_path / "out"
    logs.mkdir()
    out.mkdir()
    for number in (10, 9):
        (logs / f"a_20261124_{number}.xlog").write_bytes(Path(ZLIB).read_bytes())
    (logs / "notes.txt").write_text("no log")
    assert run("decode", logs, "-o", out).code == 0
    assert sorted(path.name for path in out.iterdir()) == [
        "a_20261124_10.xlog.log",
        "a_20261124_9.xlog.log",
    ]
    assert run("cat", logs).out == TEXT * 2


def test_stdin_is_a_log(run, monkeypatch):
    class Stdin:
        buffer = io.BytesIO(Path(CRYPT).read_bytes())

    monkeypatch.setattr(sys, "stdin", Stdin)
    ran = run("decode", "-", "--key", PRIVATE_KEY)
    assert (ran.code, ran.out) == (0, CRYPT_TEXT)


def test_json_has_a_line_for_each_record(run):
    ran = run("decode", ZLIB, "--json")
    found = [json.loads(line) for line in ran.out.splitlines()]
    records = [record for record in found if record["level"]]
    assert len(records) == 240
    assert records[7]["line"] == 7
    assert set(records[0]) >= {"when", "time", "level", "pid", "tid", "main", "tag", "message"}
    messages = (DATA / "messages.txt").read_text("utf-8").split("\n")
    assert [record["message"] for record in records] == messages[:240]


# Keys


def test_without_its_key_a_log_asks_for_it_once(run):
    ran = run("cat", CRYPT)
    assert (ran.code, ran.out) == (1, b"")
    assert "needs-key" in ran.err
    assert "41 blocks in all need the key" in ran.err
    assert len(ran.err.splitlines()) == 2


def test_keys_may_stand_in_files_as_keygen_prints_them(run, tmp_path):
    keyfile = tmp_path / "keys"
    keyfile.write_text(
        f"# ours\nsave private key\n{PRIVATE_KEY}\n\nappender_open's parameter:\n{PUBLIC_KEY}\n"
    )
    ran = run("cat", CRYPT, "--key", "11" * 32, "--keyfile", keyfile)
    assert (ran.code, ran.out) == (0, CRYPT_TEXT)


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("12", "has 2 hex digits; it must have 64"),
        (PUBLIC_KEY, "as long as a public key"),
        ("x" * 64, "character 1 of the private key is no hex digit"),
        ("00" * 32, "no number of secp256k1"),
        ("11" * 31, "without its leading zeros"),
    ],
)
def test_what_is_wrong_with_a_key_is_said_and_the_key_is_not(run, key, told):
    ran = run("cat", CRYPT, "--key", key)
    assert ran.code == 2
    assert told in ran.err
    assert len(key) < 10 or key not in ran.err
    assert "Traceback" not in ran.err


def test_a_key_file_without_a_key_is_named(run, tmp_path):
    empty = tmp_path / "empty"
    empty.write_text("# nothing\n")
    assert "holds no private key" in run("cat", CRYPT, "--keyfile", empty).err
    assert run("cat", CRYPT, "--keyfile", tmp_path / "none").code == 2


# Damage and files that are no logs


def test_findings_go_to_stderr_and_the_text_around_comes(run):
    ran = run("cat", CUT)
    assert ran.code == 1
    assert ran.out and TEXT.startswith(ran.out)
    assert "cut-short at" in ran.err


def test_findings_can_be_json(run):
    ran = run("decode", CUT, "--json")
    finding = json.loads(ran.err.splitlines()[0])
    assert finding["finding"] == "cut-short"
    assert finding["log"] == CUT
    assert finding["offset"] > 0


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"plain text\n" * 50, "looks like plain text"),
        (b"\x1f\x8b" + os.urandom(200), "gzip"),
        (b"PK\x03\x04" + os.urandom(200), "zip archive"),
        (b"\x03" + b"\xff" * 300, "before Mars was published"),
    ],
)
@pytest.mark.parametrize("command", ["cat", "stat", "tail"])
def test_a_file_that_is_no_log_is_named(run, tmp_path, data, told, command):
    path = tmp_path / "x.xlog"
    path.write_bytes(data)
    ran = run(command, path)
    assert ran.code == 2
    assert told in ran.err
    assert "Traceback" not in ran.err


def test_one_unusable_log_does_not_stop_the_others(run, tmp_path):
    ran = run("cat", tmp_path / "none.xlog", ZLIB)
    assert (ran.code, ran.out) == (2, TEXT)
    assert "No such file" in ran.err


def test_an_output_that_cannot_be_written_is_named_and_nothing_left(run, tmp_path):
    ran = run("decode", ZLIB, "-o", tmp_path / "none" / "out")
    assert ran.code == 2
    assert "cannot write" in ran.err


def test_no_command_writes_over_what_it_reads(run, tmp_path):
    log, text, other = tmp_path / "a.xlog", tmp_path / "text", tmp_path / "link.xlog"
    log.write_bytes(Path(ZLIB).read_bytes())
    text.write_bytes(b"a line\n")
    other.symlink_to(log)
    for arguments in (
        ("decode", log, "-o", log),
        ("decode", CRYPT, log, "-o", other),
        ("grep", "x", log, "-o", log),
        ("recover", log, "-o", other, "--force"),
        ("encode", text, "-o", text),
    ):
        ran = run(*arguments)
        assert ran.code == 2
        assert "is what is to be read; name another file" in ran.err
    assert log.read_bytes() == Path(ZLIB).read_bytes()
    assert text.read_bytes() == b"a line\n"


@pytest.mark.skipif(sys.platform == "win32", reason="a POSIX shell closes them")
@pytest.mark.parametrize(
    ("command", "code", "told"),
    [
        ("decode - <&-", 2, "standard input is closed"),
        ("encode <&-", 2, "standard input is closed"),
        (f"cat {ZLIB} >&-", 2, "standard output is closed"),
        (f"tail {ZLIB} >&-", 2, "standard output is closed"),
        ("keygen >&-", 2, "standard output is closed"),
        (f"recover {ZLIB} -o {os.devnull} --force 2>&-", 0, ""),
        ("cat none.xlog 2>&-", 2, ""),
    ],
)
def test_closed_standard_streams_are_told(command, code, told):
    done = subprocess.run(
        ["sh", "-c", f"{sys.executable} -m xlog.cli {command}"],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == code
    assert told in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_output_is_told(run):
    ran = run("decode", ZLIB, "-o", "/dev/full")
    assert ran.code == 2
    assert "No space left" in ran.err


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["nonsense"],
        ["tail", ZLIB, "-n", "0"],
        ["tail", ZLIB, "-n", "x"],
        ["tail", "-f", ZLIB, "--poll", "-1"],
        ["tail", "-f", ZLIB, "--poll", "nan"],
        ["recover", "x"],
    ],
)
def test_wrong_arguments_are_unusable(run, arguments):
    assert run(*arguments).code == 2


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
        with subprocess.Popen(command, stdout=target) as process:
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
                process.send_signal(signal.SIGINT)
            assert process.wait() == 130
    found = [int(n) for n in re.findall(rb"message (\d+)", out.read_bytes())]
    assert found == list(range(201))


# keygen, recover, encode


def test_keygen_prints_a_pair_as_mars_does(run):
    ran = run("keygen")
    found = re.fullmatch(
        "save private key\n([0-9a-f]{64})\n\nappender_open's parameter:\n([0-9a-f]{128})\n",
        ran.out.decode(),
    )
    pair = KeyPair.from_private(bytes.fromhex(found[1]))
    assert pair.public.hex() == found[2]
    assert run("keygen").out != ran.out


@pytest.mark.parametrize("codec", ["zlib", "zstd"])
def test_a_buffer_of_mars_is_recovered_without_a_key(run, tmp_path, codec):
    buffer, out = DATA / f"killed_async_{codec}_crypt.mmap3", tmp_path / "out.xlog"
    ran = run("recover", buffer, "-o", out)
    assert ran.code == 0
    assert "1 block written" in ran.err
    assert run("cat", out, "--key", PRIVATE_KEY).out == (
        run("cat", buffer, "--key", PRIVATE_KEY).out
    )
    assert run("recover", buffer, "-o", out).code == 2  # it is not overwritten
    assert run("recover", buffer, "-o", out, "--force").code == 0


@pytest.mark.parametrize("key", [None, PUBLIC_KEY])
def test_a_staged_buffer_is_recovered(run, tmp_path, key):
    out = tmp_path / "out.xlog"
    with open_log(tmp_path / "logs", public_key=key) as log:
        for number in range(30):
            log.log(2, "t", f"message {number}")
        left = tmp_path / "left.mmap3"
        left.write_bytes(log.buffer_file.read_bytes())
    if key:
        ran = run("recover", left, "-o", out)
        assert ran.code == 2
        assert "give the private key" in ran.err
        assert not out.exists()
        assert run("cat", left).code == 1
    assert run("recover", left, "-o", out, "--key", PRIVATE_KEY).code == 0
    text = run("cat", out, "--key", PRIVATE_KEY).out
    assert text == run("cat", left, "--key", PRIVATE_KEY).out
    assert text.count(b"message") == 30
    assert (b"message" in out.read_bytes()) is False


def test_a_buffer_that_is_empty_has_nothing_to_recover(run, tmp_path):
    path = tmp_path / "x.mmap3"
    path.write_bytes(bytes(153600))
    ran = run("recover", path, "-o", tmp_path / "out.xlog")
    assert ran.code == 2
    assert "no block to recover" in ran.err
    assert not (tmp_path / "out.xlog").exists()


@pytest.mark.parametrize("codec", ["zlib", "zstd"])
@pytest.mark.parametrize("mode", ["async", "sync", "mars-sync"])
@pytest.mark.parametrize("key", [(), ("--public-key", PUBLIC_KEY)])
def test_encoded_text_comes_back(run, tmp_path, codec, mode, key):
    (tmp_path / "in").write_bytes(TEXT + b"no line break at the end")
    out = tmp_path / "out.xlog"
    made = run("encode", tmp_path / "in", "-o", out, "--codec", codec, "--mode", mode, *key)
    assert (made.code, made.err) == (0, "")
    ran = run("cat", out, "--key", PRIVATE_KEY)
    assert (ran.code, ran.out) == (0, TEXT + b"no line break at the end")


def test_encode_says_what_cannot_be_used(run, tmp_path):
    (tmp_path / "in").write_bytes(b"x\n")
    assert "give 1 to 9" in run("encode", tmp_path / "in", "--compression", 12).err
    assert run("encode", tmp_path / "in", "--public-key", "12").code == 2
    assert run("encode", tmp_path / "none").code == 2


# Progress, pipes


def test_progress_is_drawn_after_a_while_and_taken_away(capsys, monkeypatch):
    now = [0.0]
    monkeypatch.setattr("xlog.cli_output.time.monotonic", lambda: now[0])
    progress = Progress("a.xlog", shown=True)
    progress.at(10, 100)
    assert capsys.readouterr().err == ""
    now[0] = 1.5
    progress.at(50, 100)
    assert "a.xlog:  50 %" in capsys.readouterr().err
    progress.done()
    assert capsys.readouterr().err == "\r\x1b[K"


def test_no_progress_where_stderr_is_no_terminal(capsys):
    progress = Progress("a.xlog")
    progress._begin -= 10
    progress.at(50, 100)
    assert capsys.readouterr().err == ""


def test_a_reader_that_goes_is_no_error(tmp_path):
    big = tmp_path / "big.xlog"
    big.write_bytes(Path(ZLIB).read_bytes() * 30)
    command = f"{sys.executable} -m xlog.cli cat {big} | head -n 1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, timeout=60)
    assert done.stderr == ""
    assert done.stdout.count("\n") == 1
