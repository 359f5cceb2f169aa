"""Checks of what a caller sets: the mistakes that Python would let pass.

A string is a sequence of strings too, so ``longlink_hosts="im.example"`` would quietly become ten
hosts of one letter each. Every setting that takes several strings or ports goes through here.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

from netcore.errors import ConfigError

MAX_PORT = 65535


def strings(name: str, value: Iterable[str]) -> tuple[str, ...]:
    """``value`` as a tuple of strings.

    Raises :class:`~netcore.errors.ConfigError` for one string in place of several, and for what
    is none.
    """
    if isinstance(value, (str, bytes)):
        shown = value if isinstance(value, str) else value.decode("latin-1")
        raise ConfigError(
            f"{name} takes several strings: write {name}=({shown!r},), with a comma, not {shown!r}"
        )
    try:
        found = tuple(value)
    except TypeError:
        raise ConfigError(f"{name} takes several strings, not {value!r}") from None
    for each in found:
        if not isinstance(each, str):
            raise ConfigError(f"{name} takes strings, not {each!r}")
    return found


def addresses(name: str, value: Iterable[str]) -> tuple[str, ...]:
    """``value`` as numeric addresses; raises ConfigError as :func:`strings` does, and for a name.

    A name in place of an address would be looked up by the socket itself, in a way that cannot be
    abandoned.
    """
    found = strings(name, value)
    for each in found:
        address(name, each)
    return found


def address(name: str, value: str) -> str:
    """``value`` as one numeric address; "" stays "". Raises ConfigError."""
    if not isinstance(value, str):
        raise ConfigError(f"{name} takes a numeric address, not {value!r}")
    if value:
        try:
            ipaddress.ip_address(value.partition("%")[0])
        except ValueError:
            raise ConfigError(
                f"{name} takes a numeric address such as 192.0.2.1 or 2001:db8::1, not {value!r}"
            ) from None
    return value


def port(name: str, value: int, *, none: bool = False) -> int:
    """``value`` as a port; ``none`` allows 0. Raises ConfigError."""
    least = 0 if none else 1
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= MAX_PORT:
        raise ConfigError(f"{name} must be a port from {least} to {MAX_PORT}, not {value!r}")
    return value


def ports(name: str, value: Iterable[int]) -> tuple[int, ...]:
    """``value`` as a tuple of ports; raises ConfigError, also for one port in place of several."""
    if isinstance(value, int):
        raise ConfigError(f"{name} takes several ports: write {name}=({value},), with a comma")
    if isinstance(value, (str, bytes)):
        raise ConfigError(f"{name} takes port numbers, not {value!r}")
    try:
        found = tuple(value)
    except TypeError:
        raise ConfigError(f"{name} takes several ports, not {value!r}") from None
    return tuple(port(name, each) for each in found)
