"""What is said of the connection, and when."""

import pytest

from app.chat.model import ConnectionHealth, ConnectionState
from app.desktop.link_state import WRONG_AFTER, LinkStateLine, detail_words, is_quiet, state_words
from app.desktop.local_time import clock_text

NOW = 1_760_000_000.0
DOWN = ConnectionState.CONNECTING


def health(state=ConnectionState.ONLINE, lasted=60.0, **more) -> ConnectionHealth:
    return ConnectionHealth(state, lasted, **more)


def test_all_well_is_not_worth_a_word() -> None:
    assert state_words(health()) == detail_words(health(), NOW) == ""
    assert is_quiet(health())


@pytest.mark.parametrize("state", [each for each in ConnectionState if each.name != "ONLINE"])
def test_nothing_but_well_is_without_a_word_for_long(qapp, state) -> None:
    assert state_words(health(state, 0.0)) and state_words(health(state))
    assert not is_quiet(health(state))


def test_connecting_is_never_the_last_word(qapp) -> None:
    early = health(DOWN, WRONG_AFTER - 0.1)
    assert (state_words(early), detail_words(early, NOW)) == ("Connecting…", "")
    late = health(DOWN, WRONG_AFTER, next_try=NOW + 12.2)
    assert state_words(late) == "Not connected"
    assert detail_words(late, NOW) == (
        "Can't reach the server. Check the address and your network.\nTrying again in 12 s."
    )
    now = health(DOWN, trouble="unknown_host")
    assert detail_words(now, NOW).endswith("Trying again now.")
    assert detail_words(now, NOW) != detail_words(health(DOWN, trouble="no_tls"), NOW)
    over = health(DOWN, next_try=NOW - 5.0)
    assert detail_words(over, NOW).endswith("Trying again now.")


def test_a_slow_network_says_how_slow_it_is(qapp) -> None:
    assert state_words(health(slow=2.345)) == "Slow network: 2.3 s"
    assert not is_quiet(health(slow=2.3))
    updating = health(ConnectionState.UPDATING, slow=2.345)
    assert "2.3 s" in detail_words(updating, NOW)
    assert detail_words(health(ConnectionState.UPDATING), NOW)


def test_what_waits_is_counted_once_it_has_waited_a_moment(qapp) -> None:
    just = health(waiting=1, waiting_since=NOW - 1.0)
    assert detail_words(just, NOW) == "" and not is_quiet(just)
    time = clock_text(NOW - 60.0)
    one = health(waiting=1, waiting_since=NOW - 60.0)
    assert detail_words(one, NOW) == f"1 message has been waiting since {time}."
    many = health(ConnectionState.OFFLINE, waiting=1234, waiting_since=NOW - 60.0)
    assert detail_words(many, NOW) == f"1,234 messages have been waiting since {time}."
    both = health(DOWN, waiting=2, waiting_since=NOW - 60.0)
    assert detail_words(both, NOW).startswith("Can't reach")
    assert detail_words(both, NOW).endswith(f"2 messages have been waiting since {time}.")


def test_the_line_shows_what_is_wrong_and_takes_it_back(qtbot) -> None:
    line = LinkStateLine()
    qtbot.addWidget(line)
    qtbot.addWidget(line.detail)
    line.show_health(health(DOWN, 0.0), NOW)
    qtbot.waitUntil(lambda: not line.isHidden())
    assert line.detail.isHidden()
    line.show_health(health(DOWN, 6.0, next_try=NOW + 3.0), NOW)
    assert line.text() == "Not connected" and not line.detail.isHidden()
    line.show_health(health(waiting=3, waiting_since=NOW - 9.0), NOW)
    assert line.isHidden() and not line.detail.isHidden()
    line.show_health(health(), NOW)
    assert line.isHidden() and line.detail.isHidden()


def test_the_window_counts_down_by_itself(qtbot, chat, session) -> None:
    import time

    side = chat.chat.side
    session.health_now = health(
        lasted=7.0, next_try=time.time() + 30.0, waiting=2, waiting_since=1.0
    )
    session.listener.on_link_state(DOWN)
    qtbot.waitUntil(lambda: "Trying again in" in side.state_line.detail.text())
    first = side.state_line.detail.text()
    qtbot.waitUntil(lambda: side.state_line.detail.text() != first)
    session.health_now = health()
    session.listener.on_link_state(ConnectionState.ONLINE)
    assert side.state_line.detail.isHidden()
    assert not chat.chat._health_timer.isActive()  # nothing to look at: nothing looks
