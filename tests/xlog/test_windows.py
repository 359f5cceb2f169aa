"""As on Windows: no user numbers, and no file that is open or mapped can lose its name."""

import os
import sys
from pathlib import Path

import pytest

from tests.xlog.samples import PUBLIC_KEY
from tests.xlog.writing import log_files, messages, open_log
from xlog import mapping
from xlog.key_cache import available, find, forget, keep
from xlog.mapping import Mapping, buffer_path


def is_held(path: Path) -> bool:
    """Whether this process has the file open or mapped."""
    name = os.path.realpath(path)
    handles = (os.path.join("/proc/self/fd", number) for number in os.listdir("/proc/self/fd"))
    targets = []
    for handle in handles:
        try:
            targets.append(os.readlink(handle))
        except OSError:  # the listing's own
            continue
    return name in targets or name in Path("/proc/self/maps").read_text()


@pytest.fixture
def windows(monkeypatch):
    """Takes away what Windows has not, and refuses what it refuses; nothing on Windows itself."""
    if sys.platform == "win32":
        return
    monkeypatch.delattr(os, "getuid")
    monkeypatch.delattr(os, "posix_fallocate")
    monkeypatch.setattr(mapping, "HOLDS_NAMES", True)

    def refusing(method):
        def call(self, *arguments, **options):
            if is_held(self):
                raise PermissionError(13, "The process cannot access the file", str(self))
            return method(self, *arguments, **options)

        return call

    for name in ("rename", "replace", "unlink"):
        monkeypatch.setattr(Path, name, refusing(getattr(Path, name)))


pytestmark = pytest.mark.skipif(sys.platform == "darwin", reason="looks into /proc")


def test_without_user_numbers_there_is_no_key_to_keep(windows, tmp_path):
    buffer = tmp_path / "app.mmap3"
    assert not available(tmp_path)
    assert keep(buffer, bytes(64), bytes(16), tmp_path) is False
    assert find(buffer, bytes(64), tmp_path) is None
    forget(buffer, tmp_path)


@pytest.mark.parametrize("settings", [{}, {"public_key": PUBLIC_KEY}], ids=["plain", "key"])
def test_every_record_is_in_the_log(windows, tmp_path, settings):
    with open_log(tmp_path, **settings) as log:
        for number in range(3000):
            log.log(2, "t", f"{number} {'x' * 90}")
    assert not log.trouble
    assert log.lost == 0
    assert [int(message.split()[0]) for message in messages(tmp_path)] == list(range(3000))


def test_a_buffer_that_cannot_be_read_is_set_aside_and_the_log_goes_on(windows, tmp_path):
    buffer_path(tmp_path, "app", 1).write_bytes(b"\x77" * 153_600)
    with open_log(tmp_path) as log:
        log.log(2, "t", "0 on")
    assert not log.trouble
    aside = list(tmp_path.glob("app_*.mmap3"))
    assert len(aside) == 1
    assert aside[0].read_bytes()[:4] == b"\x77" * 4
    assert messages(*log_files(tmp_path)) == ["0 on"]


def test_the_buffer_of_a_second_process_is_removed_at_its_end(windows, tmp_path):
    first = Mapping(buffer_path(tmp_path, "app", 1))
    with open_log(tmp_path) as log:
        log.log(2, "t", "0 second")
        assert buffer_path(tmp_path, "app", 2).exists()
    assert not buffer_path(tmp_path, "app", 2).exists()
    first.close()
