import pytest

from app.desktop.links import links_in, utf16_slice


@pytest.mark.parametrize(
    ("text", "urls"),
    [
        ("none here", []),
        ("http://a.b/c", ["http://a.b/c"]),
        ("(see https://a.b/c).", ["https://a.b/c"]),
        ("www.example.org!", ["https://www.example.org"]),
        ("看 https://a.cn/x，好吗", ["https://a.cn/x"]),
        ("javascript:alert(1) file:///etc/passwd", []),
        # Chinese is written without spaces.
        ("打开https://a.b/c", ["https://a.b/c"]),
        ("看www.example.org吧", ["https://www.example.org"]),
        ("打开https://a.b/c看看", ["https://a.b/c"]),
        ("看https://例子.cn/路径，好吗", ["https://例子.cn/路径"]),
        ("https://zh.a.b/wiki/火星#历史。下一句", ["https://zh.a.b/wiki/火星#历史"]),
        ("https://a.b/?q=火星", ["https://a.b/?q=火星"]),
        # Brackets and quotation marks of any script end it.
        ("《https://a.b/c》看", ["https://a.b/c"]),
        ("「https://a.b/c」『https://a.b/d』", ["https://a.b/c", "https://a.b/d"]),
        ("【https://a.b/c】（https://a.b/d）", ["https://a.b/c", "https://a.b/d"]),
        ("“https://a.b/c” «https://a.b/d»", ["https://a.b/c", "https://a.b/d"]),
        ("<https://a.b/c> \"https://a.b/d\" `https://a.b/e`",
         ["https://a.b/c", "https://a.b/d", "https://a.b/e"]),
        # Its own brackets are its own.
        ("https://a.b/Mars_(planet)", ["https://a.b/Mars_(planet)"]),
        ("(https://a.b/Mars_(planet))", ["https://a.b/Mars_(planet)"]),
        ("(https://a.b/Mars_(planet)).", ["https://a.b/Mars_(planet)"]),
        ("[text](https://a.b/c)", ["https://a.b/c"]),
        ("**https://a.b/c**", ["https://a.b/c"]),
        ("http://[::1]:8080/x", ["http://[::1]:8080/x"]),
        # What is not seen is no part of it, and nothing is an address without a host.
        ("https://a.b/\u202egpj.exe", ["https://a.b/"]),
        ("https://a.b/c\u200b", ["https://a.b/c"]),
        ("https:// http://. www. www..", []),
        ("xhttps://a.b me@www.a.b", []),
    ],
)  # fmt: skip
def test_only_web_addresses_become_links(text, urls) -> None:
    assert [link.url for link in links_in(text)] == urls


def test_links_are_counted_as_qt_counts() -> None:
    text = "🚀🚀 https://a.b"
    link = links_in(text)[0]
    assert utf16_slice(text, link.start, link.start + link.length) == "https://a.b"


@pytest.mark.parametrize("piece", ["http://", "www.", "(", "https://a.b/(", "a", "火"])
def test_a_text_of_any_kind_is_looked_through(piece) -> None:
    text = (piece * 16384)[:16384]
    for link in links_in(text):
        assert 0 <= link.start < link.start + link.length <= len(text)
