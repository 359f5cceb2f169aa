"""Every error of xlog, in one tree.

::

    XlogError
    +-- FormatError          bytes that are no block header
    +-- BadKeyError          key text or bytes that are no key (says what is wrong with it)
    |   +-- BadPublicKeyError
    |   +-- BadPrivateKeyError
    +-- SourceError          a log that cannot be opened or read (carries the path)
    |   +-- NotXlogError     it can be read, but holds not one block
    +-- ConfigError          a setting of the writer that cannot be used (says what to give)

The reader raises these only for what makes reading impossible from the start. Damage inside a log
is no error: it is told by :class:`xlog.findings.Finding`, and reading goes on behind it.
"""

from __future__ import annotations


class XlogError(Exception):
    """Any error of this package."""


class FormatError(XlogError, ValueError):
    """These bytes are no block header."""


class BadKeyError(XlogError, ValueError):
    """A key that is none; the message says what is wrong and never holds a private key."""


class BadPublicKeyError(BadKeyError):
    """Not a point on secp256k1 given as 64 bytes, x then y."""


class BadPrivateKeyError(BadKeyError):
    """Not a number of secp256k1 given as 32 bytes."""


class SourceError(XlogError):
    """A log could not be opened or read; ``path`` is its name as the caller gave it."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


class NotXlogError(SourceError):
    """The file can be read, but there is not one xlog block in it."""


class XlogConfigError(XlogError, ValueError):
    """A setting of the writer that cannot be used; the message says what to give."""
