"""Opens chat sessions: NetCore with the person's settings, the local store, the session.

Netcore and what it stands on take a while to import, so that is done in a thread while the window
is already there; this module itself is light.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from app.chat.session import ChatSession
    from app.chat.store import Store
    from app.desktop.client import Client
    from app.desktop.preferences import Preferences, ServerAddress
    from app.start.profile import Profile
    from app.start.proxy_choice import ProxyChoice
    from netcore.connect.proxycheck import ProxyReport
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


async def _opened(open_it: Callable[[], Store]) -> Store:
    """Open a store in a thread; one that nobody waits for any more is closed again."""
    opening = asyncio.get_running_loop().run_in_executor(None, open_it)
    try:
        return await asyncio.shield(opening)
    except asyncio.CancelledError:
        (await opening).close()
        raise


class SessionFactory:
    """The one NetCore in use; :meth:`open` is what the desktop's client calls for a session.

    ``demo`` is the address of a demo server on this machine and the folder of its data: the
    certificate in that folder is trusted without a question.
    """

    def __init__(
        self,
        profile: Profile,
        preferences: Preferences,
        *,
        demo: tuple[ServerAddress, Path] | None = None,
    ) -> None:
        self._profile = profile
        self._preferences = preferences
        self._demo = demo
        self.core: NetCore | None = None
        self.on_core: list[Callable[[NetCore], None]] = []
        """Called with each NetCore before it starts."""
        self._address: ServerAddress | None = None  # of that NetCore
        preferences.changed.connect(self._preference_changed)

    def settings(self, address: ServerAddress) -> Settings:
        """Netcore's settings for a server; raises ConfigError for an address that cannot be one."""
        from app.start.proxy_choice import connection_settings, load_password

        folder = self._profile.folder / "network"
        folder.mkdir(exist_ok=True)
        return connection_settings(
            address.host,
            address.longlink_port,
            address.shortlink_port,
            plain=address.plain,
            pins=self._pins(address),
            choice=self._preferences.proxy,
            password=load_password(self._profile.proxy_password),
            folder=folder,
        )

    def _pins(self, address: ServerAddress) -> frozenset[str]:
        if self._demo and address == self._demo[0] and not address.plain:
            from netcore.connect.certificate import load_or_make

            return frozenset({load_or_make(self._demo[1]).fingerprint})
        return self._preferences.pins(address.host)

    def _origin(self, address: ServerAddress) -> str:
        """What log-ins are kept by: a token that came by TLS never leaves without it."""
        demo = self._demo is not None and address == self._demo[0]
        origin = DEMO if demo else f"{address.host.lower()}:{address.longlink_port}"
        return f"{origin} {PLAIN}" if address.plain else origin

    async def open(self, address: ServerAddress, listener: Client) -> ChatSession:
        """A session with a server; any before it has been closed.

        Raises ChatError "storage" when the local store cannot be used.
        """
        chat = await asyncio.to_thread(_import_rooms)
        await self.close()
        remote = chat.server_client.ServerClient(self.settings(address))
        store = await _opened(partial(chat.store.Store, self._profile.database))
        origin = self._origin(address)
        log_in_file = chat.log_in_file.LogInFile(self._profile.log_in, origin)
        session: ChatSession = chat.session.ChatSession(
            remote, store, log_in_file, listener, files=self._profile.files
        )
        self.core, self._address = remote.core, address
        try:
            for watch in self.on_core:
                watch(remote.core)
            await remote.core.start()
        except BaseException:  # the window may be closed just then
            store.close()
            raise
        return session

    # -- the proxy ------------------------------------------------------------------------------

    def proxy_password(self) -> str:
        """The kept password of the person's own proxy; "" for none."""
        from app.start.proxy_choice import load_password

        return load_password(self._profile.proxy_password)

    def set_proxy(self, choice: ProxyChoice, password: str) -> None:
        """Use this proxy from now on, and keep it."""
        from app.start.proxy_choice import save_password

        save_password(self._profile.proxy_password, password if choice.user else "")
        self._preferences.proxy = choice

    def _preference_changed(self, name: str) -> None:
        if name == "proxy" and self.core is not None:
            from app.start.proxy_choice import way_of

            self.core.proxies.use(*way_of(self._preferences.proxy, self.proxy_password()))
            self.core.redo_tasks()

    async def try_proxy(self, choice: ProxyChoice, password: str) -> ProxyReport:
        """Whether the chat server's short link answers by this proxy.

        Raises :class:`~netcore.errors.ConfigError` for a proxy that cannot be used, and
        NetcoreError while there is no session.
        """
        from app.start.proxy_choice import ProxyMode, way_of
        from netcore.connect.proxies import Proxies
        from netcore.errors import NetcoreError

        core, address = self.core, self._address
        if core is None or address is None:
            raise NetcoreError("there is no session yet")
        if choice.mode is ProxyMode.OWN:
            choice.proxy(password)
        proxy = await Proxies(*way_of(choice, password)).of(address.host)
        return await core.check_proxy(
            address.host, proxy, port=address.shortlink_port, straight=proxy is None
        )

    async def close(self) -> None:
        """Close every connection."""
        if self.core is not None:
            core, self.core = self.core, None
            await core.close()
