"""Keeps passwords and tokens out of the log, no matter who would write them there.

A log that is encrypted cannot be redacted afterwards, so what lets one in is taken out before a
line is written. Costs one look for each secret known; there are two or three.
"""

from __future__ import annotations

import logging

from app.diagnostics.redact import SECRET, Secrets

LEAST = 4  # letters; shorter ones would take out words by chance
_PLAIN = logging.Formatter("%(message)s")


class LogGuard(logging.Filter):
    """A filter for the handlers that write; it lets every record through, without the secrets."""

    def __init__(self) -> None:
        super().__init__()
        self.passwords: set[str] = set()
        self.tokens: set[str] = set()
        self._known: tuple[str, ...] = ()

    def learn(self, *, password: str = "", token: str = "") -> None:
        """From now on this is taken out."""
        if len(password) >= LEAST:
            self.passwords.add(password)
        if len(token) >= LEAST:
            self.tokens.add(token)
        self._known = tuple(sorted(self.passwords | self.tokens, key=len, reverse=True))

    def secrets(self) -> Secrets:
        """What is known, for an export."""
        return Secrets(passwords=set(self.passwords), tokens=set(self.tokens))

    def filter(self, record: logging.LogRecord) -> bool:
        """Take out what is known; always True."""
        if not self._known:
            return True
        try:
            message = _PLAIN.format(record)
        except Exception:
            return True  # the handler says what is wrong with it
        clean = message
        for secret in self._known:
            if secret in clean:
                clean = clean.replace(secret, SECRET)
        if clean is not message:
            record.msg, record.args = clean, ()
            record.exc_info = record.exc_text = record.stack_info = None
        return True
