import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.logviewer.matcher import Cancelled, Matcher, TooSlowError, match_rows
from app.logviewer.query import Pattern, PatternError, Query
from app.logviewer.search import Search
from app.logviewer.text_store import Chunk
from xlog.record import Level

from .logs import START, line, store_of


@pytest.fixture(scope="module")
def matcher():
    made = Matcher(patience=20.0)
    yield made
    made.close()


MESSAGES = ["Connect ok", "connect FAILED", "消息已送达", "Äpfel und äpfel", "two\nlines end", ""]
STORE = store_of(
    b"".join(line(text, n, Level(n), tag=f"t{n % 2}", tid=n % 3) for n, text in enumerate(MESSAGES))
)


def shown(query: Query, matcher: Matcher, store=STORE) -> list[int]:
    mask = Search(store, matcher).judge(query, 0, len(store), lambda: False)
    return np.flatnonzero(mask).tolist()


@pytest.mark.parametrize(
    ("pattern", "rows"),
    [
        (Pattern("connect"), [0, 1]),
        (Pattern("connect", case=True), [1]),
        (Pattern("已送"), [2]),
        (Pattern("ÄPFEL"), [3]),
        (Pattern("lines end"), [4]),
        (Pattern("two\nlines"), [4]),
        (Pattern("[I]["), [2]),
        (Pattern("connect", exclude=True), [2, 3, 4, 5]),
        (Pattern("t1"), [1, 3, 5]),
        (Pattern("^.*ok$", regex=True), [0]),
        (Pattern("failed|送达", regex=True), [1, 2]),
        (Pattern("failed", regex=True, case=True), []),
        (Pattern(r"\w+ end$", regex=True), [4]),
        (Pattern("o{2}", regex=True, exclude=True), [0, 1, 2, 3, 4, 5]),
    ],
)
def test_a_pattern_holds_for_its_rows(pattern, rows, matcher) -> None:
    assert shown(Query(patterns=(pattern,)), matcher) == rows


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        (Query(levels=frozenset({4, 5})), [4, 5]),
        (Query(tags=frozenset({"t0"})), [0, 2, 4]),
        (Query(hide_tags=frozenset({"t0"})), [1, 3, 5]),
        (Query(threads=frozenset({"42, 1"})), [1, 4]),
        (Query(files=frozenset({"/elsewhere"})), []),
        (Query(hide_files=frozenset({"/log0"})), []),
        (Query(since=int(START * 1000) + 2000, until=int(START * 1000) + 3000), [2, 3]),
        (Query(tags=frozenset({"t1"}), patterns=(Pattern("failed"), Pattern("con"))), [1]),
    ],
)
def test_all_conditions_hold_at_once(query, rows, matcher) -> None:
    assert shown(query, matcher) == rows


def test_a_text_across_two_records_is_found_in_neither(matcher) -> None:
    store = store_of(line("one") + line("two"))
    assert shown(Query(patterns=(Pattern("one\n[I]"),)), matcher, store) == []


def test_rows_are_found_in_every_chunk(matcher) -> None:
    many = [line(f"number {n} " + "pad " * 100) for n in range(3000)]
    store = store_of(b"".join(many))
    assert shown(Query(patterns=(Pattern("number 2999 "),)), matcher, store) == [2999]
    pattern = Pattern(r"number \d00 ", regex=True)
    assert shown(Query(patterns=(pattern,)), matcher, store) == list(range(100, 1000, 100))


alphabet = st.text("abA B\n", max_size=6)


@given(st.lists(alphabet, min_size=1, max_size=12), alphabet.filter(bool), st.booleans())
def test_a_text_is_found_as_an_expression_would_find_it(messages, text, case) -> None:
    store = store_of(b"".join(line(message) for message in messages))
    reader = store.reader()
    flags = 0 if case else re.IGNORECASE
    wanted = [
        re.search(re.escape(text), store.raw(n, reader).decode(), flags) is not None
        for n in range(len(store))
    ]
    hits = Search(store, Matcher()).match(Pattern(text, case=case), 0, len(store), lambda: False)
    assert hits.tolist() == wanted


def test_an_expression_that_never_ends_is_stopped_and_told() -> None:
    matcher = Matcher(patience=0.2)
    store = store_of(line("a" * 60 + "!"))
    with pytest.raises(TooSlowError):
        shown(Query(patterns=(Pattern("(a+)+$", regex=True),)), matcher, store)
    assert matcher._process is None


def test_a_search_that_is_cancelled_ends_its_process() -> None:
    matcher = Matcher()
    store = store_of(line("a" * 60 + "!"))
    asked = []

    def cancelled() -> bool:
        asked.append(1)
        return len(asked) > 2

    with pytest.raises(Cancelled):
        Search(store, matcher).match(Pattern("(a+)+$", regex=True), 0, 1, cancelled)
    assert matcher._process is None


def test_after_its_process_died_the_matcher_starts_another(matcher) -> None:
    chunk = Chunk(b"abc\n", 4, False)
    ends = np.array([4], np.int32)
    args = Pattern("b.$", regex=True), chunk, np.zeros(1, np.int32), ends, lambda: False
    assert matcher.match(*args).tolist() == [True]
    matcher._process.kill()
    matcher._process.join()
    assert matcher.match(*args).tolist() == [True]


def test_a_broken_expression_is_told_before_anything_is_searched() -> None:
    with pytest.raises(PatternError):
        shown(Query(patterns=(Pattern("(", regex=True),)), Matcher())


def test_rows_of_a_text_beyond_ascii_are_matched_one_by_one() -> None:
    text = "é one\nü two".encode()
    starts, ends = np.array([0, 7], np.int32), np.array([7, 13], np.int32)
    assert match_rows(Pattern("^. one$", regex=True), text, starts, ends).tolist() == [True, False]
    assert match_rows(Pattern("two$", regex=True), text, starts, ends).tolist() == [False, True]
