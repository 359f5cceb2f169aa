"""Hashes of passwords."""

from __future__ import annotations

from app.server.passwords import Passwords
from tests.app.server.world import CHEAP


def test_passwords():
    passwords = Passwords(CHEAP)
    kept = passwords.hash("a password")
    assert kept.startswith("$argon2id$")
    assert kept != passwords.hash("a password")
    assert passwords.check(kept, "a password")
    assert not passwords.check(kept, "another")
    assert not passwords.check(None, "a password")
    assert not passwords.check("no hash at all", "a password")
