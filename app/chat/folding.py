"""Texts as the search compares them: folded, and cut into the terms of the index.

Case, width, accents and compatibility forms are folded: ``Ｃａｆé`` is ``cafe``. Scripts written
without spaces are cut into overlapping pairs of characters, so that a word of two Chinese
characters is one term and a longer one a phrase: ``火箭发射`` is ``火箭 箭发 发射 射``. The last
character stands alone so that each can be found as the beginning of a term. An emoji is a term.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf"
    "\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff"
)
_PICTURES = "\u2190-\u2bff\U0001f000-\U0001faff"
_SEGMENT = re.compile(f"[{_UNSPACED}]+|[{_PICTURES}]|(?:(?![{_UNSPACED}])[^\\W_])+")
_UNSPACED_RUN = re.compile(f"[{_UNSPACED}]")
_VOICING = 8  # the combining class of the marks that make another kana
MAX_WORD = 64  # characters of a term; what is longer is found by its beginning
MAX_WORDS = 16  # of a question
MAX_QUESTION = 256  # characters


def fold(text: str) -> str:
    """The text without the differences that the search overlooks."""
    if text.isascii():
        return text.lower()
    return "".join(map(_fold_one, text))


@lru_cache(maxsize=16384)
def _fold_one(character: str) -> str:
    apart = unicodedata.normalize("NFKD", character)
    kept = (c for c in apart if unicodedata.combining(c) in (0, _VOICING))
    return unicodedata.normalize("NFC", "".join(kept).casefold())


def _segments(text: str) -> list[str]:
    return _SEGMENT.findall(fold(text))


def terms(text: str) -> str:
    """The terms of a text, in order, with spaces between them."""
    found: list[str] = []
    for segment in _segments(text):
        if _UNSPACED_RUN.match(segment):
            found.extend(segment[at : at + 2] for at in range(len(segment)))
        else:
            found.append(segment[:MAX_WORD])
    return " ".join(found)


def question(text: str) -> list[str]:
    """What a person typed as expressions of FTS5, all of which have to be there."""
    asked: list[str] = []
    for segment in _segments(text[:MAX_QUESTION])[:MAX_WORDS]:
        if _UNSPACED_RUN.match(segment) and len(segment) > 1:
            pairs = " ".join(segment[at : at + 2] for at in range(len(segment) - 1))
            asked.append(f'"{pairs}"')
        else:
            asked.append(f'"{segment[:MAX_WORD]}" *')
    return asked


def name_term(kind: str, name: str) -> str:
    """A term that stands for exactly one name, which may hold anything."""
    return kind + name.encode("utf-8", "replace").hex()


def find_spans(text: str, asked: str) -> list[tuple[int, int]]:
    """Where the words of ``asked`` stand in a text: (start, end), in order, none over another."""
    folded: list[str] = []
    origin: list[int] = []
    for at, character in enumerate(text):
        for each in _fold_one(character):
            folded.append(each)
            origin.append(at)
    whole = "".join(folded)
    spans: list[tuple[int, int]] = []
    for word in dict.fromkeys(_segments(asked[:MAX_QUESTION])[:MAX_WORDS]):
        begins = "" if _UNSPACED_RUN.match(word) else r"(?<![^\W_])"
        spans.extend(
            (origin[match.start()], origin[match.end() - 1] + 1)
            for match in re.finditer(begins + re.escape(word), whole)
        )
    spans.sort()
    kept: list[tuple[int, int]] = []
    for start, end in spans:
        if kept and start < kept[-1][1]:
            kept[-1] = (kept[-1][0], max(end, kept[-1][1]))
        else:
            kept.append((start, end))
    return kept
