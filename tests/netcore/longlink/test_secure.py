"""TLS on the long link, on real sockets: on by default, trust, pins, clear words."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from netcore.connect.certificate import ServerCertificate, load_or_make
from netcore.connect.race import AttemptStep
from netcore.connect.tls import TlsSettings
from netcore.errors import CertificateError, TlsError
from netcore.longlink.state import LinkState
from netcore.settings import Settings
from netcore.task import Task
from tests.netcore.longlink.watched import Watched
from tests.netcore.peers import EchoPeer


@pytest.fixture
def certificate(tmp_path: Path) -> ServerCertificate:
    return load_or_make(tmp_path)


def with_tls(**values: object) -> dict[str, object]:
    return {"tls": TlsSettings(**values)}  # type: ignore[arg-type]


def test_it_is_on_by_default_and_1_3():
    assert Settings().tls.enabled
    assert Settings().tls.minimum is ssl.TLSVersion.TLSv1_3
    context = Settings().tls.context()
    assert context is not None
    assert context.verify_mode is ssl.CERT_REQUIRED


async def test_a_pinned_server_is_spoken_to_over_tls_1_3(certificate: ServerCertificate):
    async with EchoPeer(tls=certificate.context()) as peer:
        pins = frozenset({certificate.fingerprint})
        async with Watched(peer.port, more=with_tls(pins=pins)) as core:
            up = await core.until_state(LinkState.CONNECTED)
            assert up.connect > 0
            assert up.tls > 0
            assert await core.request(Task(cmdid=3, body=b"secret")) == b"secret"
            profile = core.longlink_profile()
            assert profile is not None
            assert profile.tls_cost > 0
            assert "tls" in [each.step for each in core.of(AttemptStep)]
            spoken = peer.connections[0].transport.get_extra_info("ssl_object")
            assert spoken.version() == "TLSv1.3"


async def test_a_self_made_certificate_is_refused_with_its_fingerprint_and_can_then_be_pinned(
    certificate: ServerCertificate,
):
    async with (
        EchoPeer(tls=certificate.context()) as peer,
        Watched(peer.port, more=with_tls()) as core,
    ):
        failed = await core.until_state(LinkState.CONNECT_FAILED)
        assert "made its certificate itself" in failed.detail
        profile = core.longlink_profile()
        assert profile is not None
        assert isinstance(profile.failure, CertificateError)
        assert profile.failure.fingerprint == certificate.fingerprint
        assert not peer.frames
        assert not peer.noops
        core.set_tls(TlsSettings(pins=frozenset({profile.failure.fingerprint})))
        core.redo_tasks()
        await core.until_state(LinkState.CONNECTED)
        assert await core.request(Task(cmdid=3, body=b"x")) == b"x"


async def test_another_certificate_than_the_pinned_one_is_refused(
    certificate: ServerCertificate,
):
    async with EchoPeer(tls=certificate.context()) as peer:
        async with Watched(peer.port, more=with_tls(pins=frozenset({"ab" * 32}))) as core:
            failed = await core.until_state(LinkState.CONNECT_FAILED)
            assert "another certificate than the one trusted before" in failed.detail
        assert not peer.noops


async def test_an_authority_of_one_s_own_is_trusted(certificate: ServerCertificate):
    more = with_tls(ca_file=certificate.path)
    async with EchoPeer(tls=certificate.context()) as peer, Watched(peer.port, more=more) as core:
        await core.until_state(LinkState.CONNECTED)
        assert await core.request(Task(cmdid=3, body=b"x")) == b"x"


async def test_a_server_without_tls_is_told():
    async with EchoPeer() as peer, Watched(peer.port, more=with_tls()) as core:
        failed = await core.until_state(LinkState.CONNECT_FAILED)
        profile = core.longlink_profile()
        assert profile is not None
        assert isinstance(profile.failure, TlsError)
        assert "TLS" in failed.detail


async def test_a_file_of_authorities_that_cannot_be_read_is_told(tmp_path: Path):
    async with EchoPeer() as peer:
        more = with_tls(ca_file=tmp_path / "missing.pem")
        async with Watched(peer.port, more=more) as core:
            failed = await core.until_state(LinkState.CONNECT_FAILED)
            assert "give a PEM file" in failed.detail
