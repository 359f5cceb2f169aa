"""When to offer a diagnosis: sending keeps failing (sans-I/O).

=========================================  ==========================================
an ended request                           means
=========================================  ==========================================
answered, or refused by the server         the network is well: count from zero again
cancelled, or never sent by our own limit  nothing
failed by the network                      one more in a row
=========================================  ==========================================

The offer comes at the third failure in a row, when the first was ``SPAN`` seconds ago or more, so
that one short break that fails three requests at once is none; then not again for ``PAUSE``.
"""

from __future__ import annotations

from dataclasses import dataclass

from netcore.errors import ErrorType, LocalCode

FAILURES = 3
SPAN = 10.0  # seconds
PAUSE = 1800.0

_OWN = frozenset(
    {
        LocalCode.CANCEL,
        LocalCode.CLEAR,
        LocalCode.RESET,
        LocalCode.TASK_PARAM,
        LocalCode.FREQUENCY_LIMIT,
        LocalCode.ANTI_AVALANCHE,
        LocalCode.LONGLINK_RELEASED,
    }
)


@dataclass(slots=True)
class SendFailureDetector:
    """Feed :meth:`on_end` with each request's end; it answers whether to offer a diagnosis now."""

    _failures: int = 0
    _first: float = 0.0
    _offered: float = float("-inf")

    def on_end(self, error_type: ErrorType, error_code: int, now: float) -> bool:
        """One request ended at ``now`` (seconds of any clock that goes on)."""
        if error_type in (ErrorType.OK, ErrorType.SERVER, ErrorType.EN_DECODE):
            self._failures = 0
            return False
        if error_type is ErrorType.CANCELED:
            return False
        if error_type is ErrorType.LOCAL and error_code in _OWN:
            return False
        self._failures += 1
        if self._failures == 1:
            self._first = now
        if self._failures < FAILURES or now - self._first < SPAN or now - self._offered < PAUSE:
            return False
        self._offered = now
        return True
