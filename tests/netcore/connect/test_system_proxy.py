"""The proxy that the environment and the desktops' settings name, from texts as they write them."""

import sys

import pytest

from netcore.connect import system_proxy as module
from netcore.connect.proxy import Proxy
from netcore.connect.system_proxy import (
    bypassed,
    desktop_proxy,
    from_answers,
    from_gnome,
    from_kde,
    system_proxy,
)
from netcore.errors import ConfigError


def nobody(host):
    return None


@pytest.mark.parametrize(
    ("host", "patterns", "expected"),
    [
        ("chat.example", ["*"], True),
        ("chat.example", ["example"], True),
        ("chat.example", [".example"], True),
        ("chat.example", ["*.example"], True),
        ("Chat.Example.", ["chat.example"], True),
        ("chat.example", ["at.example"], False),
        ("chat.example", ["other", "", " chat.example "], True),
        ("10.1.2.3", ["10.0.0.0/8"], True),
        ("10.1.2.3", ["10.1.2.3"], True),
        ("11.1.2.3", ["10.0.0.0/8"], False),
        ("10.1.2.3", [".2.3"], False),
        ("[2001:db8::1]", ["2001:db8::/32"], True),
        ("2001:db8::1", ["10.0.0.0/8"], False),
        ("intranet", ["<local>"], True),
        ("chat.example", ["<local>"], False),
        ("chat.example", [], False),
    ],
)
def test_the_bypass_list(host, patterns, expected):
    assert bypassed(host, patterns) is expected


def found(proxies, host="chat.example", **options):
    return system_proxy(
        host,
        getproxies=lambda: proxies,
        proxy_bypass=lambda host: False,
        desktop=nobody,
        **options,
    )


def test_the_system_s_proxy_for_https_comes_before_the_others():
    every = {"http": "http://a:1", "socks": "socks://b:2", "all": "http://c:3", "https": "d:4"}
    assert found(every) == Proxy("http", "d", 4)
    del every["https"]
    assert found(every) == Proxy("http", "c", 3)
    del every["all"]
    assert found(every) == Proxy("socks5", "b", 2)
    del every["socks"]
    assert found(every) == Proxy("http", "a", 1)
    assert found({}) is None


def test_hosts_on_a_bypass_list_need_no_proxy():
    proxies = {"https": "http://a:1", "no": "example,other"}
    assert found(proxies) is None
    assert found(proxies, host="chat.org") == Proxy("http", "a", 1)
    assert found(proxies, host="chat.org", bypass=["org"]) is None
    assert found(proxies, host="localhost") is None
    assert found(proxies, host="127.0.0.9") is None
    assert found(proxies, host="::1") is None
    assert system_proxy("h.org", getproxies=lambda: proxies, proxy_bypass=lambda h: 1) is None


def test_an_unusable_system_proxy_is_told():
    with pytest.raises(ConfigError, match="socks4"):
        found({"https": "socks4://a:1"})


