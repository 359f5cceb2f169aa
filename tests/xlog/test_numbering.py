"""The numbering of writers: each counts for itself, and a scan may go back (xlog/numbering.py)."""

from xlog.numbering import WRITERS, Writers


def counted(writers: Writers, writer: bytes, *numbers: int) -> list[tuple[int, int] | None]:
    return [writers.missing(writer, number) for number in numbers]


def test_each_writer_counts_for_itself() -> None:
    writers = Writers()
    assert counted(writers, b"a", 1, 2, 3) == [None] * 3
    assert counted(writers, b"b", 1, 2, 5) == [None, None, (3, 4)]
    assert counted(writers, b"a", 4, 6) == [None, (5, 5)]
    assert b"a" in writers and b"b" in writers and b"c" not in writers


def test_the_writer_heard_longest_ago_is_forgotten_first() -> None:
    writers = Writers()
    for number in range(WRITERS):
        writers.missing(b"%d" % number, 1)
    writers.missing(b"0", 2)  # heard again
    writers.missing(b"another", 1)
    assert b"0" in writers and b"1" not in writers


def test_what_was_kept_at_a_position_is_known_again_there() -> None:
    writers = Writers()
    counted(writers, b"a", 1, 2)
    writers.remember(100)
    counted(writers, b"a", 3, 4)
    writers.go_back(100)
    assert counted(writers, b"a", 3, 5) == [None, (4, 4)]
    writers.go_back(100)  # kept once
    assert counted(writers, b"a", 6) == [None]
