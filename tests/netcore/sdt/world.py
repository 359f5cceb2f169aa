"""A little internet of network namespaces, to be broken one piece at a time (root, Linux).

    client --- router --- internet
    10.77.0.2  .1   9.9.8.1   9.9.8.2

``internet`` holds a name server, the chat server and the page that portal checks ask for; all of
it is ``python -m tests.netcore.sdt.world SERVICES``, told by JSON what to serve and how. The names
of namespaces carry the process's id, so that test runs side by side do not meet.
"""

import asyncio
import json
import os
import shutil
import subprocess
import sys
from contextlib import AsyncExitStack
from pathlib import Path

from tests.netcore.sdt.servers import answering, dns_server, echo, silent, tcp_server

HOST, PORTAL, FAR = "chat.example", "portal.example", "9.9.8.2"
PAGE = b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nsuccess\n"
LOGIN = (
    b"HTTP/1.1 302 Go\r\nLocation: http://login.example/\r\n"
    b"Content-Length: 0\r\nConnection: close\r\n\r\n"
)
HANDLERS = {
    "echo": echo,
    "silent": silent,
    "page": answering(PAGE),
    "login": answering(LOGIN),
    "garbage": answering(b"220 mail.example ESMTP\r\n"),
}
GOOD = {"dns": {HOST: [FAR], PORTAL: [FAR]}, "8081": "echo", "8080": "page", "80": "page"}


def run(*words, check=True):
    done = subprocess.run(words, capture_output=True, text=True, timeout=60)
    if check and done.returncode:
        raise RuntimeError(f"{' '.join(words)}: {done.stderr}")
    return done


class World:
    """Use as a context manager; ``services`` as in :data:`GOOD`."""

    def __init__(self, services=None, *, resolvers=(FAR,), at_router=None):
        self.services = GOOD if services is None else services
        self.at_router = at_router
        self.resolvers = resolvers
        self.names = {side: f"ph{side}{os.getpid()}" for side in ("client", "router", "internet")}
        self.processes = []

    def ip(self, side, *words):
        run("ip", "-n", self.names[side], *words)

    def inside(self, side, *words, check=True):
        return run("ip", "netns", "exec", self.names[side], *words, check=check)

    def nft(self, rules):
        """Load rules into the router's table "broken", whose hooks are forward and input."""
        name = self.names["router"]
        text = "table ip broken {\n" + rules + "\n}"
        done = subprocess.run(
            ["ip", "netns", "exec", name, "nft", "-f", "-"], input=text, text=True,
            capture_output=True, timeout=20,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr

    def drop(self, hook, what):
        self.nft(f"chain {hook} {{ type filter hook {hook} priority 0; {what} drop; }}")

    def __enter__(self):
        try:
            self._build()
            self._serve("internet", self.services)
            if self.at_router is not None:
                self._serve("router", self.at_router)
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def _build(self):
        for name in self.names.values():
            run("ip", "netns", "add", name)
        for side in self.names:
            self.ip(side, "link", "set", "lo", "up")
        for left, right, one, two in (
            ("client", "router", "10.77.0.2/24", "10.77.0.1/24"),
            ("router", "internet", "9.9.8.1/24", f"{FAR}/24"),
        ):
            self.ip(
                left, "link", "add", f"to{right}", "type", "veth",
                "peer", "name", f"to{left}", "netns", self.names[right],
            )  # fmt: skip
            for side, other, address in ((left, right, one), (right, left, two)):
                self.ip(side, "addr", "add", address, "dev", f"to{other}")
                self.ip(side, "link", "set", f"to{other}", "up")
        self.ip("client", "route", "add", "default", "via", "10.77.0.1")
        self.ip("internet", "route", "add", "default", "via", "9.9.8.1")
        self.inside("router", "sysctl", "-qw", "net.ipv4.ip_forward=1")
        etc = Path("/etc/netns") / self.names["client"]
        etc.mkdir(parents=True)
        lines = "".join(f"nameserver {each}\n" for each in self.resolvers)
        (etc / "resolv.conf").write_text(lines + "options timeout:1 attempts:1\n")

    def _serve(self, side, services):
        process = subprocess.Popen(
            ["ip", "netns", "exec", self.names[side], sys.executable, "-m", __spec__.name,
             json.dumps(services)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.processes.append(process)
        assert process.stdout.readline() == "ready\n"

    def check(self, *words, command=()):
        """``phobos-net check`` in the client's namespace: exit code, and what it printed."""
        return self.inside(
            "client", *command, sys.executable, "-m", "netcore.sdt.cli", "check", HOST, "--plain",
            "--doh", "", "--portal", f"http://{PORTAL}/success.txt", *words, check=False,
        )  # fmt: skip

    def diagnose(self, **changes):
        """The diagnosis as JSON, with the plan's short times; ``changes`` to the Plan."""
        plan = {"dns_timeout": 1.5, "ping_timeout": 0.7, "tcp_timeout": 2.0, "http_timeout": 2.0}
        plan |= {"ping_interval": 0.1, "trace": False, **changes}
        done = self.inside(
            "client", sys.executable, "-m", __spec__.name, "diagnose", json.dumps(plan)
        )
        return json.loads(done.stdout)

    def __exit__(self, *_):
        for process in self.processes:
            process.stdin.close()
            process.wait(timeout=20)
            process.stdout.close()
        for name in self.names.values():
            run("ip", "netns", "del", name, check=False)
        shutil.rmtree(Path("/etc/netns") / self.names["client"], ignore_errors=True)


async def serve(services):
    """Serve on every address until the standard input closes."""
    async with AsyncExitStack() as stack:
        for name, what in services.items():
            if name == "dns":
                await stack.enter_async_context(dns_server(what, host="0.0.0.0", port=53))
            else:
                await stack.enter_async_context(
                    tcp_server(HANDLERS[what], host="0.0.0.0", port=int(name))
                )
        print("ready", flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


async def diagnose_here(changes):
    from netcore.connect.tls import TlsSettings
    from netcore.sdt.run import diagnose, plan_for

    plan = plan_for(changes.pop("host", HOST), 8081, 8080, TlsSettings(enabled=False))
    plan.doh_url = ""
    plan.portal_url = f"http://{PORTAL}/success.txt"
    for name, value in changes.items():
        setattr(plan, name, value)
    print(json.dumps((await diagnose(plan)).as_dict()))


if __name__ == "__main__":
    if sys.argv[1] == "diagnose":
        asyncio.run(diagnose_here(json.loads(sys.argv[2])))
    else:
        asyncio.run(serve(json.loads(sys.argv[1])))
