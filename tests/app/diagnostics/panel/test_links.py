import pytest

from app.diagnostics.panel.links import LINKS, PingState
from app.diagnostics.panel.model import Health
from netcore.errors import DisconnectReason
from netcore.events import NetworkChanged, NetworkKind, Slept, Woke
from netcore.longlink.heartbeat import HeartbeatState
from netcore.longlink.heartbeat_runner import HeartbeatSent
from netcore.longlink.hedged_reconnect import LinkRecovered, LinkStalled
from netcore.longlink.learned import HeartbeatAdapted
from netcore.longlink.reconnector import ReconnectPlanned
from netcore.longlink.state import LinkState
from netcore.policy.dynamic import NetworkQuality
from netcore.policy.timeouts import TimeoutsChanged
from netcore.policy.weak import WeakChanged, WeakReason

from .scripts import LINK, T0, beat, down, missed, play, state, up


def test_the_last_change_is_kept_with_its_reason():
    model = play(up(T0), down(T0 + 5))
    link = model.link
    assert (link.state, link.reason, link.detail) == (
        "disconnected",
        "remote_closed",
        "the peer closed it",
    )
    assert link.changed_at == T0 + 5
    assert model.health() is Health.DOWN
    model.take(up(T0 + 7), T0 + 7)
    assert (link.reason, link.last_reason) == ("none", "remote_closed")
    assert model.health() is Health.GOOD


@pytest.mark.parametrize(
    ("age", "shown"), [(0.0, PingState.LIVE), (10.0, PingState.LIVE), (10.1, PingState.OLD)]
)
def test_a_round_trip_is_the_present_one_for_ten_seconds(age: float, shown: PingState):
    link = play(up(T0), *beat(T0 + 1, 0.04)).link
    ping = link.ping(T0 + 1.04 + age)
    assert ping.state is shown
    assert ping.rtt == 0.04
    assert ping.age == pytest.approx(age, abs=1e-6)


def test_a_round_trip_of_a_link_that_is_down_is_never_shown():
    model = play(up(T0), *beat(T0 + 1, 0.04), down(T0 + 2))
    assert model.link.ping(T0 + 2.1).state is PingState.NONE
    model.take(state(T0 + 3, LinkState.CONNECTING), T0 + 3)
    assert model.link.ping(T0 + 3).state is PingState.NONE
    # Up again: what is shown is the new connection's, not the old heartbeat's.
    model.take(up(T0 + 4, rtt=0.09), T0 + 4)
    assert model.link.ping(T0 + 4).rtt == 0.09


def test_nothing_measured_is_nothing_shown():
    link = play(up(T0, rtt=0.0)).link
    assert link.ping(T0 + 1).state is PingState.NONE


def test_a_heartbeat_that_waits_too_long_is_told_in_place_of_the_old_round_trip():
    sent = HeartbeatSent(at=T0 + 30, link=LINK, interval=30.0, actual_interval=30.0, answer_due=8.0)
    link = play(up(T0), *beat(T0 + 1, 0.04), sent).link
    assert link.ping(T0 + 30.9).state is PingState.OLD
    waiting = link.ping(T0 + 32)
    assert (waiting.state, waiting.age) == (PingState.WAITING, 2.0)


def test_a_doubted_link_waits_at_once_and_is_weak():
    model = play(up(T0), LinkStalled(at=T0 + 9, link=LINK, silence=3.0, hedged=False))
    ping = model.link.ping(T0 + 9)
    assert (ping.state, ping.age) == (PingState.WAITING, 3.0)
    assert model.health() is Health.WEAK


def test_a_link_that_sent_something_after_all_is_no_longer_weak():
    stalled = LinkStalled(at=T0 + 9, link=LINK, silence=3.0, hedged=False)
    model = play(up(T0), stalled, LinkRecovered(at=T0 + 10, link=LINK))
    assert model.health() is Health.GOOD
    assert model.link.ping(T0 + 20).state is not PingState.WAITING


