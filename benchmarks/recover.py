"""Seconds until a message is answered again after the link was cut, beside other clients.

``python -m benchmarks.recover [--cap S] [--cuts NAME...]`` prints one JSON object. Linux, as root,
with iproute2, nftables and mosquitto; it takes a minute or so a cut. Clients and servers live in
two network namespaces joined by a wire. At each cut all clients run side by side, so the cut is the
same one for all; they are started anew for each, have had one message answered, and were silent for
``settle_s``. At the moment counted from, each is told to have a message answered; what it has not
got an answer to it sends again on its next connection. The others are used with their default
settings: **paho-mqtt** (QoS 1, on mosquitto, which gives the message back), **websockets**
(``async for connection in connect(...)``) and **python-socketio** (its own reconnecting).

- ``reset``: the peer resets the connection (RST); counted from there
- ``black_hole``: packets of the connections that stand vanish, new ones pass (a NAT forgot)
- ``down_up``: the interface goes down for 5 s and comes back as it was; a message is sent 1 s into
  that, as a user would, and counted from the interface's return (of connections that are silent
  such a cut goes unnoticed)
- ``new_address``: it comes back after 3 s with another address, as on another network
- ``sleep``: the machine slept for 10 min (its processes are stopped for 2 s, clocks that count
  sleep go 10 min on) and a NAT forgot its connections; counted from waking up

netcore is told what an application's platform layer is told by the operating system: that the
network went and came, and that the machine woke. ``netcore_untold`` is one that is told nothing.
``times_faster`` is the best of the others over netcore; ``null`` is not within ``cap_s``, and then
``cap_s`` stands for it in ``times_faster``.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import selectors
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from benchmarks.recover_peers import BEHIND, HOST, PORTS

CLIENTS = ("netcore", "netcore_untold", "websockets", "socketio", "paho")
CUTS = ("reset", "black_hole", "down_up", "new_address", "sleep")
SETTLE = 8.0
SLEEP = 600.0
ADDRESS, OTHER_ADDRESS = "10.77.0.2", "10.77.0.3"
PROGRAMS = {"ip": "iproute2", "ss": "iproute2", "nft": "nftables", "mosquitto": "mosquitto"}
MODULES = {
    "aiohttp": "aiohttp",
    "paho": "paho-mqtt",
    "socketio": "python-socketio",
    "websockets": "websockets",
}


def run(*words: str, text: str | None = None) -> str:
    done = subprocess.run(words, input=text, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(words)}: {done.stderr.strip()}")
    return done.stdout


class Net:
    """Two namespaces and the wire between them."""

    def __init__(self) -> None:
        self.client = f"recover-c{os.getpid()}"
        self.server = f"recover-s{os.getpid()}"

    def __enter__(self) -> Net:
        for name in (self.client, self.server):
            run("ip", "netns", "add", name)
        wire = ("type", "veth", "peer", "name", "out", "netns", self.server)
        run("ip", "link", "add", "out", "netns", self.client, *wire)
        for name, address in ((self.client, ADDRESS), (self.server, HOST)):
            self.ip(name, "addr", "add", f"{address}/24", "dev", "out")
            self.ip(name, "link", "set", "out", "up")
            self.ip(name, "link", "set", "lo", "up")
        self.nft(
            "table inet cut { set dead { type inet_service; };"
            " chain out { type filter hook output priority 0; tcp sport @dead drop; };"
            " chain in { type filter hook input priority 0; tcp dport @dead drop; }; }"
        )
        return self

    def __exit__(self, *_: object) -> None:
        for name in (self.client, self.server):
            subprocess.run(["ip", "netns", "del", name], check=False)

    def ip(self, name: str, *words: str) -> None:
        """Run ``ip`` in a namespace."""
        run("ip", "-n", name, *words)

    def nft(self, text: str) -> None:
        """Give ``nft`` rules for the client's namespace."""
        run("ip", "netns", "exec", self.client, "nft", "-f", "-", text=text)

    def forget_connections(self) -> None:
        """Let the packets of all connections that stand vanish."""
        table = run("ip", "netns", "exec", self.client, "ss", "-Htn", "state", "established")
        ports = {line.split()[2].rpartition(":")[2] for line in table.splitlines()}
        self.nft(f"add element inet cut dead {{ {', '.join(sorted(ports))} }}")


