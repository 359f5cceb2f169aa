import gc

import pytest
from PySide6.QtCore import QAbstractItemModel, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QComboBox,
    QHeaderView,
    QLabel,
    QLineEdit,
)
from pytestqt.modeltest import ModelTester

from app.desktop.i18n import install_language
from app.desktop.theme import ThemeChoice, theme
from app.diagnostics.panel.pages import PAGES
from app.diagnostics.panel.records import RecordsModel
from app.diagnostics.panel.window import PanelWindow
from app.diagnostics.process_watch import ProcessHealth
from netcore.connect.race import AttemptStarted, RaceStarted
from netcore.connect.sources import EndpointReported, EndpointsChosen
from netcore.errors import DisconnectReason, ErrorType
from netcore.events import NetworkChanged, NetworkKind
from netcore.longlink.state import LinkState
from netcore.policy.weak import WeakChanged, WeakReason
from netcore.runtime.open_files import OpenFiles
from netcore.runtime.watchdog import LoopStalled

from .scripts import LINK, T0, beat, down, ended, part, retry, sent, started, state, up
from .test_model import kinds, odd_event


def tell(core, *events):
    for event in events:
        core.observer.emit(event)


def see(panel):
    """What the panel shows now, without waiting for its pace."""
    panel.refresh()
    return panel


def good_link(core):
    tell(core, up(T0), *beat(T0 + 55, 0.034))


def test_the_head_tells_state_address_and_reason(panel, core):
    good_link(core)
    header = see(panel).header
    assert header.state.text() == "Connected  ·  for 1 min"
    assert "im.example → 10.0.0.1:8081" in header.where.text()
    assert "address from DNS" in header.where.text()
    assert (header.ping.text(), header.age.text()) == ("34 ms", "4 s ago")
    tell(core, down(T0 + 58, DisconnectReason.NETWORK_LOST))
    see(panel)
    assert header.state.text() == "Not connected"
    assert "the network was lost (the peer closed it)" in header.change.text()


@pytest.mark.parametrize(
    ("error_type", "told"),
    [(ErrorType.DNS, "：连接失败  ·  服务器的名称无法解析"), (ErrorType.SOCKET, "：连接失败")],
)
def test_in_chinese_the_head_says_nothing_in_english(panel, core, error_type, told):
    install_language("zh_CN")
    failed = state(T0, LinkState.CONNECT_FAILED, error_type=error_type, detail="no such host")
    tell(core, failed)
    assert see(panel).header.change.text().endswith(told)
    install_language("en")


def test_a_stale_round_trip_is_never_shown_as_live(panel, core, clock):
    good_link(core)
    header = see(panel).header
    assert header.ping.text() == "34 ms"
    clock.advance(20.0)
    see(panel)
    assert (header.ping.text(), header.age.text()) == ("was 34 ms", "24 s ago")
    tell(core, down(T0 + 80))
    see(panel)
    assert (header.ping.text(), header.age.text()) == ("–", "no round-trip time")


def test_time_passing_alone_ages_what_is_shown(panel, core, clock):
    good_link(core)
    see(panel)
    clock.advance(30.0)
    for _ in range(panel.header.every):
        panel.tick()
    assert panel.header.ping.text() == "was 34 ms"


def test_a_planned_connect_is_counted_down(panel, core, clock):
    from netcore.longlink.reconnector import ReconnectPlanned

    tell(core, up(T0), down(T0 + 58))
    tell(core, ReconnectPlanned(at=T0 + 59, link=LINK, delay=12.0, reason="alone"))
    assert see(panel).header.state.text() == "Not connected  ·  connects in 11 s"
    tell(core, NetworkChanged(at=T0 + 60, kind=NetworkKind.NONE, label="", generation=1))
    assert see(panel).header.state.text().startswith("No network")


