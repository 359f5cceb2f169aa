"""What a long link is created with, and whom it reports to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from netcore.errors import ConfigError, ErrorType, FailHandle
from netcore.longlink.codec import Encoder, Frame
from netcore.longlink.entry import Entry
from netcore.longlink.link import LinkState
from netcore.profile import ConnectProfile
from netcore.task import DEFAULT_GROUP, Channel, Task

if TYPE_CHECKING:
    from netcore.longlink.carrier import Carrier


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

    @property
    def channel(self) -> Channel:
        """The channel that its tasks are said to use."""
        return Channel.MINOR_LONG if self.minor else Channel.LONG


class Desk(Protocol):
    """The part of NetCore that a carrier reports to."""

    def task_ended(
        self, entry: Entry, error_type: ErrorType, error_code: int, handle: FailHandle
    ) -> None:
        """A task is over."""
        ...

    def passes_limits(self, task: Task, body: bytes, now: float) -> bool:
        """Whether the limiters let the task go."""
        ...

    def intercepted(self, task: Task, now: float) -> bytes | None:
        """The answer that stands for one from the server, or None."""
        ...

    def intercept(self, task: Task, code: int, body: bytes, now: float) -> None:
        """An answer was decoded with ``code``: maybe it is to stand for later ones."""
        ...

    def timeouts(self, entry: Entry, size: int, sent: int, now: float) -> tuple[float, float]:
        """The first-package and the read-write time-out of a task about to be sent."""
        ...

    def package_package(self) -> float:
        """The package-package time-out."""
        ...

    def retry_all(
        self, error_type: ErrorType, error_code: int, handle: FailHandle, task: Task
    ) -> None:
        """An answer demands that all tasks of its user be sent again."""
        ...

    def pushed(self, carrier: Carrier, frame: Frame) -> None:
        """The server sent something on its own."""
        ...

    def link_changed(self, carrier: Carrier, state: LinkState) -> None:
        """The link's state changed."""
        ...

    def network_result(
        self,
        carrier: Carrier,
        error_type: ErrorType,
        error_code: int,
        profile: ConnectProfile,
    ) -> None:
        """An address worked (OK) or failed."""
        ...

    def received(self, entry: Entry, size: int, now: float) -> None:
        """Bytes of an answer came: the first, or more."""
        ...

    def traffic(self, sent: int, received: int) -> None:
        """Bytes went over the network."""
        ...
