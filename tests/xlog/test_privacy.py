"""A log is its owner's alone, written to a file of its folder, and does nothing to a terminal."""

import os
import subprocess
import sys

import pytest

from tests.xlog.samples import block_of
from tests.xlog.writing import log_files, messages, open_log
from xlog.format import BlockKind
from xlog.sanitize import json_escaped, readable, searched, shown

posix = pytest.mark.skipif(os.name != "posix", reason="modes and links of POSIX")


@posix
def test_logs_and_buffers_are_made_for_their_owner_alone(tmp_path):
    mask = os.umask(0)
    try:
        with open_log(tmp_path) as log:
            log.log(2, "t", "0 mine")
            assert log.buffer_file.stat().st_mode & 0o777 == 0o600
    finally:
        os.umask(mask)
    (path,) = log_files(tmp_path)
    assert path.stat().st_mode & 0o777 == 0o600


def planted(folder, kind):
    """Something else under the name of today's log."""
    with open_log(folder) as log:
        log.log(2, "t", "0 x")
    (path,) = log_files(folder)
    path.unlink()
    if kind == "link":
        (folder / "victim").write_bytes(b"precious")
        path.symlink_to(folder / "victim")
    else:
        os.mkfifo(path)
    return path


@posix
@pytest.mark.parametrize("kind", ["link", "pipe"])
def test_no_link_is_followed_and_no_pipe_waited_for(tmp_path, kind):
    path = planted(tmp_path, kind)
    told = []
    log = open_log(tmp_path, on_trouble=told.append)
    log.log(2, "t", "1 kept")
    assert not log.flush_sync()
    assert "a link or a device has the name of the log" in told[0]
    if kind == "link":
        assert (tmp_path / "victim").read_bytes() == b"precious"
    path.unlink()
    log._file_writer.retry_at = 0.0  # so that the test need not wait
    assert log.flush_sync()
    log.close()
    assert messages(tmp_path) == ["1 kept"]


NASTY = "a \x1b[31mred\x1b[0m \x1b]0;title\x07 b\u202egpj.exe\u2066 \x9b2J \x08\x00 end\r\n"


def test_each_way_of_showing_says_what_it_should():
    assert shown(NASTY) == ("a ␛[31mred␛[0m ␛]0;title␇ b\\u202egpj.exe\\u2066 \\u009b2J ␈␀ end\n")
    assert readable(NASTY) == "a red  b\\u202egpj.exe\\u2066  ␈␀ end\n"
    assert searched(NASTY) == "a red  bgpj.exe  " + " end\n"
    assert json_escaped("x\u202e\x7f") == "x\\u202e\\u007f"
    assert shown("日本 العربية 👨‍👩‍👧\t tab") == "日本 العربية 👨‍👩‍👧\t tab"


@posix
def test_a_terminal_is_shown_pictures_and_a_pipe_the_bytes(tmp_path):
    text = f"[I][2026-11-24 +8.0 14:35:02.880][1, 2][t][f:1, g][{NASTY}".encode()
    path = tmp_path / "nasty\x1b[2J.xlog"
    path.write_bytes(block_of(BlockKind.ASYNC_ZLIB_PLAIN, [text]))
    command = [sys.executable, "-m", "xlog.cli", "cat", str(path)]
    assert subprocess.run(command, capture_output=True, check=True).stdout == text
    import pty

    master, slave = pty.openpty()
    done = subprocess.run(
        [*command, str(tmp_path / "gone\x1b[2J.xlog")], stdout=slave, stderr=slave, check=False
    )
    os.close(slave)
    seen = os.read(master, 65536)
    os.close(master)
    assert done.returncode == 2
    assert b"\x1b" not in seen
    assert b"\xe2\x80\xae" not in seen
    assert "␛[31mred".encode() in seen
    assert b"\\u202egpj.exe" in seen


@posix
@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
@pytest.mark.parametrize("command", ["cat", "decode", "grep", "stat", "tail"])
def test_a_full_disk_is_called_one(tmp_path, command):
    path = tmp_path / "a.xlog"
    line = b"[I][2026-11-24 +8.0 14:35:02.880][1, 2][t][f:1, g][x\n"
    path.write_bytes(block_of(BlockKind.ASYNC_ZLIB_PLAIN, [line]))
    arguments = ["x", str(path)] if command == "grep" else [str(path)]
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "xlog.cli", command, *arguments],
            stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 2
    assert "No space left on device" in done.stderr
    assert "Traceback" not in done.stderr
    assert "Exception" not in done.stderr
