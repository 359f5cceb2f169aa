import pytest

from netcore.connect.proxy import Proxy
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
