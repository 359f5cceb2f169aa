"""The server's settings from where they are written down: command line, environment, a TOML file.

What is said in more than one place holds in this order: the command line, ``PHOBOS_SERVER_...``,
the file, the default of :mod:`app.server.settings`. Every field there is an option, so a new one
can be set from the day it exists; its key in the file is its name (those of ``Limits`` in a table
``[limits]``), its variable the same in capitals (``PHOBOS_SERVER_LIMITS_WRITES``).
"""

from __future__ import annotations

import difflib
import math
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import NamedTuple, get_type_hints

from app.server.settings import Limits, ServerSettings

PREFIX = "PHOBOS_SERVER_"
FILE_VARIABLE = PREFIX + "CONFIG"
MAX_FILE = 1024 * 1024  # bytes of a settings file
LARGEST = 2**40  # of any count, size or time
ANY_AT_ZERO = frozenset({"max_connections_host", "writes", "requests"})
"""Limits for which 0 means that there is none; 0 of any other would shut everybody out."""


class SettingError(Exception):
    """A setting cannot be used; the message names where it stands, its key, and what would do."""


class Option(NamedTuple):
    """One setting: its key in the file, and the type of its value."""

    key: str  # "host", "limits.writes"
    kind: type

    @property
    def variable(self) -> str:
        """The environment variable of the option."""
        return PREFIX + self.key.upper().replace(".", "_")

    def wanted(self) -> str:
        """What would do, in words."""
        if self.kind is bool:
            return "true or false"
        if self.kind is int and self.key.endswith("_port"):
            return "a port: a whole number from 0 to 65535"
        if self.kind is int:
            return f"a whole number from {self._least()} to {LARGEST}"
        if self.kind is float:
            return f"a number of seconds over 0, at most {LARGEST}"
        return "a path in quotes" if self.kind is Path else "text in quotes"

    def _least(self) -> int:
        return 0 if self.key.rpartition(".")[2] in ANY_AT_ZERO else 1

    def check(self, value: object) -> object:
        """The value as the setting takes it; raises ValueError."""
        if self.kind is bool:
            good = isinstance(value, bool)
        elif isinstance(value, bool):  # which Python takes for a number
            good = False
        elif self.kind is int:
            port = self.key.endswith("_port")
            least, most = (0, 65535) if port else (self._least(), LARGEST)
            good = isinstance(value, int) and least <= value <= most
        elif self.kind is float:
            good = isinstance(value, int | float) and math.isfinite(value) and 0 < value <= LARGEST
            value = float(value) if good and isinstance(value, int) else value
        else:
            good = isinstance(value, str) and value != "" and value.isprintable()
            value = Path(value) if good and self.kind is Path else value  # type: ignore[arg-type]
        if not good:
            raise ValueError(self.wanted())
        return value

    def parse(self, text: str) -> object:
        """The value of an environment variable; raises ValueError."""
        if self.kind is bool:
            known = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
            if text.lower() not in known:
                raise ValueError(self.wanted())
            return known[text.lower()]
        if self.kind in (int, float):
            try:
                return self.check(self.kind(text))
            except ValueError:
                raise ValueError(self.wanted()) from None
        return self.check(text)


def _options() -> Iterator[Option]:
    for name, kind in get_type_hints(ServerSettings).items():
        if kind is Limits:
            for limit, limit_kind in get_type_hints(Limits).items():
                yield Option(f"{name}.{limit}", limit_kind)
        else:
            yield Option(name, kind)


OPTIONS: dict[str, Option] = {each.key: each for each in _options()}


def read_file(path: Path) -> dict[str, object]:
    """The settings of a TOML file by key; raises :class:`SettingError`."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE + 1)
    except OSError as error:
        raise SettingError(f"{path} cannot be read ({error.strerror or error})") from error
    if len(data) > MAX_FILE:
        raise SettingError(f"{path} is no settings file: it has over {MAX_FILE} bytes")
    try:
        document = tomllib.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise SettingError(f"{path} is not UTF-8 (byte {error.start}); save it as UTF-8") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise SettingError(f"{path} is not TOML: {error}") from error
    found: dict[str, object] = {}
    for key, value in _flat(document, path):
        option = OPTIONS.get(key)
        if option is None:
            raise SettingError(f"{path}: there is no setting {_short(key)}{_nearest(key, OPTIONS)}")
        try:
            found[key] = option.check(value)
        except ValueError as error:
            raise SettingError(f"{path}: {key} is {_short(value)}; give {error}") from None
    if isinstance(data_folder := found.get("data"), Path):
        found["data"] = path.absolute().parent / data_folder  # wherever the server is started
    return found


def _flat(document: dict[str, object], path: Path) -> Iterator[tuple[str, object]]:
    for key, value in document.items():
        if key != "limits":
            yield key, value
        elif isinstance(value, dict):
            yield from ((f"limits.{each}", inner) for each, inner in value.items())
        else:
            raise SettingError(f"{path}: limits is {_short(value)}; write it as a table, [limits]")


def read_environment(environment: Mapping[str, str]) -> dict[str, object]:
    """The settings of the environment by key; raises :class:`SettingError`."""
    by_variable = {each.variable: each for each in OPTIONS.values()}
    found: dict[str, object] = {}
    for name, text in environment.items():
        if not name.startswith(PREFIX) or name == FILE_VARIABLE:
            continue
        option = by_variable.get(name)
        if option is None:
            raise SettingError(
                f"environment: there is no setting {_short(name)}{_nearest(name, by_variable)}"
            )
        try:
            found[option.key] = option.parse(text)
        except ValueError as error:
            raise SettingError(f"environment: {name} is {_short(text)}; give {error}") from None
    return found


def settings_of(default_data: Callable[[], Path], *layers: Mapping[str, object]) -> ServerSettings:
    """The settings that ``layers`` make, the first one foremost."""
    values: dict[str, object] = {}
    for each in reversed(layers):
        values.update(each)
    own = {each.name for each in fields(ServerSettings)} & values.keys()
    chosen = {name: values[name] for name in own}
    limits = {key.removeprefix("limits."): value for key, value in values.items() if "." in key}
    data = values.get("data") or default_data()
    assert isinstance(data, Path)
    chosen["data"] = data.absolute()
    return ServerSettings(**chosen, limits=Limits(**limits))  # type: ignore[arg-type]


def _nearest(key: str, known: Mapping[str, object]) -> str:
    near = difflib.get_close_matches(key[:100], known, n=1)
    return f"; did you mean {near[0]}?" if near else "; docs/server.md has all of them"


def _short(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= 80 else shown[:80] + "..."
