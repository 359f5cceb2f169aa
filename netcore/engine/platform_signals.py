"""Carries the platform's signals to the parts: network, foreground, sleep and wake.

``NetCore::OnNetworkChange`` and ``mars/baseevent``; the decisions are in :mod:`netcore.events` and
:mod:`netcore.longlink.wake`. One timer for a held "offline" and for becoming inactive, and one for
sleep that nobody reported.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from netcore.engine.longlinks import Longlinks
from netcore.errors import DisconnectReason
from netcore.events import (
    ActiveChanged,
    CaptivePortal,
    NetworkChanged,
    NetworkKind,
    NetworkState,
    NetworkVerdict,
    PowerChanged,
    PowerSource,
    SleepWatch,
    Slept,
    Woke,
)
from netcore.links.context import Context
from netcore.longlink.wake import judge_wake

_log = logging.getLogger("netcore.engine.platform_signals")


LOOK = 5.0  # seconds between two looks at the clock


class PlatformSignals:
    """Acts on what the platform says.

    ``on_network(same)`` tells the other parts about another network, or of the name of the one that
    was there all along; ``on_active()`` of activity; ``on_wake()`` that time jumped.
    """

    def __init__(
        self,
        context: Context,
        longlinks: Longlinks,
        *,
        on_network: Callable[[bool], None],
        on_active: Callable[[], None],
        on_wake: Callable[[], None],
    ) -> None:
        self._context = context
        self._now = context.clock.now
        self._longlinks = longlinks
        self._on_network = on_network
        self._on_active = on_active
        self._on_wake = on_wake
        self._timer: asyncio.TimerHandle | None = None
        self._watch = SleepWatch(context.clock.now(), every=LOOK)
        self._watching: asyncio.TimerHandle | None = None
        self._slept_at: float | None = None
        self._portal = False

    def start(self) -> None:
        """Look at the clock from now on, for sleep that nobody reports."""
        self._watch.woke(self._now())
        self._look_again()

    def network_changed(self, kind: NetworkKind, label: str) -> None:
        """The operating system's network is now this one."""
        network = self._context.network
        self._act(network.report(NetworkState(kind, label), self._now()))
        self._arm()

    def set_foreground(self, foreground: bool) -> None:
        """The application came to the front, or left it."""
        active = self._context.active
        before = active.foreground, active.active
        active.set_foreground(foreground, self._now())
        if (active.foreground, active.active) != before:
            self._active_changed()
        self._arm()

    def set_active(self, is_active: bool) -> None:
        """The user is there, or is not."""
        if self._context.active.set_active(is_active, self._now()):
            self._active_changed()
        self._arm()

    def set_idle(self, idle: float | None) -> None:
        """Seconds since the last key or pointer; None where nobody can tell."""
        if self._context.active.set_idle(idle, self._now()):
            self._active_changed()
        self._arm()

    def set_power(self, source: PowerSource) -> None:
        """The machine runs on this now: heartbeats and reconnects have another pace."""
        context = self._context
        if source is context.power:
            return
        context.power = source
        _log.info("power: %s", source.value)
        if context.observer.active:
            context.observer.emit(PowerChanged(source=source))
        for managed in self._longlinks:
            managed.reconnector.on_active()

    def captive_portal(self, found: bool) -> None:
        """A portal stands between us and the network, or no longer does: then connect at once."""
        if found == self._portal:
            return
        self._portal = found
        if self._context.observer.active:
            self._context.observer.emit(CaptivePortal(found=found))
        if not found:
            for managed in self._longlinks:
                managed.reconnector.connect_now()

    def sleep(self) -> None:
        """The machine is about to sleep."""
        self._slept_at = self._now()
        if self._context.observer.active:
            self._context.observer.emit(Slept())

    def wake(self) -> None:
        """The machine woke: every deadline may have passed, every link is asked at once."""
        now = self._now()
        slept = 0.0 if self._slept_at is None else now - self._slept_at
        self._slept_at = None
        self._watch.woke(now)
        _log.info("woke after %.0f s", slept)
        if self._context.observer.active:
            self._context.observer.emit(Woke(seconds=slept))
        self._poll()
        settings = self._context.settings.longlink
        for managed in self._longlinks:
            verdict = judge_wake(
                connected=managed.connected,
                connecting=managed.link.connecting,
                silence=now - managed.link.last_received,
                hopeless=settings.noop_late,
            )
            _log.info("%s: on wake: %s", managed.name, verdict.value)
            managed.woke(verdict, settings.wake_probe_timeout)
        self._on_wake()

    def close(self) -> None:
        """Stop the timers."""
        self._disarm()
        if self._watching is not None:
            self._watching.cancel()
            self._watching = None

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look_again(self) -> None:
        loop = asyncio.get_running_loop()
        self._watching = loop.call_later(self._watch.every, self._look)

    def _look(self) -> None:
        now = self._now()
        slept = self._watch.poll(now)
        if slept:
            self._slept_at = now - slept
            self.wake()
        self._look_again()

    # -- acting ---------------------------------------------------------------------------------

    def _act(self, verdict: NetworkVerdict) -> None:
        if verdict in (NetworkVerdict.SAME, NetworkVerdict.PENDING):
            return
        network = self._context.network
        state = network.state
        _log.info("network: %s %s", state.kind.name, state.label)
        if self._context.observer.active:
            self._context.observer.emit(
                NetworkChanged(kind=state.kind, label=state.label, generation=network.generation)
            )
        found = verdict is NetworkVerdict.FOUND
        self._on_network(found)
        if found:
            for managed in self._longlinks:
                managed.network_found()
            return
        reason = (
            DisconnectReason.NETWORK_LOST
            if verdict is NetworkVerdict.LOST
            else DisconnectReason.NETWORK_CHANGE
        )
        for managed in self._longlinks:
            managed.network_changed(reason)

    def _active_changed(self) -> None:
        active = self._context.active
        if self._context.observer.active:
            self._context.observer.emit(
                ActiveChanged(foreground=active.foreground, active=active.active)
            )
        self._on_active()
        for managed in self._longlinks:
            managed.reconnector.on_active()

    def _arm(self) -> None:
        self._disarm()
        dues = [
            due
            for due in (self._context.network.deadline, self._context.active.deadline)
            if due is not None
        ]
        if dues:
            delay = max(0.0, min(dues) - self._now())
            self._timer = asyncio.get_running_loop().call_later(delay, self._poll)

    def _poll(self) -> None:
        now = self._now()
        self._act(self._context.network.poll(now))
        if self._context.active.poll(now):
            self._active_changed()
        self._arm()
