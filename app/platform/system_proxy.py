"""The system's proxy for a host, as far as Python and Qt can tell.

On Linux netcore reads the environment and the desktop's settings. On Windows and macOS Qt asks the
system, automatic configuration (PAC) included, which may take seconds: netcore calls this in a
guarded thread.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

from netcore.connect.proxy import Proxy
from netcore.connect.system_proxy import desktop_proxy, system_proxy

if TYPE_CHECKING:
    from PySide6.QtNetwork import QNetworkProxy


def find_proxy(host: str) -> Proxy | None:
    """The proxy that this computer is set up with, to reach ``host``; None for the direct way.

    Blocks. Raises :class:`~netcore.errors.ConfigError` for one that cannot be used.
    """
    return system_proxy(host, desktop=desktop_proxy if sys.platform == "linux" else qt_proxy)


def qt_proxy(host: str) -> Proxy | None:
    """What Qt says that the system's settings say; blocks."""
    from PySide6.QtCore import QUrl
    from PySide6.QtNetwork import QNetworkProxyFactory, QNetworkProxyQuery

    url = QUrl()
    url.setScheme("https")
    url.setHost(host)
    return of_qt(QNetworkProxyFactory.systemProxyForQuery(QNetworkProxyQuery(url)))


def of_qt(found: Iterable[QNetworkProxy]) -> Proxy | None:
    """The first of Qt's proxies that carries any connection; None for the direct way."""
    from PySide6.QtNetwork import QNetworkProxy

    kinds = QNetworkProxy.ProxyType
    for each in found:
        kind = each.type()
        if kind in (kinds.NoProxy, kinds.DefaultProxy):
            return None
        if each.hostName() and each.port() and kind in (kinds.HttpProxy, kinds.Socks5Proxy):
            user = each.user()
            return Proxy(
                "http" if kind == kinds.HttpProxy else "socks5",
                each.hostName(),
                each.port(),
                user,
                each.password() if user else "",
            )
    return None
