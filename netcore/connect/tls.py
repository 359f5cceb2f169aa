"""TLS for both links: TLS 1.3, the system's trust store, or a pinned certificate.

Mars leaves TLS to its host; this is ours. Three ways to trust a peer:

- by default the operating system's store (truststore), the host name checked;
- ``ca_file``: the authorities in that PEM file alone, the host name checked;
- ``pins``: exactly the certificates with these SHA-256 fingerprints (of their DER form), whoever
  signed them and whatever names and dates they bear, as SSH trusts a host key. This is how a
  server that made its own certificate is trusted: connect without pins, show the fingerprint of
  the :class:`~netcore.errors.CertificateError` to the user, and add it to ``pins`` if they agree.

Every check is made at the end of the handshake, within it: asyncio hands out no transport before,
so no application byte can leave for an untrusted peer.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import re
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import truststore

from netcore import checking
from netcore.connect.race import mark
from netcore.errors import CertificateError, ConfigError, TlsError

P = TypeVar("P", bound=asyncio.BaseProtocol)

_FINGERPRINT = re.compile(r"[0-9a-f]{64}")

# Verification codes: OpenSSL's (X509_V_ERR_*, openssl/x509_vfy.h), and what truststore hands on
# from Windows (HRESULTs, winerror.h) and macOS (SecBase.h). Windows says CERT_E_EXPIRED for a
# certificate that is not valid yet too, and CERT_E_UNTRUSTEDROOT for a self-made one.
_NOT_YET_VALID = (9, -67819)
_EXPIRED = (10, 0x800B0101, -67818)
_SELF_SIGNED = (18, 19)
_UNKNOWN_ISSUER = (2, 20, 21, 0x800B0109, 0x800B010A, -67843)
_WINDOWS_ROOT = (0x800B0109, -67843)  # said of a self-made one and of an unknown authority's
_WRONG_NAME = (62, 64, 0x800B010F, -67602)


def normalize_fingerprint(text: str) -> str:
    """A SHA-256 fingerprint as 64 lower-case hex digits, from any usual notation.

    Raises :class:`~netcore.errors.ConfigError` when it is none.
    """
    plain = re.sub(r"[\s:-]", "", text.lower().removeprefix("sha256:").removeprefix("sha256/"))
    if not _FINGERPRINT.fullmatch(plain):
        raise ConfigError(f"tls: {text!r} is no SHA-256 fingerprint; give its 64 hex digits")
    return plain


def fingerprint_of(der: bytes) -> str:
    """The SHA-256 of a DER certificate as lower-case hex."""
    return hashlib.sha256(der).hexdigest()


def show_fingerprint(fingerprint: str) -> str:
    """A fingerprint for people: upper-case pairs with colons, as browsers and OpenSSL show it."""
    return (
        fingerprint.upper()
        if len(fingerprint) < 2
        else ":".join(fingerprint[at : at + 2].upper() for at in range(0, len(fingerprint), 2))
    )


@dataclass(frozen=True, slots=True)
class TlsSettings:
    """How to secure a connection.

    ``server_name`` is sent as SNI and checked against the certificate instead of the host that is
    connected to. ``alpn`` are protocol names in order of preference. Raises
    :class:`~netcore.errors.ConfigError` for a pin that is no fingerprint.
    """

    enabled: bool = True
    server_name: str | None = None
    pins: frozenset[str] = frozenset()
    ca_file: str | Path | None = None
    alpn: tuple[str, ...] = ()
    minimum: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3

    def __post_init__(self) -> None:
        object.__setattr__(
            self,
            "pins",
            frozenset(map(normalize_fingerprint, checking.strings("tls: pins", self.pins))),
        )
        object.__setattr__(self, "alpn", checking.strings("tls: alpn", self.alpn))

    def context(self) -> ssl.SSLContext | None:
        """A client context that makes all the checks by itself; None when TLS is off.

        For ``create_connection(sock=..., ssl=context, server_hostname=...)``; make one and share
        it. Its errors are :class:`ssl.SSLError`: :func:`explain` turns them into ours. Raises
        :class:`~netcore.errors.ConfigError` when ``ca_file`` cannot be used.
        """
        if not self.enabled:
            return None
        context: ssl.SSLContext
        if self.pins:
            context = _PinningContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE  # the pin decides, see _PinnedObject
            context.pins = self.pins
            context.sslobject_class = _PinnedObject
        elif self.ca_file is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.sslobject_class = _CapturingObject
            try:
                context.load_verify_locations(self.ca_file)
            except (OSError, ssl.SSLError) as error:
                raise ConfigError(
                    f"tls: the certificates in {self.ca_file} cannot be read ({error}); "
                    "give a PEM file"
                ) from error
        else:
            context = _SystemContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = self.minimum
        if self.alpn:
            context.set_alpn_protocols(list(self.alpn))
        return context

    def name_for(self, host: str) -> str:
        """The server name for a connection to ``host``."""
        return self.server_name or host


# ---------------------------------------------------------------------------- checks


class _PinningContext(ssl.SSLContext):
    pins: frozenset[str]


class _PinnedObject(ssl.SSLObject):
    """Accepts the handshake only when the peer's certificate is pinned."""

    def do_handshake(self) -> None:
        super().do_handshake()
        assert isinstance(self.context, _PinningContext)
        found = _peer_fingerprint(self)
        if found not in self.context.pins:
            raise _PinError(found)


