"""Where the time of a task or of a connection went (``mars/stn/task_profile.h``).

All moments are seconds of :class:`netcore.runtime.clock.Clock` (``now``), 0.0 where it never came
to it; all durations are seconds. One :class:`TaskProfile` a task, one :class:`AttemptProfile` each
time it was sent (or failed before), one :class:`ConnectProfile` each connection.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

from netcore.connect.endpoint import AddressSource, Carrier, Endpoint
from netcore.errors import ConnectError, ErrorType, Failure
from netcore.policy.dynamic import NetworkQuality
from netcore.task import Channel, Task


class FailStep(IntEnum):
    """How far an attempt came (``TaskFailStep``)."""

    SUCCESS = 0
    DNS = 1
    CONNECT = 2
    FIRST_PACKAGE = 3
    PACKAGE_PACKAGE = 4
    DECODE = 5
    OTHER = 6
    TIMEOUT = 7
    SERVER = 8


@dataclass(slots=True)
class NoopProfile:
    """One heartbeat: when, after which planned and real interval, and its answer's cost."""

    at: float
    interval: float
    actual_interval: float
    cost: float = 0.0
    ok: bool = False


@dataclass(slots=True)
class ConnectProfile:
    """One connection from name lookup to its end."""

    link: str = ""
    network: str = ""
    start: float = 0.0
    dns_start: float = 0.0
    dns_end: float = 0.0
    connect_start: float = 0.0
    connect_end: float = 0.0  # of the winner's TCP (and proxy) part
    tls_end: float = 0.0
    host: str = ""
    ip: str = ""
    port: int = 0
    source: AddressSource = AddressSource.NULL
    endpoint: Endpoint | None = None  # the winner
    local_ip: str = ""
    local_port: int = 0
    proxy: str = ""
    index: int = -1  # of the winner among the addresses
    tried: int = 0
    rtt: float = 0.0  # the winner's connect time
    reused: bool = False  # a kept connection of the short link
    error_type: ErrorType = ErrorType.OK
    error_code: int = 0
    failure: ConnectError | None = None  # why the connect failed; a certificate, for instance
    connect_reason: int = 0  # the code the connection before this one ended with
    disconnect: float = 0.0
    noops: list[NoopProfile] = field(default_factory=list)

    @property
    def carrier(self) -> Carrier:
        """What carries it; TCP as long as no address has won."""
        return Carrier.TCP if self.endpoint is None else self.endpoint.carrier

    @property
    def dns_cost(self) -> float:
        """Seconds of name lookup."""
        return max(0.0, self.dns_end - self.dns_start)

    @property
    def tls_cost(self) -> float:
        """Seconds of the winner's TLS handshake."""
        return max(0.0, self.tls_end - self.connect_end) if self.tls_end else 0.0


@dataclass(slots=True)
class AttemptProfile:
    """One attempt of a task, stage by stage."""

    queued: float = 0.0  # when it began to wait for its turn
    send_start: float = 0.0  # encoded and handed to the link
    send_end: float = 0.0  # the system took the last byte; known on the short link only
    first_package: float = 0.0
    last_package: float = 0.0
    decode_start: float = 0.0
    decode_end: float = 0.0
    end: float = 0.0
    sent_bytes: int = 0
    received_bytes: int = 0
    first_package_timeout: float = 0.0
    read_write_timeout: float = 0.0
    error_type: ErrorType = ErrorType.OK
    error_code: int = 0
    # What it went over or waited for: on the long link a connection that may be older than the
    # attempt, or still being made. None where no link had it.
    connect: ConnectProfile | None = None

    def failed(self, failure: Failure, now: float) -> None:
        """It ended with this failure."""
        self.end = now
        self.error_type = failure.type
        self.error_code = failure.code

    @property
    def queue_cost(self) -> float:
        """Seconds from entering the list until sending, or until its end if never sent."""
        return max(0.0, (self.send_start or self.end) - self.queued)

    @property
    def first_package_cost(self) -> float:
        """Seconds from sending until the first received byte of the answer; 0 if none came."""
        return max(0.0, self.first_package - self.send_start) if self.first_package else 0.0

    @property
    def decode_cost(self) -> float:
        """Seconds in ``buf2resp``."""
        return max(0.0, self.decode_end - self.decode_start)

    @property
    def step(self) -> FailStep:
        """How far it came."""
        if self.error_type is ErrorType.OK:
            return FailStep.SERVER if self.error_code else FailStep.SUCCESS
        if self.error_type is ErrorType.DNS:
            return FailStep.DNS
        if self.error_type is ErrorType.SERVER:
            return FailStep.SERVER
        if self.error_type is ErrorType.EN_DECODE:
            return FailStep.DECODE
        if self.error_type is ErrorType.LOCAL and self.error_code == -1:
            return FailStep.TIMEOUT
        if not self.send_start:
            return FailStep.CONNECT
        if not self.first_package:
            return FailStep.FIRST_PACKAGE
        return FailStep.OTHER if self.error_type is ErrorType.LOCAL else FailStep.PACKAGE_PACKAGE


@dataclass(slots=True)
class TaskProfile:
    """A task's whole life: each attempt and the end."""

    task: Task
    start: float
    timeout: float = 0.0  # the task's total time-out
    attempts: list[AttemptProfile] = field(default_factory=list)
    channel: Channel = Channel.LONG
    channel_name: str = ""
    end: float = 0.0
    error_type: ErrorType = ErrorType.OK
    error_code: int = 0
    weak: bool = False  # whether the network was weak at the end
    level: NetworkQuality = NetworkQuality.EVALUATING  # and how it did recently

    @property
    def cost(self) -> float:
        """Seconds from start to end."""
        return max(0.0, self.end - self.start)

    @property
    def last(self) -> AttemptProfile | None:
        """The latest attempt."""
        return self.attempts[-1] if self.attempts else None
