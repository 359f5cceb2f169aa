import pytest

from app.desktop.avatar import avatar_pixmap, avatar_token, initials


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Ada Lovelace", "AL"),
        ("ada", "A"),
        ("王小明", "王"),
        ("", "?"),
        ("   ", "?"),
        ("🚀 x", "🚀"),
    ],
)
def test_initials_of_any_name(name, shown) -> None:
    assert initials(name) == shown


def test_a_name_has_the_same_colour_whatever_its_case() -> None:
    assert avatar_token("Ada") == avatar_token("ADA")


def test_an_avatar_is_drawn_at_the_screens_resolution(qapp) -> None:
    assert avatar_pixmap("Ada", 40, 2.0).width() == 80
    assert not avatar_pixmap("", 40, 1.0, "group").isNull()
