"""Proxies: what they are (``mars/app/app.h``, ``ProxyInfo``).

Two kinds carry any TCP stream: an HTTP proxy by its CONNECT method, and SOCKS5, both with a user
name and password if asked. Without TLS the short link asks an HTTP proxy for the whole URL instead
(:mod:`netcore.shortlink.link`), since many allow no tunnel to a plain port. Which one is used for a
host is for :mod:`netcore.connect.proxies` to say.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import quote, unquote, urlsplit

from netcore.errors import ConfigError

_SCHEMES: dict[str, Literal["http", "socks5"]] = {
    "": "http",
    "http": "http",
    "socks": "socks5",
    "socks5": "socks5",
    "socks5h": "socks5",
}
_DEFAULT_PORTS = {"http": 8080, "socks5": 1080}


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy server. Raises :class:`~netcore.errors.ConfigError` for one that cannot be used."""

    kind: Literal["http", "socks5"]
    host: str
    port: int
    username: str = ""
    password: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        if self.kind not in ("http", "socks5"):
            raise ConfigError(f"proxy: kind must be http or socks5, not {self.kind!r}")
        if not self.host or any(each.isspace() for each in self.host):
            raise ConfigError("proxy: give the proxy's host name or address")
        if not 0 < self.port < 65536:
            raise ConfigError(f"proxy: the port must be 1 to 65535, not {self.port}")
        if self.password and not self.username:
            raise ConfigError("proxy: a password needs a user name")
        if self.kind == "http" and ":" in self.username:
            raise ConfigError("proxy: the user name of an HTTP proxy cannot contain ':'")
        if self.kind == "socks5":
            for name, value in (("user name", self.username), ("password", self.password)):
                if len(value) > 255 or not value.isascii():
                    raise ConfigError(
                        f"proxy: the {name} of a SOCKS5 proxy must be ASCII, 255 letters at most"
                    )
            if self.username and not self.password:
                raise ConfigError("proxy: a SOCKS5 user name needs a password")

    @classmethod
    def from_url(cls, url: str) -> Proxy:
        """A proxy from ``http://user:password@host:port`` or ``socks5://...``.

        The scheme may be left out (http is meant), and the port (8080, 1080).
        """
        text = url.strip()
        try:
            parts = urlsplit(text if "://" in text else f"//{text}")
            port = parts.port
        except ValueError as error:
            raise ConfigError(f"proxy: {_hidden(text)!r} is no proxy address ({error})") from None
        kind = _SCHEMES.get(parts.scheme.lower())
        if kind is None:
            raise ConfigError(
                f"proxy: {parts.scheme!r} is not supported; give http://host:port "
                "or socks5://host:port"
            )
        if not parts.hostname:
            raise ConfigError(f"proxy: {_hidden(text)!r} names no host; give http://host:port")
        return cls(
            kind,
            parts.hostname,
            _DEFAULT_PORTS[kind] if port is None else port,
            unquote(parts.username or ""),
            unquote(parts.password or ""),
        )

    @property
    def url(self) -> str:
        """The proxy as a URL, credentials included; for settings, not for logs."""
        login = ""
        if self.username:
            login = f"{quote(self.username, safe='')}:{quote(self.password, safe='')}@"
        return f"{self.kind}://{login}{self._authority}"

    @property
    def _authority(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.kind}://{self._authority}"


def _hidden(url: str) -> str:
    """The URL without what could be a password, for messages."""
    scheme, mark, rest = url.rpartition("://")
    return f"{scheme}{mark}{rest.rpartition('@')[2]}"
