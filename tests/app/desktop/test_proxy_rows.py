"""The proxy in the settings: what is shown, when it is told, and how a trial ends."""

import pytest

from app.desktop.i18n import install_language
from app.desktop.settings_dialog import SettingsDialog
from app.start.proxy_choice import ProxyChoice, ProxyMode
from app.start.proxy_control import ProxyControl
from netcore.connect.proxycheck import ProxyReport
from netcore.errors import NetcoreError

OWN = ProxyChoice(ProxyMode.OWN, "socks5", "proxy.example", 1080, "max")


@pytest.fixture
def dialog(qtbot, preferences, tmp_path):
    made = SettingsDialog(preferences, str(tmp_path))
    qtbot.addWidget(made)
    made.show()
    return made


def choose(rows, mode):
    row = list(ProxyMode).index(mode)
    rows.mode_box.setCurrentIndex(row)
    rows.mode_box.activated.emit(row)


def test_the_fields_of_one_s_own_are_there_when_it_is_chosen(dialog):
    rows = dialog.proxy
    fields = (rows.kind_box, rows.host, rows.port, rows.user, rows.password)
    assert not any(field.isVisible() for field in fields)
    choose(rows, ProxyMode.OWN)
    assert all(field.isVisible() for field in fields)
    choose(rows, ProxyMode.NONE)
    assert not any(field.isVisible() for field in fields)


def test_what_is_kept_is_shown(qtbot, preferences, tmp_path):
    preferences.proxy = OWN
    dialog = SettingsDialog(preferences, str(tmp_path))
    qtbot.addWidget(dialog)
    dialog.proxy.know("pw")
    assert dialog.proxy.choice() == OWN
    assert dialog.proxy.password.text() == "pw"


def test_a_choice_is_told_once_it_can_be_used_and_only_when_it_changed(qtbot, dialog):
    rows, told = dialog.proxy, []
    rows.know("")
    rows.chosen.connect(lambda choice, password: told.append((choice, password)))
    choose(rows, ProxyMode.OWN)
    assert told == []  # it names no host yet
    qtbot.keyClicks(rows.host, " proxy.example ")
    assert told == []
    rows.host.editingFinished.emit()
    own = ProxyChoice(ProxyMode.OWN, "http", "proxy.example", 8080)
    assert told == [(own, "")]
    rows.host.editingFinished.emit()
    assert len(told) == 1
    rows.user.setText("max")
    rows.password.setText("pw")
    dialog.finished.emit(SettingsDialog.DialogCode.Accepted)  # as it ends
    assert told[-1] == (ProxyChoice(ProxyMode.OWN, "http", "proxy.example", 8080, "max"), "pw")


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "It does not work: proxy: give the proxy's host"), ("zh_CN", "不可用，请检查地址")],
)
def test_what_cannot_be_one_is_told_without_a_trial(dialog, language, words):
    install_language(language)
    dialog.retranslate()
    rows, wanted = dialog.proxy, []
    rows.try_wanted.connect(lambda *_: wanted.append(1))
    choose(rows, ProxyMode.OWN)
    rows.try_button.click()
    assert rows.note.text().startswith(words)
    assert rows.try_button.isEnabled()
    assert wanted == []


class FakeNetwork:
    def __init__(self, outcome):
        self.outcome = outcome
        self.set = []

    def proxy_password(self):
        return "kept"

    def set_proxy(self, choice, password):
        self.set.append((choice, password))

    async def try_proxy(self, choice, password):
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (ProxyReport(True, 404, 0.1), "It works: the server answered."),
        (ProxyReport(False, 0, 0.1, "it is not there"), "It does not work: it is not there"),
        (NetcoreError("there is no session yet"), "It does not work: there is no session yet"),
    ],
)
def test_a_trial_is_carried_out_and_told(qtbot, loop, window, outcome, words):
    network = FakeNetwork(outcome)
    control = ProxyControl(window, network)  # the window owns it
    assert control.parent() is window
    window.show_settings()
    dialog = window.findChild(SettingsDialog)
    rows = dialog.proxy
    assert rows.password.text() == "kept"
    choose(rows, ProxyMode.NONE)
    assert network.set == [(ProxyChoice(ProxyMode.NONE), "kept")]
    rows.try_button.click()
    assert not rows.try_button.isEnabled()
    assert rows.note.text() == "Testing…"
    qtbot.waitUntil(lambda: rows.note.text() == words)
    assert rows.try_button.isEnabled()
    dialog.accept()