class _CapturingObject(ssl.SSLObject):
    """Adds the fingerprint of the refused certificate to the error."""

    def do_handshake(self) -> None:
        try:
            super().do_handshake()
        except ssl.SSLCertVerificationError as error:
            _note_peer(error, self)
            raise


class _SystemContext(truststore.SSLContext):
    """The system's trust store, whose errors carry the fingerprint.

    truststore has an SSLObject class of its own, so each object's handshake is wrapped instead.
    """

    def wrap_bio(self, *args: Any, **kwargs: Any) -> ssl.SSLObject:
        wrapped = super().wrap_bio(*args, **kwargs)
        handshake = wrapped.do_handshake

        def tell() -> None:
            try:
                handshake()
            except ssl.SSLCertVerificationError as error:
                _note_peer(error, wrapped)
                raise
            del wrapped.do_handshake  # breaks the cycle of references

        wrapped.do_handshake = tell  # type: ignore[method-assign]
        return wrapped


class _PinError(ssl.SSLCertVerificationError):
    """The peer's certificate is not the pinned one. asyncio lets only SSLErrors through."""

    def __init__(self, fingerprint: str) -> None:
        super().__init__(1, "the certificate is not the pinned one")
        self.fingerprint = fingerprint


def _peer_certificate(wrapped: ssl.SSLObject) -> bytes | None:
    """The peer's certificate (DER) even when the handshake failed on it; None when it sent none."""
    try:
        return wrapped.getpeercert(binary_form=True)
    except ValueError:  # the handshake is not done, so ask for what the peer claimed
        return _claimed_certificate(wrapped)


def _peer_fingerprint(wrapped: ssl.SSLObject) -> str:
    der = _peer_certificate(wrapped)
    return fingerprint_of(der) if der else ""


def _note_peer(error: ssl.SSLCertVerificationError, wrapped: ssl.SSLObject) -> None:
    """Add what the peer's certificate is to the error that refuses it."""
    der = _peer_certificate(wrapped)
    error.fingerprint = fingerprint_of(der) if der else ""  # type: ignore[attr-defined]
    error.self_made = bool(der) and is_self_made(der or b"")  # type: ignore[attr-defined]


def is_self_made(der: bytes) -> bool:
    """Whether a certificate names itself as its issuer, which Windows's codes do not tell."""
    from cryptography import x509

    try:
        certificate = x509.load_der_x509_certificate(der)
    except ValueError:
        return False
    return certificate.issuer == certificate.subject


def _claimed_certificate(wrapped: ssl.SSLObject) -> bytes | None:
    # Public from Python 3.13 on; before, only the C object has it (truststore does the same).
    source: Any = wrapped
    if not hasattr(source, "get_unverified_chain"):
        source = getattr(wrapped, "_sslobj", None)
    ask = getattr(source, "get_unverified_chain", None)
    try:
        chain = ask() if ask is not None else None
    except (ValueError, ssl.SSLError):
        return None
    if not chain:
        return None
    first = chain[0]
    if isinstance(first, bytes):
        return first
    return ssl.PEM_cert_to_DER_cert(first.public_bytes())


def check_peer(wrapped: ssl.SSLObject | ssl.SSLSocket, settings: TlsSettings) -> str:
    """The fingerprint of an established connection's peer, checked against the pins.

    Contexts of :class:`TlsSettings` have made this check already; this is for connections made
    otherwise. Raises :class:`~netcore.errors.CertificateError`.
    """
    der = wrapped.getpeercert(binary_form=True)
    found = fingerprint_of(der) if der else ""
    if settings.pins and found not in settings.pins:
        raise CertificateError(_pin_message("the server", found), found)
    return found


# ---------------------------------------------------------------------------- words


def _pin_message(who: str, fingerprint: str) -> str:
    return (
        f"{who} shows another certificate than the one trusted before "
        f"(SHA-256 {show_fingerprint(fingerprint) or 'unknown'}); if the server was not set up "
        "anew, somebody may be listening in between"
    )


