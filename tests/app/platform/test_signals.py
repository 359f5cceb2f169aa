"""The system's signals all the way: from the bus, the kernel and the screen to the link's bytes.

The times are those that the issue names: a person wakes their machine and writes at once.
"""

import asyncio
import contextlib
import json
import os
import shutil
import subprocess
import sys
import time

import pytest

pytest.importorskip("dbus_fast", reason="D-Bus is Linux's")
from dbus_fast import BusType, Message, Variant
from dbus_fast.aio import MessageBus

from tests.app.platform.conftest import mocked
from tests.netcore.peers import EchoPeer
from tests.netcore.sdt.world import World

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="starts Linux's adapter")

PROBE_WITHIN = 0.5  # seconds after the wake signal
ANSWER_WITHIN = 2.0
LINK_WITHIN = 2.0  # seconds after the address came back


class Life:
    """A process of ``tests.app.platform.life``."""

    def __init__(self, process):
        self._process = process
        self.seen = []

    def say(self, line):
        self._process.stdin.write(line.encode() + b"\n")

    async def until(self, event, **values):
        """The next event of that name with those values."""
        async with asyncio.timeout(30):
            while True:
                line = await self._process.stdout.readline()
                assert line, "the process ended"
                found = json.loads(line)
                self.seen.append(found)
                if found["event"] == event and values.items() <= found.items():
                    return found

    def links(self):
        """Every change of the link's state so far."""
        return [event for event in self.seen if event["event"] == "LinkStateChanged"]


@contextlib.asynccontextmanager
async def life(host, port, *words, before=(), **environment):
    process = await asyncio.create_subprocess_exec(
        *before, sys.executable, "-m", "tests.app.platform.life", host, str(port), *words,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        env={**os.environ, **environment},
    )  # fmt: skip
    try:
        yield Life(process)
        process.stdin.write_eof()
        assert await asyncio.wait_for(process.wait(), 30) == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def settled(phobos):
    """The network that the process is on was told, and the link on it answers."""
    await phobos.until("NetworkChanged", kind="WIRED")
    phobos.say("send is anybody there")
    await phobos.until("Answered", text="is anybody there")


def no_buses(folder):
    nowhere = f"unix:path={folder}/none"
    return {"DBUS_SYSTEM_BUS_ADDRESS": nowhere, "DBUS_SESSION_BUS_ADDRESS": nowhere}


@contextlib.asynccontextmanager
async def emitter(bus):
    """Makes the mocked logind say that the machine goes to sleep, or woke."""
    connection = await MessageBus(bus_address=bus, bus_type=BusType.SYSTEM).connect()

    async def emit(going_down):
        answer = await connection.call(
            Message(
                destination="org.freedesktop.login1",
                path="/org/freedesktop/login1",
                interface="org.freedesktop.DBus.Mock",
                member="EmitSignal",
                signature="sssav",
                body=[
                    "org.freedesktop.login1.Manager", "PrepareForSleep", "b",
                    [Variant("b", going_down)],
                ],
            )
        )  # fmt: skip
        assert answer.error_name is None, answer.body

    try:
        yield emit
    finally:
        connection.disconnect()
        await connection.wait_for_disconnect()


async def test_after_30_s_of_sleep_the_link_is_probed_and_the_next_message_is_answered(
    bus, logind_mock
):
    buses = {"DBUS_SYSTEM_BUS_ADDRESS": bus, "DBUS_SESSION_BUS_ADDRESS": bus}
    async with (
        EchoPeer() as peer,
        emitter(bus) as emit,
        life("127.0.0.1", peer.port, QT_QPA_PLATFORM="offscreen", **buses) as phobos,
    ):
        await settled(phobos)
        connections, noops = peer.total, peer.noops
        await emit(True)
        await phobos.until("Slept")
        phobos.say("jump 30")
        await phobos.until("Jumped")
        assert peer.noops == noops
        woken = time.monotonic()
        await emit(False)
        await peer.until(lambda: peer.noops > noops)
        probed = time.monotonic() - woken
        phobos.say("send good morning")
        await phobos.until("Answered", text="good morning")
        answered = time.monotonic() - woken
        (woke,) = [event for event in phobos.seen if event["event"] == "Woke"]
        assert woke["seconds"] == pytest.approx(30.0, abs=5.0)
        assert peer.total == connections  # the same link: it was well
        print(f"probed after {probed:.3f} s, answered after {answered:.3f} s")
        assert probed <= PROBE_WITHIN
        assert answered <= ANSWER_WITHIN


async def test_a_link_that_died_in_the_sleep_is_replaced_at_once(bus, logind_mock):
    buses = {"DBUS_SYSTEM_BUS_ADDRESS": bus, "DBUS_SESSION_BUS_ADDRESS": bus}
    async with (
        EchoPeer() as peer,
        emitter(bus) as emit,
        life("127.0.0.1", peer.port, QT_QPA_PLATFORM="offscreen", **buses) as phobos,
    ):
        await settled(phobos)
        (old,) = peer.connections
        await emit(True)
        await phobos.until("Slept")
        phobos.say("jump 1800")  # longer than any server or NAT keeps a silent link
        await phobos.until("Jumped")
        woken = time.monotonic()
        await emit(False)
        await peer.until(lambda: any(each is not old for each in peer.connections))
        phobos.say("send hello")
        await phobos.until("Answered", text="hello")
        assert time.monotonic() - woken <= ANSWER_WITHIN


