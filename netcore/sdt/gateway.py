"""The default gateways of this machine, as its own tools tell them."""

from __future__ import annotations

import ipaddress
import re
import sys
from pathlib import Path

from netcore.runtime.guarded import guarded
from netcore.runtime.tools import TIMEOUT, output_of

_LINUX_V4 = Path("/proc/net/route")
_LINUX_V6 = Path("/proc/net/ipv6_route")
_UP_AND_GATEWAY = 0x3
# macOS's interfaces without a router beyond them: VPNs' and the system's own tunnels, AirDrop.
_TUNNEL = re.compile(r"(utun|ipsec|gif|stf|awdl|llw)\d*$")


def from_linux(v4: str, v6: str) -> list[str]:
    """Gateways in the texts of /proc/net/route and /proc/net/ipv6_route, lowest metric first."""
    found: list[tuple[int, str]] = []
    for line in v4.splitlines()[1:]:
        words = line.split()
        if len(words) < 7 or words[1] != "00000000" or int(words[3], 16) & 3 != _UP_AND_GATEWAY:
            continue
        address = ipaddress.IPv4Address(bytes.fromhex(words[2])[::-1])
        found.append((int(words[6]), str(address)))
    for line in v6.splitlines():
        words = line.split()
        if len(words) < 10 or words[0] != "0" * 32 or words[1] != "00":
            continue
        if int(words[8], 16) & 3 == _UP_AND_GATEWAY:
            address6 = ipaddress.IPv6Address(bytes.fromhex(words[4]))
            zone = f"%{words[9]}" if address6.is_link_local else ""
            found.append((int(words[5], 16), f"{address6}{zone}"))
    return list(dict.fromkeys(address for _, address in sorted(found)))


def from_netstat(text: str) -> list[str]:
    """Gateways in what ``netstat -rn`` prints on macOS, or ``route print 0.0.0.0`` on Windows."""
    found = []
    for line in text.splitlines():
        words = line.split()
        mac = len(words) >= 2 and words[0] == "default"
        windows = len(words) >= 5 and words[:2] == ["0.0.0.0", "0.0.0.0"]
        if not (mac or windows):
            continue
        gateway = words[1] if mac else words[2]
        if mac and any(_TUNNEL.match(word) for word in (gateway.partition("%")[2], *words[2:])):
            continue  # macOS has such a route for each of its utun interfaces, and no router there
        if re.fullmatch(r"[0-9a-fA-F.:]+(%\w+)?", gateway):
            found.append(gateway)
    return list(dict.fromkeys(found))


def _read(path: Path) -> str:
    try:
        return path.read_text("ascii", "replace")
    except OSError:
        return ""


async def default_gateways() -> list[str]:
    """Numeric addresses of the routers this machine leaves by; empty where none is known."""
    if sys.platform == "linux":
        return from_linux(_read(_LINUX_V4), _read(_LINUX_V6))
    windows = sys.platform == "win32"
    command = ("route", "print", "0.0.0.0") if windows else ("netstat", "-rn")

    try:
        output = await guarded(command, lambda: output_of(*command), timeout=TIMEOUT + 1.0)
    except TimeoutError:
        return []
    return from_netstat(output)
