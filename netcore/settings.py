"""Every number and address that netcore can be given, with Mars's values as defaults.

Packages keep their own settings beside their code (race, TLS, timeouts...); this module composes
them. All times are seconds. A value that cannot be used raises
:class:`~netcore.errors.ConfigError`, which says what would do.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from netcore import checking
from netcore.carriers.quic import QuicSettings
from netcore.connect.dns import DohResolver
from netcore.connect.failback import FailbackSettings
from netcore.connect.proxies import FindProxy, Proxies
from netcore.connect.proxy import Proxy
from netcore.connect.race import RaceSettings
from netcore.connect.sources import SourcesSettings
from netcore.connect.tls import TlsSettings
from netcore.errors import ConfigError
from netcore.longlink.codec import CLIENT_VERSION, MAX_PACKAGE
from netcore.longlink.frame_pacing import GAP
from netcore.longlink.heartbeat import HeartbeatSettings
from netcore.longlink.monitor import MonitorSettings
from netcore.longlink.stall_detector import LinkStallSettings
from netcore.policy.dynamic import DynamicSettings
from netcore.policy.flow import FlowSettings
from netcore.policy.frequency import FrequencySettings
from netcore.policy.hedge import HedgeSettings
from netcore.policy.intercept import KEEP
from netcore.policy.netcheck import NetCheckSettings
from netcore.policy.timeouts import TimeoutSettings
from netcore.policy.timing_sync import TimingSyncSettings
from netcore.policy.traffic import TrafficSettings
from netcore.policy.weak import WeakSettings
from netcore.policy.zombie import RETRY_INTERVAL
from netcore.shortlink.config import ShortlinkSettings


def _positive(where: object, *names: str) -> None:
    for name in names:
        value = getattr(where, name)
        if not value > 0:
            raise ConfigError(f"{name} must be more than 0, not {value!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskLimits:
    """Which tasks are accepted (``NetCore::__ValidAndInitDefault``, ``stn/config.h``)."""

    default_retry_count: int = 1
    max_retry_count: int = 30
    max_server_process_cost: float = 120.0
    max_total_timeout: float = 600.0
    fast_strategy_tasks: int = 0  # the fast strategy leaves the long link when more are on it

    def __post_init__(self) -> None:
        if not 0 <= self.default_retry_count <= self.max_retry_count:
            raise ConfigError(
                f"default_retry_count must be 0 to {self.max_retry_count}, "
                f"not {self.default_retry_count}"
            )
        _positive(self, "max_server_process_cost", "max_total_timeout")


@dataclass(frozen=True, slots=True, kw_only=True)
class LonglinkSettings:
    """The long link (``longlink.cc``, ``longlink_task_manager.cc``, ``signalling_keeper.cc``)."""

    client_version: int = CLIENT_VERSION
    max_package: int = MAX_PACKAGE  # bytes of one frame, head included
    noop_interval: float = 0.0  # a fixed heartbeat interval; 0: the smart heartbeat
    first_noop_wait: float = 0.1  # of a new link's first heartbeat behind waiting tasks; 0: none
    noop_timeout: float = 8.0  # until a heartbeat's answer is due
    noop_timeout_late: float = 5.0  # the same when the heartbeat itself was this late:
    noop_late: float = 900.0
    frame_timeout: float = 15.0  # silence in the middle of a frame
    retry_interval: float = 1.0  # between a batch error and the retries
    pacing_gap: float = GAP  # between two frames after a time-out; 0: none
    run_loop: float = 1.0  # how often tasks held back by the login gate are looked at again
    wake_probe_timeout: float = 2.0  # answer due to the heartbeat sent on wake-up
    verify_connect: bool = False  # a noop must be answered before an address wins the race
    high_water: int = 64 * 1024  # bytes in the socket's buffer before frames wait
    signalling_period: float = 5.0
    signalling_keep: float = 20.0
    signalling_udp: bool = True
    stall: LinkStallSettings = field(default_factory=LinkStallSettings)
    monitor: MonitorSettings = field(default_factory=MonitorSettings)

    def __post_init__(self) -> None:
        _positive(
            self,
            "max_package",
            "noop_timeout",
            "noop_timeout_late",
            "noop_late",
            "frame_timeout",
            "run_loop",
            "wake_probe_timeout",
            "high_water",
            "signalling_period",
            "signalling_keep",
        )
        for name in ("noop_interval", "first_noop_wait", "retry_interval", "pacing_gap"):
            if getattr(self, name) < 0:
                raise ConfigError(f"{name} must be 0 s or more, not {getattr(self, name)!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicySettings:
    """The numbers of :mod:`netcore.policy`; each is told beside its policy."""

    timeouts: TimeoutSettings = field(default_factory=TimeoutSettings)
    dynamic: DynamicSettings = field(default_factory=DynamicSettings)
    frequency: FrequencySettings = field(default_factory=FrequencySettings)
    flow: FlowSettings = field(default_factory=FlowSettings)
    weak: WeakSettings = field(default_factory=WeakSettings)
    hedge: HedgeSettings = field(default_factory=HedgeSettings)
    netcheck: NetCheckSettings = field(default_factory=NetCheckSettings)
    timing_sync: TimingSyncSettings = field(default_factory=TimingSyncSettings)
    traffic: TrafficSettings = field(default_factory=TrafficSettings)
    zombie_interval: float = RETRY_INTERVAL  # how long a failed task rests
    intercept_keep: float = KEEP  # how long an intercepted answer stands

    def __post_init__(self) -> None:
        _positive(self, "zombie_interval", "intercept_keep")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All of netcore's settings; the addresses can also be changed later, on the NetCore.

    Without ``longlink_ports`` there is no main long link, without ``shortlink_port`` no short link.
    ``proxy`` is one proxy for both links. Without it ``find_proxy``, if there is one, is asked for
    each host, in a thread: :func:`netcore.connect.system_proxy.system_proxy` finds the system's.
    ``folder`` keeps what is learned of addresses and heartbeats over restarts; None forgets it.
    """

    longlink_hosts: tuple[str, ...] = ()
    longlink_ports: tuple[int, ...] = ()
    longlink_debug_ip: str = ""
    minorlong_debug_ip: str = ""
    low_priority_ports: tuple[int, ...] = ()
    backup_ips: dict[str, tuple[str, ...]] = field(default_factory=dict)  # by host
    debug_ips: dict[str, str] = field(default_factory=dict)  # by host
    shortlink_hosts: tuple[str, ...] = ()  # for tasks that name none
    shortlink_port: int = 0
    shortlink_debug_ip: str = ""
    doh_url: str = ""  # a DNS-over-HTTPS service, asked before the DNS
    doh_addresses: tuple[str, ...] = ()  # of that service, so that no other DNS is needed
    use_longlink: bool = True
    websocket: bool = True  # the long link may go over the short link's port, as WebSocket
    quic: QuicSettings = field(default_factory=QuicSettings)  # of the short link
    folder: Path | None = None
    tls: TlsSettings = field(default_factory=TlsSettings)
    proxy: Proxy | None = None
    find_proxy: FindProxy | None = None
    race: RaceSettings = field(default_factory=RaceSettings)
    limits: TaskLimits = field(default_factory=TaskLimits)
    longlink: LonglinkSettings = field(default_factory=LonglinkSettings)
    shortlink: ShortlinkSettings = field(default_factory=ShortlinkSettings)
    heartbeat: HeartbeatSettings = field(default_factory=HeartbeatSettings)
    timer_check: FailbackSettings = field(default_factory=FailbackSettings)
    policies: PolicySettings = field(default_factory=PolicySettings)

    def __post_init__(self) -> None:
        for name in ("longlink_hosts", "shortlink_hosts"):
            object.__setattr__(self, name, checking.strings(name, getattr(self, name)))
        for name in ("longlink_ports", "low_priority_ports"):
            object.__setattr__(self, name, checking.ports(name, getattr(self, name)))
        checking.port("shortlink_port", self.shortlink_port, none=True)
        for name in ("longlink_debug_ip", "minorlong_debug_ip", "shortlink_debug_ip"):
            checking.address(name, getattr(self, name))
        for host, ip in self.debug_ips.items():
            checking.address(f"debug_ips[{host!r}]", ip)
        backup = {
            host: checking.addresses(f"backup_ips[{host!r}]", ips)
            for host, ips in self.backup_ips.items()
        }
        object.__setattr__(self, "backup_ips", backup)
        own = checking.addresses("doh_addresses", self.doh_addresses)
        object.__setattr__(self, "doh_addresses", own)

    def doh(self, proxies: Proxies | None = None) -> DohResolver | None:
        """The DNS-over-HTTPS service, if one is set; raises ConfigError for a wrong address.

        It goes the way that ``proxies`` say.
        """
        if not self.doh_url:
            return None
        return DohResolver(self.doh_url, addresses=self.doh_addresses, proxies=proxies)

    def sources(self) -> SourcesSettings:
        """The part about addresses, as the sources want it; may be changed at run time."""
        return SourcesSettings(
            longlink_hosts=list(self.longlink_hosts),
            longlink_ports=list(self.longlink_ports),
            longlink_debug_ip=self.longlink_debug_ip,
            minorlong_debug_ip=self.minorlong_debug_ip,
            low_priority_ports=list(self.low_priority_ports),
            shortlink_port=self.shortlink_port,
            shortlink_debug_ip=self.shortlink_debug_ip,
            debug_ips=dict(self.debug_ips),
            backup_ips={host: list(ips) for host, ips in self.backup_ips.items()},
        )
