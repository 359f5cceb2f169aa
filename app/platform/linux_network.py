"""Address, link and route changes by rtnetlink: works with and without NetworkManager."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import socket
from collections.abc import Callable
from pathlib import Path

from app.platform import netlink
from netcore.events import NetworkKind

_log = logging.getLogger("app.platform.network")

SETTLE = 0.05  # seconds; one `ip link set up` is a burst of messages, told as one change
_ARPHRD_WWAN = {"519", "530", "65534"}  # raw-ip, qmi and tunnel-like modem interfaces

OnChange = Callable[[NetworkKind, str], None]


def kind_of(name: str, sys_net: Path = Path("/sys/class/net")) -> NetworkKind:
    """Wi-Fi, mobile or wired, from what the kernel says of the interface ``name``."""
    place = sys_net / name
    if (place / "wireless").exists() or (place / "phy80211").exists():
        return NetworkKind.WIFI
    try:
        device_type = (place / "type").read_text("ascii").strip()
        facts = (place / "uevent").read_text("ascii", "replace")
    except OSError:
        return NetworkKind.OTHER
    if "DEVTYPE=wwan" in facts or name.startswith(("wwan", "ppp")):
        return NetworkKind.MOBILE
    if device_type == "1":
        return NetworkKind.WIRED
    return NetworkKind.MOBILE if device_type in _ARPHRD_WWAN else NetworkKind.OTHER


class LinuxNetwork:
    """Watches a netlink socket and calls ``on_change(kind, label)`` when the way out changes.

    ``label`` is "interface gateway" so that two networks on one card are told apart. The state at
    :meth:`start` is told once. Raises OSError from :meth:`start` where netlink is not available.
    """

    def __init__(self, on_change: OnChange) -> None:
        self._on_change = on_change
        self._networks = netlink.Networks()
        self._socket: socket.socket | None = None
        self._told: tuple[object, ...] | None = None
        self._pending: asyncio.TimerHandle | None = None
        self._dumps: list[int] = []

    async def start(self) -> None:
        """Subscribe, then ask for the state as it is."""
        link = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, 0)
        try:
            link.setblocking(False)
            link.bind((0, netlink.GROUPS))
        except OSError:
            link.close()
            raise
        self._socket = link
        asyncio.get_running_loop().add_reader(link.fileno(), self._readable)
        self._dump()

    def _dump(self) -> None:
        """Start over from the kernel's own picture (also after messages were lost)."""
        self._networks = netlink.Networks()
        self._dumps = [netlink.GETLINK, netlink.GETADDR, netlink.GETROUTE]
        self._ask()

    def _ask(self) -> None:
        # The kernel takes one dump at a time on a socket.
        if self._socket is not None and self._dumps:
            kind = self._dumps.pop(0)
            self._socket.send(netlink.dump_request(kind, kind))

    def _readable(self) -> None:
        assert self._socket is not None
        while True:
            try:
                data = self._socket.recv(1 << 17)
            except BlockingIOError:
                break
            except OSError as error:
                if error.errno == errno.ENOBUFS:
                    _log.info("netlink dropped messages; reading the whole state again")
                    self._dump()
                    continue
                _log.warning("netlink failed: %s", os.strerror(error.errno or 0))
                self.stop()
                return
            if self._networks.apply(data):
                self._ask()
        if self._pending is None:
            loop = asyncio.get_running_loop()
            self._pending = loop.call_later(SETTLE, self._settled)

    def _settled(self) -> None:
        self._pending = None
        state = self._networks.fingerprint()
        if state == self._told:
            return
        self._told = state
        way = self._networks.in_use()
        if way is None:
            self._on_change(NetworkKind.NONE, "")
            return
        interface, gateway = way
        self._on_change(kind_of(interface.name), f"{interface.name} {gateway}".strip())

    def stop(self) -> None:
        """Close the socket; no call comes after."""
        if self._pending is not None:
            self._pending.cancel()
            self._pending = None
        if self._socket is not None:
            asyncio.get_running_loop().remove_reader(self._socket.fileno())
            self._socket.close()
            self._socket = None