def test_the_environment_is_read(monkeypatch):
    for name in ("http_proxy", "all_proxy", "no_proxy", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("https_proxy", "http://max:pw@proxy.example:3128")
    monkeypatch.setenv("no_proxy", "10.0.0.0/8,.intra")
    expected = Proxy("http", "proxy.example", 3128, "max", "pw")
    assert system_proxy("chat.example") == expected
    assert system_proxy("chat.example", bypass=["chat.example"]) is None
    assert system_proxy("10.1.1.1") is None
    assert system_proxy("a.intra") is None
    with pytest.raises(ConfigError, match="takes several strings"):
        system_proxy("chat.example", bypass="chat.example")


def test_the_desktop_is_asked_where_the_environment_says_nothing():
    asked = []

    def desktop(host):
        asked.append(host)
        return Proxy("http", "d", 1)

    def ask(proxies):
        return system_proxy(
            "chat.example",
            getproxies=lambda: proxies,
            proxy_bypass=lambda host: False,
            desktop=desktop,
        )

    assert ask({}) == Proxy("http", "d", 1)
    assert ask({"https": "http://e:2"}) == Proxy("http", "e", 2)
    assert asked == ["chat.example"]


# -- GNOME

GNOME = """\
org.gnome.system.proxy autoconfig-url ''
org.gnome.system.proxy ignore-hosts ['localhost', '127.0.0.0/8', '::1', '*.intra']
org.gnome.system.proxy mode 'manual'
org.gnome.system.proxy use-same-proxy true
org.gnome.system.proxy.http authentication-password ''
org.gnome.system.proxy.http authentication-user ''
org.gnome.system.proxy.http enabled false
org.gnome.system.proxy.http host ''
org.gnome.system.proxy.http port 8080
org.gnome.system.proxy.http use-authentication false
org.gnome.system.proxy.https host ''
org.gnome.system.proxy.https port 0
org.gnome.system.proxy.socks host ''
org.gnome.system.proxy.socks port 0
"""


def by_gnome(*changes, host="chat.example", answers=()):
    """With lines such as "https.port 3128" in the place of the text's own."""
    lines = GNOME.splitlines()
    for change in changes:
        name, _, value = change.partition(" ")
        schema, _, key = name.rpartition(".")
        head = f"org.gnome.system.proxy{'.' if schema else ''}{schema} {key} "
        lines = [head + value if line.startswith(head) else line for line in lines]
        assert head + value in lines
    return from_gnome("\n".join(lines), host, lambda host: answers)


def test_gnome_s_settings():
    https = ("https.host 'p.example'", "https.port 3128")
    assert by_gnome("mode 'none'", *https) is None
    assert by_gnome() is None
    assert by_gnome(*https) == Proxy("http", "p.example", 3128)
    assert by_gnome("http.host 'h'", "http.port 8888") == Proxy("http", "h", 8888)
    socks = ("socks.host 's'", "socks.port 1080")
    assert by_gnome("http.host 'h'", *socks) == Proxy("socks5", "s", 1080)
    assert by_gnome("https.host '2001:db8::1'", "https.port 1") == Proxy("http", "2001:db8::1", 1)
    login = (
        "http.use-authentication true",
        "http.authentication-user 'max'",
        "http.authentication-password 'p\"w'",
    )
    assert by_gnome("http.host 'h'", *login) == Proxy("http", "h", 8080, "max", 'p"w')


def test_gnome_s_exceptions():
    https = ("https.host 'p'", "https.port 1")
    assert by_gnome(*https, host="a.intra") is None
    assert by_gnome(*https, host="chat.example") == Proxy("http", "p", 1)
    assert by_gnome(*https, "ignore-hosts @as []", host="a.intra") == Proxy("http", "p", 1)


def test_gnome_s_automatic_configuration_is_the_resolver_s_business():
    auto = "mode 'auto'"
    assert by_gnome(auto, answers=["http://pac:1", "direct://"]) == Proxy("http", "pac", 1)
    assert by_gnome(auto, answers=["direct://"]) is None
    assert by_gnome(auto) is None


@pytest.mark.parametrize("text", ["", "nonsense", "org.gnome.system.proxy mode [1", "\x00\xff\n\n"])
def test_what_is_no_setting_names_no_proxy(text):
    assert from_gnome(text, "chat.example", nobody) is None
    assert from_kde(text, "chat.example", nobody) is None


# -- KDE

KDE = """[$Version]
update_info=x

[Proxy Settings]
NoProxyFor=localhost,*.intra
Proxy Config Script=http://pac.example/x
ProxyType=1
ReversedException=false
httpProxy=http://h.example 8080
httpsProxy=http://s.example/ 3128
socksProxy=
"""


def test_kde_s_settings():
    def by_kde(text=KDE, host="chat.example", answers=()):
        return from_kde(text, host, lambda host: answers)

    assert by_kde() == Proxy("http", "s.example", 3128)
    assert by_kde(host="a.intra") is None
    reverse = KDE.replace("ReversedException=false", "ReversedException=true")
    assert by_kde(reverse) is None
    assert by_kde(reverse, host="a.intra") == Proxy("http", "s.example", 3128)
    assert by_kde(KDE.replace("ProxyType=1", "ProxyType=0")) is None
    socks = KDE.replace("httpsProxy=http://s.example/ 3128", "").replace(
        "socksProxy=", "socksProxy=socks://k:1081"
    )
    assert by_kde(socks) == Proxy("socks5", "k", 1081)
    pac = KDE.replace("ProxyType=1", "ProxyType=2")
    assert by_kde(pac, answers=["socks5://p:1"]) == Proxy("socks5", "p", 1)


def test_kde_s_file_is_read_where_kde_runs(monkeypatch, tmp_path):
    (tmp_path / "kioslaverc").write_text(KDE)
    monkeypatch.setattr(module.sys, "platform", "linux")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CURRENT_DESKTOP", "KDE")
    assert desktop_proxy("chat.example") == Proxy("http", "s.example", 3128)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "none"))
    assert desktop_proxy("chat.example") is None


# -- programs


@pytest.fixture
def tools(monkeypatch, tmp_path):
    """Puts programs of ours in the place of the desktop's."""

    def make(**scripts):
        for name, script in scripts.items():
            path = tmp_path / name
            path.write_text(f"#!/bin/sh\n{script}\n")
            path.chmod(0o755)

    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("XDG_CURRENT_DESKTOP", "GNOME")
    monkeypatch.setattr(module.sys, "platform", "linux")
    return make


AUTO = "echo \"org.gnome.system.proxy mode 'auto'\""


@pytest.mark.skipif(sys.platform == "win32", reason="shell scripts stand in for Linux's tools")
def test_gsettings_is_run_and_the_portal_for_an_automatic_configuration(tools):
    tools(gsettings=AUTO, gdbus="echo \"(['http://pac.example:3128', 'direct://'],)\"")
    assert desktop_proxy("chat.example") == Proxy("http", "pac.example", 3128)


def test_programs_that_are_missing_or_fail_name_no_proxy(tools):
    assert desktop_proxy("chat.example") is None
    tools(gsettings="exit 1")
    assert desktop_proxy("chat.example") is None
    tools(gsettings=AUTO, gdbus="echo nonsense")
    assert desktop_proxy("chat.example") is None


def test_the_first_way_that_can_be_gone_is_taken():
    assert from_answers(["socks4://a:1", "http://b:2"]) == Proxy("http", "b", 2)
    assert from_answers([]) is None
    with pytest.raises(ConfigError, match="socks4"):
        from_answers(["socks4://a:1"])
