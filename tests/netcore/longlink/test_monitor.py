"""When a link reconnects, in virtual time: each waiting time of Mars's connect monitor."""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass, field

import pytest

from netcore.errors import ConfigError
from netcore.longlink.monitor import (
    MARS_MONITOR,
    NEVER,
    ConnectMonitor,
    ConnectPlan,
    MonitorSettings,
    Situation,
    UserPresence,
)

MINUTE = 60.0
DAY = 24 * 60 * MINUTE
IN_FRONT = Situation(foreground_for=10.0)
PRESENT = {
    UserPresence.FIRST_MINUTE: IN_FRONT,
    UserPresence.TEN_MINUTES: Situation(foreground_for=60.0),
    UserPresence.FOREGROUND: Situation(foreground_for=600.0),
    UserPresence.BACKGROUND: Situation(foreground=False, foreground_for=5.0),
    UserPresence.INACTIVE: Situation(active=False, foreground=False, foreground_for=1000.0),
}


@dataclass
class Sky:
    """A link in virtual time whose connects fail after ``takes`` seconds."""

    monitor: ConnectMonitor
    situation: Situation = IN_FRONT
    now: float = 1000.0
    takes: float = 0.0
    attempts: list[float] = field(default_factory=list)
    plans: list[ConnectPlan] = field(default_factory=list)

    def carry_out(self, plan: ConnectPlan | None) -> None:
        if plan is None:
            return
        self.plans.append(plan)
        if plan.delay <= 0:
            self.connect()

    def connect(self, ok: bool = False) -> None:
        self.attempts.append(self.now)
        self.monitor.connecting(self.now)
        self.now += self.takes
        if ok:
            self.monitor.connected(self.now)
        else:
            self.monitor.went_down(self.now)

    def lose(self, after: float) -> None:
        """A connection that comes about and is lost so much later."""
        self.connect(ok=True)
        self.now += after
        self.monitor.went_down(self.now)

    def run(self, seconds: float) -> list[float]:
        """Let time pass; when attempts began, counted from now."""
        start, before = self.now, len(self.attempts)
        while self.monitor.due <= start + seconds:
            self.now = max(self.now, self.monitor.due)
            self.carry_out(self.monitor.poll(self.now, self.situation))
        self.now = max(self.now, start + seconds)
        return [each - start for each in self.attempts[before:]]


def sky(settings: MonitorSettings = MARS_MONITOR, **more: object) -> Sky:
    return Sky(ConnectMonitor(random.Random(7), settings), **more)  # type: ignore[arg-type]


def test_the_presence_follows_from_front_and_time():
    for presence, situation in PRESENT.items():
        assert situation.presence is presence


@pytest.mark.parametrize(
    ("presence", "wait"), list(zip(UserPresence, (15.0, 30.0, 120.0, 300.0), strict=False))
)
def test_for_itself_a_link_that_could_not_be_made_waits_by_the_table(
    presence: UserPresence, wait: float
):
    it = sky(situation=PRESENT[presence])
    it.connect()
    (first, second) = (
        it.run(2 * wait + 25.0)[:2] if presence is UserPresence.FOREGROUND else it.run(2 * wait)
    )
    spread = 20.0 if presence is UserPresence.FOREGROUND else 0.0
    assert wait <= first <= wait + spread
    assert wait <= second - first <= wait + spread


@pytest.mark.parametrize(
    ("presence", "wait"), list(zip(UserPresence, (5.0, 10.0, 20.0, 30.0, 300.0), strict=True))
)
def test_for_a_task_it_waits_by_the_table(presence: UserPresence, wait: float):
    it = sky(MonitorSettings(quick=(), after_loss=1e6), situation=PRESENT[presence])
    it.connect()
    it.now += 1.0
    it.carry_out(it.monitor.wanted(it.now, it.situation))
    assert it.run(1000.0)[0] == pytest.approx(wait - 1.0)


def test_a_task_s_wish_is_not_forgotten_when_the_link_plans_for_itself():
    it = sky()
    it.connect()
    it.carry_out(it.monitor.wanted(it.now, it.situation))
    assert not it.plans  # the waiting time is looked up half a second after the loss
    assert it.run(6.0) == [5.0]
    assert "task" in it.plans[0].reason


def test_half_a_second_after_a_loss_a_link_that_lived_comes_back():
    it = sky()
    it.lose(after=600.0)
    assert it.monitor.due == it.now + 0.5
    assert it.run(1.0) == [0.5]


