"""Pushes that are not acknowledged, in virtual time."""

from __future__ import annotations

from app.server import deliveries
from app.server.accounts import LogIn
from app.server.deliveries import FIRST_TIME, LEAST_TIME, MOST_TIME, Deliveries
from netcore.runtime.clock import NEVER

PHONE = LogIn(1, "Ada", b"phone")
DESK = LogIn(1, "Ada", b"desk")


def test_what_is_acknowledged_in_time_is_not_repeated():
    pushes = Deliveries()
    assert pushes.deadline() == NEVER
    assert pushes.pushed(PHONE, 7, 0.0) == FIRST_TIME
    pushes.acknowledged(PHONE, [7, 8], 0.2)
    assert pushes.late(99.0) == [] and pushes.deadline() == NEVER


def test_what_is_not_acknowledged_is_late_once():
    pushes = Deliveries()
    for revision in (7, 8):
        pushes.pushed(PHONE, revision, 0.0)
    assert pushes.late(FIRST_TIME / 2) == [] and pushes.deadline() == FIRST_TIME
    assert pushes.late(FIRST_TIME) == [PHONE]
    assert pushes.late(99.0) == []


def test_devices_stand_apart():
    pushes = Deliveries()
    pushes.pushed(PHONE, 7, 0.0)
    pushes.pushed(DESK, 7, 0.0)
    pushes.acknowledged(DESK, [7], 0.1)
    pushes.acknowledged(LogIn(2, "Bob", b"b"), [7], 0.1)
    assert pushes.late(FIRST_TIME) == [PHONE]


def test_the_usual_time_is_learned_within_bounds():
    pushes = Deliveries()
    now = 0.0
    for took in [0.01] * 30:
        pushes.pushed(PHONE, 1, now)
        pushes.acknowledged(PHONE, [1], now + took)
        now += 1
    assert pushes.pushed(PHONE, 2, now) == now + LEAST_TIME
    for took in [0.4, 2.4] * 30:
        pushes.pushed(PHONE, 1, now)
        pushes.acknowledged(PHONE, [1], now + took)
        now += 3
    assert pushes.pushed(PHONE, 3, now) == now + MOST_TIME


def test_all_is_bounded(monkeypatch):
    monkeypatch.setattr(deliveries, "OUTSTANDING", 2)
    monkeypatch.setattr(deliveries, "DEVICES", 1)
    pushes = Deliveries()
    for revision in range(5):
        pushes.pushed(PHONE, revision, float(revision))
    assert pushes.deadline() == 3.0 + FIRST_TIME
    pushes.pushed(DESK, 9, 9.0)
    assert pushes.late(99.0) == [DESK]
