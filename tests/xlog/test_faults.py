"""What a writer meets in the world: docs/xlog.md, "Faults", says what is done then."""

import shutil
import subprocess
import sys
import time

import pytest

from tests.support import rights
from tests.support.systems import needs_module
from tests.xlog.samples import PUBLIC_KEY
from tests.xlog.writing import log_files, messages, open_log, records, text_in
from xlog.appender import Mode
from xlog.record import Level

both_modes = pytest.mark.parametrize("mode", list(Mode))
SETTINGS = [
    {},
    {"public_key": PUBLIC_KEY},
    {"layout": "mars", "public_key": PUBLIC_KEY},
    {"mode": Mode.SYNC},
]
not_in_use = pytest.mark.skipif(
    sys.platform == "win32", reason="what is open cannot be deleted there"
)
in_all_ways = pytest.mark.parametrize(
    "settings", SETTINGS, ids=["async", "async-key", "mars-key", "sync"]
)

_HEAD = """
import os, subprocess, sys
from pathlib import Path
from tests.xlog.test_faults import SETTINGS
from tests.xlog.writing import log_files, messages, open_log, text_in
disk = Path(sys.argv[1])
told = []
settings = SETTINGS[int(sys.argv[2])] | {"on_trouble": told.append}
def mount(*options):
    subprocess.run(["mount", "-t", "tmpfs", *options, "none", str(disk)], check=True)
def hold(log, numbers):
    for number in numbers:
        log.log(2, "t", f"{number} " + os.urandom(150).hex())
def kept():
    return [int(m.split()[0]) for m in messages(disk / "logs")]
"""


