from dataclasses import replace

import pytest

from app.chat.model import Conversation, ConversationKind
from app.desktop import i18n
from app.desktop.conversations_model import shown_title
from app.desktop.i18n import install_language, listed
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


def test_every_catalogue_answers_for_itself_alone(qapp) -> None:
    """All catalogues are loaded at once: each text comes from the one that was asked."""
    i18n.install_language("zh_CN")
    differing = set()
    known: dict[str, str] = {}
    for room in catalogues.rooms():
        texts = i18n.Texts(room)
        for source, text in catalogues.translations(catalogues.FOLDER / f"{room}_zh_CN.ts").items():
            assert texts.tr(source) == text, (room, source)
            if known.setdefault(source, text) != text:
                differing.add(source)
    assert differing >= {"Level", "Name", "Start", "From"}  # else this would show nothing
    assert i18n.Texts("nobody's").tr("Level") == "Level"


def test_a_file_that_another_catalogue_would_answer_is_found(tmp_path, monkeypatch) -> None:
    app = tmp_path / "app"
    for room in ("desktop", "logviewer"):
        (app / room).mkdir(parents=True)
        (app / room / "i18n.py").write_text(f'tr = Texts("{room}").tr\n')
    (app / "logviewer" / "good.py").write_text("from app.logviewer.i18n import tr\n")
    (app / "logviewer" / "bad.py").write_text("from app.desktop.i18n import mark, tr\n")
    monkeypatch.setattr(catalogues, "APP", app)
    monkeypatch.setattr(catalogues, "FOLDER", tmp_path)
    assert catalogues.check("logviewer") == [
        "app/logviewer/bad.py: its tr is of the catalogue 'desktop', not 'logviewer'"
    ]
    assert catalogues.check("desktop") == []


def test_every_translation_keeps_the_placeholders_of_its_source() -> None:
    import re

    for path in catalogues.FOLDER.glob("*.ts"):
        for source, text in catalogues.translations(path).items():
            assert set(re.findall(r"{\w*}", source)) == set(re.findall(r"{\w*}", text)), source


def test_names_are_listed_as_the_language_writes_them(qapp) -> None:
    members = ("Ada", "Alan", "王小明")
    group = Conversation("g", ConversationKind.GROUP, "Alan, 王小明", members, 0, 0, "", "", 0.0, 0)
    named = replace(group, title="Alan, and others")
    assert (listed(members), shown_title(group)) == ("Ada, Alan, 王小明", "Alan, 王小明")
    install_language("zh_CN")
    assert (listed(members), shown_title(group)) == ("Ada、Alan、王小明", "Alan、王小明")
    assert shown_title(named) == "Alan, and others"
    install_language("en")
