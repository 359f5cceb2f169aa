"""The window over real sessions with a real server: what the other tests have a fake for."""

import sqlite3

import pytest

from app.chat.model import ConnectionState, MessageState
from app.desktop.client import Client
from app.desktop.preferences import Preferences, ServerAddress
from app.desktop.window import MainWindow
from app.start.profile import open_profile
from app.start.session_factory import SessionFactory
from tests.support.real_windows import Server, end

PASSWORD = "a long password"
TEXT = "hello 你好 🚀"


@pytest.fixture
def server(tmp_path):
    made = Server(tmp_path / "server")
    yield made
    end(made.process)


class Desk:
    """A profile with a window that can be closed and opened again."""

    def __init__(self, qtbot, loop, folder, server: Server) -> None:
        self._qtbot, self._loop, self._folder, self.server = qtbot, loop, folder, server
        self.open()

    def open(self) -> None:
        self.profile = open_profile(self._folder)
        self.preferences = Preferences(self.profile.settings)
        self.network = SessionFactory(self.profile, self.preferences)
        server = self.server
        address = ServerAddress("127.0.0.1", server.longlink_port, server.shortlink_port, True)
        self.client = Client(self.network.open, self.preferences, address)
        self.window = MainWindow(self.preferences, str(self.profile.logs), address)
        self.window.attach(self.client)
        self.window.show()
        self.client.start()

    def close(self) -> None:
        done = []

        async def ends() -> None:
            await self.client.close()
            await self.network.close()
            done.append(True)

        self._last = self._loop.create_task(ends())
        self.until(lambda: done)
        self.window.close()
        self.window.deleteLater()
        self.client.deleteLater()
        self.profile.close()

    def until(self, condition) -> None:
        self._qtbot.waitUntil(lambda: bool(condition()), timeout=30_000)

    def fill(self, name: str, password: str = PASSWORD, *, up: bool = False) -> None:
        page = self.window.log_in
        if page.showing_sign_up() is not up:
            page.switch_button.click()
        page.name.setText(name)
        page.password.setText(password)
        page.again.setText(password)
        page.submit()

    def enter(self, name: str, *, up: bool = False) -> None:
        self.fill(name, up=up)
        self.until(
            lambda: self.account == name and self.client.link_state is ConnectionState.ONLINE
        )

    @property
    def account(self) -> str:
        return self.client.account.name if self.client.account else ""

    @property
    def error(self) -> str:
        label = self.window.log_in.error
        return "" if label.isHidden() else label.text()

    def texts(self) -> list[str]:
        model = self.window.chat.messages
        return [model.message(row).text for row in range(model.rowCount())]


@pytest.fixture
def desk(qtbot, loop, tmp_path, server):
    made = Desk(qtbot, loop, tmp_path / "profile", server)
    yield made
    made.close()


def test_what_the_server_refuses_is_said_on_the_page(desk, qtbot) -> None:
    desk.enter("Ada", up=True)
    desk.client.log_out()
    desk.until(lambda: desk.account == "")
    desk.fill("Ada", "a wrong password")
    desk.until(lambda: desk.error == "Wrong name or password")
    desk.fill("Ada", up=True)
    desk.until(lambda: desk.error == "This name is taken. Choose another one.")
    desk.enter("Ada")


def test_a_server_that_is_not_there_is_said_on_the_page(desk) -> None:
    desk.server.kill()
    desk.fill("Ada", up=True)
    desk.until(lambda: desk.error.startswith("Can't reach the server."))


def test_a_message_goes_from_the_field_to_the_server(desk) -> None:
    desk.enter("Ada", up=True)
    chat = desk.window.chat
    chat.open("0")
    chat.pane.composer.draft = TEXT
    chat.pane.composer.submit()
    desk.until(lambda: chat.messages.rowCount() == 1)
    desk.until(lambda: chat.messages.message(0).state is MessageState.SENT)


def test_a_damaged_store_is_told_and_everything_is_back(desk) -> None:
    desk.enter("Ada", up=True)
    desk.client.send("0", TEXT)
    session = desk.client.session
    desk.until(lambda: session.messages("0")[0].state is MessageState.SENT)
    path = desk.profile.database
    desk.close()
    path.write_bytes(b"no database" * 1000)
    desk.open()
    desk.until(lambda: desk.account == "Ada" and desk.client.link_state is ConnectionState.ONLINE)
    assert desk.window.notices.isVisible()
    assert [each.name for each in path.parent.glob("*.damaged-*")]
    desk.window.chat.open("0")
    desk.until(lambda: desk.texts() == [TEXT])


def test_a_store_that_cannot_be_used_is_told(qtbot, loop, tmp_path, server) -> None:
    (tmp_path / "profile" / "chat.sqlite3").mkdir(parents=True)
    desk = Desk(qtbot, loop, tmp_path / "profile", server)
    desk.until(lambda: desk.window.notices.isVisible())
    desk.fill("Ada", up=True)
    desk.until(lambda: desk.error.startswith("Can't save"))
    desk.close()


def test_the_next_person_on_the_same_profile_sees_nothing_of_the_one_before(desk) -> None:
    desk.enter("Ada", up=True)
    desk.client.send("0", "of Ada")
    desk.client.log_out()
    desk.until(lambda: desk.account == "")
    desk.enter("Bob", up=True)
    desk.window.chat.open("1")
    assert desk.texts() == []
    desk.client.log_out()
    desk.until(lambda: desk.account == "")
    desk.enter("Ada")
    desk.window.chat.open("0")
    desk.until(lambda: desk.texts() == ["of Ada"])


def test_a_log_in_that_the_server_forgot_leads_to_the_page_and_says_so(
    desk, tmp_path, qtbot
) -> None:
    desk.enter("Ada", up=True)
    desk.server.kill()
    with sqlite3.connect(tmp_path / "server" / "server.sqlite3") as db:
        db.execute("DELETE FROM sessions")
    db.close()
    desk.server.start()
    desk.until(lambda: desk.error == "Your session has ended. Log in again.")
    assert desk.window.log_in.name.text() == "Ada"
    desk.enter("Ada")


def test_a_window_that_is_closed_in_the_middle_of_a_log_in_closes(desk) -> None:
    desk.fill("Ada", up=True)  # and the fixture closes it, every asyncio task awaited
