"""The panel opened from the chat's window, by key and by a click on the connection's words."""

import pytest
from PySide6.QtCore import QObject, Qt

from app.desktop.client import Client
from app.desktop.preferences import Preferences, ServerAddress
from app.desktop.window import MainWindow
from app.diagnostics.diagnosis_runner import DiagnosisRunner
from app.diagnostics.history import History
from app.diagnostics.panel.entry import PanelOpener
from app.diagnostics.panel.window import PanelWindow
from tests.support.fake_session import FakeSession

from .scripts import up

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support raise", extend=True)


class Support(QObject):
    """What the panel needs of :class:`app.diagnostics.support.Support`."""

    def __init__(self, plan, history) -> None:
        super().__init__()
        self.diagnosis_runner = DiagnosisRunner(lambda: plan, lambda: None, self)
        self.plan = lambda: plan
        self.history = history
        self.kept = []
        self.exported = []
        self.diagnosis_runner.ran.connect(self.kept.append)
        self.export = self.exported.append


@pytest.fixture
def support(plan):
    return Support(plan, History())


@pytest.fixture
def window(qtbot, loop, core, support, tmp_path):
    preferences = Preferences(tmp_path / "settings.ini")

    async def opener(address, listener):
        return FakeSession(listener)

    client = Client(opener, preferences, ServerAddress())
    made = MainWindow(preferences, str(tmp_path / "logs"), client.address)
    made.attach(client)
    qtbot.addWidget(made)
    PanelOpener(made, support, preferences, lambda: core, lambda: ["no logind: no sleep"])
    made.show()
    yield made
    client.deleteLater()


def opened(qtbot, window) -> PanelWindow:
    qtbot.waitUntil(lambda: "connection" in window.tools, timeout=60_000)
    panel = window.tools["connection"]
    qtbot.waitUntil(panel.isVisible)
    qtbot.waitUntil(lambda: panel.page("overview").plots.interval_plot is not None, timeout=60_000)
    return panel


def test_a_key_opens_it_and_opens_it_again(qtbot, window, core, support):
    support.history.follow(core.observer)
    core.observer.emit(up(1_795_000_000.0))  # before there was a panel
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    keys = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    qtbot.keyClick(window, Qt.Key.Key_D, keys)
    panel = opened(qtbot, window)
    assert [each.name for each in panel.feed.model.log.lines] == ["LinkStateChanged"]
    assert panel.page("overview").signals.not_told.text() == "no logind: no sleep"
    panel.export()
    assert support.exported == [panel]
    panel.resize(1000, 640)
    panel.close()
    assert not panel.isVisible()
    window.show_connection()
    assert opened(qtbot, window) is panel
    window.close()
    assert not panel.isVisible()


def test_a_click_on_the_connections_words_opens_it(qtbot, window):
    window.chat.connection_wanted.emit()
    opened(qtbot, window).close()


def test_asked_for_twice_it_opens_once(qtbot, window):
    window.show_connection()
    window.show_connection()
    panel = opened(qtbot, window)
    assert len(window.findChildren(PanelOpener)) == 1
    panel.close()


def test_the_panel_and_the_app_have_one_runner(qtbot, window, support):
    window.show_connection()
    panel = opened(qtbot, window)
    assert panel.diagnosis_runner is support.diagnosis_runner
    with qtbot.waitSignal(panel.diagnosis_runner.ran, timeout=60_000) as ran:
        panel.run_diagnosis()
        support.diagnosis_runner.start(by="app")  # the same one
    assert support.kept == [ran.args[0]]
    with qtbot.waitSignal(panel.diagnosis_runner.ran, timeout=60_000) as ran:
        support.diagnosis_runner.start(by="app")
        panel.run_diagnosis()
        panel.close()  # the app still wants it
    assert support.kept[-1] is ran.args[0] and len(support.kept) == 2
    assert panel.page("diagnosis").verdict.text()