def test_a_fleet_can_be_spread_over_some_seconds_after_a_loss():
    moments = set()
    for seed in range(50):
        it = Sky(ConnectMonitor(random.Random(seed), MonitorSettings(after_loss_spread=3.0)))
        it.lose(after=600.0)
        moments.add(it.run(5.0)[0])
    assert 0.5 <= min(moments) < 1.0
    assert 3.0 < max(moments) <= 3.5


def test_a_task_brings_a_link_that_lived_back_at_once():
    it = sky()
    it.lose(after=600.0)
    it.carry_out(it.monitor.wanted(it.now, it.situation))
    assert it.attempts[-1] == it.now


def test_a_link_that_dies_young_waits_out_its_time():
    it = sky()
    it.lose(after=4.0)
    assert it.run(20.0) == [15.0 - 4.0]


@pytest.mark.parametrize("presence", list(UserPresence))
def test_a_new_network_connects_at_once_whoever_is_there(presence: UserPresence):
    it = sky(situation=PRESENT[presence])
    it.connect()
    it.now += 0.1
    it.carry_out(it.monitor.network_changed(it.now))
    assert it.attempts[-1] == it.now
    assert it.plans[-1] == ConnectPlan(0.0, "a new network")


LONG_IN_FRONT = {"foreground_for": 700.0}


@pytest.mark.parametrize(
    ("situation", "wait", "spread"),
    [
        (Situation(**LONG_IN_FRONT, online=False), 120.0 * 3 + 600, 0.0),
        (Situation(**LONG_IN_FRONT, logged_in=False), 120.0 * 2 + 300, 0.0),
        (Situation(**LONG_IN_FRONT), 120.0, 20.0),
    ],
)
def test_long_in_front_it_waits_longer_without_a_network_or_an_account(
    situation: Situation, wait: float, spread: float
):
    waits = set()
    for seed in range(50):
        it = Sky(ConnectMonitor(random.Random(seed), MARS_MONITOR), situation)
        it.connect()
        waits.add(it.run(wait + spread)[0])
    assert min(waits) >= wait
    assert max(waits) <= wait + spread
    assert (len(waits) > 1) == (spread > 0)


def test_inactive_it_climbs_the_ladder():
    it = sky(situation=PRESENT[UserPresence.INACTIVE])
    it.connect()
    started = it.run(60 * MINUTE)
    waits = [after - before for before, after in zip([0.0, *started], started, strict=False)]
    assert waits == [60.0, 120.0, 240.0, 360.0, 480.0, 600.0, 600.0, 600.0]


@pytest.mark.parametrize(("lived", "then"), [(599.0, 480.0), (600.0, 240.0)])
def test_inactive_a_connection_of_ten_minutes_goes_a_rung_down_a_shorter_one_up(
    lived: float, then: float
):
    it = sky(situation=PRESENT[UserPresence.INACTIVE])
    it.connect()
    it.run(60.0 + 120.0 + 240.0)  # on rung 3, 240 s
    it.lose(after=lived - 0.5)
    assert it.run(1.0) == [0.5]  # at once, for no rung is so long: rung 4 or 2
    assert it.run(20 * MINUTE)[0] == pytest.approx(then - 0.5)  # it fails: a rung more


def test_the_lowest_rung_is_the_lowest():
    it = sky(situation=PRESENT[UserPresence.INACTIVE])
    it.connect()
    it.run(60.0)
    for _ in range(3):
        it.lose(after=700.0)
        it.run(1.0)
    assert it.run(60.0) == [59.5]


def test_inactive_a_new_network_starts_the_ladder_anew():
    it = sky(situation=PRESENT[UserPresence.INACTIVE])
    it.connect()
    it.run(13 * MINUTE)
    it.carry_out(it.monitor.network_changed(it.now))
    assert it.run(60.0) == [60.0]


def test_inactive_without_an_account_it_waits_for_seven_days():
    it = sky(situation=Situation(active=False, foreground=False, logged_in=False))
    it.connect()
    assert it.run(7 * DAY) == [7 * DAY]


def test_coming_back_in_front_starts_the_ladder_anew_and_decides_at_once():
    it = sky(situation=PRESENT[UserPresence.INACTIVE])
    it.connect()
    it.run(13 * MINUTE)
    assert it.attempts[-1] == it.now
    it.now += 2 * MINUTE  # of the six that the ladder says
    it.situation = Situation(foreground_for=0.0)
    it.carry_out(it.monitor.situation_changed(it.now, it.situation))
    assert it.attempts[-1] == it.now
    it.situation = PRESENT[UserPresence.INACTIVE]
    it.carry_out(it.monitor.situation_changed(it.now, it.situation))
    assert it.run(61.0) == [60.0]


