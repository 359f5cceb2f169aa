"""What looks like a host's name, and the forms that a known one comes in; sans-I/O.

A dotted name is a host's, unless it is one of these:

===============================  =====================================================
``netcore.longlink``             a module of ours or of Python, or something in one
``org.freedesktop.login1``       a name on D-Bus
``settings.ini``                 two words, the last of them a file's ending
``link.state``                   words that Phobos itself says, the last no domain's ending
===============================  =====================================================
"""

from __future__ import annotations

import contextlib
import re
import sys

_LABEL = r"[^\W_](?:[^\W_]|-(?!\.|\Z)){0,62}"
LIKE_HOST = re.compile(
    rf"(?<![@.\\/-])(?<![^\W_])(?:{_LABEL}\.)+(?:xn--[a-z0-9-]+|[^\W\d_]{{2,24}})(?![^\W_]|-)",
    re.IGNORECASE,
)
"""A dotted name whose last part is of letters."""

OWN = frozenset({"localhost", "0.0.0.0", "::", ""})
PUBLIC = frozenset({"detectportal.firefox.com", "1.1.1.1", "ipv4only.arpa"})
"""Our own checks' targets, the same for everybody."""


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_ENDINGS = _set(
    "com net org info biz edu gov mil int arpa name pro mobi app dev chat cloud online site store"
    " tech xyz top club shop blog live news space website work world systems network software"
    " email group company gmbh page wiki zone test example invalid local lan internal intranet"
    " home corp private localdomain onion google"
)
_FILES = _set(
    "py pyc pyi so dll exe json ini xlog mmap mmap2 mmap3 sqlite3 db txt log md html css js png svg"
    " ico icns qm ts toml yaml yml cfg conf lock pem crt key zip gz xz tar deb whl cc cpp hpp rs go"
    " sh service desktop proto tmp part bak damaged kt java mm plist"
)
_PACKAGES = _set(
    "app netcore xlog resources tests benchmarks pyside6 shiboken6 qasync h11 dbus_fast argon2"
    " numpy pyqtgraph cryptography truststore zstandard zlib_ng keyring icmplib wsproto aioquic"
) | {name.casefold() for name in sys.stdlib_module_names}
_REVERSED = frozenset({"org", "com", "net", "io", "ca", "de"})  # how a name on D-Bus begins


def is_host(name: str, common: frozenset[str], modules: frozenset[str]) -> bool:
    """Whether a dotted name is a host's: see the module's table.

    ``common`` are words in lower case that Phobos itself says, ``modules`` the names of its own
    modules.
    """
    low = name.casefold()
    labels = low.split(".")
    last = labels[-1]
    if low in PUBLIC or low in OWN:
        return False
    if low in modules or any(".".join(labels[:n]) in modules for n in range(2, len(labels))):
        return False
    ending = len(last) == 2 or last in _ENDINGS or last.startswith("xn--") or not last.isascii()
    if last in _FILES and len(labels) == 2:
        return False
    if labels[0] in _PACKAGES and not ending:
        return False
    if labels[0] in _REVERSED and len(labels) > 2 and (not ending or "freedesktop" in labels):
        return False
    return ending or not all(label in common for label in labels)


def forms(host: str) -> set[str]:
    """A known host as it may be written: as it is, in Punycode, in Unicode, as a file's name."""
    bare = host.strip("[]").rstrip(".").casefold()
    if bare in OWN or bare in PUBLIC:
        return set()
    found = {bare}
    with contextlib.suppress(UnicodeError):
        found.add(bare.encode("idna").decode("ascii"))
    with contextlib.suppress(UnicodeError):
        found.add(bare.encode("ascii").decode("idna"))
    # Settings and files: a colon or a slash has a meaning there, and some programs spare the dot.
    found |= {re.sub(r"[:/\\]", "_", each) for each in found}
    found |= {each.replace(".", "_") for each in found if "." in each}
    return found
