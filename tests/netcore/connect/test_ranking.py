import itertools
import json
import random

import pytest

from netcore.connect.endpoint import Endpoint
from netcore.connect.ranking import AddressHistory, Ranking, RankingSettings

MINUTE = 60.0
DAY = 24 * 60 * MINUTE


def ranking(seed=1, label="wifi:home", wall=0.0):
    fresh = Ranking(random.Random(seed))
    fresh.on_network(label, wall)
    return fresh


def ends(*ips, port=80):
    return [Endpoint(ip, port) for ip in ips]


def fail(rank, ip="10.0.0.1", times=1, now=0.0, port=80):
    """Report failures 11 s apart, beginning at ``now``; the time of the last."""
    for n in range(times):
        assert rank.report(ip, port, False, now + 11 * n, 0.0)
    return now + 11 * (times - 1)


def ips(endpoints):
    return [each.ip for each in endpoints]


# ---------------------------------------------------------------------------- bans


def test_three_failures_of_eight_ban_for_six_minutes():
    rank = ranking()
    last = fail(rank, times=2)
    assert rank.banned_for("10.0.0.1", 80, last) == 0
    last = fail(rank, now=last + 11)
    assert rank.banned_for("10.0.0.1", 80, last) == 6 * MINUTE
    assert rank.order(ends("10.0.0.1"), 5, last + 6 * MINUTE - 0.1) == []
    assert rank.order(ends("10.0.0.1"), 5, last + 6 * MINUTE) == ends("10.0.0.1")


@pytest.mark.parametrize(
    ("failures", "minutes"), [(3, 6), (4, 12), (5, 18), (6, 24), (7, 30), (8, 30), (20, 30)]
)
def test_each_further_failure_in_a_row_bans_six_minutes_longer_thirty_at_most(failures, minutes):
    rank = ranking()
    last = fail(rank, times=failures)
    assert rank.banned_for("10.0.0.1", 80, last) == minutes * MINUTE


def test_three_failures_between_successes_ban_too_and_eight_successes_clear():
    rank = ranking()
    now = 0.0
    for ok in (False, True, False, True, False):
        rank.report("10.0.0.1", 80, ok, now, 0.0)
        now += 11
    assert rank.banned_for("10.0.0.1", 80, now) > 5 * MINUTE
    for _ in range(6):
        rank.report("10.0.0.1", 80, True, now, 0.0)
        now += 11
    assert rank.banned_for("10.0.0.1", 80, now) == 0
    assert rank.history("10.0.0.1", 80).failures == 1


def test_a_ban_holds_for_one_port_a_server_s_for_all():
    rank = ranking()
    last = fail(rank, times=3)
    assert rank.order(ends("10.0.0.1", port=443), 5, last) == ends("10.0.0.1", port=443)
    rank.ban_by_server("10.0.0.1", last)
    assert rank.order(ends("10.0.0.1", port=443), 5, last) == []


def test_a_server_ban_lasts_thirty_minutes():
    rank = ranking()
    rank.ban_by_server("10.0.0.1", 5.0)
    rank.ban_by_server("", 5.0)
    assert rank.banned_for("10.0.0.1", 80, 5.0) == 30 * MINUTE
    assert rank.order(ends("10.0.0.1"), 5, 5.0 + 30 * MINUTE - 0.1) == []
    assert rank.order(ends("10.0.0.1"), 5, 5.0 + 30 * MINUTE) == ends("10.0.0.1")


def test_a_result_within_ten_seconds_of_one_of_its_kind_is_not_taken():
    rank = ranking()
    assert rank.report("10.0.0.1", 80, False, 0.0, 0.0)
    assert not rank.report("10.0.0.1", 80, False, 10.0, 0.0)
    assert rank.report("10.0.0.1", 80, True, 10.0, 0.0)
    assert rank.report("10.0.0.1", 80, False, 10.1, 0.0)
    assert rank.history("10.0.0.1", 80).bits == 0b101


def test_without_a_network_nothing_is_learnt():
    rank = ranking(label="")
    assert not rank.report("10.0.0.1", 80, False, 0.0, 0.0)
    assert rank.as_dict(0.0)["networks"] == {}


def test_forgiving_clears_an_ip_on_all_its_ports():
    rank = ranking()
    last = max(fail(rank, times=3), fail(rank, times=3, port=443))
    rank.forgive("10.0.0.1")
    assert len(rank.order(ends("10.0.0.1"), 5, last)) == 1
    assert rank.banned_for("10.0.0.1", 443, last) == 0


