import asyncio
import datetime
import ipaddress
import socket
import ssl

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from netcore.connect.dial import dial
from netcore.connect.endpoint import Endpoint
from netcore.connect.tls import (
    TlsSettings,
    check_peer,
    explain,
    fingerprint_of,
    normalize_fingerprint,
    secure,
    secure_streams,
    show_fingerprint,
)
from netcore.errors import CertificateError, ConfigError, TlsError
from tests.netcore.connect import peers

DAY = datetime.timedelta(days=1)


pytestmark = pytest.mark.usefixtures("nothing_left_open")


class Authority:
    """Signs certificates for the tests, and itself."""

    def __init__(self, folder):
        self.folder = folder
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test Authority")])
        self.file = folder / "ca.pem"
        certificate = self._build(self.name, self.key, [], -DAY, 30 * DAY, ca=True)
        self.file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))

    def _build(self, subject, key, names, start, end, ca=False):
        now = datetime.datetime.now(datetime.UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + start)
            .not_valid_after(now + end)
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), True)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), False
            )
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
        )
        if ca:
            usage = dict.fromkeys(
                (
                    "digital_signature",
                    "content_commitment",
                    "key_encipherment",
                    "data_encipherment",
                    "key_agreement",
                    "encipher_only",
                    "decipher_only",
                ),
                False,
            )
            builder = builder.add_extension(
                x509.KeyUsage(key_cert_sign=True, crl_sign=True, **usage), True
            )
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName(names), False)
        return builder.sign(self.key, hashes.SHA256())

    def issue(self, *names, start=-DAY, end=DAY):
        """A PEM file with a key and a certificate for ``names``, and its fingerprint."""
        key = ec.generate_private_key(ec.SECP256R1())
        sans = []
        for each in names:
            try:
                sans.append(x509.IPAddress(ipaddress.ip_address(each)))
            except ValueError:
                sans.append(x509.DNSName(each))
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "server")])
        certificate = self._build(subject, key, sans, start, end)
        file = self.folder / f"{x509.random_serial_number():x}.pem"
        file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            + certificate.public_bytes(serialization.Encoding.PEM)
        )
        return file, fingerprint_of(certificate.public_bytes(serialization.Encoding.DER))


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path)


async def talk(port, settings, host="chat.example"):
    """Send a word over TLS and give the echo and what was negotiated."""
    reader, writer = await secure_streams(
        await dial(Endpoint("127.0.0.1", port)), settings, host, timeout=5
    )
    try:
        writer.write(b"hello")
        said = await asyncio.wait_for(reader.read(100), 5)
        return said, writer.get_extra_info("ssl_object")
    finally:
        writer.transport.abort()


class Listener:
    """An echo that notes every byte it was sent."""

    def __init__(self):
        self.heard = b""

    async def __call__(self, reader, writer):
        while data := await reader.read(100):
            self.heard += data
            writer.write(data)
            await writer.drain()


async def refused(file, settings, host="chat.example", **server):
    """The error of a connection that must fail, and that no byte got through before it did."""
    listener = Listener()
    async with peers.serving(listener, peers.server_tls(file, **server)) as port:
        with pytest.raises(TlsError) as caught:
            await talk(port, settings, host)
        await asyncio.sleep(0.01)
    assert listener.heard == b""
    return caught.value


async def test_a_certificate_of_a_trusted_authority_is_accepted_over_tls_1_3(authority):
    file, fingerprint = authority.issue("chat.example")
    settings = TlsSettings(ca_file=authority.file, alpn=("phobos",))
    async with peers.serving(peers.echo, peers.server_tls(file)) as port:
        said, session = await talk(port, settings)
    assert said == b"hello"
    assert session.version() == "TLSv1.3"
    assert check_peer(session, settings) == fingerprint


async def test_alpn_is_agreed(authority):
    file, _ = authority.issue("chat.example")
    context = peers.server_tls(file)
    context.set_alpn_protocols(["phobos"])
    async with peers.serving(peers.echo, context) as port:
        settings = TlsSettings(ca_file=authority.file, alpn=("phobos", "other"))
        _, session = await talk(port, settings)
    assert session.selected_alpn_protocol() == "phobos"


async def test_an_unknown_authority_is_refused_with_the_fingerprint_to_ask_about(authority):
    file, fingerprint = authority.issue("chat.example")
    error = await refused(file, TlsSettings())
    assert isinstance(error, CertificateError)
    assert error.fingerprint == fingerprint
    assert "authority this computer does not trust" in str(error)
    assert show_fingerprint(fingerprint) in str(error)


