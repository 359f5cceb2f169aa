"""What a scan gives: where a block is in a log, and what is said of the bytes around it."""

from __future__ import annotations

from typing import NamedTuple

from xlog.findings import Finding, FindingKind
from xlog.format import HEADER_SIZE, Header

UNUSED = "the unused rest of a memory buffer"
"""The detail of the one ZERO_GAP that is no damage; the reader leaves it out."""


class BlockSpan(NamedTuple):
    """Where a block stands: ``length`` bytes at ``offset``, its body behind its header.

    ``header`` is as found; ``body_length`` is what was judged right. With ``in_doubt`` the header's
    own length led nowhere and the body reaches to the next block. ``headless`` is a guess: the
    header was destroyed, the one given here is its neighbour's.
    """

    offset: int
    length: int
    header: Header
    body_length: int
    findings: tuple[Finding, ...] = ()
    in_doubt: bool = False
    headless: bool = False

    @property
    def body_offset(self) -> int:
        """Where the body begins."""
        return self.offset + self.header.kind.header_size

    @property
    def end(self) -> int:
        """Where the span ends."""
        return self.offset + self.length


def zero_gap(offset: int, length: int, detail: str = "zeros where a block should begin") -> Finding:
    """Zeros where a block should begin."""
    return Finding(FindingKind.ZERO_GAP, offset, length, detail)


def bad_tail(offset: int) -> Finding:
    """A tail that is none."""
    return Finding(FindingKind.BAD_TAIL, offset, 1, "the block does not end with the byte 0x00")


def foreign_bytes(offset: int, length: int) -> Finding:
    """Bytes of no block."""
    detail = "these bytes belong to no block"
    if length < HEADER_SIZE:
        detail += " (they are fewer than a header has)"
    return Finding(FindingKind.FOREIGN_BYTES, offset, length, detail)


def touches(zeros: Finding, item: BlockSpan | Finding) -> bool:
    """Whether ``item`` is zeros, too, and goes on where ``zeros`` end."""
    return (
        isinstance(item, Finding)
        and item.kind is FindingKind.ZERO_GAP
        and item.offset == zeros.offset + zeros.length
    )
