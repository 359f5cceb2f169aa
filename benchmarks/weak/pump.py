"""The process that carries packets between two TUN devices, as :mod:`benchmarks.wire` decides.

``python -m benchmarks.weak.pump CLIENT_DEVICE SERVER_DEVICE SEED`` makes the devices (the caller
moves them into their namespaces), says ``{"event": "ready"}``, and obeys one JSON object a line:

- ``{"do": "change", "up": {...}, "down": {...}, "firewall": {...}}``: other conditions
- ``{"do": "forget"}``: the NAT loses its table
- ``{"do": "counts"}``: says what entered the wire so far, by port

It ends with its standard input. One thread, one ``epoll``, two system calls and a few microseconds
of decisions for each packet: some 20,000 packets a second on one core, where a run has hundreds.
"""

from __future__ import annotations

import fcntl
import json
import os
import select
import struct
import sys
import time
from dataclasses import asdict
from typing import Any

from benchmarks.wire import NEVER, Burst, Conditions, Dark, Firewall, Side, Wire

TUNSETIFF = 0x400454CA
IFF_TUN, IFF_NO_PI = 0x0001, 0x1000
_SIZE = 65535
_BATCH = 64  # packets read from one device before the other gets its turn


def open_tun(name: str) -> int:
    """A new TUN device's descriptor, not blocking."""
    device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TUN | IFF_NO_PI))
    return device


def as_json(conditions: Conditions | Firewall) -> dict[str, Any]:
    """What :func:`conditions_from` and :func:`firewall_from` read."""
    made = asdict(conditions)
    if isinstance(conditions, Firewall):
        made["tcp_ports"] = sorted(conditions.tcp_ports)
    return made


def conditions_from(found: dict[str, Any]) -> Conditions:
    """The conditions of a JSON object."""
    burst, dark = found.pop("burst", None), found.pop("dark", None)
    return Conditions(
        burst=Burst(**burst) if burst else None, dark=Dark(**dark) if dark else None, **found
    )


def firewall_from(found: dict[str, Any]) -> Firewall:
    """The firewall of a JSON object."""
    return Firewall(tcp_ports=frozenset(found.pop("tcp_ports", ())), **found)


class Pump:
    """The loop; see the module's docstring."""

    def __init__(self, client: str, server: str, seed: int) -> None:
        self._wire = Wire(Conditions(), Conditions(), seed)
        self._tun = {Side.CLIENT: open_tun(client), Side.SERVER: open_tun(server)}
        self._side = {descriptor: side for side, descriptor in self._tun.items()}
        self._lines = b""

    def run(self) -> None:
        """Carry packets until the standard input ends."""
        poll = select.epoll()
        for descriptor in (0, *self._side):
            poll.register(descriptor, select.EPOLLIN)
        while True:
            deadline = self._wire.deadline()
            wait = -1.0 if deadline == NEVER else max(0.0, deadline - time.monotonic())
            for descriptor, _ in poll.poll(wait):
                if descriptor:
                    self._take_in(descriptor)
                elif not self._obey():
                    return
            self._give_out()

    def _take_in(self, descriptor: int) -> None:
        side, enter = self._side[descriptor], self._wire.enter
        for _ in range(_BATCH):
            try:
                data = os.read(descriptor, _SIZE)
            except BlockingIOError:
                return
            except OSError:  # the interface is down
                return
            enter(time.monotonic(), side, data)

    def _give_out(self) -> None:
        for side, data in self._wire.leave(time.monotonic()):
            other = Side.SERVER if side is Side.CLIENT else Side.CLIENT
            try:
                os.write(self._tun[other], data)
            except OSError:  # the interface is down, or its queue is full: lost, as on any wire
                continue

    def _obey(self) -> bool:
        data = os.read(0, 65536)
        *lines, self._lines = (self._lines + data).split(b"\n")
        for line in lines:
            command = json.loads(line)
            match command["do"]:
                case "change":
                    self._wire.change(
                        conditions_from(command["up"]),
                        conditions_from(command["down"]),
                        firewall_from(command["firewall"]),
                    )
                case "forget":
                    self._wire.forget()
                case "counts":
                    counts = {port: asdict(count) for port, count in self._wire.counts.items()}
                    say({"event": "counts", "counts": counts})
        return bool(data)


def say(event: dict[str, Any]) -> None:
    """A line for the caller."""
    print(json.dumps(event), flush=True)


if __name__ == "__main__":
    pump = Pump(sys.argv[1], sys.argv[2], int(sys.argv[3]))
    say({"event": "ready"})
    pump.run()
