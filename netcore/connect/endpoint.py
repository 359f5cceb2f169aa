"""One address to try, and where it came from (``IPPortItem`` in ``mars/stn/stn.h``)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum


class AddressSource(IntEnum):
    """Where an address came from (``IPSourceType``)."""

    NULL = 0
    DEBUG = 1
    DNS = 2
    NEWDNS = 3
    PROXY = 4
    BACKUP = 5


class Carrier(StrEnum):
    """What takes a link's bytes to the peer (``transport_protocol`` in ``mars/stn/stn.h``)."""

    TCP = "tcp"  # with TLS unless that is off
    WEBSOCKET = "websocket"  # RFC 6455, on the short link's port
    QUIC = "quic"  # RFC 9000, one stream per task


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An IP address and port of a host. ``ip`` is numeric, v4 or v6 without brackets."""

    ip: str
    port: int
    host: str = ""
    source: AddressSource = AddressSource.NULL
    carrier: Carrier = Carrier.TCP

    @property
    def is_v6(self) -> bool:
        """Whether the address is IPv6."""
        return ":" in self.ip

    @property
    def label(self) -> str:
        """The address for people, with its carrier where that is not TCP."""
        return str(self) if self.carrier is Carrier.TCP else f"{self} ({self.carrier})"

    def __str__(self) -> str:
        return f"[{self.ip}]:{self.port}" if self.is_v6 else f"{self.ip}:{self.port}"


def traffic_name(link: str, carrier: Carrier) -> str:
    """Under which a link's bytes are counted."""
    return link if carrier is Carrier.TCP else f"{link} ({carrier})"
