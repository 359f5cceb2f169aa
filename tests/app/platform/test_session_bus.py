"""Notifications and idle time on a private session bus."""

import asyncio
import subprocess

import pytest

from app.platform.dbus import BUS_FAILURES
from app.platform.session_bus import SessionBus


@pytest.fixture
async def session(bus, notification_mock):
    clicked = asyncio.Queue()
    session = SessionBus(clicked.put_nowait, bus_address=bus)
    session.clicked = clicked
    await session.start()
    yield session
    await session.stop()


def mock_call(bus, method, *arguments):
    call = [
        "gdbus", "call", "--address", bus, "--dest", "org.freedesktop.Notifications",
        "--object-path", "/org/freedesktop/Notifications", "--method", method, *arguments,
    ]  # fmt: skip
    return subprocess.run(call, check=True, timeout=20, capture_output=True, text=True).stdout


async def test_a_notification_reaches_the_desktop_as_plain_text(bus, session):
    assert await session.notify("c1", "Ann", "1 < 2 & <b>你好</b>", "phobos")
    calls = await asyncio.to_thread(
        mock_call, bus, "org.freedesktop.DBus.Mock.GetMethodCalls", "Notify"
    )
    assert "Ann" in calls
    assert "1 &lt; 2 &amp; &lt;b&gt;你好&lt;/b&gt;" in calls


async def test_a_click_tells_which_notification(bus, session):
    await session.notify("c1", "Ann", "hello", "phobos")
    await asyncio.to_thread(
        mock_call, bus, "org.freedesktop.DBus.Mock.EmitSignal",
        "org.freedesktop.Notifications", "ActionInvoked", "us", "[<uint32 1>, <'default'>]",
    )  # fmt: skip
    assert await asyncio.wait_for(session.clicked.get(), 10) == "c1"


async def test_a_desktop_that_tells_no_idle_time_is_found_out(session):
    assert not session.tells_idle
    assert await session.idle() is None


async def test_without_a_notification_service_the_answer_is_no(bus):
    session = SessionBus(lambda key: None, bus_address=bus)
    await session.start()
    assert await session.notify("c1", "Ann", "hello", "phobos") is False
    await session.stop()


async def test_no_session_bus_says_so(tmp_path):
    session = SessionBus(lambda key: None, bus_address=f"unix:path={tmp_path}/nothing")
    with pytest.raises(BUS_FAILURES):
        await session.start()
    await session.stop()
