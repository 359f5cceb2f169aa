"""What our writer writes is read by Mars's own decoder, built from its C source (docs/xlog.md).

Collected only where the environment's XLOG_MARS_DECODER names that program: its source is not ours
to keep here. Without it ``test_writer_conformance.py`` holds the same logs against a decoder
written from the page, and against what Mars's gave once.
"""

import os
import subprocess
import sys

import pytest

from tests.xlog.samples import PUBLIC_KEY
from tests.xlog.test_writer_conformance import lines_for, write
from tests.xlog.writing import text_in
from xlog.cli import main
from xlog.format import BlockKind

DECODER = os.environ["XLOG_MARS_DECODER"]


@pytest.mark.parametrize(
    ("kind", "layout"),
    [
        *((kind, "staged") for kind in BlockKind),
        # Of growing zstd blocks it loses the end, of Mars's own as well.
        *((kind, "mars") for kind in BlockKind if kind.codec == "zlib" or not kind.is_async),
    ],
)
def test_mars_own_decoder_gives_the_same_text(tmp_path, kind, layout):
    path = write(tmp_path, kind, lines_for(kind), layout=layout)
    decode(path, tmp_path / "decoded")
    assert (tmp_path / "decoded").read_bytes() == text_in(path)


@pytest.mark.parametrize("codec", ["zlib", "zstd"])
@pytest.mark.parametrize("mode", ["async", "sync", "mars-sync"])
@pytest.mark.parametrize("key", [(), ("--public-key", PUBLIC_KEY)])
def test_mars_own_decoder_reads_what_encode_makes(tmp_path, codec, mode, key):
    text = "".join(f"[I][line {number}\n" for number in range(3000))
    (tmp_path / "in").write_text(text)
    log = tmp_path / "log.xlog"
    made = ["encode", str(tmp_path / "in"), "-o", str(log), "--codec", codec, "--mode", mode, *key]
    assert main(made) == 0
    decode(log, tmp_path / "decoded")
    assert (tmp_path / "decoded").read_text() == text


def decode(path, target):
    subprocess.run([DECODER, str(path), str(target)], check=True, stderr=sys.stderr, timeout=60)
