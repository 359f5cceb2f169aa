"""Draws the imports into docs/architecture.md: run ``python docs/draw_architecture.py``.

Two pictures, both from the import statements: the parts of ``netcore``, and the packages of the
whole. Imports for types alone are left out, and in netcore's picture every arrow that follows from
others (A to B to C makes A to C), so that it shows the layers. The tests compare it with the code.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Iterable
from graphlib import TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "architecture.md"
PACKAGES = ("app", "netcore", "xlog")
Graph = dict[str, set[str]]


def modules() -> dict[str, Path]:
    """Every module of the product, by its dotted name."""
    found = {}
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imported(path: Path, known: Iterable[str]) -> set[str]:
    """The modules of the product that a file imports, wherever in it."""
    found = set()
    tree = ast.parse(path.read_text("utf-8"))
    for_types = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in for_types:
            continue
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                found.add(whole if whole in known else node.module)
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found & set(known)


def graph(part_of: Callable[[str], str | None]) -> Graph:
    """The parts that modules belong to, and which part imports which."""
    known = modules()
    found: Graph = {}
    for name, path in known.items():
        source = part_of(name)
        if source is None:
            continue
        arrows = found.setdefault(source, set())
        for target in imported(path, known):
            part = part_of(target)
            if part is not None and part != source:
                arrows.add(part)
    return found


def part_of_netcore(name: str) -> str | None:
    """``netcore.longlink.tasks`` is of ``longlink``; the face and other packages are of none."""
    parts = name.split(".")
    return parts[1] if parts[0] == "netcore" and len(parts) > 1 else None


def part_of_all(name: str) -> str | None:
    """The rooms of the app, and the two libraries as one part each."""
    parts = name.split(".")
    if parts[0] != "app":
        return parts[0]
    return "app." + parts[1] if len(parts) > 1 and parts[1] != "__main__" else None


def reduced(arrows: Graph) -> Graph:
    """Without the arrows that follow from others; raises graphlib.CycleError for a circle."""
    reach: Graph = {}
    for name in TopologicalSorter(arrows).static_order():
        reach[name] = arrows[name].union(*(reach[each] for each in arrows[name]))
    return {
        source: {
            target
            for target in targets
            if not any(target in reach[other] for other in targets - {target})
        }
        for source, targets in arrows.items()
    }


def mermaid(arrows: Graph) -> str:
    """A flow chart, from the top down."""
    lines = ["```mermaid", "flowchart TD"]
    for source in sorted(arrows):
        lines += [f"    {source} --> {target}" for target in sorted(arrows[source])]
    return "\n".join([*lines, "```"])


def pictures() -> dict[str, str]:
    """Every picture, by the mark in the page that it stands under."""
    return {
        "netcore": mermaid(reduced(graph(part_of_netcore))),
        "packages": mermaid(graph(part_of_all)),
    }


def drawn(text: str) -> str:
    """The page with its pictures as they are to be."""
    for name, picture in pictures().items():
        pattern = rf"(<!-- picture {name} -->\n).*?(<!-- /picture {name} -->)"
        text = re.sub(pattern, lambda m, new=picture: f"{m[1]}{new}\n{m[2]}", text, flags=re.DOTALL)
    return text


def main() -> int:
    """Draw, and say whether anything changed."""
    before = PAGE.read_text("utf-8")
    after = drawn(before)
    PAGE.write_text(after, "utf-8")
    print("drawn" if before != after else "nothing to draw")
    return 0


if __name__ == "__main__":
    sys.exit(main())
