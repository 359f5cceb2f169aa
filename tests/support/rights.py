"""What this process may do, found out by doing it: a test that cannot be run says why.

Each function gives the reason why not, "" where it works; it is tried once in a run.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

ROOM = ("unshare", "-m") if hasattr(os, "getuid") and os.getuid() == 0 else ("unshare", "-rm")
"""Before a command: mounts of its own, which nobody else sees."""
MERE = (
    "setpriv",
    "--inh-caps=-dac_override,-dac_read_search",
    "--bounding-set=-dac_override,-dac_read_search",
)
"""Before a command of root's: it owns its files still, but modes hold for it as for anybody."""


def tried(*command: str, text: str | None = None) -> str:
    """Run a command; gives its words when it fails."""
    try:
        done = subprocess.run(
            command, input=text, capture_output=True, text=True, timeout=30, check=False
        )
    except OSError as error:
        return f"{command[0]} cannot be run: {error.strerror}"
    except subprocess.TimeoutExpired:
        return f"{' '.join(command)} does not end"
    words = done.stderr.strip() or f"it ended with {done.returncode}"
    return f"{' '.join(command[:4])}: {words}" if done.returncode else ""


@cache
def mounting() -> str:
    """A file system mounted where nobody else sees it."""
    with tempfile.TemporaryDirectory() as place:
        return tried(*ROOM, "mount", "-t", "tmpfs", "-o", "size=64k", "none", place)


@cache
def mounting_for_all() -> str:
    """A file system mounted for this process and everybody else."""
    with tempfile.TemporaryDirectory() as place:
        reason = tried("mount", "-t", "tmpfs", "-o", "size=64k", "none", place)
        return reason or tried("umount", place)


@cache
def namespaces() -> str:
    """Network namespaces with a wire between them and rules of nftables."""
    if sys.platform != "linux":
        return "network namespaces are Linux's"
    one, two = (f"phobos-probe-{os.getpid()}-{side}" for side in "ab")
    rules = "table inet probe {\nchain input { type filter hook input priority 0; }\n}\n"
    steps = (
        f"ip netns add {one}",
        f"ip netns add {two}",
        f"ip -n {one} link add wire0 type veth peer name wire0 netns {two}",
        f"ip netns exec {one} sysctl -qw net.ipv4.ip_forward=1",
        f"ip netns exec {one} nft -f -",
    )
    try:
        return next((found for step in steps if (found := tried(*step.split(), text=rules))), "")
    finally:
        for name in (one, two):
            tried("ip", "netns", "del", name)


@cache
def modes() -> tuple[tuple[str, ...], str]:
    """(what to put before a command so that modes hold for it, the reason why they cannot)."""
    if os.name == "nt":
        return (), "no such permissions there"
    if os.getuid() != 0:
        return (), ""
    if shutil.which("setpriv") is None:
        return (), "modes do not hold for root, and there is no setpriv"
    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o555)
        reason = tried(*MERE, "true") or (
            "" if tried(*MERE, "touch", f"{place}/file") else "modes do not hold after setpriv"
        )
    return MERE, reason
