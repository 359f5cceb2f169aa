from app.platform.activity import ActivityDetector


def test_idle_past_the_limit_is_inactive_and_told_once():
    presence = ActivityDetector(away_after=600.0)
    assert presence.on_idle(599.9) is None
    assert presence.on_idle(600.0) is False
    assert presence.on_idle(700.0) is None
    assert presence.on_idle(0.5) is True


def test_a_window_coming_to_the_front_proves_presence():
    presence = ActivityDetector()
    presence.on_idle(10_000.0)
    assert presence.on_foreground(True) is True
    assert presence.on_foreground(False) is None
    assert presence.foreground is False


def test_a_system_that_cannot_tell_idle_time_never_makes_anybody_inactive():
    presence = ActivityDetector()
    assert presence.on_idle(None) is None
    assert presence.active
