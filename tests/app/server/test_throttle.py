"""At most so often in so long."""

from __future__ import annotations

from app.server.throttle import MAX_KEYS, GrowingDelay, Throttle


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
    assert len(throttle) == 1


def test_a_throttle_keeps_so_many_keys_and_no_more():
    throttle = Throttle(1, 60.0)
    for key in range(3 * MAX_KEYS):
        throttle.attempt(key, 0.0)
    assert len(throttle) == MAX_KEYS
    assert throttle.attempt(3 * MAX_KEYS - 1, 1.0) == 59.0  # the latest are kept


def test_an_attempt_that_was_none_is_taken_back():
    throttle = Throttle(1, 60.0)
    throttle.attempt("a", 0.0)
    throttle.take_back("a")
    throttle.take_back("nobody")
    assert throttle.attempt("a", 1.0) == 0.0
    assert throttle.attempt("a", 1.0) == 60.0


def test_a_delay_grows_from_try_to_try_up_to_its_end():
    delay = GrowingDelay(free=2, longest=5.0, forget=100.0)
    assert [delay.attempt("a", 0.0) for _ in range(2)] == [0.0, 0.0]
    now = 0.0
    waits = []
    for _ in range(5):
        waits.append(delay.attempt("a", now))
        assert delay.attempt("a", now) == waits[-1]  # asking on changes nothing
        now += waits[-1]
        assert delay.attempt("a", now) == 0.0
    assert waits == [1.0, 2.0, 4.0, 5.0, 5.0]
    assert delay.attempt("b", now) == 0.0
    assert [delay.attempt("a", now + 100.0) for _ in range(3)] == [0.0, 0.0, 1.0]


def test_a_delay_knows_what_was_right():
    delay = GrowingDelay(free=2, longest=5.0, forget=100.0)
    for _ in range(50):
        assert delay.attempt("a", 0.0) == 0.0
        delay.take_back("a")


def test_a_delay_never_overflows_and_keeps_few_keys():
    delay = GrowingDelay(free=1, longest=1.0, forget=1e9)
    for number in range(5000):
        assert delay.attempt("a", 2.0 * number) == 0.0
    for key in range(2 * MAX_KEYS):
        delay.attempt(key, 0.0)
    assert len(delay) == MAX_KEYS
