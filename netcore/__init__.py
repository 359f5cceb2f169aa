"""Phobos's network core: STN (signalling network) and SDT (network diagnosis) on asyncio.

The public face: everything that a program needs to begin is imported from here, as
``from netcore import NetCore, Settings, Task``. Each name is loaded when it is first used
(PEP 562), so ``import netcore`` itself costs next to nothing.

May import: the standard library and the network libraries named in ``pyproject.toml``.
Never imports ``app``, ``xlog`` or Qt; ``import-linter`` keeps it so. Logs through ``logging``
under ``netcore.*``; reports what happens through :mod:`netcore.observe`.
"""

from __future__ import annotations

TYPE_CHECKING = False  # as typing has it, which would cost more than all the rest of this module

if TYPE_CHECKING:
    from netcore.callbacks import Callbacks, Decoded, EncodeError, Identify, IdentifyMode
    from netcore.connect.proxy import Proxy
    from netcore.connect.tls import TlsSettings
    from netcore.core import NetCore
    from netcore.errors import (
        CertificateError,
        ConfigError,
        ConnectError,
        DnsError,
        ErrorType,
        FailHandle,
        FrameError,
        NetcoreError,
        ProxyError,
        RefusedWebSocketError,
        TaskCancelledError,
        TaskError,
        TaskRefusedError,
        TaskTimeoutError,
        TlsError,
    )
    from netcore.events import NetworkKind, PowerSource
    from netcore.longlink.config import LonglinkConfig
    from netcore.longlink.state import LinkState
    from netcore.observe import Event, Observer
    from netcore.settings import Settings
    from netcore.snapshot import Snapshot
    from netcore.task import Channel, ChannelStrategy, Priority, Task

__version__ = "0.1.0"

__all__ = [
    "Callbacks",
    "CertificateError",
    "Channel",
    "ChannelStrategy",
    "ConfigError",
    "ConnectError",
    "Decoded",
    "DnsError",
    "EncodeError",
    "ErrorType",
    "Event",
    "FailHandle",
    "FrameError",
    "Identify",
    "IdentifyMode",
    "LinkState",
    "LonglinkConfig",
    "NetCore",
    "NetcoreError",
    "NetworkKind",
    "Observer",
    "PowerSource",
    "Priority",
    "Proxy",
    "ProxyError",
    "RefusedWebSocketError",
    "Settings",
    "Snapshot",
    "Task",
    "TaskCancelledError",
    "TaskError",
    "TaskRefusedError",
    "TaskTimeoutError",
    "TlsError",
    "TlsSettings",
    "__version__",
]

# Where each name is defined; what is not named here is an error.
_MODULES = {
    "callbacks": "Callbacks Decoded EncodeError Identify IdentifyMode",
    "connect.proxy": "Proxy",
    "connect.tls": "TlsSettings",
    "core": "NetCore",
    "errors": (
        "CertificateError ConfigError ConnectError DnsError ErrorType FailHandle FrameError "
        "NetcoreError ProxyError RefusedWebSocketError TaskCancelledError TaskError "
        "TaskRefusedError TaskTimeoutError TlsError"
    ),
    "events": "NetworkKind PowerSource",
    "longlink.config": "LonglinkConfig",
    "longlink.state": "LinkState",
    "observe": "Event Observer",
    "settings": "Settings",
    "snapshot": "Snapshot",
    "task": "Channel ChannelStrategy Priority Task",
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
