"""A datagram to a link's address: holds a NAT's entry and wakes a radio, and expects nothing."""

from __future__ import annotations

import logging
import socket

_log = logging.getLogger("netcore.longlink")


class UdpHint:
    """One UDP socket, opened when needed, for one link."""

    __slots__ = ("_link", "_socket")

    def __init__(self, link: str) -> None:
        self._link = link
        self._socket: socket.socket | None = None

    def send(self, data: bytes, ip: str, port: int) -> bool:
        """Send a datagram to a numeric address; whether the system took it."""
        if not ip or not port:
            return False
        family = socket.AF_INET6 if ":" in ip else socket.AF_INET
        if self._socket is not None and self._socket.family != family:
            self.close()
        try:
            if self._socket is None:
                self._socket = socket.socket(family, socket.SOCK_DGRAM)
                self._socket.setblocking(False)
            self._socket.sendto(data, (ip, port))
        except OSError as error:  # a hint to the network: never worth more than a line
            _log.debug("%s: signalling failed: %s", self._link, error)
            return False
        return True

    def close(self) -> None:
        """Close the socket, if it is open."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None
