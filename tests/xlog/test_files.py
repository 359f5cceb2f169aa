"""Names, sizes, the cache folder and its moves, expiry and the cap."""

import os
import time

import pytest

from tests.xlog.writing import log_files, messages, open_log
from xlog import retention
from xlog.appender import Mode
from xlog.files import LogFiles, day_of, files_of_day, make_name, move_file, parse_name
from xlog.record import Level

DAY = 86400
NOW = 1_795_000_000.0


def nothing(cached, name, offset):
    pass


def append(files, data, now=NOW):
    files.append(data, now, nothing)
    files.settle()


@pytest.mark.parametrize("prefix", ["app", "a_b", "x_20261124", "名"])
@pytest.mark.parametrize("index", [0, 1, 12])
def test_a_name_says_prefix_day_and_number(prefix, index):
    name = make_name(prefix, "20261124", index)
    assert parse_name(name) == (prefix, "20261124", index)


@pytest.mark.parametrize("name", ["app.xlog", "app_2026.xlog", "app_20261124.log", "x.mmap3"])
def test_other_names_are_none(name):
    assert parse_name(name) is None


def test_blocks_of_a_day_go_to_one_file(tmp_path):
    files = LogFiles(tmp_path, "app")
    append(files, b"one")
    append(files, b"two", NOW + 1)
    assert (tmp_path / make_name("app", day_of(NOW))).read_bytes() == b"onetwo"
    append(files, b"next", NOW + DAY)
    assert (tmp_path / make_name("app", day_of(NOW + DAY))).read_bytes() == b"next"


def test_a_size_limit_begins_further_files_also_after_a_restart(tmp_path):
    for start in range(0, 6, 2):
        files = LogFiles(tmp_path, "app", max_file_size=10)
        append(files, b"%d" % start * 6)
        append(files, b"%d" % (start + 1) * 6)
    day = day_of(NOW)
    assert [path.name for path in files_of_day([tmp_path], "app", day)] == [
        make_name("app", day, index) for index in range(3)
    ]
    assert (tmp_path / make_name("app", day, 1)).read_bytes() == b"2" * 6 + b"3" * 6


def test_without_cache_days_the_cache_is_for_the_buffer_alone(tmp_path):
    files = LogFiles(tmp_path / "log", "app", cache_dir=tmp_path / "cache")
    append(files, b"data")
    assert [path.name for path in (tmp_path / "log").iterdir()] == [make_name("app", day_of(NOW))]


def test_files_stay_in_the_cache_folder_for_their_days_and_are_moved_then(tmp_path):
    cache, log = tmp_path / "cache", tmp_path / "log"
    files = LogFiles(log, "app", cache_dir=cache, cache_days=2)
    append(files, b"data")
    name = make_name("app", day_of(NOW))
    assert (cache / name).read_bytes() == b"data"
    os.utime(cache / name, (NOW, NOW))
    files.move_old(NOW + DAY)
    assert (cache / name).exists()
    files.move_old(NOW + 3 * DAY)
    assert not (cache / name).exists()
    assert (log / name).read_bytes() == b"data"


def test_a_full_cache_disk_keeps_no_files(tmp_path, monkeypatch):
    monkeypatch.setattr("xlog.files.CACHE_FREE_MIN", 1 << 62)
    files = LogFiles(tmp_path / "log", "app", cache_dir=tmp_path / "cache", cache_days=2)
    append(files, b"data")
    assert (tmp_path / "log" / make_name("app", day_of(NOW))).exists()


def test_a_file_of_today_in_the_log_folder_goes_on_there(tmp_path):
    name = make_name("app", day_of(NOW))
    (tmp_path / "log").mkdir()
    (tmp_path / "log" / name).write_bytes(b"old")
    files = LogFiles(tmp_path / "log", "app", cache_dir=tmp_path / "cache", cache_days=2)
    append(files, b"new")
    assert (tmp_path / "log" / name).read_bytes() == b"oldnew"


def test_the_cache_folder_takes_what_the_log_folder_cannot(tmp_path):
    (tmp_path / "log").write_text("no folder")
    files = LogFiles(tmp_path / "log", "app", cache_dir=tmp_path / "cache")
    append(files, b"one")
    append(files, b"two")
    name = make_name("app", day_of(NOW))
    assert (tmp_path / "cache" / name).read_bytes() == b"onetwo"
    (tmp_path / "log").unlink()
    append(files, b"three")  # continued there, and moved as soon as it can be
    assert (tmp_path / "log" / name).read_bytes() == b"onetwothree"
    assert not (tmp_path / "cache" / name).exists()


