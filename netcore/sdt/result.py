"""What a check found: typed, JSON-ready, the same for every kind (``netchecker_profile.h``)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from netcore.observe import Event


class CheckKind(Enum):
    """The kinds of check."""

    GATEWAY = "gateway"
    PING = "ping"
    DNS = "dns"
    TCP = "tcp"
    TLS = "tls"
    HTTP = "http"
    TRACEROUTE = "traceroute"
    PATH_MTU = "path_mtu"
    PORTAL = "portal"
    PROXY = "proxy"


class Status(Enum):
    """How a check ended."""

    OK = "ok"
    SLOW = "slow"  # it works, and not well
    FAILED = "failed"
    SKIPPED = "skipped"  # could not be run here; ``cause`` says why


class CheckCause(Enum):
    """Why a check failed, was skipped or is slow."""

    NONE = "none"
    TIMEOUT = "timeout"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    RESET = "reset"
    LOSS = "loss"
    NO_ANSWER = "no_answer"  # connected, then silence
    BAD_ANSWER = "bad_answer"  # something answers that is not what we asked for
    NOT_FOUND = "not_found"
    SERVER_FAILURE = "server_failure"
    CERTIFICATE = "certificate"
    HANDSHAKE = "handshake"
    REDIRECTED = "redirected"
    LOGIN_REFUSED = "login_refused"
    NO_PERMISSION = "no_permission"
    NOT_SUPPORTED = "not_supported"
    NOT_CONFIGURED = "not_configured"
    CANCELLED = "cancelled"
    ERROR = "error"  # ``detail`` tells


@dataclass(slots=True)
class CheckResult:
    """One check of one target.

    ``at`` is seconds since the epoch, ``seconds`` how long the check took, ``rtt`` the time of a
    good answer in seconds (None without one). ``facts`` are further findings, JSON-ready, whose
    names each check documents.
    """

    kind: CheckKind
    target: str
    status: Status
    cause: CheckCause = CheckCause.NONE
    detail: str = ""
    at: float = 0.0
    seconds: float = 0.0
    rtt: float | None = None
    facts: dict[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "kind": self.kind.value,
            "target": self.target,
            "status": self.status.value,
            "cause": self.cause.value,
            "detail": self.detail,
            "at": self.at,
            "seconds": round(self.seconds, 6),
            "rtt": None if self.rtt is None else round(self.rtt, 6),
            "facts": self.facts,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class DiagnosisStarted(Event):
    """A diagnosis began: by hand, by the judge ("judge") or because sending kept failing."""

    reason: str
    checks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckEnded(Event):
    """One check ended; ``done`` of ``checks`` have."""

    result: CheckResult
    done: int
    checks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DiagnosisEnded(Event):
    """The diagnosis ended; ``verdict`` names a :class:`~netcore.sdt.verdict.Conclusion`."""

    verdict: str
    cancelled: bool
    seconds: float
