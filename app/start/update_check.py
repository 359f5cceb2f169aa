"""Whether there is a newer Phobos: off by default, told and never installed by itself.

The answer is one small static file that the makers sign (Ed25519)::

    {"release": BASE64, "signature": BASE64}     the signature is over the release's JSON
    {"version": "0.2.0", "url": "https://...", "date": "2026-12-01"}     a release

The server of the file can hold it back, but not forge it. Nothing about the asking person goes
out. Where to ask and whose signature counts is data of the build (``resources/update/source.json``,
see installers/README.md); a build without it has no update check. The rules::

    what came                          verdict
    ---------------------------------  -------------------------------------------
    no answer, too large, not HTTPS    UpdateError
    a wrong or missing signature       UpdateError
    a version that is not newer        None
    a newer one                        the Release
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass
from importlib import resources
from urllib.parse import urlsplit

from netcore.connect.proxies import Proxies
from netcore.connect.proxy import Proxy
from netcore.runtime.guarded import guarded

INTERVAL = 24 * 3600.0  # seconds between two checks
TIMEOUT = 10.0  # seconds
MAX_SIZE = 64 * 1024  # bytes of the file


class UpdateError(Exception):
    """The check did not work; the message says why. Nobody is disturbed for it."""


@dataclass(frozen=True, slots=True)
class UpdateSource:
    """Where to ask (HTTPS) and the 32 bytes of the key whose signature counts."""

    url: str
    public_key: bytes


@dataclass(frozen=True, slots=True)
class Release:
    """A signed release; ``url`` is a page to read, ``date`` is YYYY-MM-DD."""

    version: str
    url: str
    date: str


def source() -> UpdateSource | None:
    """What this build has; None where its makers named nothing."""
    file = resources.files("resources") / "update" / "source.json"
    try:
        data = json.loads(file.read_text("utf-8"))
        made = UpdateSource(str(data["url"]), bytes.fromhex(data["public_key"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return made if made.url.startswith("https://") and len(made.public_key) == 32 else None


def version_key(version: str) -> tuple[int, ...]:
    """Numbers to compare; raises ValueError for what is no version of ours (``1.2.3``)."""
    if not re.fullmatch(r"\d{1,6}(\.\d{1,6}){0,3}", version):
        raise ValueError(f"{version!r} is no version")
    return tuple(int(part) for part in version.split("."))


def judge(answer: bytes, public_key: bytes, current: str) -> Release | None:
    """The signed release in a file if it is newer than ``current``; raises :class:`UpdateError`."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        data = json.loads(answer)
        signed = base64.b64decode(data["release"], validate=True)
        signature = base64.b64decode(data["signature"], validate=True)
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, signed)
    except InvalidSignature as error:
        raise UpdateError("the release is not signed by the makers of this build") from error
    except (ValueError, KeyError, TypeError, binascii.Error, RecursionError) as error:
        raise UpdateError(f"the file is no signed release: {error}") from error
    try:  # from here on it is the makers' own word
        release = json.loads(signed)
        found = Release(release["version"], release["url"], release.get("date", ""))
        newer = version_key(found.version) > version_key(current)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UpdateError(f"the signed release is damaged: {error}") from error
    if not str(found.url).startswith("https://"):
        raise UpdateError("the release's page is not on HTTPS")
    return found if newer else None


def is_due(last: float, now: float) -> bool:
    """Whether to ask, by wall-clock seconds; a clock that was set back asks again."""
    return not 0 <= now - last < INTERVAL


def _fetch(url: str, proxy: Proxy | None) -> bytes:
    # Imported here, as most runs never ask.
    import ssl
    import urllib.request
    from http.client import HTTPException

    import truststore

    if proxy is not None and proxy.kind != "http":
        raise UpdateError("the update check cannot go through a SOCKS proxy")
    context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({} if proxy is None else {"https": proxy.url}),
        urllib.request.HTTPSHandler(context=context),
    )
    request = urllib.request.Request(url, headers={"User-Agent": "Phobos"})
    try:
        with opener.open(request, timeout=TIMEOUT) as answer:
            if not answer.url.startswith("https://"):
                raise UpdateError("the update server led away from HTTPS")
            body: bytes = answer.read(MAX_SIZE + 1)
    except (OSError, ValueError, HTTPException) as error:  # URLError is an OSError
        raise UpdateError(f"the update server did not answer: {error}") from error
    if len(body) > MAX_SIZE:
        raise UpdateError(f"the file has more than {MAX_SIZE} bytes")
    return body


async def check(
    where: UpdateSource, current: str, proxies: Proxies | None = None
) -> Release | None:
    """Ask whether there is a newer release, by the proxy that the messages take.

    Raises :class:`UpdateError`.
    """
    host = urlsplit(where.url).hostname or ""
    proxy = None if proxies is None else await proxies.of(host)
    # Guarded: with a silent DNS the program's end would otherwise wait for this thread.
    try:
        body = await guarded(
            ("update", where.url, proxy), lambda: _fetch(where.url, proxy), timeout=2 * TIMEOUT
        )
    except TimeoutError as error:
        raise UpdateError("the update server did not answer in time") from error
    return judge(body, where.public_key, current)
