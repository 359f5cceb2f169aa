import pytest

from app.chat.visible import hides_characters, is_blank, one_line, trimmed

UNSEEN = ["", " \n\t", "\u3000", "\u200b", "\u3164", "\u2800", "\u202e", "\x00\x1b", "\ufeff\u00a0"]


@pytest.mark.parametrize("text", UNSEEN)
def test_what_shows_nothing_is_blank(text) -> None:
    assert is_blank(text)
    assert not is_blank(text + "a") and not is_blank("好" + text)


def test_a_megabyte_of_nothing_is_blank_at_once() -> None:
    assert is_blank("\u200b \u3164" * 2**18)


@pytest.mark.parametrize(
    ("text", "kept"),
    [("  a  ", "  a"), ("\n\n  a\n b\n\n", "  a\n b"), ("\ta", "\ta"), ("\n", ""), ("a", "a")],
)
def test_the_first_indent_is_kept_and_empty_lines_around_are_not(text, kept) -> None:
    assert trimmed(text) == kept


@pytest.mark.parametrize(
    "name", ["Ada", "王小明", "👩\ufe0f", "❤\ufe0f", "Zoë", "नेहा", "1\ufe0f\u20e3"]
)
def test_names_of_every_kind_hide_nothing(name) -> None:
    assert not hides_characters(name)


@pytest.mark.parametrize(
    "name",
    ["A\u200bda", "Ada\u3164", "Ada\ufe0f", "\u034fAda", "Ada\u2800", "\U000e0041Ada", "\ufe0f"],
)
def test_a_name_that_hides_a_character_is_found(name) -> None:
    assert hides_characters(name)


def test_a_line_of_ours_is_not_turned_round_by_what_stands_in_it() -> None:
    assert one_line("a\u202eb\nc \u200b d") == "ab c d"
    assert one_line("👩\u200d🚀 ❤\ufe0f") == "👩\u200d🚀 ❤\ufe0f"
