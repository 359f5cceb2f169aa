"""Sleep and wake by logind's ``PrepareForSleep`` (org.freedesktop.login1, systemd-logind)."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from typing import Any

from dbus_fast import BusType, Message, MessageType
from dbus_fast.aio import MessageBus

from app.platform.dbus import BUS_FAILURES, call, join, leave
from netcore.runtime.task_holder import TaskHolder

_log = logging.getLogger("app.platform.logind")

NAME = "org.freedesktop.login1"
PATH = "/org/freedesktop/login1"
INTERFACE = "org.freedesktop.login1.Manager"


class Logind:
    """Calls ``on_sleep()`` before the machine sleeps and ``on_wake()`` after.

    A delay inhibitor holds the sleep until ``on_sleep`` has returned, so the link can be closed in
    order and the log flushed; it is released at once and taken again after waking.
    ``start`` raises one of :data:`BUS_FAILURES` where there is no system bus or no logind.
    """

    def __init__(
        self,
        on_sleep: Callable[[], None],
        on_wake: Callable[[], None],
        *,
        bus_address: str | None = None,
    ) -> None:
        self._on_sleep = on_sleep
        self._on_wake = on_wake
        self._address = bus_address
        self._bus: MessageBus | None = None
        self._inhibitor: int | None = None
        self._asleep = False  # or about to be
        self._holder = TaskHolder("logind")

    async def start(self) -> None:
        """Connect, subscribe and take the inhibitor; without the last we live, a little ruder."""
        bus = self._bus = await join(BusType.SYSTEM, self._address, fds=True)
        bus.add_message_handler(self._received)
        rule = f"type='signal',sender='{NAME}',interface='{INTERFACE}',member='PrepareForSleep'"
        await self._ask_bus("AddMatch", "s", [rule])
        if not await self._ask_bus("NameHasOwner", "s", [NAME]):
            await self._ask_bus("StartServiceByName", "su", [NAME, 0])
        await self._inhibit()

    async def _ask_bus(self, member: str, signature: str, body: list[Any]) -> Any:
        bus = "org.freedesktop.DBus"
        answer = await call(self._bus, bus, "/org/freedesktop/DBus", bus, member, signature, body)
        return answer.body[0] if answer.body else None

    async def _inhibit(self) -> None:
        try:
            what = ["sleep", "Phobos", "closes its connection in order", "delay"]
            answer = await call(self._bus, NAME, PATH, INTERFACE, "Inhibit", "ssss", what)
            inhibitor = answer.unix_fds[answer.body[0]]
        except (*BUS_FAILURES, IndexError) as error:
            _log.info("no sleep inhibitor: %s", error)
            return
        if self._asleep or self._inhibitor is not None:
            os.close(inhibitor)  # asked for before the machine went to sleep, or asked for twice
        else:
            self._inhibitor = inhibitor

    def _release(self) -> None:
        if self._inhibitor is not None:
            os.close(self._inhibitor)
            self._inhibitor = None

    def _received(self, message: Message) -> None:
        wanted = (message.interface, message.member) == (INTERFACE, "PrepareForSleep")
        if not wanted or message.message_type is not MessageType.SIGNAL:
            return
        if message.signature != "b":
            _log.warning("a PrepareForSleep of another form: %r", message.signature)
            return
        going_down = bool(message.body[0])
        _log.info("logind says: %s", "going to sleep" if going_down else "awake")
        self._asleep = going_down
        if going_down:
            try:
                self._on_sleep()
            finally:
                self._release()
        else:
            self._on_wake()
            self._take_again()

    def _take_again(self) -> None:
        """Ask for the inhibitor of the next sleep; the answer is handled when it comes."""
        if self._bus is not None and self._inhibitor is None:
            self._holder.start(self._inhibit(), "inhibit")

    async def stop(self) -> None:
        """Release the inhibitor and leave the bus."""
        await self._holder.close()
        self._release()
        bus, self._bus = self._bus, None
        await leave(bus)
