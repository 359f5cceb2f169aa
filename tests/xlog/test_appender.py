"""The writer: what was logged is in the file, in Mars's lines, in order, whatever the settings."""

import gc
import os
import subprocess
import sys
import threading
import time
from datetime import datetime
from pathlib import Path

import pytest

from tests.xlog.samples import PRIVATE_KEY, PUBLIC_KEY
from tests.xlog.writing import log_files, messages, open_log, records, text_in
from xlog import registry
from xlog.appender import Appender, AppenderConfig, Mode, flush_all
from xlog.errors import BadPublicKeyError, XlogConfigError
from xlog.reader import Reader
from xlog.record import Level, parse_line
from xlog.settings import BUFFER_SIZE

MODES = [
    {"mode": Mode.ASYNC},
    {"mode": Mode.ASYNC, "public_key": PUBLIC_KEY},
    {"mode": Mode.ASYNC, "layout": "mars"},
    {"mode": Mode.ASYNC, "layout": "mars", "codec": "zstd", "public_key": PUBLIC_KEY},
    {"mode": Mode.SYNC},
    {"mode": Mode.SYNC, "public_key": PUBLIC_KEY},
]
in_all_modes = pytest.mark.parametrize(
    "settings", MODES, ids=lambda s: "-".join(str(getattr(v, "value", v))[:6] for v in s.values())
)


# The line


def test_a_line_has_all_that_mars_has(tmp_path):
    before = time.time()
    with open_log(tmp_path) as log:
        log.log(Level.WARN, "net", "a message", file="link.py", line=120, function="connect")
    (record,) = records(tmp_path)
    assert record.level is Level.WARN
    assert before - 0.002 <= record.time <= time.time()
    assert record.zone == datetime.now().astimezone().utcoffset().total_seconds()
    assert (record.pid, record.tid) == (os.getpid(), threading.get_native_id())
    assert record.main
    assert (record.tag, record.file, record.line) == ("net", "link.py", 120)
    assert (record.function, record.message) == ("connect", "a message")


def test_only_the_main_thread_has_a_star(tmp_path):
    with open_log(tmp_path) as log:
        thread = threading.Thread(target=log.log, args=(Level.INFO, "net", "elsewhere"))
        thread.start()
        thread.join()
        log.log(Level.INFO, "net", "here")
    elsewhere, here = records(tmp_path)
    assert (elsewhere.main, here.main) == (False, True)
    assert elsewhere.tid != here.tid


def test_a_record_of_another_time_and_thread_keeps_them(tmp_path):
    with open_log(tmp_path) as log:
        log.log_from(Level.INFO, "net", "late", time=1_795_000_000.25, tid=77, main=True)
    (record,) = records(tmp_path)
    assert (record.time, record.tid, record.main) == (1_795_000_000.25, 77, True)


@pytest.mark.parametrize(
    "message",
    ["", "two\nlines", "tab\t\0nul", "中文 😀", "x" * 500, "[I][not a head]", "ends\n"],
)
def test_messages_come_back_as_they_were(tmp_path, message):
    with open_log(tmp_path) as log:
        log.log(Level.INFO, "t", message)
    assert messages(tmp_path) == [message.removesuffix("\n")]


def test_text_that_is_no_unicode_does_not_stop_the_log(tmp_path):
    with open_log(tmp_path) as log:
        log.log(Level.INFO, "t", "a\udc80b")  # what os.fsdecode makes of a stray byte
        log.log(Level.INFO, "t", "a\ud800b")
        assert log.lost == 0
    assert messages(tmp_path) == ["a\\x80b", "a\\ud800b"]


def test_opening_and_closing_are_marked_as_mars_does(tmp_path):
    with open_log(tmp_path, marks=True) as log:
        log.log(Level.INFO, "t", "between")
    text = text_in(tmp_path).decode().splitlines()
    assert text[0].startswith("^" * 10)
    assert f"[{os.getpid()},{threading.get_native_id()}]" in text[0]
    assert any(line.startswith("log appender mode:0, use mmap:1") for line in text)
    assert text[-1].startswith("$" * 10)
    assert text[-2].endswith("[between")


# Modes and moments of writing


@in_all_modes
def test_everything_is_there_after_closing(tmp_path, settings):
    with open_log(tmp_path, **settings) as log:
        for number in range(3000):
            log.log(number % 6, "t", f"message {number} {'x' * (number % 200)}")
        assert log.lost == 0
    assert [m.split()[1] for m in messages(tmp_path)] == [str(n) for n in range(3000)]