async def test_trust_on_first_use_asks_and_then_goes_through(authority):
    file, _ = authority.issue("somewhere.else", start=-9 * DAY, end=-DAY)
    error = await refused(file, TlsSettings())
    agreed = TlsSettings(pins=frozenset({error.fingerprint}))
    async with peers.serving(peers.echo, peers.server_tls(file)) as port:
        said, session = await talk(port, agreed)
    assert said == b"hello"
    assert check_peer(session, agreed) == error.fingerprint


async def test_another_certificate_than_the_pinned_one_is_refused_before_any_byte(authority):
    file, fingerprint = authority.issue("chat.example")
    error = await refused(file, TlsSettings(pins=frozenset({"ab" * 32})))
    assert isinstance(error, CertificateError)
    assert error.fingerprint == fingerprint
    assert "another certificate than the one trusted before" in str(error)


async def test_a_pin_does_not_care_for_the_trust_of_others(authority):
    # Even one that the authorities vouch for is refused when another is pinned.
    file, _ = authority.issue("chat.example")
    pinned = TlsSettings(ca_file=authority.file, pins=frozenset({"ab" * 32}))
    assert isinstance(await refused(file, pinned), CertificateError)


@pytest.mark.parametrize(
    ("names", "dates", "words"),
    [
        (["chat.example"], {"start": -9 * DAY, "end": -DAY}, "has expired"),
        (["chat.example"], {"start": DAY, "end": 9 * DAY}, "is not valid yet"),
        (["other.example"], {}, "is for another name than chat.example"),
    ],
)
async def test_what_is_wrong_with_a_certificate_is_said(authority, names, dates, words):
    file, fingerprint = authority.issue(*names, **dates)
    error = await refused(file, TlsSettings(ca_file=authority.file))
    assert isinstance(error, CertificateError)
    assert words in str(error)
    assert error.fingerprint == fingerprint


async def test_a_certificate_for_another_address_is_refused(authority):
    file, _ = authority.issue("10.9.9.9")
    error = await refused(file, TlsSettings(ca_file=authority.file), host="127.0.0.1")
    assert "is for another name than 127.0.0.1" in str(error)


async def test_a_self_made_certificate_is_called_so(tmp_path):
    from netcore.connect.certificate import load_or_make

    kept = load_or_make(tmp_path, ["chat.example"])
    error = await refused(kept.path, TlsSettings())
    assert "made its certificate itself" in str(error)
    assert error.fingerprint == kept.fingerprint


async def test_the_server_name_may_differ_from_the_host(authority):
    file, _ = authority.issue("chat.example")
    settings = TlsSettings(ca_file=authority.file, server_name="chat.example")
    async with peers.serving(peers.echo, peers.server_tls(file)) as port:
        said, _ = await talk(port, settings, host="127.0.0.1")
    assert said == b"hello"


async def test_tls_1_2_is_too_old_by_default_but_can_be_allowed(authority):
    file, _ = authority.issue("chat.example")
    old = {"minimum": ssl.TLSVersion.TLSv1_2, "maximum": ssl.TLSVersion.TLSv1_2}
    error = await refused(file, TlsSettings(ca_file=authority.file), **old)
    assert not isinstance(error, CertificateError)
    allowed = TlsSettings(ca_file=authority.file, minimum=ssl.TLSVersion.TLSv1_2)
    async with peers.serving(peers.echo, peers.server_tls(file, **old)) as port:
        assert (await talk(port, allowed))[0] == b"hello"


async def test_tls_can_be_switched_off():
    settings = TlsSettings(enabled=False)
    assert settings.context() is None
    async with peers.serving(peers.echo) as port:
        said, session = await talk(port, settings)
    assert (said, session) == (b"hello", None)


@pytest.mark.parametrize(
    ("peer", "words"),
    [
        (peers.says(b"HTTP/1.1 400 Bad Request\r\n\r\n"), "does not speak TLS on this port"),
        (peers.says(b"\x00\x00\x00\x14\x00\x00\x00\xc8garbage"), "TLS"),
        (peers.hang_up, "closed the connection during the TLS handshake"),
    ],
)
async def test_a_peer_without_tls_is_told_in_words(peer, words):
    async with peers.serving(peer) as port:
        with pytest.raises(TlsError, match=words) as caught:
            await talk(port, TlsSettings())
    assert not isinstance(caught.value, CertificateError)


async def test_a_silent_peer_ends_by_the_time_out():
    async with peers.serving(peers.silent) as port:
        sock = await dial(Endpoint("127.0.0.1", port))
        with pytest.raises(TlsError, match="did not finish the TLS handshake in time"):
            await secure_streams(sock, TlsSettings(), "chat.example", timeout=0.1)


