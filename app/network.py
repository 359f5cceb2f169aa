"""Opens chat sessions: NetCore with the person's settings, the local store, the session.

Netcore and what it stands on take a while to import, so that is done in a thread while the window
is already there; this module itself is light.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from app.chat.session import ChatSession
    from app.desktop.client import Client
    from app.desktop.preferences import Preferences, ServerAddress
    from app.profile import Profile
    from netcore.core import NetCore
    from netcore.settings import Settings

_log = logging.getLogger("app.network")


def _import_rooms() -> Any:
    import app.chat.session
    import app.chat.store
    import netcore.core

    return app.chat.session.ChatSession, app.chat.store.Store, netcore.core.NetCore


class Network:
    """The one NetCore in use; :meth:`open` is what the desktop's client calls for a session."""

    def __init__(self, profile: Profile, preferences: Preferences) -> None:
        self._profile = profile
        self._preferences = preferences
        self.core: NetCore | None = None

    def settings(self, address: ServerAddress) -> Settings:
        """Netcore's settings for a server; raises ConfigError for an address that cannot be one."""
        from netcore.connect.tls import TlsSettings
        from netcore.settings import Settings

        folder = self._profile.folder / "network"
        folder.mkdir(exist_ok=True)
        pins = self._preferences.pins(address.host)
        return Settings(
            longlink_hosts=(address.host,),
            longlink_ports=(address.longlink_port,),
            shortlink_hosts=(address.host,),
            shortlink_port=address.shortlink_port,
            tls=TlsSettings(enabled=not address.plain, pins=pins),
            folder=folder,
        )

    async def open(self, address: ServerAddress, listener: Client) -> ChatSession:
        """A session with a server; any before it has been closed."""
        chat_session, store, net_core = await asyncio.to_thread(_import_rooms)
        await self.close()
        self.core = net_core(self.settings(address))
        session = chat_session(self.core, store(self._profile.database), listener)
        await self.core.start()
        return session

    async def close(self) -> None:
        """Close every connection."""
        if self.core is not None:
            core, self.core = self.core, None
            await core.close()
