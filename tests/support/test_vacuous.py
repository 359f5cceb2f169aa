"""No assertion of ours is one that cannot fail."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.vacuous import find

TESTS = Path(__file__).resolve().parents[1]


def test_every_assertion_can_fail() -> None:
    found = {
        f"{path.relative_to(TESTS)}:{line}": form
        for path in TESTS.rglob("*.py")
        for line, form in find(path)
    }
    assert found == {}


@pytest.mark.parametrize(
    "vacuous",
    [
        "calls >= 0", "len(x) >= 0", "0 <= len(x)", "len(x) > -1", "self.calls >= 0", "True",
        "(x, 'words')", "[x]", "'words'", "f'words {x}'", "(each for each in x)", "lambda: x",
        "x == x", "x.y is x.y", "x or True", "x in (True, False)", "helper", "print", "not None",
        "not []", "True and (x, 1)",
    ],
)  # fmt: skip
def test_an_assertion_that_cannot_fail_is_found(tmp_path: Path, vacuous: str) -> None:
    path = tmp_path / "test_it.py"
    path.write_text(f"def helper(): ...\ndef test(x, calls):\n    assert {vacuous}\n")
    assert [line for line, _ in find(path)] == [3]


@pytest.mark.parametrize(
    "honest",
    [
        "calls > 0", "calls >= 1", "len(x) >= 1", "x >= 0", "offset >= 0", "x", "not x", "helper()",
        "x == y", "x() == x()", "[]", "x in (True, None)", "x or y", "all(each for each in x)",
        "f'{x}'", "len(x) != 0",
    ],
)  # fmt: skip
def test_an_assertion_that_can_fail_is_left_alone(tmp_path: Path, honest: str) -> None:
    path = tmp_path / "test_it.py"
    path.write_text(f"def helper(): ...\ndef test(x, y, calls, offset):\n    assert {honest}\n")
    assert find(path) == []


def test_an_assertion_that_is_never_reached_is_found(tmp_path: Path) -> None:
    path = tmp_path / "test_it.py"
    path.write_text("def test(x):\n    if x:\n        return\n        assert x > 1\n    assert x\n")
    assert find(path) == [(4, "never reached")]
