"""Intercepted answers, in virtual time."""

from __future__ import annotations

from netcore.policy.intercept import Intercepts


def test_an_answer_stands_for_a_minute():
    kept = Intercepts()
    assert kept.add("/cgi", b"busy", 0.0)
    assert kept.get("/cgi", 60.0) == b"busy"
    assert kept.get("/cgi", 60.1) is None
    assert len(kept) == 0


def test_other_cgis_are_not_touched():
    kept = Intercepts()
    kept.add("/cgi", b"busy", 0.0)
    assert kept.get("/other", 0.0) is None


def test_a_task_without_a_cgi_is_never_intercepted():
    kept = Intercepts()
    assert not kept.add("", b"busy", 0.0)
    assert kept.get("", 0.0) is None


def test_clear_forgets_all():
    kept = Intercepts()
    kept.add("/cgi", b"busy", 0.0)
    kept.clear()
    assert kept.get("/cgi", 0.0) is None


def test_answers_that_nobody_asks_for_do_not_gather():
    kept = Intercepts()
    for number in range(1000):
        kept.add(f"/{number}", b"busy", number * 1.0)
    assert len(kept) == 61
