"""What stands beside the window while it lives: system signals, tray, support, panel, update check.

Imported in a thread once the window is to be seen (:meth:`app.life.Life.run`), for none of it is
needed to show it.
"""

from __future__ import annotations

from app.chat.model import LinkState
from app.desktop.client import Client
from app.desktop.preferences import Preferences
from app.desktop.tray import Tray
from app.desktop.update_watch import UpdateWatch
from app.desktop.window import MainWindow
from app.diagnostics.panel.entry import PanelOpener
from app.diagnostics.support import Support
from app.network import Network
from app.profile import Profile
from app.summons import Summons
from app.surroundings import Surroundings


class Companions:
    """Made before the session is opened, so that none misses the first NetCore."""

    def __init__(
        self,
        profile: Profile,
        preferences: Preferences,
        network: Network,
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
        self.surroundings = Surroundings(
            lambda: network.core, preferences, show_conversation, self.tray.announce
        )
        self.summons = Summons(profile.folder, window)
        self.summons.came.connect(window.bring_forward)
        self.updates = UpdateWatch(preferences, client.notice.emit)
        window.chat.arrived.connect(self.surroundings.announce)
        window.chat.was_read.connect(self.surroundings.read)
        client.link_state_changed.connect(
            lambda state: self.surroundings.catch_up(state is LinkState.UPDATING)
        )
        client.logged_out.connect(lambda _why: self.surroundings.forget())
        network.on_core.append(self.surroundings.follow)
        self.support.live = lambda: {"limits": self._limits()}
        PanelOpener(window, self.support, preferences, lambda: network.core, self._limits)

    def _limits(self) -> list[str]:
        """What this system does not tell, in words."""
        return list(self.surroundings.adapter.capabilities.limits)

    async def start(self) -> None:
        """Begin to listen and to keep; needs the running loop."""
        self.support.start()
        self.tray.start()
        await self.surroundings.start()
        self.updates.start()

    async def stop(self) -> None:
        """End what depends on the session, before the session ends."""
        self.summons.close()
        self.tray.close()
        await self.updates.stop()
        await self.surroundings.stop()

    async def close(self) -> None:
        """End the rest, once the session and its NetCore have."""
        await self.support.close()
