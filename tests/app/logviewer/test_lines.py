import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.logviewer.lines import NO_ID, NO_ZONE, Vocabulary, parse_heads
from xlog.record import Level, Record, format_line, parse_records, record_starts, split_records

from .logs import DATA

TEXTS = [path.name for path in sorted(DATA.glob("*.txt")) if path.name not in ("keys.txt",)]
ODD = [
    b"[I][2026-02-30 +8.0 01:02:03.004][1, 2][t][f:1, g][no such day\n",
    b"[I][2024-02-29 -3.5 23:59:59.999][1, 2*][t][f:1, g][leap day\n",
    b"[I][2026-01-31 +5.8 00:00:00.000][1, 2][t][f:1, g][quarters\n",
    b"[I][2026-11-24 +10.0 00:00:00.1234][1, 2][t][f:1, g][four digits\n",
    b"[W][][1, 2][t][f:1, g][no time\n",
    b"[E][2026-11-24 +8.0 14:35:02.880][1, 2][a][b]c][f:1, g][brackets in the tag\n",
    b"[E][2026-11-24 +8.0 14:35:02.880][1, 2][cut off\n",
    b"[E][2026-11-24 +8.0 14:35:02.880][one, two][t][f:1, g][no thread\n",
    b"[E][2026-11-24 +8.0 14:35:02.880][1, 2][t][f, g][no line\n",
    b"^^^^^^^^^^Nov 24 2026^^^14:32:45^^^^^^^^^^[5733,5733][2026-11-24 +0000 14:35:02]\nmore\n",
    b"$$$$$$$$$$Nov 24 2026$$$14:32:45$$$$$$$$$$[5733,5733][2026-11-24 +0000 14:35:02]\n",
    b"~~~~~ begin of mmap ~~~~~\n",
    b"no record at all\n",
    b"[V][2026-11-24 +8.0 14:35:02.880][1, 2][t][f:1, g][two\nlines\n",
    b"[V][2026-11-24 +8.0 14:35:02.880][1, 2][\xff][f:1, g][no utf-8 \xff\xfe\n",
    b"[V][2026-11-24 +8.0 14:35:02.880][1, 2][t][f:1, g][without a break",
    b"[X][2026-11-24 +8.0 14:35:02.880][1, 2][t][f:1, g][no such level\n",
]


def agrees(text: bytes) -> None:
    words = Vocabulary()
    heads = parse_heads(text, words)
    assert heads.start.tolist() == record_starts(text)
    for index, (piece, record) in enumerate(
        zip(split_records(text), parse_records(text), strict=True)
    ):
        assert heads.length[index] == len(piece)
        assert heads.level[index] == record.level
        assert heads.time[index] == round(record.time * 1000)
        assert (heads.zone[index] == NO_ZONE) == (record.time == 0)
        if record.time:
            assert heads.zone[index] * 60 == record.zone
        if record.level < Level.NONE:
            star = "*" if record.main else ""
            assert words.threads.texts[heads.thread[index]] == f"{record.pid}, {record.tid}{star}"
            assert words.tags.texts[heads.tag[index]] == record.tag
            place = f"{record.file}:{record.line}, {record.function}"
            assert words.places.texts[heads.place[index]] == place
            message = piece[heads.message[index] :].decode("utf-8", "backslashreplace")
            assert message.removesuffix("\n") == record.message
        else:
            assert heads.tag[index] == NO_ID


@pytest.mark.parametrize("name", TEXTS)
def test_all_heads_at_once_are_those_of_the_careful_parser(name) -> None:
    agrees((DATA / name).read_bytes())


@pytest.mark.parametrize("text", ODD, ids=range(len(ODD)))
def test_lines_of_unusual_form_agree_too(text) -> None:
    agrees(text)


def test_lines_of_every_form_agree_in_one_text() -> None:
    agrees(b"".join(ODD))
    agrees(b"".join(reversed(ODD)))


def test_no_text_has_no_records() -> None:
    assert len(parse_heads(b"", Vocabulary()).start) == 0


name = st.text(st.characters(codec="ascii", exclude_characters="[]\n:\r"), max_size=12)
records = st.builds(
    Record,
    st.sampled_from(list(Level)[:6]),
    st.text(max_size=40).filter(lambda text: "\n[" not in text),
    st.integers(1, 4_000_000_000_000).map(lambda ms: ms / 1000),
    st.integers(-48, 56).map(lambda quarters: quarters * 900),
    st.integers(-1, 99999),
    st.integers(0, 2**40),
    st.booleans(),
    name,
    name,
    st.integers(-1, 99999),
    name,
)


@given(st.lists(records, max_size=8))
def test_what_a_writer_formats_agrees(items) -> None:
    agrees(b"".join(map(format_line, items)))


@given(st.binary(max_size=300))
def test_any_bytes_have_heads(text) -> None:
    heads = parse_heads(text, Vocabulary())
    assert heads.length.sum() == len(text)
