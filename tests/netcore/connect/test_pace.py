import math

import pytest

from netcore.connect.endpoint import Endpoint
from netcore.connect.pace import (
    MARS_PACE,
    RFC8305_PACE,
    AttemptState,
    GiveUp,
    Race,
    RaceSettings,
    Start,
)
from netcore.errors import ConfigError

DEAD = (math.inf, "nothing")


def addresses(count):
    return [Endpoint(f"10.0.0.{n}", 80) for n in range(1, count + 1)]


def play(endpoints, results, settings=None, now=100.0):
    """Run a race in virtual time. Each outcome is (seconds after its start, "ok" | "error").

    Gives the race, {index: start time} and when it ended, in seconds since it began.
    """
    settings = settings or RaceSettings()
    race = Race(endpoints, settings, now)
    began = now
    started, due = {}, {}
    while not race.over:
        for action in race.poll(now):
            if isinstance(action, Start):
                started[action.index] = round(now - began, 6)
                due[action.index] = now + results[action.index][0]
            else:
                due.pop(action.index)
        if race.over:
            break
        nearest = min(due.values(), default=math.inf)
        now = min(race.deadline(), nearest)
        assert now < math.inf
        for index in [each for each, at in due.items() if at <= now]:
            del due[index]
            if results[index][1] == "ok":
                race.on_success(index, now)
            else:
                race.on_error(index, OSError("refused"), now)
    return race, started, round(now - began, 6)


def test_a_healthy_first_address_has_no_rival():
    race, started, seconds = play(addresses(5), [(0.1, "ok")] + [(0.1, "ok")] * 4)
    assert (race.winner, started, seconds) == (0, {0: 0.0}, 0.1)


def test_three_attempts_run_at_once_and_the_fourth_starts_after_one_interval_of_two_and_a_half_s():
    _, started, _ = play(addresses(5), [DEAD] * 5)
    assert started == {0: 0.0, 1: 0.25, 2: 0.5, 3: 2.5, 4: 2.75}


def test_with_the_first_three_of_four_black_holed_it_is_won_one_interval_and_a_round_trip_later():
    race, _, seconds = play(addresses(4), [DEAD, DEAD, DEAD, (0.08, "ok")])
    assert race.winner == 3
    assert seconds == pytest.approx(2.5 + 0.08)


def overtaken(race):
    return [each.index for each in race.overtaken()]


def test_addresses_that_are_silent_while_a_later_one_wins_are_overtaken():
    race, _, _ = play(addresses(4), [DEAD, DEAD, DEAD, (0.08, "ok")])
    assert overtaken(race) == [0, 1, 2]


def test_one_that_is_merely_slower_is_not_overtaken():
    # It began 0.25 s earlier; the winner took 0.2 s, four times of which had not passed.
    race, _, _ = play(addresses(2), [DEAD, (0.2, "ok")])
    assert (race.winner, overtaken(race)) == (1, [])
    race, _, _ = play(addresses(2), [DEAD, (0.05, "ok")])
    assert (race.winner, overtaken(race)) == (1, [0])


@pytest.mark.parametrize(("took", "who"), [(0.08, [0]), (0.09, [])])
def test_four_times_the_winner_s_own_time_is_long_enough(took, who):
    race, _, _ = play(addresses(2), [DEAD, (took, "ok")])  # 0.33 or 0.34 s of silence
    assert overtaken(race) == who


def test_the_paces_that_have_a_name():
    assert (
        RaceSettings(places=3, interval=math.inf, stagger=2.5, error_interval=2.5, timeout=10.0)
        == MARS_PACE
    )
    assert RFC8305_PACE.stagger == 0.25
    assert RFC8305_PACE.places >= 1000  # as many as there are addresses
    assert RaceSettings() == RaceSettings(
        places=3, interval=2.5, stagger=0.25, error_interval=0.0, timeout=10.0
    )


def test_one_that_began_less_than_a_stagger_before_the_end_is_not_overtaken():
    quick = RaceSettings(stagger=1.0, error_interval=0.5)
    race, _, _ = play(addresses(3), [(0.1, "error"), DEAD, (0.001, "ok")], quick)
    assert race.winner == 2
    assert overtaken(race) == [1]  # it began 0.5 s in, the third 1 s later
    patient = RaceSettings(stagger=2.0, error_interval=0.5)
    race, _, _ = play(addresses(3), [(0.9, "error"), DEAD, (0.001, "ok")], patient)
    assert overtaken(race) == [1]
    hasty = RaceSettings(stagger=2.0, error_interval=0.0)
    race, _, _ = play(addresses(4), [DEAD, (0.5, "error"), (0.0, "error"), (0.0, "ok")], hasty)
    assert race.winner == 3
    assert overtaken(race) == [0]


def test_a_peer_that_answered_a_step_and_hangs_is_overtaken_by_its_silence_since():
    race = Race(addresses(2), RaceSettings(), 0.0)
    race.poll(0.0)
    race.on_step(0, "tcp", 0.2)
    race.poll(0.45)
    race.on_success(1, 0.46)
    assert overtaken(race) == [0]
    race = Race(addresses(2), RaceSettings(), 0.0)
    race.poll(0.0)
    race.on_step(0, "tcp", 0.25)
    race.poll(0.5)
    race.on_step(0, "tls", 0.3)
    race.on_success(1, 0.51)
    assert overtaken(race) == []


def test_nobody_is_overtaken_where_nobody_won():
    race, _, _ = play(addresses(2), [DEAD, (0.1, "error")])
    assert overtaken(race) == []


