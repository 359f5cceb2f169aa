"""The recorder: bounded, cheap, kept on disk, and never in the way."""

import asyncio
import json
from pathlib import Path

from app.diagnostics import history as module
from app.diagnostics.history import PER_KIND, SCHEMA, History, read_history
from netcore.connect.store import save_json
from netcore.events import NetworkChanged, NetworkKind, Slept, Woke
from netcore.observe import Observer
from tests.app.diagnostics.panel.test_model import kinds


async def test_events_are_kept_over_a_restart_in_order_of_time(tmp_path):
    path = tmp_path / "history.json"
    first = History(path)
    observer = Observer()
    stop = first.follow(observer)
    observer.emit(Woke(seconds=30.0, at=2.0))
    observer.emit(Slept(at=1.0))
    stop()
    observer.emit(Slept(at=3.0))
    first.add_diagnosis({"host": "x"})
    await first.close()
    second = History(path)
    second.record(NetworkChanged(kind=NetworkKind.WIFI, label="home", generation=1, at=9.0))
    found = second.snapshot()()
    assert [event["event"] for event in found["events"]] == ["Slept", "Woke", "NetworkChanged"]
    assert found["events"][2]["kind"] == "WIFI"
    assert found["diagnoses"] == [{"host": "x"}]
    assert read_history(path)["schema"] == SCHEMA


def test_a_flood_of_one_kind_pushes_out_no_other():
    history = History()
    history.record(NetworkChanged(kind=NetworkKind.NONE, label="", generation=1))
    for number in range(50_000):
        history.record(Woke(seconds=float(number)))
    events = history.snapshot()()["events"]
    assert len(events) == PER_KIND + 1
    assert events[-1]["seconds"] == 49_999.0


def test_kinds_are_bounded_too(monkeypatch):
    monkeypatch.setattr(module, "KINDS", 3)
    history = History()
    for number in range(10):
        history._put(f"Kind{number}", {"event": f"Kind{number}", "at": 0.0})
    assert len(history.snapshot()()["events"]) == 3


async def test_it_writes_by_itself_and_only_what_is_new(tmp_path, monkeypatch):
    path = tmp_path / "history.json"
    written = asyncio.Event()
    loop = asyncio.get_running_loop()

    def save(path, value):
        loop.call_soon_threadsafe(written.set)
        return save_json(path, value)

    monkeypatch.setattr(module, "save_json", save)
    history = History(path, interval=0.02)
    history.start()
    await asyncio.sleep(0.1)
    assert not written.is_set()
    history.record(Slept())
    await asyncio.wait_for(written.wait(), 10)
    await history.close()
    assert json.loads(path.read_text())["events"][0]["event"] == "Slept"


async def test_a_folder_that_cannot_be_written_is_no_error(tmp_path, caplog):
    (tmp_path / "file").write_text("")
    history = History(tmp_path / "file" / "history.json")
    history.record(Slept())
    await history.close()
    assert "cannot be written" in caplog.text
    assert len(history.snapshot()()["events"]) == 1


def test_infinity_and_what_cannot_be_read_are_told_as_text():
    class Broken(Slept):
        def as_dict(self):
            raise RuntimeError("no")

    history = History()
    history.record(Woke(seconds=float("inf")))
    history.record(Broken())
    events = history.snapshot()()["events"]
    json.dumps(events, allow_nan=False)
    assert {event.get("seconds") for event in events} == {"inf", None}
    assert any(event.get("unreadable") == "no" for event in events)


def test_a_file_of_another_schema_is_left_alone(tmp_path):
    path = tmp_path / "history.json"
    path.write_text('{"schema": "phobos-history/99", "events": [{"event": "X", "at": 1}]}')
    assert read_history(path)["events"] == []
    events = [3, {"event": "X"}, {"at": 1}]
    path.write_text(json.dumps({"schema": SCHEMA, "events": events, "diagnoses": None}))
    assert len(read_history(path)["events"]) == 1


def test_every_event_of_netcore_stands_in_the_documentation():
    told = (Path(__file__).parents[3] / "docs" / "diagnostics.md").read_text("utf-8")
    assert [each.__name__ for each in kinds() if f"`{each.__name__}`" not in told] == []
