"""Diagnoses from the panel, run for real on this machine."""

import socket

import pytest
from PySide6.QtCore import Qt

from app.desktop.i18n import install_language
from app.diagnostics.panel.model import PanelModel
from app.diagnostics.panel.window import PanelWindow
from netcore.errors import ConfigError
from netcore.sdt.result import CheckEnded, DiagnosisEnded, DiagnosisStarted
from netcore.sdt.verdict import Conclusion

from .scripts import T0, down, up


def test_a_diagnosis_ends_with_a_verdict_in_the_language_shown(panel, core, qtbot):
    heard = []
    core.observer.subscribe(heard.append)
    with qtbot.waitSignal(panel.diagnosis_runner.ran, timeout=60_000) as ran:
        qtbot.mouseClick(panel.diagnose, Qt.MouseButton.LeftButton)
        page = panel.page("diagnosis")
        assert panel.shown == "diagnosis"
        assert page.stop.isVisible()
        assert page.bar.isVisible()
    found = ran.args[0]
    assert found.verdict.finding is Conclusion.SERVER_REFUSES
    assert "no chat server is running there" in page.verdict.text()
    assert not page.stop.isVisible()
    assert page.run.text() == "Run it again"
    assert page.rows.rowCount() == len(found.results) > 0
    install_language("zh_CN")
    qtbot.waitUntil(lambda: "没有运行聊天服务器" in page.verdict.text())
    kinds = [type(each) for each in heard]
    assert kinds[0] is DiagnosisStarted
    assert kinds[-1] is DiagnosisEnded
    assert kinds.count(CheckEnded) == len(found.results)


def test_a_bad_verdict_is_of_the_past_while_the_link_is_up(panel, qtbot):
    with qtbot.waitSignal(panel.diagnosis_runner.ran, timeout=60_000):
        panel.run_diagnosis()
    page = panel.page("diagnosis")
    model = PanelModel()
    page.show_model(model, T0)
    assert "You are connected now." not in page.when.text()
    model.take(up(T0), T0)
    page.show_model(model, T0)
    assert page.when.text().startswith("You are connected now.")
    model.take(down(T0 + 1), T0 + 1)
    page.show_model(model, T0 + 1)
    assert "You are connected now." not in page.when.text()


@pytest.fixture
def silent_server(plan):
    """A server that takes the connection and never answers: the check of it takes 20 s."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        plan.longlink_ports = (server.getsockname()[1],)
        plan.tcp_timeout = 20.0
        yield


def test_a_diagnosis_is_cancelled(panel, qtbot, silent_server):
    panel.run_diagnosis()
    page = panel.page("diagnosis")
    qtbot.waitUntil(lambda: page.rows.rowCount() > 0)
    assert panel.diagnosis_runner.running
    with qtbot.waitSignal(panel.diagnosis_runner.ended, timeout=60_000) as ended:
        qtbot.mouseClick(page.stop, Qt.MouseButton.LeftButton)
    assert ended.args[0].cancelled
    assert page.run.isVisible()
    assert page.verdict.text()


def test_a_plan_that_cannot_be_run_is_told(qtbot, core, clock):
    def no_plan():
        raise ConfigError("proxy: 'x' is no address")

    window = PanelWindow(lambda: core, no_plan, clock=clock)
    qtbot.addWidget(window)
    window.show()
    with qtbot.waitSignal(window.diagnosis_runner.failed, timeout=60_000):
        window.run_diagnosis()
    assert "proxy: 'x' is no address" in window.page("diagnosis").verdict.text()
    assert not window.diagnosis_runner.running


def test_closing_the_window_ends_a_diagnosis(panel, qtbot, silent_server):
    panel.run_diagnosis()
    qtbot.waitUntil(lambda: panel.page("diagnosis").rows.rowCount() > 0)
    panel.close()
    assert not panel.diagnosis_runner.running
    qtbot.waitUntil(lambda: len(panel.diagnosis_runner._tasks) == 0, timeout=60_000)


def test_a_diagnosis_that_somebody_else_ran_is_shown(panel, qtbot):
    from netcore.sdt.run import Diagnosis
    from netcore.sdt.verdict import Verdict

    found = Diagnosis("im.example", "judge", 1_795_000_000.0, 2.0)
    found.verdict = Verdict(Conclusion.NO_NETWORK)
    page = panel.turn_to("diagnosis")
    with qtbot.assertNotEmitted(panel.diagnosis_runner.ran):
        panel.diagnosis_runner.show(found)
    assert "not connected to a network" in page.verdict.text()


@pytest.mark.parametrize("name", ["diagnosis"])
def test_a_page_opened_later_shows_the_latest_diagnosis(panel, name):
    from netcore.sdt.run import Diagnosis
    from netcore.sdt.verdict import Verdict

    found = Diagnosis("im.example", "judge", 1_795_000_000.0, 2.0)
    found.verdict = Verdict(Conclusion.NO_NETWORK)
    panel.diagnosis_runner.show(found)
    assert "not connected to a network" in panel.turn_to(name).verdict.text()
