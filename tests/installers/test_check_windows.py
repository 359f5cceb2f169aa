"""The list of Wine's artefacts: what it names exists, and only that is forgiven."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "installers/wine")]
import check_windows
from artefacts import TESTS


@pytest.mark.parametrize("name", TESTS)
def test_each_names_a_test_that_is_there(name):
    path, _, function = name.partition("::")
    assert f"def {function.partition('[')[0]}" in (ROOT / path).read_text("utf-8")
    assert len(TESTS[name]) > 20


def test_what_is_not_in_the_list_is_a_failure():
    assert check_windows.artefact(next(iter(TESTS))) is not None
    assert check_windows.artefact("tests/netcore/test_core.py::test_anything") is None


def test_failures_are_read_from_pytest_s_words():
    lines = ["FAILED tests/a.py::b[1] - assert 1 == 2", "ERROR tests/c.py - ImportError", "ok"]
    text = "\n".join([*lines, "FAILED tests/d.py::e[200 OK-x]"])
    found = check_windows.RESULT.findall(text)
    assert [name for _, name in found] == [
        "tests/a.py::b[1]",
        "tests/c.py",
        "tests/d.py::e[200 OK-x]",
    ]
