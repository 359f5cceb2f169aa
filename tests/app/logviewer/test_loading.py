import threading

import pytest

from app.logviewer import loading as loading_module
from app.logviewer.loading import Loading
from app.logviewer.sources import LogSource, find_sources
from app.logviewer.store import FINDING, LogStore
from xlog.appender import Appender, AppenderConfig
from xlog.buffer_reader import Seam
from xlog.codec import new_compressor
from xlog.findings import FindingKind
from xlog.format import BlockKind, build_block
from xlog.keys import KeyRing
from xlog.record import Level

from .logs import DATA, PRIVATE, WRONG, Told, block, line, load, texts, write_log

WHOLE = [
    f"{mode}_{codec}_{kind}"
    for mode in ("async", "sync")
    for codec in ("zlib", "zstd")
    for kind in ("plain", "crypt")
]


@pytest.mark.parametrize("name", WHOLE)
def test_every_kind_of_log_is_loaded_whole(name) -> None:
    store, told = load(DATA / f"{name}.xlog", keys=(PRIVATE,))
    reader = store.reader()
    text = b"".join(store.raw(n, reader) for n in range(len(store)))
    assert text == (DATA / f"{name}.txt").read_bytes()
    assert not told.problems and not told.locked and told.finished == 1
    assert told.progress[-1].finished and told.progress[-1].done == told.progress[-1].total


@pytest.mark.parametrize(("codec", "rows"), [("zlib", 4), ("zstd", 3)])
def test_what_a_killed_process_left_is_loaded(codec, rows) -> None:
    store, told = load(DATA / f"killed_async_{codec}_crypt.mmap3", keys=(PRIVATE,))
    assert len(store) == rows and not told.problems


@pytest.mark.parametrize("kind", ["cut", "overwritten", "zeros"])
@pytest.mark.parametrize("codec", ["zlib", "zstd"])
def test_damage_stands_in_its_place_and_the_rest_is_read(kind, codec) -> None:
    store, _ = load(DATA / f"damaged_{kind}_async_{codec}_plain.xlog")
    assert store.findings
    rows = [found.row for found in store.findings]
    assert (store.columns["level"][rows] == FINDING).all()
    assert (store.columns["level"] != FINDING).sum() > 150
    if kind != "cut":
        assert 0 < rows[0] < len(store) - 1


def test_missing_sequence_numbers_stand_where_they_are_missing(tmp_path) -> None:
    def numbered(seq: int) -> bytes:
        body = new_compressor("zlib").compress(line(f"block {seq}", seq))
        return build_block(BlockKind.ASYNC_ZLIB_PLAIN, body, seq=seq, begin_hour=1, end_hour=1)

    path = tmp_path / "a.xlog"
    path.write_bytes(numbered(1) + numbered(2) + numbered(6))
    store, _ = load(path)
    assert store.columns["level"].tolist() == [2, 2, FINDING, 2]
    finding = store.findings[0].finding
    assert (finding.kind, finding.first_missing, finding.last_missing) == (
        FindingKind.MISSING_BLOCKS, 3, 5,
    )  # fmt: skip


@pytest.mark.parametrize("keys", [(), (WRONG,)], ids=["no key", "wrong key"])
def test_blocks_that_no_key_opens_are_rows_and_counted(keys) -> None:
    path = DATA / "async_zstd_crypt.xlog"
    store, told = load(path, keys=keys)
    assert {found.finding.kind for found in store.findings} == {FindingKind.NEEDS_KEY}
    blocks, size = told.locked[0]
    assert blocks == len(store.findings) and 0 < size <= path.stat().st_size


def test_the_right_key_among_wrong_ones_is_found() -> None:
    store, told = load(DATA / "async_zlib_crypt.xlog", keys=(WRONG, PRIVATE))
    assert not told.locked and len(store) > 200


@pytest.mark.parametrize(
    ("content", "code"), [(b"", "empty"), (b"just some text\n" * 20, "not-xlog")]
)
def test_what_is_no_log_is_told(tmp_path, content, code) -> None:
    path = tmp_path / "x.xlog"
    path.write_bytes(content)
    store, told = load(path)
    assert [problem.code for problem in told.problems] == [code]
    assert len(store) == 0


def test_a_log_that_is_gone_is_told_and_the_next_one_read(tmp_path) -> None:
    good = write_log(tmp_path / "b.xlog", line("here"))
    store, told = load(tmp_path / "a.xlog", good)
    assert [problem.code for problem in told.problems] == ["unreadable"]
    assert texts(store) == ["here"]


def test_loading_stops_at_the_memory_limit_and_says_so(tmp_path) -> None:
    path = write_log(tmp_path / "a.xlog", *(line(f"n {n}" + "x" * 900) for n in range(400)))
    store, told = load(path, limit=100_000)
    assert 0 < len(store) < 400
    assert [problem.code for problem in told.problems] == ["full"]