@pytest.mark.parametrize(("bits", "row"), [(0, 0), (1, 1), (0b10, 0), (0b1011, 2), (0xFF, 8)])
def test_failures_in_a_row_are_counted_from_the_newest(bits, row):
    assert AddressHistory(bits).in_a_row == row


# ---------------------------------------------------------------------------- order


def test_known_addresses_come_with_the_fewest_failures_first():
    rank = ranking()
    fail(rank, "10.0.0.1", times=2)
    fail(rank, "10.0.0.2", times=1, now=100)
    rank.report("10.0.0.3", 80, True, 0.0, 0.0)
    rank.report("10.0.0.4", 80, True, 50.0, 0.0)
    fail(rank, "10.0.0.5", times=1, now=50)
    known = ends(*(f"10.0.0.{n}" for n in range(1, 6)))
    # No failure first, the later success before the earlier; then the older failure.
    expected = ["10.0.0.4", "10.0.0.3", "10.0.0.5", "10.0.0.2", "10.0.0.1"]
    assert ips(rank.order(known, 5, 200.0)) == expected


def test_new_and_known_addresses_are_mixed_at_random_in_proportion():
    firsts = 0
    for seed in range(400):
        rank = ranking(seed)
        rank.report("10.0.0.1", 80, True, 0.0, 0.0)
        order = rank.order(ends("10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4"), 5, 20.0)
        assert sorted(ips(order)) == [f"10.0.0.{n}" for n in range(1, 5)]
        firsts += order[0].ip == "10.0.0.1"
    assert 60 < firsts < 140  # a quarter of 400, within 4.6 standard deviations


def test_v6_and_v4_take_turns_beginning_with_v6():
    for seed in range(50):
        rank = ranking(seed)
        rank.report("2001:db8::1", 80, True, 0.0, 0.0)
        rank.report("10.0.0.1", 80, False, 0.0, 0.0)
        order = rank.order(
            ends("10.0.0.1", "10.0.0.2", "10.0.0.3", "2001:db8::1", "2001:db8::2", "2001:db8::3"),
            6,
            20.0,
        )
        assert [each.is_v6 for each in order] == [True, False] * 3


def test_known_addresses_of_both_families_take_turns_by_their_standing_and_stand_once():
    rank = ranking()
    known = ends("2001:db8::1", "2001:db8::2", "2001:db8::3", "10.0.0.1", "10.0.0.2")
    for place, each in enumerate(known):
        fail(rank, each.ip, times=place % 3, now=100.0 * place)
        rank.report(each.ip, 80, True, 1000.0, 0.0)
    order = ips(rank.order(list(reversed(known)), 9, 2000.0))
    assert order == ["2001:db8::1", "10.0.0.1", "2001:db8::2", "10.0.0.2", "2001:db8::3"]


def test_where_one_family_is_left_over_it_comes_last():
    for seed in range(20):
        many = ends("2001:db8::1", "10.0.0.1", "10.0.0.2", "10.0.0.3")
        order = ranking(seed).order(many, 9, 0.0)
        assert [each.is_v6 for each in order] == [True, False, False, False]
        assert sorted(ips(order)) == sorted(ips(many))


def test_an_ip_is_parted_by_one_of_its_own_family_so_that_the_turns_hold():
    for seed in range(50):
        order = ranking(seed).order(
            [
                *ends("2001:db8::1", "2001:db8::2", "10.0.0.1", "10.0.0.2"),
                *ends("2001:db8::1", "10.0.0.1", port=443),
            ],
            9,
            0.0,
        )
        assert [each.is_v6 for each in order] == [True, False] * 3


def test_one_ip_stands_not_twice_in_a_row_where_another_can_go_between():
    for seed in range(100):
        order = ranking(seed).order(
            ends("10.0.0.1", "10.0.0.2") + ends("10.0.0.1", "10.0.0.2", port=443), 5, 0.0
        )
        names = ips(order)
        doubled = [a for a, b in itertools.pairwise(names) if a == b]
        assert not doubled or doubled == [names[-1]]  # at the very end nothing is left to swap
        assert len(set(order)) == 4


def test_the_same_seed_gives_the_same_order_and_another_another():
    many = ends(*(f"10.0.0.{n}" for n in range(1, 30)))
    assert ranking(7).order(many, 30, 0.0) == ranking(7).order(many, 30, 0.0)
    assert ranking(7).order(many, 30, 0.0) != ranking(8).order(many, 30, 0.0)


