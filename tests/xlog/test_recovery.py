"""What a kill leaves is taken in, once, whenever the kill came.

A copy of the folder while the log is open is what a kill at that moment leaves: the mapped file and
the logs are the same bytes.
"""

import contextlib
import shutil

import pytest

from tests.xlog.samples import DATA, NO_KEPT_KEYS, PRIVATE_KEY, PUBLIC_KEY, needs_kept_keys
from tests.xlog.writing import log_files, messages, open_log, records, text_in
from xlog import key_cache, recovery, registry, staging
from xlog.appender import Mode
from xlog.buffer import StagedBuffer
from xlog.files import LogFiles
from xlog.reader import Reader
from xlog.record import Level

WAYS = [
    {"layout": layout, "codec": codec, "public_key": key}
    for layout in ("staged", "mars")
    for codec in ("zlib", "zstd")
    for key in (None, PUBLIC_KEY)
]
in_all_ways = pytest.mark.parametrize(
    "way",
    WAYS,
    ids=["-".join((w["layout"], w["codec"], "key" * bool(w["public_key"]))) for w in WAYS],
)


def killed(source, target):
    """What a kill now would leave, with the kept key of its buffer."""
    with contextlib.ExitStack() as still:
        for log in registry.open_logs():  # or a writer's thread changes one file behind the other
            still.enter_context(log._file_writer.lock)
        shutil.copytree(source, target)
    for buffer in source.glob("*.mmap3"):
        data = buffer.read_bytes()
        if staging.is_stage(data):
            left = staging.parse(data)
            key = key_cache.find(buffer, left.client_key)
            if key is not None:
                assert key_cache.keep(target / buffer.name, left.client_key, key)


def logged(count, folder, **way):
    log = open_log(folder, **way)
    for number in range(count):
        log.log(Level.INFO, "t", f"message {number} {'x' * (number * 37 % 300)}")
    return log


def numbers(folder):
    return [int(message.split()[1]) for message in messages(folder)]


@in_all_ways
@pytest.mark.parametrize("count", [1, 7, 120, 900])
def test_a_kill_loses_nothing(tmp_path, way, count):
    with logged(count, tmp_path / "logs", **way):
        killed(tmp_path / "logs", tmp_path / "killed")
    open_log(tmp_path / "killed", **way).close()
    assert numbers(tmp_path / "killed") == list(range(count))
    open_log(tmp_path / "killed", **way).close()  # and not again
    assert numbers(tmp_path / "killed") == list(range(count))


@in_all_ways
def test_what_was_taken_in_stands_between_marks(tmp_path, way):
    with logged(3, tmp_path / "logs", **way):
        killed(tmp_path / "logs", tmp_path / "killed")
    open_log(tmp_path / "killed", **way).close()
    text = text_in(tmp_path / "killed").decode().splitlines()
    assert text[0] == "~~~~~ begin of mmap ~~~~~"
    assert text[-1].startswith("~~~~~ end of mmap ~~~~~[")


@in_all_ways
def test_another_way_of_writing_takes_it_in_too(tmp_path, way):
    with logged(50, tmp_path / "logs", **way):
        killed(tmp_path / "logs", tmp_path / "killed")
    other = {"layout": "mars" if way["layout"] == "staged" else "staged", "codec": "zstd"}
    open_log(tmp_path / "killed", public_key=way["public_key"], **other).close()
    assert numbers(tmp_path / "killed") == list(range(50))


@pytest.mark.parametrize("way", WAYS[:4], ids=str)
@pytest.mark.parametrize("written", [0, 1, 60, None])
def test_a_kill_between_the_file_and_the_buffer_doubles_nothing(
    tmp_path, way, written, monkeypatch
):
    """The region's intent is set; of the block ``written`` bytes are in the file, or all."""
    if way["layout"] == "staged" and way["public_key"] and not key_cache.available():
        pytest.skip(NO_KEPT_KEYS)
    folder = tmp_path / "logs"
    log = logged(200, folder, **way)
    real = StagedBuffer.release

    def stop(self, pending):
        killed(folder, tmp_path / "killed")
        real(self, pending)

    monkeypatch.setattr(StagedBuffer, "release", stop)
    log.flush_sync()
    monkeypatch.undo()
    log.close()
    (path,) = log_files(tmp_path / "killed")
    if written is not None:
        path.write_bytes(path.read_bytes()[:written])
    open_log(tmp_path / "killed", **way).close()
    assert numbers(tmp_path / "killed") == list(range(200))


