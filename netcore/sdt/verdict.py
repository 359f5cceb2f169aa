"""What the results mean, in one finding (sans-I/O).

The rules are tried from top to bottom; the first that holds is the finding. "Server" is the chat
server; "internet" is anything beyond the gateway that answered.

====================  ======================================================================
finding               holds when
====================  ======================================================================
CANCELLED             no check ended
PORTAL                a log-in page answers in place of the internet
PROXY_FAILS           a proxy is set and gives no tunnel
CERTIFICATE           the server answers with a certificate that is not trusted
WELL / WEAK           the long link's noop is answered (weak: slowly, or pings are lost)
WRONG_SERVER          something answers at the server's address that is no long link
LONGLINK_BLOCKED      the long link fails, the short link answers
SERVER_REFUSES        the server's machine refuses the connection
SERVER_SILENT         the connection stands, the noop is never answered
NO_NETWORK            there is no gateway and nothing answers
ROUTER_SILENT         there is a gateway that does not answer, and nothing else does
DNS_DOWN_ONE          the system's look-up fails, another resolver finds the server
NAME_UNKNOWN          every resolver that answers says that the server's name does not exist
INTERNET_DOWN         the gateway answers, nothing that was asked beyond it does
DNS_DOWN              no look-up works, though the gateway or the internet answers
SERVER_UNREACHABLE    the internet answers, the server does not
UNCLEAR               none of these
====================  ======================================================================
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from netcore.sdt.result import CheckCause, CheckKind, CheckResult, Status


class Conclusion(Enum):
    """The one conclusion of a diagnosis; ``words`` says each in full sentences."""

    CANCELLED = "cancelled"
    PORTAL = "portal"
    PROXY_FAILS = "proxy_fails"
    CERTIFICATE = "certificate"
    WELL = "well"
    WEAK = "weak"
    WRONG_SERVER = "wrong_server"
    LONGLINK_BLOCKED = "longlink_blocked"
    SERVER_REFUSES = "server_refuses"
    SERVER_SILENT = "server_silent"
    NO_NETWORK = "no_network"
    ROUTER_SILENT = "router_silent"
    DNS_DOWN_ONE = "dns_down_one"
    DNS_DOWN = "dns_down"
    NAME_UNKNOWN = "name_unknown"
    INTERNET_DOWN = "internet_down"
    SERVER_UNREACHABLE = "server_unreachable"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The finding, and the values its sentences name (``host``, ``server``, ``ms``, ...)."""

    finding: Conclusion
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def good(self) -> bool:
        """Whether messages get through."""
        return self.finding in (Conclusion.WELL, Conclusion.WEAK)


class _Results:
    """Questions to a list of results."""

    def __init__(self, results: Iterable[CheckResult]) -> None:
        self._results = [r for r in results if r.cause is not CheckCause.CANCELLED]

    def of(self, *kinds: CheckKind) -> list[CheckResult]:
        return [r for r in self._results if r.kind in kinds and r.status is not Status.SKIPPED]

    def good(self, *kinds: CheckKind) -> list[CheckResult]:
        return [r for r in self.of(*kinds) if r.status in (Status.OK, Status.SLOW)]

    def failed(self, *kinds: CheckKind) -> list[CheckResult]:
        return [r for r in self.of(*kinds) if r.status is Status.FAILED]

    def all_failed(self, *kinds: CheckKind) -> bool:
        return bool(self.of(*kinds)) and not self.good(*kinds)

    def cause(self, cause: CheckCause, *kinds: CheckKind) -> list[CheckResult]:
        return [r for r in self.failed(*kinds) if r.cause is cause]

    def beyond_gateway(self) -> bool:
        """Whether anything outside this network answered, if only to refuse."""
        spoke = (
            CheckCause.REFUSED,
            CheckCause.BAD_ANSWER,
            CheckCause.REDIRECTED,
            CheckCause.SERVER_FAILURE,
        )
        far = (CheckKind.PING, CheckKind.TCP, CheckKind.HTTP, CheckKind.TLS, CheckKind.PORTAL)
        if self.good(*far) or any(r.cause in spoke for r in self.failed(*far)):
            return True
        return any(
            r.facts.get("far")
            and (r.status is not Status.FAILED or r.cause is CheckCause.NOT_FOUND)
            for r in self.of(CheckKind.DNS)
        )

    def asked_beyond_gateway(self) -> bool:
        """Whether anything outside this network was asked by its address, not by a name."""
        return bool(self.of(CheckKind.PING)) or any(
            r.facts.get("far") for r in self.of(CheckKind.DNS)
        )


def conclude(results: Sequence[CheckResult], *, host: str) -> Verdict:
    """The verdict on the results of one diagnosis of ``host``."""
    seen = _Results(results)
    if not any(seen.of(kind) for kind in CheckKind):
        return Verdict(Conclusion.CANCELLED, {"host": host})
    return _server(seen, host) or _network(seen, host)


