"""Notifications and idle time on a private session bus."""

import asyncio
import itertools
import subprocess

import pytest

pytest.importorskip("dbus_fast", reason="D-Bus is Linux's")
from dbus_fast import Message, MessageType

from app.platform import notifications
from app.platform.dbus import BUS_FAILURES
from app.platform.notifications import Notifications
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
    assert await session.notifications.notify("c1", "Ann", "1 < 2 & <b>你好</b>", "phobos")
    calls = await asyncio.to_thread(
        mock_call, bus, "org.freedesktop.DBus.Mock.GetMethodCalls", "Notify"
    )
    assert "Ann" in calls
    assert "1 &lt; 2 &amp; &lt;b&gt;你好&lt;/b&gt;" in calls


async def test_a_click_tells_which_notification(bus, session):
    await session.notifications.notify("c1", "Ann", "hello", "phobos")
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
    assert await session.notifications.notify("c1", "Ann", "hello", "phobos") is False
    await session.stop()


async def test_no_session_bus_says_so(tmp_path):
    session = SessionBus(lambda key: None, bus_address=f"unix:path={tmp_path}/nothing")
    with pytest.raises(BUS_FAILURES):
        await session.start()
    await session.stop()


async def test_sixty_calls_for_one_key_make_one_notification(bus, session):
    """Each call waits for the id that the desktop gave to the one before."""
    shown = session.notifications
    answers = await asyncio.gather(
        *(shown.notify("c1", "Ann", f"number {number}", "phobos") for number in range(60))
    )
    assert answers == [True] * 60
    await shown.notify("c1", "Ann", "the last", "phobos")
    calls = await asyncio.to_thread(
        mock_call, bus, "org.freedesktop.DBus.Mock.GetMethodCalls", "Notify"
    )
    # The first, the newest of those that waited for its id, and the last.
    assert calls.count("Ann") == 3 and "number 0" in calls and "number 59" in calls
    assert len(shown._keys) == 1
    await shown.withdraw("c1")
    calls = await asyncio.to_thread(
        mock_call, bus, "org.freedesktop.DBus.Mock.GetMethodCalls", "CloseNotification"
    )
    assert calls.count("[<1>]") == 1
    assert not shown._notes and not shown._keys


async def test_the_next_call_names_the_id_that_the_desktop_gave():
    """With a desktop that takes its time, and gives another id than the first one."""
    asked, answers = [], itertools.chain([7], itertools.repeat(9))

    async def call(name, path, interface, member, signature, body):
        if member == "GetCapabilities":
            return [["body"]]
        asked.append((member, body[1] if member == "Notify" else body[0]))
        await asyncio.sleep(0.01)
        return [next(answers)] if member == "Notify" else []

    shown = Notifications(call, lambda key: None)
    for text in "abc":
        await asyncio.gather(*(shown.notify("k", text, str(n), "") for n in range(5)))
    await asyncio.gather(shown.notify("k", "d", "", ""), shown.withdraw("k"))
    named = [("Notify", 0), ("Notify", 7), *[("Notify", 9)] * 5, ("CloseNotification", 9)]
    assert asked == named
    assert not shown._notes and not shown._keys


@pytest.mark.parametrize("markup", [True, False])
async def test_a_body_is_escaped_where_the_desktop_takes_it_for_markup(markup):
    bodies = []

    async def call(name, path, interface, member, signature, body):
        if member == "GetCapabilities":
            return [["body", "body-markup"] if markup else ["body"]]
        bodies.append(body[4])
        return [1]

    shown = Notifications(call, lambda key: None)
    await shown.notify("k", "t", "1 < 2 & <img src='x'>", "")
    assert bodies == ["1 &lt; 2 &amp; &lt;img src='x'&gt;" if markup else "1 < 2 & <img src='x'>"]


async def test_another_desktop_is_asked_anew_and_knows_none_of_the_old_ids():
    asked = []

    async def call(name, path, interface, member, signature, body):
        asked.append((member, body[1] if member == "Notify" else None))
        return [["body"]] if member == "GetCapabilities" else [4]

    shown = Notifications(call, lambda key: None)
    await shown.notify("k", "t", "", "")
    shown.received(
        Message(
            message_type=MessageType.SIGNAL, path="/org/freedesktop/DBus",
            interface="org.freedesktop.DBus", member="NameOwnerChanged", signature="sss",
            body=["org.freedesktop.Notifications", ":1.7", ":1.8"],
        )
    )  # fmt: skip
    await shown.notify("k", "t", "", "")
    assert asked == [("GetCapabilities", None), ("Notify", 0)] * 2


async def test_a_desktop_that_hangs_holds_up_one_call_for_a_bounded_time(monkeypatch):
    monkeypatch.setattr(notifications, "TIMEOUT", 0.01)

    async def call(*_call):
        await asyncio.Event().wait()

    shown = Notifications(call, lambda key: None)
    assert await shown.notify("k", "t", "", "") is False
    assert not shown._notes
