"""Passwords, by argon2id with the parameters of RFC 9106 (its second choice: 64 MiB).

Both calls take a tenth of a second or so and run in a worker thread, which the library leaves the
interpreter for.
"""

from __future__ import annotations

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError


class Passwords:
    """Makes and checks hashes."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()

    def hash(self, password: str) -> str:
        """A salted hash that names its own parameters."""
        return self._hasher.hash(password)

    def check(self, password_hash: str | None, password: str) -> bool:
        """Whether it is the password; None, for no such account, takes as long and is False."""
        if password_hash is None:
            self._hasher.hash(password)
            return False
        try:
            return self._hasher.verify(password_hash, password)
        except (VerificationError, InvalidHashError):
            return False
