"""Docstrings: what they refer to exists, by its whole path or in the module that says it."""

from __future__ import annotations

import ast
import builtins
import importlib
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
REFERENCE = re.compile(r":(?:class|func|meth|mod|attr|data|exc):`~?([\w.]+)(?:\(\))?`")
# Modules that only one system or a machine with a screen can import; their text is checked alike.
ELSEWHERE = ("app.platform.windows", "app.platform.macos")


@cache
def resolves(name: str) -> bool:
    """Whether a dotted name is a module, or is found in one by its attributes."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        try:
            found = importlib.import_module(".".join(parts[:length]))
        except ImportError:
            continue
        for part in parts[length:]:
            fields = getattr(found, "__dataclass_fields__", {}) | getattr(
                found, "__annotations__", {}
            )
            if part in fields:
                return True
            if not hasattr(found, part):
                return part in source_of(found)
            found = getattr(found, part)
        return True
    return hasattr(builtins, parts[0])


@cache
def source_of(kind: object) -> set[str]:
    """The attributes that a class gives itself in its methods."""
    import inspect

    try:
        return set(re.findall(r"self\.(\w+)\b", inspect.getsource(kind)))  # type: ignore[arg-type]
    except (OSError, TypeError):
        return set()


def references(path: Path) -> list[tuple[str, list[str]]]:
    """(what is referred to, the classes around it), in every docstring of a file."""
    found: list[tuple[str, list[str]]] = []

    def walk(node: ast.AST, around: list[str]) -> None:
        kinds = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
        if isinstance(node, kinds):
            text = ast.get_docstring(node) or ""
            inner = [*around, node.name] if isinstance(node, ast.ClassDef) else around
            found.extend((name, inner) for name in REFERENCE.findall(text))
            for child in ast.iter_child_nodes(node):
                walk(child, inner)

    walk(ast.parse(path.read_text("utf-8")), [])
    return found


@pytest.mark.parametrize("package", ["netcore", "xlog", "app"])
def test_what_docstrings_refer_to_exists(package):
    wrong = []
    count = 0
    for path in sorted((ROOT / package).rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        module = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        if module in ELSEWHERE or path.name.endswith("_pb2.py"):
            continue
        for name, around in references(path):
            count += 1
            places = [name, f"{module}.{name}", *(f"{module}.{each}.{name}" for each in around)]
            places.append(f"{package}.{name}")
            if not any(resolves(each) for each in places):
                wrong.append(f"{path.relative_to(ROOT)}: {name}")
    assert count > 20
    assert wrong == []
