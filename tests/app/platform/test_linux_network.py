"""Real interfaces taken up and down, in a network namespace that the test makes."""

import json
import os
import subprocess
import sys
import textwrap

import pytest

from app.platform.linux_network import kind_of
from netcore.events import NetworkKind

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="rtnetlink is Linux's")

WATCHER = textwrap.dedent(
    """
    import asyncio, json, sys
    from app.platform.linux_network import LinuxNetwork

    async def main():
        def tell(kind, label):
            print(json.dumps([kind.name, label]), flush=True)
        network = LinuxNetwork(tell)
        await network.start()
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
        network.stop()

    asyncio.run(main())
    """
)


def ip(*words, space=None):
    inside = ["-n", space] if space else []
    subprocess.run(["ip", *inside, *words], check=True, capture_output=True, timeout=20)


@pytest.fixture
def namespace():
    name = f"phobos-net-{os.getpid()}"
    ip("netns", "add", name)
    try:
        yield name
    finally:
        ip("netns", "del", name)


@pytest.mark.netns
def test_addresses_and_links_coming_and_going_are_told(namespace):
    watcher = subprocess.Popen(
        ["ip", "netns", "exec", namespace, sys.executable, "-c", WATCHER],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip

    def told():
        return json.loads(watcher.stdout.readline())

    try:
        assert told() == ["NONE", ""]
        ip("link", "add", "ph0", "type", "veth", "peer", "name", "ph1", space=namespace)
        ip("link", "set", "ph1", "up", space=namespace)
        ip("addr", "add", "10.99.0.2/24", "dev", "ph0", space=namespace)
        ip("link", "set", "ph0", "up", space=namespace)
        assert told() == ["WIRED", "ph0"]
        ip("route", "add", "default", "via", "10.99.0.1", space=namespace)
        assert told() == ["WIRED", "ph0 10.99.0.1"]
        ip("link", "set", "ph0", "down", space=namespace)
        assert told() == ["NONE", ""]
        ip("link", "set", "ph0", "up", space=namespace)
        assert told() == ["WIRED", "ph0"]
        ip("addr", "flush", "dev", "ph0", space=namespace)
        assert told() == ["NONE", ""]
    finally:
        watcher.stdin.close()
        assert watcher.wait(timeout=20) == 0
        watcher.stdout.close()


@pytest.mark.parametrize(
    ("files", "kind"),
    [
        ({"wireless/x": "", "type": "1", "uevent": ""}, NetworkKind.WIFI),
        ({"type": "1\n", "uevent": "INTERFACE=eth0\n"}, NetworkKind.WIRED),
        ({"type": "519\n", "uevent": ""}, NetworkKind.MOBILE),
        ({"type": "1\n", "uevent": "DEVTYPE=wwan\n"}, NetworkKind.MOBILE),
        ({"type": "768\n", "uevent": ""}, NetworkKind.OTHER),
        ({}, NetworkKind.OTHER),
    ],
)
def test_the_kind_follows_from_what_the_kernel_says(tmp_path, files, kind):
    for name, text in files.items():
        place = tmp_path / "if0" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    assert kind_of("if0", tmp_path) is kind
