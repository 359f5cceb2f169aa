"""A NetCore with a short link only, towards one peer; it must leave nothing open."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

from netcore.callbacks import Callbacks
from netcore.connect.tls import TlsSettings
from netcore.core import NetCore
from netcore.observe import Event
from netcore.policy.timeouts import NetworkTimeouts, TimeoutSettings
from netcore.settings import PolicySettings, Settings
from netcore.shortlink.config import ShortlinkSettings
from tests.netcore.connect.peers import gone_back_to, sockets_of_this_process

HOST = "127.0.0.1"
QUICK = PolicySettings(
    timeouts=TimeoutSettings(
        wifi=NetworkTimeouts(
            first_package=0.3, max_first_package=0.4, package_package=0.2, task_delay=0.0
        )
    )
)


class Witness:
    """A core and all that it told."""

    def __init__(self, core: NetCore) -> None:
        self.core = core
        self.events: list[Event] = []
        core.observer.subscribe(self.events.append)

    def of(self, kind: type[Event]) -> list:
        return [each for each in self.events if isinstance(each, kind)]


def short_settings(port: int, **changes) -> Settings:
    values = {
        "shortlink_hosts": (HOST,),
        "shortlink_port": port,
        "use_longlink": False,
        "tls": TlsSettings(enabled=False),
        "shortlink": ShortlinkSettings(retry_interval=0.01),
    } | changes
    return Settings(**values)


@contextlib.asynccontextmanager
async def running(
    port: int, callbacks: Callbacks | None = None, **changes
) -> AsyncIterator[Witness]:
    """A started core; at the end it is closed, and no socket and no asyncio task is left."""
    before = sockets_of_this_process()
    core = NetCore(short_settings(port, **changes), callbacks)
    witness = Witness(core)
    await core.start()
    try:
        yield witness
    finally:
        await core.close()
        await gone_back_to(before)
