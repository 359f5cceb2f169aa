"""Puts the chat together and runs it: profile, log, server, session, window; and takes it apart.

The order of the end: the window goes at once; then the session and the network close (at most
``CLOSE_TIMEOUT`` seconds), the log is written out, the demo server ends, the profile is freed.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import sys
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

import qasync
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QMessageBox

from app.arguments import Arguments
from app.demo import DemoServerError, start_demo_server
from app.desktop.application import make_application
from app.desktop.client import Client
from app.desktop.first_paint import FirstPaint
from app.desktop.i18n import install_language, tr
from app.desktop.preferences import Preferences, ServerAddress
from app.desktop.theme import ThemeChoice, theme
from app.desktop.window import MainWindow
from app.logs import log_exceptions, loop_exception_handler, route_logging
from app.network import Network
from app.profile import Profile, ProfileInUseError, open_profile
from app.signals import EndSignals

if TYPE_CHECKING:
    from app.companions import Companions

_log = logging.getLogger("app.compose")
CLOSE_TIMEOUT = 3.0  # seconds for session and network to end by themselves


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
    """Another process has the profile: say so where the person looks."""
    sys.stderr.write(f"phobos: {folder} is in use: close the other Phobos or give --data\n")
    app = make_application(arguments.language or "system", arguments.theme or "system")
    box = QMessageBox()
    box.setIcon(QMessageBox.Icon.Information)
    box.setText(tr("Phobos is already running with this profile."))
    box.setInformativeText(folder)
    box.finished.connect(app.quit)
    box.open()
    app.exec()
    return 1


def _address(arguments: Arguments, kept: ServerAddress) -> ServerAddress:
    """The kept address, with what the command line names put in its place."""
    if arguments.server:
        kept = ServerAddress(arguments.server, plain=arguments.plain)
    if arguments.longlink_port:
        kept = replace(kept, longlink_port=arguments.longlink_port)
    if arguments.shortlink_port:
        kept = replace(kept, shortlink_port=arguments.shortlink_port)
    return replace(kept, plain=True) if arguments.plain else kept


def _run_window(
    arguments: Arguments, profile: Profile, demo: ServerAddress | None, last: ExitStack
) -> int:
    app = make_application()
    preferences = Preferences(profile.settings)
    install_language(arguments.language or preferences.language)
    theme().choose(ThemeChoice(arguments.theme) if arguments.theme else preferences.theme)
    last.callback(route_logging(profile.logs, preferences.log_key))
    loop = qasync.QEventLoop(app)
    network = Network(profile, preferences, demo=demo, demo_data=profile.demo_data)
    chosen = demo or _address(arguments, preferences.server)
    client = Client(network.open, preferences, chosen)
    window = MainWindow(client, preferences, str(profile.logs))

    def tell() -> None:
        # An exception may come from any thread: the window hears of it on its own.
        QTimer.singleShot(0, window, lambda: client.notice.emit("internal", ""))

    last.callback(EndSignals(window.close).close)
    log_exceptions(tell)
    loop.set_exception_handler(loop_exception_handler(tell))
    _log.info("started; profile %s", profile.folder)
    with loop:
        loop.run_until_complete(_live(client, window, profile, network, preferences))
    _log.info("ended")
    sys.excepthook = sys.__excepthook__
    return 0


def _import_companions() -> type[Companions]:
    from app.companions import Companions

    return Companions


async def _live(
    client: Client,
    window: MainWindow,
    profile: Profile,
    network: Network,
    preferences: Preferences,
) -> None:
    """From the window's first showing to the end of everything behind it."""
    loop = asyncio.get_running_loop()
    closed, painted = loop.create_future(), loop.create_future()

    def end() -> None:
        for future in (painted, closed):
            if not future.done():
                future.set_result(None)

    window.closed.connect(end)
    FirstPaint(window, lambda: painted.done() or painted.set_result(None))
    window.show()
    if profile.limited:
        client.notice.emit("read_only", profile.limited)
    await painted
    made = await asyncio.to_thread(_import_companions)
    companions = made(profile, preferences, network, client, window)
    # What was loaded stays: a full collection that looks through all of it takes some 80 ms.
    gc.freeze()
    client.start()
    await companions.start()
    await closed
    try:
        async with asyncio.timeout(CLOSE_TIMEOUT):
            await companions.stop()
            await client.close()
            await network.close()
            await companions.close()
    except TimeoutError:
        _log.warning("the session did not end within %.0f s", CLOSE_TIMEOUT)
