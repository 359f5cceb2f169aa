"""Web addresses in what people write, Chinese sentences included; sans-I/O.

Rules:

1. An address begins with ``http://``, ``https://`` or ``www.``, wherever no ASCII letter or digit
   stands before it: Chinese is written without spaces.
2. It ends at a space, a quotation mark or bracket of any script, a Chinese punctuation mark, or a
   character that is not seen.
3. Chinese letters belong to it where a part of the address begins with them (``/wiki/火星``), and
   end it behind ASCII (``https://im.example/a看看``).
4. Closing brackets belong to it as far as it opened them: ``…/Mars_(planet)``. What closes a
   sentence behind it does not.

Libraries that do this were tried and fail at rules 1 and 2: linkify-it-py 2.2 finds no link in
``打开https://im.example`` and takes the bracket in ``《https://im.example》``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_UNSEEN = "\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2028\u2029\u2060-\u206f\u2800\u3164\ufeff"
_PUNCTUATION = (
    "\u2018-\u201f\u2026\u2039\u203a\u00ab\u00bb"  # quotation marks and dots of any script
    "\u3000-\u3004\u3008-\u3020\u3030"  # 、。〈〉《》「」『』【】〔〕
    "\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65"  # ，！（）：；？［］｛｝
    "\ufe10-\ufe1f\ufe30-\ufe4f"  # the same for vertical text
)
_STOP = rf"\s<>\"`{_UNSEEN}{_PUNCTUATION}"
_LINK = re.compile(rf"(?<![a-z0-9])(?:https?://|(?<![a-z0-9@./-])www\.)[^{_STOP}]+", re.IGNORECASE)
_CJK = "\u2e80-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff"
_BEHIND_ASCII = re.compile(rf"(?<=[a-z0-9])[{_CJK}]", re.IGNORECASE)
_TRAILING = ".,;:!?'*_~"
_BRACKETS = {")": "(", "]": "[", "}": "{"}


@dataclass(frozen=True, slots=True)
class TextLink:
    """A web address in a text, by UTF-16 positions."""

    start: int
    length: int
    url: str


def utf16_length(text: str) -> int:
    """The length as Qt counts it."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def utf16_slice(text: str, start: int, end: int) -> str:
    """The part between two of Qt's positions."""
    raw = text.encode("utf-16-le", "surrogatepass")[2 * start : 2 * end]
    return raw.decode("utf-16-le", "replace")


def links_in(text: str) -> list[TextLink]:
    """Every web address in ``text``."""
    found = []
    for match in _LINK.finditer(text):
        url = _whole(match.group())
        host = url.partition("://")[2] if "://" in url else url[len("www.") :]
        if not host.strip("/.:"):
            continue
        target = url if url[:4].lower() == "http" else f"https://{url}"
        found.append(TextLink(utf16_length(text[: match.start()]), utf16_length(url), target))
    return found


def _whole(taken: str) -> str:
    """Rules 3 and 4: how much of what was taken is the address."""
    glued = _BEHIND_ASCII.search(taken)
    url = taken[: glued.start()] if glued else taken
    while url:
        last = url[-1]
        opening = _BRACKETS.get(last)
        if last in _TRAILING or (opening and url.count(last) > url.count(opening)):
            url = url[:-1]
        else:
            break
    return url
