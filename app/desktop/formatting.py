"""``*bold*``, ``_italic_``, `` `code` `` and code blocks in what people write; sans-I/O.

A text stays what was typed, on the wire and in the store: what is painted leaves the marks out.
A mark counts where no ASCII letter or digit stands before the first or after the second, and no
space on their inner sides: ``2*3*4`` and ``snake_case_name`` stay as they are, and Chinese needs no
spaces. Nothing is looked for in code or in web addresses. Bold and italic may hold one another.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Flag, auto

from app.desktop.links import links_in, utf16_length, utf16_slice


class Style(Flag):
    """How a stretch of text looks."""

    PLAIN = 0
    BOLD = auto()
    ITALIC = auto()
    CODE = auto()


@dataclass(frozen=True, slots=True)
class StyledRange:
    """A stretch of the shown text, by UTF-16 positions."""

    start: int
    length: int
    style: Style


_TOKEN = re.compile(
    r"```(?:[a-zA-Z0-9+#-]{1,20}\n|\n)?(?P<block>[^`](?:[^`]|`(?!``))*?)\n?```"
    r"|`(?P<code>[^`\n]+)`"
    r"|(?<![A-Za-z0-9*])\*(?=[^\s*])(?P<bold>[^*\n]{0,2000}?)(?<=[^\s*])\*(?![A-Za-z0-9*])"
    r"|(?<![A-Za-z0-9_])_(?=[^\s_])(?P<italic>[^_\n]{0,2000}?)(?<=[^\s_])_(?![A-Za-z0-9_])"
)


def formatted(text: str) -> tuple[str, list[StyledRange]]:
    """What is shown of a text, and the stretches of it that look in another way."""
    if not any(mark in text for mark in "*_`"):
        return text, []
    shown: list[str] = []
    styled: list[StyledRange] = []
    at = 0
    for piece, style in _pieces(text, Style.PLAIN):
        length = utf16_length(piece)
        if style and length:
            styled.append(StyledRange(at, length, style))
        shown.append(piece)
        at += length
    return "".join(shown), styled


def plain(text: str) -> str:
    """The text without the marks."""
    return formatted(text)[0]


def _pieces(text: str, outer: Style) -> Iterator[tuple[str, Style]]:
    """The text in pieces of one look each."""
    links = [
        (start := len(utf16_slice(text, 0, link.start)),
         start + len(utf16_slice(text, link.start, link.start + link.length)))
        for link in links_in(text)
    ]  # fmt: skip
    at = 0
    while match := _TOKEN.search(text, at):
        kind = match.lastgroup or ""
        within = next((end for start, end in links if start <= match.start() < end), None)
        if within is not None and kind in ("bold", "italic"):
            yield text[at:within], outer
            at = within
            continue
        yield text[at : match.start()], outer
        if kind in ("block", "code"):
            yield match[kind], outer | Style.CODE
        else:
            style = Style.BOLD if kind == "bold" else Style.ITALIC
            yield from _pieces(match[kind], outer | style)
        at = match.end()
    yield text[at:], outer