@pytest.mark.netns
@pytest.mark.parametrize("how", ["address", "interface"])
async def test_a_new_link_stands_as_soon_as_the_address_is_back(tmp_path, how):
    with World({}, at_router={"8081": "echo"}) as world:
        inside = ("ip", "netns", "exec", world.names["client"])
        quiet = {**no_buses(tmp_path), "QT_QPA_PLATFORM": "offscreen"}
        async with life("10.77.0.1", 8081, before=inside, **quiet) as phobos:
            await settled(phobos)
            before = max(event.get("generation", 0) for event in phobos.links())
            if how == "address":
                world.ip("client", "addr", "flush", "dev", "torouter")
            else:
                world.ip("client", "link", "set", "torouter", "down")
            await phobos.until("NetworkChanged", kind="NONE")
            await phobos.until("LinkStateChanged", reason="NETWORK_LOST")
            back = time.time()
            if how == "address":
                world.ip("client", "addr", "add", "10.77.0.2/24", "dev", "torouter")
            else:
                world.ip("client", "link", "set", "torouter", "up")
            again = await phobos.until("LinkStateChanged", state="CONNECTED")
            assert again["generation"] > before
            print(f"a new link {again['at'] - back:.3f} s after the {how} came back")
            assert again["at"] - back <= LINK_WITHIN
            phobos.say("send back again")
            await phobos.until("Answered", text="back again")


async def test_no_bus_at_all_limits_and_stops_nothing(tmp_path):
    quiet = {**no_buses(tmp_path), "QT_QPA_PLATFORM": "offscreen"}
    async with EchoPeer() as peer, life("127.0.0.1", peer.port, **quiet) as phobos:
        ready = await phobos.until("Ready")
        assert any("no logind" in limit for limit in ready["limits"])
        phobos.say("send all the same")
        await phobos.until("Answered", text="all the same")


@pytest.fixture
def screen():
    """A real X server; gives its display's name."""
    assert shutil.which("Xvfb") and shutil.which("xdotool"), "apt-get install xvfb xdotool"
    read, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", "640x480x24", "-noreset"],
        pass_fds=[write], stderr=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(write)
    try:
        with os.fdopen(read) as told:
            yield f":{told.readline().strip()}"
    finally:
        server.terminate()
        server.wait(timeout=20)


async def test_a_window_that_gets_and_loses_the_focus_becomes_foreground_and_background(
    tmp_path, screen
):
    def focus(name):
        words = ["xdotool", "search", "--sync", "--name", name, "windowfocus", "--sync"]
        environment = {**os.environ, "DISPLAY": screen}
        subprocess.run(words, check=True, timeout=30, capture_output=True, env=environment)

    shown = {**no_buses(tmp_path), "QT_QPA_PLATFORM": "xcb", "DISPLAY": screen}
    other = await asyncio.create_subprocess_exec(
        sys.executable, "-c",
        "from PySide6.QtWidgets import QApplication, QLabel\n"
        "app = QApplication([]); label = QLabel('x'); label.setWindowTitle('somebody else')\n"
        "label.show(); app.exec()",
        env={**os.environ, **shown},
    )  # fmt: skip
    try:
        async with (
            EchoPeer() as peer,
            life("127.0.0.1", peer.port, "window", **shown) as phobos,
        ):
            await phobos.until("Ready")
            await asyncio.to_thread(focus, "somebody else")
            await asyncio.to_thread(focus, "phobos under test")
            await asyncio.to_thread(focus, "somebody else")
            await phobos.until("ActiveChanged", foreground=False)
            await asyncio.to_thread(focus, "phobos under test")
            assert (await phobos.until("ActiveChanged", foreground=True))["active"]
    finally:
        other.terminate()
        await other.wait()


async def test_a_captive_portal_is_told_by_networkmanager_and_so_is_its_end(bus):
    def connectivity(value):
        call = [
            "gdbus", "call", "--address", bus, "--dest", "org.freedesktop.NetworkManager",
            "--object-path", "/org/freedesktop/NetworkManager",
            "--method", "org.freedesktop.DBus.Mock.SetConnectivity", f"uint32 {value}",
        ]  # fmt: skip
        subprocess.run(call, check=True, timeout=20, capture_output=True)

    buses = {"DBUS_SYSTEM_BUS_ADDRESS": bus, "DBUS_SESSION_BUS_ADDRESS": bus}
    full, portal = 4, 2  # NMConnectivityState
    with mocked(bus, "networkmanager", "org.freedesktop.NetworkManager", system=True):
        async with (
            EchoPeer() as peer,
            life("127.0.0.1", peer.port, QT_QPA_PLATFORM="offscreen", **buses) as phobos,
        ):
            await phobos.until("Ready")
            await asyncio.to_thread(connectivity, portal)
            await phobos.until("CaptivePortal", found=True)
            await asyncio.to_thread(connectivity, full)
            await phobos.until("CaptivePortal", found=False)
