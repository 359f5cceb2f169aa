"""Network reports and activity, in virtual time."""

from __future__ import annotations

from netcore.events import (
    ActiveLogic,
    NetworkKind,
    NetworkState,
    NetworkVerdict,
    NetworkWatch,
    SleepWatch,
)

HOME = NetworkState(NetworkKind.WIFI, "home")
OFFICE = NetworkState(NetworkKind.WIFI, "office")
NONE = NetworkState(NetworkKind.NONE)


def test_a_blip_under_a_hundred_milliseconds_cuts_nothing():
    watch = NetworkWatch(HOME)
    assert watch.report(NONE, 0.0) is NetworkVerdict.PENDING
    assert watch.report(HOME, 0.03) is NetworkVerdict.SAME
    assert watch.poll(1.0) is NetworkVerdict.SAME
    assert watch.generation == 0


def test_the_first_network_told_of_is_found_and_changes_nothing():
    watch = NetworkWatch()
    assert watch.report(HOME, 0.0) is NetworkVerdict.FOUND
    assert (watch.state, watch.generation) == (HOME, 0)
    assert watch.report(HOME, 1.0) is NetworkVerdict.SAME
    assert watch.report(OFFICE, 2.0) is NetworkVerdict.CHANGED


def test_a_first_report_of_no_network_is_held_and_then_a_loss():
    watch = NetworkWatch()
    assert watch.report(NONE, 0.0) is NetworkVerdict.PENDING
    assert watch.report(HOME, 0.05) is NetworkVerdict.FOUND
    watch = NetworkWatch()
    watch.report(NONE, 0.0)
    assert watch.poll(0.1) is NetworkVerdict.LOST
    assert watch.report(HOME, 1.0) is NetworkVerdict.CHANGED


def test_a_real_loss_acts_when_the_hold_ends():
    watch = NetworkWatch(HOME)
    watch.report(NONE, 0.0)
    assert watch.deadline == 0.1
    assert watch.poll(0.099) is NetworkVerdict.PENDING
    assert watch.poll(0.1) is NetworkVerdict.LOST
    assert watch.deadline is None
    assert not watch.state.online


def test_another_network_acts_at_once():
    watch = NetworkWatch(HOME)
    assert watch.report(OFFICE, 0.0) is NetworkVerdict.CHANGED
    watch.report(NONE, 1.0)
    assert watch.report(HOME, 1.05) is NetworkVerdict.CHANGED
    assert watch.generation == 2


def test_repeated_reports_of_no_network_do_not_prolong_the_hold():
    watch = NetworkWatch(HOME)
    watch.report(NONE, 0.0)
    assert watch.report(NONE, 0.06) is NetworkVerdict.PENDING
    assert watch.report(NONE, 0.12) is NetworkVerdict.LOST
    assert watch.report(NONE, 0.2) is NetworkVerdict.SAME


def test_a_network_that_comes_back_after_a_loss_is_a_change():
    watch = NetworkWatch(HOME)
    watch.report(NONE, 0.0)
    watch.poll(0.1)
    assert watch.report(HOME, 5.0) is NetworkVerdict.CHANGED


def test_ten_minutes_in_the_background_make_inactive():
    logic = ActiveLogic(0.0)
    assert not logic.set_foreground(False, 100.0)
    assert logic.deadline == 700.0
    assert not logic.poll(699.0)
    assert logic.poll(700.0)
    assert not logic.active
    assert logic.deadline is None


def test_coming_to_the_front_makes_active_again():
    logic = ActiveLogic(0.0)
    logic.set_foreground(False, 0.0)
    logic.poll(600.0)
    assert logic.set_foreground(True, 601.0)
    assert logic.active
    assert logic.deadline is None


def test_a_start_in_the_background_is_inactive():
    assert not ActiveLogic(0.0, foreground=False).active


def test_a_look_at_the_clock_that_comes_late_means_sleep():
    watch = SleepWatch(0.0)
    assert watch.poll(20.0) == 0.0
    assert watch.poll(44.0) == 0.0  # a busy machine
    assert watch.poll(44.0 + 20.0 + 600.0) == 600.0
    assert watch.poll(684.0) == 0.0
    watch.woke(2000.0)
    assert watch.poll(2015.0) == 0.0


def test_what_is_learned_is_kept_by_the_network_s_label_else_by_its_kind():
    assert NetworkState(NetworkKind.WIFI, "home").key == "home"
    assert NetworkState(NetworkKind.WIRED).key == "wired"
    assert NetworkState(NetworkKind.NONE, "home").key == ""
    assert not NetworkState(NetworkKind.NONE).online
    assert NetworkState(NetworkKind.MOBILE).online


def test_five_seconds_late_is_a_busy_machine_and_more_is_sleep():
    assert SleepWatch(0.0).poll(25.0) == 0.0
    assert SleepWatch(0.0).poll(25.5) == 5.5


def test_idle_for_ten_minutes_is_inactive_and_changes_once():
    logic = ActiveLogic(0.0)
    assert not logic.set_idle(599.9, 599.9)
    assert logic.set_idle(600.0, 600.0) and not logic.active
    assert not logic.set_idle(700.0, 700.0)
    assert logic.set_idle(0.5, 800.0) and logic.active


def test_a_window_coming_to_the_front_proves_that_the_person_is_back():
    logic = ActiveLogic(0.0)
    logic.set_foreground(False, 0.0)
    assert logic.set_idle(10_000.0, 100.0)
    assert logic.set_foreground(True, 101.0) and logic.active
    assert not logic.set_idle(0.0, 102.0)
    assert not logic.set_foreground(False, 103.0) and logic.active


def test_a_system_that_cannot_tell_the_idle_time_makes_nobody_inactive():
    logic = ActiveLogic(0.0)
    assert not logic.set_idle(None, 10_000.0)
    assert logic.active


def test_who_is_idle_in_the_background_and_comes_back_there_is_judged_by_the_background():
    logic = ActiveLogic(0.0)
    logic.set_foreground(False, 0.0)
    assert logic.set_idle(600.0, 60.0)
    assert logic.set_idle(1.0, 61.0)
    assert logic.poll(62.0)  # the ten minutes behind were taken as over
    assert not logic.active
