"""The QApplication: made once, with our name, icon, language and theme."""

from __future__ import annotations

import sys

from PySide6.QtWidgets import QApplication

from app.desktop import icons
from app.desktop.i18n import SYSTEM, install_language
from app.desktop.theme import ThemeChoice, theme

APP_ID = "im.phobos.Phobos"  # the desktop file's name, and Windows's AppUserModelID


def take_app_id() -> None:
    """Windows groups windows, pins and toasts by this; the Start menu's entry has the same."""
    if sys.platform == "win32":
        import ctypes

        ctypes.windll.shell32.SetCurrentProcessExplicitAppUserModelID(ctypes.c_wchar_p(APP_ID))


def make_application(language: str = SYSTEM, choice: str = ThemeChoice.SYSTEM) -> QApplication:
    """The application, dressed; the existing one if there is one.

    The window's end does not end it: whoever runs it decides, after an orderly shutdown.
    """
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        take_app_id()
        app = QApplication(sys.argv[:1])
    app.setApplicationName("phobos")
    app.setApplicationDisplayName("Phobos")
    app.setDesktopFileName(APP_ID)
    app.setQuitOnLastWindowClosed(False)
    install_language(language)
    theme().choose(ThemeChoice(choice))
    app.setWindowIcon(icons.app_icon())
    return app
