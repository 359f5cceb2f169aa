"""Where the settings come from, which of them hold, and what is said of wrong ones."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from app.server import __main__ as entry
from app.server.config import MAX_FILE, OPTIONS, SettingError, read_environment, read_file
from app.server.settings import Limits, ServerSettings


def settings(*arguments: str, environment: dict[str, str] | None = None) -> ServerSettings:
    return entry.settings_from(entry.parser().parse_args(arguments), environment or {})


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "phobos.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_every_field_is_an_option_and_its_default_would_do():
    keys = {each.name for each in fields(ServerSettings)} - {"limits"}
    keys |= {f"limits.{each.name}" for each in fields(Limits)}
    assert set(OPTIONS) == keys
    for each in fields(Limits):
        value = getattr(Limits(), each.name)
        assert OPTIONS[f"limits.{each.name}"].check(value) == value


def test_the_command_line_is_before_the_environment_and_that_before_the_file(tmp_path):
    path = written(tmp_path, "longlink_port = 1\nshortlink_port = 2\nhost = '::1'\nplain = true\n")
    found = settings(
        *("--config", str(path), "--longlink-port", "5"),
        environment={"PHOBOS_SERVER_LONGLINK_PORT": "4", "PHOBOS_SERVER_SHORTLINK_PORT": "3"},
    )
    assert (found.longlink_port, found.shortlink_port, found.host, found.plain) == (
        5,
        3,
        "::1",
        True,
    )
    assert not settings("--config", str(path), "--no-plain").plain


def test_the_file_may_be_named_by_the_environment(tmp_path):
    path = written(tmp_path, "[limits]\nwrites = 0\nkeep_alive = 5\n")
    found = settings(environment={"PHOBOS_SERVER_CONFIG": str(path)})
    assert found.limits == Limits(writes=0, keep_alive=5.0)


def test_a_data_folder_in_the_file_is_beside_the_file(tmp_path):
    path = written(tmp_path, "data = 'store'\n")
    assert settings("--config", str(path)).data == tmp_path / "store"


def test_a_limit_may_come_from_the_environment():
    found = settings(environment={"PHOBOS_SERVER_LIMITS_HELD": "1000", "PHOBOS_SERVER_QUIC": "no"})
    assert (found.limits.held, found.quic) == (1000, False)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("longlink_prot = 1", "there is no setting 'longlink_prot'; did you mean longlink_port?"),
        ("[limits]\nwritez = 1", "did you mean limits.writes?"),
        ("[qqqq]\nx = 1", "docs/server.md has all of them"),
        ("longlink_port = '1'", "longlink_port is '1'; give a port"),
        ("longlink_port = 65536", "longlink_port is 65536; give a port"),
        ("longlink_port = true", "longlink_port is True; give a port"),
        ("plain = 1", "plain is 1; give true or false"),
        ("host = ''", "host is ''; give text in quotes"),
        ("limits = 3", "write it as a table, [limits]"),
        ("[limits]\nheld = 0", "limits.held is 0; give a whole number from 1"),
        ("[limits]\nwrites = -1", "limits.writes is -1; give a whole number from 0"),
        ("[limits]\nkeep_alive = inf", "limits.keep_alive is inf; give a number of seconds"),
        ("[limits]\nkeep_alive = nan", "limits.keep_alive is nan; give a number of seconds"),
        ("host = \n", "is not TOML"),
        ("x = " + "[" * 5000, "is not TOML"),
        (b"host = '\xff'", "is not UTF-8 (byte 8)"),
        (b"#" * (MAX_FILE + 1), "it has over"),
    ],
)
def test_a_wrong_file_is_refused_with_its_name_the_key_and_what_would_do(tmp_path, text, said):
    path = written(tmp_path, text)
    with pytest.raises(SettingError) as raised:
        read_file(path)
    assert str(path) in str(raised.value)
    assert said in str(raised.value)
    assert len(str(raised.value)) < 500 + len(str(path))


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("PLAIN", "maybe", "PHOBOS_SERVER_PLAIN is 'maybe'; give true or false"),
        ("LIMITS_WRITES", "many", "PHOBOS_SERVER_LIMITS_WRITES is 'many'; give a whole number"),
        ("LIMITS_KEEP_ALIVE", "nan", "give a number of seconds over 0"),
        ("HOTS", "x", "did you mean PHOBOS_SERVER_HOST?"),
    ],
)
def test_a_wrong_variable_is_refused(name, text, said):
    with pytest.raises(SettingError, match=r"^environment: ") as raised:
        read_environment({f"PHOBOS_SERVER_{name}": text})
    assert said in str(raised.value)


def test_the_server_says_it_in_one_line_and_ends(tmp_path, capsys):
    missing = tmp_path / "none.toml"
    assert entry.main(["--config", str(missing)]) == entry.EXIT_ARGUMENTS
    said = capsys.readouterr().err
    assert said.startswith(f"phobos-server: {missing} cannot be read")
    assert said.count("\n") == 1


def test_the_page_has_every_setting_with_its_default():
    page = (Path(__file__).parents[3] / "docs" / "server.md").read_text("utf-8")
    rows = {}
    for line in page.splitlines():
        cells = [each.strip() for each in line.strip("|").split("|")]
        if len(cells) == 4 and cells[0].startswith("`"):
            rows[cells[0].strip("`")] = cells[2].strip("`")
    assert set(rows) == {key.removeprefix("limits.") for key in OPTIONS}
    for each in fields(Limits):
        assert float(rows[each.name]) == getattr(Limits(), each.name), each.name
