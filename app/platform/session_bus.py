"""The Linux desktop's session bus: idle time and notifications.

Idle time comes from whichever of GNOME's IdleMonitor and the freedesktop ScreenSaver answers;
notifications go to org.freedesktop.Notifications (Desktop Notifications Specification 1.2).
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from dbus_fast import BusType, Message, MessageType, Variant
from dbus_fast.aio import MessageBus

from app.platform.dbus import BUS_FAILURES, call, join, leave

_log = logging.getLogger("app.platform.session_bus")

_NOTIFICATIONS = "org.freedesktop.Notifications"
_NOTIFICATIONS_PATH = "/org/freedesktop/Notifications"

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
        self._on_activated = on_activated
        self._address = bus_address
        self._bus: MessageBus | None = None
        self._idle_source: tuple[str, str, str, str] | None = None
        self._shown: dict[int, str] = {}  # notification id -> our key
        self._ids: dict[str, int] = {}

    async def start(self) -> None:
        """Connect, and find out who can tell the idle time."""
        bus = self._bus = await join(BusType.SESSION, self._address)
        bus.add_message_handler(self._received)
        await self._call(
            "org.freedesktop.DBus",
            "/org/freedesktop/DBus",
            "org.freedesktop.DBus",
            "AddMatch",
            "s",
            [f"type='signal',interface='{_NOTIFICATIONS}'"],
        )
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

    async def notify(self, key: str, title: str, body: str, icon: str) -> bool:
        """Show (or replace) the notification ``key``; answers whether the desktop took it."""
        hints = {"desktop-entry": Variant("s", "phobos"), "category": Variant("s", "im.received")}
        arguments = [
            "Phobos", self._ids.get(key, 0), icon, title, _plain(body), ["default", ""], hints, -1,
        ]  # fmt: skip
        try:
            answer = await self._call(
                _NOTIFICATIONS, _NOTIFICATIONS_PATH, _NOTIFICATIONS, "Notify", "susssasa{sv}i",
                arguments,
            )  # fmt: skip
        except BUS_FAILURES as error:
            _log.info("no notification: %s", error)
            return False
        self._ids[key] = answer[0]
        self._shown[answer[0]] = key
        return True

    async def _call(
        self, name: str, path: str, interface: str, member: str, signature: str, body: list[Any]
    ) -> list[Any]:
        answer = await call(self._bus, name, path, interface, member, signature, body)
        return list(answer.body)

    def _received(self, message: Message) -> None:
        if message.interface != _NOTIFICATIONS or message.message_type is not MessageType.SIGNAL:
            return
        if not message.body or message.body[0] not in self._shown:
            return
        key = self._shown[message.body[0]]
        if message.member == "ActionInvoked":
            self._on_activated(key)
        elif message.member == "NotificationClosed":
            del self._shown[message.body[0]]
            self._ids.pop(key, None)

    async def stop(self) -> None:
        """Leave the bus."""
        bus, self._bus = self._bus, None
        await leave(bus)


def _plain(text: str) -> str:
    """The body of a notification may be markup (specification, section 4): ours is not."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