def test_the_plots_show_the_link_and_break_where_it_was_down(panel, core):
    tell(core, up(T0), *beat(T0 + 5, 0.03), down(T0 + 20), up(T0 + 40), *beat(T0 + 50, 0.05))
    plots = see(panel).page("overview").plots
    x, y = plots.trip_plot.line.getData()
    assert [round(each, 3) for each in x] == [-54.97, -40.0, -9.95]
    assert y[0] == pytest.approx(0.03)
    assert y[1] != y[1]
    assert len(plots.trip_plot.connects.getData()[0]) == 2
    assert plots.trip_plot.downs._spans == ((-40.0, -20.0),)
    assert plots.trip_plot.box.viewRange()[0] == [-300.0, 0.0]
    plots.span.setCurrentIndex(0)
    see(panel)
    assert plots.trip_plot.box.viewRange()[0] == [-60.0, 0.0]


def test_nothing_is_drawn_beyond_a_link_that_is_down(panel, core):
    tell(core, up(T0), *beat(T0 + 5, 0.03, interval=10.0), down(T0 + 20))
    x, _ = see(panel).page("overview").plots.interval_plot.line.getData()
    assert max(x) <= -39.0


def test_the_race_is_drawn_and_told(panel, core, qtbot):
    tell(
        core,
        RaceStarted(at=T0 + 59, race=1, label=LINK, addresses=("10.0.0.1:8081", "10.0.0.2:8081")),
        AttemptStarted(
            at=T0 + 59, race=1, index=0, address="10.0.0.1:8081", source="DNS", after=0.0
        ),
    )
    race = see(panel).page("overview").race
    assert "10.0.0.1:8081 (DNS), started after 0 ms" in race.bars.accessibleDescription()
    assert race.card.aside.text() == "running"
    race.bars.grab()


def test_tasks_are_listed_filtered_and_told_in_detail(panel, core, qtbot):
    tell(core, up(T0), started(T0 + 50, 1, "/send"), sent(T0 + 50.1, 1, queue=0.1))
    tell(core, part(T0 + 50.4, 1), ended(T0 + 50.5, 1))
    tell(core, started(T0 + 51, 2, "/sync"), sent(T0 + 51, 2), retry(T0 + 55, 2))
    tell(core, ended(T0 + 56, 2, ok=False, cgi="/sync"), started(T0 + 58, 3, "/read"))
    page = panel.turn_to("tasks")
    see(panel)
    assert [each.task_id for each in page.rows.rows] == [1, 2, 3]
    assert page.count.text() == "3 of 3"
    page.grab()
    qtbot.keyClicks(page.search, "sync")
    see(panel)
    assert [each.task_id for each in page.rows.rows] == [2]
    page.search.clear()
    for row, expected in ((1, [3]), (2, [2]), (3, [2, 3])):
        page.state.setCurrentIndex(row)
        see(panel)
        assert [each.task_id for each in page.rows.rows] == expected
    assert page.show_task(2)
    assert page.chosen().task_id == 2
    told = [page.detail.topLevelItem(row).text(0) for row in range(4)]
    assert told[0] == "/sync  #2"
    assert told[2].startswith("Attempt 1")
    stages = [page.detail.topLevelItem(2).child(0).text(each) for each in range(3)]
    assert stages == ["first package", "+ 0 ms", "4 s"]


def test_a_chosen_task_stays_chosen_as_others_come_and_go(panel, core):
    page = panel.turn_to("tasks")
    for number in range(30):
        tell(core, started(T0 + number, number + 1), ended(T0 + number + 0.5, number + 1))
    see(panel)
    page.table.setCurrentIndex(page.rows.index(12, 0))
    assert page.chosen().task_id == 13
    for number in range(30, 60):
        tell(core, started(T0 + number, number + 1))
    see(panel)
    assert page.chosen().task_id == 13
    page.state.setCurrentIndex(1)  # it is over: filtered out
    see(panel)
    assert page.chosen() is None or page.chosen().task_id != 13


def test_the_end_is_followed_until_one_scrolls_up(panel, core, qtbot):
    page = panel.turn_to("events")
    tell(core, *(up(T0 + each / 100) for each in range(300)))
    see(panel)
    bar = page.table.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 0)
    assert bar.value() == bar.maximum()
    bar.setValue(10)
    tell(core, *(up(T0 + 50) for _ in range(50)))
    see(panel)
    assert bar.value() == 10


