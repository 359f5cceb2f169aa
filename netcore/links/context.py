"""What all parts of one NetCore share: settings, clock, randomness, observer, callbacks.

A plain bundle, made by :class:`netcore.core.NetCore` and handed to the shells, so that none of
them reaches for a global and a test can replace each part.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from netcore.callbacks import Callbacks
from netcore.carriers.choice import CarrierChoice
from netcore.carriers.quic_connections import QuicConnections
from netcore.connect.proxies import Proxies
from netcore.connect.tls import TlsSettings
from netcore.events import ActiveLogic, NetworkWatch, PowerSource
from netcore.observe import Observer
from netcore.runtime.clock import Clock
from netcore.runtime.task_holder import TaskHolder

if TYPE_CHECKING:  # the settings name those of both links, which are above this
    from netcore.settings import Settings

T = TypeVar("T")
_log = logging.getLogger("netcore.callbacks")


@dataclass(slots=True)
class Context:
    """What the parts of one NetCore share."""

    settings: Settings
    callbacks: Callbacks
    clock: Clock
    rng: random.Random
    observer: Observer
    holder: TaskHolder
    network: NetworkWatch
    active: ActiveLogic
    tls: TlsSettings
    proxies: Proxies
    logged_in: bool = field(default=True)  # whether an account is known
    power: PowerSource = field(default=PowerSource.UNKNOWN)
    carriers: CarrierChoice = field(default_factory=CarrierChoice)
    quic: QuicConnections = field(init=False)

    def __post_init__(self) -> None:
        self.quic = QuicConnections(self.settings.quic, self.clock.now)

    @property
    def on_mains(self) -> bool:
        """Whether no battery has to be spared."""
        return self.power is PowerSource.MAINS

    @property
    def network_key(self) -> str:
        """Under which what is learned of the current network is kept; "" when there is none."""
        return self.network.state.key

    def ask(self, callback: Callable[..., T], default: T, *args: object) -> T:
        """Call one of the application's callbacks; its failure is logged, not spread."""
        try:
            return callback(*args)
        except Exception:
            _log.exception("the callback %s failed", getattr(callback, "__name__", callback))
            return default
