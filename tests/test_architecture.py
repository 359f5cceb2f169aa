"""docs/architecture.md: its pictures are those of the imports, and what it names exists."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "architecture.md").read_text("utf-8")


def drawing():
    spec = importlib.util.spec_from_file_location("draw", ROOT / "docs" / "draw_architecture.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_pictures_are_those_of_the_imports():
    draw = drawing()
    assert PAGE.count("```mermaid") == len(draw.pictures()) == 2
    assert draw.drawn(PAGE) == PAGE, "run: python docs/draw_architecture.py"


def test_a_picture_leaves_out_what_follows_from_other_arrows():
    draw = drawing()
    arrows = {"a": {"b", "c"}, "b": {"c"}, "c": set()}
    assert draw.reduced(arrows) == {"a": {"b"}, "b": {"c"}, "c": set()}
    assert "a --> b" in draw.mermaid(arrows)


def test_nothing_of_the_app_lies_loose_but_its_entry():
    loose = {path.name for path in (ROOT / "app").glob("*.py")}
    assert loose == {"__init__.py", "__main__.py"}


def test_every_module_of_the_engine_the_links_the_start_and_xlog_is_named():
    named = set(re.findall(r"`([\w/*]+)`", PAGE))
    for folder in ("netcore/engine", "netcore/links", "app/start", "xlog"):
        for path in (ROOT / folder).glob("*.py"):
            name = path.stem
            if name.startswith(("_", "cli")):
                continue
            assert {name, f"{folder.split('/')[-1]}/{name}"} & named, f"{folder}/{path.name}"


def test_tests_and_benchmarks_share_what_is_in_support_and_nothing_else():
    crossing = []
    for folder, forbidden in (("tests", "benchmarks"), ("benchmarks", "tests")):
        for path in sorted((ROOT / folder).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            if name.startswith("tests/benchmarks/"):  # the tests of the benchmarks' own tools
                continue
            found = re.findall(
                rf"^ *(?:from|import) ({forbidden}[\w.]*)", path.read_text("utf-8"), re.M
            )
            crossing += [(name, each) for each in found if not each.startswith("tests.support")]
    assert crossing == []
