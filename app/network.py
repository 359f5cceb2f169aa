"""Opens a chat session: NetCore with the person's settings, the local store, the session."""

from __future__ import annotations

import logging

from app.chat.session import ChatSession
from app.chat.store import Store
from app.desktop.client import Client, Opener
from app.desktop.preferences import Preferences, ServerAddress
from app.profile import Profile
from netcore.connect.tls import TlsSettings
from netcore.core import NetCore
from netcore.settings import Settings

_log = logging.getLogger("app.network")


def network_settings(address: ServerAddress, pins: frozenset[str], profile: Profile) -> Settings:
    """Netcore's settings for a server; raises ConfigError for an address that cannot be one."""
    folder = profile.folder / "network"
    folder.mkdir(exist_ok=True)
    return Settings(
        longlink_hosts=(address.host,),
        longlink_ports=(address.longlink_port,),
        shortlink_hosts=(address.host,),
        shortlink_port=address.shortlink_port,
        tls=TlsSettings(enabled=not address.plain, pins=pins),
        folder=folder,
    )


def session_opener(profile: Profile, preferences: Preferences) -> Opener:
    """What the client calls to open a session with a server."""

    async def open_session(address: ServerAddress, listener: Client) -> ChatSession:
        settings = network_settings(address, preferences.pins(address.host), profile)
        core = NetCore(settings)
        store = Store(profile.database)
        session = ChatSession(core, store, listener)
        await core.start()
        return session

    return open_session
