"""A second connection beside a silent one: the shell of :mod:`netcore.longlink.stall_detector`.

The detector says when; :class:`HedgedReconnect` holds the connect while it is under way. It changes
nothing by itself: what it answers, :class:`~netcore.longlink.link.LongLink` carries out, which also
decides what becomes of the old connection when the candidate is up.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass

from netcore.errors import ConnectError
from netcore.links.context import Context
from netcore.links.wire import Wire
from netcore.longlink.stall_detector import LinkStallState, StallDetector
from netcore.longlink.state import Connect
from netcore.observe import Event
from netcore.profile import ConnectProfile

_log = logging.getLogger("netcore.longlink")


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkStalled(Event):
    """The link ought to have answered and was silent for ``silence`` seconds.

    ``hedged`` is False when it is asked by a heartbeat, True when a second connection is made.
    """

    link: str
    silence: float
    hedged: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRecovered(Event):
    """The link that was said to be stalled sent something: it is there after all."""

    link: str


_STALLED = (LinkStallState.ASKED, LinkStallState.HEDGED)  # those that were announced


class HedgedReconnect:
    """One link's stall detector, and the candidate for its place while that is being connected."""

    def __init__(self, link: str, context: Context) -> None:
        self.stall = StallDetector(context.settings.longlink.stall)
        self.task: asyncio.Task[None] | None = None  # that connects the candidate
        self._link = link
        self._context = context

    def trust(self, *, heard: bool = False) -> None:
        """The peer lives (``heard``), or the connection is over: nothing stalls."""
        state = self.stall.state
        if self.stall.trust() and heard and state in _STALLED and self._context.observer.active:
            self._context.observer.emit(LinkRecovered(link=self._link))
        if self.task is None:
            return
        task, self.task = self.task, None
        if task is not asyncio.current_task():
            task.cancel()

    def poll(
        self, now: float, rtt: float, silence: float, *, acknowledged: bool = False
    ) -> LinkStallState | None:
        """ASKED: send a heartbeat; HEDGED: connect a candidate; None: nothing to do yet."""
        verdict = self.stall.poll(now, rtt, acknowledged=acknowledged)
        if verdict is None:
            return None
        hedged = verdict is LinkStallState.HEDGED
        if self._context.observer.active:
            self._context.observer.emit(
                LinkStalled(link=self._link, silence=silence, hedged=hedged)
            )
        if hedged:
            _log.info("%s: silent for %.1f s; connecting a second time", self._link, silence)
        return verdict

    async def connect(self, connect: Connect, profile: ConnectProfile) -> Wire | None:
        """The candidate's wire; None when it cannot be made, or is no longer wanted.

        The running asyncio task must be :attr:`task`: it is wanted for as long as it is.
        """
        this = asyncio.current_task()
        try:
            wire = await connect(profile)
        except ConnectError as error:
            _log.info("%s: no second connection either: %s", self._link, error)
            if self.task is this:
                self.task = None
                self.stall.hedge_failed(self._context.clock.now())
            return None
        if self.task is not this:
            wire.abort()
            return None
        self.task = None
        return wire
