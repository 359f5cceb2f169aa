"""The way from the buffer to the files: numbers, hours, retries, notes."""

import time

from tests.xlog.writing import log_files, messages, open_log
from xlog.file_writer import RETRY_FIRST, RETRY_LAST
from xlog.files import LogFiles
from xlog.reader import Reader


def test_a_block_that_could_not_be_written_keeps_its_number(tmp_path, monkeypatch):
    with open_log(tmp_path, on_trouble=lambda text: None) as log:
        log.log(2, "t", "one")
        assert log.flush_sync()

        def full(*_, **__):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(LogFiles, "append", full)
        log.log(2, "t", "two")
        for _ in range(3):
            assert not log.flush_sync()
        monkeypatch.undo()
        log.log(2, "t", "three")
        assert log.flush_sync()
    (path,) = log_files(tmp_path)
    assert [block.header.seq for block in Reader(path).blocks()] == [1, 2, 3]
    assert messages(tmp_path) == ["one", "two", "three"]


def test_the_pause_between_tries_grows_to_its_limit_and_falls_back(tmp_path, monkeypatch):
    with open_log(tmp_path, on_trouble=lambda text: None) as log:
        monkeypatch.setattr(time, "monotonic", lambda: 100.0)
        file_writer = log._file_writer
        pauses = []
        for _ in range(10):
            file_writer.in_trouble(OSError("x"))
            pauses.append(file_writer.retry_at - 100.0)
        assert pauses[:6] == [RETRY_FIRST * 2**tries for tries in range(6)]
        assert pauses[6:] == [RETRY_LAST] * 4
        monkeypatch.undo()
        file_writer.out_of_trouble()
        assert (file_writer.trouble, file_writer.retry_at) == ("", 0.0)


def test_the_hours_of_a_block_are_those_of_its_beginning_and_end(tmp_path, monkeypatch):
    real = time.time
    with open_log(tmp_path, layout="staged") as log:
        log.log(2, "t", "begun")
        begun = time.localtime().tm_hour
        monkeypatch.setattr(time, "time", lambda: real() + 3 * 3600)
        assert log.flush_sync()
        monkeypatch.undo()
    blocks = [b for path in log_files(tmp_path) for b in Reader(path).blocks()]
    assert blocks[-1].header.begin_hour == begun
    assert blocks[-1].header.end_hour == (begun + 3) % 24


def test_a_buffer_that_never_had_a_file_gets_one_when_it_can(tmp_path):
    blocked = tmp_path / "logs"
    blocked.write_text("in the way")
    with open_log(blocked, on_trouble=lambda text: None) as log:
        log.log(2, "t", "kept in memory")
        assert log.buffer_file is None
        blocked.unlink()
        assert log.flush_sync()
        assert log.buffer_file.exists()
        log.log(2, "t", "mapped")
    assert messages(blocked) == ["kept in memory", "mapped"]
