"""The viewer over logs in the forms of released Mars versions: columns, filters, map, search."""

import numpy as np
import pytest

from app.logviewer.export import ExportFormat, lines
from app.logviewer.filter_engine import FilteredView
from app.logviewer.model import LogColumn, LogModel
from app.logviewer.query import Pattern, Query
from app.logviewer.search import Search
from app.logviewer.store import MARK, LogStore
from app.logviewer.timeline import histogram
from tests.xlog.released import FOLDER, LOGS
from xlog.reader import Reader
from xlog.record import Level, parse_place

from .logs import PRIVATE, load

WITH_TIME = [log for log in LOGS if log.heads and log.name != "no-date.xlog"]


def loaded(log) -> LogStore:
    store, _ = load(FOLDER / log.name, keys=[PRIVATE])
    return store


@pytest.mark.parametrize("log", LOGS, ids=lambda log: log.name)
def test_rows_are_the_records_of_the_reader(log) -> None:
    store = loaded(log)
    assert not store.findings
    records = [
        record
        for block in Reader(FOLDER / log.name, [PRIVATE]).blocks()
        for record in block.records()
    ]
    levels = store.columns["level"]
    assert len(store) == len(records)
    assert int((levels < MARK).sum()) == log.heads
    reader = store.reader()
    for number, record in enumerate(records):
        row = store.row(number, reader)
        assert row.level == record.level
        assert row.message == record.message
        if record.level < Level.NONE:
            assert row.tag == record.tag
            if record.time:
                assert row.time == round(record.time * 1000)
                assert row.zone == record.zone // 60
                assert row.thread.startswith(f"{record.pid}, {record.tid}")
            place = parse_place(row.place.encode())
            assert place is None or place[1] == record.line


@pytest.mark.parametrize("log", WITH_TIME, ids=lambda log: log.name)
def test_every_head_has_its_cells_and_its_place_on_the_map(log, qapp) -> None:
    store = loaded(log)
    model = LogModel(store)
    everything = range(len(store))
    model.set_view(FilteredView(rows=np.arange(len(store), dtype=np.int32)))
    heads = [n for n in everything if store.columns["level"][n] < MARK]
    for number in heads:
        assert model.text(number, LogColumn.TIME).startswith("03-30 09:3")
        assert model.text(number, LogColumn.LEVEL) in "IWE"
        assert model.text(number, LogColumn.THREAD).rstrip("*") in ("1", "7")
    assert {model.text(n, LogColumn.TAG) for n in heads} <= {"net", ""}
    counted = histogram(store, model.view.rows)
    assert counted.counts[:, :MARK].sum() == log.heads


def test_filters_by_level_thread_and_tag_find_them() -> None:
    (log,) = (log for log in LOGS if log.name == "android-1.2.6.xlog")
    store = loaded(log)
    search = Search(store, None)
    judge = lambda query: int(search.judge(query, 0, len(store), lambda: False).sum())  # noqa: E731
    assert judge(Query().with_level_from(Level.ERROR)) == 1
    assert judge(Query(threads=frozenset(["4321, 7"]))) == 2
    assert judge(Query(tags=frozenset(["net"]))) == 3


def test_colours_and_reordering_are_searched_shown_and_copied_as_people_see_them(qapp) -> None:
    (log,) = (log for log in LOGS if log.name == "crlf-and-colours.xlog")
    store = loaded(log)
    search = Search(store, None)
    for text in ("failed gnp.exe", "FAILED GNP", "\x1b[31m"):
        found = search.match(Pattern(text), 0, len(store), lambda: False)
        assert found.tolist() == [False, False, True, False], text
    model = LogModel(store)
    model.set_view(FilteredView(rows=np.arange(len(store), dtype=np.int32)))
    assert model.text(2, LogColumn.MESSAGE) == "failed \\u202egnp.exe\nat the second line"
    assert model.text(3, LogColumn.MESSAGE) == "flush:true"
    copied = "".join(lines(store, range(len(store)), store.reader(), ExportFormat.TEXT))
    assert "\x1b" not in copied
    assert "\r" not in copied
    assert "\u202e" not in copied
    exact = "".join(lines(store, [2], store.reader(), ExportFormat.JSON_LINES))
    assert "\\u202e" in exact
    assert "\\u001b" in exact
