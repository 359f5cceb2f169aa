"""What a person types or pastes as the server: a name, an address, or a whole web address.

========================  ====================================================
typed                     means
========================  ====================================================
``im.test``, ``im.test.`` the host; the ports stay as they are
``https://im.test/x``     the host; what stands behind it is no part of it
``im.test:28081``         the port of the long link
``https://im.test:8443``  the port of the short link, for that one speaks HTTP
``[2001:db8::1]:28081``   an IPv6 address, with brackets where a port follows
========================  ====================================================

Full-width letters and the Chinese full stop, as an input method leaves them, are taken for what
they stand for.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from dataclasses import dataclass

MAX_TYPED = 2000  # characters; a pasted text is looked at no further
_SCHEME = re.compile(r"(?i)([a-z][a-z0-9+.-]*)://")
_PORT = re.compile(r":(\d*)\Z")
_LABEL = re.compile(r"(?!-)[\w-]{1,63}(?<!-)")


@dataclass(frozen=True, slots=True)
class ServerText:
    """The host and the ports that were named with it; None for one that was not."""

    host: str
    longlink_port: int | None = None
    shortlink_port: int | None = None


def parse_server(text: str) -> ServerText:
    """Take apart what was typed; raises ValueError for what cannot be a server."""
    if len(text) > MAX_TYPED:
        raise ValueError(f"{len(text)} characters are no name of a server")
    typed = unicodedata.normalize("NFKC", text).replace("。", ".").strip()
    scheme = _SCHEME.match(typed)
    rest = typed[scheme.end() :] if scheme else typed
    rest = re.split(r"[/?#\\]", rest, maxsplit=1)[0]
    port: int | None = None
    if _is_ipv6(rest):
        host = rest
    else:
        found = _PORT.search(rest)
        host = rest[: found.start()] if found else rest
        if found and found[1]:
            port = int(found[1])
            if not 1 <= port <= 65535:
                raise ValueError(f"{port} is not a port")
        if host[:1] == "[" and host[-1:] == "]":
            host = host[1:-1]
            if not _is_ipv6(host):
                raise ValueError(f"{host} is no IPv6 address")
        else:
            host = host.rstrip(".").casefold()
            if not _is_name(host):
                raise ValueError(f"{text!r} is no name of a server")
    if scheme:
        return ServerText(host, shortlink_port=port)
    return ServerText(host, longlink_port=port)


def _is_ipv6(text: str) -> bool:
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return True


def _is_name(host: str) -> bool:
    return len(host) <= 253 and all(map(_LABEL.fullmatch, host.split(".")))
