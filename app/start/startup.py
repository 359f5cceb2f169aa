"""Opens the profile and shows the window; then hands over to the life behind it.

Only what the first page needs is imported here. Once the window is painted, a thread imports
:mod:`app.start.app_loop` (asyncio, the log, the client and the chat's page) while Qt's loop already
serves the person; what they ask for in that moment is kept by the window. See docs/packages.md for
what this saves.
"""

from __future__ import annotations

import importlib
import sys
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QEventLoop, QThread

from app.chat.server_text import parse_server
from app.desktop.application import make_application
from app.desktop.first_paint import FirstPaint
from app.desktop.preferences import Preferences, ServerAddress
from app.desktop.window import MainWindow
from app.start.arguments import LONGLINK_PORT, SHORTLINK_PORT, Arguments
from app.start.profile import Profile, ProfileInUseError, open_profile
from app.start.unix_signals import EndSignals

# What the window needs next, and at once.
BEHIND = (
    "app.start.app_loop",
    "app.desktop.chat_page",
    "app.desktop.menu",
    "app.desktop.notice_bar",
    "xlog.handler",
)


def run(arguments: Arguments) -> int:
    """Run the chat until its window is closed; gives the process's exit code."""
    with ExitStack() as last:
        try:
            profile = open_profile(arguments.data)
        except ProfileInUseError as error:
            return _refuse(arguments, str(error))
        last.callback(profile.close)
        address = None
        if arguments.demo:
            from app.start.demo import DemoServerError, start_demo_server

            try:
                server = start_demo_server(profile.demo_data, plain=arguments.plain)
            except DemoServerError as error:
                sys.stderr.write(f"phobos: {error}\n")
                return 1
            last.callback(server.stop)
            address = ServerAddress(
                "127.0.0.1", server.longlink_port, server.shortlink_port, server.plain
            )
        return _run_window(arguments, profile, address, last)


def _refuse(arguments: Arguments, folder: str) -> int:
    """Another process has the profile: bring it forward, or say so where the person looks."""
    from PySide6.QtCore import Qt
    from PySide6.QtWidgets import QMessageBox

    from app.desktop.i18n import tr
    from app.start.single_instance import raise_other_instance

    app = make_application(arguments.language or "system", arguments.theme or "system")
    if raise_other_instance(Path(folder)):
        sys.stderr.write("phobos: it runs already, and its window comes forward\n")
        return 0
    sys.stderr.write(f"phobos: {folder} is in use: close the other Phobos or give --data\n")
    box = QMessageBox()
    box.setIcon(QMessageBox.Icon.Information)
    box.setTextFormat(Qt.TextFormat.PlainText)  # a folder may be called anything
    box.setText(f"{tr('Phobos is already running with this profile.')}\n\n{folder}")
    box.finished.connect(app.quit)
    box.open()
    app.exec()
    return 1


def _address(arguments: Arguments, kept: ServerAddress) -> ServerAddress:
    """The kept address, with what the command line names put in its place."""
    if arguments.server:
        named = parse_server(arguments.server)
        kept = ServerAddress(
            named.host,
            named.longlink_port or LONGLINK_PORT,
            named.shortlink_port or SHORTLINK_PORT,
            arguments.plain,
        )
    if arguments.longlink_port:
        kept = replace(kept, longlink_port=arguments.longlink_port)
    if arguments.shortlink_port:
        kept = replace(kept, shortlink_port=arguments.shortlink_port)
    return replace(kept, plain=True) if arguments.plain else kept


class _Loading(QThread):
    """Imports what stands behind the window; whoever needs it next is told of a failure."""

    def run(self) -> None:
        """Runs in the thread."""
        for name in BEHIND:
            importlib.import_module(name)


def _run_window(
    arguments: Arguments, profile: Profile, demo: ServerAddress | None, last: ExitStack
) -> int:
    preferences = Preferences(profile.settings)
    app = make_application(
        arguments.language or preferences.language, arguments.theme or preferences.theme
    )
    address = demo or _address(arguments, preferences.server)
    window = MainWindow(preferences, str(profile.logs), address)
    last.callback(EndSignals(window.close).close)
    if not _show(window):
        return 0
    from app.start.app_loop import AppLoop

    return AppLoop(app, window, profile, preferences, address, demo).run()


def _show(window: MainWindow) -> bool:
    """Show the window and load what stands behind it; False when it was closed meanwhile."""
    waiting, loading, closed = QEventLoop(), _Loading(), []
    loading.finished.connect(waiting.quit)
    window.closed.connect(lambda: closed.append(True))
    window.closed.connect(waiting.quit)
    FirstPaint(window, loading.start)
    window.show()
    waiting.exec()
    loading.wait()
    return not closed
