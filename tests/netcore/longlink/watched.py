"""A NetCore on real sockets that keeps its events and waits for them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

from netcore.callbacks import Callbacks
from netcore.connect.race import RaceSettings
from netcore.connect.tls import TlsSettings
from netcore.core import NetCore
from netcore.errors import DisconnectReason
from netcore.longlink.state import LinkState, LinkStateChanged
from netcore.observe import Event
from netcore.settings import LonglinkSettings, Settings
from tests.netcore.peers import HOST

E = TypeVar("E", bound=Event)


class Watched(NetCore):
    """A NetCore that keeps its events and waits for them."""

    def __init__(
        self,
        *ports: int,
        callbacks: Callbacks | None = None,
        race: RaceSettings | None = None,
        more: dict[str, Any] | None = None,
        **longlink: Any,
    ) -> None:
        """``more`` are settings, ``longlink`` those of the long link; the ports keep their order.

        Without ``more`` saying otherwise there is no TLS.
        """
        settings: dict[str, Any] = {
            "longlink_hosts": (HOST,),
            "longlink_ports": ports,
            "longlink_debug_ip": HOST,  # else the ports would be shuffled
            "tls": TlsSettings(enabled=False),
            "race": race or RaceSettings(),
            "longlink": LonglinkSettings(**longlink),
        }
        super().__init__(Settings(**settings | (more or {})), callbacks)
        self.events: list[Event] = []
        self._changed = asyncio.Event()
        self.observer.subscribe(self._keep)

    def _keep(self, event: Event) -> None:
        self.events.append(event)
        self._changed.set()

    async def until(self, match: Callable[[Event], bool], timeout: float = 10.0) -> Event:
        """The first event that matches, past ones included."""
        seen = 0
        async with asyncio.timeout(timeout):
            while True:
                for event in self.events[seen:]:
                    if match(event):
                        return event
                seen = len(self.events)
                self._changed.clear()
                await self._changed.wait()

    def of(self, kind: type[E]) -> list[E]:
        """The events of this kind so far."""
        return [each for each in self.events if isinstance(each, kind)]

    async def until_state(self, state: LinkState) -> LinkStateChanged:
        event = await self.until(
            lambda each: isinstance(each, LinkStateChanged) and each.state is state
        )
        assert isinstance(event, LinkStateChanged)
        return event

    def of_reasons(self) -> list[DisconnectReason]:
        """Why the links went down so far."""
        down = LinkState.DISCONNECTED
        return [each.reason for each in self.of(LinkStateChanged) if each.state is down]
