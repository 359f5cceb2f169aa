"""A second connection beside a silent one: the shell of :mod:`netcore.longlink.stall_detector`."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
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


class HedgedReconnect:
    """The doubt about one link, and the rival when there is one.

    ``beat(now, timeout)`` sends a heartbeat, if it can. ``take_over(wire, profile)`` gets the
    rival's connection, and must abort it if it is not wanted. ``changed()`` is told that the
    doubt's moment is another one.
    """

    def __init__(
        self,
        link: str,
        context: Context,
        connect: Connect,
        new_profile: Callable[[], ConnectProfile],
        beat: Callable[[float, float], bool],
        take_over: Callable[[Wire, ConnectProfile], None],
        changed: Callable[[], None],
    ) -> None:
        self.stall = StallDetector(context.settings.longlink.stall)
        self.task: asyncio.Task[None] | None = None
        self._link = link
        self._context = context
        self._connect = connect
        self._new_profile = new_profile
        self._beat = beat
        self._take_over = take_over
        self._changed = changed

    def trust(self) -> None:
        """The peer lives, or the connection is over: there is nothing to doubt."""
        self.stall.trust()
        if self.task is None:
            return
        task, self.task = self.task, None
        if task is not asyncio.current_task():
            task.cancel()

    def act(self, now: float, rtt: float, silence: float, timeout: float = 0.0) -> None:
        """Do what is due; ``timeout`` of the heartbeat, if one is sent (0: the settings')."""
        verdict = self.stall.poll(now, rtt)
        if verdict is None:
            return
        hedged = verdict is LinkStallState.HEDGED
        if self._context.observer.active:
            self._context.observer.emit(
                LinkStalled(link=self._link, silence=silence, hedged=hedged)
            )
        if hedged:
            _log.info("%s: silent for %.1f s; connecting a second time", self._link, silence)
            self.task = self._context.holder.start(self._run(), f"{self._link}-rival")
        elif not self._beat(now, timeout):
            self.stall.postpone(now)

    async def _run(self) -> None:
        this, profile = asyncio.current_task(), self._new_profile()
        try:
            wire = await self._connect(profile)
        except ConnectError as error:
            _log.info("%s: no second connection either: %s", self._link, error)
            if self.task is this:
                self.task = None
                self.stall.hedge_failed(self._context.clock.now())
                self._changed()
            return
        if self.task is not this:
            wire.abort()
            return
        self.task = None
        self._take_over(wire, profile)