@pytest.mark.parametrize("steps", range(1, 16))
async def test_cancelled_at_any_step_of_the_handshake_nothing_is_left_open(tmp_path, steps):
    from netcore.connect.certificate import load_or_make

    kept = load_or_make(tmp_path)
    settings = TlsSettings(pins=frozenset({kept.fingerprint}))
    made, lost = [], []

    class App(asyncio.Protocol):
        def connection_made(self, transport):
            made.append(transport)

        def connection_lost(self, error):
            lost.append(error)

    async with peers.serving(peers.silent, kept.context()) as port:
        sock = await dial(Endpoint("127.0.0.1", port))
        work = asyncio.get_running_loop().create_task(secure(App, sock, settings, "localhost"))
        for _ in range(steps):
            await asyncio.sleep(0)
        finished = work.done()
        work.cancel()
        results = await asyncio.gather(work, return_exceptions=True)
        if not finished:
            assert isinstance(results[0], asyncio.CancelledError)
        else:
            results[0][0].abort()
        for _ in range(200):
            if sock.fileno() == -1 and len(lost) == len(made):
                break
            await asyncio.sleep(0.005)
        assert sock.fileno() == -1
        assert len(lost) == len(made)


async def test_a_bad_ca_file_is_a_setting_to_correct(tmp_path):
    bad = tmp_path / "bad.pem"
    bad.write_text("nothing")
    for file in (bad, tmp_path / "missing.pem"):
        with pytest.raises(ConfigError, match="give a PEM file"):
            TlsSettings(ca_file=file).context()
    server = peers.listening()
    with server:
        sock = socket.create_connection(server.getsockname())
        with pytest.raises(ConfigError):
            await secure_streams(sock, TlsSettings(ca_file=bad), "chat.example")
        assert sock.fileno() == -1


async def test_a_host_that_no_certificate_can_name_is_an_error_of_ours():
    async with peers.serving(peers.silent) as port:
        with pytest.raises(TlsError):
            await talk(port, TlsSettings(), host="x" * 300)


def test_fingerprints_are_read_in_any_usual_notation():
    plain = "0a" * 32
    for text in (plain, plain.upper(), ":".join(["0A"] * 32), "SHA256:" + plain, f" {plain}\n"):
        assert normalize_fingerprint(text) == plain
    assert TlsSettings(pins=frozenset({"0A:" * 31 + "0A"})).pins == {plain}
    assert show_fingerprint(plain) == ":".join(["0A"] * 32)
    for text in ("", "0a" * 31, "zz" * 32):
        with pytest.raises(ConfigError, match="64 hex digits"):
            normalize_fingerprint(text)


def test_check_peer_refuses_what_is_not_pinned():
    class Peer:
        def getpeercert(self, binary_form):
            return b"der"

    with pytest.raises(CertificateError) as caught:
        check_peer(Peer(), TlsSettings(pins=frozenset({"ab" * 32})))
    assert caught.value.fingerprint == fingerprint_of(b"der")
    assert check_peer(Peer(), TlsSettings()) == fingerprint_of(b"der")


def test_a_tls_version_that_is_too_old_is_explained():
    error = ssl.SSLError(1, "[SSL: TLSV1_ALERT_PROTOCOL_VERSION] tlsv1 alert protocol version")
    error.reason = "TLSV1_ALERT_PROTOCOL_VERSION"
    assert "TLS 1.3 is asked for" in str(explain(error, "h"))


def test_every_failure_is_explained():
    for error in (
        TimeoutError(),
        ConnectionResetError(),
        EOFError(),
        ValueError("odd"),
        Exception(),
    ):
        assert isinstance(explain(error, "h"), TlsError)
    ours = CertificateError("x")
    assert explain(ours, "h") is ours
    odd = ssl.SSLCertVerificationError(1, "something new")
    assert "something new" in str(explain(odd, "h"))


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (0x800B0101, "has expired"),
        (0x800B0109, "an authority this computer does not trust"),
        (0x800B0109 - (1 << 32), "an authority this computer does not trust"),
        (0x800B010F, "for another name"),
        (-67818, "has expired"),
        (-67602, "for another name"),
        (-67843, "an authority this computer does not trust"),
        (0x80092010, "is not trusted (words of the system)"),
    ],
)
def test_what_windows_and_macos_find_wrong_is_said_in_our_words(code, words):
    error = ssl.SSLCertVerificationError("words of the system")
    error.verify_code, error.verify_message = code, "words of the system"
    assert words in str(explain(error, "chat.example"))
