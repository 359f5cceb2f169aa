"""The adapter of the system we run on: starts its sources, tells one listener, never raises.

==========  ===========================  =============================  =======================
            sleep and wake               network                        idle time
==========  ===========================  =============================  =======================
Linux       logind's PrepareForSleep     rtnetlink (QNetworkInformation session bus
                                         for portals)
Windows     the power manager's call,    QNetworkInformation            GetLastInputInfo
            else WM_POWERBROADCAST
macOS       NSWorkspace                  QNetworkInformation            CoreGraphics
everywhere  netcore's look at the clock  -                              window focus
==========  ===========================  =============================  =======================

What cannot be had (no D-Bus, no netlink) becomes a line in ``capabilities.limits``.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from app.platform.power import read_power
from app.platform.qt_network import QtNetwork
from app.platform.signals import Capabilities, PlatformListener
from netcore.events import NetworkKind, PowerSource
from netcore.runtime.clock import Clock, SystemClock
from netcore.runtime.task_holder import TaskHolder

if TYPE_CHECKING:
    from app.platform.notifications import Notifications

_log = logging.getLogger("app.platform")

IDLE_POLL = 15.0  # seconds between samples of the idle time
POWER_POLL = 30.0  # the same of the source of power

Idle = Callable[[], Awaitable[float | None]]
Stop = Callable[[], Awaitable[None]]


class Adapter:
    """Owns this system's sources. ``system`` is a ``sys.platform``, given in tests.

    ``on_notification(key)`` is called when the person clicks the notification shown under ``key``.
    """

    def __init__(
        self,
        listener: PlatformListener,
        *,
        on_notification: Callable[[str], None] = lambda key: None,
        clock: Clock | None = None,
        system: str = sys.platform,
    ) -> None:
        self.capabilities = Capabilities()
        self._listener = listener
        self._on_notification = on_notification
        self._clock = clock or SystemClock()
        self._system = system
        self._foreground = False
        self._asleep_since: float | None = None
        self._holder = TaskHolder("platform")
        self._stops: list[Stop] = []
        self._idle: Idle | None = None
        self._notifications: Notifications | None = None

    async def start(self) -> None:
        """Start every source there is; each failure is a limit, none is an error."""
        starts = {"linux": self._start_linux, "win32": self._start_windows}
        await starts.get(self._system, self._start_macos)()
        application = QGuiApplication.instance()
        if isinstance(application, QGuiApplication):
            application.applicationStateChanged.connect(self._application_state)
            self._application_state(application.applicationState())
        if self._idle is not None:
            self.capabilities.idle = True
            self._holder.start(self._watch_idle(self._idle), "idle")
        self._holder.start(self._watch_power(), "power")
        for limit in self.capabilities.limits:
            _log.info("limited: %s", limit)

    async def stop(self) -> None:
        """Stop every source, in reverse order of starting."""
        application = QGuiApplication.instance()
        if isinstance(application, QGuiApplication):
            try:
                application.applicationStateChanged.disconnect(self._application_state)
            except RuntimeError:
                _log.debug("was not started")
        await self._holder.close()
        for stop in reversed(self._stops):
            await stop()
        self._stops.clear()

    async def notify(self, key: str, title: str, body: str, icon: str = "phobos") -> bool:
        """Show a desktop notification by the system's own way; False: use the tray's."""
        shown = self._notifications
        return await shown.notify(key, title, body, icon) if shown is not None else False

    async def withdraw(self, key: str) -> None:
        """Take a desktop notification away; what the tray showed goes by itself."""
        if self._notifications is not None:
            await self._notifications.withdraw(key)

    # -- what the sources say ---------------------------------------------------------------

    def _slept(self) -> None:
        self._asleep_since = self._clock.now()
        self._listener.on_sleep()

    def _woke(self) -> None:
        since, self._asleep_since = self._asleep_since, None
        self._listener.on_wake(self._clock.now() - since if since is not None else 0.0)

    def _network(self, kind: NetworkKind, label: str) -> None:
        _log.info("network: %s %s", kind.name, label)
        self._listener.on_network(kind, label)

    def _application_state(self, state: Qt.ApplicationState) -> None:
        foreground = state == Qt.ApplicationState.ApplicationActive
        if foreground != self._foreground:
            self._foreground = foreground
            self._listener.on_foreground(foreground)

    async def _watch_idle(self, idle: Idle) -> None:
        while True:
            self._listener.on_idle(await idle())
            await asyncio.sleep(IDLE_POLL)

    async def _watch_power(self) -> None:
        told: PowerSource | None = None
        while True:
            source = await asyncio.to_thread(read_power, self._system)
            if source is not told:
                told = source
                self.capabilities.power = source is not PowerSource.UNKNOWN
                self._listener.on_power(source)
            await asyncio.sleep(POWER_POLL)

    # -- starting ------------------------------------------------------------------------------

    def _start_qt_network(self, *, portals_only: bool) -> None:
        qt = QtNetwork(None if portals_only else self._network, self._listener.on_captive_portal)
        if not qt.start():
            self.capabilities.limit("Qt does not report the network's state on this system")
            return
        self.capabilities.captive_portal = qt.tells_portals
        if not portals_only:
            self.capabilities.network = True

        async def stop() -> None:
            qt.stop()

        self._stops.append(stop)

    async def _start_linux(self) -> None:
        from app.platform.dbus import BUS_FAILURES
        from app.platform.linux_network import LinuxNetwork
        from app.platform.logind import Logind
        from app.platform.session_bus import SessionBus

        network = LinuxNetwork(self._network)
        try:
            await network.start()
        except OSError as error:
            self.capabilities.limit(f"no netlink ({error}): network changes come only from Qt")
            self._start_qt_network(portals_only=False)
        else:
            self.capabilities.network = True

            async def stop_network() -> None:
                network.stop()

            self._stops.append(stop_network)
            self._start_qt_network(portals_only=True)

        logind = Logind(self._slept, self._woke)
        self._stops.append(logind.stop)
        try:
            await logind.start()
            self.capabilities.sleep = True
        except BUS_FAILURES as error:
            self.capabilities.limit(f"no logind ({error}): sleep is noticed only after waking")

        session = SessionBus(self._on_notification)
        self._stops.append(session.stop)
        try:
            await session.start()
        except BUS_FAILURES as error:
            self.capabilities.limit(f"no session bus ({error}): no idle time, plain notifications")
        else:
            self.capabilities.notifications = True
            self._notifications = session.notifications
            if session.tells_idle:
                self._idle = session.idle
            else:
                self.capabilities.limit("this desktop does not report the idle time")

    async def _start_windows(self) -> None:
        from app.platform import windows

        power: windows.SuspendNotifications | windows.PowerFilter
        power = windows.SuspendNotifications(self._slept, self._woke)
        if not power.start():
            power = windows.PowerFilter(self._slept, self._woke)
            power.start()
        self.capabilities.sleep = True

        async def stop() -> None:
            power.stop()

        async def idle() -> float | None:
            return windows.idle()

        self._stops.append(stop)
        self._idle = idle
        self._start_qt_network(portals_only=False)

    async def _start_macos(self) -> None:
        from app.platform import macos

        workspace = macos.WorkspaceEvents(self._slept, self._woke)
        try:
            workspace.start()
        except ImportError as error:
            self.capabilities.limit(f"no pyobjc ({error}): sleep is noticed only after waking")
        else:
            self.capabilities.sleep = True

        async def stop() -> None:
            workspace.stop()

        async def idle() -> float | None:
            return macos.idle()

        self._stops.append(stop)
        self._idle = idle
        self._start_qt_network(portals_only=False)
