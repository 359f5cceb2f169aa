import os
import sys

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from netcore.connect.certificate import load_or_make
from netcore.connect.tls import fingerprint_of
from netcore.errors import ConfigError


def read(kept):
    return x509.load_pem_x509_certificate(kept.path.read_bytes())


def test_the_first_call_makes_a_certificate_and_the_next_ones_keep_it(tmp_path):
    made = load_or_make(tmp_path / "data", ["chat.example", "192.0.2.7", " ", "chat.example"])
    assert made.names == ("chat.example", "192.0.2.7", "localhost", "127.0.0.1", "::1")
    assert load_or_make(tmp_path / "data", ["chat.example"]) == made
    assert load_or_make(tmp_path / "data", ["another.example"]) == made
    certificate = read(made)
    assert isinstance(certificate.public_key().curve, ec.SECP256R1)
    assert made.fingerprint == fingerprint_of(certificate.public_bytes(Encoding.DER))
    assert made.context().minimum_version.name == "TLSv1_3"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_the_key_can_be_read_by_its_owner_alone(tmp_path):
    made = load_or_make(tmp_path)
    assert made.path.stat().st_mode & 0o777 == 0o600
    made.path.chmod(0o644)
    load_or_make(tmp_path)
    assert made.path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("damage", ["", "-----BEGIN", "cut", "key only"])
def test_a_damaged_file_is_no_reason_for_a_new_identity(tmp_path, damage):
    old = load_or_make(tmp_path)
    pem = old.path.read_text()
    if damage == "cut":
        damage = pem[: len(pem) // 3]
    elif damage == "key only":
        damage = pem[: pem.index("-----BEGIN CERTIFICATE")]
    old.path.write_text(damage)
    for _ in range(2):
        with pytest.raises(ConfigError, match=r"server\.pem is damaged.*good one in its place"):
            load_or_make(tmp_path)
    assert old.path.read_text() == damage
    assert os.listdir(tmp_path) == ["server.pem"]
    old.path.write_text(pem)
    assert load_or_make(tmp_path) == old
    old.path.unlink()  # as the message says
    assert load_or_make(tmp_path).fingerprint != old.fingerprint


def test_a_folder_that_cannot_be_used_is_told(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(ConfigError, match="choose a data folder"):
        load_or_make(blocked)


def test_a_name_that_no_certificate_can_bear_is_told_and_nothing_is_left(tmp_path):
    with pytest.raises(ConfigError, match="no host name"):
        load_or_make(tmp_path, ["x" * 300])
    assert os.listdir(tmp_path) == []


def test_a_certificate_past_its_end_is_kept_for_the_sake_of_those_who_pinned_it(
    tmp_path, monkeypatch, caplog
):
    from netcore.connect import certificate

    monkeypatch.setattr(certificate, "VALID_DAYS", 0)
    made = load_or_make(tmp_path)
    caplog.clear()
    assert load_or_make(tmp_path) == made
    assert "has expired" in caplog.text
