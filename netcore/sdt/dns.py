"""Name look-ups: by the system, by each configured server, and by DNS over HTTPS (RFC 8484).

Facts: ``by`` ("system", "server", "doh"), ``server``, ``addresses``, ``answered`` (somebody spoke,
if only to say that there is no such name), ``far`` (the one asked is beyond this network).
"""

from __future__ import annotations

import base64
import ipaddress
import socket
from urllib.parse import urlsplit

import dns.asyncquery
import dns.exception
import dns.message
import dns.rcode
import dns.rdatatype
import dns.resolver

from netcore.connect.endpoint import Endpoint
from netcore.connect.proxy import Proxy
from netcore.connect.resolver import SystemResolver, literal
from netcore.connect.tls import TlsSettings
from netcore.errors import DnsError
from netcore.runtime.guarded import guarded
from netcore.sdt.http import exchange
from netcore.sdt.result import CheckCause, CheckKind, CheckResult, Status
from netcore.sdt.streams import open_stream
from netcore.sdt.timing import EarlyResult, timed

SLOW = 1.0  # seconds
SETUP_TIMEOUT = 3.0  # seconds for the system to say which name servers it uses
_NO_SUCH_NAME = {
    getattr(socket, name) for name in ("EAI_NONAME", "EAI_NODATA") if hasattr(socket, name)
}


async def look_up(host: str, timeout: float) -> list[str]:
    """The host's numeric addresses by the system; a numeric host is its own.

    Raises DnsError (there is no such name) or TimeoutError (nobody answered).
    """
    own = literal(host)
    if own is not None:
        return [own]
    try:
        return list((await SystemResolver().resolve(host, timeout=timeout)).addresses)
    except DnsError as error:
        cause = error.__cause__
        refused = isinstance(cause, socket.gaierror) and cause.errno not in _NO_SUCH_NAME
        if refused or isinstance(cause, TimeoutError):
            raise TimeoutError(f"{host}: nobody answers the system's look-ups") from error
        raise


async def configured_servers() -> list[str]:
    """The name servers this machine is set up with; empty where that cannot be told.

    Guarded: Windows is asked in ways that may hang.
    """

    def read() -> list[str]:
        return [str(server) for server in dns.resolver.Resolver().nameservers]

    try:
        return await guarded("configured DNS servers", read, timeout=SETUP_TIMEOUT)
    except (dns.exception.DNSException, OSError):
        return []


def is_far(server: str) -> bool:
    """Whether a server's address lies beyond the local network."""
    try:
        address = ipaddress.ip_address(server.partition("%")[0])
    except ValueError:
        return False
    return address.is_global


async def check_system(host: str, *, timeout: float) -> CheckResult:
    """Look ``host`` up as every program on this machine does."""

    async def check(result: CheckResult) -> None:
        result.facts = {"by": "system", "server": "", "answered": False, "far": False}
        try:
            result.facts["addresses"] = await look_up(host, timeout)
        except DnsError:
            result.facts["answered"] = True
            raise
        result.facts["answered"] = True

    return _rated(await timed(CheckKind.DNS, host, timeout + 1.0, check))


async def check_server(server: str, host: str, *, timeout: float, port: int = 53) -> CheckResult:
    """Ask one name server for the addresses of ``host``, over UDP, then TCP if cut short."""

    async def check(result: CheckResult) -> None:
        facts = {"by": "server", "server": server, "answered": False, "far": is_far(server)}
        result.facts = facts
        query = dns.message.make_query(host, dns.rdatatype.A)
        try:
            answer, _tcp = await dns.asyncquery.udp_with_fallback(
                query, server, timeout=timeout, port=port
            )
        except dns.exception.Timeout as error:
            raise TimeoutError(str(error)) from error
        except (dns.exception.DNSException, ValueError) as error:
            facts["answered"] = True
            text = f"{server} does not answer as a name server does: {error}"
            raise EarlyResult(Status.FAILED, CheckCause.BAD_ANSWER, text) from error
        _read(answer, host, server, result)

    return _rated(await timed(CheckKind.DNS, f"{host} @{server}", timeout + 1.0, check))


async def check_doh(
    url: str,
    host: str,
    *,
    timeout: float,
    tls: TlsSettings | None = None,
    proxy: Proxy | None = None,
) -> CheckResult:
    """Ask a DNS-over-HTTPS server (an https URL): it may know what port 53 does not."""
    parts = urlsplit(url)
    name = parts.hostname or ""

    async def check(result: CheckResult) -> None:
        result.facts = {"by": "doh", "server": name, "answered": False, "far": False}
        query = dns.message.make_query(host, dns.rdatatype.A, id=0)  # RFC 8484: 0 can be cached
        packed = base64.urlsafe_b64encode(query.to_wire()).decode().rstrip("=")
        address = (await look_up(name, timeout))[0]
        result.facts["far"] = is_far(address)
        at = Endpoint(address, parts.port or 443, name)
        stream = await open_stream(at, tls or TlsSettings(), proxy)
        try:
            answer = await exchange(stream, name, f"{parts.path or '/dns-query'}?dns={packed}")
        finally:
            await stream.close()
        try:
            message = dns.message.from_wire(answer.body)
        except (dns.exception.DNSException, ValueError) as error:
            text = f"{url} does not answer as DNS over HTTPS does ({answer.status})"
            raise EarlyResult(Status.FAILED, CheckCause.BAD_ANSWER, text) from error
        _read(message, host, name, result)

    return _rated(await timed(CheckKind.DNS, f"{host} @{url}", timeout + 1.0, check))


def _read(answer: dns.message.Message, host: str, server: str, result: CheckResult) -> None:
    result.facts["answered"] = True
    code = answer.rcode()
    if code == dns.rcode.NXDOMAIN:
        raise DnsError(f"{server} says that there is no name {host}")
    if code != dns.rcode.NOERROR:
        text = f"{server} answers {dns.rcode.to_text(code)}"
        raise EarlyResult(Status.FAILED, CheckCause.SERVER_FAILURE, text)
    addresses = [
        item.to_text()
        for rrset in answer.answer
        if rrset.rdtype in (dns.rdatatype.A, dns.rdatatype.AAAA)
        for item in rrset
    ]
    result.facts["addresses"] = addresses
    if not addresses:
        raise DnsError(f"{server} knows no address of {host}")


def _rated(result: CheckResult) -> CheckResult:
    if result.status is Status.OK:
        result.rtt = result.seconds
        if result.seconds > SLOW:
            result.status = Status.SLOW
    return result
