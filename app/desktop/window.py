"""The main window: a page to log in, the chat, the menu and the shortcuts; no logic of the chat.

The window and its log-in page are on the screen before anything else is loaded. What only the chat
and the dialogs need is imported where it is first used; the client comes later, by
:meth:`MainWindow.attach`, and is then handed what the person asked for in the meantime.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSize, Signal
from PySide6.QtWidgets import QMainWindow, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from app.chat.visible import one_line
from app.desktop import icons
from app.desktop.i18n import install_language, tr
from app.desktop.log_in import LogInPage
from app.desktop.plain_text import window_title
from app.desktop.preferences import Preferences, ServerAddress
from app.desktop.theme import theme
from app.desktop.tool_windows import ToolWindows
from app.desktop.wording import failure_text

if TYPE_CHECKING:
    from PySide6.QtGui import QCloseEvent

    from app.chat.model import Account, ConnectionState
    from app.desktop.chat_page import ChatPage
    from app.desktop.client import Client
    from app.desktop.menu import MainMenu
    from app.desktop.notice_bar import NoticeBar
    from app.desktop.plain_dialog import PlainDialog
    from app.desktop.trust_dialog import TrustDialog

SMALLEST = QSize(640, 440)
FIRST = QSize(1040, 720)


class MainWindow(QMainWindow):
    """Shows what the client says; :attr:`closed` asks for the application's end.

    What is annotated here is there once :meth:`attach` was called.
    """

    chat: ChatPage
    menu: MainMenu
    notices: NoticeBar

    closed = Signal()
    check_wanted = Signal()  # a diagnosis of the connection
    export_wanted = Signal()
    settings_opened = Signal(object)  # SettingsDialog, before it is shown
    second_wanted = Signal()  # another person's window, in a demo

    def __init__(
        self, preferences: Preferences, log_folder: str, address: ServerAddress | None = None
    ) -> None:
        super().__init__()
        self._client: Client | None = None
        self._early: Callable[[Client], None] | None = None  # what was submitted before it came
        self._preferences = preferences
        self._log_folder = log_folder
        self._trust: TrustDialog | PlainDialog | None = None  # the question about the server
        self._unread = 0
        self.tools = ToolWindows(self._make_logs, self)
        self.tools.missing.connect(lambda: self.notices.say(tr("Not available in this version.")))
        self.offers_second = False  # whether it is a demo that another person can come to
        self.may_hide: Callable[[], bool] = lambda: False  # closed, it can be had back
        self.setMinimumSize(SMALLEST)
        self.setWindowIcon(icons.app_icon())
        self.log_in = LogInPage(address or preferences.server)
        self.pages = QStackedWidget()
        self._blank = QWidget()
        for page in (self._blank, self.log_in):
            self.pages.addWidget(page)
        whole = QWidget()
        self._column = QVBoxLayout(whole)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addWidget(self.pages, 1)
        self.setCentralWidget(whole)
        self.log_in.log_in_wanted.connect(
            lambda *words: self._ask(lambda client: client.log_in(*words))
        )
        self.log_in.sign_up_wanted.connect(
            lambda *words: self._ask(lambda client: client.sign_up(*words))
        )
        preferences.changed.connect(self._preference)
        self._title()
        self._restore()
        if not preferences.name:  # the first run: there is nobody to go on as
            self._show_log_in()

    # --- parts

    def _ask(self, act: Callable[[Client], None]) -> None:
        """Do something with the client, or once it is there and asks for a log-in."""
        if self._client is None:
            self._early = act
        else:
            act(self._client)

    def attach(self, client: Client) -> None:
        """Build the chat and the menu, and follow the client; called once, before it starts."""
        for _step in self.attaching(client):
            pass

    def attaching(self, client: Client) -> Iterator[None]:
        """:meth:`attach` in steps short enough for a loop that somebody waits on."""
        from app.desktop.chat_page import ChatPage
        from app.desktop.local_time import calendar
        from app.desktop.menu import MainMenu
        from app.desktop.notice_bar import NoticeBar

        # The first widget that Qt itself made and PySide6 is asked for: it then makes all classes.
        QScrollArea().viewport()
        yield
        self.notices = NoticeBar()
        self._column.insertWidget(0, self.notices)
        self.menu = MainMenu(self, self._acts())
        self.menu.entries["second"].setVisible(self.offers_second)
        self.log_in.offer_menu(self.menu)
        self._enable(False)
        yield
        self._client = client
        self.chat = ChatPage(client, self.menu)
        self.pages.addWidget(self.chat)
        splitter = self._preferences.state("splitter")
        if not splitter.isEmpty():
            self.chat.splitter.restoreState(splitter)
        client.logged_in.connect(self._entered)
        client.logged_out.connect(self._left)
        client.log_in_needed.connect(self._log_in_needed)
        client.link_state_changed.connect(self._link_changed)
        client.log_in_failed.connect(self._log_in_failed)
        client.trust_wanted.connect(self._ask_trust)
        client.plain_wanted.connect(self._ask_plain)
        client.notice.connect(self.tell)
        self.chat.connection_wanted.connect(self.show_connection)
        self.chat.unread_changed.connect(self._count)
        self._shortcuts()
        calendar().start()

    def _acts(self) -> dict[str, Callable[[], object]]:
        return {
            "new": self._new,
            "settings": self.show_settings,
            "connection": self.show_connection,
            "check": self.check_wanted.emit,
            "logs": self.show_logs,
            "export": self.export_wanted.emit,
            "about": self.show_about,
            "second": self.second_wanted.emit,
            "log_out": self._log_out,
            "quit": self.close,
        }

    def _shortcuts(self) -> None:
        from PySide6.QtGui import QKeySequence, QShortcut

        def bind(keys: str, act: Callable[[], None]) -> None:
            QShortcut(QKeySequence(keys), self).activated.connect(act)

        bind("Ctrl+K", self._search)
        bind("Ctrl+F", self._search_within)
        for keys, by in (("Alt+Down", 1), ("Ctrl+Tab", 1), ("Alt+Up", -1), ("Ctrl+Shift+Tab", -1)):
            bind(keys, partial(self._step, by))
        bind("Ctrl+L", self.chat.pane.composer.setFocus)
        bind("Ctrl+End", self.chat.pane.transcript.scroll_to_end)
        bind("Esc", self._escape)

    def _log_out(self) -> None:
        if self._client is not None:
            self._client.log_out()

    def _new(self) -> None:
        if self._client is not None:
            self.chat.start_conversation()

    def _search_within(self) -> None:
        """In the open conversation; everywhere where none is open, and at the second press."""
        opened, side = self.chat.opened, self.chat.side
        if opened is not None and side.results.within != opened.id:
            side.search_within(opened)
        else:
            side.search_everywhere()
        self._focus_search()

    def _search(self) -> None:
        self.chat.side.search_everywhere()
        self._focus_search()

    def _focus_search(self) -> None:
        self.chat.side.search.setFocus()
        self.chat.side.search.selectAll()

    def _step(self, by: int) -> None:
        if self.pages.currentWidget() is self.chat:
            self.chat.side.step(by)

    def _escape(self) -> None:
        """First out of the search, then out of a reply, then back to writing."""
        if self.chat.side.searching:
            self.chat.side.leave_search()
        elif self.chat.pane.composer.quote is not None:
            self.chat.pane.composer.answer(None)
        elif self.chat.opened is not None:
            self.chat.pane.composer.setFocus()

    def changeEvent(self, event: QEvent) -> None:
        """A window that is looked at again has been read."""
        if (
            event.type() == QEvent.Type.ActivationChange
            and self._client is not None
            and self.isActiveWindow()
        ):
            from app.desktop.local_time import calendar

            calendar().look()
            self.chat.mark_read()
        super().changeEvent(event)

    # --- what the client says

    def _log_in_needed(self) -> None:
        self._show_log_in()
        early, self._early = self._early, None
        if early is not None:
            self._ask(early)

    def _show_log_in(self, words: str = "") -> None:
        if self.pages.currentWidget() is not self.log_in:  # else somebody may be typing
            self.log_in.reset()
            if self._client is not None:
                self.log_in.set_address(self._client.address)
        if not self.log_in.name.text():
            self.log_in.name.setText(self._preferences.name)
        self.pages.setCurrentWidget(self.log_in)
        if self._client is not None:
            self._enable(False)
        if words:
            self.log_in.show_error(words)

    def _enable(self, logged_in: bool) -> None:
        for name in ("new", "log_out"):
            self.menu.entries[name].setEnabled(logged_in)

    def _entered(self, account: Account) -> None:
        self.notices.hide()
        self.log_in.reset()
        self.pages.setCurrentWidget(self.chat)
        self._enable(True)
        self.chat.enter(account)
        self._title()

    def _left(self, reason: str) -> None:
        self.chat.leave()
        self._title()
        self._show_log_in(failure_text(reason) if reason else "")

    def _log_in_failed(self, code: str, detail: str) -> None:
        field = {
            "wrong_password": self.log_in.password,
            "unknown_user": self.log_in.password,
            "bad_password": self.log_in.password,
            "name_taken": self.log_in.name,
            "name_looks_taken": self.log_in.name,
            "bad_name": self.log_in.name,
        }.get(code)
        self.log_in.show_error(failure_text(code, detail), field)

    def _ask_trust(self, host: str, fingerprint: str, changed: bool) -> None:
        if self._trust is not None or self._client is None:
            return
        from app.desktop.trust_dialog import TrustDialog

        dialog = TrustDialog(host, fingerprint, changed=changed, parent=self)
        self._trust = dialog
        dialog.trusted.connect(self._client.trust)
        dialog.refused.connect(self._client.distrust)
        dialog.finished.connect(self._trust_done)
        dialog.open()

    def _ask_plain(self, host: str, secured: bool) -> None:
        if self._trust is not None or self._client is None:
            return
        from app.desktop.plain_dialog import PlainDialog

        client = self._client
        dialog = PlainDialog(host, secured=secured, parent=self)
        self._trust = dialog
        dialog.finished.connect(self._trust_done)
        dialog.accepted.connect(lambda: client.allow_plain(host))
        dialog.rejected.connect(client.refuse_plain)
        dialog.open()

    def _trust_done(self) -> None:
        self._trust = None

    def _link_changed(self, state: ConnectionState) -> None:
        """The chat says it beside its title; before the log-in nothing else does."""
        from app.chat.model import ConnectionState

        words = failure_text("no_network")
        if state is ConnectionState.OFFLINE and self.pages.currentWidget() is self.log_in:
            self.notices.say(words)
        elif state is not ConnectionState.OFFLINE:
            self.notices.withdraw(words)

    def tell(self, code: str, detail: str) -> None:
        """Show a notice: "internal", "update" (version and address) or a code of the chat's."""
        if code == "internal":
            self.notices.say(tr("Something went wrong in Phobos. Details are in the log."))
        elif code == "update":
            version, _, url = detail.partition(" ")
            self.notices.say(tr("Version {version} is available: {url}", version=version, url=url))
        elif code == "untrusted_certificate" and self._client is not None:
            client = self._client
            self.notices.say(failure_text(code), tr("Review"), lambda: client.ask_trust(detail))
        else:
            self.notices.say(failure_text(code, detail))

    def _count(self, unread: int) -> None:
        self._unread = unread
        self._title()

    def _title(self) -> None:
        account = self._client.account if self._client is not None else None
        who = account.name if account is not None else ""
        words = f"{one_line(who)} — Phobos" if who else "Phobos"
        self.setWindowTitle(window_title(f"({self._unread}) {words}" if self._unread else words))

    def _preference(self, name: str) -> None:
        if name == "theme":
            theme().choose(self._preferences.theme)
        elif name == "language":
            install_language(self._preferences.language)

    # --- dialogs and tools

    def show_settings(self) -> None:
        """Open the settings."""
        from PySide6.QtCore import QUrl
        from PySide6.QtGui import QDesktopServices

        from app.desktop.settings_dialog import SettingsDialog

        dialog = SettingsDialog(self._preferences, self._log_folder, self)
        dialog.log_folder_wanted.connect(
            lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(self._log_folder))
        )
        self.settings_opened.emit(dialog)
        dialog.open()

    def show_about(self) -> None:
        """Say what this is, and on what it runs."""
        from app.desktop.about import about_text
        from app.desktop.whole_text import WholeTextDialog

        WholeTextDialog(about_text(), self).open()

    def show_connection(self) -> None:
        """Open the connection's page."""
        self.tools.show("connection")

    def show_logs(self) -> None:
        """Open the log viewer on the running log; the first time its parts are imported first."""
        self.tools.show("logs")

    def _make_logs(self) -> QWidget | None:
        from app.logviewer.entry import open_window

        if not self.isVisible():
            return None
        return open_window(Path(self._log_folder), [self._log_folder])

    # --- place and end

    def _restore(self) -> None:
        self.resize(FIRST)
        geometry = self._preferences.state("geometry")
        if not geometry.isEmpty():
            self.restoreGeometry(geometry)

    def take_half(self, *, left: bool) -> None:
        """Stand in one half of the screen, unless the person gave the window its place before."""
        whole = self.screen().availableGeometry()
        half = whole.width() // 2
        if not self._preferences.state("geometry").isEmpty() or half < self.minimumWidth():
            return
        self.resize(min(half, FIRST.width()), min(whole.height(), FIRST.height()))
        self.move(whole.x() if left else whole.x() + half, whole.y())

    def closeEvent(self, event: QCloseEvent) -> None:
        """Remember the place, then hide where that is wished, else ask for the end."""
        self._preferences.save_state("geometry", self.saveGeometry())
        if self._client is not None:
            self._preferences.save_state("splitter", self.chat.save_state())
            self.chat.pane.keep_draft()
        self._preferences.save()
        # Only a person's own closing is spontaneous: Quit, a signal and the desktop's end are not.
        if event.spontaneous() and self.may_hide():
            event.ignore()
            self.hide()
            return
        self.tools.close()
        if self._client is not None:
            from app.desktop.local_time import calendar

            calendar().stop()
        self.closed.emit()
        event.accept()

    def bring_forward(self) -> None:
        """Show the window to the person, wherever it was."""
        from PySide6.QtCore import Qt

        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.show()
        self.raise_()
        self.activateWindow()
