"""Gathering in a process: the same bundle, replaced by a newer request, and without a process."""

import asyncio
import multiprocessing

import pytest

from app.diagnostics import export_worker as module
from app.diagnostics.export import Choices, ExportSource
from app.diagnostics.export_worker import ExportWorker
from app.diagnostics.history import History
from app.diagnostics.redact import Keep
from netcore.events import Woke
from netcore.runtime.task_holder import TaskHolder
from tests.app.diagnostics.profiles import make_profile


@pytest.fixture
async def holder():
    held = TaskHolder("test")
    yield held
    await held.close()


@pytest.fixture
def export_worker():
    made = ExportWorker()
    yield made
    made.close()


async def test_events_and_all_come_back_from_the_process(export_worker, tmp_path):
    history = History()
    history.record(Woke(seconds=3.0))
    source = ExportSource(make_profile(tmp_path / "p"), history=history.snapshot())
    bundle = await export_worker.gather(source, Choices(), id="PH-1")
    assert bundle.id == "PH-1"
    assert '"event": "Woke"' in next(i.shown for i in bundle.items if i.name == "history.json")
    again = await export_worker.gather(source, Choices(keep=Keep(names=True)), id="PH-1")
    assert again.manifest["kept"] == ["names"]


async def test_a_newer_request_ends_the_one_before(export_worker, holder, tmp_path):
    source = ExportSource(make_profile(tmp_path / "p"))
    first = holder.start(export_worker.gather(source, Choices(), id="PH-1"), "first")
    await asyncio.sleep(0.05)
    second = await export_worker.gather(source, Choices(), id="PH-2")
    assert second.id == "PH-2"
    assert await asyncio.wait_for(first, 60) is None


async def test_what_goes_wrong_in_the_process_is_told(export_worker, tmp_path):
    source = ExportSource(make_profile(tmp_path / "p"))
    with pytest.raises(RuntimeError, match="BadPrivateKeyError"):
        await export_worker.gather(source, Choices(keys=("no key",)), id="PH-1")
    assert (await export_worker.gather(source, Choices(), id="PH-2")).id == "PH-2"


async def test_without_a_process_a_thread_does_it(export_worker, tmp_path, monkeypatch, caplog):
    def none(self):
        raise OSError("no more processes")

    monkeypatch.setattr(module._ExportProcess, "_start", none)
    bundle = await export_worker.gather(
        ExportSource(make_profile(tmp_path / "p")), Choices(), id="PH-1"
    )
    assert bundle.id == "PH-1"
    assert "no more processes" in caplog.text


async def test_closing_ends_what_is_under_way(export_worker, holder, tmp_path):
    source = ExportSource(make_profile(tmp_path / "p"))
    waiting = holder.start(export_worker.gather(source, Choices(), id="PH-1"), "gather")
    await asyncio.sleep(0.3)
    export_worker.close()
    assert await asyncio.wait_for(waiting, 60) is None


@pytest.mark.parametrize("wait", [0.0, 0.01, 0.05])
async def test_no_process_outlives_a_gatherer_that_was_closed_as_it_began(wait, holder, tmp_path):
    source = ExportSource(make_profile(tmp_path / "p"))
    for _ in range(3):
        export_worker = ExportWorker()
        waiting = holder.start(export_worker.gather(source, Choices(), id="PH-1"), "gather")
        await asyncio.sleep(wait)
        export_worker.close()
        waiting.cancel()
    # The threads that start them are still at it.
    await asyncio.get_running_loop().shutdown_default_executor()
    assert multiprocessing.active_children() == []


async def test_one_request_after_the_other_leaves_one_process(export_worker, holder, tmp_path):
    source = ExportSource(make_profile(tmp_path / "p"))
    for number in range(5):
        holder.start(export_worker.gather(source, Choices(), id=f"PH-{number}"), "gather")
        await asyncio.sleep(0)
    last = await export_worker.gather(source, Choices(), id="PH-9")
    assert last.id == "PH-9"
    assert [each.name for each in multiprocessing.active_children()] == ["export"]
