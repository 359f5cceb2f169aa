"""The servers, each in the server's namespace with a temporary folder for what it keeps."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from benchmarks.weak.clients.xmpp import DOMAIN, PASSWORD
from benchmarks.weak.net import LabError, Net, Process
from benchmarks.weak.player import number_of

PORTS = {
    "phobos_long": 8081,
    "phobos_short": 8080,
    "single_long": 8181,
    "single_short": 8180,
    "tls_long": 8281,
    "tls_short": 8280,
    "quic_long": 8381,
    "quic_short": 8380,
    "mqtt": 1883,
    "ws": 8090,
    "sio": 8091,
    "xmpp": 5222,
}
SECURED = frozenset({"tls", "quic"})  # products whose server speaks TLS, as QUIC must
LISTEN_TIMEOUT = 20.0
_PROSODY = """
run_as_root = true
daemonize = false
pidfile = "{folder}/prosody.pid"
data_path = "{folder}/data"
log = {{ error = "{folder}/prosody.err" }}
modules_enabled = {{ "roster", "saslauth", "disco", "smacks", "ping", "offline" }}
modules_disabled = {{ "s2s", "tls" }}
authentication = "internal_plain"
c2s_require_encryption = false
allow_unencrypted_plain_auth = true
c2s_ports = {{ {port} }}
interfaces = {{ "0.0.0.0" }}
VirtualHost "{domain}"
"""


def ports_of(product: str) -> list[int]:
    """The ports whose bytes are this product's."""
    return [port for name, port in PORTS.items() if name.partition("_")[0] == product]


class Servers:
    """Starts those that the products need."""

    def __init__(self, net: Net, folder: Path) -> None:
        self._net = net
        self._folder = folder
        self._by_product: dict[str, Process] = {}

    async def start(self, products: Iterable[str]) -> None:
        """Start them and wait until they listen; raises LabError."""
        wanted = set(products)
        for product in ("phobos", "single", "tls", "quic"):
            if product in wanted:
                await self._phobos(product)
        if "mqtt" in wanted:
            config = self._folder / "mosquitto.conf"
            config.write_text(
                f"listener {PORTS['mqtt']}\nallow_anonymous true\nuser root\n"
                # Off by default as MQTT's own; every messenger turns it on.
                "set_tcp_nodelay true\nmax_queued_messages 100000\n"
            )
            await self._start("mqtt", "mosquitto", "-c", str(config))
        if "xmpp" in wanted:
            await self._prosody()
        if wanted & {"ws", "sio"}:
            hub = await self._start(
                "ws", sys.executable, "-m", "benchmarks.weak.hub", json.dumps(PORTS)
            )
            await hub.hear("ready", LISTEN_TIMEOUT)
        for product in wanted:
            for port in ports_of(product):
                await self._until_listening(product, port)

    async def _start(self, product: str, *words: str) -> Process:
        made = await self._net.start(self._net.server, *words, name=f"{product}'s server")
        self._by_product[product] = made
        return made

    async def _phobos(self, product: str) -> None:
        await self._start(
            product,
            sys.executable, "-m", "app.server", "--write-limit", "0",
            *(() if product in SECURED else ("--plain",)),
            "--data", str(self._folder / product),
            "--longlink-port", str(PORTS[f"{product}_long"]),
            "--shortlink-port", str(PORTS[f"{product}_short"]),
        )  # fmt: skip

    async def _prosody(self) -> None:
        folder = self._folder / "prosody"
        accounts = folder / "data" / DOMAIN / "accounts"
        accounts.mkdir(parents=True)
        for name in ("sender", "receiver"):
            (accounts / f"{name}.dat").write_text(f'return {{ ["password"] = "{PASSWORD}"; }};\n')
        config = folder / "prosody.cfg.lua"
        config.write_text(_PROSODY.format(folder=folder, port=PORTS["xmpp"], domain=DOMAIN))
        await self._start("xmpp", "prosody", "--config", str(config), "-F")

    async def _until_listening(self, product: str, port: int) -> None:
        ends = time.monotonic() + LISTEN_TIMEOUT
        pid = self._by_product[product if product != "sio" else "ws"].process.pid
        while time.monotonic() < ends:
            try:
                if _listens(pid, port):
                    return
            except OSError:
                raise LabError(f"{product}'s server has ended") from None
            await asyncio.sleep(0.05)
        raise LabError(f"{product}'s server does not listen on port {port}")

    def processor_seconds(self, product: str) -> float | None:
        """What its server has taken; None for two that share one."""
        found = self._by_product.get(product)
        return None if found is None or product in ("ws", "sio") else found.processor_seconds()

    async def stored_twice(self) -> int:
        """How many messages of the single sends the server has more than once; it is ended."""
        await self._by_product["single"].end()  # its database is its own while it runs
        path = self._folder / "single" / "server.sqlite3"
        with closing(sqlite3.connect(path)) as database:
            texts = [row[0] for row in database.execute("SELECT text FROM messages")]
        counts = Counter(number_of(text) for text in texts)
        return sum(count - 1 for number, count in counts.items() if number >= 0)


def _listens(pid: int, port: int) -> bool:
    """Whether anybody listens on the port in the namespace of ``pid`` (/proc/net/tcp, state 0A)."""
    for family in ("tcp", "tcp6"):
        table = Path(f"/proc/{pid}/net/{family}").read_text("ascii")
        lines = (line.split() for line in table.splitlines()[1:])
        if any(line[1].endswith(f":{port:04X}") and line[3] == "0A" for line in lines):
            return True
    return False


def what_is_missing() -> list[str]:
    """What must be there before the laboratory can run, and how to get it; a line each."""
    if sys.platform != "linux":
        return ["it needs network namespaces and TUN devices, which only Linux has"]
    lines = [] if os.geteuid() == 0 else ["run it as root: it makes network namespaces"]
    if not Path("/dev/net/tun").exists():
        lines.append("/dev/net/tun is missing: modprobe tun")
    programs = {"ip": "iproute2", "setpriv": "util-linux", "mosquitto": "mosquitto"}
    programs["prosody"] = "prosody"
    packages = sorted({programs[each] for each in programs if not shutil.which(each)})
    if packages:
        lines.append(f"programs are missing: apt-get install {' '.join(packages)}")
    return lines