def test_events_are_filtered_by_room_word_and_what_went_wrong(panel, core, qtbot):
    tell(core, up(T0), started(T0 + 1, 1), ended(T0 + 2, 1, ok=False), *beat(T0 + 3, 0.03))
    page = panel.turn_to("events")
    see(panel)
    names = lambda: [each.name for each in page.rows.rows]  # noqa: E731
    assert len(names()) == 5
    page.only_bad.setChecked(True)
    see(panel)
    assert names() == ["TaskEnded"]
    page.only_bad.setChecked(False)
    page.room.setCurrentIndex(page.room.findData("link"))
    see(panel)
    assert names() == ["LinkStateChanged", "HeartbeatSent", "HeartbeatAnswered"]
    qtbot.keyClicks(page.search, "answered")
    see(panel)
    assert names() == ["HeartbeatAnswered"]
    page.table.setCurrentIndex(page.rows.index(0, 0))
    assert "rtt=0.03" in page.detail.toPlainText()
    tell(core, *beat(T0 + 6, 0.05))
    see(panel)
    assert names() == ["HeartbeatAnswered"] * 2


def test_from_a_task_to_its_events_and_back(panel, core, qtbot):
    tell(core, started(T0 + 1, 1), started(T0 + 1, 11), sent(T0 + 2, 1), ended(T0 + 3, 1))
    page = panel.turn_to("tasks")
    see(panel)
    page.table.setCurrentIndex(page.rows.index(0, 0))
    qtbot.mouseClick(page.to_events, Qt.MouseButton.LeftButton)
    assert panel.shown == "events"
    events = see(panel).page("events")
    assert [each.name for each in events.rows.rows] == ["TaskStarted", "TaskSent", "TaskEnded"]
    events.table.setCurrentIndex(events.rows.index(1, 0))
    qtbot.mouseClick(events.to_task, Qt.MouseButton.LeftButton)
    assert panel.shown == "tasks"
    assert panel.page("tasks").chosen().task_id == 1


def test_addresses_show_bans_as_they_run_out(panel, core, clock):
    tell(
        core,
        EndpointsChosen(
            at=T0 + 59, hosts=("im.example",), longlink=True, addresses=("10.0.0.1:8081",),
            sources=("DNS",),
        ),
        EndpointReported(at=T0 + 60, address="10.0.0.1:8081", ok=False, banned_for=60.0),
    )  # fmt: skip
    page = panel.turn_to("addresses")
    cells = [page.rows.index(0, column).data() for column in range(8)]
    assert cells == ["1", "10.0.0.1:8081", "im.example", "DNS", "long link", "1 min left",
                     "0 succeeded, 1 failed", ""]  # fmt: skip
    page.grab()


def test_limits_and_traffic_show_what_netcore_holds(panel, core):
    tell(core, WeakChanged(at=T0, weak=True, reason=WeakReason.TASK_SLOW, seconds=5.0))
    limits = panel.turn_to("limits")
    assert limits.times.value(0) == "evaluating"
    assert limits.weak.index(0, 1).data() == "weak: a slow task"
    assert limits.flow.aside.text() == "not in use: applies only on mobile networks"
    limits.grab()
    tell(core, ended(T0, 1))
    traffic = panel.turn_to("traffic")
    traffic.grab()
    assert traffic.models[0].rowCount() == 1


def test_events_with_odd_fields_leave_the_window_in_order(panel, core, qtbot):
    import random

    rng = random.Random(5)
    good_link(core)
    for kind in kinds():
        for _ in range(4):
            tell(core, odd_event(kind, rng))
    for name in PAGES:
        panel.turn_to(name)
        see(panel)
        panel.grab()


