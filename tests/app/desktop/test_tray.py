"""The icon in the notification area, with and without a desktop that has one."""

import pytest
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QSystemTrayIcon

from app.desktop.i18n import install_language
from app.desktop.tray import Tray


class ByHand(QCloseEvent):
    """A person closed the window; Qt makes no such event for programs."""

    def spontaneous(self) -> bool:
        return True


@pytest.fixture
def area(monkeypatch) -> list[tuple]:
    """A desktop with a notification area; the bubbles that it showed."""
    bubbles: list[tuple] = []
    for name in ("isSystemTrayAvailable", "supportsMessages"):
        monkeypatch.setattr(QSystemTrayIcon, name, staticmethod(lambda: True))
    # Qt's off-screen platform has no place for an icon and says so.
    monkeypatch.setattr(QSystemTrayIcon, "show", lambda self: None)
    monkeypatch.setattr(QSystemTrayIcon, "isVisible", lambda self: True)
    monkeypatch.setattr(
        QSystemTrayIcon, "showMessage", lambda _self, *words: bubbles.append(words[:2])
    )
    return bubbles


@pytest.fixture
def tray(window):
    made = Tray(window)
    yield made
    made.close()


def test_without_a_notification_area_nothing_is_shown_and_nothing_fails(tray) -> None:
    tray.start()
    tray.count(3)
    assert not tray.shown
    assert not tray.announce("g", "Ada", "hello")


def test_a_click_on_a_bubble_opens_its_conversation(tray, area, qtbot) -> None:
    tray.start()
    assert tray.announce("g", "Ada", "hello 你好 🚀")
    assert tray.announce("h", "Bob", "")  # the text is not to be seen: say at least what it is
    assert area == [("Ada", "hello 你好 🚀"), ("Bob", "New message")]
    with qtbot.waitSignal(tray.opened) as opened:
        tray._icon.messageClicked.emit()
    assert opened.args == ["h"]


def test_a_click_on_the_icon_opens_the_window(tray, area, qtbot) -> None:
    tray.start()
    with qtbot.waitSignal(tray.opened) as opened:
        tray._icon.activated.emit(QSystemTrayIcon.ActivationReason.Trigger)
    assert opened.args == [""]
    with qtbot.assertNotEmitted(tray.opened):
        tray._icon.activated.emit(QSystemTrayIcon.ActivationReason.Context)
    with qtbot.waitSignal(tray.end_wanted):
        tray._quit.trigger()


def test_the_icon_says_what_is_unread(tray, area) -> None:
    tray.start()
    assert tray._icon.toolTip() == "Phobos"
    calm = tray._icon.icon().pixmap(32, 32).toImage()
    tray.count(2)
    assert "2" in tray._icon.toolTip()
    assert tray._icon.icon().pixmap(32, 32).toImage() != calm
    tray.count(0)
    assert tray._icon.toolTip() == "Phobos"
    assert tray._icon.icon().pixmap(32, 32).toImage() == calm


def test_the_menu_follows_the_language(tray, qtbot) -> None:
    install_language("zh_CN")
    qtbot.waitUntil(lambda: tray._open.text() == "打开 Phobos")
    install_language("en")
    qtbot.waitUntil(lambda: tray._open.text() == "Open Phobos")


@pytest.mark.parametrize("may_hide", [True, False])
def test_a_window_closed_by_hand_goes_on_where_it_can_be_had_back(window, qtbot, may_hide) -> None:
    window.may_hide = lambda: may_hide
    window.show()
    event = ByHand()
    if may_hide:
        with qtbot.assertNotEmitted(window.closed):
            window.closeEvent(event)
        assert not event.isAccepted() and window.isHidden()
    else:
        with qtbot.waitSignal(window.closed):
            window.closeEvent(event)


def test_quit_ends_it_all_the_same(window, qtbot) -> None:
    window.may_hide = lambda: True
    window.show()
    with qtbot.waitSignal(window.closed):
        window.menu.entries["quit"].trigger()
