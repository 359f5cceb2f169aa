import asyncio
from dataclasses import replace

import pytest

from app.chat.model import Conversation, ConversationKind, Message, MessageState
from app.desktop.preferences import Preferences
from app.start.platform_bridge import PlatformBridge
from netcore.events import NetworkKind, PowerSource


class FakeCore:
    def __init__(self) -> None:
        self.calls: list[tuple] = []

    def __getattr__(self, name):
        return lambda *arguments: self.calls.append((name, *arguments))


class FakeAdapter:
    def __init__(self, shows: bool = True) -> None:
        self.shows = shows
        self.shown: list[tuple] = []
        self.told = asyncio.Event()

    async def start(self) -> None:
        raise OSError("no such system")

    async def stop(self) -> None:
        pass

    async def notify(self, key, title, body, icon="phobos") -> bool:
        self.shown.append((key, title, body))
        self.told.set()
        return self.shows

    async def withdraw(self, key) -> None:
        self.shown.append((key,))


CONVERSATION = Conversation(
    id="g", kind=ConversationKind.GROUP, title="Rocket", members=("Ada", "Alan"), last_seq=0,
    read_seq=0, last_text="", last_sender="", last_time=0.0, unread=0,
)  # fmt: skip
MESSAGE = Message(
    client_id="m", conversation_id="g", seq=1, sender="Alan", text="Ready?\n3, 2, 1", time=1.0,
    state=MessageState.RECEIVED, error="",
)  # fmt: skip


@pytest.fixture
def preferences(qapp, tmp_path):
    return Preferences(tmp_path / "settings.ini")


async def test_what_the_system_tells_reaches_netcore(preferences) -> None:
    core = FakeCore()
    surroundings = PlatformBridge(lambda: core, preferences, lambda key: None, lambda *toast: None)
    surroundings.on_network(NetworkKind.WIFI, "home")
    surroundings.on_foreground(False)
    surroundings.on_idle(700.0)
    surroundings.on_sleep()
    surroundings.on_wake(30.0)
    surroundings.on_captive_portal(True)
    surroundings.on_power(PowerSource.MAINS)
    assert core.calls == [
        ("network_changed", NetworkKind.WIFI, "home"),
        ("set_foreground", False),
        ("set_idle", 700.0),
        ("sleep",),
        ("wake",),
        ("captive_portal", True),
        ("set_power", PowerSource.MAINS),
    ]


async def test_signals_before_the_first_connection_are_no_error(preferences) -> None:
    surroundings = PlatformBridge(lambda: None, preferences, lambda key: None, lambda *toast: None)
    surroundings.on_sleep()
    surroundings.on_wake(1.0)
    surroundings.on_network(NetworkKind.NONE, "")


async def test_a_core_made_later_is_told_what_was_told_before(preferences) -> None:
    surroundings = PlatformBridge(lambda: None, preferences, lambda key: None, lambda *toast: None)
    late = FakeCore()
    surroundings.follow(late)
    assert late.calls == []
    surroundings.on_network(NetworkKind.MOBILE, "wwan0")
    surroundings.on_foreground(False)
    surroundings.on_idle(1.0)
    surroundings.on_captive_portal(True)
    surroundings.on_power(PowerSource.BATTERY)
    surroundings.follow(late)
    assert late.calls == [
        ("network_changed", NetworkKind.MOBILE, "wwan0"),
        ("set_foreground", False),
        ("set_idle", 1.0),
        ("captive_portal", True),
        ("set_power", PowerSource.BATTERY),
    ]


async def test_a_system_that_tells_nothing_stops_nothing(preferences, caplog) -> None:
    surroundings = PlatformBridge(lambda: None, preferences, lambda key: None, lambda *toast: None)
    surroundings.adapter = FakeAdapter()
    await surroundings.start()
    assert "cannot be heard" in caplog.text
    await surroundings.stop()


@pytest.mark.parametrize(("with_text", "body"), [(True, "Ready? 3, 2, 1"), (False, "")])
async def test_a_message_is_announced_as_the_settings_allow(preferences, with_text, body) -> None:
    preferences.notification_text = with_text
    surroundings = PlatformBridge(lambda: None, preferences, lambda key: None, lambda *toast: None)
    surroundings.adapter = FakeAdapter()
    surroundings.announce(CONVERSATION, MESSAGE)
    await surroundings.adapter.told.wait()
    assert surroundings.adapter.shown == [("g", "Alan · Rocket", body)]
    preferences.notifications = False
    surroundings.announce(CONVERSATION, MESSAGE)
    await surroundings.stop()
    assert len(surroundings.adapter.shown) == 1


@pytest.mark.parametrize("shows", [True, False])
async def test_what_the_system_does_not_announce_the_tray_does(preferences, shows) -> None:
    toasts: list[tuple] = []
    surroundings = PlatformBridge(
        lambda: None, preferences, lambda key: None, lambda *toast: toasts.append(toast)
    )
    surroundings.adapter = FakeAdapter(shows)
    surroundings.announce(CONVERSATION, MESSAGE)
    await surroundings.adapter.told.wait()
    await asyncio.sleep(0)
    assert toasts == ([] if shows else [("g", "Alan · Rocket", "Ready? 3, 2, 1")])
    await surroundings.stop()


def missed(number: int, conversation: Conversation = CONVERSATION) -> Message:
    return replace(
        MESSAGE, client_id=f"m{number}", conversation_id=conversation.id, text=f"number {number}"
    )


async def test_what_a_catch_up_brings_is_one_notification(preferences, qapp) -> None:
    toasts: list[tuple] = []
    surroundings = PlatformBridge(
        lambda: None, preferences, lambda key: None, lambda *toast: toasts.append(toast)
    )
    surroundings.adapter = FakeAdapter(shows=False)  # the tray's way is the same
    surroundings.catch_up(True)
    for number in range(60):
        surroundings.announce(CONVERSATION, missed(number))
        await asyncio.sleep(0)
    assert surroundings.adapter.shown == []
    surroundings.catch_up(False)
    await surroundings.adapter.told.wait()
    await asyncio.sleep(0)
    assert toasts == [("g", "Rocket", "60 new messages\nAlan: number 59")]
    surroundings.read("g")
    await asyncio.sleep(0)
    assert surroundings.adapter.shown[-1] == ("g",)
    await surroundings.stop()


async def test_several_conversations_share_one_notification(preferences, qapp) -> None:
    surroundings = PlatformBridge(lambda: None, preferences, lambda key: None, lambda *toast: None)
    surroundings.adapter = FakeAdapter()
    other = replace(CONVERSATION, id="h", title="Mars")
    surroundings.catch_up(True)
    surroundings.announce(CONVERSATION, missed(1))
    surroundings.announce(other, missed(2, other))
    surroundings.announce(other, missed(3, other))
    surroundings.catch_up(False)
    await surroundings.adapter.told.wait()
    assert surroundings.adapter.shown == [("", "Phobos", "3 new messages in 2 conversations")]
    await surroundings.stop()


async def test_other_peoples_words_stay_in_one_line_and_in_order(preferences) -> None:
    surroundings = PlatformBridge(lambda: None, preferences, lambda key: None, lambda *toast: None)
    surroundings.adapter = FakeAdapter()
    surroundings.announce(
        replace(CONVERSATION, title="Rock\u202eet\n"), replace(MESSAGE, sender="Al\u200ban\n")
    )
    await surroundings.adapter.told.wait()
    assert surroundings.adapter.shown == [("g", "Alan · Rocket", "Ready? 3, 2, 1")]
    await surroundings.stop()
