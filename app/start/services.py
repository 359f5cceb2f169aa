"""What is beside the window while it lives: system signals, tray, support, panel, update check.

Imported in a thread once the window is to be seen (:meth:`app.start.app_loop.AppLoop.run`), for
none of it is needed to show it.
"""

from __future__ import annotations

from typing import Any

from app.chat.model import ConnectionState
from app.desktop.client import Client
from app.desktop.preferences import Preferences
from app.desktop.tray import Tray
from app.desktop.update_watch import UpdateWatch
from app.desktop.window import MainWindow
from app.diagnostics.panel.entry import PanelOpener
from app.diagnostics.process_watch import ProcessWatch
from app.diagnostics.support import Support
from app.start.platform_bridge import PlatformBridge
from app.start.profile import Profile
from app.start.proxy_choice import way_of
from app.start.proxy_control import ProxyControl
from app.start.session_factory import SessionFactory
from app.start.single_instance import SingleInstance
from netcore.connect.proxies import Proxies


class Services:
    """Made before the session is opened, so that none misses the first NetCore."""

    def __init__(
        self,
        profile: Profile,
        preferences: Preferences,
        network: SessionFactory,
        client: Client,
        window: MainWindow,
    ) -> None:
        def show_conversation(conversation_id: str) -> None:
            window.bring_forward()
            if conversation_id:
                window.chat.open(conversation_id)

        self.support = Support(profile, preferences, network, client, window)
        self.tray = Tray(window)
        self.tray.opened.connect(show_conversation)
        self.tray.end_wanted.connect(window.close)
        window.may_hide = lambda: preferences.keep_in_tray and self.tray.shown
        window.chat.unread_changed.connect(self.tray.count)
        self.platform_bridge = PlatformBridge(
            lambda: network.core, preferences, show_conversation, self.tray.announce
        )
        self.single_instance = SingleInstance(profile.folder, window)
        self.single_instance.came.connect(window.bring_forward)
        self.single_instance.end_wanted.connect(window.close)
        self.updates = UpdateWatch(
            preferences,
            client.notice.emit,
            proxies=lambda: Proxies(*way_of(preferences.proxy, network.proxy_password())),
        )
        window.chat.arrived.connect(self.platform_bridge.announce)
        window.chat.was_read.connect(self.platform_bridge.read)
        client.link_state_changed.connect(
            lambda state: self.platform_bridge.catch_up(state is ConnectionState.UPDATING)
        )
        client.logged_out.connect(lambda _why: self.platform_bridge.forget())
        network.on_core.append(self.platform_bridge.follow)
        self.proxy = ProxyControl(window, network)
        self.process = ProcessWatch(lambda: network.core)
        self.support.live = self._facts
        PanelOpener(
            window,
            self.support,
            preferences,
            lambda: network.core,
            self._limits,
            self.process.health,
        )

    def _facts(self) -> dict[str, Any]:
        """What an export says of the running app."""
        return {"limits": self._limits(), "process": self.process.health().as_dict()}

    def _limits(self) -> list[str]:
        """What this system does not tell, in words."""
        return list(self.platform_bridge.adapter.capabilities.limits)

    async def start(self) -> None:
        """Begin to listen and to keep; needs the running loop."""
        self.process.start()
        self.support.start()
        self.tray.start()
        await self.platform_bridge.start()
        self.updates.start()

    async def stop(self) -> None:
        """End what depends on the session, before the session ends."""
        self.single_instance.close()
        self.tray.close()
        await self.updates.stop()
        await self.proxy.close()
        await self.platform_bridge.stop()

    async def close(self) -> None:
        """End the rest, once the session and its NetCore have."""
        await self.support.close()
        self.process.stop()