def test_the_level_of_the_time_outs_alone_makes_no_link_weak():
    level = TimeoutsChanged(
        at=T0 + 1,
        level=NetworkQuality.BAD,
        mobile=False,
        first_package=18.0,
        package_package=8.0,
        read_write=20.0,
    )
    model = play(up(T0), level)
    assert model.limits.level == "bad"
    assert model.health() is Health.GOOD


def test_a_sleeping_machine_shows_no_round_trip():
    model = play(up(T0), *beat(T0 + 1, 0.04), Slept(at=T0 + 2))
    assert model.health() is Health.ASLEEP
    assert model.link.ping(T0 + 2, asleep=model.asleep).state is PingState.NONE
    model.take(Woke(at=T0 + 32, seconds=30.0), T0 + 32)
    assert not model.asleep


def test_a_clock_set_back_makes_no_old_value_young():
    link = play(up(T0), *beat(T0 + 100, 0.04)).link
    assert link.ping(T0).state is PingState.OLD


def test_figures_are_of_the_last_five_minutes():
    events = [up(T0)]
    for number in range(20):
        events += beat(T0 + 20 * number, 0.01 * (number + 1))
    link = play(*events, missed(T0 + 399)).link
    figures = link.figures(T0 + 400)
    assert figures.answered == 15  # those from T0 + 100 on
    assert figures.median == pytest.approx(0.13)
    assert figures.missed == 1
    assert link.figures(T0 + 4000).answered == 0


def test_lines_break_where_the_link_was_down():
    link = play(up(T0), *beat(T0 + 1, 0.04), down(T0 + 5), up(T0 + 8), *beat(T0 + 9, 0.05)).link
    values = link.rtts.arrays()[1].tolist()
    assert values[0] == 0.04
    assert values[1] != values[1]  # NaN, where it broke
    assert values[2] == 0.05
    assert [(each.start, each.end) for each in link.downs] == [(T0 + 5, T0 + 8)]


def test_the_interval_follows_what_is_learned():
    adapted = HeartbeatAdapted(
        at=T0 + 60, link=LINK, network="home", interval=330.0, before=270.0, in_force=45.0,
        state=HeartbeatState.GROWING, why="answered often enough",
    )  # fmt: skip
    link = play(up(T0), *beat(T0 + 1, 0.04, interval=30.0), adapted).link
    assert (link.interval, link.learned, link.adapting) == (45.0, 330.0, "growing")
    assert link.intervals.last() == (T0 + 60, 45.0)


def test_a_planned_connect_is_counted_down_until_the_link_is_up():
    plan = ReconnectPlanned(at=T0 + 6, link=LINK, delay=12.0, reason="no network")
    model = play(up(T0), down(T0 + 5), plan)
    assert model.link.reconnect_at == T0 + 18
    model.take(up(T0 + 18), T0 + 18)
    assert model.link.reconnect_at is None


def test_no_network_and_a_weak_one_are_told_apart():
    gone = NetworkChanged(at=T0 + 1, kind=NetworkKind.NONE, label="", generation=1)
    model = play(up(T0), gone)
    assert model.health() is Health.OFFLINE
    back = NetworkChanged(at=T0 + 2, kind=NetworkKind.WIFI, label="home", generation=2)
    model.take(back, T0 + 2)
    weak = WeakChanged(at=T0 + 3, weak=True, reason=WeakReason.TASK_SLOW, seconds=3.0)
    model.take(weak, T0 + 3)
    assert model.health() is Health.WEAK


def test_links_are_bounded_and_the_main_one_stays():
    model = play(up(T0))
    for number in range(3 * LINKS):
        event = state(T0 + number, LinkState.CONNECTED)
        object.__setattr__(event, "link", f"minor {number}")
        model.take(event, event.at)
    assert len(model.links.records) == LINKS
    assert model.link.name == LINK


def test_a_reason_of_ours_reads_as_a_word():
    link = play(down(T0, DisconnectReason.NETWORK_LOST)).link
    assert link.reason == "network_lost"