@in_all_modes
@pytest.mark.parametrize("size", [16 * 1024, 60_000, BUFFER_SIZE, 3_000_000])
def test_records_of_any_length_are_whole_and_in_their_place(tmp_path, settings, size):
    with open_log(tmp_path, **settings) as log:
        log.log(Level.INFO, "t", "before")
        log.log(Level.INFO, "t", "long " + "y" * size)
        log.log(Level.INFO, "t", "behind")
        assert log.lost == 0
    assert messages(tmp_path) == ["before", "long " + "y" * size, "behind"]


def test_a_sync_record_is_in_the_file_when_the_call_returns(tmp_path):
    with open_log(tmp_path, mode=Mode.SYNC, public_key=PUBLIC_KEY) as log:
        for number in range(5):
            log.log(Level.INFO, "t", f"message {number}")
            assert len(messages(tmp_path)) == number + 1


def test_an_async_record_waits_in_the_buffer(tmp_path):
    with open_log(tmp_path) as log:
        log.log(Level.INFO, "t", "waiting")
        assert log_files(tmp_path) == []
        assert messages(log.buffer_file) == ["waiting"]
        assert log.flush_sync()
        assert messages(tmp_path) == ["waiting"]


def until(condition):
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_third_of_the_buffer_is_written_out_by_itself(tmp_path):
    with open_log(tmp_path) as log:
        sent = 0
        while sent < BUFFER_SIZE // 3 + 1000:
            log.log(Level.INFO, "t", "x" * 1000)
            sent += 1000
        until(lambda: log_files(tmp_path))


def test_a_flush_is_done_soon(tmp_path):
    with open_log(tmp_path) as log:
        log.log(Level.INFO, "t", "wanted")
        log.flush()
        until(lambda: log_files(tmp_path) and messages(tmp_path) == ["wanted"])


def test_a_fatal_record_is_written_out_at_once(tmp_path):
    with open_log(tmp_path) as log:
        log.log(Level.FATAL, "t", "the end")
        until(lambda: log_files(tmp_path) and messages(tmp_path) == ["the end"])


def test_what_waits_for_long_is_written_out(tmp_path):
    with open_log(tmp_path, flush_interval=0.05) as log:
        log.log(Level.INFO, "t", "waited")
        until(lambda: log_files(tmp_path) and messages(tmp_path) == ["waited"])


def test_all_open_logs_are_flushed_together(tmp_path):
    with open_log(tmp_path / "one") as one, open_log(tmp_path / "two") as two:
        one.log(Level.INFO, "t", "in one")
        two.log(Level.INFO, "t", "in two")
        flush_all()
        assert messages(tmp_path / "one", tmp_path / "two") == ["in one", "in two"]


def test_several_logs_in_one_folder_do_not_meet(tmp_path):
    with open_log(tmp_path, prefix="a") as a, open_log(tmp_path, prefix="b", level=3) as b:
        for number in range(100):
            a.log(Level.INFO, "t", f"a{number}")
            b.log(Level.INFO, "t", "dropped")
            b.log(Level.ERROR, "t", f"b{number}")
    assert {path.name.partition("_")[0] for path in log_files(tmp_path)} == {"a", "b"}
    assert messages(*tmp_path.glob("a_*")) == [f"a{n}" for n in range(100)]
    assert messages(*tmp_path.glob("b_*")) == [f"b{n}" for n in range(100)]


# Settings


def test_records_below_the_level_are_dropped(tmp_path):
    with open_log(tmp_path, level=Level.WARN) as log:
        for level in range(6):
            log.log(level, "t", str(level))
        log.level = Level.DEBUG
        log.log(Level.DEBUG, "t", "lower")
        assert log.level == Level.DEBUG
    assert messages(tmp_path) == ["3", "4", "5", "lower"]