@pytest.mark.parametrize("way", WAYS[4:], ids=str)
@pytest.mark.parametrize("written", [0, 100, 500, None])
def test_a_growing_block_in_the_file_is_not_doubled(tmp_path, way, written):
    folder = tmp_path / "logs"
    with logged(200, folder, **way) as log:
        killed(folder, tmp_path / "killed")
        log.flush_sync()
        (path,) = log_files(folder)
        data = path.read_bytes()
        (tmp_path / "killed" / path.name).write_bytes(data if written is None else data[:written])
    open_log(tmp_path / "killed", **way).close()
    assert numbers(tmp_path / "killed") == list(range(200))


@in_all_ways
@pytest.mark.parametrize("stop", ["append", "settle", "clear"])
def test_a_kill_while_it_is_taken_in_changes_nothing(tmp_path, way, stop, monkeypatch):
    with logged(300, tmp_path / "logs", **way):
        killed(tmp_path / "logs", tmp_path / "killed")

    class Killed(BaseException):
        pass

    def end(*_, **__):
        raise Killed

    monkeypatch.setattr(
        *{
            "append": (LogFiles, "append"),
            "settle": (LogFiles, "settle"),
            "clear": (recovery.Mapping, "clear"),
        }[stop],
        end,
    )
    with pytest.raises(Killed):
        open_log(tmp_path / "killed", **way)
    monkeypatch.undo()
    open_log(tmp_path / "killed", **way).close()
    assert numbers(tmp_path / "killed") == list(range(300))


@pytest.mark.parametrize("codec", ["zlib", "zstd"])
def test_the_buffer_of_a_killed_mars_is_taken_in(tmp_path, codec):
    buffer = DATA / f"killed_async_{codec}_crypt.mmap3"
    shutil.copy(buffer, tmp_path / "app.mmap3")
    open_log(tmp_path, codec=codec, public_key=PUBLIC_KEY).close()
    text = text_in(tmp_path)
    (left,) = Reader(buffer, [PRIVATE_KEY]).blocks()
    assert text.startswith(b"~~~~~ begin of mmap ~~~~~\n" + left.data + b"~~~~~ end of mmap ~~~~~[")


@needs_kept_keys
def test_a_buffer_whose_kept_key_is_gone_is_put_aside_and_told_nowhere_as_lost(tmp_path):
    with logged(20, tmp_path / "logs", public_key=PUBLIC_KEY):
        shutil.copytree(tmp_path / "logs", tmp_path / "killed")  # as after a reboot: no kept key
    with open_log(tmp_path / "killed", public_key=PUBLIC_KEY) as log:
        log.log(Level.INFO, "t", "message 20")
        assert not log.trouble
    (aside,) = [p for p in (tmp_path / "killed").glob("*.mmap3") if p.name != "app.mmap3"]
    assert [int(m.split()[1]) for m in messages(aside)] == list(range(20))
    assert numbers(tmp_path / "killed") == [20]


def test_the_buffers_of_further_processes_are_taken_in_by_who_comes(tmp_path):
    first, second = (logged(40, tmp_path / "logs") for _ in range(2))
    assert (first.prefix, second.prefix) == ("app", "app-2")
    killed(tmp_path / "logs", tmp_path / "killed")
    first.close()
    second.close()
    open_log(tmp_path / "killed").close()
    for name in ("app", "app-2"):
        assert messages(*(tmp_path / "killed").glob(f"{name}_*.xlog"))[39].startswith("message 39")
    assert {path.name for path in (tmp_path / "killed").glob("*.mmap3")} == {"app.mmap3"}


def test_sync_mode_takes_in_what_async_mode_left(tmp_path):
    with logged(30, tmp_path / "logs", public_key=PUBLIC_KEY):
        killed(tmp_path / "logs", tmp_path / "killed")
    with open_log(tmp_path / "killed", mode=Mode.SYNC, public_key=PUBLIC_KEY) as log:
        log.log(Level.INFO, "t", "message 30")
    assert numbers(tmp_path / "killed") == list(range(31))


def test_a_buffer_that_cannot_be_written_stays_for_the_next_open(tmp_path, monkeypatch):
    with logged(30, tmp_path / "logs"):
        killed(tmp_path / "logs", tmp_path / "killed")

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(LogFiles, "append", full)
    told = []
    with open_log(tmp_path / "killed", on_trouble=told.append):
        pass
    monkeypatch.undo()
    assert len(told) == 1
    open_log(tmp_path / "killed").close()
    assert numbers(tmp_path / "killed") == list(range(30))


@needs_kept_keys
def test_the_kept_key_goes_with_the_log(tmp_path):
    with logged(3, tmp_path, public_key=PUBLIC_KEY) as log:
        buffer = log.buffer_file
        client_key = staging.parse(buffer.read_bytes()).client_key
        assert key_cache.find(buffer, client_key) is not None
    assert key_cache.find(buffer, client_key) is None
    assert len(records(tmp_path)) == 3