def test_as_many_are_given_as_asked_for():
    many = ends(*(f"10.0.0.{n}" for n in range(1, 30)))
    assert len(ranking().order(many, 5, 0.0)) == 5
    assert ranking().order(many, 0, 0.0) == []
    assert ranking().order(many, -1, 0.0) == []
    assert ranking().order([], 5, 0.0) == []


# ---------------------------------------------------------------------------- networks


def test_each_network_has_a_history_of_its_own():
    rank = ranking(label="wifi:home")
    last = fail(rank, times=3)
    rank.on_network("wifi:office", 0.0)
    assert rank.history("10.0.0.1", 80) is None
    assert rank.order(ends("10.0.0.1"), 5, last) == ends("10.0.0.1")
    rank.on_network("wifi:home", 0.0)
    assert rank.history("10.0.0.1", 80).failures == 3
    assert rank.banned_for("10.0.0.1", 80, last) == 0  # bans are not kept, the history is
    last = fail(rank, now=last + 11)
    assert rank.banned_for("10.0.0.1", 80, last) == 12 * MINUTE


def test_the_history_survives_a_restart_for_24_hours():
    old = ranking(wall=1000.0)
    old.report("10.0.0.1", 80, False, 0.0, 1000.0)
    old.report("2001:db8::1", 443, True, 0.0, 1500.0)
    stored = json.loads(json.dumps(old.as_dict(2000.0)))

    def restarted(wall):
        rank = Ranking(random.Random(1))
        rank.restore(stored, wall)
        rank.on_network("wifi:home", wall)
        return rank

    assert restarted(1000.0 + DAY - 1).history("10.0.0.1", 80).bits == 1
    assert restarted(1000.0 + DAY - 1).history("2001:db8::1", 443).bits == 0
    assert restarted(1000.0 + DAY).history("10.0.0.1", 80) is None
    assert restarted(999.0).history("10.0.0.1", 80) is None  # the clock was set back


def test_a_history_of_yesterday_orders_nothing_and_bans_nobody():
    rank = ranking(wall=0.0)
    fail(rank, times=3)
    rank.on_network("wifi:office", DAY - 1)
    rank.on_network("wifi:home", DAY - 1)
    assert rank.history("10.0.0.1", 80) is not None
    rank.on_network("wifi:office", DAY)
    rank.on_network("wifi:home", DAY)
    assert rank.history("10.0.0.1", 80) is None


def test_the_newest_networks_are_kept_whatever_their_order_in_the_file():
    rank = Ranking(random.Random(1), RankingSettings(networks=2))
    since = {"a": 30.0, "b": 10.0, "c": 20.0}
    stored = {name: {"since": wall, "items": []} for name, wall in since.items()}
    rank.restore({"version": 1, "networks": stored}, 50.0)
    assert sorted(rank.as_dict(50.0)["networks"]) == ["a", "c"]


def test_restoring_after_the_network_is_known_counts_at_once():
    old = ranking()
    old.report("10.0.0.1", 80, False, 0.0, 0.0)
    rank = ranking()
    rank.restore(old.as_dict(0.0), 0.0)
    assert rank.history("10.0.0.1", 80).failures == 1


def test_fifty_networks_are_kept_the_newest():
    rank = Ranking(random.Random(1), RankingSettings())
    for n in range(60):
        rank.on_network(f"wifi:{n}", float(n))
        rank.report("10.0.0.1", 80, True, 20.0 * n, float(n))
    kept = rank.as_dict(60.0)["networks"]
    assert list(kept) == [f"wifi:{n}" for n in range(10, 60)]


@pytest.mark.parametrize(
    "wrong",
    [
        {"version": 2, "networks": {}},
        {"networks": {}},
        {"version": 1},
        {"version": 1, "networks": []},
        {"version": 1, "networks": {"x": 3}},
        {"version": 1, "networks": {"x": {"since": "y", "items": []}}},
        {"version": 1, "networks": {"x": {"since": 0, "items": [["1.1.1.1", 80]]}}},
        {"version": 1, "networks": {"x": {"since": 0, "items": [["1.1.1.1", None, 3]]}}},
        {"version": 1, "networks": {"x": {"since": 0, "items": [["1.1.1.1", 1e400, 3]]}}},
    ],
)
def test_what_is_no_ranking_is_refused_and_changes_nothing(wrong):
    rank = ranking()
    rank.report("10.0.0.1", 80, False, 0.0, 0.0)
    before = rank.as_dict(0.0)
    with pytest.raises(ValueError, match=r"."):
        rank.restore(wrong, 0.0)
    assert rank.as_dict(0.0) == before
    rank.restore({}, 0.0)
    assert rank.as_dict(0.0) == before
