"""No module of netcore imports another in a circle, not even for types alone."""

from __future__ import annotations

import dis
from graphlib import TopologicalSorter
from pathlib import Path
from types import CodeType

ROOT = Path(__file__).parents[2]


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path, modules: set[str]) -> set[str]:
    """The modules that a file imports anywhere: at the top, in functions, for types.

    From its byte code: Python 3.11 now and then fails to build a syntax tree ("recursion depth
    mismatch") when it collects garbage meanwhile.
    """
    found: list[set[str]] = []
    codes = [compile(path.read_text(encoding="utf-8"), str(path), "exec")]
    while codes:
        code = codes.pop()
        codes += [each for each in code.co_consts if isinstance(each, CodeType)]
        module = ""
        for step in dis.get_instructions(code):
            if step.opname == "IMPORT_NAME":
                module = step.argval
                found.append({module})
            elif step.opname == "IMPORT_FROM" and f"{module}.{step.argval}" in modules:
                found[-1].discard(module)
                found[-1].add(f"{module}.{step.argval}")
    return set().union(*found) & modules - {name_of(path)}


def test_no_module_of_netcore_is_in_an_import_circle():
    paths = {name_of(path): path for path in (ROOT / "netcore").rglob("*.py")}
    graph = {name: imports(path, set(paths)) for name, path in paths.items()}
    assert sum(len(each) for each in graph.values()) > 200
    order = list(TopologicalSorter(graph).static_order())  # raises CycleError, which names it
    assert order.index("netcore.errors") < order.index("netcore.core")


def test_the_links_know_nothing_of_the_engine():
    for room in ("links", "longlink", "shortlink"):
        for path in (ROOT / "netcore" / room).glob("*.py"):
            text = path.read_text(encoding="utf-8")
            assert "import netcore.engine" not in text, path
            assert "from netcore.engine" not in text, path
