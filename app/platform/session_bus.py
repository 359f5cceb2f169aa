"""The Linux desktop's session bus: idle time and notifications.

Idle time comes from whichever of GNOME's IdleMonitor and the freedesktop ScreenSaver answers;
notifications are :mod:`app.platform.notifications`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from dbus_fast import BusType
from dbus_fast.aio import MessageBus

from app.platform.dbus import BUS_FAILURES, call, join, leave
from app.platform.notifications import RULES, Notifications

_log = logging.getLogger("app.platform.session_bus")

# name, path, interface, member; each answers milliseconds since the last key or pointer
_IDLE_SOURCES = (
    (
        "org.gnome.Mutter.IdleMonitor",
        "/org/gnome/Mutter/IdleMonitor/Core",
        "org.gnome.Mutter.IdleMonitor",
        "GetIdletime",
    ),
    (
        "org.freedesktop.ScreenSaver",
        "/org/freedesktop/ScreenSaver",
        "org.freedesktop.ScreenSaver",
        "GetSessionIdleTime",
    ),
)


class SessionBus:
    """Asks for the idle time and shows notifications; ``start`` raises BUS_FAILURES if no bus."""

    def __init__(
        self, on_activated: Callable[[str], None], *, bus_address: str | None = None
    ) -> None:
        self.notifications = Notifications(self._call, on_activated)
        self._address = bus_address
        self._bus: MessageBus | None = None
        self._idle_source: tuple[str, str, str, str] | None = None

    async def start(self) -> None:
        """Connect, and find out who can tell the idle time."""
        bus = self._bus = await join(BusType.SESSION, self._address)
        bus.add_message_handler(self.notifications.received)
        daemon = ("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus")
        for rule in RULES:
            await self._call(*daemon, "AddMatch", "s", [rule])
        for source in _IDLE_SOURCES:
            if await self._idle_from(source) is not None:
                self._idle_source = source
                break

    @property
    def tells_idle(self) -> bool:
        """Whether :meth:`idle` can answer on this desktop."""
        return self._idle_source is not None

    async def idle(self) -> float | None:
        """Seconds since the person last touched the machine; None where nobody knows."""
        return await self._idle_from(self._idle_source) if self._idle_source else None

    async def _idle_from(self, source: tuple[str, str, str, str]) -> float | None:
        try:
            body = await self._call(*source, "", [])
        except BUS_FAILURES:
            return None
        return int(body[0]) / 1000.0 if body else None

    async def _call(
        self, name: str, path: str, interface: str, member: str, signature: str, body: list[Any]
    ) -> list[Any]:
        answer = await call(self._bus, name, path, interface, member, signature, body)
        return list(answer.body)

    async def stop(self) -> None:
        """Leave the bus."""
        bus, self._bus = self._bus, None
        await leave(bus)
