import pytest

from netcore.connect.proxy import Proxy, bypassed, find_system_proxy, system_proxy
from netcore.errors import ConfigError


@pytest.mark.parametrize(
    ("url", "proxy"),
    [
        ("http://proxy.example:3128", Proxy("http", "proxy.example", 3128)),
        ("proxy.example:3128", Proxy("http", "proxy.example", 3128)),
        ("proxy.example", Proxy("http", "proxy.example", 8080)),
        ("HTTP://Proxy.Example", Proxy("http", "proxy.example", 8080)),
        (" socks5://10.0.0.1 ", Proxy("socks5", "10.0.0.1", 1080)),
        ("socks5h://p:9", Proxy("socks5", "p", 9)),
        ("socks://p:9/", Proxy("socks5", "p", 9)),
        ("http://[2001:db8::1]:81", Proxy("http", "2001:db8::1", 81)),
        ("http://max:p%40ss@p:81", Proxy("http", "p", 81, "max", "p@ss")),
        ("socks5://max:secret@p", Proxy("socks5", "p", 1080, "max", "secret")),
    ],
)
def test_a_proxy_s_url_is_understood(url, proxy):
    assert Proxy.from_url(url) == proxy


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "names no host"),
        ("http://", "names no host"),
        ("ftp://p:1", "'ftp' is not supported"),
        ("socks4://p:1", "'socks4' is not supported"),
        ("https://p:1", "'https' is not supported"),
        ("http://p:99999", "no proxy address"),
        ("http://p:0", "port must be 1 to 65535"),
        ("http://p:x", "no proxy address"),
        ("http://[::1", "no proxy address"),
        ("socks5://max@p", "needs a password"),
        ("socks5://mäx:y@p", "must be ASCII"),
        ("socks5://max:" + "y" * 256 + "@p", "255 letters at most"),
        ("http://a%3Ab:c@p", "cannot contain ':'"),
        ("http://:secret@p", "needs a user name"),
    ],
)
def test_a_url_that_is_no_proxy_says_what_would_do(url, words):
    with pytest.raises(ConfigError, match=words) as caught:
        Proxy.from_url(url)
    assert "secret" not in str(caught.value)


def test_a_wrong_kind_is_refused():
    with pytest.raises(ConfigError, match="http or socks5"):
        Proxy("gopher", "p", 1)


def test_the_password_shows_in_no_text_but_the_url_comes_back_whole():
    proxy = Proxy("socks5", "2001:db8::1", 9, "max", "p@ss/word")
    assert "p@ss" not in f"{proxy} {proxy!r}"
    assert str(proxy) == "socks5://[2001:db8::1]:9"
    assert Proxy.from_url(proxy.url) == proxy


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
        host, getproxies=lambda: proxies, proxy_bypass=lambda host: False, **options
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


async def test_the_environment_is_read(monkeypatch):
    for name in ("http_proxy", "all_proxy", "no_proxy", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("https_proxy", "http://max:pw@proxy.example:3128")
    monkeypatch.setenv("no_proxy", "10.0.0.0/8,.intra")
    expected = Proxy("http", "proxy.example", 3128, "max", "pw")
    assert await find_system_proxy("chat.example") == expected
    assert await find_system_proxy("chat.example", bypass=["chat.example"]) is None
    assert await find_system_proxy("10.1.1.1") is None
    assert await find_system_proxy("a.intra") is None
