"""The menu's two entries, the judge and the offer, in a real window over a session without one."""

import asyncio
import logging

import pytest

from app.chat.model import ConnectionState
from app.desktop.client import Client
from app.desktop.preferences import Preferences, ServerAddress
from app.desktop.window import MainWindow
from app.diagnostics.preview import ExportDialog
from app.diagnostics.support import Support
from app.start.session_factory import SessionFactory
from netcore.core import NetCore
from netcore.engine.task_events import TaskEnded
from netcore.errors import ErrorType, TimeoutCode
from netcore.policy.netcheck import NetCheckDue
from netcore.settings import Settings
from netcore.task import Channel
from tests.app.diagnostics.profiles import TOKEN, make_profile
from tests.netcore.peers import refusing_port
from tests.support.fake_session import FakeSession


@pytest.fixture
def support(qtbot, loop, tmp_path):
    """Support in a window whose server refuses every connection."""
    profile = make_profile(tmp_path / "p")
    preferences = Preferences(profile.settings)
    network = SessionFactory(profile, preferences)
    port = refusing_port()
    address = ServerAddress("127.0.0.1", port, port, plain=True)

    async def opener(_address, listener):
        return FakeSession(listener)

    client = Client(opener, preferences, address)
    window = MainWindow(preferences, str(profile.logs), client.address)
    window.attach(client)
    qtbot.addWidget(window)
    made = Support(profile, preferences, network, client, window)
    window.show()
    made.window = window
    made.start()
    yield made
    asyncio.events._set_running_loop(None)
    loop.run_until_complete(made.close())
    asyncio.events._set_running_loop(loop)
    client.deleteLater()


def ended(error_type, code=0):
    return TaskEnded(
        task_id=1, cmdid=3, cgi="/send", channel=Channel.LONG, channel_name="", cost=1.0,
        attempts=1, error_type=error_type, error_code=code, queue=0.0, first_package=0.0,
        body=0.0, decode=0.0, sent=1, received=1,
    )  # fmt: skip


def test_the_menu_checks_the_connection_and_says_the_verdict(qtbot, support):
    notices = support.window.notices
    support.window.menu.entries["check"].trigger()
    assert notices.label.text().startswith("Checking the connection")
    assert notices.action_button.text() == "Stop"
    with qtbot.waitSignal(support.diagnosed, timeout=60_000) as signal:
        pass
    assert signal.args[0].verdict.finding.value == "server_refuses"
    assert "no chat server is running there" in notices.label.text()
    assert notices.action_button.text() == "Export…"
    assert support.history.snapshot()()["diagnoses"][-1]["reason"] == "by hand"


def test_stopping_it_gives_a_verdict_at_once(qtbot, support):
    support.check()
    with qtbot.waitSignal(support.diagnosed, timeout=60_000) as signal:
        support.window.notices.action_button.click()
    assert signal.args[0].cancelled


def test_the_judge_starts_one_by_itself(qtbot, support):
    core = support._network.core = NetCore(Settings())
    support.follow(core)
    with qtbot.waitSignal(support.diagnosed, timeout=60_000) as signal:
        core.observer.emit(NetCheckDue(longlink=True, good=2))
    assert signal.args[0].reason == "judge"
    kinds = {event["event"] for event in support.history.snapshot()()["events"]}
    assert {"NetCheckDue", "CheckEnded", "DiagnosisEnded"} <= kinds


def test_sending_that_keeps_failing_offers_one(qtbot, support, monkeypatch):
    core = NetCore(Settings())
    support.follow(core)
    moments = iter([0.0, 5.0, 30.0])
    monkeypatch.setattr("app.diagnostics.support.SystemClock.now", lambda: next(moments))
    for _ in range(3):
        core.observer.emit(ended(ErrorType.NET_MSG_XP, TimeoutCode.FIRST_PACKAGE))
    notices = support.window.notices
    assert notices.label.text() == "Messages are not getting through."
    with qtbot.waitSignal(support.diagnosed, timeout=60_000) as signal:
        notices.action_button.click()
    assert signal.args[0].reason == "offer"