class Followed:
    """A loading that follows in a thread; wait for what it should come to."""

    def __init__(self, monkeypatch, *paths) -> None:
        monkeypatch.setattr(loading_module, "POLL_SECONDS", 0.01)
        self.store, self.told = LogStore(), Told()
        self.changed = threading.Condition()
        callbacks = self.told.callbacks()
        for name in ("on_progress", "on_problem", "on_finished"):
            setattr(callbacks, name, self.waking(getattr(callbacks, name)))
        sources = [
            each if isinstance(each, LogSource) else LogSource(each.name, str(each))
            for each in paths
        ]
        self.loading = Loading(self.store, sources, KeyRing(), callbacks, follow=True)
        self.thread = threading.Thread(target=self.loading.run)
        self.thread.start()

    def waking(self, tell):
        def told(*values) -> None:
            with self.changed:
                tell(*values)
                self.changed.notify_all()

        return told

    def wait(self, until) -> None:
        with self.changed:
            assert self.changed.wait_for(until, 20)

    def close(self) -> None:
        self.loading.cancel()
        self.thread.join()


@pytest.fixture
def follow(monkeypatch):
    begun = []

    def start(*paths) -> Followed:
        begun.append(Followed(monkeypatch, *paths))
        return begun[-1]

    yield start
    for each in begun:
        each.close()


def test_a_growing_log_is_followed_and_a_block_half_written_waits(tmp_path, follow) -> None:
    path = write_log(tmp_path / "a.xlog", line("one"))
    followed = follow(path)
    followed.wait(lambda: followed.told.finished)
    two, three = block(line("two")), block(line("three"))
    with path.open("ab") as file:
        file.write(two + three[:40])
        file.flush()
        followed.wait(lambda: len(followed.store) == 2)
        file.write(three[40:])
    followed.wait(lambda: len(followed.store) == 3)
    assert texts(followed.store) == ["one", "two", "three"]


def test_a_log_truncated_while_followed_is_read_from_its_start(tmp_path, follow) -> None:
    path = write_log(tmp_path / "a.xlog", line("one"), line("two"))
    followed = follow(path)
    followed.wait(lambda: followed.told.finished)
    with path.open("ab") as file:
        file.write(block(line("three")))
    followed.wait(lambda: len(followed.store) == 3)
    write_log(path, line("anew"))
    followed.wait(lambda: followed.told.problems and len(followed.store) == 5)
    assert [problem.code for problem in followed.told.problems] == ["restarted"]
    assert texts(followed.store)[-1] == "anew"
    assert followed.store.columns["level"][3] == FINDING


def test_a_log_deleted_while_followed_is_told_once_and_read_when_it_is_back(
    tmp_path, follow
) -> None:
    path = write_log(tmp_path / "a.xlog", line("one"))
    followed = follow(path)
    followed.wait(lambda: followed.told.finished)
    path.unlink()
    followed.wait(lambda: followed.told.problems)
    write_log(path, line("one"), line("back"))
    followed.wait(lambda: "back" in texts(followed.store))
    assert followed.told.problems[0].code == "deleted"


def test_the_log_of_the_next_day_is_taken_up(tmp_path, follow, monkeypatch) -> None:
    monkeypatch.setattr(loading_module, "LOOK_SECONDS", 0.01)
    followed = follow(write_log(tmp_path / "net_20261124.xlog", line("today")))
    followed.wait(lambda: followed.told.finished)
    write_log(tmp_path / "other_20261125.xlog", line("of another"))
    write_log(tmp_path / "net_20261123.xlog", line("yesterday"))
    later = write_log(tmp_path / "net_20261125.xlog", line("tomorrow"))
    followed.wait(lambda: len(followed.store) == 2)
    with later.open("ab") as file:
        file.write(block(line("and on")))
    followed.wait(lambda: len(followed.store) == 3)
    assert texts(followed.store) == ["today", "tomorrow", "and on"]
    assert [file.name for file in followed.store.files] == ["net_20261124.xlog", later.name]


@pytest.mark.parametrize("layout", ["staged", "mars"])
def test_a_running_writer_is_read_before_it_writes_out(tmp_path, follow, layout) -> None:
    appender = Appender(AppenderConfig(log_dir=tmp_path, prefix="own", layout=layout))
    try:
        appender.log(Level.INFO, "net", "written out")
        appender.flush_sync()
        followed = follow(next(tmp_path.glob("*.xlog")))
        followed.wait(lambda: followed.told.finished)
        appender.log(Level.INFO, "net", "still in the buffer")
        followed.wait(lambda: "still in the buffer" in texts(followed.store))
        appender.flush_sync()
        appender.log(Level.INFO, "net", "after")
        followed.wait(lambda: "after" in texts(followed.store))
        assert texts(followed.store).count("still in the buffer") == 1
    finally:
        appender.close()


