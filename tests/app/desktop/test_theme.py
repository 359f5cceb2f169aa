import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFont

from app.desktop import icons
from app.desktop.theme import (
    DARK,
    LIGHT,
    SERIES,
    Palette,
    ThemeChoice,
    interface_font,
    style_sheet,
    theme,
)


def luminance(color: str) -> float:
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


LEVELS = ["verbose", "debug", "info", "warning", "error", "fatal"]
PAIRS = [
    ("text", "window"),
    ("text", "surface"),
    ("text", "raised"),
    ("text", "selected"),
    ("text", "match"),
    ("muted", "surface"),
    ("muted", "raised"),
    ("muted", "selected"),
    ("link", "surface"),
    ("link", "bubble_in"),
    ("on_accent", "accent"),
    ("on_accent", "accent_hover"),
    ("bubble_in_text", "bubble_in"),
    ("bubble_in_muted", "bubble_in"),
    ("bubble_out_text", "bubble_out"),
    ("bubble_out_muted", "bubble_out"),
    ("chip_text", "chip"),
    ("danger", "surface"),
    ("danger", "danger_ground"),
    ("danger", "canvas"),
    ("text", "danger_ground"),
    ("link", "danger_ground"),
    ("warning", "warning_ground"),
    ("success", "surface"),
    ("info", "surface"),
    ("badge_text", "badge"),
    ("selection_text", "selection"),
    *[(f"level_{n}", "surface") for n in LEVELS],
]


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), PAIRS)
def test_every_text_can_be_read_on_its_ground(palette: Palette, ink: str, ground: str) -> None:
    assert contrast(getattr(palette, ink), getattr(palette, ground)) >= 4.5


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("token", SERIES)
def test_white_initials_stand_out_on_every_avatar(palette: Palette, token: str) -> None:
    assert contrast("#ffffff", getattr(palette, token)) >= 3


def test_the_style_sheet_knows_every_token_it_names(qapp) -> None:
    for palette in (LIGHT, DARK):
        assert "@" not in style_sheet(palette)


def test_the_theme_follows_the_system_while_it_runs(qtbot, qapp) -> None:
    shown = theme()
    shown.choose(ThemeChoice.SYSTEM)
    for scheme in (Qt.ColorScheme.Dark, Qt.ColorScheme.Light):
        with qtbot.waitSignal(shown.changed):
            qapp.styleHints().colorSchemeChanged.emit(scheme)
        assert shown.dark is (scheme is Qt.ColorScheme.Dark)


def test_a_choice_of_dark_holds_whatever_the_system_says(qtbot, qapp) -> None:
    shown = theme()
    shown.choose(ThemeChoice.DARK)
    qapp.styleHints().colorSchemeChanged.emit(Qt.ColorScheme.Light)
    assert shown.dark
    assert shown.color("text").name() == DARK.text
    shown.choose(ThemeChoice.SYSTEM)


def test_the_last_resort_font_is_replaced_and_chinese_stands_behind(qapp, monkeypatch) -> None:
    installed = ["DejaVu Sans", "Noto Sans CJK SC", "Noto Color Emoji"]
    monkeypatch.setattr("app.desktop.theme.QFontDatabase.families", lambda *_: installed)
    monkeypatch.setattr("app.desktop.theme.sys.platform", "linux")
    families = interface_font(QFont("DejaVu Sans")).families()
    assert families == ["Noto Sans CJK SC", "DejaVu Sans", "Noto Color Emoji"]
    assert interface_font(QFont("Cantarell")).families()[0] == "Cantarell"


def test_an_icon_is_drawn_in_the_asked_colour_and_resolution(qapp) -> None:
    picture = icons.pixmap("send", "#ff0000", 24, 2.0)
    assert picture.width() == 48 and picture.devicePixelRatio() == 2.0
    image = picture.toImage()
    inks = {
        image.pixelColor(x, y).name()
        for x in range(48)
        for y in range(48)
        if image.pixelColor(x, y).alpha() == 255
    }
    assert inks == {"#ff0000"}


def test_an_unknown_icon_is_an_error(qapp) -> None:
    with pytest.raises(FileNotFoundError):
        icons.pixmap("no-such-icon", "#000000")


def test_the_application_icon_has_every_size(qapp) -> None:
    assert {size.width() for size in icons.app_icon().availableSizes()} >= {16, 48, 256}
