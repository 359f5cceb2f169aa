from app.platform.macos import WorkspaceEvents


def heard_of(*names):
    heard = []
    events = WorkspaceEvents(lambda: heard.append("sleep"), lambda: heard.append("wake"))
    for name in names:
        events.read(name)
    return heard


def test_a_recorded_night():
    night = ["NSWorkspaceWillSleepNotification", "NSWorkspaceDidWakeNotification"]
    assert heard_of(*night) == ["sleep", "wake"]


def test_sleep_is_told_once_and_other_notifications_not_at_all():
    assert heard_of(
        "NSWorkspaceScreensDidSleepNotification",
        "NSWorkspaceWillSleepNotification",
        "NSWorkspaceWillSleepNotification",
        "NSWorkspaceScreensDidWakeNotification",
    ) == ["sleep"]