def test_the_console_mirrors_lines(tmp_path, capsys):
    with open_log(tmp_path, console=True) as log:
        log.log(Level.INFO, "t", "shown")
        log.write("bare")
        log.set_console(False)
        log.log(Level.INFO, "t", "hidden")
    shown = capsys.readouterr().err
    assert "[shown\n" in shown
    assert "bare\n" in shown
    assert "hidden" not in shown


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"prefix": ""}, "prefix"),
        ({"prefix": "a/b"}, "prefix"),
        ({"prefix": "x" * 201}, "200 bytes"),
        ({"log_dir": ""}, "log_dir"),
        ({"codec": "lzma"}, "codec is 'zlib' or 'zstd'"),
        ({"compress_level": 10}, "1 to 9"),
        ({"codec": "zstd", "compress_level": 23}, "1 to 22"),
        ({"max_age_days": 0.5}, "at least 1"),
        ({"flush_interval": 0}, "flush_interval"),
        ({"max_file_size": -1}, "max_file_size"),
        ({"layout": "other"}, "layout"),
    ],
)
def test_settings_that_cannot_be_used_are_refused(tmp_path, wrong, told):
    with pytest.raises(XlogConfigError, match=told):
        Appender(AppenderConfig(**({"log_dir": tmp_path, "prefix": "app"} | wrong)))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("key", ["12", "zz" * 64, "00" * 64, PRIVATE_KEY])
def test_a_key_that_is_none_is_refused(tmp_path, key):
    with pytest.raises(BadPublicKeyError):
        open_log(tmp_path, public_key=key)


def test_the_key_may_be_given_as_bytes(tmp_path):
    with open_log(tmp_path, public_key=bytes.fromhex(PUBLIC_KEY)) as log:
        log.log(Level.INFO, "t", "secret")
    assert messages(tmp_path) == ["secret"]


@pytest.mark.parametrize("layout", ["staged", "mars"])
@pytest.mark.parametrize("codec", ["zlib", "zstd"])
def test_no_plain_text_touches_the_disk_where_a_key_is_set(tmp_path, layout, codec):
    with open_log(tmp_path, layout=layout, codec=codec, public_key=PUBLIC_KEY) as log:
        for number in range(900):
            log.log(Level.INFO, "t", f"a secret {number}")
            if number % 100 == 0:
                for path in tmp_path.iterdir():
                    assert b"secret" not in path.read_bytes()
    for path in tmp_path.iterdir():
        assert b"secret" not in path.read_bytes()


def test_each_opening_has_a_key_of_its_own(tmp_path):
    for _ in range(2):
        with open_log(tmp_path, public_key=PUBLIC_KEY) as log:
            log.log(Level.INFO, "t", "x")
    (path,) = log_files(tmp_path)
    assert len({block.header.client_key for block in Reader(path).blocks()}) == 2


# Threads, signals, forks, other processes


