"""Which characters of a text show anything; sans-I/O.

Default-ignorable characters (Unicode's property of that name, DerivedCoreProperties.txt) are drawn
as nothing at all, whatever their category says: U+3164 counts as a letter. U+2800, the empty
Braille cell, is a symbol and is just as blank.
"""

from __future__ import annotations

import re
import unicodedata

_IGNORABLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
IGNORABLE = re.compile(f"[{_IGNORABLE}]")
"""One default-ignorable character."""

_INVISIBLE = re.compile(rf"[\s\u2800\x00-\x1f\x7f-\x9f{_IGNORABLE}]*")
_BLANK_FIRST_LINES = re.compile(r"\A(?:[^\S\n]*\n)+")
_EMOJI_STYLE = re.compile("[\ufe0e\ufe0f]")  # text or picture: of use behind a symbol alone


def is_blank(text: str) -> bool:
    """Whether nothing of ``text`` is seen: spaces, controls, default-ignorable characters."""
    return _INVISIBLE.fullmatch(text) is not None


def trimmed(text: str) -> str:
    """``text`` without the empty lines around it; the indent of its first line stays (code)."""
    return _BLANK_FIRST_LINES.sub("", text).rstrip()


def hides_characters(text: str) -> bool:
    """Whether some character of a name is never seen, so that two names could look the same.

    The variation selectors of emoji are fine where they stand behind a symbol.
    """
    for at, char in enumerate(text):
        if not IGNORABLE.match(char) and char != "\u2800":
            continue
        styled = at > 0 and unicodedata.category(text[at - 1]) in ("So", "Sk", "Po", "Nd")
        if not (_EMOJI_STYLE.match(char) and styled):
            return True
    return False


def one_line(text: str) -> str:
    """``text`` as it may stand in a line of ours: its lines joined, nothing that reorders ours."""
    return " ".join(IGNORABLE.sub(_harmless, text).split())


def _harmless(found: re.Match[str]) -> str:
    """Joiners and styles shape emoji and scripts; marks of direction would reorder what follows."""
    return found[0] if found[0] in "\u200c\u200d\ufe0e\ufe0f" else ""