def explain(error: Exception, host: str) -> TlsError:
    """A failed handshake in our words; ``host`` is the name that was asked for."""
    if isinstance(error, TlsError):
        return error
    if isinstance(error, _PinError):
        return CertificateError(_pin_message(host, error.fingerprint), error.fingerprint)
    if isinstance(error, ssl.SSLCertVerificationError):
        return _untrusted(error, host)
    if isinstance(error, ssl.SSLError):
        reason = str(error.reason or "").upper()
        if "WRONG_VERSION_NUMBER" in reason or "HTTP_REQUEST" in reason:
            text = f"{host} does not speak TLS on this port; check the port, or switch TLS off"
        elif "PROTOCOL_VERSION" in reason or "UNSUPPORTED_PROTOCOL" in reason:
            text = f"{host} offers no TLS version that is new enough (TLS 1.3 is asked for)"
        elif "ALERT" in reason:
            text = f"{host} refused the TLS handshake ({reason.lower().replace('_', ' ')})"
        else:
            text = f"the TLS handshake with {host} failed ({reason.lower() or error})"
        return TlsError(text)
    if isinstance(error, TimeoutError):
        return TlsError(f"{host} did not finish the TLS handshake in time")
    if isinstance(error, (OSError, EOFError)):
        return TlsError(
            f"{host} closed the connection during the TLS handshake; "
            "check that the port speaks TLS 1.3"
        )
    return TlsError(f"the TLS handshake with {host} failed ({error or type(error).__name__})")


def _untrusted(error: ssl.SSLCertVerificationError, host: str) -> CertificateError:
    fingerprint = getattr(error, "fingerprint", "")
    code = getattr(error, "verify_code", None)
    if isinstance(code, int) and code < -(1 << 30):  # an HRESULT that was read as a signed number
        code += 1 << 32
    detail = getattr(error, "verify_message", "") or str(error)
    if code in _EXPIRED:
        text = f"the certificate of {host} has expired (or this computer's clock is wrong)"
    elif code in _NOT_YET_VALID:
        text = f"the certificate of {host} is not valid yet (or this computer's clock is wrong)"
    elif code in _WRONG_NAME:
        text = f"the certificate is for another name than {host}"
    elif code in _SELF_SIGNED or (code in _WINDOWS_ROOT and getattr(error, "self_made", False)):
        text = f"{host} made its certificate itself, so nobody vouches for it"
    elif code in _UNKNOWN_ISSUER:
        text = f"the certificate of {host} comes from an authority this computer does not trust"
    else:
        text = f"the certificate of {host} is not trusted ({detail})"
    if fingerprint:
        text += f"; its SHA-256 fingerprint is {show_fingerprint(fingerprint)}"
    return CertificateError(text, fingerprint)


# ---------------------------------------------------------------------------- connections


async def secure(
    protocol_factory: Callable[[], P],
    sock: socket.socket,
    settings: TlsSettings,
    host: str,
    *,
    context: ssl.SSLContext | None = None,
    timeout: float = 10.0,
) -> tuple[asyncio.Transport, P]:
    """A transport over a connected socket, by TLS unless that is off; owns ``sock`` from now on.

    ``context`` is a shared result of ``settings.context()``. ``timeout`` in seconds bounds the
    handshake. Raises :class:`~netcore.errors.TlsError` or its
    :class:`~netcore.errors.CertificateError`, and leaves nothing open when it fails or is
    cancelled.
    """
    loop = asyncio.get_running_loop()
    name = settings.name_for(host)
    try:
        if context is None:
            context = settings.context()
    except ConfigError:
        sock.close()
        raise
    try:
        async with asyncio.timeout(timeout):
            try:
                transport, protocol = await loop.create_connection(
                    protocol_factory,
                    sock=sock,
                    ssl=context if settings.enabled else None,
                    server_hostname=name if settings.enabled else None,
                )
            except BaseException as error:
                if isinstance(error, ValueError) and not isinstance(error, OSError):
                    sock.close()  # the name cannot be sent: no transport was made
                # Else the transport owns the descriptor and closes it. But it overlooks close()
                # before its connection_made(), which asyncio's own loops call first, while Qt's
                # timers promise no order; the end of file that this gives it it cannot overlook.
                with contextlib.suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)
                raise
    except (OSError, EOFError, ValueError) as error:
        raise explain(error, name) from error
    if settings.enabled:
        mark("tls")
    return transport, protocol


async def secure_streams(
    sock: socket.socket,
    settings: TlsSettings,
    host: str,
    *,
    context: ssl.SSLContext | None = None,
    timeout: float = 10.0,
    limit: int = 2**16,
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """:func:`secure` with asyncio's streams; ``limit`` is the reader's, in bytes."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=limit, loop=loop)
    transport, protocol = await secure(
        lambda: asyncio.StreamReaderProtocol(reader, loop=loop),
        sock,
        settings,
        host,
        context=context,
        timeout=timeout,
    )
    return reader, asyncio.StreamWriter(transport, protocol, reader, loop)