def test_a_link_that_is_not_kept_alive_connects_for_tasks_alone():
    it = Sky(ConnectMonitor(random.Random(7), keep_alive=False))
    it.lose(after=100.0)
    assert it.monitor.due == NEVER
    assert it.monitor.situation_changed(it.now, IN_FRONT) is None
    it.carry_out(it.monitor.wanted(it.now, IN_FRONT))
    assert it.attempts[-1] == it.now


def test_while_it_is_up_or_connecting_nothing_is_planned():
    it = sky()
    it.monitor.connecting(it.now)
    assert it.monitor.wanted(it.now, IN_FRONT) is None
    it.monitor.connected(it.now)
    assert it.monitor.wanted(it.now, IN_FRONT) is None
    assert it.monitor.network_changed(it.now) is None
    assert it.monitor.poll(it.now + DAY, IN_FRONT) is None
    assert it.monitor.due == NEVER


# -- the quick attempts, which are ours


def test_the_first_attempts_after_a_loss_come_quickly_then_the_table_s():
    it = sky(MonitorSettings(search_for=0.0))
    it.lose(after=600.0)
    first, *more = it.run(60.0)
    assert first == 0.5
    waits = [after - before for before, after in zip([first, *more], more, strict=False)]
    for wait, quick in zip(waits, (2.0, 4.0, 8.0), strict=False):
        assert 0.75 * quick <= wait <= 1.25 * quick
    assert waits[3:] == [15.0, 15.0, 15.0]


def test_the_quick_attempts_are_spread():
    seconds = set()
    for seed in range(20):
        it = Sky(ConnectMonitor(random.Random(seed)))
        it.lose(after=600.0)
        seconds.add(it.run(5.0)[1])
    assert len(seconds) == 20


def test_a_server_that_accepts_and_drops_gets_no_quick_attempts_for_ever():
    it = sky(MonitorSettings())
    for _ in range(6):
        it.lose(after=0.2)
        it.run(0.5)
    assert it.monitor.due - it.attempts[-1] >= 15.0 - 1e-9


def used_up(situation: Situation = IN_FRONT) -> Sky:
    """A link whose quick attempts are used up: it waits by the table."""
    it = sky(MonitorSettings(search_for=0.0), situation=situation)
    it.lose(after=600.0)
    it.run(40.0)
    return it


def test_a_new_network_allows_quick_attempts_anew():
    it = used_up()
    it.carry_out(it.monitor.network_changed(it.now))
    assert it.run(3.0)


def test_the_user_s_return_from_inactivity_allows_them_anew_and_nothing_else_does():
    it = used_up()
    it.carry_out(it.monitor.situation_changed(it.now, it.situation))
    assert it.monitor.due - it.attempts[-1] == 15.0
    away = PRESENT[UserPresence.INACTIVE]
    it.carry_out(it.monitor.situation_changed(it.now, away))
    it.situation = Situation(foreground_for=0.0)
    it.carry_out(it.monitor.situation_changed(it.now, it.situation))
    assert it.run(3.0)


def test_a_link_that_lived_for_ten_seconds_has_them_again():
    it = used_up()
    it.lose(after=9.9)
    it.run(1.0)
    assert it.monitor.due - it.attempts[-1] == 15.0
    it.lose(after=10.0)
    assert it.run(2.0) == [0.5]


def test_asked_before_its_time_it_plans_nothing():
    it = sky()
    it.connect()
    assert it.monitor.poll(it.monitor.due - 0.01, it.situation) is None
    assert it.monitor.poll(it.monitor.due, it.situation) is not None


def test_mars_s_numbers_are_the_defaults():
    settings = MonitorSettings()
    assert settings.task == (5.0, 10.0, 20.0, 30.0, 300.0)
    assert settings.alone == (15.0, 30.0, 120.0, 300.0, 600.0)
    assert settings.ladder == (0.0, 60.0, 120.0, 240.0, 360.0, 480.0, 600.0)
    assert (settings.after_loss, settings.ladder_turn, settings.spread) == (0.5, 600.0, 20.0)
    assert (settings.no_network_factor, settings.no_network_more) == (3.0, 600.0)
    assert (settings.no_account_factor, settings.no_account_more) == (2.0, 300.0)
    assert settings.no_account_inactive == 7 * DAY
    assert (settings.quick, settings.proven) == ((1.0, 2.0, 4.0, 8.0), 10.0)


