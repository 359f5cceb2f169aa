import numpy as np
import pytest

from app.logviewer.filter_engine import FilteredView, FilterEngine
from app.logviewer.matcher import Matcher
from app.logviewer.query import Pattern, Query
from app.logviewer.store import FINDING
from app.logviewer.timeline import histogram, merged, row_at_time
from xlog.findings import Finding, FindingKind
from xlog.record import Level

from .logs import START, line, store_of, texts


def settled(engine: FilterEngine) -> FilteredView:
    while engine.behind:
        engine.step()
    return engine.view()


@pytest.fixture
def matcher():
    made = Matcher()
    yield made
    made.close()


def test_logs_are_merged_by_time_and_keep_their_own_order(matcher) -> None:
    store = store_of(
        line("a1", 1) + line("a3", 3) + line("a back", 2) + line("a5", 5),
        line("b2", 2) + line("b3", 3) + line("b4", 4),
    )
    view = settled(FilterEngine(store, matcher))
    assert texts(store, view.rows) == ["a1", "b2", "a3", "a back", "b3", "b4", "a5"]


def test_one_log_is_shown_as_it_stands(matcher) -> None:
    store = store_of(line("late", 9) + line("early", 1))
    assert merged(store, 2) is None
    assert settled(FilterEngine(store, matcher)).rows.tolist() == [0, 1]


def test_one_record_with_a_clock_years_ahead_does_not_drag_the_others_along(matcher) -> None:
    wild = line("wild", 9e8)
    store = store_of(line("a1", 1) + wild + line("a3", 3), line("b2", 2) + line("b4", 4))
    view = settled(FilterEngine(store, matcher))
    assert texts(store, view.rows) == ["a1", "wild", "b2", "a3", "b4"]


def test_a_view_of_a_growing_store_goes_on_where_it_was(matcher) -> None:
    store = store_of(line("one x", 1) + line("two", 2))
    engine = FilterEngine(store, matcher)
    engine.set_query(Query(patterns=(Pattern("x"),)))
    engine.set_find(Pattern("one"))
    first = settled(engine)
    assert (first.rows.tolist(), first.found.tolist()) == ([0], [0])
    assert not first.appended
    store.append_text(0, line("three x one", 3) + line("four x", 4))
    assert engine.behind
    second = settled(engine)
    assert second.appended
    assert (second.rows.tolist(), second.found.tolist()) == ([0, 2, 3], [0, 1])


def test_merged_rows_that_come_at_the_end_count_as_appended(matcher) -> None:
    store = store_of(line("a", 1), line("b", 2))
    engine = FilterEngine(store, matcher)
    settled(engine)
    store.append_text(0, line("c", 3))
    assert settled(engine).appended
    store.append_text(0, line("d", 3))
    store.append_text(1, line("e", 2.5))
    view = settled(engine)
    assert not view.appended
    assert texts(store, view.rows) == ["a", "b", "e", "c", "d"]


def test_a_new_query_is_another_generation(matcher) -> None:
    store = store_of(line("one") + line("two"))
    engine = FilterEngine(store, matcher)
    before = settled(engine).generation
    engine.set_query(Query(patterns=(Pattern("two"),)))
    view = settled(engine)
    assert view.generation == before + 1 and not view.appended
    assert view.rows.tolist() == [1]


def test_the_first_rule_that_holds_colours_a_row(matcher) -> None:
    store = store_of(line("red blue") + line("blue") + line("none"))
    engine = FilterEngine(store, matcher)
    engine.set_rules((Pattern("red"), Pattern("blue")))
    assert settled(engine).colours.tolist() == [1, 2, 0]
    engine.set_rules((Pattern("blue"),))
    assert settled(engine).colours.tolist() == [1, 1, 0]
    engine.set_rules(())
    assert settled(engine).colours is None


def test_a_broken_expression_shows_nothing_and_is_told(matcher) -> None:
    engine = FilterEngine(store_of(line("one")), matcher)
    engine.set_query(Query(patterns=(Pattern("(", regex=True),)))
    engine.set_find(Pattern("[", regex=True))
    view = settled(engine)
    assert view.rows.tolist() == []
    assert set(view.errors) == {"filter", "find"}


def test_levels_tags_and_threads_are_counted_most_first(matcher) -> None:
    store = store_of(line("a", tag="x") + line("b", tag="y", tid=3) + line("c", tag="y", tid=3))
    store.append_finding(0, Finding(FindingKind.ZERO_GAP, 0, 1, "zeros"))
    view = settled(FilterEngine(store, matcher))
    assert view.names.tags == (("y", 2), ("x", 1))
    assert view.names.threads == (("42, 3", 2), ("42, 7", 1))
    assert (view.levels[Level.INFO], view.levels[FINDING]) == (3, 1)


def test_the_histogram_counts_rows_by_time_and_level() -> None:
    store = store_of(line("a", 0) + line("b", 5, Level.ERROR) + line("c", 10, Level.ERROR))
    counts = histogram(store, np.arange(3), bins=10)
    assert counts.start == START * 1000
    assert counts.counts.sum(axis=0).tolist() == [0, 0, 1, 0, 2, 0, 0, 0]
    assert counts.counts[0, 2] == counts.counts[-1, 4] == 1
    assert counts.bin_of(counts.start - 1e9) == 0 and counts.bin_of(counts.end + 1e9) == 9


def test_nothing_has_an_empty_histogram() -> None:
    assert len(histogram(store_of(b""), np.zeros(0, np.int32)).counts) == 0


def test_a_time_is_found_at_the_first_row_that_is_not_before_it() -> None:
    store = store_of(line("a", 1) + line("b", 3) + line("back", 2) + line("c", 5))
    rows = np.arange(4, dtype=np.int32)
    assert row_at_time(store, rows, START * 1000 + 2000) == 1
    assert row_at_time(store, rows, START * 1000 + 4000) == 3
    assert row_at_time(store, rows, START * 1000 + 9000) == 3
    assert row_at_time(store, rows[:0], 0) == -1
