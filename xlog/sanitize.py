"""Text of logs made fit for people: nothing in it moves a cursor, hides or reorders what is read.

A log holds what programs put there: colours of a terminal (ANSI escape sequences), line breaks of
Windows, and now and then something meant to deceive (U+202E, which shows what follows from right to
left). The bytes themselves are never changed; these functions are for what is shown, copied and
searched:

===================  =========================================================================
:func:`shown`        for a terminal: each control character has its picture (ESC is ``␛``)
:func:`readable`     for a table or the clipboard: escape sequences are left out
:func:`one_line`     for a name: as ``readable``, in one line
:func:`searched`     what a pattern is also held against: as ``readable``, nothing added
:func:`json_escaped` the same characters as ``\\uNNNN`` in JSON, which says the same to a program
===================  =========================================================================

Line breaks (LF, CR LF) and tabs are what they are; CR LF becomes LF.
"""

from __future__ import annotations

import re

_ESCAPES = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor
    r"|\][^\x07\x1b\x9c\n]*(?:\x07|\x1b\\|\x9c)?"  # OSC: titles, links
    r"|[PX^_][^\x1b\x9c\n]*(?:\x1b\\|\x9c)?"  # DCS, SOS, PM, APC
    r"|[ -/]*[0-~])"
    r"|\x9b[0-?]*[ -/]*[@-~]"
)
_REORDERING = "\u202a-\u202e\u2066-\u2069"
_BREAKS = "\x85\u2028\u2029"
_HIDDEN = re.compile(f"[\x00-\x08\x0b-\x1f\x7f-\x9f{_REORDERING}{_BREAKS}]")
_SUSPECT = re.compile(
    # U+0080 to U+009F, U+2028 to U+202E and U+2066 to U+2069 as UTF-8
    rb"[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\xa8-\xae]|\xe2\x81[\xa6-\xa9]"
)
_PICTURES = 0x2400
_DELETE = 0x7F


def is_suspect(data: bytes) -> bool:
    """Whether any of the functions here would change ``data``; says it at a gigabyte a second."""
    return _SUSPECT.search(data) is not None


def suspects(data: bytes) -> list[int]:
    """Where the characters stand that :func:`is_suspect` looks for."""
    return [found.start() for found in _SUSPECT.finditer(data)]


def shown(text: str) -> str:
    """``text`` with a picture (U+2400 and on) or an escape for each character that acts."""
    return _HIDDEN.sub(_picture, text.replace("\r\n", "\n"))


def readable(text: str) -> str:
    """``text`` without escape sequences, and all else that acts as :func:`shown` has it."""
    return shown(_ESCAPES.sub("", text)).removesuffix("␍")


def one_line(text: str) -> str:
    """As :func:`readable`, for a name: its line breaks and tabs are pictures too."""
    return readable(text).replace("\n", "␊").replace("\t", "␉")


def searched(text: str) -> str:
    """``text`` as people would type it: without escape sequences and without what acts."""
    return _HIDDEN.sub("", _ESCAPES.sub("", text).replace("\r\n", "\n"))


def json_escaped(text: str) -> str:
    """JSON text in which what acts is written as ``\\uNNNN``; it says the same as before."""
    return _HIDDEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _picture(found: re.Match[str]) -> str:
    code = ord(found[0])
    if code < 0x20:
        return chr(_PICTURES + code)
    return "␡" if code == _DELETE else f"\\u{code:04x}"
