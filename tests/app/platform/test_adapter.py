"""The adapter as the app starts it, on this Linux, with private buses or none."""

import asyncio
import ctypes
import sys
import types

import pytest
from PySide6.QtCore import Qt

from app.platform import adapter as adapter_module
from app.platform import windows
from app.platform.adapter import Adapter
from app.platform.windows_messages import WM_POWERBROADCAST
from netcore.events import NetworkKind, PowerSource
from netcore.runtime.clock import ManualClock

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="starts Linux's adapter")


class Heard:
    """A listener that writes everything down."""

    def __init__(self):
        self.calls = asyncio.Queue()

    def on_foreground(self, foreground):
        self.calls.put_nowait(("foreground", foreground))

    def on_idle(self, seconds):
        self.calls.put_nowait(("idle", seconds))

    def on_network(self, kind, label):
        self.calls.put_nowait(("network", kind, label))

    def on_power(self, source):
        self.calls.put_nowait(("power", source))

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


class Application:
    """Stands in for Qt's application, which hands native messages to its filters."""

    def __init__(self):
        self.filters = []

    def installNativeEventFilter(self, each):
        self.filters.append(each)

    def removeNativeEventFilter(self, each):
        self.filters.remove(each)


async def test_windows_messages_reach_the_listener_with_the_time_slept(heard, monkeypatch, qapp):
    application = Application()
    stand_in = types.SimpleNamespace(instance=lambda: application)
    monkeypatch.setattr(windows, "QCoreApplication", stand_in)
    clock = ManualClock()
    adapter = Adapter(heard, clock=clock, system="win32")
    await adapter.start()
    try:
        (power,) = application.filters

        def recorded(wparam):
            native = windows.Msg(None, WM_POWERBROADCAST, wparam, 0, 0)
            power.nativeEventFilter(b"windows_generic_MSG", ctypes.addressof(native))

        recorded(0x4)  # PBT_APMSUSPEND
        await heard.next("sleep")
        clock.advance(30.0)
        recorded(0x12)  # PBT_APMRESUMEAUTOMATIC
        recorded(0x7)  # PBT_APMRESUMESUSPEND
        assert await heard.next("wake") == ("wake", 30.0)
        assert adapter.capabilities.sleep and adapter.capabilities.idle
    finally:
        await adapter.stop()
    assert application.filters == []


class Center:
    """NSNotificationCenter as pyobjc shows it, as far as the adapter uses it."""

    def __init__(self):
        self.observers = {}

    def addObserverForName_object_queue_usingBlock_(self, name, _object, _queue, block):
        self.observers[name] = block
        return name

    def removeObserver_(self, token):
        del self.observers[token]

    def post(self, name):
        self.observers[name](types.SimpleNamespace(name=lambda: name))


async def test_macos_notifications_reach_the_listener(heard, monkeypatch, qapp):
    center = Center()
    workspace = types.SimpleNamespace(notificationCenter=lambda: center)
    kit = types.SimpleNamespace(
        NSWorkspace=types.SimpleNamespace(sharedWorkspace=lambda: workspace)
    )
    monkeypatch.setitem(sys.modules, "AppKit", kit)
    clock = ManualClock()
    adapter = Adapter(heard, clock=clock, system="darwin")
    await adapter.start()
    try:
        center.post("NSWorkspaceWillSleepNotification")
        await heard.next("sleep")
        clock.advance(8 * 3600.0)
        center.post("NSWorkspaceDidWakeNotification")
        assert await heard.next("wake") == ("wake", 8 * 3600.0)
    finally:
        await adapter.stop()
    assert center.observers == {}


async def test_macos_without_pyobjc_leaves_sleep_to_netcore(heard, monkeypatch, qapp):
    monkeypatch.setitem(sys.modules, "AppKit", None)
    adapter = Adapter(heard, system="darwin")
    await adapter.start()
    try:
        assert any("pyobjc" in limit for limit in adapter.capabilities.limits)
        assert not adapter.capabilities.sleep
    finally:
        await adapter.stop()


async def test_the_source_of_power_is_reported_at_the_start_and_on_a_change(
    heard, monkeypatch, tmp_path, qapp
):
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"unix:path={tmp_path}/none")
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={tmp_path}/none")
    sources = iter([PowerSource.MAINS, PowerSource.MAINS, PowerSource.BATTERY])
    monkeypatch.setattr(adapter_module, "POWER_POLL", 0.0)
    monkeypatch.setattr(
        adapter_module, "read_power", lambda system: next(sources, PowerSource.BATTERY)
    )
    adapter = Adapter(heard)
    await adapter.start()
    try:
        assert await heard.next("power") == ("power", PowerSource.MAINS)
        assert await heard.next("power") == ("power", PowerSource.BATTERY)
        assert adapter.capabilities.power
    finally:
        await adapter.stop()
