"""Takes values out of events that may hold anything: odd bytes, wrong types, endless texts.

What comes out is short, printable and finite, so that nothing behind this door has to ask again.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import fields
from enum import Enum
from typing import Any

TEXT = 200  # characters of one value
LINE = 400  # characters of all values of an event together
DETAIL = 2000  # the same where each has a line of its own
_MOST = 1e15


def number(value: Any, default: float = 0.0) -> float:
    """A finite float; ``default`` for whatever is none."""
    if type(value) is float or isinstance(value, (int, float)):
        try:
            made = float(value)
        except OverflowError:
            return default
        if math.isfinite(made) and abs(made) < _MOST:
            return made
    return default


def seconds(value: Any) -> float:
    """A duration: a finite float of 0 or more."""
    return max(0.0, number(value))


def whole(value: Any, default: int = 0) -> int:
    """An integer."""
    return int(number(value, float(default)))


def text(value: Any, limit: int = TEXT) -> str:
    """A printable text of one line; what does not print stands as its escape."""
    if isinstance(value, str):
        made = value
    elif isinstance(value, Enum):
        made = value.name
    elif isinstance(value, (bytes, bytearray, memoryview)):
        made = bytes(value[: limit + 1]).decode("utf-8", "backslashreplace")
    else:
        try:
            made = str(value)
        except Exception:  # an object's own __str__ may do anything
            made = "?"
    if len(made) > limit:
        made = made[: limit - 1] + "…"
    if made.isprintable():
        return made
    return "".join(each if each.isprintable() else _escape(each) for each in made)


def _escape(character: str) -> str:
    return " " if character in "\r\n\t" else f"\\u{ord(character):04x}"


def word(value: Any) -> str:
    """The name of an enum's member, in lower case; any other value as text."""
    return text(value.name if isinstance(value, Enum) else value, 60).lower()


def texts(values: Any, most: int = 32) -> tuple[str, ...]:
    """The first few of several texts."""
    if isinstance(values, (list, tuple)):
        return tuple(text(each) for each in values[:most])
    return ()


def pairs(event: Any, limit: int = TEXT) -> Iterable[tuple[str, str]]:
    """The names and values of an event's fields, ``at`` left out."""
    try:
        names = [each.name for each in fields(event)]
    except TypeError:
        names = []
    for name in names[:40]:
        if name == "at":
            continue
        value = getattr(event, name, None)
        if isinstance(value, float):
            yield name, f"{value:.4g}"
        elif isinstance(value, Enum):
            yield name, word(value)
        elif isinstance(value, (list, tuple)):
            yield name, text(", ".join(texts(value)), limit)
        elif name == "result":  # of a check: only what tells
            kind, target = getattr(value, "kind", ""), getattr(value, "target", "")
            status, detail = getattr(value, "status", ""), getattr(value, "detail", "")
            yield name, text(f"{word(kind)} {text(target)} {word(status)} {text(detail)}", limit)
        else:
            yield name, text(value, limit)
