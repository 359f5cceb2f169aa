"""Is the person here? Foreground and idle time become "active" (sans-I/O).

=============  =====================  ==============================
foreground     idle time              active
=============  =====================  ==============================
yes            below ``away_after``   yes
yes            above                  no: the desk was left
no             below ``away_after``   as netcore's activity decides
no             above                  no
=============  =====================  ==============================

``netcore`` has Mars's own rule on top (10 minutes in the background is inactive,
``mars/baseevent/src/active_logic.cc``); this tells it what only the desktop can know.
"""

from __future__ import annotations

from dataclasses import dataclass

AWAY_AFTER = 600.0  # seconds without a key or a pointer; the same 10 minutes as in the background


@dataclass(slots=True)
class ActivityDetector:
    """Turns samples of idle time and window focus into changes of "active"."""

    away_after: float = AWAY_AFTER
    foreground: bool = False
    active: bool = True

    def on_idle(self, idle: float | None) -> bool | None:
        """A sample of idle seconds, ``None`` where nobody can tell: the new state, if new."""
        return self._become(idle is None or idle < self.away_after)

    def on_foreground(self, foreground: bool) -> bool | None:
        """Focus came or went; coming proves presence. Answers the new "active", if new."""
        self.foreground = foreground
        return self._become(True) if foreground else None

    def _become(self, active: bool) -> bool | None:
        if active == self.active:
            return None
        self.active = active
        return active
