"""Recorded sequences of WM_POWERBROADCAST, as Windows documents and sends them."""

import ctypes
import sys
import threading

import pytest

from app.platform.windows import Msg, PowerFilter, SuspendNotifications
from app.platform.windows_messages import WM_POWERBROADCAST, Power, PowerMessages, idle_seconds

SUSPEND, RESUME_BY_PERSON, RESUME, BATTERY = 0x4, 0x7, 0x12, 0xA


def meanings(*wparams):
    messages = PowerMessages()
    return [messages.read(WM_POWERBROADCAST, wparam) for wparam in wparams]


@pytest.mark.parametrize(
    ("recorded", "expected"),
    [
        ([SUSPEND, RESUME, RESUME_BY_PERSON], [Power.SLEEP, Power.WAKE, None]),
        ([SUSPEND, SUSPEND, RESUME], [Power.SLEEP, None, Power.WAKE]),
        ([RESUME], [Power.WAKE]),
        ([RESUME_BY_PERSON], [None]),
        ([SUSPEND, RESUME_BY_PERSON], [Power.SLEEP, Power.WAKE]),
        ([BATTERY, 0xDEAD], [None, None]),
    ],
)
def test_power_messages(recorded, expected):
    assert meanings(*recorded) == expected


def test_other_messages_mean_nothing():
    assert PowerMessages().read(0x0010, SUSPEND) is None


@pytest.mark.parametrize(
    ("now", "last", "idle"), [(5_000, 2_000, 3.0), (1_000, (1 << 32) - 1_000, 2.0), (7, 7, 0.0)]
)
def test_idle_time_survives_the_wrap_of_the_tick_count(now, last, idle):
    assert idle_seconds(now, last) == idle


def test_the_filter_reads_the_native_structure_and_swallows_nothing():
    heard = []
    power = PowerFilter(lambda: heard.append("sleep"), lambda: heard.append("wake"))
    for wparam in (SUSPEND, RESUME):
        native = Msg(None, WM_POWERBROADCAST, wparam, 0, 0)
        swallowed = power.nativeEventFilter(b"windows_generic_MSG", ctypes.addressof(native))
        assert swallowed == (False, 0)
    assert power.nativeEventFilter(b"xcb_generic_event_t", 0) == (False, 0)
    assert heard == ["sleep", "wake"]


def test_what_the_power_manager_says_in_its_own_thread_is_acted_on_in_ours(qtbot):
    heard = []
    ours = threading.get_ident()
    power = SuspendNotifications(
        lambda: heard.append(("sleep", threading.get_ident() == ours)),
        lambda: heard.append(("wake", threading.get_ident() == ours)),
    )

    def night():
        for kind in (SUSPEND, RESUME, RESUME_BY_PERSON):
            assert power._heard(None, kind, None) == 0

    thread = threading.Thread(target=night)
    thread.start()
    thread.join()
    assert not heard
    qtbot.waitUntil(lambda: len(heard) == 2)
    assert heard == [("sleep", True), ("wake", True)]


def test_subscribing_is_windows_s_alone(qapp):
    power = SuspendNotifications(lambda: None, lambda: None)
    assert power.start() is (sys.platform == "win32")
    power.stop()
