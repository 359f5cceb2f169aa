"""``phobos viewer FILE...``: the log viewer alone."""

from __future__ import annotations

import argparse
import contextlib
import importlib
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.logviewer.window import ViewerWindow


def parser() -> argparse.ArgumentParser:
    """The parser of the viewer's arguments."""
    made = argparse.ArgumentParser(
        prog="phobos viewer",
        description="Read .xlog files: filter, find, merge by time, follow.",
        allow_abbrev=False,
    )
    made.add_argument(
        "paths",
        nargs="*",
        metavar="FILE",
        help=".xlog, .mmap3 or .mmap2 files, folders, or exported diagnosis archives (.zip)",
    )
    made.add_argument("--follow", action="store_true", help="keep reading as the logs grow")
    made.add_argument("--own", action="store_true", help="open Phobos's own log")
    made.add_argument("--data", metavar="DIR", type=Path, help="the profile whose log --own opens")
    made.add_argument("--language", choices=["system", "en", "zh_CN"], default="system")
    made.add_argument("--theme", choices=["system", "light", "dark"], default="system")
    return made


def open_window(own_logs: Path, paths: Sequence[str | Path] = ()) -> ViewerWindow:
    """A viewer's window in a running application, for the chat's menu; not shown yet.

    ``own_logs`` is the folder of the logs that Phobos writes; when it is among ``paths``, the logs
    are followed. Closing the window ends its threads and lets the records go; shown again, it reads
    them again.
    """
    from app.logviewer.keys import NamedKeys, find_vault
    from app.logviewer.settings import ViewerSettings, default_folder
    from app.logviewer.window import ViewerWindow

    folder = default_folder()
    window = ViewerWindow(
        ViewerSettings.load(folder), NamedKeys(lambda: find_vault(folder)), own_logs
    )
    if paths:
        window.logs.open_paths(paths)
        if own_logs in map(Path, paths):
            window.menus["follow"].setChecked(True)
    return window


def prepare(then: Callable[[], None]) -> None:
    """Import what a window takes in a thread, for that needs a fifth of a second; then ``then()``.

    ``then`` is called there: give it the sending of a signal.
    """

    def work() -> None:
        importlib.import_module("app.logviewer.window")
        # The application may have ended meanwhile, and its signals with it.
        with contextlib.suppress(RuntimeError):
            then()

    threading.Thread(target=work, name="viewer-import", daemon=True).start()


def main(argv: Sequence[str] | None = None) -> int:
    """Show the viewer until its window is closed; gives the exit code."""
    arguments = parser().parse_args(sys.argv[1:] if argv is None else argv)

    from PySide6.QtWidgets import QApplication

    from app.desktop.application import take_app_id
    from app.desktop.i18n import install_language
    from app.desktop.theme import ThemeChoice, theme
    from app.start.profile import default_folder as profile_folder

    take_app_id()
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        app = QApplication(["phobos", "viewer"])
    app.setApplicationName("phobos")
    app.setApplicationDisplayName("Phobos")
    install_language(arguments.language)
    theme().choose(ThemeChoice(arguments.theme))
    window = open_window((arguments.data or profile_folder()) / "logs", arguments.paths)
    if arguments.own:
        window.commands.open_own_log()
    if arguments.follow:
        window.menus["follow"].setChecked(True)
    window.show()
    return int(app.exec())