@in_all_modes
def test_many_threads_lose_and_mix_nothing(tmp_path, settings):
    with open_log(tmp_path, **settings) as log:

        def run(name):
            for number in range(250):
                log.log(Level.INFO, name, f"{number} " + "z" * (number % 150))

        threads = [threading.Thread(target=run, args=(f"t{name}",)) for name in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert log.lost == 0
    found = records(tmp_path)
    for name in range(12):
        mine = [int(r.message.split()[0]) for r in found if r.tag == f"t{name}"]
        assert mine == list(range(250))


def test_a_record_logged_while_logging_comes_behind(tmp_path):
    with open_log(tmp_path) as log:
        append = log._append
        nested = []

        def append_and_log(data):
            if not nested:
                nested.append(True)
                log.log(Level.INFO, "t", "from inside")  # as a signal handler may
            return append(data)

        log._append = append_and_log
        log.log(Level.INFO, "t", "outer")
    assert messages(tmp_path) == ["outer", "from inside"]


def test_an_exception_out_of_a_signal_handler_harms_nothing(tmp_path):
    with open_log(tmp_path, public_key=PUBLIC_KEY) as log:
        log.log(Level.INFO, "t", "one")
        append = log._append

        def interrupted(data):
            append(data)
            raise KeyboardInterrupt

        log._append = interrupted
        with pytest.raises(KeyboardInterrupt):
            log.log(Level.INFO, "t", "two")
        log._append = append
        log.log(Level.INFO, "t", "three")
        assert log.flush_sync()
    assert messages(tmp_path) == ["one", "two", "three"]


_FORKER = """
import os, sys, threading
from xlog.appender import Appender, AppenderConfig, Mode
mode, folder, key = sys.argv[1:]
log = Appender(AppenderConfig(log_dir=folder, prefix="app", marks=False, mode=Mode(mode),
                              public_key=key))
stop = threading.Event()
def noise():
    while not stop.is_set():
        log.log(1, "noise", "x" * 50)
threading.Thread(target=noise, daemon=True).start()
for number in range(20):
    log.log(2, "parent", str(number))
    if number % 5 == 4:
        child = os.fork()
        if not child:
            for mine in range(10):
                log.log(2, f"child{number}", str(mine))
            log.close()
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
stop.set()
log.close()
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.parametrize("mode", ["async", "sync"])
def test_a_forked_child_has_a_log_of_its_own(tmp_path, mode):
    subprocess.run(
        [sys.executable, "-W", "error", "-c", _FORKER, mode, str(tmp_path), PUBLIC_KEY],
        check=True,
        timeout=60,
    )
    found = records(tmp_path)
    assert [r.message for r in found if r.tag == "parent"] == [str(n) for n in range(20)]
    for number in (4, 9, 14, 19):
        mine = [r for r in found if r.tag == f"child{number}"]
        assert [r.message for r in mine] == [str(n) for n in range(10)]
        assert mine[0].pid != found[0].pid
    own = [r.tag for r in records(*tmp_path.glob("app_*.xlog"))]
    assert set(own) == {"parent", "noise"}
    assert {path.name for path in tmp_path.glob("*.mmap3")} == {"app.mmap3"}


def test_two_processes_on_one_prefix_write_beside_each_other(tmp_path):
    script = (
        "import sys; from tests.xlog.writing import open_log; from pathlib import Path\n"
        "log = open_log(Path(sys.argv[1])); print(log.prefix, flush=True); input()\n"
        "[log.log(2, log.prefix, str(n)) for n in range(500)]; log.close()"
    )
    command = [sys.executable, "-c", script, str(tmp_path)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **pipes) as one:
        assert one.stdout.readline().strip() == "app"
        with subprocess.Popen(command, **pipes) as two:
            assert two.stdout.readline().strip() == "app-2"
            for process in (one, two):
                process.communicate("\n", timeout=60)
                assert process.returncode == 0
    for name in ("app", "app-2"):
        assert messages(*tmp_path.glob(f"{name}_*.xlog")) == [str(n) for n in range(500)]


def test_a_log_nobody_closes_is_closed_at_the_end(tmp_path):
    script = (
        "import sys; from tests.xlog.writing import open_log; from pathlib import Path\n"
        "log = open_log(Path(sys.argv[1])); log.log(2, 't', 'last words')"
    )
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=True, timeout=60)
    assert messages(tmp_path) == ["last words"]


def test_closing_twice_and_logging_afterwards_do_nothing(tmp_path):
    log = open_log(tmp_path, marks=True)
    log.log(Level.INFO, "t", "x")
    log.close()
    size = log_files(tmp_path)[0].stat().st_size
    log.close()
    log.log(Level.FATAL, "t", "too late")
    log.write("too late")
    log.flush()
    assert log.closed
    assert log not in registry.open_logs()
    assert log_files(tmp_path)[0].stat().st_size == size


def test_a_log_is_let_go_of_when_it_is_closed(tmp_path):
    threads = threading.active_count()
    for _ in range(5):
        open_log(tmp_path).close()
    gc.collect()
    assert threading.active_count() == threads
    if sys.platform == "linux":
        assert "app.mmap3" not in Path("/proc/self/maps").read_text()


# Files


def test_files_of_a_day_are_listed_in_order(tmp_path):
    with open_log(tmp_path, max_file_size=3000, mode=Mode.SYNC) as log:
        for number in range(120):
            log.log(Level.INFO, "t", f"message {number}")
        files = log.files_of()
        assert len(files) > 3
        assert files[-1] == log.current_file
        assert messages(*files) == [f"message {n}" for n in range(120)]
        assert log.files_of("19990101") == []
    stem = files[0].stem
    assert [path.name for path in files[1:3]] == [f"{stem}_1.xlog", f"{stem}_2.xlog"]
    assert all(path.stat().st_size < 3400 for path in files)


def test_a_day_has_a_file_of_its_own(tmp_path, monkeypatch):
    days = iter([1_795_000_000.0, 1_795_000_000.0 + 86400])
    with open_log(tmp_path) as log:
        for day in days:
            log.log(Level.INFO, "t", f"day {day}")
            monkeypatch.setattr("xlog.file_writer.time.time", lambda day=day: day)
            assert log.flush_sync()
        monkeypatch.undo()
        log._file_writer.files._last_time = 0.0
    one, two = log_files(tmp_path)
    assert (len(messages(one)), len(messages(two))) == (1, 1)


def test_a_tag_with_brackets_is_understood(tmp_path):
    with open_log(tmp_path) as log:
        log.log(Level.INFO, "a][b", "m", file="f.py", function="g")
    (line,) = text_in(tmp_path).splitlines()
    assert parse_line(line).message == "m"
