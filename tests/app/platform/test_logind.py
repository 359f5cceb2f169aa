"""logind's signals, from python-dbusmock's logind on a private bus."""

import asyncio
import os

import pytest

pytest.importorskip("dbus_fast", reason="D-Bus is Linux's")
from dbus_fast import Message, MessageType

from app.platform.dbus import BUS_FAILURES
from app.platform.logind import Logind


async def test_sleep_and_wake_are_told(bus, logind_mock):
    heard = asyncio.Queue()
    logind = Logind(
        lambda: heard.put_nowait("sleep"), lambda: heard.put_nowait("wake"), bus_address=bus
    )
    await logind.start()
    try:
        for going_down, name in [(True, "sleep"), (False, "wake"), (True, "sleep")]:
            await asyncio.to_thread(logind_mock, going_down)
            assert await asyncio.wait_for(heard.get(), 10) == name
    finally:
        await logind.stop()


async def test_a_bus_without_logind_says_so(bus):
    logind = Logind(lambda: None, lambda: None, bus_address=bus)
    with pytest.raises(BUS_FAILURES):
        await logind.start()
    await logind.stop()


async def test_no_bus_at_all_says_so(tmp_path):
    logind = Logind(lambda: None, lambda: None, bus_address=f"unix:path={tmp_path}/nothing")
    with pytest.raises(BUS_FAILURES):
        await logind.start()
    await logind.stop()


async def test_a_signal_of_another_form_means_nothing(bus, logind_mock, caplog):
    heard = []
    logind = Logind(lambda: heard.append("sleep"), lambda: heard.append("wake"))
    for signature, body in (("s", ["yes"]), ("", []), ("ay", [b"\xff\x00"]), ("bb", [True, True])):
        logind._received(
            Message(
                path="/org/freedesktop/login1",
                interface="org.freedesktop.login1.Manager",
                member="PrepareForSleep",
                message_type=MessageType.SIGNAL,
                signature=signature,
                body=body,
            )
        )
    assert heard == []
    assert "of another form" in caplog.text


async def test_an_inhibitor_that_comes_late_does_not_hold_the_sleep_up(monkeypatch):
    """The machine sleeps again before logind has answered for the wake before."""
    logind = Logind(lambda: None, lambda: None)
    taken = []

    async def call(*_call):
        await asyncio.sleep(0)
        read, write = os.pipe()
        os.close(write)
        taken.append(read)
        return Message(
            path="/", interface="a.b", member="c", message_type=MessageType.SIGNAL,
            signature="h", body=[0], unix_fds=[read],
        )  # fmt: skip

    monkeypatch.setattr("app.platform.logind.call", call)
    logind._asleep = True
    await logind._inhibit()
    assert logind._inhibitor is None
    logind._asleep = False
    await asyncio.gather(logind._inhibit(), logind._inhibit())  # two wakes in a row
    assert len(taken) == 3
    open_now = []
    for fd in set(taken):
        try:
            os.fstat(fd)
            open_now.append(fd)
        except OSError:
            pass
    assert open_now == [logind._inhibitor]
    await logind.stop()
