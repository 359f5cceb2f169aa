"""The chat's errors: each has a ``code`` that a window has plain words for.

The server's codes are the names of ``Code`` in ``proto/chat.proto`` in lower case
("wrong_password", "name_taken", "too_long", ...). Those made here:

- ``no_connection``          the server cannot be reached
- ``unknown_host``           its name has no address
- ``proxy_failed``           the proxy does not let us through
- ``no_tls``                 it, or what answers in its place, does not speak TLS as we do
- ``untrusted_certificate``  it can, but nobody vouches for its certificate; the
  :class:`netcore.errors.CertificateError` with the fingerprint is the error's ``__cause__``
- ``timeout``                it did not answer in time
- ``not_logged_in``          log in first
- ``storage``                the local store cannot be written (disk full, read-only)
- ``no_such_conversation``   the local store has none of that id
- ``no_such_file``, ``empty_file``, ``body_too_large``  a file cannot be sent
- ``bad_body``               what came of a file is not what its message says
- ``empty``, ``too_long``    the text, judged before anything leaves
"""

from __future__ import annotations

PERMANENT = frozenset(
    {
        "empty",
        "too_long",
        "bad_request",
        "not_supported",
        "no_such_conversation",
        "not_a_member",
    }
)
"""Codes with which a message has failed for good; with every other it is sent again."""


class ChatError(Exception):
    """Something was refused or could not be done.

    ``code`` is for the program, the text for the log. ``retry_after`` is in seconds, 0 when the
    server named no time.
    """

    def __init__(self, code: str, detail: str = "", *, retry_after: float = 0.0) -> None:
        super().__init__(detail or code.replace("_", " "))
        self.code = code
        self.retry_after = retry_after

    @property
    def permanent(self) -> bool:
        """Whether asking again would be refused again."""
        return self.code in PERMANENT
