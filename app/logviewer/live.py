"""What a running writer has logged but not written out: the text in its staged memory buffer.

A buffer in Mars's own layout is a block and :class:`xlog.follow.Follower` shows it; one of
:mod:`xlog.stage` holds plain or enciphered text that becomes a block later. :class:`Seam` joins
the two, so that each record is shown once, as soon as it is logged.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

from xlog import stage
from xlog.crypt import derive_shared
from xlog.errors import XlogError
from xlog.keys import KeyRing

_LIMIT = 1 << 22


def is_staged(buffer: Path) -> bool:
    """Whether the file is a staged buffer."""
    try:
        with buffer.open("rb") as file:
            return stage.is_stage(file.read(len(stage.SIGNATURE)))
    except OSError:
        return False


def staged_text(data: bytes, keys: KeyRing) -> bytes | None:
    """The text in a staged buffer, in the order it was logged.

    None where it is enciphered and no key of ``keys`` opens it, or damaged.
    """
    try:
        found = stage.parse(data)
    except XlogError:
        return None
    key = None
    if found.kind.is_crypt:
        for private in keys.private_keys:
            with contextlib.suppress(XlogError):
                candidate = stage.stage_key(derive_shared(private, found.client_key))
                if found.fits(candidate):
                    key = candidate
        if key is None:
            return None
    return b"".join(found.text(region, key) for region in found.regions)


def live_text(buffer: Path, keys: KeyRing) -> bytes | None:
    """The text in the buffer of a running writer; None where it cannot be told now."""
    texts = []
    for _ in range(2):
        try:
            with buffer.open("rb") as file:
                texts.append(staged_text(file.read(_LIMIT), keys))
        except OSError:
            return None
    first, second = texts
    # Read while a region was being written out, the two do not go together.
    if first is None or second is None or not second.startswith(first):
        return None
    return first


class Seam:
    """Text seen in the buffer comes again in the file: gives of each only what is new."""

    def __init__(self) -> None:
        self._shown = b""

    def from_file(self, text: bytes) -> bytes:
        """What of a block's text was not shown before."""
        if self._shown.startswith(text):
            self._shown = self._shown[len(text) :]
            return b""
        new = text[len(self._shown) :] if text.startswith(self._shown) else text
        self._shown = b""
        return new

    def from_buffer(self, text: bytes) -> bytes:
        """What of the buffer's text was not shown before.

        To be asked only when the file has nothing new, for then what was shown and is not in the
        file yet is still in the buffer.
        """
        if not text.startswith(self._shown):
            return b""
        new = text[len(self._shown) :]
        self._shown = text
        return new
