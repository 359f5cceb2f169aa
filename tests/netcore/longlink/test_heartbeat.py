"""The smart heartbeat in virtual time: each constant, and weeks on networks of every kind."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import pytest

from netcore.errors import ConfigError
from netcore.longlink.heartbeat import (
    Change,
    HeartbeatBook,
    HeartbeatSettings,
    HeartbeatState,
    SmartHeartbeat,
)

MINUTE = 60.0
HOUR = 60 * MINUTE
DAY = 24 * HOUR
SHORTEST = 3.5 * MINUTE
LONGEST = 9 * MINUTE + 40.0


@dataclass
class Life:
    """A link that lives on a network which forgets it after ``forgets`` seconds of silence."""

    heartbeat: SmartHeartbeat = field(default_factory=lambda: SmartHeartbeat("main"))
    forgets: float = float("inf")
    network: str = "home"
    now: float = 0.0
    wall: float = 1_700_000_000.0
    active: bool = False
    lost: int = 0  # connections lost to the network
    beats: list[float] = field(default_factory=list)  # the silences ended by heartbeats
    changes: list[Change] = field(default_factory=list)
    up: bool = False

    def step(self) -> None:
        """To the next heartbeat and its answer, or its loss and the reconnect."""
        if not self.up:
            self.heartbeat.established(self.network, self.wall)
            self.up = True
            self.beat(0.0)
        interval = self.heartbeat.interval(self.active)
        self.pass_time(interval)
        self.beats.append(interval)
        self.beat(interval)

    def beat(self, silence: float) -> None:
        self.heartbeat.sent(silence)
        if silence < self.forgets:
            self.note(self.heartbeat.result(True, False, self.wall))
            return
        self.pass_time(8.0)
        self.note(self.heartbeat.result(False, True, self.wall))
        self.note(self.heartbeat.disconnected(self.wall))
        self.up = False
        self.lost += 1

    def note(self, change: Change | None) -> None:
        if change is not None:
            self.changes.append(change)

    def pass_time(self, seconds: float) -> None:
        self.now += seconds
        self.wall += seconds

    def live(self, seconds: float) -> None:
        until = self.now + seconds
        while self.now < until:
            self.step()


def test_a_week_on_a_network_that_drops_idle_links_at_five_minutes_settles_under_it_and_stays():
    life = Life(forgets=5 * MINUTE)
    life.live(7 * DAY)
    record = life.heartbeat
    assert record.state is HeartbeatState.STABLE
    assert record.learned == 4 * MINUTE + 10  # 5.5 min failed twice: less 60 s and 20 s
    assert life.lost == 2  # what it cost to learn it
    settled = next(each for each in life.changes if each.state is HeartbeatState.STABLE)
    assert settled is life.changes[-1]
    # Once settled no connection is ever lost again, and every interval but the short ones is it.
    assert set(life.beats[-1000:]) == {4 * MINUTE + 10}
    first_hours = Life(forgets=5 * MINUTE)
    first_hours.live(2 * HOUR)
    assert first_hours.heartbeat.state is HeartbeatState.STABLE  # it does not take long


@pytest.mark.parametrize(
    "forgets", [215.0, 4 * MINUTE, 5 * MINUTE, 7 * MINUTE, 9 * MINUTE, 9.6 * MINUTE]
)
def test_on_any_network_it_settles_under_the_limit_and_loses_few_links_in_a_month(forgets: float):
    life = Life(forgets=forgets)
    life.live(28 * DAY)
    assert life.heartbeat.interval(False) < forgets
    assert life.lost <= 2 + 4 * 2  # two for the first time, two for each weekly probe
    if life.heartbeat.state is HeartbeatState.STABLE:
        assert life.heartbeat.learned >= min(forgets, LONGEST) - 2 * MINUTE


def test_on_a_network_without_a_limit_it_grows_to_nine_minutes_forty_and_stays():
    life = Life()
    life.live(2 * DAY)
    assert life.lost == 0
    assert life.heartbeat.learned == LONGEST
    assert life.heartbeat.state is HeartbeatState.STABLE
    grown = [each.interval for each in life.changes]
    assert grown == [270.0, 330.0, 390.0, 450.0, 510.0, 570.0, 580.0, 580.0]
    life.live(30 * DAY)
    assert len(life.changes) == 8  # there is nothing longer to probe for


def test_the_first_three_of_each_connection_are_short():
    life = Life(forgets=5 * MINUTE)
    life.live(DAY)
    life.heartbeat.disconnected(life.wall, ours=True)
    life.up = False
    before = len(life.beats)
    for _ in range(4):
        life.step()
    assert life.beats[before:] == [SHORTEST] * 3 + [250.0]


def test_it_grows_after_five_that_were_answered():
    life = Life()
    for _ in range(3 + 4):
        life.step()
    assert not life.changes
    life.step()
    (change,) = life.changes
    assert (change.before, change.interval) == (SHORTEST, SHORTEST + 60.0)
    assert change.state is HeartbeatState.GROWING


def test_one_failure_does_not_settle_and_a_success_forgives_it():
    life = Life()
    while life.heartbeat.learned < 330.0:
        life.step()
    life.forgets = 300.0
    while life.lost < 1:
        life.step()
    assert life.heartbeat.learned == 330.0
    life.forgets = float("inf")
    for _ in range(4):
        life.step()
    life.forgets = 300.0
    while life.lost < 2:
        life.step()
    assert life.heartbeat.learned == 330.0
    assert life.heartbeat.state is HeartbeatState.GROWING
    while life.lost < 3:
        life.step()
    assert (life.heartbeat.learned, life.heartbeat.state) == (250.0, HeartbeatState.STABLE)


def test_when_what_was_stable_fails_twice_it_is_sought_anew():
    life = Life(forgets=7 * MINUTE)
    life.live(DAY)
    assert life.heartbeat.state is HeartbeatState.STABLE
    stable = life.heartbeat.learned
    assert SHORTEST < stable < 7 * MINUTE
    life.forgets = 5 * MINUTE
    while life.lost < 4:
        life.step()
    assert life.changes[-1].before == stable
    assert life.changes[-1].interval == SHORTEST
    assert life.heartbeat.state is HeartbeatState.GROWING
    life.live(DAY)
    assert life.heartbeat.learned == 250.0
    assert life.heartbeat.state is HeartbeatState.STABLE


def test_a_week_after_the_last_change_a_longer_one_is_tried():
    life = Life(forgets=5 * MINUTE)
    life.live(DAY)
    settled_at = life.wall
    life.forgets = float("inf")  # the router was replaced
    changes = len(life.changes)
    while len(life.changes) == changes:
        life.step()
    assert 6 * DAY < life.wall - settled_at < 7 * DAY + HOUR
    assert life.changes[-1].interval == 250.0 + 20.0
    life.live(DAY)
    assert life.heartbeat.learned == LONGEST


def test_while_active_the_interval_is_the_shortest_and_growth_waits():
    life = Life()
    while life.heartbeat.learned < 270.0:
        life.step()
    life.active = True
    for _ in range(50):
        life.step()
    assert set(life.beats[-50:]) == {SHORTEST}
    assert life.heartbeat.learned == 270.0
    assert life.heartbeat.interval(False) == 270.0


def test_on_request_what_is_stable_holds_while_active_too():
    book = HeartbeatBook(HeartbeatSettings(learned_while_active=True))
    life = Life(SmartHeartbeat("main", book), forgets=5 * MINUTE, active=True)
    life.live(DAY)
    assert set(life.beats) == {SHORTEST}  # nothing was learned, so nothing longer is tried
    life.active = False
    life.live(DAY)
    assert life.heartbeat.state is HeartbeatState.STABLE
    life.active = True
    lost = life.lost
    life.live(DAY)
    assert set(life.beats[-200:]) == {250.0}
    assert life.lost == lost
    life.heartbeat.disconnected(life.wall, ours=True)
    life.up = False
    life.step()
    assert life.beats[-1] == SHORTEST  # the first three of each connection are short


def test_six_short_failures_in_a_row_mean_a_bad_network():
    life = Life(forgets=1.0)
    while life.lost < 5:
        life.step()
    assert not life.changes
    while life.lost < 6:
        life.step()
    (change,) = life.changes
    assert "bad" in change.why
    assert change.interval == change.before == SHORTEST


def test_short_failures_without_a_network_are_no_news():
    heartbeat = SmartHeartbeat("main")
    for _ in range(20):
        heartbeat.established("home", 0.0)
        heartbeat.sent(0.0)
        assert heartbeat.result(False, True, 0.0, online=False) is None


def grown(interval: float) -> Life:
    life = Life()
    while life.heartbeat.learned < interval:
        life.step()
    return life


def test_a_heartbeat_that_ended_a_short_silence_teaches_nothing():
    life = grown(330.0)
    for _ in range(50):  # a push came two minutes ago
        life.heartbeat.sent(120.0)
        assert life.heartbeat.result(True, False, life.wall) is None
        life.heartbeat.sent(120.0)
        assert life.heartbeat.result(False, True, life.wall) is None
    assert life.heartbeat.learned == 330.0


def test_a_failure_after_a_sleep_teaches_nothing():
    life = grown(330.0)
    for _ in range(5):
        life.heartbeat.sent(8 * HOUR)
        assert life.heartbeat.result(False, True, life.wall) is None
    assert life.heartbeat.learned == 330.0


def test_a_link_cut_by_ourselves_is_no_failure():
    life = grown(330.0)
    for _ in range(5):
        life.heartbeat.sent(330.0)
        assert life.heartbeat.disconnected(life.wall, ours=True) is None
        assert life.heartbeat.disconnected(life.wall) is None
    assert life.heartbeat.state is HeartbeatState.GROWING


def test_a_connection_lost_while_a_heartbeat_is_out_is_a_failure():
    life = grown(330.0)
    life.heartbeat.sent(330.0)
    assert life.heartbeat.disconnected(life.wall) is None
    life.heartbeat.sent(330.0)
    change = life.heartbeat.disconnected(life.wall)
    assert change is not None
    assert (change.interval, change.state) == (250.0, HeartbeatState.STABLE)


def test_each_network_has_a_record_of_its_own():
    book = HeartbeatBook()
    heartbeat = SmartHeartbeat("main", book)
    home = Life(heartbeat, forgets=5 * MINUTE)
    home.live(DAY)
    cafe = Life(heartbeat, network="cafe", wall=home.wall)
    cafe.live(DAY)
    assert heartbeat.learned == LONGEST
    heartbeat.established("home", cafe.wall)
    assert (heartbeat.learned, heartbeat.state) == (250.0, HeartbeatState.STABLE)
    assert heartbeat.network == "home"


def test_links_learn_apart():
    book = HeartbeatBook()
    Life(SmartHeartbeat("main", book)).live(DAY)
    other = SmartHeartbeat("other", book)
    other.established("home", 0.0)
    assert other.learned == SHORTEST


def test_a_network_without_a_name_is_not_kept():
    book = HeartbeatBook()
    Life(SmartHeartbeat("main", book), network="").live(DAY)
    assert book.as_dict()["links"] == {}


def test_the_newest_twenty_networks_are_kept():
    book = HeartbeatBook()
    heartbeat = SmartHeartbeat("main", book)
    for number in range(30):
        heartbeat.established(f"network {number}", float(number))
    kept = book.as_dict()["links"]["main"]
    assert list(kept) == [f"network {number}" for number in range(10, 30)]


def test_it_goes_on_where_it_stood_after_a_restart():
    book = HeartbeatBook()
    Life(SmartHeartbeat("main", book), forgets=5 * MINUTE).live(DAY)
    stored = json.loads(json.dumps(book.as_dict()))
    fresh = HeartbeatBook()
    fresh.restore(stored)
    heartbeat = SmartHeartbeat("main", fresh)
    heartbeat.established("home", 1_700_000_000.0 + DAY)
    assert (heartbeat.learned, heartbeat.state) == (250.0, HeartbeatState.STABLE)
    assert fresh.as_dict() == stored


@pytest.mark.parametrize(("stored", "learned"), [(1.0, SHORTEST), (1e9, LONGEST), (300.0, 300.0)])
def test_an_interval_out_of_bounds_is_moved_to_the_nearest(stored: float, learned: float):
    book = HeartbeatBook()
    SmartHeartbeat("main", book).established("home", 0.0)
    record = book.as_dict()
    record["links"]["main"]["home"]["interval"] = stored
    book.restore(record)
    heartbeat = SmartHeartbeat("main", book)
    heartbeat.established("home", 0.0)
    assert heartbeat.learned == learned


@pytest.mark.parametrize(
    "damage",
    [
        {"version": 2},
        {"version": 1},
        {"version": 1, "links": []},
        {"version": 1, "links": {"main": {"home": {}}}},
        {"version": 1, "links": {"main": {"home": {"interval": "long"}}}},
    ],
)
def test_what_is_no_record_is_refused_and_changes_nothing(damage: dict[str, object]):
    book = HeartbeatBook()
    SmartHeartbeat("main", book).established("home", 0.0)
    before = book.as_dict()
    with pytest.raises(ValueError, match=r"record|version|interval|convert"):
        book.restore(damage)
    assert book.as_dict() == before


def test_a_clock_that_was_set_back_does_not_put_the_probe_off():
    book = HeartbeatBook()
    heartbeat = SmartHeartbeat("main", book)
    heartbeat.established("home", 2_000_000_000.0)
    heartbeat = SmartHeartbeat("main", book)
    heartbeat.established("home", 1_700_000_000.0)
    assert book.as_dict()["links"]["main"]["home"]["changed"] == 1_700_000_000.0


def test_mars_s_constants_are_the_defaults():
    settings = HeartbeatSettings()
    assert (settings.shortest, settings.longest) == (210.0, 600.0)
    assert (settings.step, settings.back) == (60.0, 20.0)
    assert (settings.short_first, settings.good_to_grow, settings.bad_to_settle) == (3, 5, 2)
    assert (settings.probe_after, settings.networks) == (7 * DAY, 20)


@pytest.mark.parametrize(
    "wrong",
    [
        {"back": 0.0},
        {"back": 60.0},
        {"shortest": 10.0},
        {"shortest": 590.0},
        {"good_to_grow": 0},
        {"networks": 0},
    ],
)
def test_settings_that_could_never_work_are_refused(wrong: dict[str, float]):
    with pytest.raises(ConfigError, match="heartbeat"):
        HeartbeatSettings(**wrong)  # type: ignore[arg-type]


def test_on_mains_power_the_interval_is_short_and_teaches_nothing():
    life = Life()
    for _ in range(40):
        life.step()
    learned = life.heartbeat.learned
    assert learned > SHORTEST
    assert life.heartbeat.interval(False, on_mains=True) == 45.0
    assert life.heartbeat.interval(True, on_mains=True) == 45.0
    before = len(life.changes)
    for _ in range(100):
        life.pass_time(45.0)
        life.beat(45.0)
    assert life.heartbeat.learned == learned
    assert len(life.changes) == before
    assert life.heartbeat.interval(False) == learned  # unplugged again


def test_mains_power_makes_no_difference_where_the_settings_say_so():
    book = HeartbeatBook(HeartbeatSettings(on_mains=0.0))
    assert SmartHeartbeat("main", book).interval(False, on_mains=True) == SHORTEST
    with pytest.raises(ConfigError, match="on_mains"):
        HeartbeatSettings(on_mains=-1.0)
