"""The main window: a page to log in, the chat, the menu and the shortcuts; no logic of the chat."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEvent, QSize, Qt, QUrl, Signal
from PySide6.QtGui import QAction, QCloseEvent, QDesktopServices, QKeySequence, QShortcut
from PySide6.QtWidgets import QMainWindow, QMenu, QStackedWidget, QVBoxLayout, QWidget

from app.chat.model import Account, LinkState
from app.desktop import icons
from app.desktop.about import about_text
from app.desktop.chat_page import ChatPage
from app.desktop.client import Client
from app.desktop.i18n import install_language, tr
from app.desktop.log_in import LogInPage
from app.desktop.notice_bar import NoticeBar
from app.desktop.preferences import Preferences
from app.desktop.settings_dialog import SettingsDialog
from app.desktop.theme import theme
from app.desktop.trust_dialog import TrustDialog
from app.desktop.whole_text import WholeTextDialog
from app.desktop.wording import failure_text

SMALLEST = QSize(640, 440)
FIRST = QSize(1040, 720)


class MainWindow(QMainWindow):
    """Shows what the client says; :attr:`closed` asks for the application's end."""

    closed = Signal()
    check_wanted = Signal()  # a diagnosis of the connection
    export_wanted = Signal()

    def __init__(self, client: Client, preferences: Preferences, log_folder: str) -> None:
        super().__init__()
        self._client = client
        self._preferences = preferences
        self._log_folder = log_folder
        self._trust: TrustDialog | None = None
        self._unread = 0
        self._tools: dict[str, QWidget] = {}
        self._openers: dict[str, Callable[[], None]] = {}
        self.setMinimumSize(SMALLEST)
        self.setWindowIcon(icons.app_icon())
        self._actions: dict[str, QAction] = {}
        self.menu = self._build_menu()
        self.notices = NoticeBar()
        self.log_in = LogInPage(client.address)
        self.chat = ChatPage(client, self.menu)
        self.pages = QStackedWidget()
        self._blank = QWidget()
        for page in (self._blank, self.log_in, self.chat):
            self.pages.addWidget(page)
        whole = QWidget()
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.notices)
        column.addWidget(self.pages, 1)
        self.setCentralWidget(whole)
        self._bind()
        self._shortcuts()
        self.retranslate()
        self._paint_icons()
        self._restore()
        if not preferences.name:  # the first run: there is nobody to go on as
            self._show_log_in()

    # --- parts

    def _build_menu(self) -> QMenu:
        menu = QMenu(self)
        for name, keys, act in (
            ("new", "Ctrl+N", self._new),
            ("settings", "Ctrl+,", self.show_settings),
            ("", "", None),
            ("connection", "Ctrl+Shift+D", self.show_connection),
            ("check", "", self.check_wanted.emit),
            ("logs", "Ctrl+Shift+L", self.show_logs),
            ("export", "", self.export_wanted.emit),
            ("about", "", self.show_about),
            ("", "", None),
            ("log_out", "", self._client.log_out),
            ("quit", "Ctrl+Q", self.close),
        ):
            if act is None:
                menu.addSeparator()
                continue
            action = QAction(self)
            action.triggered.connect(lambda _checked=False, act=act: act())
            if keys:
                action.setShortcut(QKeySequence(keys))
            self.addAction(action)
            menu.addAction(action)
            self._actions[name] = action
        return menu

    def _bind(self) -> None:
        client = self._client
        self.log_in.log_in_wanted.connect(client.log_in)
        self.log_in.sign_up_wanted.connect(client.sign_up)
        client.logged_in.connect(self._entered)
        client.logged_out.connect(self._left)
        client.log_in_needed.connect(self._show_log_in)
        client.link_state_changed.connect(self._link_changed)
        client.log_in_failed.connect(self._log_in_failed)
        client.trust_wanted.connect(self._ask_trust)
        client.notice.connect(self._notice)
        self.chat.connection_wanted.connect(self.show_connection)
        self.chat.unread_changed.connect(self._count)
        self._preferences.changed.connect(self._preference)
        theme().changed.connect(self._paint_icons)

    def _shortcuts(self) -> None:
        def bind(keys: str, act: Callable[[], None]) -> None:
            QShortcut(QKeySequence(keys), self, activated=act)

        for keys in ("Ctrl+F", "Ctrl+K"):
            bind(keys, self._search)
        for keys, by in (("Alt+Down", 1), ("Ctrl+Tab", 1), ("Alt+Up", -1), ("Ctrl+Shift+Tab", -1)):
            bind(keys, lambda by=by: self._step(by))
        bind("Ctrl+L", self.chat.pane.composer.setFocus)
        bind("Ctrl+End", self.chat.pane.transcript.scroll_to_end)
        bind("Esc", self._escape)

    def _new(self) -> None:
        self.chat.start_conversation()

    def _search(self) -> None:
        self.chat.side.search.setFocus()
        self.chat.side.search.selectAll()

    def _step(self, by: int) -> None:
        if self.pages.currentWidget() is self.chat:
            self.chat.side.step(by)

    def _escape(self) -> None:
        """First out of the search, then back to writing."""
        if self.chat.side.search.text():
            self.chat.side.search.clear()
        elif self.chat.opened is not None:
            self.chat.pane.composer.setFocus()

    def retranslate(self) -> None:
        """Texts in the language now in force."""
        for name, words in (
            ("new", tr("New conversation")),
            ("settings", tr("Settings")),
            ("connection", tr("Connection")),
            ("check", tr("Check the connection")),
            ("export", tr("Export diagnostics…")),
            ("logs", tr("Log viewer")),
            ("about", tr("About Phobos")),
            ("log_out", tr("Log out")),
            ("quit", tr("Quit")),
        ):
            self._actions[name].setText(words)
        self._title()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language; a window that is looked at again has been read."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        elif event.type() == QEvent.Type.ActivationChange and self.isActiveWindow():
            self.chat.mark_read()
        super().changeEvent(event)

    def _paint_icons(self) -> None:
        for name, sign in (
            ("new", "compose"),
            ("settings", "settings"),
            ("connection", "pulse"),
            ("check", "shield"),
            ("export", "export"),
            ("logs", "log"),
            ("about", "info"),
            ("log_out", "log-out"),
            ("quit", "close"),
        ):
            self._actions[name].setIcon(icons.icon(sign))

    # --- what the client says

    def _show_log_in(self, words: str = "") -> None:
        if self.pages.currentWidget() is not self.log_in:  # else somebody may be typing
            self.log_in.reset()
        self.log_in.set_address(self._client.address)
        if not self.log_in.name.text():
            self.log_in.name.setText(self._preferences.name)
        self.pages.setCurrentWidget(self.log_in)
        self._enable(False)
        if words:
            self.log_in.show_error(words)

    def _enable(self, logged_in: bool) -> None:
        for name in ("new", "log_out"):
            self._actions[name].setEnabled(logged_in)

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
            "bad_name": self.log_in.name,
        }.get(code)
        self.log_in.show_error(failure_text(code, detail), field)

    def _ask_trust(self, host: str, fingerprint: str, changed: bool) -> None:
        if self._trust is not None:
            return
        dialog = TrustDialog(host, fingerprint, changed=changed, parent=self)
        self._trust = dialog
        dialog.trusted.connect(self._client.trust)
        dialog.rejected.connect(self._client.distrust)
        dialog.finished.connect(self._trust_done)
        dialog.open()

    def _trust_done(self) -> None:
        self._trust = None

    def _link_changed(self, state: LinkState) -> None:
        """The chat says it beside its title; before the log-in nothing else does."""
        words = failure_text("no_network")
        if state is LinkState.OFFLINE and self.pages.currentWidget() is self.log_in:
            self.notices.say(words)
        elif state is not LinkState.OFFLINE:
            self.notices.withdraw(words)

    def _notice(self, code: str, detail: str) -> None:
        if code == "internal":
            self.notices.say(tr("Something went wrong inside Phobos. It was written to the log."))
        elif code == "update":
            version, _, url = detail.partition(" ")
            self.notices.say(tr("Phobos {version} is there: {url}", version=version, url=url))
        else:
            self.notices.say(failure_text(code, detail))

    def _count(self, unread: int) -> None:
        self._unread = unread
        self._title()

    def _title(self) -> None:
        who = self._client.account.name if self._client.account else ""
        title = f"{who} — Phobos" if who else "Phobos"
        self.setWindowTitle(f"({self._unread}) {title}" if self._unread else title)

    def _preference(self, name: str) -> None:
        if name == "theme":
            theme().choose(self._preferences.theme)
        elif name == "language":
            install_language(self._preferences.language)

    # --- dialogs and tools

    def show_settings(self) -> None:
        """Open the settings."""
        dialog = SettingsDialog(self._preferences, self._log_folder, self)
        dialog.log_folder_wanted.connect(
            lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(self._log_folder))
        )
        dialog.open()

    def show_about(self) -> None:
        """Say what this is, and on what it runs."""
        WholeTextDialog(about_text(), self).open()

    def add_tool(self, name: str, window: QWidget) -> None:
        """Give the window that a menu entry ("connection" or "logs") shows from now on."""
        self._tools[name] = window

    def offer_tool(self, name: str, open_it: Callable[[], None]) -> None:
        """What a menu entry does as long as it has no window yet."""
        self._openers[name] = open_it

    def show_connection(self) -> None:
        """Open the connection's page."""
        self._show_tool("connection")

    def show_logs(self) -> None:
        """Open the log viewer on the running log."""
        if "logs" not in self._tools and importlib.util.find_spec("app.logviewer.entry"):
            from app.logviewer.entry import open_window

            self._tools["logs"] = open_window(Path(self._log_folder), [self._log_folder])
        self._show_tool("logs")

    def _show_tool(self, name: str) -> None:
        tool = self._tools.get(name)
        if tool is None and name in self._openers:
            self._openers[name]()
            return
        if tool is None:
            self.notices.say(tr("This part is not available in this build."))
            return
        tool.show()
        tool.raise_()
        tool.activateWindow()

    # --- place and end

    def _restore(self) -> None:
        self.resize(FIRST)
        geometry = self._preferences.state("geometry")
        if not geometry.isEmpty():
            self.restoreGeometry(geometry)
        splitter = self._preferences.state("splitter")
        if not splitter.isEmpty():
            self.chat.splitter.restoreState(splitter)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Remember the place, then ask for the end."""
        self._preferences.save_state("geometry", self.saveGeometry())
        self._preferences.save_state("splitter", self.chat.save_state())
        self._preferences.save()
        for tool in self._tools.values():
            tool.close()
        self.closed.emit()
        event.accept()

    def bring_forward(self) -> None:
        """Show the window to the person, wherever it was."""
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.show()
        self.raise_()
        self.activateWindow()
