"""The command line: what it prints, where, and with which exit code."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.xlog.samples import DATA, PRIVATE_KEY, PUBLIC_KEY
from xlog.cli_output import ProgressMeter

ZLIB = str(DATA / "async_zlib_plain.xlog")
CRYPT = str(DATA / "async_zstd_crypt.xlog")
CUT = str(DATA / "damaged_cut_async_zlib_plain.xlog")
TEXT = (DATA / "async_zlib_plain.txt").read_bytes()
CRYPT_TEXT = (DATA / "async_zstd_crypt.txt").read_bytes()


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


def test_a_folder_that_cannot_be_read_is_named(run, tmp_path, monkeypatch):
    def refused(path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", refused)
    ran = run("cat", tmp_path, ZLIB)
    assert (ran.code, ran.out) == (2, TEXT)
    assert f"{tmp_path}: Permission denied" in ran.err


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
    try:
        other.symlink_to(log)
    except OSError:  # Windows without the right to make links
        other = log
    if not (other.exists() and other.samefile(log)):  # a link of Wine's
        other = log
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


# Progress, pipes


def test_progress_is_drawn_after_a_while_and_taken_away(capsys, monkeypatch):
    now = [0.0]
    monkeypatch.setattr("xlog.cli_output.time.monotonic", lambda: now[0])
    progress = ProgressMeter("a.xlog", shown=True)
    progress.at(10, 100)
    assert capsys.readouterr().err == ""
    now[0] = 1.5
    progress.at(50, 100)
    assert "a.xlog:  50 %" in capsys.readouterr().err
    progress.done()
    assert capsys.readouterr().err == "\r\x1b[K"


def test_no_progress_where_stderr_is_no_terminal(capsys):
    progress = ProgressMeter("a.xlog")
    progress._begin -= 10
    progress.at(50, 100)
    assert capsys.readouterr().err == ""


def test_a_reader_that_goes_is_no_error(tmp_path):
    big = tmp_path / "big.xlog"
    big.write_bytes(Path(ZLIB).read_bytes() * 30)
    command = [sys.executable, "-m", "xlog.cli", "cat", str(big)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout and process.stderr
        assert process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
