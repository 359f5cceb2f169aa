"""A server's self-made certificate, made once and kept.

For a server that nobody vouches for: its clients pin the certificate's fingerprint (see
:mod:`netcore.connect.tls`), so the certificate must stay the same over restarts. It is therefore
never replaced while it can be read, not for other names and not when it expires.
"""

from __future__ import annotations

import datetime
import ipaddress
import logging
import os
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from netcore.connect.tls import fingerprint_of
from netcore.errors import ConfigError
from netcore.runtime.whole_file import write_whole

FILE_NAME = "server.pem"
VALID_DAYS = 20 * 365
_ALWAYS = ("localhost", "127.0.0.1", "::1")
_log = logging.getLogger("netcore.connect.certificate")


@dataclass(frozen=True, slots=True)
class ServerCertificate:
    """``path`` is a PEM file with the key and the certificate; ``fingerprint`` is SHA-256, hex."""

    path: Path
    fingerprint: str
    names: tuple[str, ...]

    def context(self) -> ssl.SSLContext:
        """A server's TLS context, TLS 1.3 at least."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.load_cert_chain(self.path)
        return context


def load_or_make(folder: Path, names: Iterable[str] = ()) -> ServerCertificate:
    """The certificate kept in ``folder``, made at the first call (ECDSA on P-256, self-signed).

    It is for ``names`` (host names or addresses) and always for this machine itself. The file
    holds the private key and can be read by its owner alone (0600).

    Raises :class:`~netcore.errors.ConfigError` when the folder cannot be used, and when the file is
    there but cannot be understood. It is left as it is then: a new certificate would be a new
    identity, which every client must refuse.
    """
    path = folder / FILE_NAME
    wanted = tuple(dict.fromkeys((*(each.strip() for each in names if each.strip()), *_ALWAYS)))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if path.exists():
            kept = _load(path)
            if kept is not None:
                missing = [each for each in wanted if each not in kept.names]
                if missing:
                    _log.info("the certificate kept does not name %s", ", ".join(missing))
                return kept
            raise ConfigError(
                f"{path} is damaged: it does not hold a key and its certificate. Put a copy of the "
                "good one in its place. If there is none, move the file away, and a new "
                "certificate is made; everybody then has to confirm the server's new fingerprint"
            )
        _make(path, wanted)
    except OSError as error:
        raise ConfigError(
            f"the server's certificate cannot be kept in {folder} ({error.strerror or error}); "
            "choose a data folder that can be written"
        ) from error
    made = _load(path)
    if made is None:
        raise ConfigError(f"the certificate just written to {path} cannot be read back")
    _log.info("made a certificate, SHA-256 %s", made.fingerprint)
    return made


def _load(path: Path) -> ServerCertificate | None:
    pem = path.read_bytes()
    try:
        # Loading it as the server will also proves that key and certificate belong together.
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(path)
        certificate = x509.load_pem_x509_certificate(pem)
    except (ValueError, ssl.SSLError):
        return None
    if os.name == "posix" and path.stat().st_mode & 0o077:
        _log.warning("%s could be read by others; corrected", path)
        path.chmod(0o600)
    if certificate.not_valid_after_utc < datetime.datetime.now(datetime.UTC):
        _log.warning("the certificate in %s has expired; clients that pinned it go on", path)
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        names = tuple(str(each.value) for each in found)
    except x509.ExtensionNotFound:
        names = ()
    der = certificate.public_bytes(serialization.Encoding.DER)
    return ServerCertificate(path, fingerprint_of(der), names)


def _make(path: Path, names: tuple[str, ...]) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0][:64])])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))  # for clients whose clock is late
        .not_valid_after(now + datetime.timedelta(days=VALID_DAYS))
        .add_extension(x509.SubjectAlternativeName([_general_name(each) for each in names]), False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ) + certificate.public_bytes(serialization.Encoding.PEM)
    write_whole(path, pem, sync=True)  # mode 0600


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name.strip("[]")))
    except ValueError:
        pass
    try:
        return x509.DNSName(name.encode("idna").decode("ascii"))
    except (UnicodeError, ValueError) as error:
        raise ConfigError(f"{name!r} is no host name that a certificate can bear") from error
