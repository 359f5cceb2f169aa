"""System and version facts for an export, gathered without Qt."""

from __future__ import annotations

import datetime
import locale
import os
import platform
import sqlite3
import ssl
import sys
from importlib import metadata
from typing import Any

from netcore import __version__

# Those whose versions an export names; a package of the app ships what it takes to tell them.
PACKAGES = (
    "PySide6-Essentials",
    "cryptography",
    "dbus-fast",
    "dnspython",
    "h11",
    "icmplib",
    "numpy",
    "protobuf",
    "pyqtgraph",
    "python-socks",
    "qasync",
    "truststore",
    "zlib-ng",
    "zstandard",
)


def facts() -> dict[str, Any]:
    """JSON-ready; the names of the machine and its user are not in it."""
    now = datetime.datetime.now().astimezone()
    return {
        "phobos": __version__,
        "frozen": bool(getattr(sys, "frozen", False)),
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "system": platform.system(),
        "release": platform.release(),
        "version": platform.version(),
        "distribution": _distribution(),
        "machine": platform.machine(),
        "processors": os.cpu_count(),
        "openssl": ssl.OPENSSL_VERSION,
        "sqlite": sqlite3.sqlite_version,
        "language": locale.getlocale()[0] or "",
        "utc_offset": (now.utcoffset() or datetime.timedelta()).total_seconds(),
        "time_zone": now.tzname() or "",
        "session": {
            name: os.environ.get(name, "")
            for name in ("XDG_SESSION_TYPE", "XDG_CURRENT_DESKTOP", "QT_QPA_PLATFORM")
        },
        "proxy_in_environment": any(
            os.environ.get(name) or os.environ.get(name.upper())
            for name in ("https_proxy", "all_proxy", "http_proxy")
        ),
        "packages": _versions(),
    }


def _distribution() -> str:
    try:
        return platform.freedesktop_os_release().get("PRETTY_NAME", "")
    except OSError:
        return ""


def _versions() -> dict[str, str]:
    found = {}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found