def test_closed_it_costs_nothing(panel, core, qtbot):
    assert core.observer.active
    assert panel._timer.isActive()
    tell(core, *(up(T0 + each / 100) for each in range(500)))
    panel.turn_to("events")
    panel.close()
    assert not core.observer.active
    assert not panel._timer.isActive()
    assert not panel._stepper.isActive()
    assert not panel.feed.model.log.lines
    assert panel.page("events").rows.rowCount() == 0
    panel.show()
    assert core.observer.active
    assert panel._timer.isActive()
    tell(core, up(T0 + 59))
    assert see(panel).page("events").rows.rowCount() == 1


def test_nothing_is_refreshed_while_the_window_is_put_away(panel, core, qtbot):
    panel.hide()
    assert not panel._timer.isActive()
    assert core.observer.active  # it goes on to listen, for a look back
    good_link(core)
    panel.show()
    assert panel._timer.isActive()
    panel.showMinimized()
    qtbot.waitUntil(lambda: not panel._timer.isActive())
    panel.showNormal()
    qtbot.waitUntil(panel._timer.isActive)


def test_a_new_session_is_followed(qtbot, core, clock, plan):
    from netcore.core import NetCore
    from netcore.settings import Settings

    current = [None]
    window = PanelWindow(lambda: current[0], lambda: plan, clock=clock)
    qtbot.addWidget(window)
    window.show()
    window.tick()
    assert window.header.state.text() == "Not connected yet"
    current[0] = core
    window.tick()
    assert core.observer.active
    other = NetCore(Settings(longlink_hosts=("im.example",), longlink_ports=(8081,)))
    current[0] = other
    window.tick()
    assert not core.observer.active
    tell(other, up(T0))
    assert see(window).header.state.text().startswith("Connected")
    window.close()
    assert not other.observer.active


def test_what_happened_before_is_there_at_opening(qtbot, core, clock, plan):
    window = PanelWindow(
        lambda: core, lambda: plan, clock=clock, past=lambda: [up(T0), *beat(T0 + 5, 0.03)]
    )
    qtbot.addWidget(window)
    window.show()
    page = window.turn_to("events")
    assert [each.name for each in page.rows.rows] == [
        "LinkStateChanged",
        "HeartbeatSent",
        "HeartbeatAnswered",
    ]


@pytest.mark.parametrize("language", ["en", "zh_CN"])
@pytest.mark.parametrize("choice", [ThemeChoice.LIGHT, ThemeChoice.DARK])
def test_language_and_theme_change_while_it_runs(panel, core, qtbot, language, choice):
    good_link(core)
    install_language(language)
    theme().choose(choice)
    qtbot.wait(10)
    for name in PAGES:
        panel.turn_to(name)
        see(panel)
        panel.grab()
    assert panel.windowTitle() == {"en": "Connection", "zh_CN": "连接"}[language]


def test_every_part_has_a_name_for_those_who_cannot_see_it(panel):
    for name in PAGES:
        page = panel.turn_to(name)
        for kind in (QAbstractItemView, QComboBox, QLineEdit):
            for widget in page.findChildren(kind):
                if widget.isVisibleTo(page) and not isinstance(widget, QHeaderView):
                    assert widget.accessibleName(), (name, widget)
        for button in page.findChildren(QAbstractButton):
            if button.isVisibleTo(page) and button.metaObject().className() != "QTableCornerButton":
                assert button.text() or button.accessibleName() or not button.focusPolicy(), name
    plots = panel.page("overview").plots
    assert plots.trip_plot.accessibleName() == "Round trip"
    assert plots.interval_plot.accessibleName() == "Heartbeat interval"