class Player:
    """A client or the servers, in a namespace."""

    def __init__(self, role: str, namespace: str) -> None:
        words = [sys.executable, "-m", "benchmarks.recover_peers", role]
        self.process = subprocess.Popen(
            ["ip", "netns", "exec", namespace, *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def tell(self, line: str) -> None:
        """Say a line to it."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n".encode())
        self.process.stdin.flush()

    def end(self) -> None:
        """Kill it."""
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            with contextlib.suppress(OSError):
                assert pipe is not None
                pipe.close()


def wait(players: dict[str, Player], seconds: float) -> dict[str, float]:
    """When each said its next word, as far as they did within so many seconds."""
    said: dict[str, float] = {}
    until = time.monotonic() + seconds
    with selectors.DefaultSelector() as selector:
        for name, player in players.items():
            assert player.process.stdout is not None
            selector.register(player.process.stdout, selectors.EVENT_READ, name)
        while len(said) < len(players) and (left := until - time.monotonic()) > 0:
            for key, _ in selector.select(left):
                line = key.fileobj.readline()  # type: ignore[union-attr]
                selector.unregister(key.fileobj)
                if line:
                    said[key.data] = json.loads(line)["at"]
    return said


@contextlib.contextmanager
def clients(net: Net) -> Iterator[dict[str, Player]]:
    players = {name: Player(name.removesuffix("_untold"), net.client) for name in CLIENTS}
    try:
        ready = wait(players, 20.0)
        missing = sorted(set(players) - set(ready))
        if missing:
            raise SystemExit(f"could not connect at all: {', '.join(missing)}")
        time.sleep(SETTLE)
        yield players
    finally:
        for each in players.values():
            each.end()


def ask(players: dict[str, Player]) -> None:
    for each in players.values():
        each.tell("ask")


def cut(name: str, net: Net, players: dict[str, Player], servers: Player) -> float:
    """Cut, tell netcore what it would be told; the moment to count from."""
    told = players["netcore"]
    if name == "reset":
        servers.tell("reset")
        return wait({"servers": servers}, 5.0)["servers"]
    if name == "black_hole":
        net.forget_connections()
    elif name == "sleep":
        for each in players.values():
            each.process.send_signal(signal.SIGSTOP)
        net.forget_connections()
        time.sleep(2.0)
        for each in players.values():
            each.process.send_signal(signal.SIGCONT)
        told.tell(f"slept {SLEEP:g}")
    else:
        net.ip(net.client, "link", "set", "out", "down")
        told.tell("network none")
        if name == "down_up":
            time.sleep(1.0)
            ask(players)
            time.sleep(4.0)
        else:
            time.sleep(3.0)
            net.ip(net.client, "addr", "flush", "dev", "out")
            net.ip(net.client, "addr", "add", f"{OTHER_ADDRESS}/24", "dev", "out")
        net.ip(net.client, "link", "set", "out", "up")
        told.tell(f"network {'other' if name == 'new_address' else 'first'}")
    return time.monotonic()


def measure(name: str, cap: float) -> dict[str, Any]:
    with Net() as net, tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "mosquitto.conf"
        config.write_text(f"listener {PORTS['paho'] + BEHIND} {HOST}\nallow_anonymous true\n")
        broker = subprocess.Popen(
            ["ip", "netns", "exec", net.server, "mosquitto", "-c", str(config)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        servers = Player("servers", net.server)
        try:
            if not wait({"servers": servers}, 20.0):
                raise SystemExit("the servers did not start")
            with clients(net) as players:
                begun = cut(name, net, players, servers)
                if name != "down_up":
                    ask(players)
                answered = wait(players, cap)
        finally:
            servers.end()
            broker.terminate()
            broker.wait()
    seconds = {
        each: round(answered[each] - begun, 4) if each in answered else None for each in CLIENTS
    }
    others = [seconds[each] or cap for each in CLIENTS if not each.startswith("netcore")]
    ours = seconds["netcore"] or cap
    return {"seconds": seconds, "times_faster": round(min(others) / ours, 1)}


def what_is_missing() -> list[str]:
    """What must be there before this can run, and how to get it; a line each."""
    if sys.platform != "linux":
        return ["it needs network namespaces, which only Linux has"]
    lines = [] if os.geteuid() == 0 else ["run it as root: it makes network namespaces"]
    packages = sorted({PROGRAMS[each] for each in PROGRAMS if not shutil.which(each)})
    if packages:
        lines.append(f"programs are missing: apt-get install {' '.join(packages)}")
    if "mosquitto" in packages:
        lines.append(
            "then stop mosquitto's own service (service mosquitto stop); one is started here"
        )
    modules = sorted(MODULES[each] for each in MODULES if find_spec(each) is None)
    if modules:
        lines.append(f"the clients to compare with are missing: pip install {' '.join(modules)}")
    return lines


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cap", type=float, default=60.0, help="seconds to wait for each cut")
    parser.add_argument("--cuts", nargs="+", choices=CUTS, default=CUTS)
    wanted = parser.parse_args(arguments)
    missing = what_is_missing()
    if missing:
        raise SystemExit("\n".join(missing))
    answer = {
        "python": platform.python_version(),
        "cap_s": wanted.cap,
        "settle_s": SETTLE,
        "cuts": {name: measure(name, wanted.cap) for name in wanted.cuts},
    }
    print(json.dumps(answer, indent=2))


if __name__ == "__main__":
    main()
