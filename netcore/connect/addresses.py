"""What is said about addresses: the app's settings, and the events of finding and using them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from netcore import checking
from netcore.connect.resolver import DNS_TIMEOUT
from netcore.observe import Event

NewDns = Callable[[str, bool, Mapping[str, str]], Sequence[str] | Awaitable[Sequence[str]]]
"""``(host, longlink, extra_info)`` to addresses, none to leave it to the DNS."""
OnResolved = Callable[[str, float, Sequence[str], str], None]
"""``(host, seconds, addresses, error)`` of each look-up; ``error`` is "" when it went well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NameResolved(Event):
    """A host was looked up (Mars's ``DnsProfile``); ``kind`` is "newdns" or the resolver's."""

    host: str
    kind: str
    addresses: tuple[str, ...]
    seconds: float
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointsChosen(Event):
    """The addresses to be tried for hosts, in order, each with its source's name."""

    hosts: tuple[str, ...]
    longlink: bool
    addresses: tuple[str, ...]
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointReported(Event):
    """The outcome of using an address, or (without a port) that its server asks not to be used.

    ``banned_for`` is in seconds, 0 when it is not banned.
    """

    address: str
    ok: bool
    banned_for: float


@dataclass(slots=True)
class SourcesSettings:
    """What the app says about addresses; all of it may be changed at run time.

    ``debug_ips`` and ``backup_ips`` are by host, ``cgi_debug`` by cgi. ``dns_timeout`` and
    ``new_dns_timeout`` are in seconds. Raises :class:`~netcore.errors.ConfigError` for one string
    in place of several, and for a name in place of an address.
    """

    longlink_hosts: list[str] = field(default_factory=list)
    longlink_ports: list[int] = field(default_factory=list)
    longlink_debug_ip: str = ""
    minorlong_debug_ip: str = ""
    low_priority_ports: list[int] = field(default_factory=list)
    shortlink_port: int = 80
    shortlink_debug_ip: str = ""
    debug_ips: dict[str, str] = field(default_factory=dict)
    cgi_debug: dict[str, tuple[str, int]] = field(default_factory=dict)
    backup_ips: dict[str, list[str]] = field(default_factory=dict)
    dns_timeout: float = DNS_TIMEOUT
    new_dns_timeout: float = 2.0

    def __post_init__(self) -> None:
        self.longlink_hosts = list(checking.strings("longlink_hosts", self.longlink_hosts))
        self.longlink_ports = list(checking.ports("longlink_ports", self.longlink_ports))
        low = checking.ports("low_priority_ports", self.low_priority_ports)
        self.low_priority_ports = list(low)
        for host, ips in self.backup_ips.items():
            self.backup_ips[host] = list(checking.addresses(f"backup_ips[{host!r}]", ips))
