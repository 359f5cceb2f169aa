"""One address to try, and where it came from (``IPPortItem`` in ``mars/stn/stn.h``)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class AddressSource(IntEnum):
    """Where an address came from (``IPSourceType``)."""

    NULL = 0
    DEBUG = 1
    DNS = 2
    NEWDNS = 3
    PROXY = 4
    BACKUP = 5


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An IP address and port of a host. ``ip`` is numeric, v4 or v6 without brackets."""

    ip: str
    port: int
    host: str = ""
    source: AddressSource = AddressSource.NULL

    @property
    def is_v6(self) -> bool:
        """Whether the address is IPv6."""
        return ":" in self.ip

    def __str__(self) -> str:
        return f"[{self.ip}]:{self.port}" if self.is_v6 else f"{self.ip}:{self.port}"
