"""Between netcore and the model: listens while the panel is open, to whichever core there is."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from app.diagnostics.panel.model import PanelModel
from netcore.runtime.clock import Clock, SystemClock

if TYPE_CHECKING:
    from netcore.core import NetCore

_log = logging.getLogger("app.diagnostics.panel")

PAST = 600  # events of the past that are replayed: some 20 ms
CHATTY = ("TaskPart", "PoolReused", "PoolKept")  # left out of these
EVERY = 2.0  # seconds between two looks at what no event reports


class EventFeed:
    """Fills a model. ``core`` gives the NetCore in use now, ``past`` the events before this one.

    Nothing is held while it is closed: no subscription, no model.
    """

    def __init__(
        self,
        core: Callable[[], NetCore | None],
        past: Callable[[], Iterable[Any]] | None = None,
        *,
        clock: Clock | None = None,
    ) -> None:
        self.model = PanelModel()
        self.opened = False
        self._core = core
        self._past = past
        self._clock = clock or SystemClock()
        self._wall = self._clock.wall
        self._attached: NetCore | None = None
        self._unsubscribe: Callable[[], None] | None = None
        self._looked_at = 0.0

    def now(self) -> float:
        """Wall-clock seconds since the epoch."""
        return self._wall()

    def open(self) -> None:
        """Begin with what is known, and listen."""
        if self.opened:
            return
        self.opened = True
        self.model = PanelModel()
        if self._past is not None:
            past = [each for each in self._past() if type(each).__name__ not in CHATTY]
            self.model.replay(past[-PAST:])
        self.follow()

    def close(self) -> None:
        """Stop listening, and let everything go."""
        self.opened = False
        self._detach()
        self.model = PanelModel()

    def follow(self) -> None:
        """Listen to the core in use now; call it now and then, for a log-in makes a new one."""
        core = self._core()
        if not self.opened or core is self._attached:
            return
        self._detach()
        self._attached = core
        if core is None:
            return
        now = self._wall()
        try:
            snapshot = core.snapshot()
            self.model.load(snapshot, now, core_now=self._clock.now())
        except Exception:
            # It belongs to a session that is just beginning or ending: events tell the rest.
            _log.warning("the state of the network could not be read", exc_info=True)
        self._looked_at = now
        self._unsubscribe = core.observer.subscribe(self._take)

    def look(self) -> None:
        """Take what no event reports, at most every :data:`EVERY` seconds."""
        now = self._wall()
        if self._attached is None or 0 <= now - self._looked_at < EVERY:
            return
        self._looked_at = now
        try:
            self.model.refresh(self._attached.snapshot(), now)
        except Exception:
            _log.warning("the state of the network could not be read", exc_info=True)

    def _detach(self) -> None:
        if self._unsubscribe is not None:
            self._unsubscribe()
            self._unsubscribe = None
        self._attached = None

    def _take(self, event: Any) -> None:
        self.model.take(event, self._wall())
