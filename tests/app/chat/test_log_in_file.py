from __future__ import annotations

import os
import stat

import pytest

from app.chat.log_in_file import LogInFile, SavedLogIn

ADA = SavedLogIn("Ada", "s1", "token")


def test_a_log_in_is_kept_for_the_server_that_gave_it(tmp_path) -> None:
    path = tmp_path / "new" / "log_in.json"
    here, there = LogInFile(path, "here:1"), LogInFile(path, "there:1")
    assert here.load() is None
    here.save(ADA)
    assert here.load() == ADA and there.load() is None
    there.save(SavedLogIn("Bob", "s2", "other"))
    here.clear()
    here.clear()
    assert here.load() is None and there.load() is not None


@pytest.mark.skipif(os.name == "nt", reason="modes are POSIX's")
def test_only_the_owner_may_read_it(tmp_path) -> None:
    LogInFile(tmp_path / "log_in.json", "here").save(ADA)
    assert stat.S_IMODE((tmp_path / "log_in.json").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff\xfe", b"[1]", b"{", b'{"here": 3}', b'{"here": {"name": "Ada"}}',
     b'{"here": {"name": [], "token": {}}}'],
)  # fmt: skip
def test_a_damaged_file_is_no_log_in_and_is_replaced(tmp_path, content) -> None:
    path = tmp_path / "log_in.json"
    path.write_bytes(content)
    file = LogInFile(path, "here")
    assert file.load() is None
    file.save(ADA)
    assert file.load() == ADA


def test_a_file_that_cannot_be_written_keeps_the_old_one(tmp_path, monkeypatch) -> None:
    file = LogInFile(tmp_path / "log_in.json", "here")
    file.save(ADA)

    def full(_handle) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        file.save(SavedLogIn("Bob", "s1", "other"))
    assert file.load() == ADA
    assert [each.name for each in tmp_path.iterdir()] == ["log_in.json"]