@pytest.mark.parametrize("cut", [0, 1, 500, 1000])
def test_a_move_cut_short_is_done_again_and_doubles_nothing(tmp_path, cut):
    source, target = tmp_path / "cache_f", tmp_path / "log_f"
    source.write_bytes(b"s" * 1000)
    target.write_bytes(b"t" * 300 + b"s" * cut)  # a copy that a kill ended
    (tmp_path / "cache_f.moving").write_text("300")
    move_file(source, target)
    assert target.read_bytes() == b"t" * 300 + b"s" * 1000
    assert sorted(path.name for path in tmp_path.iterdir()) == ["log_f"]


def test_moves_left_over_are_finished_at_the_next_open(tmp_path):
    cache, log = tmp_path / "cache", tmp_path / "log"
    cache.mkdir()
    log.mkdir()
    name = make_name("app", day_of(time.time()))
    with open_log(tmp_path / "made") as made:
        made.log(Level.INFO, "t", "moved")
    data = log_files(tmp_path / "made")[0].read_bytes()
    (cache / name).write_bytes(data)
    (cache / f"{name}.moving").write_text("0")
    (log / name).write_bytes(data[:40])
    open_log(log, cache_dir=cache).close()
    assert messages(log) == ["moved"]
    assert [path.name for path in cache.iterdir()] == ["app.mmap3"]


@pytest.mark.parametrize("mode", list(Mode))
def test_a_log_with_a_cache_folder_is_complete(tmp_path, mode):
    cache, log_dir = tmp_path / "cache", tmp_path / "log"
    with open_log(log_dir, cache_dir=cache, cache_days=1, mode=mode) as log:
        log.log(Level.INFO, "t", "kept in the cache")
        log.flush_sync()
        (path,) = log.files_of()
        assert path.parent == cache
    assert messages(cache) == ["kept in the cache"]


def aged(folder, name, days, size=10):
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_bytes(bytes(size))
    os.utime(path, (NOW - days * DAY, NOW - days * DAY))
    return path


def test_old_logs_are_removed_and_nothing_else(tmp_path):
    old = aged(tmp_path, "app_20261101.xlog", 11)
    other = aged(tmp_path, "other_20261101_3.xlog", 11)
    aside = aged(tmp_path, "app_20261101_120000.mmap3", 11)
    dump = tmp_path / "20261101"
    aged(dump, "x.dump", 11)
    os.utime(dump, (NOW - 11 * DAY,) * 2)
    stays = [
        aged(tmp_path, "app_20261115.xlog", 9),
        aged(tmp_path, "notes.txt", 99),
        aged(tmp_path, "app.mmap3", 99),
        aged(tmp_path, "app_20261201.xlog", -5),
    ]
    removed = retention.expire(tmp_path, now=NOW, max_age=10 * DAY)
    assert sorted(removed) == sorted([old, other, aside, dump])
    assert sorted(tmp_path.iterdir()) == sorted(stays)


def test_the_cap_takes_the_oldest_and_never_the_one_being_written(tmp_path):
    for number in range(5):
        aged(tmp_path, f"app_2026112{number}.xlog", 5 - number, 100)
    keep = tmp_path / "app_20261120.xlog"
    removed = retention.cap(tmp_path, max_size=250, keep={keep})
    assert [path.name for path in removed] == [f"app_2026112{number}.xlog" for number in (1, 2, 3)]
    assert keep.exists()


@pytest.mark.parametrize("mode", list(Mode))
def test_a_log_keeps_its_folder_under_the_cap(tmp_path, mode):
    with open_log(tmp_path, max_folder_size=40_000, mode=mode) as log:
        for number in range(4000):
            log.log(Level.INFO, "t", f"{number} {os.urandom(40).hex()}")
            if number % 100 == 99:
                log.flush_sync()
                log.make_space()
        assert sum(path.stat().st_size for path in log_files(tmp_path)) <= 50_000
        assert len(log_files(tmp_path)) > 2
    kept = [int(message.split()[0]) for message in messages(tmp_path)]
    assert kept[-1] == 3999
    assert kept == list(range(kept[0], 4000))


def test_the_cap_is_kept_without_being_asked(tmp_path):
    with open_log(tmp_path, max_folder_size=40_000, mode=Mode.SYNC) as log:
        for number in range(1500):
            log.log(Level.INFO, "t", f"{number} {os.urandom(40).hex()}")
        assert sum(path.stat().st_size for path in log_files(tmp_path)) <= 50_000


def test_expired_logs_go_while_the_log_is_open(tmp_path):
    old = tmp_path / "app_20200101.xlog"
    old.write_bytes(b"x")
    os.utime(old, (time.time() - 12 * DAY,) * 2)
    with open_log(tmp_path) as log:
        assert old.exists()
        assert log.make_space() == [old]
        assert not old.exists()
