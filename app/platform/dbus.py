"""Joining, asking and leaving a D-Bus, with one set of failures to expect."""

from __future__ import annotations

import contextlib
from typing import Any

from dbus_fast import BusType, Message, MessageType
from dbus_fast.aio import MessageBus
from dbus_fast.errors import DBusFastError

# What a missing, refusing or vanishing bus raises, whichever way it goes wrong.
BUS_FAILURES = (OSError, DBusFastError, EOFError, ValueError)


async def join(kind: BusType, address: str | None, *, fds: bool = False) -> MessageBus:
    """Connect to the system or session bus, or to ``address``. Raises BUS_FAILURES."""
    bus = MessageBus(bus_address=address, bus_type=kind, negotiate_unix_fd=fds)
    try:
        return await bus.connect()
    except BaseException:
        # dbus-fast leaves the socket open where connecting fails half-way
        if bus._sock is not None:
            bus._sock.close()
        raise


async def call(
    bus: MessageBus | None,
    name: str,
    path: str,
    interface: str,
    member: str,
    signature: str,
    body: list[Any],
) -> Message:
    """Call a method and give its answer; an error answer is raised as OSError, saying why."""
    if bus is None:
        raise OSError("not connected to the bus")
    answer = await bus.call(
        Message(
            destination=name,
            path=path,
            interface=interface,
            member=member,
            signature=signature,
            body=body,
        )
    )
    if answer is None or answer.message_type is MessageType.ERROR:
        reason = answer.body[0] if answer is not None and answer.body else "no answer"
        raise OSError(f"{member}: {reason}")
    return answer


async def leave(bus: MessageBus | None) -> None:
    """Disconnect and wait until the socket is closed."""
    if bus is None or not bus.connected:
        return
    bus.disconnect()
    with contextlib.suppress(*BUS_FAILURES):
        await bus.wait_for_disconnect()  # type: ignore[no-untyped-call]  # left so by dbus-fast
