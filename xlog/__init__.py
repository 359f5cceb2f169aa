"""xlog: the compressed, encrypted, crash-safe log format of Mars; writer, reader, command line.

The public face: ``from xlog import XlogHandler, Reader``. Each name is loaded when it is first
used (PEP 562), so ``import xlog`` itself costs next to nothing.

Imports neither ``app`` nor ``netcore`` nor Qt; ``import-linter`` keeps it so.
"""

from __future__ import annotations

TYPE_CHECKING = False  # as typing has it, which would cost more than all the rest of this module

if TYPE_CHECKING:
    from xlog.appender import Appender
    from xlog.crypt import KeyPair
    from xlog.decode import Block
    from xlog.errors import (
        BadKeyError,
        BadPrivateKeyError,
        BadPublicKeyError,
        FormatError,
        NotXlogError,
        SourceError,
        XlogConfigError,
        XlogError,
    )
    from xlog.findings import Finding, FindingKind
    from xlog.follow import Follower
    from xlog.handler import XlogHandler
    from xlog.keys import KeyRing
    from xlog.reader import Reader, read_records, read_text
    from xlog.record import Level, Record
    from xlog.settings import AppenderConfig, Mode

__all__ = [
    "Appender",
    "AppenderConfig",
    "BadKeyError",
    "BadPrivateKeyError",
    "BadPublicKeyError",
    "Block",
    "Finding",
    "FindingKind",
    "Follower",
    "FormatError",
    "KeyPair",
    "KeyRing",
    "Level",
    "Mode",
    "NotXlogError",
    "Reader",
    "Record",
    "SourceError",
    "XlogConfigError",
    "XlogError",
    "XlogHandler",
    "read_records",
    "read_text",
]

# Where each name is defined; what is not named here is an error.
_MODULES = {
    "appender": "Appender",
    "crypt": "KeyPair",
    "decode": "Block",
    "errors": (
        "BadKeyError BadPrivateKeyError BadPublicKeyError FormatError NotXlogError SourceError "
        "XlogConfigError XlogError"
    ),
    "findings": "Finding FindingKind",
    "follow": "Follower",
    "handler": "XlogHandler",
    "keys": "KeyRing",
    "reader": "Reader read_records read_text",
    "record": "Level Record",
    "settings": "AppenderConfig Mode",
}
_HOME = {name: module for module, names in _MODULES.items() for name in names.split()}


if not TYPE_CHECKING:  # else no misspelt name would be found by a type checker

    def __getattr__(name: str) -> object:
        """Load a public name when it is first used (PEP 562)."""
        module = _HOME.get(name)
        if module is None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        import importlib

        value = getattr(importlib.import_module(f"{__name__}.{module}"), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    """The public names, loaded or not, and what is loaded."""
    return sorted({*globals(), *__all__})
