"""At most so often in so long."""

from __future__ import annotations

from app.server.throttle import MAX_KEYS, Throttle


def test_a_throttle_counts_in_a_sliding_window():
    throttle = Throttle(2, 60.0)
    assert [throttle.attempt("a", now) for now in (0.0, 30.0)] == [0.0, 0.0]
    assert throttle.attempt("a", 31.0) == 29.0
    assert throttle.attempt("b", 31.0) == 0.0
    assert throttle.attempt("a", 60.0) == 0.0
    assert throttle.attempt("a", 60.0) == 30.0
    throttle.forget("a")
    assert throttle.attempt("a", 60.0) == 0.0


def test_a_throttle_forgets_idle_keys():
    throttle = Throttle(1, 60.0)
    for key in range(MAX_KEYS):
        throttle.attempt(key, 0.0)
    assert throttle.attempt("new", 61.0) == 0.0
    assert len(throttle._tries) == 1
