"""Passes what the operating system tells on to netcore, and news of the chat to the desktop."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from app.chat.visible import one_line
from app.desktop.announcements import SEVERAL, Announcement, Announcements, Incoming
from app.desktop.i18n import tr
from app.platform.adapter import Adapter
from netcore.runtime.alarm import Alarm
from netcore.runtime.clock import SystemClock
from netcore.runtime.task_holder import TaskHolder

if TYPE_CHECKING:
    from app.chat.model import Conversation, Message
    from app.desktop.preferences import Preferences
    from netcore.core import NetCore
    from netcore.events import NetworkKind, PowerSource

_log = logging.getLogger("app.start.platform_bridge")
_SHOWN = 200  # characters of a message that a notification shows


class PlatformBridge:
    """The platform's listener; ``core`` gives the NetCore in use now, or None.

    ``toast`` (key, title, body) announces a message where the system has no way of its own.
    """

    def __init__(
        self,
        core: Callable[[], NetCore | None],
        preferences: Preferences,
        on_notification: Callable[[str], None],
        toast: Callable[[str, str, str], object],
        now: Callable[[], float] = SystemClock.now,
    ) -> None:
        self._core = core
        self._preferences = preferences
        self._toast = toast
        self._now = now
        self._tasks = TaskHolder("surroundings")
        self._announcements = Announcements()
        self._alarm = Alarm(now, self._announce_due)
        # What was told last, for a NetCore that is made later; None: nothing was.
        self._network: tuple[NetworkKind, str] | None = None
        self._foreground: bool | None = None
        self._idle: float | None = None
        self._portal: bool | None = None
        self._power: PowerSource | None = None
        self.adapter = Adapter(self, on_notification=on_notification)

    async def start(self) -> None:
        """Begin to listen; what cannot be had is noted in the log and lacks quietly."""
        try:
            await self.adapter.start()
        except Exception:
            _log.exception("the system's signals cannot be heard")

    async def stop(self) -> None:
        """Stop listening."""
        self._alarm.cancel()
        await self._tasks.close()
        await self.adapter.stop()

    def announce(self, conversation: Conversation, message: Message) -> None:
        """Announce a message that came in while nobody looked, as the settings allow."""
        if not self._preferences.notifications:
            return
        title, sender = one_line(conversation.title), one_line(message.sender)
        text = one_line(message.text)[:_SHOWN]
        self._announcements.add(Incoming(conversation.id, title, sender, text), self._now())
        self._announce_due()

    def catch_up(self, catching_up: bool) -> None:
        """What was missed is being fetched, or is here."""
        self._announcements.catch_up(catching_up, self._now())
        self._announce_due()

    def read(self, conversation_id: str) -> None:
        """A conversation has been read, here or on another device: it is not announced."""
        self._withdraw(self._announcements.read(conversation_id))
        self._alarm.set(self._announcements.deadline())

    def forget(self) -> None:
        """Nobody is logged in."""
        self._withdraw(self._announcements.clear())
        self._alarm.cancel()

    def _withdraw(self, keys: list[str]) -> None:
        for key in keys:
            self._tasks.start(self.adapter.withdraw(key), "withdraw")

    def _announce_due(self) -> None:
        found = self._announcements.take(self._now())
        if found is not None:
            title, body = self._words(found)
            self._tasks.start(self._show(found.key, title, body), "notify")
        self._alarm.set(self._announcements.deadline())

    def _words(self, found: Announcement) -> tuple[str, str]:
        latest = found.latest
        text = latest.text if self._preferences.notification_text else ""
        if found.key == SEVERAL:
            words = tr(
                "{n} new messages in {conversations} conversations",
                n=found.count,
                conversations=found.conversations,
            )
            return "Phobos", words
        alone = not latest.sender or latest.sender == latest.title
        if found.count == 1:
            return latest.title if alone else f"{latest.sender} · {latest.title}", text
        words = tr("{n} new messages", n=found.count)
        last = text if alone or not text else f"{latest.sender}: {text}"
        return latest.title, f"{words}\n{last}" if last else words

    async def _show(self, key: str, title: str, body: str) -> None:
        if not await self.adapter.notify(key, title, body):
            self._toast(key, title, body)

    def follow(self, core: NetCore) -> None:
        """Tell a new NetCore how things are: the signals came before it."""
        if self._network is not None:
            core.network_changed(*self._network)
        if self._foreground is not None:
            core.set_foreground(self._foreground)
        if self._idle is not None:
            core.set_idle(self._idle)
        if self._portal is not None:
            core.captive_portal(self._portal)
        if self._power is not None:
            core.set_power(self._power)

    # --- the platform's listener

    def on_foreground(self, foreground: bool) -> None:
        """One of our windows is the active one, or none is."""
        self._foreground = foreground
        if (core := self._core()) is not None:
            core.set_foreground(foreground)

    def on_idle(self, seconds: float | None) -> None:
        """How long there was no key or pointer; None where nobody can tell."""
        self._idle = seconds
        if (core := self._core()) is not None:
            core.set_idle(seconds)

    def on_network(self, kind: NetworkKind, label: str) -> None:
        """The network in use changed."""
        self._network = (kind, label)
        if (core := self._core()) is not None:
            core.network_changed(kind, label)

    def on_power(self, source: PowerSource) -> None:
        """The machine runs on mains power or on its battery."""
        self._power = source
        if (core := self._core()) is not None:
            core.set_power(source)

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
        """A log-in page of the network is in front of the internet, or no longer is."""
        self._portal = behind
        if (core := self._core()) is not None:
            core.captive_portal(behind)
