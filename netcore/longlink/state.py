"""Where a long link stands, and whom it tells (``mars/stn/src/longlink.h``)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol

from netcore.connect.endpoint import AddressSource, Carrier
from netcore.errors import DisconnectReason, ErrorType, Failure
from netcore.links.wire import Wire
from netcore.longlink.codec import Frame
from netcore.observe import Event
from netcore.profile import ConnectProfile

Connect = Callable[[ConnectProfile], Awaitable[Wire]]
UP = Failure(ErrorType.OK)  # stands where a failure would be while there is none


class LinkState(IntEnum):
    """Where the link stands (``TLongLinkStatus``)."""

    IDLE = 0
    CONNECTING = 1
    CONNECTED = 2
    DISCONNECTED = 3
    CONNECT_FAILED = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkStateChanged(Event):
    """A long link changed its state; ``detail`` says why in words, ``rtt`` is its connect time.

    ``dns``, ``connect`` and ``tls`` are the stages of its connection in seconds, as far as it came.
    """

    link: str
    state: LinkState
    reason: DisconnectReason = DisconnectReason.NONE
    error_type: ErrorType = ErrorType.OK
    error_code: int = 0
    detail: str = ""
    host: str = ""
    ip: str = ""
    port: int = 0
    source: AddressSource = AddressSource.NULL
    proxy: str = ""
    carrier: Carrier = Carrier.TCP
    rtt: float = 0.0
    dns: float = 0.0
    connect: float = 0.0
    tls: float = 0.0
    generation: int = 0


def state_changed(
    profile: ConnectProfile, state: LinkState, generation: int, failure: Failure
) -> LinkStateChanged:
    """The event, its addresses taken from the connection's profile."""
    return LinkStateChanged(
        link=profile.link,
        state=state,
        reason=failure.reason,
        error_type=failure.type,
        error_code=failure.code,
        detail=failure.detail,
        host=profile.host,
        ip=profile.ip,
        port=profile.port,
        source=profile.source,
        proxy=profile.proxy,
        carrier=profile.carrier,
        rtt=profile.rtt,
        dns=profile.dns_cost,
        connect=max(0.0, profile.connect_end - profile.connect_start),
        tls=profile.tls_cost,
        generation=generation,
    )


class LinkOwner(Protocol):
    """What a link tells. All are called on the loop's thread."""

    def link_state(self, state: LinkState) -> None:
        """The state changed."""
        ...

    def link_busy(self) -> bool:
        """Whether tasks wait to be sent as soon as the link is up."""
        ...

    def link_frame(self, frame: Frame, now: float) -> None:
        """A frame that is no heartbeat came: an answer or a push."""
        ...

    def link_part(self, seq: int, size: int, now: float) -> None:
        """``size`` bytes of the frame ``seq`` are here, more are to come."""
        ...

    def link_wrote(self, task_ids: list[int], now: float) -> None:
        """Frames that had to wait for a full socket went out."""
        ...

    def link_traffic(self, sent: int, received: int) -> None:
        """Bytes went over the network."""
        ...

    def link_down(self, failure: Failure, profile: ConnectProfile) -> None:
        """The connection, or the attempt at one, failed."""
        ...

    def link_replaced(self, failure: Failure, profile: ConnectProfile, connection: int) -> bool:
        """Another connection took the place of the silent one of this number.

        Whether something may still come on that, so that it is to linger.
        """
        ...

    def link_lost(self, failure: Failure, connection: int) -> None:
        """The lingering connection of this number is over."""
        ...

    def link_alive(self, profile: ConnectProfile) -> None:
        """The peer answered a heartbeat or an identify check well."""
        ...