def test_what_the_judge_found_is_taken_back_when_the_connection_is_there(qtbot, support):
    notices = support.window.notices
    with qtbot.waitSignal(support.diagnosed, timeout=60_000):
        support.check("judge")
    qtbot.waitUntil(lambda: not notices.isHidden())
    support._client.on_link_state(ConnectionState.CONNECTING)
    assert not notices.isHidden()
    support._client.on_link_state(ConnectionState.ONLINE)
    assert notices.isHidden()
    with qtbot.waitSignal(support.diagnosed, timeout=60_000):
        support.check("judge")
    qtbot.wait(50)
    assert notices.isHidden()  # it is there all the same: nobody is bothered


def test_a_verdict_asked_for_is_taken_back_too_once_messages_get_through(qtbot, support):
    notices = support.window.notices
    support._client.on_link_state(ConnectionState.CONNECTING)
    with qtbot.waitSignal(support.diagnosed, timeout=60_000):
        support.check()
    qtbot.waitUntil(lambda: "no chat server is running there" in notices.label.text())
    support._client.on_link_state(ConnectionState.ONLINE)
    assert notices.isHidden()


def test_a_bad_verdict_beside_a_working_chat_says_that_it_works(qtbot, support):
    support._client.on_link_state(ConnectionState.ONLINE)
    with qtbot.waitSignal(support.diagnosed, timeout=60_000):
        support.check()
    words = support.window.notices.label.text
    qtbot.waitUntil(lambda: words().startswith("You are connected. The check found: "))
    assert "no chat server is running there" in words()


def test_the_menu_opens_the_export(qtbot, support):
    support.window.menu.entries["export"].trigger()
    dialog = support.window.findChild(ExportDialog)
    qtbot.waitUntil(dialog.save_button.isEnabled, timeout=60_000)
    dialog.reject()
    qtbot.waitUntil(lambda: len(dialog._tasks) == 0, timeout=60_000)


def test_the_end_waits_for_an_export_that_is_being_gathered(qtbot, loop, support):
    support.export()
    dialog = support.window.findChild(ExportDialog)
    tasks = dialog._tasks
    qtbot.waitUntil(lambda: dialog._export_worker._worker._process is not None, timeout=60_000)
    support.window.close()
    assert not dialog.isVisible()
    asyncio.events._set_running_loop(None)
    try:
        loop.run_until_complete(support.close())
    finally:
        asyncio.events._set_running_loop(loop)
    assert len(tasks) == 0


def test_a_preview_that_was_closed_has_no_part_in_the_end(qtbot, support):
    for _ in range(3):
        support.export()
        support.window.findChild(ExportDialog).reject()
        qtbot.waitUntil(lambda: support.window.findChild(ExportDialog) is None, timeout=60_000)
    qtbot.waitUntil(lambda: len(support._tasks) == 0, timeout=60_000)
    support.window.close()


def test_what_was_typed_and_the_kept_token_stay_out_of_the_log(qtbot, support):
    support._typed("Ada", "xk-pass-77", None)
    qtbot.waitUntil(lambda: TOKEN in support._guard.tokens, timeout=60_000)
    record = logging.LogRecord("x", logging.INFO, "x", 1, f"xk-pass-77 {TOKEN}", (), None)
    for handler in logging.getLogger().handlers:
        handler.filter(record)
    assert record.getMessage() == "[secret] [secret]"
    assert support.source().secret.passwords == {"xk-pass-77"}


def test_another_core_takes_the_place_of_the_one_before(support):
    first, second = NetCore(Settings()), NetCore(Settings())
    support.follow(first)
    support.follow(second)
    first.observer.emit(ended(ErrorType.OK))
    assert support.history.events() == []
    second.observer.emit(ended(ErrorType.OK))
    assert len(support.history.events()) == 1


def test_a_check_beside_one_of_the_panel_is_that_one(qtbot, support):
    notices = support.window.notices
    runner = support.diagnosis_runner
    runner.start(by="panel")
    assert notices.isHidden()  # the panel shows it
    support.check()
    assert notices.label.text().startswith("Checking the connection")
    with qtbot.waitSignal(support.diagnosed, timeout=60_000):
        pass
    assert not runner.running
    assert "no chat server is running there" in notices.label.text()
    assert len(support.history.snapshot()()["diagnoses"]) == 1
