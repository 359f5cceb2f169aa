"""Notifications of the Linux desktop (Desktop Notifications Specification 1.2).

One writer a key: a notification is changed by naming the id that the desktop gave it, so the answer
to one call is awaited before the next one for the same key leaves. What is asked for meanwhile
waits, and only the newest of it is shown.

===============  =====================================================================
a key            what a call for it does
===============  =====================================================================
is not shown     Notify with id 0: a new notification
is shown         Notify with its id: takes its place; CloseNotification takes it away
has a call out   the call waits; a newer one takes its place, and it ends as shown
was closed       (NotificationClosed) is not shown
===============  =====================================================================

The desktop may be another one any moment: a service that comes and goes takes what it showed, and
what it said about itself, with it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from dbus_fast import Message, MessageType, Variant

from app.platform.dbus import BUS_FAILURES

_log = logging.getLogger("app.platform.notifications")

NAME = "org.freedesktop.Notifications"
PATH = "/org/freedesktop/Notifications"
TIMEOUT = 5.0  # seconds for one answer; a desktop that hangs must not hold up the rest
_FAILURES = (*BUS_FAILURES, TimeoutError)
_BUS = "org.freedesktop.DBus"

RULES = (
    f"type='signal',interface='{NAME}'",
    f"type='signal',sender='{_BUS}',interface='{_BUS}',member='NameOwnerChanged',arg0='{NAME}'",
)
"""What to have the bus tell us."""

Call = Callable[[str, str, str, str, str, list[Any]], Awaitable[list[Any]]]
"""Calls a method: name, path, interface, member, signature, body; raises BUS_FAILURES."""


@dataclass(slots=True, eq=False)
class _Note:
    """One key's notification."""

    id: int = 0  # the desktop's; 0 is not shown
    wishes: int = 0  # calls made for it, ever: the newest alone counts
    calls: int = 0  # that have not ended
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


class Notifications:
    """Shows, replaces and withdraws notifications; ``on_activated`` gets a click's key."""

    def __init__(self, call: Call, on_activated: Callable[[str], None]) -> None:
        self._call = call
        self._on_activated = on_activated
        self._notes: dict[str, _Note] = {}
        self._keys: dict[int, str] = {}
        self._markup: bool | None = None  # whether bodies are markup; None: not asked yet

    async def notify(self, key: str, title: str, body: str, icon: str) -> bool:
        """Show (or replace) the notification ``key``; answers whether the desktop took it."""
        note = self._notes.setdefault(key, _Note())
        return await self._in_turn(key, note, lambda: self._show(key, note, title, body, icon))

    async def withdraw(self, key: str) -> None:
        """Take a notification away, if it is shown."""
        note = self._notes.get(key)
        if note is not None:
            await self._in_turn(key, note, lambda: self._close(note))

    async def _in_turn(self, key: str, note: _Note, act: Callable[[], Awaitable[None]]) -> bool:
        """Do ``act`` when those before it have ended, unless a newer one has come meanwhile."""
        note.wishes += 1
        note.calls += 1
        wish = note.wishes
        try:
            async with note.turn:
                if wish == note.wishes:
                    async with asyncio.timeout(TIMEOUT):
                        await act()
            return True
        except _FAILURES as error:
            _log.info("no notification: %s", error or type(error).__name__)
            return False
        finally:
            note.calls -= 1
            self._tidy(key, note)

    async def _show(self, key: str, note: _Note, title: str, body: str, icon: str) -> None:
        if self._markup is None:
            told = await self._call(NAME, PATH, NAME, "GetCapabilities", "", [])
            self._markup = "body-markup" in told[0]
        hints = {"desktop-entry": Variant("s", "phobos"), "category": Variant("s", "im.received")}
        text = _escaped(body) if self._markup else body
        arguments = ["Phobos", note.id, icon, title, text, ["default", ""], hints, -1]
        answer = await self._call(NAME, PATH, NAME, "Notify", "susssasa{sv}i", arguments)
        self._keys.pop(note.id, None)
        note.id = int(answer[0])
        self._keys[note.id] = key

    async def _close(self, note: _Note) -> None:
        number, note.id = note.id, 0
        if self._keys.pop(number, None) is not None:
            await self._call(NAME, PATH, NAME, "CloseNotification", "u", [number])

    def _tidy(self, key: str, note: _Note) -> None:
        """Forget a key that nothing is shown for and nobody waits for."""
        if not note.id and not note.calls and self._notes.get(key) is note:
            del self._notes[key]

    def received(self, message: Message) -> None:
        """A message of the bus, ours or not."""
        if message.message_type is not MessageType.SIGNAL or not message.body:
            return
        if message.interface == _BUS and message.member == "NameOwnerChanged":
            if message.body[0] == NAME:
                self._forget_desktop()
        elif message.interface == NAME:
            key = self._keys.get(message.body[0])
            if key is None:
                return
            if message.member == "ActionInvoked":
                self._on_activated(key)
            elif message.member == "NotificationClosed":
                self._closed(message.body[0], key)

    def _closed(self, number: int, key: str) -> None:
        del self._keys[number]
        note = self._notes.get(key)
        if note is not None and note.id == number:
            note.id = 0
            self._tidy(key, note)

    def _forget_desktop(self) -> None:
        self._markup = None
        for number, key in list(self._keys.items()):
            self._closed(number, key)


def _escaped(text: str) -> str:
    """A body where the desktop takes bodies for markup (specification, section 4)."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
