"""Opens the profile and shows the window; then hands over to the life behind it.

Only what the first page needs is imported here. Once the window is painted, a thread imports
:mod:`app.start.app_loop` (asyncio, the log, the client and the chat's page) while Qt's loop already
serves the person; what they ask for in that moment is kept by the window. See docs/packages.md for
what this saves.
"""

from __future__ import annotations

import contextlib
import importlib
import sys
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEventLoop, QThread

from app.chat.server_text import parse_server
from app.desktop.application import make_application
from app.desktop.first_paint import FirstPaint
from app.desktop.preferences import Preferences, ServerAddress
from app.desktop.window import MainWindow
from app.start.arguments import LONGLINK_PORT, SHORTLINK_PORT, Arguments
from app.start.profile import Profile, ProfileInUseError, open_profile
from app.start.unix_signals import EndSignals

if TYPE_CHECKING:
    from app.start.demo import SecondPerson

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
        demo = None
        if arguments.demo or arguments.join_demo:
            from app.start.demo import DemoServerError

            try:
                demo = _demo(arguments, profile, last)
            except DemoServerError as error:
                sys.stderr.write(f"phobos: {error}\n")
                return 1
        return _run_window(arguments, profile, demo, last)


@dataclass(frozen=True, slots=True)
class Demo:
    """A demo server: where it is, where its data lies, and how a second person comes to it."""

    address: ServerAddress
    data: Path
    second: SecondPerson | None = None


def _demo(arguments: Arguments, profile: Profile, last: ExitStack) -> Demo:
    """Start a demo server, or join the one that another window brought; raises DemoServerError."""
    from app.start.demo import HOST, SecondPerson, start_demo_server

    if arguments.join_demo:
        assert arguments.longlink_port and arguments.shortlink_port  # as parse() made sure
        ports = (arguments.longlink_port, arguments.shortlink_port)
        return Demo(ServerAddress(HOST, *ports, arguments.plain), arguments.join_demo)
    server = start_demo_server(profile.demo_data, plain=arguments.plain, echo=True)
    last.callback(server.stop)
    if sys.stdout is not None:  # there is none behind a desktop's icon on Windows
        with contextlib.suppress(OSError):
            sys.stdout.write(f"{server}\n")
            sys.stdout.flush()
    look = [*_option("--language", arguments.language), *_option("--theme", arguments.theme)]
    second = SecondPerson(server, profile.second_person, look)
    last.callback(second.stop)
    address = ServerAddress(HOST, server.longlink_port, server.shortlink_port, server.plain)
    return Demo(address, server.data, second)


def _option(name: str, value: str | None) -> list[str]:
    return [name, value] if value else []


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
    """Imports what is behind the window; a failure is raised where it is needed next."""

    def run(self) -> None:
        """Runs in the thread."""
        for name in BEHIND:
            importlib.import_module(name)


def _run_window(arguments: Arguments, profile: Profile, demo: Demo | None, last: ExitStack) -> int:
    preferences = Preferences(profile.settings)
    app = make_application(
        arguments.language or preferences.language, arguments.theme or preferences.theme
    )
    if sys.platform == "darwin":
        from app.start.file_open import FileOpenEvents

        FileOpenEvents(app)
    address = demo.address if demo else _address(arguments, preferences.server)
    window = MainWindow(preferences, str(profile.logs), address)
    if demo is not None:
        _begin_demo(arguments, window, preferences, demo)
    last.callback(EndSignals(window.close).close)
    if not _show(window):
        return 0
    from app.start.app_loop import AppLoop

    trusted = (demo.address, demo.data) if demo else None
    return AppLoop(app, window, profile, preferences, address, trusted).run()


def _begin_demo(
    arguments: Arguments, window: MainWindow, preferences: Preferences, demo: Demo
) -> None:
    """Nobody has an account on a new demo server; two windows stand side by side."""
    if not preferences.name:
        window.log_in.show_sign_up()
    if arguments.two or arguments.join_demo:
        window.take_half(left=demo.second is not None)
    if demo.second is not None:
        window.second_wanted.connect(demo.second.open)
        window.offers_second = True
        if arguments.two:
            demo.second.open()


def _show(window: MainWindow) -> bool:
    """Show the window and load what is behind it; False when it was closed meanwhile."""
    waiting, loading, closed = QEventLoop(), _Loading(), []
    loading.finished.connect(waiting.quit)
    window.closed.connect(lambda: closed.append(True))
    window.closed.connect(waiting.quit)
    FirstPaint(window, loading.start)
    window.show()
    waiting.exec()
    loading.wait()
    return not closed
