"""What Qt tells of the system's proxy, as netcore understands it."""

import sys

import pytest
from PySide6.QtNetwork import QNetworkProxy, QNetworkProxyFactory

from app.platform import system_proxy
from netcore.connect.proxy import Proxy

Kind = QNetworkProxy.ProxyType


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ([], None),
        ([QNetworkProxy(Kind.NoProxy)], None),
        ([QNetworkProxy(Kind.HttpProxy, "h.example", 3128)], Proxy("http", "h.example", 3128)),
        (
            [QNetworkProxy(Kind.Socks5Proxy, "s.example", 1080, "max", "pw")],
            Proxy("socks5", "s.example", 1080, "max", "pw"),
        ),
        (
            [QNetworkProxy(Kind.FtpCachingProxy, "f", 1), QNetworkProxy(Kind.HttpProxy, "h", 2)],
            Proxy("http", "h", 2),
        ),
        ([QNetworkProxy(Kind.HttpProxy, "", 0), QNetworkProxy(Kind.NoProxy)], None),
        ([QNetworkProxy(Kind.HttpProxy, "h", 2, "", "pw")], Proxy("http", "h", 2)),
    ],
)
def test_qt_s_proxies(told, expected):
    assert system_proxy.of_qt(told) == expected


def test_qt_is_asked_by_an_address_with_the_host(monkeypatch):
    asked = []

    def answer(query):
        asked.append(query.url().toString())
        return [QNetworkProxy(Kind.HttpProxy, "pac.example", 3128)]

    monkeypatch.setattr(QNetworkProxyFactory, "systemProxyForQuery", answer)
    assert system_proxy.qt_proxy("chat.example") == Proxy("http", "pac.example", 3128)
    system_proxy.qt_proxy("2001:db8::1")
    assert asked == ["https://chat.example", "https://[2001:db8::1]"]


def test_the_real_system_is_asked_without_harm():
    system_proxy.qt_proxy("chat.example")


@pytest.mark.parametrize(("platform", "asked"), [("win32", 1), ("darwin", 1), ("linux", 0)])
def test_on_linux_the_desktop_s_settings_are_read_and_qt_is_asked_elsewhere(
    monkeypatch, platform, asked
):
    for name in ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "http_proxy"):
        monkeypatch.delenv(name, raising=False)
    calls = []
    monkeypatch.setattr(system_proxy, "qt_proxy", lambda host: calls.append(host))
    monkeypatch.setattr(system_proxy, "desktop_proxy", lambda host: None)
    monkeypatch.setattr(sys, "platform", platform)
    assert system_proxy.find_proxy("chat.example") is None
    assert len(calls) == asked
