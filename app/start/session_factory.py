"""Opens chat sessions: NetCore with the person's settings, the local store, the session.

Netcore and what it stands on take a while to import, so that is done in a thread while the window
is already there; this module itself is light.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from app.chat.session import ChatSession
    from app.desktop.client import Client
    from app.desktop.preferences import Preferences, ServerAddress
    from app.start.profile import Profile
    from netcore.core import NetCore
    from netcore.settings import Settings

_log = logging.getLogger("app.start.session_factory")
DEMO = "demo"
"""The origin of log-ins at the demo server, whose ports are others each time."""
PLAIN = "plain"
"""Ends the origin of log-ins at a server without TLS."""


def _import_rooms() -> Any:
    import app.chat.log_in_file
    import app.chat.server_client
    import app.chat.session
    import app.chat.store

    return app.chat


class SessionFactory:
    """The one NetCore in use; :meth:`open` is what the desktop's client calls for a session.

    ``demo`` is the address of a demo server that the app started itself, with the data folder in
    ``demo_data``: the certificate in that folder is trusted without a question.
    """

    def __init__(
        self,
        profile: Profile,
        preferences: Preferences,
        *,
        demo: ServerAddress | None = None,
        demo_data: Path = Path(),
    ) -> None:
        self._profile = profile
        self._preferences = preferences
        self._demo = demo
        self._demo_data = demo_data
        self.core: NetCore | None = None
        self.on_core: list[Callable[[NetCore], None]] = []
        """Called with each NetCore before it starts."""

    def settings(self, address: ServerAddress) -> Settings:
        """Netcore's settings for a server; raises ConfigError for an address that cannot be one."""
        from netcore.connect.tls import TlsSettings
        from netcore.settings import Settings

        folder = self._profile.folder / "network"
        folder.mkdir(exist_ok=True)
        return Settings(
            longlink_hosts=(address.host,),
            longlink_ports=(address.longlink_port,),
            shortlink_hosts=(address.host,),
            shortlink_port=address.shortlink_port,
            tls=TlsSettings(enabled=not address.plain, pins=self._pins(address)),
            folder=folder,
        )

    def _pins(self, address: ServerAddress) -> frozenset[str]:
        if address == self._demo and not address.plain:
            from netcore.connect.certificate import load_or_make

            return frozenset({load_or_make(self._demo_data).fingerprint})
        return self._preferences.pins(address.host)

    def _origin(self, address: ServerAddress) -> str:
        """What log-ins are kept by: a token that came by TLS never leaves without it."""
        demo = address == self._demo
        origin = DEMO if demo else f"{address.host.lower()}:{address.longlink_port}"
        return f"{origin} {PLAIN}" if address.plain else origin

    async def open(self, address: ServerAddress, listener: Client) -> ChatSession:
        """A session with a server; any before it has been closed.

        Raises ChatError "storage" when the local store cannot be used.
        """
        chat = await asyncio.to_thread(_import_rooms)
        await self.close()
        remote = chat.server_client.ServerClient(self.settings(address))
        store = await asyncio.to_thread(chat.store.Store, self._profile.database)
        origin = self._origin(address)
        log_in_file = chat.log_in_file.LogInFile(self._profile.log_in, origin)
        session: ChatSession = chat.session.ChatSession(remote, store, log_in_file, listener)
        self.core = remote.core
        for watch in self.on_core:
            watch(remote.core)
        await remote.core.start()
        return session

    async def close(self) -> None:
        """Close every connection."""
        if self.core is not None:
            core, self.core = self.core, None
            await core.close()
