"""What a diagnosis is to check, and within which times (``mars/sdt/constants.h``)."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from netcore import checking
from netcore.connect.proxies import Proxies
from netcore.connect.proxy import Proxy
from netcore.connect.tls import TlsSettings
from netcore.errors import ConfigError

PING_COUNT = 2
PING_TIMEOUT = 4.0
PING_INTERVAL = 1.0
DNS_TIMEOUT = 3.0
TCP_TIMEOUT = 5.0
HTTP_TIMEOUT = 5.0
PATH_TIMEOUT = 12.0  # for the whole traceroute; Mars has none

# Answers "success\n" over plain HTTP; a portal answers something else, or redirects.
PORTAL_URL = "http://detectportal.firefox.com/success.txt"
PORTAL_ANSWER = b"success"
DOH_URL = "https://1.1.1.1/dns-query"


@dataclass(slots=True)
class DiagnosisPlan:
    """The targets of one diagnosis. An empty field leaves its check out.

    ``proxies`` choose the way to the server: hand in ``NetCore.proxies`` to check the very path
    that the messages take; ``proxy`` is one for this diagnosis alone, and has precedence.

    ``host`` is the chat server; its ports are checked with a noop (long link) and a request (short
    link). ``gateways`` and ``dns_servers`` as None mean "those of this machine". Times in seconds.
    """

    host: str = ""
    longlink_ports: tuple[int, ...] = (8081,)
    shortlink_ports: tuple[int, ...] = (8080,)
    longlink_tls: TlsSettings | None = None
    shortlink_tls: TlsSettings | None = None
    shortlink_path: str = "/"
    client_version: int = 200
    gateways: tuple[str, ...] | None = None
    dns_servers: tuple[str, ...] | None = None
    doh_url: str = DOH_URL
    portal_url: str = PORTAL_URL
    portal_answer: bytes = PORTAL_ANSWER
    proxy: Proxy | None = None
    proxies: Proxies | None = None
    trace: bool = True

    ping_count: int = PING_COUNT
    ping_timeout: float = PING_TIMEOUT
    ping_interval: float = PING_INTERVAL
    dns_timeout: float = DNS_TIMEOUT
    tcp_timeout: float = TCP_TIMEOUT
    http_timeout: float = HTTP_TIMEOUT
    path_timeout: float = PATH_TIMEOUT
    max_hops: int = 30
    path_port: int = 33434  # traceroute's; each hop adds one

    extra_hosts: list[str] = field(default_factory=list)  # looked up besides ``host``

    def check(self) -> None:
        """Raise :class:`~netcore.errors.ConfigError` for what cannot be run, before anything is."""
        checking.ports("longlink_ports", self.longlink_ports)
        checking.ports("shortlink_ports", self.shortlink_ports)
        checking.addresses("gateways", self.gateways or ())
        checking.addresses("dns_servers", self.dns_servers or ())
        checking.strings("extra_hosts", self.extra_hosts)
        for name, url, scheme in (
            ("doh", self.doh_url, "https"),
            ("portal", self.portal_url, "http"),
        ):
            parts = urlsplit(url)
            if url and (parts.scheme != scheme or not parts.hostname):
                raise ConfigError(f"{name}: {url!r} is no {scheme}:// address")
        for tls in (self.longlink_tls, self.shortlink_tls):
            if tls is not None:
                tls.context()
