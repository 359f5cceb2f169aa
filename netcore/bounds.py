"""What a peer may give that has no bound in its own protocol, bounded in one place.

Sizes that have one stay beside their protocol: a frame (``LonglinkSettings.max_package``), an
HTTP head and body (``ShortlinkSettings.max_head``, ``max_body``), a proxy's answer
(:mod:`netcore.connect.dial`), a DNS message and its TTL (:mod:`netcore.connect.dns`,
:mod:`netcore.connect.resolver`), the time of a kept connection (``max_keep_alive_timeout``).
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

MAX_WORDS = 200  # characters of a peer's text in a message, an event or a log line
MAX_LOCATION = 2048  # characters of the URL of a redirection
MAX_ADDRESSES = 32  # of one host, no matter who gave them; five are tried


def words(text: str | bytes, most: int = MAX_WORDS) -> str:
    """A peer's text, short and in one line, without what is not printable."""
    if isinstance(text, bytes):
        text = text[: most + 1].decode("latin-1")
    shown = "".join(
        each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text[:most]
    )
    return shown if len(text) <= most else shown + "…"


def addresses(found: Iterable[str]) -> tuple[str, ...]:
    """The first :data:`MAX_ADDRESSES` of a host's addresses, each once."""
    return tuple(islice(dict.fromkeys(found), MAX_ADDRESSES))
