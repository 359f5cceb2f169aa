"""The state of a NetCore at one moment, for a panel that opens late (:meth:`NetCore.snapshot`).

Taken by :class:`netcore.engine.snapshots.SnapshotTaker`. Plain frozen dataclasses. Moments are
wall-clock seconds since the epoch, None where there is none; durations are seconds. What happens
afterwards is told by :mod:`netcore.observe`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from netcore.callbacks import ConnectStatus
from netcore.connect.endpoint import AddressSource, Carrier
from netcore.errors import DisconnectReason, ErrorType
from netcore.events import NetworkKind
from netcore.longlink.state import LinkState
from netcore.policy.dynamic import NetworkQuality
from netcore.policy.weak import WeakReason
from netcore.profile import NoopProfile
from netcore.task import Channel, Priority


class TaskState(Enum):
    """Where a task stands."""

    WAITING = "waiting"
    RUNNING = "running"
    RESTING = "resting"  # a zombie, see netcore.policy.zombie


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkSnapshot:
    """The network; ``generation`` counts its changes."""

    kind: NetworkKind
    label: str
    generation: int
    weak: bool
    weak_reason: WeakReason
    weak_since: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkSnapshot:
    """A link; the fields of its connection are those of the latest one, up or not."""

    name: str
    state: LinkState
    waiting: int
    running: int
    main: bool = False
    minor: bool = False
    short: bool = False  # no connection of its own: each task makes one or takes an idle one
    reason: DisconnectReason = DisconnectReason.NONE  # of the latest change of state
    detail: str = ""
    error_type: ErrorType = ErrorType.OK
    error_code: int = 0
    host: str = ""
    ip: str = ""
    port: int = 0
    source: AddressSource = AddressSource.NULL
    proxy: str = ""
    carrier: Carrier = Carrier.TCP
    local_ip: str = ""
    local_port: int = 0
    connected_since: float | None = None
    last_received: float | None = None
    connect_rtt: float = 0.0  # 0.0 is unknown, as in the next one
    heartbeat_rtt: float = 0.0
    heartbeat_interval: float = 0.0  # in force
    heartbeat_learned: float = 0.0  # for this network; 0.0 when none is sought
    heartbeat_state: str = ""  # "growing", "stable" or ""
    heartbeats: tuple[NoopProfile, ...] = ()  # the latest; their ``at`` is of netcore's clock
    next_connect: float | None = None
    generation: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskSnapshot:
    """A task that is not over."""

    task_id: int
    cmdid: int
    cgi: str
    link: str
    channel: Channel
    priority: Priority
    state: TaskState
    started: float
    sent: float | None  # the latest attempt
    first_package: float | None
    deadline: float  # of all attempts
    attempt: int  # from 1
    retries_left: int
    first_package_timeout: float
    read_write_timeout: float
    sent_bytes: int
    received_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeoutsSnapshot:
    """The time-outs in force for a small task without server cost."""

    level: NetworkQuality
    mobile: bool
    first_package: float
    package_package: float
    read_write: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FrequencySnapshot:
    """How often an equal request was sent; above ``limit`` it is refused."""

    cmdid: int
    cgi: str
    size: int
    count: int
    limit: int
    last: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowSnapshot:
    """Bytes in the flow limit's funnel; it counts on mobile networks only (``in_force``)."""

    used: float
    volume: int
    in_force: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CountSnapshot:
    """Bytes sent and received by a kind of network, a link or a cgi."""

    name: str
    sent: int
    received: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressSnapshot:
    """An address: ``rank`` is its place among those tried (from 0), None when it was not chosen.

    ``history`` has a bit for each of the last 8 results, bit 0 the newest, set for a failure; None
    when it was never used on this network. ``used_by`` names the links that are up on it.
    """

    ip: str
    port: int
    host: str
    source: AddressSource
    longlink: bool
    rank: int | None
    history: int | None
    banned_for: float
    used_by: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Everything."""

    at: float
    status: ConnectStatus
    longlink_status: ConnectStatus
    network: NetworkSnapshot
    foreground: bool
    active: bool
    logged_in: bool
    links: tuple[LinkSnapshot, ...]
    tasks: tuple[TaskSnapshot, ...]
    timeouts: TimeoutsSnapshot
    frequency: tuple[FrequencySnapshot, ...]
    flow: FlowSnapshot
    intercepted: int  # cgis whose answer is kept
    good_long: int  # of the latest 8 results of the long links
    good_short: int  # and of the short link
    sync_interval: float  # of timing sync
    next_sync: float | None
    traffic_since: float
    traffic_by_kind: tuple[CountSnapshot, ...]
    traffic_by_link: tuple[CountSnapshot, ...]
    traffic_by_cgi: tuple[CountSnapshot, ...]
    addresses: tuple[AddressSnapshot, ...]
