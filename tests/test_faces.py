"""The public faces of netcore and xlog: their names, where those come from, what they cost."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("netcore", "xlog")


@pytest.mark.parametrize("name", PACKAGES)
def test_importing_it_loads_none_of_its_modules(name):
    script = (
        f"import sys; before = set(sys.modules); import {name}; print(*set(sys.modules) - before)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert set(done.stdout.split()) <= {name, "__future__"}


@pytest.mark.parametrize("name", PACKAGES)
def test_each_public_name_is_there_and_is_what_type_checkers_take_it_for(name):
    package = importlib.import_module(name)
    declared = {}
    for node in ast.walk(ast.parse(Path(package.__file__).read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module != "__future__":
            declared |= {alias.name: node.module for alias in node.names}
    assert sorted([*declared, *(["__version__"] if name == "netcore" else [])]) == sorted(
        package.__all__
    )
    for public, module in declared.items():
        found = getattr(package, public)
        assert found is getattr(importlib.import_module(module), public)
        assert found.__module__ == module, f"{public} is only passed on by {module}"


@pytest.mark.parametrize("name", PACKAGES)
def test_it_lists_its_names_and_knows_no_other(name):
    package = importlib.import_module(name)
    assert set(package.__all__) <= set(dir(package))
    with pytest.raises(AttributeError, match=f"module '{name}' has no attribute 'Nonsense'"):
        package.Nonsense  # noqa: B018
    with pytest.raises(ImportError):
        exec(f"from {name} import Nonsense")


def test_every_error_of_netcore_that_a_caller_meets_is_public():
    import netcore
    from netcore import errors

    kinds = {
        name
        for name, kind in vars(errors).items()
        if isinstance(kind, type) and issubclass(kind, errors.NetcoreError)
    }
    assert kinds <= set(netcore.__all__)


def test_every_error_of_xlog_is_public():
    import xlog
    from xlog import errors

    kinds = {
        name
        for name, kind in vars(errors).items()
        if isinstance(kind, type) and issubclass(kind, errors.XlogError)
    }
    assert kinds <= set(xlog.__all__)