def _why(result: CheckResult) -> dict[str, Any]:
    """What a check says, and its cause, for languages that it does not speak."""
    return {"detail": result.detail, "cause": result.cause.value}


def _server(seen: _Results, host: str) -> Verdict | None:
    """What the server's own answers tell, whatever else is wrong."""
    links = seen.of(CheckKind.TCP)
    portal = seen.cause(CheckCause.REDIRECTED, CheckKind.PORTAL)
    if portal and not seen.good(CheckKind.TCP):
        return Verdict(Conclusion.PORTAL, {"where": portal[0].facts.get("location", "")})
    proxy = seen.failed(CheckKind.PROXY)
    if proxy and not seen.good(CheckKind.TCP):
        return Verdict(Conclusion.PROXY_FAILS, {"proxy": proxy[0].target, **_why(proxy[0])})
    distrusted = seen.cause(CheckCause.CERTIFICATE, CheckKind.TCP, CheckKind.TLS, CheckKind.HTTP)
    if distrusted:
        told = [r.facts.get("fingerprint", "") for r in distrusted]
        fingerprint = next(filter(None, told), "")
        values = {"host": host, "fingerprint": fingerprint, **_why(distrusted[0])}
        return Verdict(Conclusion.CERTIFICATE, values)
    good = [r for r in links if r.status in (Status.OK, Status.SLOW)]
    if good:
        best = min(good, key=lambda r: r.rtt or 0.0)
        values = {"host": host, "ms": round((best.rtt or 0.0) * 1000)}
        lossy = [r for r in seen.good(CheckKind.PING) if r.cause is CheckCause.LOSS]
        if lossy:
            values["loss"] = round(100 * lossy[0].facts.get("loss", 0.0))
        weak = best.status is Status.SLOW or bool(lossy)
        return Verdict(Conclusion.WEAK if weak else Conclusion.WELL, values)
    if seen.cause(CheckCause.BAD_ANSWER, CheckKind.TCP) or seen.cause(
        CheckCause.HANDSHAKE, CheckKind.TCP
    ):
        failed = seen.failed(CheckKind.TCP)[0]
        return Verdict(Conclusion.WRONG_SERVER, {"host": host, **_why(failed)})
    if links and seen.good(CheckKind.HTTP):
        return Verdict(Conclusion.LONGLINK_BLOCKED, {"host": host, **_why(links[0])})
    if seen.cause(CheckCause.REFUSED, CheckKind.TCP):
        return Verdict(Conclusion.SERVER_REFUSES, {"host": host})
    if seen.cause(CheckCause.NO_ANSWER, CheckKind.TCP) or seen.cause(
        CheckCause.RESET, CheckKind.TCP
    ):
        return Verdict(Conclusion.SERVER_SILENT, {"host": host})
    return None


def _network(seen: _Results, host: str) -> Verdict:
    """The server gave no answer of its own: find out how far we come."""
    beyond = seen.beyond_gateway()
    gateways = seen.of(CheckKind.GATEWAY)
    if not beyond and not gateways:
        return Verdict(Conclusion.NO_NETWORK)
    if not beyond and seen.all_failed(CheckKind.GATEWAY):
        return Verdict(Conclusion.ROUTER_SILENT, {"gateway": gateways[0].target})
    lookups = seen.of(CheckKind.DNS)
    system = [r for r in lookups if r.facts.get("by") == "system"]
    others = [r for r in lookups if r.facts.get("by") != "system"]
    if system and all(r.status is Status.FAILED for r in system):
        working = [r for r in others if r.status in (Status.OK, Status.SLOW)]
        if working:
            server = working[0].facts.get("server", working[0].target)
            return Verdict(Conclusion.DNS_DOWN_ONE, {"host": host, "server": server})
        answered = [r for r in lookups if r.facts.get("answered")]
        if answered and all(r.cause is CheckCause.NOT_FOUND for r in answered):
            return Verdict(Conclusion.NAME_UNKNOWN, {"host": host})
        if beyond or (seen.good(CheckKind.GATEWAY) and not seen.asked_beyond_gateway()):
            return Verdict(Conclusion.DNS_DOWN, {"host": host})
    if seen.good(CheckKind.GATEWAY) and not beyond:
        return Verdict(
            Conclusion.INTERNET_DOWN, {"gateway": seen.good(CheckKind.GATEWAY)[0].target}
        )
    if beyond and seen.all_failed(CheckKind.TCP):
        return Verdict(Conclusion.SERVER_UNREACHABLE, {"host": host})
    return Verdict(Conclusion.UNCLEAR, {"host": host})
