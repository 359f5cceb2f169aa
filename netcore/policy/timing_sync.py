"""Asks for news while the long link cannot bring any (``mars/stn/src/timing_sync.cc``), sans-I/O.

===========================  ==================================================
the application              is asked to pull news every
===========================  ==================================================
active, with an account      90 s
active, without one          4 min
inactive                     10 min
\\.. without a network        three times as long, and then not asked, only waited
===========================  ==================================================

It waits from the start and whenever the main long link goes down, and stops when that comes up. A
change of activity, account or network begins the waiting again.
"""

from __future__ import annotations

from dataclasses import dataclass

from netcore.observe import Event
from netcore.runtime.clock import NEVER


@dataclass(frozen=True, slots=True, kw_only=True)
class TimingSyncSettings:
    """Times in seconds."""

    active: float = 90.0  # ACTIVE_SYNC_INTERVAL
    no_account: float = 4 * 60.0  # UNLOGIN_SYNC_INTERVAL
    inactive: float = 10 * 60.0  # INACTIVE_SYNC_INTERVAL
    no_network_rate: float = 3.0  # NONET_SALT_RATE


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncDue(Event):
    """The application was asked to pull news; ``waited`` seconds, and so much again until next."""

    waited: float


class TimingSync:
    """When to ask. The rules are in the module's docstring."""

    __slots__ = ("_settings", "due", "interval", "waiting")

    def __init__(self, settings: TimingSyncSettings | None = None) -> None:
        self._settings = settings or TimingSyncSettings()
        self.waiting = False
        self.interval = 0.0
        self.due = NEVER

    def start(self, now: float, *, active: bool, logged_in: bool, online: bool) -> None:
        """The long link is down: begin to wait."""
        self.waiting = True
        self._begin(now, active, logged_in, online)

    def stop(self) -> None:
        """The long link is up and brings the news itself."""
        self.waiting = False
        self.due = NEVER

    def changed(self, now: float, *, active: bool, logged_in: bool, online: bool) -> None:
        """The application or the network is in another state: wait again, if at all."""
        if self.waiting:
            self._begin(now, active, logged_in, online)

    def on_due(self, now: float, *, active: bool, logged_in: bool, online: bool) -> bool:
        """Whether to ask for news now; the next waiting begins."""
        if now < self.due:
            return False
        self._begin(now, active, logged_in, online)
        return online

    def _begin(self, now: float, active: bool, logged_in: bool, online: bool) -> None:
        settings = self._settings
        if not active:
            interval = settings.inactive
        else:
            interval = settings.active if logged_in else settings.no_account
        if not online:
            interval *= settings.no_network_rate
        self.interval = interval
        self.due = now + interval