def test_it_is_used_by_keyboard(panel, core, qtbot):
    for number, name in enumerate(PAGES):
        qtbot.keyClick(panel, Qt.Key(Qt.Key.Key_1 + number), Qt.KeyboardModifier.ControlModifier)
        assert panel.shown == name
    panel.turn_to("overview")
    panel.activateWindow()
    qtbot.waitUntil(panel.isActiveWindow)
    qtbot.keyClick(panel, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert panel.shown == "events"
    assert panel.page("events").search.hasFocus()
    qtbot.keyClicks(panel.page("events").search, "beat")
    qtbot.keyClick(panel, Qt.Key.Key_Escape)
    assert panel.page("events").search.text() == ""
    qtbot.keyClick(panel, Qt.Key.Key_Escape)
    assert not panel.isVisible()


def test_the_tables_are_sound_models(panel, core, qtbot):
    testers = []
    for name in PAGES:
        panel.turn_to(name)
    for model in panel.findChildren(QAbstractItemModel):
        if isinstance(model, RecordsModel):
            tester = ModelTester(None)
            tester.check(model, force_py=True)
            testers.append(tester)
    assert len(testers) >= 12
    for number in range(40):
        tell(core, started(T0 + number, number + 1), ended(T0 + number + 0.5, number + 1))
        if number % 7 == 0:
            for name in ("tasks", "events", "traffic"):
                panel.turn_to(name)
                see(panel)
    page = panel.turn_to("tasks")
    page.state.setCurrentIndex(2)
    see(panel)
    page.state.setCurrentIndex(0)
    see(panel)
    for tester in testers:
        tester._cleanup()
    gc.collect()


def test_labels_take_what_the_network_says_as_plain_text(panel, core):
    tell(core, state(T0, LinkState.CONNECT_FAILED, detail="<b>bold</b> & <img src=x>"))
    see(panel)
    assert "<b>bold</b>" in panel.header.change.text()
    for label in panel.header.findChildren(QLabel):
        if "<b>" in label.text():
            assert label.textFormat() == Qt.TextFormat.PlainText
            assert "&lt;b&gt;" in label.toolTip()  # which Qt takes for HTML
    page = panel.turn_to("events")
    assert "<b>" not in page.rows.index(0, 3).data(Qt.ItemDataRole.ToolTipRole)


def test_the_plots_follow_the_theme(panel, core, qtbot):
    good_link(core)
    plots = see(panel).page("overview").plots
    for choice in (ThemeChoice.DARK, ThemeChoice.LIGHT):
        theme().choose(choice)
        see(panel)
        for plot in (plots.trip_plot, plots.interval_plot):
            qtbot.waitUntil(
                lambda plot=plot: plot.grab().toImage().pixelColor(2, 2) == theme().color("surface")
            )


def test_a_link_that_connects_tells_why_the_one_before_ended(panel, core):
    tell(core, up(T0), down(T0 + 50), state(T0 + 55, LinkState.CONNECTING))
    why = "  ·  before: the server closed it (the peer closed it)"
    assert see(panel).header.change.text().endswith("connecting" + why)
    tell(core, up(T0 + 56))
    assert see(panel).header.change.text().endswith("connected" + why)


def test_the_overview_shows_stalls_and_open_files(panel):
    state = panel.page("overview").state
    rows = list(state.facts._names)
    stalls, files = rows.index("Stalls"), rows.index("Open files")
    see(panel)
    assert (state.facts.value(stalls), state.facts.value(files)) == ("–", "–")
    state.process = lambda: ProcessHealth(0, 0, 0.0, OpenFiles(41, 12, 1024))
    state.stale()
    see(panel)
    assert state.facts.value(stalls) == "none"
    assert state.facts.value(files) == "41 of at most 1,024  ·  12 sockets"
    state.process = lambda: ProcessHealth(3, 1, 12.4, OpenFiles(500, -1, -1))
    state.stale()
    see(panel)
    assert state.facts.value(stalls) == "3, the longest 12 s  ·  1 hung"
    assert state.facts.value(files) == "500"
    state.process = lambda: ProcessHealth(0, 0, 0.0, OpenFiles(-1, -1, -1))
    state.stale()
    see(panel)
    assert state.facts.value(files) == "unknown"


def test_a_stall_is_listed_among_what_went_wrong(panel, core):
    stalled = LoopStalled(at=T0 + 59, seconds=1.4, hung=False, stacks="", stalls=1, hangs=0)
    tell(core, stalled)
    (line,) = panel.feed.model.log.lines
    assert (line.room, line.name, line.bad) == ("system", "LoopStalled", True)
    assert "seconds=1.4" in line.words
