"""QNetworkInformation: the network where the system tells Qt (all three systems), and portals.

Where Qt has only its portable backend (a Linux without NetworkManager), ``linux_network`` knows
more; this still reports captive portals where a backend can.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtNetwork import QNetworkInformation

from netcore.events import NetworkKind

_Medium = QNetworkInformation.TransportMedium
_Reach = QNetworkInformation.Reachability

KINDS = {
    _Medium.Ethernet: NetworkKind.WIRED,
    _Medium.WiFi: NetworkKind.WIFI,
    _Medium.Cellular: NetworkKind.MOBILE,
    _Medium.Bluetooth: NetworkKind.OTHER,
    _Medium.Unknown: NetworkKind.OTHER,
}


def judge(reach: _Reach, medium: _Medium) -> NetworkKind:
    """What Qt's two answers mean. Reach of the site alone may be all that is needed."""
    return NetworkKind.NONE if reach is _Reach.Disconnected else KINDS[medium]


class QtNetwork(QObject):
    """Calls ``on_change(kind, label)`` and ``on_portal(behind)``."""

    def __init__(
        self,
        on_change: Callable[[NetworkKind, str], None] | None,
        on_portal: Callable[[bool], None],
    ) -> None:
        super().__init__()
        self._on_change = on_change
        self._on_portal = on_portal
        self._told: NetworkKind | None = None
        self._information: QNetworkInformation | None = None

    def start(self) -> bool:
        """Load Qt's backend and tell its state once; False where there is none."""
        if not QNetworkInformation.loadDefaultBackend():
            return False
        information = QNetworkInformation.instance()
        self._information = information
        if self._on_change is not None:
            information.reachabilityChanged.connect(self._changed)
            information.transportMediumChanged.connect(self._changed)
            self._changed()
        information.isBehindCaptivePortalChanged.connect(self._on_portal)
        if information.isBehindCaptivePortal():
            self._on_portal(True)
        return True

    @property
    def tells_portals(self) -> bool:
        """Whether this backend can tell captive portals."""
        portal = QNetworkInformation.Feature.CaptivePortal
        return self._information is not None and self._information.supports(portal)

    def _changed(self, _value: object = None) -> None:
        assert self._information is not None
        kind = judge(self._information.reachability(), self._information.transportMedium())
        if kind is not self._told:
            self._told = kind
            if self._on_change is not None:
                self._on_change(kind, kind.name.lower())

    def stop(self) -> None:
        """Disconnect; no call comes after."""
        information, self._information = self._information, None
        if information is None:
            return
        with contextlib.suppress(RuntimeError):  # nothing was connected
            information.isBehindCaptivePortalChanged.disconnect(self._on_portal)
        if self._on_change is not None:
            information.reachabilityChanged.disconnect(self._changed)
            information.transportMediumChanged.disconnect(self._changed)