def test_a_writer_that_has_written_nothing_out_yet_is_followed_from_its_buffer(
    tmp_path, follow
) -> None:
    appender = Appender(AppenderConfig(log_dir=tmp_path, prefix="own"))
    try:
        appender.log(Level.INFO, "net", "first")
        sources, _ = find_sources([tmp_path])
        followed = follow(*sources)
        followed.wait(lambda: followed.told.finished)
        appender.log(Level.INFO, "net", "second")
        followed.wait(lambda: "second" in texts(followed.store))
        appender.flush_sync()
        appender.log(Level.INFO, "net", "third")
        followed.wait(lambda: "third" in texts(followed.store))
        mine = [text for text in texts(followed.store) if text in ("first", "second", "third")]
        assert mine == ["first", "second", "third"]
        assert len(followed.store.files) == 1
    finally:
        appender.close()


def test_a_folder_with_the_log_and_the_buffer_of_a_writer_is_one_log(tmp_path, follow) -> None:
    appender = Appender(AppenderConfig(log_dir=tmp_path, prefix="own"))
    older = write_log(tmp_path / "own_20200101.xlog", line("of another day"))
    try:
        appender.log(Level.INFO, "net", "written out")
        appender.flush_sync()
        appender.log(Level.INFO, "net", "in the buffer")
        sources, _ = find_sources([tmp_path])
        assert sources[0].name == older.name and len(sources) == 2
        followed = follow(*sources)
        followed.wait(lambda: followed.told.finished)
        assert {"written out", "in the buffer"} <= set(texts(followed.store))
        appender.log(Level.INFO, "net", "live")
        followed.wait(lambda: "live" in texts(followed.store))
        appender.flush_sync()
        appender.log(Level.INFO, "net", "after")
        followed.wait(lambda: "after" in texts(followed.store))
        wanted = ["of another day", "written out", "in the buffer", "live", "after"]
        assert [text for text in texts(followed.store) if text in wanted] == wanted
    finally:
        appender.close()


def test_two_logs_of_one_writer_show_its_buffer_once(tmp_path, follow) -> None:
    appender = Appender(AppenderConfig(log_dir=tmp_path, prefix="own"))
    older = write_log(tmp_path / "own_20200101.xlog", line("of another day"))
    try:
        appender.log(Level.INFO, "net", "written out")
        appender.flush_sync()
        newer = next(each for each in tmp_path.glob("*.xlog") if each != older)
        followed = follow(newer, older)
        followed.wait(lambda: followed.told.finished)
        appender.log(Level.INFO, "net", "once")
        followed.wait(lambda: "once" in texts(followed.store))
        appender.log(Level.INFO, "net", "and again")
        followed.wait(lambda: "and again" in texts(followed.store))
        assert texts(followed.store).count("once") == 1
    finally:
        appender.close()


def test_a_log_begun_while_its_text_was_in_the_buffer_shows_it_once(tmp_path, follow) -> None:
    today = write_log(tmp_path / "own_20200101.xlog", line("of another day"))
    appender = Appender(AppenderConfig(log_dir=tmp_path, prefix="own"))
    try:
        followed = follow(today)
        followed.wait(lambda: followed.told.finished)
        appender.log(Level.INFO, "net", "for the next log")
        followed.wait(lambda: "for the next log" in texts(followed.store))
        appender.flush_sync()  # into a log that was not there before
        appender.log(Level.INFO, "net", "after")
        followed.wait(lambda: "after" in texts(followed.store))
        assert texts(followed.store).count("for the next log") == 1
        assert len(followed.store.files) == 2
    finally:
        appender.close()


def test_the_buffer_of_a_writer_with_a_key_needs_the_key(tmp_path) -> None:
    public = (DATA / "keys.txt").read_text().split()[1]
    appender = Appender(AppenderConfig(log_dir=tmp_path, prefix="own", public_key=public))
    try:
        appender.log(Level.INFO, "net", "secret")
        buffer = next(tmp_path.glob("*.mmap3"))
        store, told = load(buffer)
        assert told.locked and store.findings[0].finding.kind is FindingKind.NEEDS_KEY
        store, told = load(buffer, keys=(WRONG, PRIVATE))
        assert texts(store)[-1] == "secret" and not told.locked
    finally:
        appender.close()


def test_text_seen_in_the_buffer_is_not_shown_again_from_the_file() -> None:
    seam = Seam()
    assert seam.from_buffer(b"one two") == b"one two"
    assert seam.from_buffer(b"one two three") == b" three"
    assert seam.from_file(b"one") == b""
    assert seam.from_file(b" two three four") == b" four"
    assert seam.from_buffer(b"five") == b"five"
    assert seam.from_file(b"other") == b"other"
    assert seam.from_buffer(b"six") == b"six"
