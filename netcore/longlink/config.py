"""What a long link is created with, and whom it reports to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from netcore import checking
from netcore.errors import ConfigError
from netcore.links.contract import Engine as LinkDesk
from netcore.longlink.codec import Encoder, Frame
from netcore.longlink.link import LinkState
from netcore.task import DEFAULT_GROUP, Channel

if TYPE_CHECKING:
    from netcore.longlink.managed import ManagedLongLink


@dataclass(frozen=True, slots=True, kw_only=True)
class LonglinkConfig:
    """A long link to be created (``LonglinkConfig`` in ``mars/stn/stn.h``).

    ``keep_alive`` reconnects by itself; without it the link comes up when a task needs it.
    ``hosts`` and ``ports`` of () are the main link's. ``encoder`` of None is Mars's frame.
    """

    name: str
    hosts: tuple[str, ...] = ()
    ports: tuple[int, ...] = ()
    keep_alive: bool = True
    group: str = DEFAULT_GROUP
    encoder: Encoder | None = None
    main: bool = False
    minor: bool = False
    need_tls: bool = True

    def __post_init__(self) -> None:
        if not self.name:
            raise ConfigError("a long link needs a name")
        object.__setattr__(self, "hosts", checking.strings("hosts", self.hosts))
        object.__setattr__(self, "ports", checking.ports("ports", self.ports))

    @property
    def channel(self) -> Channel:
        """The channel that its tasks are said to use."""
        return Channel.MINOR_LONG if self.minor else Channel.LONG


class LongLinkEngine(LinkDesk, Protocol):
    """What a carrier asks and tells beyond what every link does."""

    def pushed(self, managed: ManagedLongLink, frame: Frame) -> None:
        """The server sent something on its own."""
        ...

    def link_changed(self, managed: ManagedLongLink, state: LinkState) -> None:
        """The link's state changed."""
        ...
