"""What the About page says."""

from __future__ import annotations

import platform

import PySide6
from PySide6.QtCore import qVersion

from app.desktop.i18n import tr
from netcore import __version__


def about_text() -> str:
    """The version, what it runs on, and the licence."""
    lines = [
        f"Phobos {__version__}",
        tr("Chat that keeps working on bad networks."),
        "",
        f"Python {platform.python_version()}, Qt {qVersion()}, PySide6 {PySide6.__version__}",
        platform.platform(),
        "",
        tr("MIT licence. Protocols and log format follow Tencent Mars."),
    ]
    return "\n".join(lines)
