"""Following a log that grows, with and without the writer's memory buffer."""

import pytest

from tests.xlog.samples import PRIVATE_KEY, PUBLIC_KEY, block_of, line
from tests.xlog.writing import open_log
from xlog.buffer_reader import Seam
from xlog.errors import SourceError
from xlog.files import make_name
from xlog.findings import Finding, FindingKind
from xlog.follow import Follower, newest_log, tail
from xlog.format import BlockKind
from xlog.reader import Block

KIND = BlockKind.ASYNC_ZLIB_PLAIN


def text(items):
    return b"".join(item.data for item in items if isinstance(item, Block))


def kinds(items):
    found = []
    for item in items:
        found.extend([item] if isinstance(item, Finding) else item.findings)
    return [finding.kind for finding in found]


def block(number):
    return block_of(KIND, [line(number)], seq=number)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "app_20261124.xlog"


def test_a_log_that_is_not_there_yet_is_waited_for(path):
    follower = Follower(path)
    assert follower.poll() == []
    path.write_bytes(block(1))
    assert text(follower.poll()) == line(1)
    assert follower.poll() == []


def test_each_poll_gives_what_is_new(path):
    follower = Follower(path)
    path.write_bytes(block(1))
    assert text(follower.poll()) == line(1)
    with path.open("ab") as file:
        file.write(block(2) + block(3))
    assert text(follower.poll()) == line(2) + line(3)
    assert follower.position == path.stat().st_size


@pytest.mark.parametrize("size", [1, 40, 73, 90])
def test_a_block_that_is_not_whole_is_left_for_later(path, size):
    follower = Follower(path)
    path.write_bytes(block(1) + block(2)[:size])
    assert text(follower.poll()) == line(1)
    path.write_bytes(block(1) + block(2))
    found = follower.poll()
    assert text(found) == line(2)
    assert kinds(found) == []


def test_a_cut_block_is_told_when_something_follows_it(path):
    follower = Follower(path)
    path.write_bytes(block(1) + block(2)[:90])
    assert kinds(follower.poll()) == []
    path.write_bytes(block(1) + block(2)[:90] + block(3))
    found = follower.poll()
    assert FindingKind.CUT_SHORT in kinds(found)
    assert text(found).endswith(line(3))


def test_a_log_that_was_replaced_is_read_anew(path):
    follower = Follower(path)
    path.write_bytes(block(1) + block(2))
    follower.poll()
    path.write_bytes(block(5))
    found = follower.poll()
    assert kinds(found) == [FindingKind.RESTARTED]
    assert text(found) == line(5)


def test_from_the_end_only_what_comes_is_given(path):
    path.write_bytes(block(1) + block(2))
    follower = Follower(path, from_end=True)
    assert text(follower.poll()) == b""
    with path.open("ab") as file:
        file.write(block(3))
    assert text(follower.poll()) == line(3)


def test_reading_can_begin_where_another_ended(path):
    path.write_bytes(block(1) + block(2))
    follower = Follower(path, start=len(block(1)))
    assert text(follower.poll()) == line(2)


def test_what_cannot_be_read_is_told(tmp_path):
    with pytest.raises(SourceError):
        Follower(tmp_path).poll()


def test_the_newest_log_of_a_folder_is_followed_and_then_its_successor(tmp_path):
    (tmp_path / "app_20261123.xlog").write_bytes(block(1))
    steps = []

    def wait(seconds):
        steps.append(seconds)
        if len(steps) == 1:
            (tmp_path / "app_20261124.xlog").write_bytes(block(2))
        return len(steps) == 3

    assert text(tail(tmp_path, wait=wait, poll=0.5)) == line(1) + line(2)
    assert steps == [0.5] * 3
    assert newest_log(tmp_path).name == "app_20261124.xlog"
    assert newest_log(tmp_path, "other") is None


WRITERS = [
    {},
    {"public_key": PUBLIC_KEY},
    {"layout": "mars"},
    {"layout": "mars", "public_key": PUBLIC_KEY, "codec": "zstd"},
]


@pytest.mark.parametrize("settings", WRITERS, ids=["staged", "staged-key", "mars", "mars-key"])
def test_a_writers_records_are_seen_as_they_are_logged_and_once(tmp_path, settings):
    seen = b""
    with open_log(tmp_path, **settings) as log:
        day = log._file_writer.files._day_for(1e10)  # no new day begins meanwhile
        path = tmp_path / make_name("app", day)
        follower = Follower(path, [PRIVATE_KEY], buffer=log.buffer_file)
        sent = b""
        for number in range(1500):
            log.write(f"[I][][1, 1][t][f:1, g][message {number}")
            sent += b"[I][][1, 1][t][f:1, g][message %d\n" % number
            if number % 71 == 0:
                log.flush_sync()
                follower.path = log.current_file
            if number % 13 == 0:
                seen += text(follower.poll())
                assert sent.startswith(seen)
        follower.path = log.current_file
        seen += text(follower.poll()) + text(follower.poll())
        assert seen == sent
    assert text(follower.poll()) + text(follower.poll()) == b""


@pytest.mark.parametrize("settings", [WRITERS[1], WRITERS[3]], ids=["staged", "mars"])
def test_a_buffer_without_its_key_asks_for_it_once(tmp_path, settings):
    with open_log(tmp_path, **settings) as log:
        log.log(2, "t", "secret")
        follower = Follower(tmp_path / "app_x.xlog", buffer=log.buffer_file)
        assert kinds(follower.poll()) == [FindingKind.NEEDS_KEY]
        assert follower.poll() == []
        follower.add_key(PRIVATE_KEY)
        assert b"secret" in text(follower.poll())


def test_from_the_end_the_buffer_too_is_passed_over(tmp_path):
    with open_log(tmp_path) as log:
        log.write("old")
        log.flush_sync()
        log.write("older than you")
        follower = Follower(log.current_file, buffer=log.buffer_file, from_end=True)
        assert text(follower.poll()) == b""
        log.write("new")
        assert text(follower.poll()) == b"new\n"


def test_the_seam_gives_each_text_once():
    seam = Seam()
    assert seam.from_buffer(b"one\n") == b"one\n"
    assert seam.from_buffer(b"one\ntwo\n") == b"two\n"
    assert seam.open
    assert seam.from_file(b"one\n") == b""
    assert seam.from_file(b"two\nthree\n") == b"three\n"
    assert not seam.open
    assert seam.from_buffer(b"four\n") == b"four\n"
    assert seam.from_buffer(b"other\n") == b""


def test_a_log_that_goes_while_the_newest_is_looked_for_is_passed_over(tmp_path):
    (tmp_path / "a_20261124.xlog").write_bytes(b"")
    (tmp_path / "gone_20261125.xlog").symlink_to(tmp_path / "nowhere")
    assert newest_log(tmp_path) == tmp_path / "a_20261124.xlog"
