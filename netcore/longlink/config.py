"""What a long link is created with."""

from __future__ import annotations

from dataclasses import dataclass

from netcore import checking
from netcore.errors import ConfigError
from netcore.longlink.codec import Encoder
from netcore.task import DEFAULT_GROUP, Channel


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
