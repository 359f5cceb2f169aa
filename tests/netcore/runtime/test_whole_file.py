"""Files are there whole or not at all."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest

from netcore.runtime.whole_file import whole_file, write_whole


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_file_is_replaced_and_nothing_is_left_beside_it(tmp_path):
    path = tmp_path / "made" / "settings.json"
    write_whole(path, "é")
    write_whole(path, b"new", sync=True)
    assert path.read_bytes() == b"new"
    assert list(path.parent.iterdir()) == [path]


def test_a_block_that_raises_leaves_the_old_file(tmp_path):
    path = tmp_path / "kept"
    path.write_bytes(b"old")
    with pytest.raises(KeyboardInterrupt), whole_file(path) as file:
        file.write(b"half")
        raise KeyboardInterrupt
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_text_that_is_no_utf_8_leaves_the_old_file(tmp_path):
    path = tmp_path / "kept"
    path.write_bytes(b"old")
    with pytest.raises(UnicodeEncodeError):
        write_whole(path, "\udc80")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes")
def test_a_private_file_is_for_its_owner_alone_and_another_follows_the_umask(tmp_path):
    before = os.umask(0o027)
    try:
        write_whole(tmp_path / "secret", b"")
        write_whole(tmp_path / "log", b"", private=False)
    finally:
        os.umask(before)
    assert (mode(tmp_path / "secret"), mode(tmp_path / "log")) == (0o600, 0o640)


def test_a_long_name_leaves_room_for_the_file_beside_it(tmp_path):
    path = tmp_path / ("n" * 255)
    write_whole(path, b"here")
    assert path.read_bytes() == b"here"


def test_a_folder_that_is_no_folder_is_told(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file"):
        write_whole(tmp_path / "file" / "inner", b"")
