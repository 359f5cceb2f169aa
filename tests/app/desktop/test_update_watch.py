"""The daily look for a newer Phobos: only when wanted, only when due."""

import asyncio

import pytest

from app.desktop.preferences import Preferences
from app.desktop.settings_dialog import SettingsDialog
from app.desktop.update_watch import UpdateWatch
from app.start.update_check import Release, UpdateError, UpdateSource

WHERE = UpdateSource("https://example.org/update.json", bytes(32))
NOW = 1_800_000_000.0


@pytest.fixture
def asked(monkeypatch) -> list[str]:
    """The places that were asked; the answer is a newer release."""
    places: list[str] = []

    async def check(where: UpdateSource, current: str, proxies: object) -> Release:
        places.append(where.url)
        return Release("9.0", "https://example.org/9", "2027-01-01")

    monkeypatch.setattr("app.desktop.update_watch.check", check)
    return places


@pytest.fixture
def preferences(tmp_path, qapp) -> Preferences:
    return Preferences(tmp_path / "settings.ini")


async def test_nobody_is_asked_until_the_person_wants_it(preferences, asked) -> None:
    told: list[tuple[str, str]] = []
    watch = UpdateWatch(preferences, lambda *words: told.append(words), WHERE, lambda: NOW)
    watch.start()
    await asyncio.sleep(0)
    assert asked == []
    preferences.update_check = True
    for _ in range(3):
        await asyncio.sleep(0)
    assert asked == [WHERE.url]
    assert told == [("update", "9.0 https://example.org/9")]
    watch.start()
    await asyncio.sleep(0)
    assert asked == [WHERE.url], "asked twice on one day"
    await watch.stop()


async def test_a_build_that_names_no_place_asks_nobody(preferences, asked) -> None:
    preferences.update_check = True
    watch = UpdateWatch(preferences, lambda *words: None)
    watch.start()
    await asyncio.sleep(0)
    assert asked == []
    await watch.stop()


async def test_a_failed_check_disturbs_nobody(preferences, monkeypatch, caplog) -> None:
    async def check(where: UpdateSource, current: str, proxies: object) -> None:
        raise UpdateError("no answer")

    monkeypatch.setattr("app.desktop.update_watch.check", check)
    told: list[tuple[str, str]] = []
    preferences.update_check = True
    caplog.set_level("INFO", "app.start.update_check")
    watch = UpdateWatch(preferences, lambda *words: told.append(words), WHERE, lambda: NOW)
    watch.start()
    for _ in range(3):
        await asyncio.sleep(0)
    assert told == []
    assert "no answer" in caplog.text
    await watch.stop()


def test_the_settings_offer_it_where_the_build_can(qtbot, preferences, monkeypatch) -> None:
    plain = SettingsDialog(preferences, "/logs")
    qtbot.addWidget(plain)
    plain.show()
    assert not plain.update_box.isVisible()
    monkeypatch.setattr("app.desktop.settings_dialog.source", lambda: WHERE)
    dialog = SettingsDialog(preferences, "/logs")
    qtbot.addWidget(dialog)
    dialog.show()
    assert dialog.update_box.isVisible()
    assert not dialog.update_box.isChecked()
    dialog.update_box.click()
    assert preferences.update_check
