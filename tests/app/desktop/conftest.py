import asyncio

import pytest

from app.desktop.client import Client
from app.desktop.i18n import install_language
from app.desktop.preferences import Preferences, ServerAddress
from app.desktop.theme import ThemeChoice, theme
from app.desktop.window import MainWindow
from app.start.qtloop import QtLoop
from tests.support.fake_session import FakeSession


@pytest.fixture(autouse=True)
def plain_look(qapp):
    """Each test begins in English and in the light."""
    install_language("en")
    theme().choose(ThemeChoice.LIGHT)


@pytest.fixture
def loop(qapp):
    """A Qt event loop that asyncio runs on, current while the test calls into the window."""
    made = QtLoop(qapp)
    asyncio.events._set_running_loop(made)
    yield made
    asyncio.events._set_running_loop(None)
    made.close()


@pytest.fixture
def preferences(tmp_path):
    return Preferences(tmp_path / "settings.ini")


@pytest.fixture
def session():
    """The session that the client opens; its listener is set then."""
    return FakeSession(None)


@pytest.fixture
def client(loop, session, preferences):
    async def opener(address, listener):
        session.listener = listener
        session.opened_with = address
        session.closed = False
        return session

    made = Client(opener, preferences, ServerAddress())
    yield made
    asyncio.events._set_running_loop(None)
    loop.run_until_complete(made.close())  # a call may be under way
    made.deleteLater()


@pytest.fixture
def window(qtbot, client, preferences, tmp_path):
    made = MainWindow(preferences, str(tmp_path / "logs"), client.address)
    made.attach(client)
    qtbot.addWidget(made)
    made.resize(1000, 700)
    return made


@pytest.fixture
def chat(qtbot, window, client, session):
    """A window in which Ada is logged in, with two conversations."""
    from app.chat.model import ConversationKind

    session.remembered = True
    at = 1_760_000_000.0
    session.add_conversation("a", "Alan", last_text="See you", last_sender="Alan", last_time=at)
    session.add_conversation(
        "g", "Rocket", ConversationKind.GROUP, members=("Ada", "Alan", "王小明"),
        last_text="发射!", last_sender="王小明", last_time=at + 60, unread=2,
    )  # fmt: skip
    session.add_message("a", "Alan", "Hello", at - 3600)
    session.add_message("a", "Ada", "Hi Alan", at - 3500)
    session.add_message("a", "Alan", "See you", at)
    session.add_message("g", "Alan", "Ready?", at + 30)
    session.add_message("g", "王小明", "发射!", at + 60)
    window.show()
    with qtbot.waitSignal(client.logged_in):
        client.start()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    return window
