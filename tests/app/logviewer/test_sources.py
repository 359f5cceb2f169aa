import os
import zipfile

import pytest

from app.logviewer import sources
from app.logviewer.sources import Discovery, buffer_of, find_sources, successors_of

from .logs import DATA, line, load, texts, write_log


def codes(*paths) -> list[str]:
    found, errors = find_sources(paths)
    assert not found
    return [error.code for error in errors]


def test_files_and_folders_give_their_logs_once(tmp_path) -> None:
    one = write_log(tmp_path / "one.xlog", line("a"))
    write_log(tmp_path / "deep" / "two.xlog" if (tmp_path / "deep").mkdir() else one, line("b"))
    write_log(tmp_path / "deep" / "two.xlog", line("b"))
    (tmp_path / "notes.txt").write_text("no log")
    (tmp_path / "unused.mmap3").write_bytes(bytes(150 * 1024))
    found, errors = find_sources([one, tmp_path])
    assert not errors
    assert [source.name for source in found] == ["one.xlog", "deep/two.xlog"]


def test_the_logs_in_an_archive_are_opened(tmp_path) -> None:
    path = tmp_path / "diagnosis.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(DATA / "async_zlib_plain.xlog", "logs/phobos_20261124.xlog")
        archive.write(DATA / "killed_async_zlib_crypt.mmap3", "logs/phobos.mmap3")
        archive.writestr("report.json", "{}")
    found, errors = find_sources([path])
    assert not errors
    names = [source.name for source in found]
    assert names == ["diagnosis.zip/logs/phobos_20261124.xlog", "diagnosis.zip/logs/phobos.mmap3"]
    assert found[0].size == (DATA / "async_zlib_plain.xlog").stat().st_size


def test_what_is_not_there_or_holds_no_log_is_told(tmp_path) -> None:
    (tmp_path / "empty").mkdir()
    empty = tmp_path / "empty.zip"
    with zipfile.ZipFile(empty, "w") as archive:
        archive.writestr("a.txt", "x")
    broken = tmp_path / "broken.zip"
    broken.write_bytes(empty.read_bytes()[:20])
    assert codes(tmp_path / "gone") == ["missing"]
    assert codes(tmp_path / "empty") == ["no-logs"]
    assert codes(empty) == ["no-logs"]
    assert codes(broken) == ["bad-archive"]


def test_an_archive_that_unpacks_to_too_much_is_refused(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(sources, "ARCHIVE_LIMIT", 1000)
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.xlog", bytes(2000))
    assert codes(path) == ["archive-too-large"]


def test_any_other_file_is_taken_for_a_log(tmp_path) -> None:
    path = write_log(tmp_path / "log.bin", line("a"))
    found, _ = find_sources([path])
    store, _ = load(path)
    assert found[0].name == "log.bin" and texts(store) == ["a"]


@pytest.mark.parametrize(
    ("log", "buffers", "buffer"),
    [
        ("phobos_20261124.xlog", ["phobos.mmap3"], "phobos.mmap3"),
        ("phobos-2_20261124.xlog", ["phobos.mmap3", "phobos-2.mmap3"], "phobos-2.mmap3"),
        ("other_20261124.xlog", ["phobos.mmap3"], None),
    ],
)
def test_a_log_has_the_buffer_of_its_writer(tmp_path, log, buffers, buffer) -> None:
    for name in buffers:
        (tmp_path / name).touch()
    found = buffer_of(tmp_path / log)
    assert (found and found.name) == buffer


def test_successors_are_of_one_writer_and_come_in_order(tmp_path) -> None:
    names = ["a_20261124.xlog", "a_20261124_2.xlog", "a_20261124_10.xlog", "a_20261125.xlog"]
    for name in (*names, "a_20261123.xlog", "b_20261125.xlog", "a_notes.xlog"):
        (tmp_path / name).touch()
    found = successors_of(tmp_path / names[0])
    assert [path.name for path in found] == names[1:]
    assert successors_of(tmp_path / "a_notes.xlog") == []


def test_only_regular_files_are_opened(tmp_path) -> None:
    os.mkfifo(tmp_path / "pipe.xlog")
    (tmp_path / "loop").symlink_to(tmp_path)
    log = write_log(tmp_path / "real.xlog", line("a"))
    (tmp_path / "link.xlog").symlink_to(log)
    assert codes(tmp_path / "pipe.xlog") == ["no-file"]
    assert codes("/dev/null") == ["no-file"]
    found, errors = find_sources([tmp_path])
    assert not errors
    assert [source.name for source in found] == ["link.xlog", "real.xlog"]


def test_suffixes_of_any_case_and_old_buffers_are_logs(tmp_path) -> None:
    for name in ("A.XLOG", "b.Xlog", "c_20230330.xlog", "c.mmap2", "d.MMAP3"):
        write_log(tmp_path / name, line("a"))
    found, errors = find_sources([tmp_path])
    assert not errors
    assert [source.name for source in found] == sorted(os.listdir(tmp_path))
    assert [source.name for source in found if source.is_buffer] == ["c.mmap2", "d.MMAP3"]
    assert buffer_of(tmp_path / "c_20230330.xlog") == tmp_path / "c.mmap2"


def test_a_look_tells_how_far_it_is_and_can_be_given_up(tmp_path) -> None:
    for number in range(2500):
        (tmp_path / f"{number:05}.txt").touch()
    write_log(tmp_path / "z.xlog", line("a"))
    told: list[int] = []
    looked = Discovery(told.append)
    assert [source.name for source in looked.find([tmp_path]).sources] == ["z.xlog"]
    assert told == [1000, 2000]

    given_up = Discovery(lambda _files: given_up.cancel())
    found = given_up.find([tmp_path])
    assert given_up.cancelled
    assert not found.errors  # no logs were found, but not all was looked at


def test_names_that_deceive_are_shown_as_what_they_are(tmp_path) -> None:
    path = write_log(tmp_path / "a\u202egolx.\nb\x1b[2J.xlog", line("a"))
    store, _ = load(path)
    assert store.files[0].name == "a\\u202egolx.␊b.xlog"
    assert store.files[0].path == str(path)
