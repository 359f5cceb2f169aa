"""A small log of long texts is a finding for each block, and no danger to memory."""

import subprocess
import sys
import zlib

import pytest

from xlog.format import BlockKind, build_block

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="measures as Linux does")
LIMIT_KIB = 400 * 1024


def bomb(piece: bytes, size: int = 64 << 20) -> bytes:
    stream = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = b"".join(stream.compress(piece) for _ in range(size // len(piece))) + stream.flush()
    return build_block(BlockKind.ASYNC_ZLIB_PLAIN, body, seq=1, begin_hour=1, end_hour=1)


@pytest.fixture(scope="module")
def logs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bombs")
    for name, piece, blocks in (("letters", b"A" * 65536, 3), ("lines", b"a\n" * 32768, 1)):
        (folder / f"{name}.xlog").write_bytes(bomb(piece) * blocks)
    return folder


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("letters", ["decode"]),
        ("letters", ["decode", "--json"]),
        ("letters", ["grep", "zzz"]),
        ("letters", ["stat"]),
        ("lines", ["decode"]),
        ("lines", ["stat"]),
    ],
)
def test_every_command_reads_bombs_in_bounded_memory(logs, name, command):
    # VmHWM is this program's own peak; ru_maxrss begins with what its parent held when it forked.
    code = (
        "import re, sys; from pathlib import Path; from xlog.cli import main;"
        "code = main(sys.argv[1:]); status = Path('/proc/self/status').read_text();"
        "print(code, re.search(r'VmHWM:\\s+(\\d+) kB', status)[1], file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *command, str(logs / f"{name}.xlog")],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    result, peak = done.stderr.split()[-2:]
    assert result == "1"
    assert int(peak) < LIMIT_KIB
    if command[0] != "stat":
        assert done.stderr.count("too-large") == (3 if name == "letters" else 1)
