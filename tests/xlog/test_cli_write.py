"""The commands that write: keygen, recover, encode."""

import re

import pytest

from tests.xlog.samples import DATA, PRIVATE_KEY, PUBLIC_KEY, needs_kept_keys
from tests.xlog.writing import open_log
from xlog.crypt import KeyPair

TEXT = (DATA / "async_zlib_plain.txt").read_bytes()


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


@pytest.mark.parametrize("key", [None, pytest.param(PUBLIC_KEY, marks=needs_kept_keys)])
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
