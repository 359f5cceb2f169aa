"""The person's settings, kept in the profile's ini file.

Reading never fails: a damaged or missing value is the default. Arguments of the command line
overrule a setting for this run without being written.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QByteArray, QObject, QSettings, Signal

from app.desktop.i18n import LANGUAGES, SYSTEM
from app.desktop.theme import ThemeChoice
from app.start.arguments import LONGLINK_PORT, SHORTLINK_PORT
from app.start.proxy_choice import ProxyChoice

DEFAULT_HOST = "localhost"
KNOWN_HOSTS = 200  # servers that were ever connected to, the latest


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """Where the server is; ``plain`` is a connection without TLS."""

    host: str = DEFAULT_HOST
    longlink_port: int = LONGLINK_PORT
    shortlink_port: int = SHORTLINK_PORT
    plain: bool = False

    @property
    def leaves_this_machine(self) -> bool:
        """Whether what is sent there can be seen by other machines."""
        host = self.host.lower()
        return not (host in ("localhost", "::1") or host.startswith("127."))

    def __str__(self) -> str:
        """``host`` or ``host:longlink``, as the person may type it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.longlink_port == LONGLINK_PORT else f"{host}:{self.longlink_port}"


class Preferences(QObject):
    """Typed access to the settings; :attr:`changed` carries the name of what was set."""

    changed = Signal(str)

    def __init__(self, path: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._settings = QSettings(str(path), QSettings.Format.IniFormat)

    def _text(self, key: str, default: str = "") -> str:
        value = self._settings.value(key, default)
        return value if isinstance(value, str) else default

    def _flag(self, key: str, default: bool) -> bool:
        return self._text(key, str(default)).lower() in ("true", "1", "yes")

    def _port(self, key: str, default: int) -> int:
        text = self._text(key, str(default))
        number = int(text) if text.isdecimal() else default
        return number if 1 <= number <= 65535 else default

    def _set(self, key: str, value: object, name: str) -> None:
        self._settings.setValue(key, str(value))
        self.changed.emit(name)

    @property
    def theme(self) -> ThemeChoice:
        """Light, dark, or as the system."""
        text = self._text("appearance/theme", ThemeChoice.SYSTEM)
        return ThemeChoice(text) if text in set(ThemeChoice) else ThemeChoice.SYSTEM

    @theme.setter
    def theme(self, choice: ThemeChoice) -> None:
        self._set("appearance/theme", choice.value, "theme")

    @property
    def language(self) -> str:
        """A key of LANGUAGES, or "system"."""
        text = self._text("appearance/language", SYSTEM)
        return text if text in LANGUAGES else SYSTEM

    @language.setter
    def language(self, code: str) -> None:
        self._set("appearance/language", code, "language")

    @property
    def server(self) -> ServerAddress:
        """Where to connect."""
        return ServerAddress(
            self._text("server/host", DEFAULT_HOST) or DEFAULT_HOST,
            self._port("server/longlink_port", LONGLINK_PORT),
            self._port("server/shortlink_port", SHORTLINK_PORT),
            self._flag("server/plain", False),
        )

    @server.setter
    def server(self, address: ServerAddress) -> None:
        self._settings.setValue("server/host", address.host)
        self._settings.setValue("server/longlink_port", str(address.longlink_port))
        self._settings.setValue("server/shortlink_port", str(address.shortlink_port))
        self._settings.setValue("server/plain", str(address.plain))
        self.changed.emit("server")

    @property
    def name(self) -> str:
        """Who was logged in last; "" on the first run."""
        return self._text("account/name")

    @name.setter
    def name(self, value: str) -> None:
        if value != self.name:
            self._set("account/name", value, "name")

    @property
    def notifications(self) -> bool:
        """Whether a message in a hidden window is announced."""
        return self._flag("notifications/enabled", True)

    @notifications.setter
    def notifications(self, value: bool) -> None:
        self._set("notifications/enabled", value, "notifications")

    @property
    def notification_text(self) -> bool:
        """Whether the announcement shows the message's text."""
        return self._flag("notifications/text", True)

    @notification_text.setter
    def notification_text(self, value: bool) -> None:
        self._set("notifications/text", value, "notification_text")

    @property
    def keep_in_tray(self) -> bool:
        """Whether closing the window leaves Phobos running in the notification area."""
        return self._flag("notifications/keep_in_tray", False)

    @keep_in_tray.setter
    def keep_in_tray(self, value: bool) -> None:
        self._set("notifications/keep_in_tray", value, "keep_in_tray")

    @property
    def log_key(self) -> str:
        """The public key (128 hex digits) that encrypts the logs; "" leaves them plain."""
        return self._text("log/public_key")

    @log_key.setter
    def log_key(self, value: str) -> None:
        self._set("log/public_key", value, "log_key")

    @property
    def update_check(self) -> bool:
        """Whether to ask once a day for a newer Phobos; off until the person wants it."""
        return self._flag("update/check", False)

    @update_check.setter
    def update_check(self, value: bool) -> None:
        self._set("update/check", value, "update_check")

    @property
    def update_asked(self) -> float:
        """When it was asked last, seconds since the epoch; 0.0 for never."""
        text = self._text("update/asked")
        return float(text) if text.isdecimal() else 0.0

    @update_asked.setter
    def update_asked(self, value: float) -> None:
        self._set("update/asked", int(value), "update_asked")

    @property
    def proxy(self) -> ProxyChoice:
        """Which proxy to use; its password is in a file of its own."""
        names = ("mode", "kind", "host", "port", "user")
        return ProxyChoice.of({name: self._text(f"proxy/{name}") for name in names})

    @proxy.setter
    def proxy(self, choice: ProxyChoice) -> None:
        for name in ("mode", "kind", "host", "port", "user"):
            self._settings.setValue(f"proxy/{name}", str(getattr(choice, name)))
        self._settings.sync()
        self.changed.emit("proxy")

    def pins(self, host: str) -> frozenset[str]:
        """The certificate fingerprints (SHA-256, hex) that the person trusts for ``host``."""
        text = self._text(f"pins/{_safe(host)}")
        return frozenset(part for part in text.split(" ") if part)

    def pin(self, host: str, fingerprint: str) -> None:
        """Trust ``fingerprint`` for ``host`` from now on, in place of any before it."""
        self._settings.setValue(f"pins/{_safe(host)}", fingerprint)
        self._settings.sync()

    def secured(self, host: str) -> bool:
        """Whether somebody was logged in at ``host`` by TLS."""
        return bool(self.pins(host)) or self._flag(f"secured/{_safe(host)}", False)

    def note_secured(self, host: str) -> None:
        """Somebody is logged in at ``host`` by TLS."""
        if not self._flag(f"secured/{_safe(host)}", False):
            self._settings.setValue(f"secured/{_safe(host)}", str(True))

    def may_be_plain(self, host: str) -> bool:
        """Whether the person agreed to reach ``host`` without TLS."""
        return self._flag(f"plain/{_safe(host)}", False)

    def allow_plain(self, host: str) -> None:
        """The person agrees to reach ``host`` without TLS."""
        self._settings.setValue(f"plain/{_safe(host)}", str(True))

    def note_host(self, host: str) -> None:
        """A server is about to be connected to: from now on a diagnosis can leave its name out."""
        known = [each for each in self._text("server/known").split() if each != host]
        if host and not any(char.isspace() for char in host):
            self._settings.setValue("server/known", " ".join([*known, host][-KNOWN_HOSTS:]))

    def state(self, name: str) -> QByteArray:
        """A window's or splitter's saved state; empty when there is none."""
        value = self._settings.value(f"window/{name}", QByteArray())
        return value if isinstance(value, QByteArray) else QByteArray()

    def save_state(self, name: str, state: QByteArray) -> None:
        """Keep a window's or splitter's state."""
        self._settings.setValue(f"window/{name}", state)

    def save(self) -> None:
        """Write to disk now."""
        self._settings.sync()


def _safe(host: str) -> str:
    """A host as an ini key: colons and slashes have a meaning there."""
    return host.lower().replace(":", "_").replace("/", "_").replace("\\", "_")
