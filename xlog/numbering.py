"""Which blocks of a log are missing, by their sequence numbers.

Numbers that are left out are missing blocks only where the writer's counter is its own. In Mars
it belongs to the process, so a log may have every third of its numbers; and a buffer that was set
back (a restored backup) counts again from where it was. The rules, for each writer:

- numbers that were passed already, before a step back, are not missing;
- a gap behind damage is what the damage took;
- any other gap is missing where numbers follow each other as a rule: at least once before the
  first and the second gap, and from the third on eight times as often as not.
"""

from __future__ import annotations

import copy
from collections import OrderedDict

from xlog.format import SEQ_LAST

WRITERS = 64
"""How many writers are told apart by their client key."""
_REMEMBERED = 3
_GAPS_TRUSTED = 2
_STEPS_A_GAP = 8


class Numbering:
    """The sequence numbers of one writer: which of them are missing (rules on top)."""

    __slots__ = ("_gaps", "_last", "_passed", "_steps", "damaged")

    def __init__(self) -> None:
        self.damaged = False
        """Whether something between the last block and the next could not be read."""
        self._last = self._passed = 0
        self._steps = self._gaps = 0

    def missing(self, seq: int) -> tuple[int, int] | None:
        """Take in the next number; the first and last one missing before it."""
        last, self._last = self._last, seq
        damaged, self.damaged = self.damaged, False
        lost = (seq - last - 1) % SEQ_LAST
        if not last:
            return None
        if seq == 1:  # the next opening, or on after 65535
            self._passed = self._steps = self._gaps = 0
        elif not lost:
            self._steps += 1
        elif lost > SEQ_LAST // 2:  # a step back: set back, or another file put behind this one
            self._passed = max(self._passed, last)
        else:
            return self._gap(last, seq, damaged)
        return None

    def _gap(self, last: int, seq: int, damaged: bool) -> tuple[int, int] | None:
        first, final = last % SEQ_LAST + 1, (seq - 2) % SEQ_LAST + 1
        if seq < last:  # around the end
            self._passed = 0
        else:
            first = max(first, self._passed + 1)
            if first > final:
                return None
        if damaged:
            return first, final
        own = self._gaps < _GAPS_TRUSTED or self._steps >= _STEPS_A_GAP * self._gaps
        self._gaps += 1
        return (first, final) if self._steps and own else None


class Writers:
    """The numbering of each writer, by its client key; of :data:`WRITERS` at the most."""

    def __init__(self) -> None:
        self._numbers: OrderedDict[bytes, Numbering] = OrderedDict()
        self._at: dict[int, OrderedDict[bytes, Numbering]] = {}

    def __contains__(self, writer: bytes) -> bool:
        return writer in self._numbers

    def missing(self, writer: bytes, seq: int) -> tuple[int, int] | None:
        """Take in a writer's next number; the first and last one missing before it."""
        numbers = self._numbers.pop(writer, None) or Numbering()
        self._numbers[writer] = numbers
        if len(self._numbers) > WRITERS:
            self._numbers.popitem(last=False)
        return numbers.missing(seq)

    def note_damage(self) -> None:
        """Something could not be read, no matter who wrote it."""
        for numbers in self._numbers.values():
            numbers.damaged = True

    def remember(self, position: int) -> None:
        """Keep what is known at a position, for :meth:`go_back`; the last few are kept."""
        for old in list(self._at)[:-_REMEMBERED]:
            del self._at[old]
        self._at[position] = OrderedDict(
            (writer, copy.copy(numbers)) for writer, numbers in self._numbers.items()
        )

    def go_back(self, position: int) -> None:
        """Know what was known at ``position``, where that was kept."""
        self._numbers = self._at.get(position, self._numbers)
        self._at = {}
