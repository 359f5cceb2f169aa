"""The version resource that Explorer shows of Windows's programs."""

import pytest
from windows_version import DESCRIPTIONS, numbers, resource


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("1.2.3", (1, 2, 3, 0)),
        ("0.1", (0, 1, 0, 0)),
        ("2.0.0rc1", (2, 0, 0, 0)),
        ("1.2.3.4.5", (1, 2, 3, 4)),
        ("1.99999", (1, 65535, 0, 0)),
    ],
)
def test_a_version_is_four_numbers(version, expected):
    assert numbers(version) == expected


@pytest.mark.parametrize("name", DESCRIPTIONS)
def test_the_resource_is_what_pyinstaller_evaluates(name):
    made = {}

    def structure(kind):
        return lambda *parts, **named: made.setdefault(kind, []).append((parts, named)) or kind

    kinds = ("VSVersionInfo", "FixedFileInfo", "StringFileInfo", "StringTable", "StringStruct")
    names = {kind: structure(kind) for kind in (*kinds, "VarFileInfo", "VarStruct")}
    eval(resource(name, "1.2.3"), names)
    words = dict(parts for parts, _ in made["StringStruct"])
    assert words["OriginalFilename"] == f"{name}.exe"
    assert words["ProductVersion"] == "1.2.3"
    assert made["FixedFileInfo"][0][1]["filevers"] == (1, 2, 3, 0)
