"""The adapter as the app starts it, on this Linux, with private buses or none."""

import asyncio
import sys

import pytest
from PySide6.QtCore import Qt

from app.platform import jumps
from app.platform.adapter import Adapter
from netcore.clock import ManualClock
from netcore.events import NetworkKind

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="starts Linux's adapter")


class Heard:
    """A listener that writes everything down."""

    def __init__(self):
        self.calls = asyncio.Queue()

    def on_foreground(self, foreground):
        self.calls.put_nowait(("foreground", foreground))

    def on_active(self, active):
        self.calls.put_nowait(("active", active))

    def on_network(self, kind, label):
        self.calls.put_nowait(("network", kind, label))

    def on_sleep(self):
        self.calls.put_nowait(("sleep",))

    def on_wake(self, slept):
        self.calls.put_nowait(("wake", slept))

    def on_captive_portal(self, behind):
        self.calls.put_nowait(("portal", behind))

    async def next(self, name):
        async with asyncio.timeout(10):
            while True:
                call = await self.calls.get()
                if call[0] == name:
                    return call


@pytest.fixture
def heard():
    return Heard()


async def test_sleep_and_wake_come_with_the_time_slept(bus, logind_mock, heard, monkeypatch, qapp):
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", bus)
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", bus)
    clock = ManualClock()
    adapter = Adapter(heard, clock=clock)
    await adapter.start()
    try:
        assert adapter.capabilities.sleep
        await asyncio.to_thread(logind_mock, True)
        await heard.next("sleep")
        clock.advance(30.0)
        await asyncio.to_thread(logind_mock, False)
        assert await heard.next("wake") == ("wake", 30.0)
    finally:
        await adapter.stop()


async def test_without_any_bus_the_app_starts_and_says_what_is_limited(
    heard, monkeypatch, tmp_path, qapp
):
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"unix:path={tmp_path}/none")
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={tmp_path}/none")
    adapter = Adapter(heard)
    await adapter.start()
    try:
        limits = " ".join(adapter.capabilities.limits)
        assert "no logind" in limits
        assert "no session bus" in limits
        assert await adapter.notify("c1", "Ann", "hello") is False
        _, kind, _label = await heard.next("network")
        assert isinstance(kind, NetworkKind)
    finally:
        await adapter.stop()


async def test_a_sleep_that_nobody_announced_is_caught(heard, monkeypatch, tmp_path, qapp):
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"unix:path={tmp_path}/none")
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={tmp_path}/none")
    monkeypatch.setattr(jumps, "PERIOD", 0.01)
    clock = ManualClock()
    adapter = Adapter(heard, clock=clock)
    await adapter.start()
    try:
        await asyncio.sleep(0.05)
        clock.advance(3600.0)
        await heard.next("sleep")
        _, slept = await heard.next("wake")
        assert slept == pytest.approx(3600.0, abs=1.0)
    finally:
        await adapter.stop()


async def test_window_focus_becomes_foreground(heard, monkeypatch, tmp_path, qapp):
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"unix:path={tmp_path}/none")
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={tmp_path}/none")
    adapter = Adapter(heard)
    await adapter.start()
    try:
        qapp.applicationStateChanged.emit(Qt.ApplicationState.ApplicationActive)
        assert await heard.next("foreground") == ("foreground", True)
        qapp.applicationStateChanged.emit(Qt.ApplicationState.ApplicationInactive)
        assert await heard.next("foreground") == ("foreground", False)
    finally:
        await adapter.stop()
