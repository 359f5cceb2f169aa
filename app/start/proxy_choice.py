"""The person's choice of a proxy, and netcore's settings made of it, without Qt.

The app, its diagnoses and ``phobos export-diagnostics`` all make their settings here, so that a
diagnosis takes the way that the messages take. The password is in a file of its own beside the
log-in, for the owner's eyes alone (0600), as the log-in's token is (:mod:`app.chat.log_in_file`).
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from netcore.connect.proxies import FindProxy
    from netcore.connect.proxy import Proxy
    from netcore.settings import Settings

_log = logging.getLogger("app.start.proxy_choice")


class ProxyMode(StrEnum):
    """Which proxy is used."""

    SYSTEM = "system"  # the one that this computer is set up with, if any
    NONE = "none"
    OWN = "own"


KINDS = ("http", "socks5")


@dataclass(frozen=True, slots=True)
class ProxyChoice:
    """What the settings say; all but ``mode`` is of a proxy of one's own."""

    mode: ProxyMode = ProxyMode.SYSTEM
    kind: str = "http"
    host: str = ""
    port: int = 8080
    user: str = ""

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> ProxyChoice:
        """From the settings' section "proxy"; what is damaged or missing is the default."""
        mode, kind = str(kept.get("mode", "")), str(kept.get("kind", ""))
        port = str(kept.get("port", ""))
        return cls(
            ProxyMode(mode) if mode in set(ProxyMode) else ProxyMode.SYSTEM,
            kind if kind in KINDS else "http",
            str(kept.get("host", "")),
            int(port) if port.isascii() and port.isdecimal() and len(port) < 6 else 8080,
            str(kept.get("user", "")),
        )

    def proxy(self, password: str) -> Proxy | None:
        """The proxy of one's own, None in the other modes.

        Raises :class:`~netcore.errors.ConfigError` for one that cannot be used.
        """
        from netcore.connect.proxy import Proxy

        if self.mode is not ProxyMode.OWN:
            return None
        host = self.host.strip().removeprefix("[").removesuffix("]")
        kind: Literal["socks5", "http"] = "socks5" if self.kind == "socks5" else "http"
        return Proxy(kind, host, self.port, self.user, password if self.user else "")


def load_password(path: Path) -> str:
    """The kept password; "" when there is none."""
    from netcore.connect.store import load_json

    password = load_json(path).get("password")
    return password if isinstance(password, str) else ""


def save_password(path: Path, password: str) -> None:
    """Keep the password in a file for the owner alone; "" keeps none. A failure is logged."""
    from netcore.connect.store import save_json

    if password:
        save_json(path, {"password": password})
        return
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        _log.warning("%s cannot be removed: %s", path, error)


def way_of(choice: ProxyChoice, password: str) -> tuple[Proxy | None, FindProxy | None]:
    """``proxy`` and ``find_proxy`` of netcore's settings.

    A proxy of one's own that cannot be used is logged, and the system's is used in its place.
    """
    from netcore.errors import ConfigError

    if choice.mode is ProxyMode.NONE:
        return None, None
    try:
        own = choice.proxy(password)
    except ConfigError as error:
        _log.warning("the proxy in the settings cannot be used: %s", error)
        own = None
    if own is not None:
        return own, None
    from app.platform.system_proxy import find_proxy

    return None, find_proxy


def connection_settings(
    host: str,
    longlink_port: int,
    shortlink_port: int,
    *,
    plain: bool,
    pins: frozenset[str],
    choice: ProxyChoice,
    password: str,
    folder: Path | None = None,
) -> Settings:
    """Netcore's settings for one chat server.

    Raises :class:`~netcore.errors.ConfigError` for an address that cannot be one.
    """
    from netcore.carriers.quic import QuicSettings
    from netcore.connect.tls import TlsSettings
    from netcore.settings import Settings

    proxy, find = way_of(choice, password)
    return Settings(
        longlink_hosts=(host,),
        longlink_ports=(longlink_port,),
        shortlink_hosts=(host,),
        shortlink_port=shortlink_port,
        tls=TlsSettings(enabled=not plain, pins=pins),
        # Where packets are lost, it answers sooner than TCP (docs/benchmarks.md); on a good network
        # the chat goes by its long link, and hardly ever by this one.
        quic=QuicSettings(enabled=True),
        proxy=proxy,
        find_proxy=find,
        folder=folder,
    )