def on_a_small_disk(tmp_path, script, number):
    """Run ``script`` where a file system can be mounted that nobody else sees."""
    disk = tmp_path / "disk"
    disk.mkdir()
    command = [*rights.ROOM]
    command += [sys.executable, "-W", "error", "-c", _HEAD + script, str(disk), str(number)]
    done = subprocess.run(command, timeout=100, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


_FULL = """
mount("-o", "size=900k")
filler = disk / "filler"
filler.write_bytes(bytes(500_000))
log = open_log(disk / "logs", **settings)
hold(log, range(3000))
assert log.lost > 0
assert "No space left" in log.trouble, log.trouble
assert len(told) == 1, told
filler.unlink()
log.flush_sync()
lost = log.lost
log._file_writer.retry_at = 0.0  # so that the test need not wait
log.log(2, "t", "3000 after")
log.close()
assert log.lost == lost
assert not log.trouble
text = text_in(disk / "logs").decode()
assert f"[F][ {lost} records lost" in text
numbers = kept()
assert numbers == sorted(set(numbers)), "order or doubles"
assert len(numbers) == 3001 - lost and numbers[-1] == 3000
assert numbers[:100] == list(range(100))
"""


@pytest.mark.mounts
@pytest.mark.parametrize("number", range(len(SETTINGS)))
def test_a_full_disk_loses_only_what_the_buffer_cannot_hold_and_says_so(tmp_path, number):
    on_a_small_disk(tmp_path, _FULL, number)


_FULL_FROM_THE_START = """
mount("-o", "size=300k")
filler = disk / "filler"
filler.write_bytes(bytes(300 * 1024))
log = open_log(disk / "logs", **settings)
assert log.trouble and len(told) == 1
hold(log, range(50))
filler.unlink()
assert log.flush_sync()
assert log.buffer_file is not None  # the memory has its file now
hold(log, range(50, 60))
log.close()
assert kept() == list(range(60))
"""


@pytest.mark.mounts
@pytest.mark.parametrize("number", range(3))
def test_a_disk_full_at_the_start_is_used_as_soon_as_there_is_room(tmp_path, number):
    on_a_small_disk(tmp_path, _FULL_FROM_THE_START, number)


_READ_ONLY = """
import tempfile
with tempfile.TemporaryDirectory() as name:
    logs = Path(name) / "logs"
    log = open_log(logs, **settings)
    hold(log, range(10))
    log.flush_sync()
    log.current_file.chmod(0o444)
    logs.chmod(0o555)
    if settings.get("mode") is None:
        hold(log, range(10, 60))
        assert not log.flush_sync()
        assert "Permission denied" in log.trouble, log.trouble
    logs.chmod(0o755)
    log_files(logs)[0].chmod(0o644)
    assert log.flush_sync() and not log.trouble
    hold(log, range(60, 70))
    log.close()
    assert log.lost == 0
    numbers = [int(m.split()[0]) for m in messages(logs)]
    assert numbers == [*range(10), *(range(10, 60) if settings.get("mode") is None else ()),
                       *range(60, 70)]
    logs.chmod(0o555)
    with open_log(logs / "below", **settings) as log:
        hold(log, range(5))
        assert not log.flush_sync()
        assert "Permission denied" in log.trouble, log.trouble
    logs.chmod(0o755)
"""


@pytest.mark.parametrize("number", range(len(SETTINGS)))
def test_a_folder_that_becomes_read_only_is_waited_for(tmp_path, number):
    before, missing = rights.modes()  # root keeps its name: another user could not read its home
    if missing:
        pytest.skip(f"cannot be run here: {missing}")
    script = [sys.executable, "-W", "error", "-c", _HEAD + _READ_ONLY, str(tmp_path), str(number)]
    done = subprocess.run([*before, *script], timeout=100, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@needs_module("resource")
def test_a_file_that_may_not_grow_raises_nothing(tmp_path):
    script = (
        "import resource, signal, sys; from pathlib import Path\n"
        "from tests.xlog.writing import open_log\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, resource.RLIM_INFINITY))\n"
        "told = []\n"
        "log = open_log(Path(sys.argv[1]), on_trouble=told.append, compress_level=1)\n"
        "import os\n"
        "for n in range(4000): log.log(2, 't', f'{n} ' + os.urandom(100).hex())\n"
        "assert log.lost and len(told) == 1 and 'too large' in told[0].lower(), told\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)\n"
        "assert log.flush_sync(); log.close(); print(log.lost)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    text = text_in(tmp_path).decode()  # no finding: what was half written was taken back
    assert f"[F][ {int(done.stdout)} records lost" in text
    assert text.count("][t][") == 4000 - int(done.stdout)
    import resource

    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != 200_000


@in_all_ways
def test_a_folder_that_cannot_be_is_no_reason_to_fail(tmp_path, settings):
    (tmp_path / "file").write_text("not a folder")
    told = []
    with open_log(tmp_path / "file" / "logs", on_trouble=told.append, **settings) as log:
        for number in range(20):
            log.log(Level.FATAL, "t", f"message {number}")
        assert not log.flush_sync()
        assert "Not a directory" in log.trouble
        assert log.buffer_file is None
    assert len(told) == 1
    assert "xlog: app cannot be written" in told[0]


def test_trouble_is_told_on_stderr_where_nobody_asks_for_it(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    open_log(tmp_path / "file" / "logs").close()
    assert capsys.readouterr().err.count("cannot be written") == 1


def test_one_who_is_told_may_raise(tmp_path):
    (tmp_path / "file").write_text("")

    def wrong(text):
        raise ValueError(text)

    with open_log(tmp_path / "file" / "logs", on_trouble=wrong) as log:
        log.log(Level.INFO, "t", "x")


@not_in_use
@in_all_ways
def test_a_folder_deleted_while_running_is_made_again(tmp_path, settings):
    folder = tmp_path / "logs"
    with open_log(folder, **settings) as log:
        log.log(Level.INFO, "t", "lost with its file")
        log.flush_sync()
        log.log(Level.INFO, "t", "in the buffer")
        shutil.rmtree(folder)
        log.log(Level.INFO, "t", "afterwards")
        assert log.flush_sync()
        log.log(Level.INFO, "t", "later")
        log.flush_sync()
        if log.config.mode is Mode.ASYNC:
            assert log.buffer_file.exists()
        assert not log.trouble
        assert log.lost == 0
    expected = ["in the buffer", "afterwards", "later"]
    assert messages(folder) == (expected if log.config.mode is Mode.ASYNC else expected[1:])


@not_in_use
@both_modes
def test_a_file_deleted_while_running_is_begun_again(tmp_path, mode):
    with open_log(tmp_path, mode=mode) as log:
        log.log(Level.INFO, "t", "gone")
        log.flush_sync()
        log.current_file.unlink()
        log.log(Level.INFO, "t", "kept")
    assert messages(tmp_path) == ["kept"]


@both_modes
def test_a_clock_set_back_goes_on_in_the_last_file_and_is_told(tmp_path, mode, monkeypatch):
    real = time.time
    now = [real() + 10 * 86400]
    with open_log(tmp_path, mode=mode, marks=True) as log:
        monkeypatch.setattr(time, "time", lambda: now[0])
        log._file_writer._clock = (now[0], time.monotonic())
        log.log(Level.INFO, "t", "before")
        log.flush_sync()
        now[0] -= 3 * 86400
        log.log(Level.INFO, "t", "set back")
        log.flush_sync()
        now[0] += 4 * 86400
        log.log(Level.INFO, "t", "next day")
        log.flush_sync()
        monkeypatch.setattr(time, "time", real)
    files = log_files(tmp_path)
    at = [[r.message for r in records(path) if r.tag == "t"] for path in files]
    assert [found for found in at if found] == [["before", "set back"], ["next day"]]
    if mode is Mode.ASYNC:
        assert "clock jumped" in text_in(files[0]).decode()


@pytest.mark.parametrize("damage", [b"", b"\x07", b"PHOBOSX1", b"\xff" * 600, b"PHOBOSX1" * 90])
@pytest.mark.parametrize("settings", SETTINGS[:3], ids=["async", "async-key", "mars-key"])
def test_a_buffer_file_of_nonsense_is_put_aside_or_passed_over(tmp_path, damage, settings):
    (tmp_path / "app.mmap3").write_bytes(damage)
    with open_log(tmp_path, **settings) as log:
        assert not log.trouble
        log.log(Level.INFO, "t", "works")
    assert messages(tmp_path) == ["works"]


@in_all_ways
def test_odd_arguments_raise_nothing(tmp_path, settings):
    with open_log(tmp_path, **settings) as log:
        log.log(99, "t", "no such level")
        log.log(Level.INFO, None, None, file=b"x", line="y")
        log.log(Level.INFO, "t", 7)
        log.write(b"bytes")
        log.log_from(Level.INFO, "t", "m", time=float("nan"), tid="x")
        log.log(Level.INFO, "t", "good")
        assert log.lost >= 4
    assert [r.message for r in records(tmp_path) if r.tag == "t"][-1] == "good"
