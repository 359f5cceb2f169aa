"""Which names an account may have, and which are the same."""

import pytest

from app.chat.protocol import MAX_NAME, Command, is_good_name, name_key


@pytest.mark.parametrize("name", ["Ada", "鲍勃", "Zoë 2", "a" * MAX_NAME, "ㅏ", "🚀"])
def test_names_that_can_be_shown_are_good(name) -> None:
    assert is_good_name(name)


@pytest.mark.parametrize(
    "name",
    ["", " ", "a" * (MAX_NAME + 1), " Ada", "Ada\n", "~Ada", "\u3164", "\u2800\uffa0", "\u200b"],
)
def test_names_that_show_nothing_or_mislead_are_not(name) -> None:
    assert not is_good_name(name)


def test_case_and_width_make_no_other_name() -> None:
    assert name_key("ＡＤＡ") == name_key("ada") == name_key("Ada")


def test_every_command_has_a_path_of_its_own() -> None:
    paths = {command.path for command in Command}
    assert len(paths) == len(Command)
    assert Command.LOG_IN.path == "/phobos/log_in"


@pytest.mark.parametrize("name", ["Ada\u3164", "\u034fAda", "A\ufe0fda", "Ad\u180ba", "Ada\u2800"])
def test_names_that_hide_a_character_are_not_good(name) -> None:
    assert not is_good_name(name)
    assert is_good_name("❤\ufe0f")
