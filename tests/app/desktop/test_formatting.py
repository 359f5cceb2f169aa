"""The marks of bold, italic and code: which count, and what is shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QFont

from app.desktop.bubble import Bubble, Content
from app.desktop.formatting import Style, formatted, plain
from app.desktop.links import utf16_length, utf16_slice

B, I, C = Style.BOLD, Style.ITALIC, Style.CODE  # noqa: E741


def pieces(text: str) -> list[tuple[str, Style]]:
    shown, styled = formatted(text)
    return [(utf16_slice(shown, r.start, r.start + r.length), r.style) for r in styled]


@pytest.mark.parametrize(
    ("text", "shown", "wanted"),
    [
        ("a *bold* word", "a bold word", [("bold", B)]),
        ("an _italic_ one", "an italic one", [("italic", I)]),
        ("run `a*b*c` now", "run a*b*c now", [("a*b*c", C)]),
        ("*all _of_ it*", "all of it", [("all ", B), ("of", B | I), (" it", B)]),
        ("这是*重要*的，_真的_！", "这是重要的，真的！", [("重要", B), ("真的", I)]),
        ("🚀 *go* 🚀", "🚀 go 🚀", [("go", B)]),
        ("```python\nx = *y*\n```", "x = *y*", [("x = *y*", C)]),
        ("```x```", "x", [("x", C)]),
    ],
)
def test_what_is_marked_is_shown_without_its_marks(text, shown, wanted) -> None:
    assert formatted(text)[0] == shown
    assert pieces(text) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "2*3*4", "snake_case_name", "__init__", "a * b * c", "* a list", "**", "_ _", "`", "``````",
        "*two\nlines*", "https://im.example/a_b_c?x=*y*", "(https://im.example/_a_)", "*open",
        "",
    ],
)  # fmt: skip
def test_what_is_no_mark_stays(text) -> None:
    assert formatted(text) == (text, [])


@given(st.text(alphabet="*_`a \n字🚀", max_size=60))
def test_nothing_but_marks_is_ever_left_out(text) -> None:
    shown, styled = formatted(text)
    kept = str.maketrans("", "", "*_`\n")
    assert shown.translate(kept) == text.translate(kept)
    end = 0
    for each in styled:
        assert each.start >= end
        end = each.start + each.length
    assert end <= utf16_length(shown)
    assert plain(text) == shown


def test_many_marks_take_no_time_of_their_own() -> None:
    for text in ("*a " * 1300, "```" * 1300 + "a", "`" * 3999, "_*" * 2000, "```a" * 999):
        formatted(text[:4000])


def test_a_bubble_shows_no_marks_and_finds_links_where_they_stand(qapp) -> None:
    text = "*see* https://im.example/a_b_ `x`"
    made = Bubble(Content(text=text, out=False), QFont(), 500)
    assert made.text == "see https://im.example/a_b_ x"
    (link,) = made.links
    assert utf16_slice(made.text, link.start, link.start + link.length) == link.url
