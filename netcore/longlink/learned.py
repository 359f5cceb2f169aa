"""The learned heartbeats of all long links of one NetCore, kept over restarts.

The shell of :mod:`netcore.longlink.heartbeat`: it knows the network, the user's activity and the
clock, tells what was decided, and keeps the records in the settings' folder.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

from netcore.connect.store import load_json, save_json, set_aside
from netcore.links.context import Context
from netcore.longlink.heartbeat import Change, HeartbeatBook, HeartbeatState, SmartHeartbeat
from netcore.observe import Event

FILE_NAME = "heartbeat.json"
_log = logging.getLogger("netcore.longlink.heartbeat")


@dataclass(frozen=True, slots=True, kw_only=True)
class HeartbeatAdapted(Event):
    """A network's heartbeat interval changed, or what is known of it.

    ``interval`` is the one learned, ``before`` the one until now, ``in_force`` what the link uses
    at this moment (short while the app is active); all in seconds. ``why`` is in words.
    """

    link: str
    network: str
    interval: float
    before: float
    in_force: float
    state: HeartbeatState
    why: str


class LearnedHeartbeats:
    """Gives each link its heartbeat; one book and one file for all."""

    def __init__(self, context: Context) -> None:
        self.book = HeartbeatBook(context.settings.heartbeat)
        self._context = context
        folder = context.settings.folder
        self._file = None if folder is None else folder / FILE_NAME
        self._saving: asyncio.Task[object] | None = None
        self._again = False
        if self._file is not None:
            try:
                self.book.restore(load_json(self._file))
            except ValueError as error:
                set_aside(self._file, str(error))

    def of(self, link: str) -> LearnedHeartbeat:
        """The heartbeat of the link of this name."""
        return LearnedHeartbeat(link, self._context, self.book, self.save_soon)

    def save_soon(self) -> None:
        """Write the file in a thread; a change made meanwhile is written after that."""
        if self._file is None:
            return
        if self._saving is not None and not self._saving.done():
            self._again = True
            return
        self._saving = self._context.holder.start(self._save_in_thread(), "heartbeats-save")

    async def _save_in_thread(self) -> None:
        assert self._file is not None
        while True:
            self._again = False
            await asyncio.to_thread(save_json, self._file, self.book.as_dict())
            if not self._again:
                return

    async def close(self) -> None:
        """Write what is known now, after a write that is under way."""
        if self._saving is not None:
            await asyncio.wait([self._saving])
        self.save()

    def save(self) -> None:
        """Write the file, if there is one; a failure is logged."""
        if self._file is not None:
            save_json(self._file, self.book.as_dict())


class LearnedHeartbeat:
    """One link's heartbeat, a :class:`~netcore.longlink.heartbeat_runner.HeartbeatPolicy`."""

    __slots__ = ("_changed", "_context", "_link", "_wall", "policy")

    def __init__(
        self, link: str, context: Context, book: HeartbeatBook, changed: Callable[[], None]
    ) -> None:
        self.policy = SmartHeartbeat(link, book)
        self._link = link
        self._context = context
        self._wall = context.clock.wall
        self._changed = changed

    def interval(self, now: float) -> float:
        """Seconds of silence until the next heartbeat."""
        context = self._context
        return self.policy.interval(context.active.active, on_mains=context.on_mains)

    def established(self, now: float) -> None:
        """The link came up."""
        self.policy.established(self._context.network.state.key, self._wall())

    def disconnected(self, now: float, *, ours: bool) -> None:
        """The link went down."""
        self._told(self.policy.disconnected(self._wall(), ours=ours))

    def sent(self, now: float, silence: float) -> None:
        """A heartbeat went out."""
        self.policy.sent(silence)

    def result(self, ok: bool, timed_out: bool, now: float) -> None:
        """It was answered, or was not."""
        online = self._context.network.state.online
        self._told(self.policy.result(ok, timed_out, self._wall(), online=online))

    def _told(self, change: Change | None) -> None:
        if change is None:
            return
        _log.info(
            "%s on %s: %s: %.0f s, was %.0f s, %s",
            self._link,
            change.network or "a network without a name",
            change.why,
            change.interval,
            change.before,
            change.state.value,
        )
        if self._context.observer.active:
            self._context.observer.emit(
                HeartbeatAdapted(
                    link=self._link,
                    network=change.network,
                    interval=change.interval,
                    before=change.before,
                    in_force=self.interval(self._context.clock.now()),
                    state=change.state,
                    why=change.why,
                )
            )
        self._changed()
