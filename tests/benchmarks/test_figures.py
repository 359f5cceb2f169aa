"""What the laboratory makes of a trial."""

from __future__ import annotations

import math

import pytest

from benchmarks.weak.figures import Trial, figures, medians, percentile, ratios


def trial(arrivals, *, sent=4, view=None, **more) -> Trial:
    used = {"bytes": 400, "packets": 8, "lost": 1, "opened": 0}
    return Trial(
        sent={n: 100.0 + n for n in range(sent)},
        arrivals=arrivals,
        view=list(range(sent)) if view is None else view,
        used=used,
        processor=0.008,
        server_processor=None,
        **more,
    )


def test_what_arrived_counts_from_its_first_time():
    found = figures(trial([(0, 100.1), (1, 101.2), (0, 109.0), (2, 102.3), (3, 140.0)]))
    assert (found["p50_s"], found["p95_s"], found["max_s"]) == (0.2, 37.0, 37.0)
    assert (found["within_30_s"], found["duplicates"], found["lost"]) == (0.75, 1, 0)
    assert (found["bytes_a_message"], found["processor_ms_a_message"]) == (100, 2.0)
    assert "stored_twice" not in found


def test_what_never_came_is_lost_and_later_than_everything():
    found = figures(trial([(0, 100.1), (1, 101.2)], stored_twice=3))
    assert found["max_s"] is None
    assert (found["lost"], found["within_30_s"], found["stored_twice"]) == (2, 0.5, 3)


def test_order_is_that_of_what_is_seen_in_the_end():
    assert figures(trial([], view=[0, 2, 1, 3]))["order_broken"] == 1


@pytest.mark.parametrize(("share", "value"), [(0.5, 2), (0.95, 4), (0.01, 1), (1.0, 4)])
def test_percentiles_are_of_the_nearest_rank(share, value):
    assert percentile([4, 1, 3, 2], share) == value


def test_medians_take_none_for_the_worst_and_add_up_what_must_not_be():
    found = medians([{"p": 1.0, "lost": 1}, {"p": None, "lost": 0}, {"p": 2.0, "lost": 4}])
    assert found == {"p": 2.0, "lost": 5}
    assert medians([{"p": None}, {"p": None}, {"p": 1.0}]) == {"p": None}


def test_ratios_are_to_the_best_of_the_others():
    def one(p95, size):
        return {"p50_s": 1.0, "p95_s": p95, "max_s": 9.0, "processor_ms_a_message": 1.0} | {
            "bytes_a_message": size
        }

    found = {
        "phobos": one(1.0, 130),
        "mqtt": one(4.0, 100),
        "ws": one(None, 1),
        "single": one(0.1, 1),
    }
    assert ratios(found)["p95_s"] == 0.25
    assert ratios(found)["bytes_over_mqtt"] == 1.3
    assert ratios({"mqtt": one(1.0, 1)}) == {}
    assert not math.isnan(ratios(found)["p50_s"])
