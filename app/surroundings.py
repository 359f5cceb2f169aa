"""Passes what the operating system tells on to netcore, and news of the chat to the desktop."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from app.platform.adapter import Adapter
from netcore.holder import TaskHolder

if TYPE_CHECKING:
    from app.chat.model import Conversation, Message
    from app.desktop.preferences import Preferences
    from netcore.core import NetCore
    from netcore.events import NetworkKind

_log = logging.getLogger("app.surroundings")


class Surroundings:
    """The platform's listener; ``core`` gives the NetCore in use now, or None.

    ``toast`` (key, title, body) announces a message where the system has no way of its own.
    """

    def __init__(
        self,
        core: Callable[[], NetCore | None],
        preferences: Preferences,
        on_notification: Callable[[str], None],
        toast: Callable[[str, str, str], object],
    ) -> None:
        self._core = core
        self._preferences = preferences
        self._toast = toast
        self._tasks = TaskHolder("surroundings")
        # What was told last, for a NetCore that is made later; None: nothing was.
        self._network: tuple[NetworkKind, str] | None = None
        self._foreground: bool | None = None
        self._active: bool | None = None
        self._portal: bool | None = None
        self.adapter = Adapter(self, on_notification=on_notification)

    async def start(self) -> None:
        """Begin to listen; what cannot be had is noted in the log and lacks quietly."""
        try:
            await self.adapter.start()
        except Exception:
            _log.exception("the system's signals cannot be heard")

    async def stop(self) -> None:
        """Listen no more."""
        await self._tasks.close()
        await self.adapter.stop()

    def announce(self, conversation: Conversation, message: Message) -> None:
        """Tell of a message that came in while nobody looked, as the settings allow."""
        if not self._preferences.notifications:
            return
        body = " ".join(message.text.split())[:200] if self._preferences.notification_text else ""
        title = conversation.title
        if message.sender and message.sender != title:
            title = f"{message.sender} · {title}"
        self._tasks.start(self._show(conversation.id, title, body), "notify")

    async def _show(self, key: str, title: str, body: str) -> None:
        if not await self.adapter.notify(key, title, body):
            self._toast(key, title, body)

    def follow(self, core: NetCore) -> None:
        """Tell a new NetCore how things are: the signals came before it."""
        if self._network is not None:
            core.network_changed(*self._network)
        if self._foreground is not None:
            core.set_foreground(self._foreground)
        if self._active is not None:
            core.set_active(self._active)
        if self._portal is not None:
            core.captive_portal(self._portal)

    # --- the platform's listener

    def on_foreground(self, foreground: bool) -> None:
        """One of our windows is the active one, or none is."""
        self._foreground = foreground
        if (core := self._core()) is not None:
            core.set_foreground(foreground)

    def on_active(self, active: bool) -> None:
        """The person uses the machine, or has left it."""
        self._active = active
        if (core := self._core()) is not None:
            core.set_active(active)

    def on_network(self, kind: NetworkKind, label: str) -> None:
        """The network in use changed."""
        self._network = (kind, label)
        if (core := self._core()) is not None:
            core.network_changed(kind, label)

    def on_sleep(self) -> None:
        """The machine is about to sleep."""
        if (core := self._core()) is not None:
            core.sleep()

    def on_wake(self, slept: float) -> None:
        """The machine woke."""
        _log.info("woke after %.0f s", slept)
        if (core := self._core()) is not None:
            core.wake()

    def on_captive_portal(self, behind: bool) -> None:
        """A log-in page of the network stands before the internet, or no more."""
        self._portal = behind
        if (core := self._core()) is not None:
            core.captive_portal(behind)
