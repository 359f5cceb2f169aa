"""The text in a staged memory buffer (:mod:`xlog.staging`): left over, or of a writer that runs.

A buffer in Mars's own layout is a block and is read as one; a staged one holds text that becomes
a block later. :class:`Seam` joins it with the log that it goes to, so that each record is shown
once, as soon as it is logged.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from xlog import staging
from xlog.crypt import TEA_KEY_SIZE, derive_shared
from xlog.decode import Block
from xlog.errors import FormatError, XlogError
from xlog.findings import Finding, FindingKind
from xlog.format import Header
from xlog.keys import KeyRing
from xlog.spans import BlockSpan

LIMIT = 1 << 22
"""A buffer longer than 4 MiB is none of ours; what is behind is not looked at."""


def is_staged(buffer: Path) -> bool:
    """Whether the file is a staged buffer."""
    try:
        with buffer.open("rb") as file:
            return staging.is_stage(file.read(len(staging.SIGNATURE)))
    except OSError:
        return False


def find_keys(found: staging.StagingArea, keys: KeyRing) -> tuple[bytes, bytes] | None:
    """The buffer's cipher key and its writer's TEA key, where one of ``keys`` opens it."""
    for private in keys.private_keys:
        with contextlib.suppress(XlogError):
            shared = derive_shared(private, found.client_key)
            key = staging.stage_key(shared)
            if found.fits(key):
                return key, shared[:TEA_KEY_SIZE]
    return None


def staged_blocks(data: bytes, keys: KeyRing) -> Iterator[Block]:
    """A block for each region with text, in the order it was logged.

    Their offsets and lengths are those of the regions; a region that is being written out may stand
    in the log already. Raises :class:`xlog.errors.FormatError` where the buffer is damaged.
    """
    found = staging.parse(data)
    opened = find_keys(found, keys) if found.kind.is_crypt else None
    for region in found.regions:
        used = len(region.data)
        offset = staging.region_offset(region.place, found.region_size)
        hour = region.begin_hour % 24
        header = Header(found.kind, 0, hour, hour, used, found.client_key)
        span = BlockSpan(offset, staging.REGION_HEADER_SIZE + used, header, used)
        if found.kind.is_crypt and opened is None:
            given = "none of the given keys opens it" if len(keys) else "no key is given"
            yield Block(
                span,
                span.length,
                b"",
                (
                    Finding(
                        FindingKind.NEEDS_KEY,
                        offset,
                        span.length,
                        f"the writer's memory buffer is enciphered and {given}",
                        client_key=found.client_key,
                    ),
                ),
            )
        else:
            yield Block(span, span.length, found.text(region, opened[0] if opened else None))


def staged_text(data: bytes, keys: KeyRing) -> bytes | None:
    """The text in a staged buffer, in the order it was logged.

    None where it is enciphered and no key of ``keys`` opens it, or damaged.
    """
    try:
        blocks = list(staged_blocks(data, keys))
    except FormatError:
        return None
    if any(block.findings for block in blocks):
        return None
    return b"".join(block.data for block in blocks)


def live_text(buffer: Path, keys: KeyRing) -> bytes | None:
    """The text in the buffer of a running writer; None where it cannot be told now."""
    texts = []
    for _ in range(2):
        try:
            with buffer.open("rb") as file:
                texts.append(staged_text(file.read(LIMIT), keys))
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

    @property
    def open(self) -> bool:
        """Whether something was shown that has not come to the file yet."""
        return bool(self._shown)

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
