"""The words that Phobos itself says: in a log they are no secret, no matter who else wrote them.

Read from the constants of the compiled modules, so it is right for whatever version runs. Where
they cannot be read the vocabulary is small, and more is redacted than need be.
"""

from __future__ import annotations

import errno
import logging
import os
import pkgutil
import re
import sys
from collections.abc import Iterator
from functools import cache
from importlib.abc import InspectLoader
from importlib.util import find_spec
from types import CodeType

_log = logging.getLogger("app.diagnostics.vocabulary")

_PACKAGES = ("app", "netcore", "xlog")
_ELSEWHERE = ("asyncio", "ssl", "socket", "logging")
_LONGEST = 240  # characters; what is longer is documentation, not something that is logged
_WORD = re.compile(r"[^\W_]+(?:_[^\W_]+)*")


@cache
def vocabulary() -> frozenset[str]:
    """Words in lower case; takes about half a second at the first call, so call it in a thread."""
    found: set[str] = set()
    for text in (*map(os.strerror, errno.errorcode), *errno.errorcode.values(), sys.platform):
        found.update(_words(text))
    for code in _modules():
        for text in _texts(code):
            found.update(_words(text))
    return frozenset(found)


@cache
def module_names() -> frozenset[str]:
    """The names of our own modules and packages: dotted, and no host's."""
    found = set(_PACKAGES)
    for package in _PACKAGES:
        spec = find_spec(package)
        places = list(spec.submodule_search_locations or ()) if spec is not None else []
        found.update(_names(places, f"{package}."))
    return frozenset(found)


def _names(places: list[str], prefix: str) -> Iterator[str]:
    """As pkgutil.walk_packages, which would import every package on its way."""
    for module in pkgutil.iter_modules(places, prefix):
        yield module.name
        if module.ispkg:
            spec = module.module_finder.find_spec(module.name, None)
            inside = list(spec.submodule_search_locations or ()) if spec is not None else []
            yield from _names(inside, f"{module.name}.")


def _words(text: str) -> Iterator[str]:
    for word in _WORD.findall(text):
        yield word.casefold()
        if "_" in word:
            yield from word.casefold().split("_")


def _modules() -> Iterator[CodeType]:
    for package in _PACKAGES:
        spec = find_spec(package)
        places = list(spec.submodule_search_locations or ()) if spec is not None else []
        yield from _inside(places, f"{package}.")
    for package in _ELSEWHERE:
        spec = find_spec(package)
        if spec is not None and spec.submodule_search_locations:
            yield from _inside(list(spec.submodule_search_locations), f"{package}.")


def _inside(places: list[str], prefix: str) -> Iterator[CodeType]:
    for module in pkgutil.iter_modules(places, prefix):
        try:
            spec = module.module_finder.find_spec(module.name, None)
            loader = spec.loader if spec is not None else None
            code = loader.get_code(module.name) if isinstance(loader, InspectLoader) else None
        except Exception as error:  # whatever a frozen program's finders lack
            _log.debug("no words of %s: %s", module.name, error)
            continue
        if code is not None:
            yield code
        if module.ispkg and spec is not None:
            yield from _inside(list(spec.submodule_search_locations or ()), f"{module.name}.")


def _texts(code: CodeType) -> Iterator[str]:
    yield from (name.replace("_", " ") for name in (*code.co_names, *code.co_varnames))
    yield from (*code.co_names, code.co_name)
    for constant in code.co_consts:
        if isinstance(constant, str) and len(constant) <= _LONGEST:
            yield constant
        elif isinstance(constant, CodeType):
            yield from _texts(constant)
        elif isinstance(constant, tuple):
            yield from (each for each in constant if isinstance(each, str))
