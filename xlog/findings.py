"""What a reader found wrong in a log: values, never exceptions."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class FindingKind(StrEnum):
    """Every kind of finding; the text is what the command line prints and JSON carries."""

    NEEDS_KEY = "needs-key"
    """None of the given private keys opens the block; ``client_key`` says whom it belongs to."""
    CUT_SHORT = "cut-short"
    """The log ends inside a block."""
    WRONG_LENGTH = "wrong-length"
    """A header's length does not lead to the next block; the block was taken up to that."""
    BAD_TAIL = "bad-tail"
    """A block does not end with its 0x00."""
    BAD_STREAM = "bad-stream"
    """A body could not be decompressed to its end; what came before is given."""
    LOST_HEADER = "lost-header"
    """A header was destroyed, yet the body behind it could be read with its neighbour's."""
    WRONG_CLIENT_KEY = "wrong-client-key"
    """The client key in a header is damaged; the key of a neighbour opened the block."""
    ZERO_GAP = "zero-gap"
    """Nothing but zeros between two blocks, or behind the last one."""
    FOREIGN_BYTES = "foreign-bytes"
    """Bytes that belong to no block."""
    MISSING_BLOCKS = "missing-blocks"
    """Sequence numbers ``first_missing`` to ``last_missing`` were never found."""
    TOO_LARGE = "too-large"
    """A block gives more text than the reader's limit; the text was cut there."""
    UNREADABLE = "unreadable"
    """The operating system stopped reading; the rest of the log was not seen."""
    RESTARTED = "restarted"
    """A followed log was truncated or replaced; reading started again at its start."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding: bytes ``offset`` to ``offset + length`` of the log, and what is wrong there.

    ``detail`` is one English sentence without the offset. ``client_key`` is set for NEEDS_KEY,
    ``first_missing`` and ``last_missing`` for MISSING_BLOCKS (sequence numbers; the second may be
    the smaller one, for they begin again at 1 after 65535).
    """

    kind: FindingKind
    offset: int
    length: int
    detail: str
    client_key: bytes = b""
    first_missing: int = 0
    last_missing: int = 0

    def __str__(self) -> str:
        return f"{self.kind} at {self.offset} (+{self.length}): {self.detail}"