@pytest.mark.parametrize(
    ("seconds", "presence"),
    [
        (59.9, UserPresence.FIRST_MINUTE),
        (60.0, UserPresence.TEN_MINUTES),
        (599.9, UserPresence.TEN_MINUTES),
        (600.0, UserPresence.FOREGROUND),
    ],
)
def test_the_first_minute_and_the_first_ten_in_front_are_told_apart(
    seconds: float, presence: UserPresence
):
    assert Situation(foreground_for=seconds).presence is presence


def test_without_a_network_no_attempt_is_quick():
    it = sky(MonitorSettings(), situation=Situation(foreground_for=10.0, online=False))
    it.connect()
    assert it.run(16.0) == [15.0]


@pytest.mark.parametrize(
    "wrong",
    [{"task": (1.0,)}, {"alone": ()}, {"ladder": ()}, {"after_loss": -1.0}, {"quick": (-1.0,)}],
)
def test_waiting_times_that_make_no_sense_are_refused(wrong: dict[str, tuple[float, ...]]):
    with pytest.raises(ConfigError, match="reconnect"):
        MonitorSettings(**wrong)  # type: ignore[arg-type]


# -- looking for a server that returns, which is ours


ON_MAINS = Situation(active=False, foreground=False, foreground_for=1000.0, on_mains=True)


@pytest.mark.parametrize(
    ("situation", "most"),
    [
        (IN_FRONT, 5.0),
        (PRESENT[UserPresence.TEN_MINUTES], 5.0),
        (PRESENT[UserPresence.FOREGROUND], 5.0),
        (PRESENT[UserPresence.BACKGROUND], 15.0),
        (ON_MAINS, 15.0),
    ],
)
def test_a_server_that_returns_is_found_soon(situation: Situation, most: float):
    it = sky(MonitorSettings(), situation=situation)
    it.lose(after=600.0)
    attempts = it.run(599.0)
    waits = [after - before for before, after in itertools.pairwise(attempts)]
    assert max(waits) <= most
    assert min(waits[3:]) >= 0.6 * most


def used_up_search() -> Sky:
    """A link that has searched for its server for ten minutes in vain."""
    it = sky(MonitorSettings())
    it.lose(after=600.0)
    it.run(620.0)
    return it


def test_a_fleet_that_looks_for_its_server_is_spread():
    """Of 200 clients that lost it in the same moment no second sees more than a fair share."""
    returned, found = 300.0, []
    for seed in range(200):
        it = Sky(ConnectMonitor(random.Random(seed)))
        it.lose(after=600.0)
        found.append(next(each for each in it.run(310.0) if each >= returned) - returned)
    seconds = [sum(n <= each < n + 1 for each in found) for n in range(5)]
    assert sum(seconds) == 200
    assert max(seconds) <= 2 * 200 / 5


def test_after_ten_minutes_without_it_the_table_s_times_hold_again():
    it = sky(MonitorSettings())
    it.lose(after=600.0)
    it.run(610.0)
    attempts = it.run(60.0)
    assert [b - a for a, b in itertools.pairwise(attempts)] == pytest.approx([15.0] * 3, abs=0.01)


def test_a_server_that_takes_connections_and_drops_them_is_not_searched_for():
    it = sky(MonitorSettings(quick=()))
    it.lose(after=600.0)
    it.run(0.6)
    it.lose(after=1.0)
    assert it.run(16.0) == [14.0]


def test_a_new_network_and_the_user_s_return_begin_the_search_anew():
    for begin in ("network_changed", "situation_changed"):
        it = used_up_search()
        if begin == "network_changed":
            it.carry_out(it.monitor.network_changed(it.now))
        else:
            away = PRESENT[UserPresence.INACTIVE]
            it.carry_out(it.monitor.situation_changed(it.now, away))
            it.carry_out(it.monitor.situation_changed(it.now, it.situation))
        attempts = it.run(60.0)
        assert max(b - a for a, b in itertools.pairwise(attempts)) <= 5.0


@pytest.mark.parametrize(
    "situation",
    [
        PRESENT[UserPresence.INACTIVE],
        Situation(foreground_for=10.0, online=False),
        Situation(foreground_for=10.0, logged_in=False),
    ],
)
def test_on_battery_and_away_or_without_network_or_account_nobody_searches(situation: Situation):
    it = sky(MonitorSettings(quick=()), situation=situation)
    it.lose(after=600.0)
    assert all("looking" not in each.reason for each in it.plans)
    it.run(300.0)
    assert all("looking" not in each.reason for each in it.plans)
