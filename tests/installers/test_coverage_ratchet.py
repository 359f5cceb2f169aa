"""The floors under each package's coverage: which package a file counts for, and what fails."""

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def ratchet(tmp_path, monkeypatch):
    spec = importlib.util.spec_from_file_location("ratchet", ROOT / ".ci" / "coverage_ratchet.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "DATA", tmp_path / ".coverage")
    monkeypatch.setattr(module, "FLOORS", tmp_path / "floors.toml")
    return module


def entry(lines: int, of_lines: int, branches: int, of_branches: int) -> dict:
    return {
        "summary": {
            "covered_lines": lines,
            "num_statements": of_lines,
            "covered_branches": branches,
            "num_branches": of_branches,
        }
    }


REPORT = {
    "files": {
        "app/chat/a.py": entry(8, 10, 2, 10),
        "app/chat/deep/b.py": entry(10, 10, 0, 0),
        "app/start/c.py": entry(1, 4, 0, 0),
        "netcore\\core.py": entry(3, 3, 1, 1),
    }
}


def test_a_file_counts_for_the_longest_package_that_contains_it(ratchet):
    shares = ratchet.percentages(REPORT, ["app", "app.chat", "netcore", "xlog"])
    assert shares == {"app": 25.0, "app.chat": pytest.approx(100 * 20 / 30), "netcore": 100.0}


@pytest.mark.parametrize(("floor", "code"), [(66.6, 0), (66.7, 1)])
def test_a_package_below_its_floor_fails(ratchet, monkeypatch, capsys, floor, code):
    ratchet.DATA.touch()
    ratchet.FLOORS.write_text(f'"app.chat" = {floor}\n', "utf-8")
    monkeypatch.setattr(ratchet, "read_report", lambda: REPORT)
    assert ratchet.main([]) == code
    assert ("BELOW" in capsys.readouterr().out) == bool(code)


def test_floors_rise_and_never_fall(ratchet, monkeypatch):
    ratchet.DATA.touch()
    ratchet.FLOORS.write_text('"app.chat" = 50.0\n"app" = 90.0\n', "utf-8")
    monkeypatch.setattr(ratchet, "read_report", lambda: REPORT)
    ratchet.main(["--raise"])
    assert ratchet.FLOORS.read_text("utf-8").splitlines()[-2:] == [
        '"app.chat" = 66.6',
        '"app" = 90.0',
    ]


def test_missing_data_fail_only_where_nobody_looks(ratchet, monkeypatch):
    monkeypatch.delenv("CI", raising=False)
    assert ratchet.main([]) == 0
    monkeypatch.setenv("CI", "true")
    assert ratchet.main([]) == 1
