"""One name, one thing: no class name of the product stands for two, and the glossary's exist."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[1]


def classes() -> dict[str, list[str]]:
    """Every class of the product by name, with the files that define one of that name."""
    found = defaultdict(list)
    for package in ("app", "netcore", "xlog"):
        for path in sorted((ROOT / package).rglob("*.py")):
            if path.name.endswith("_pb2.py"):
                continue
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.ClassDef):
                    found[node.name].append(path.relative_to(ROOT).as_posix())
    return found


def test_no_class_name_stands_for_two_things():
    found = classes()
    assert len(found) > 500
    assert {name: paths for name, paths in found.items() if len(paths) > 1} == {}


def test_the_glossary_names_what_exists():
    text = (ROOT / "docs" / "glossary.md").read_text("utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| ") and "`" in line]
    assert len(rows) > 35
    known = classes()
    for row in rows:
        for name in re.findall(r"`([\w.]+)[^`]*`", row.split("|")[3]):
            if name[0].isupper():
                assert name.split(".")[0] in known, row
            elif "." in name:
                where = ROOT / name.replace(".", "/")
                face = re.match(r"(netcore|xlog)\.([A-Z]\w+)$", name)
                there = where.is_dir() or where.with_suffix(".py").is_file()
                assert there or (face is not None and face[2] in known), row
