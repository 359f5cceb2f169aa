"""The state of the network in one word, sans-I/O (``NetCore::__ConnStatusCallBack``).

While the long link is not up, the short link's latest results tell whether the server is reached at
all: three errors in a row mean SERVER_FAILED.
"""

from __future__ import annotations

from netcore.callbacks import ConnectStatus
from netcore.longlink.state import LinkState

SHORTLINK_ERRORS = 3


class StatusBoard:
    """Derives the status over all links, and the main long link's, from what is told."""

    __slots__ = ("_short_errors", "_short_tried", "longlink", "overall", "use_longlink")

    def __init__(self, *, use_longlink: bool = True) -> None:
        self.use_longlink = use_longlink
        self.overall = ConnectStatus.UNKNOWN
        self.longlink = ConnectStatus.UNKNOWN
        self._short_errors = 0
        self._short_tried = False

    def network_changed(self) -> None:
        """Old results say nothing of another network."""
        self._short_errors = 0
        self._short_tried = False

    def on_shortlink(self, ok: bool, state: LinkState) -> bool:
        """A short-link task ended; whether a status changed. ``state`` is the main long link's."""
        self._short_tried = True
        self._short_errors = 0 if ok else self._short_errors + 1
        return self.on_longlink(state)

    def on_longlink(self, state: LinkState) -> bool:
        """The main long link's state; whether a status changed."""
        before = self.overall, self.longlink
        if not self.use_longlink:
            failed = self._short_errors >= SHORTLINK_ERRORS
            self.overall = ConnectStatus.SERVER_FAILED if failed else ConnectStatus.CONNECTED
        elif state is LinkState.CONNECTED:
            self.overall = self.longlink = ConnectStatus.CONNECTED
            self.network_changed()
        elif state is LinkState.CONNECT_FAILED:
            self.overall = self._by_shortlink(ConnectStatus.UNKNOWN)
            self.longlink = ConnectStatus.SERVER_FAILED
        elif state is LinkState.DISCONNECTED:
            return False  # it reconnects in a moment: the next state says more
        else:
            self.overall = self._by_shortlink(ConnectStatus.CONNECTING)
            self.longlink = ConnectStatus.CONNECTING
        return before != (self.overall, self.longlink)

    def _by_shortlink(self, otherwise: ConnectStatus) -> ConnectStatus:
        if not self._short_tried:
            return otherwise
        if not self._short_errors:
            return ConnectStatus.CONNECTED
        if self._short_errors >= SHORTLINK_ERRORS:
            return ConnectStatus.SERVER_FAILED
        return otherwise
