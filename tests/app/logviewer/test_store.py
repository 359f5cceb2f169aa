import threading

from app.logviewer.store import FINDING, MARK
from app.logviewer.text_store import CHUNK_SIZE, ChunkReader, TextStore
from xlog.findings import Finding, FindingKind

from .logs import line, store_of, texts


def test_text_comes_back_from_closed_chunks_and_from_the_open_one() -> None:
    chunks = TextStore()
    pieces = [f"piece {n} ".encode() * 5000 for n in range(30)]
    places = [chunks.append(piece) for piece in pieces]
    reader = ChunkReader(chunks, cache_size=CHUNK_SIZE)
    for piece, (number, offset) in zip(pieces, places, strict=True):
        assert reader.text(number, offset + len(piece))[offset : offset + len(piece)] == piece
    assert len(chunks) > 3
    assert chunks.kept_bytes < sum(map(len, pieces)) / 2


def test_a_cached_open_chunk_is_fetched_again_when_more_of_it_is_wanted() -> None:
    chunks = TextStore()
    chunks.append(b"one")
    reader = ChunkReader(chunks)
    assert reader.text(0, 3) == b"one"
    chunks.append(b"two")
    assert reader.text(0, 6) == b"onetwo"


def test_a_row_has_everything_that_its_line_says() -> None:
    store = store_of(line("hello\nworld", 1.5, tid=42))
    row = store.row(0, store.reader())
    assert (row.message, row.tag, row.thread) == ("hello\nworld", "net", "42, 42*")
    assert (row.place, row.zone, row.level) == ("link.py:3, run", 480, 2)
    assert row.time == 1_795_000_001_500


def test_rows_without_a_time_stand_at_that_of_the_row_before() -> None:
    store = store_of(b"a fragment\n" + line("one", 1) + b"$$$$$$$$$$ closed\n" + line("two", 2))
    assert store.columns["time"].tolist() == [
        1_795_000_001_000,
        1_795_000_001_000,
        1_795_000_001_000,
        1_795_000_002_000,
    ]
    assert store.columns["level"].tolist() == [MARK, 2, MARK, 2]


def test_a_finding_is_a_row_where_it_was_met() -> None:
    store = store_of(line("before", 1))
    finding = Finding(FindingKind.ZERO_GAP, 100, 50, "zeros")
    store.append_finding(0, finding)
    store.append_text(0, line("after", 2))
    assert store.columns["level"].tolist() == [2, FINDING, 2]
    assert store.finding_at(1).finding is finding
    assert store.finding_at(0) is None and store.finding_at(2) is None
    assert store.columns["time"][1] == store.columns["time"][0]


def test_a_block_larger_than_a_chunk_is_cut_between_records() -> None:
    lines = [line(f"record {n} " + "x" * 900) for n in range(2000)]
    store = store_of(b"".join(lines))
    assert len(store.chunks) > 5
    assert texts(store)[1999].startswith("record 1999 ")


def test_a_bookmark_finds_its_row_by_file_and_ordinal() -> None:
    store = store_of(line("a") + line("b"), line("c"))
    store.append_text(0, line("d"))
    assert store.ordinal(3) == 2
    assert store.at_ordinal(0, 2) == 3
    assert store.at_ordinal(1, 5) is None


def test_one_thread_may_read_while_another_appends() -> None:
    store = store_of(line("first"))
    done = threading.Event()
    wrong: list[str] = []

    def read() -> None:
        reader = store.reader()
        while not done.is_set():
            number = len(store) - 1
            if store.row(number, reader).message != ("first" if not number else f"n {number}"):
                wrong.append(store.row(number, reader).message)

    thread = threading.Thread(target=read)
    thread.start()
    for number in range(1, 800):
        store.append_text(0, line(f"n {number}"))
    done.set()
    thread.join()
    assert not wrong
