"""Midnight, another time zone, and what was painted before them."""

import os
import time
from datetime import date

import pytest

from app.desktop.local_time import Calendar, calendar, clock_text, local_day

MIDNIGHT = 1_760_054_400.0  # 2025-10-10 00:00 UTC


@pytest.fixture
def zone(monkeypatch):
    """Sets the process's time zone, as a change of the system's would; UTC at the beginning."""

    def move(name: str) -> None:
        monkeypatch.setenv("TZ", name)

    before = os.environ.get("TZ")
    move("UTC")
    calendar().look()
    yield move
    monkeypatch.undo()
    assert os.environ.get("TZ") == before
    time.tzset()
    calendar().look()


@pytest.fixture
def now(monkeypatch):
    """The wall clock, to be set."""
    at = [MIDNIGHT - 60.0]
    monkeypatch.setattr(calendar(), "_wall", lambda: at[0])
    monkeypatch.setattr("app.desktop.local_time.time.time", lambda: at[0])
    calendar().look()
    yield at
    monkeypatch.undo()
    calendar().look()


def test_midnight_is_told_once(qtbot, zone) -> None:
    at = [MIDNIGHT - 1.0]
    made = Calendar(lambda: at[0])
    with qtbot.assertNotEmitted(made.changed):
        made.look()
    at[0] = MIDNIGHT
    with qtbot.waitSignal(made.changed):
        made.look()
    with qtbot.assertNotEmitted(made.changed):
        made.look()


def test_a_new_time_zone_is_told_and_holds_at_once(qtbot, zone) -> None:
    made = Calendar(lambda: MIDNIGHT)
    assert local_day(MIDNIGHT) == date(2025, 10, 10)
    assert clock_text(MIDNIGHT).startswith("12:00")
    zone("America/New_York")
    with qtbot.waitSignal(made.changed):
        made.look()
    assert local_day(MIDNIGHT) == date(2025, 10, 9)
    assert clock_text(MIDNIGHT).startswith("8:00")
    assert time.localtime(MIDNIGHT).tm_hour == 20  # Python's own follows too


def test_a_clock_that_was_set_back_is_told(qtbot, zone) -> None:
    at = [MIDNIGHT]
    made = Calendar(lambda: at[0])
    at[0] -= 86400
    with qtbot.waitSignal(made.changed):
        made.look()


def test_it_looks_by_itself(qtbot, zone) -> None:
    at = [MIDNIGHT - 1.0]
    made = Calendar(lambda: at[0])
    made._timer.setInterval(1)
    made.start()
    with qtbot.waitSignal(made.changed):
        at[0] = MIDNIGHT
    made.stop()


@pytest.mark.parametrize("seconds", [-1e300, -1.0, 0.0, 1e12, 1e300, float("nan"), float("inf")])
def test_any_time_that_somebody_sends_can_be_shown(zone, seconds) -> None:
    assert isinstance(local_day(seconds), date) and clock_text(seconds)


def test_the_window_paints_the_new_day(qtbot, chat, zone, now) -> None:
    from app.desktop import row_layout

    chat.chat.open("g")
    view = chat.chat.pane.transcript
    told = []
    real = row_layout.day_text

    def day_text(*days):
        told.append(real(*days))
        return told[-1]

    row_layout.day_text = day_text
    try:
        message = view.transcript().message(0)
        view.transcript().show([type(message)(
            "m", "g", 1, "Alan", "Hello", MIDNIGHT - 3600, message.state
        )], me="Ada", group=True)  # fmt: skip
        view.grab()
        assert set(told) == {"Today"}
        told.clear()
        now[0] = MIDNIGHT + 60
        calendar().look()
        qtbot.waitUntil(lambda: bool(told))
        assert set(told) == {"Yesterday"}
    finally:
        row_layout.day_text = real


def test_another_zone_moves_the_days_of_the_transcript(qtbot, chat, zone, now) -> None:
    chat.chat.open("g")
    view = chat.chat.pane.transcript
    model = view.transcript()
    first = model.message(0)
    made = type(first)
    model.show(
        [made("1", "g", 1, "Alan", "a", MIDNIGHT - 600, first.state),
         made("2", "g", 2, "Alan", "b", MIDNIGHT + 600, first.state)],
        me="Ada", group=True,
    )  # fmt: skip
    view.settle()
    assert model.starts_day(1)
    height = view._rows.height(1)
    zone("Asia/Shanghai")
    calendar().look()
    view.settle()
    assert not model.starts_day(1)
    assert view._rows.height(1) < height
