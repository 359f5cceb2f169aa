import pytest

from app.desktop import i18n
from resources.translations import __main__ as catalogues


@pytest.fixture(autouse=True)
def english_afterwards(qapp):
    yield
    i18n.install_language("en")


@pytest.mark.parametrize(
    ("choice", "system", "shown"),
    [
        ("system", ["zh-Hans-CN", "en-US"], "zh_CN"),
        ("system", ["de-DE"], "de-DE-falls-back"),
        ("system", ["fr-FR", "zh-TW"], "zh_CN"),
        ("system", [], "en"),
        ("zh_CN", ["en-US"], "zh_CN"),
        ("zh-CN", ["en-US"], "zh_CN"),
        ("en", ["zh-CN"], "en"),
        ("tlh", ["zh-CN"], "en"),
    ],
)
def test_the_language_shown_is_the_first_wish_we_speak(choice, system, shown) -> None:
    expected = "en" if shown == "de-DE-falls-back" else shown
    assert i18n.language_for(choice, system) == expected


def test_placeholders_are_filled_after_translation(qapp) -> None:
    i18n.install_language("en")
    assert i18n.tr("{n} of {total}", n=1, total=2) == "1 of 2"


@pytest.mark.parametrize("room", sorted(catalogues.rooms()))
def test_every_string_of_a_room_is_translated_and_its_catalogue_is_up_to_date(room) -> None:
    assert catalogues.check(room) == []


def test_every_translation_keeps_the_placeholders_of_its_source() -> None:
    import re

    for path in catalogues.FOLDER.glob("*.ts"):
        for source, text in catalogues.translations(path).items():
            assert set(re.findall(r"{\w*}", source)) == set(re.findall(r"{\w*}", text)), source