@pytest.mark.parametrize("good", range(4))
@pytest.mark.parametrize("bad", [DEAD, (0.0, "error"), (0.3, "error"), (2.4, "error")])
def test_three_dead_of_four_in_any_order_and_manner_cost_one_interval_at_most(good, bad):
    results = [bad] * 4
    results[good] = (0.05, "ok")
    race, _, seconds = play(addresses(4), results)
    assert race.winner == good
    assert seconds <= 2.5 + 0.05 + 1e-6


def test_an_attempt_ends_after_ten_seconds():
    race, _, seconds = play(addresses(1), [DEAD])
    assert seconds == 10.0
    assert race.attempts[0].state is AttemptState.TIMED_OUT
    assert race.winner is None


def test_an_error_shortens_the_wait_to_nothing():
    _, started, seconds = play(addresses(4), [(0.01, "error")] * 3 + [(0.02, "ok")])
    assert started == pytest.approx({0: 0.0, 1: 0.01, 2: 0.02, 3: 0.03})
    assert seconds == pytest.approx(0.05)


def test_an_error_interval_may_be_set():
    settings = RaceSettings(stagger=2.0, error_interval=0.5)
    _, started, _ = play(addresses(3), [(0.1, "error"), (0.9, "error"), DEAD], settings)
    assert started == pytest.approx({0: 0.0, 1: 0.5, 2: 1.4})


def test_an_error_frees_a_place_for_one_that_waits():
    _, started, _ = play(addresses(4), [DEAD, (1.0, "error"), DEAD, DEAD])
    assert started[3] == 1.25


def test_a_stalled_attempt_may_still_win():
    race, started, seconds = play(addresses(4), [(4.0, "ok"), DEAD, DEAD, DEAD])
    assert (race.winner, seconds) == (0, 4.0)
    assert race.attempts[3].state is AttemptState.LOST
    assert 3 in started


def test_an_answering_peer_holds_back_the_next_start_once():
    race = Race(addresses(3), RaceSettings(), 0.0)
    assert race.poll(0.0) == [Start(0)]
    race.on_step(0, "tcp", 0.2)
    assert race.deadline() == pytest.approx(0.45)
    assert race.poll(0.25) == []
    race.on_step(0, "tls", 0.4)  # a second step holds nothing back
    assert race.poll(0.45) == [Start(1)]
    assert race.attempts[0].steps == [("tcp", 0.2), ("tls", 0.4)]


def test_three_peers_that_accept_and_stay_silent_hold_the_fourth_back_by_no_more_than_an_interval():
    race = Race(addresses(4), RaceSettings(), 0.0)
    now, starts = 0.0, {}
    while 3 not in starts:
        for action in race.poll(now):
            starts[action.index] = now
            race.on_step(action.index, "tcp", now + 0.1)
        now = race.deadline()
    assert starts[3] == 2.5


def test_v4_and_v6_have_time_outs_of_their_own():
    endpoints = [Endpoint("10.0.0.1", 80), Endpoint("2001:db8::1", 80)]
    settings = RaceSettings(timeout_v4=4.0, timeout_v6=1.5)
    race, _, seconds = play(endpoints, [DEAD, DEAD], settings)
    ended = [round(each.ended - each.started, 6) for each in race.attempts]
    assert (ended, seconds) == ([4.0, 1.5], 4.0)


def test_the_pace_of_mars_starts_one_each_two_and_a_half_seconds_three_at_once():
    _, started, seconds = play(addresses(5), [DEAD] * 5, MARS_PACE)
    assert started == {0: 0.0, 1: 2.5, 2: 5.0, 3: 10.0, 4: 12.5}
    assert seconds == 22.5


def test_in_the_pace_of_mars_an_error_does_not_hurry():
    _, started, _ = play(addresses(2), [(0.1, "error"), (0.1, "ok")], MARS_PACE)
    assert started == {0: 0.0, 1: 2.5}


def test_the_pace_of_rfc_8305_starts_one_each_250_ms_without_a_limit():
    _, started, _ = play(addresses(5), [DEAD] * 5, RFC8305_PACE)
    assert started == {0: 0.0, 1: 0.25, 2: 0.5, 3: 0.75, 4: 1.0}


def test_a_race_without_addresses_is_over_at_once():
    race = Race([], RaceSettings(), 0.0)
    assert race.over
    assert race.poll(0.0) == []
    assert race.deadline() == math.inf


def test_a_late_word_changes_nothing():
    race = Race(addresses(2), RaceSettings(), 0.0)
    race.poll(0.0)
    race.poll(0.25)
    assert race.on_success(0, 0.3)
    assert not race.on_success(1, 0.3)
    race.on_error(1, OSError(), 0.4)
    race.on_step(1, "tcp", 0.4)
    assert [each.state for each in race.attempts] == [AttemptState.WON, AttemptState.LOST]
    assert race.attempts[1].error is None


def test_giving_up_comes_with_the_attempt_to_cancel():
    race = Race(addresses(1), RaceSettings(timeout=1.0), 0.0)
    race.poll(0.0)
    assert race.poll(1.0) == [GiveUp(0)]
    assert race.over


@pytest.mark.parametrize(
    "wrong",
    [
        {"places": 0},
        {"interval": -1},
        {"stagger": math.nan},
        {"error_interval": -0.1},
        {"timeout": 0},
        {"timeout": math.inf},
        {"timeout_v6": -1},
    ],
)
def test_a_pace_that_could_never_end_is_refused(wrong):
    with pytest.raises(ConfigError, match=next(iter(wrong))):
        RaceSettings(**wrong)
