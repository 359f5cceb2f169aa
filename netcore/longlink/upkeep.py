"""What keeps a long link up and warm: reconnecting and signalling (``longlink_metadata.cc``).

The shell around the connect monitor and the signalling keeper, with one timer for both.
"""

from __future__ import annotations

import asyncio
import logging
import socket

from netcore.context import Context
from netcore.longlink.link import LinkState, LongLink
from netcore.longlink.signalling import SignallingKeeper, SignallingSent
from netcore.task import SIGNALLING_TASK_ID

_log = logging.getLogger("netcore.longlink")
NEVER = float("inf")


class Upkeep:
    """Owns the timer and the UDP socket of one long link's upkeep."""

    def __init__(self, link: LongLink, context: Context, *, keep_alive: bool) -> None:
        self._link = link
        self._context = context
        self._now = context.clock.now
        self._keep_alive = keep_alive
        longlink = context.settings.longlink
        self.signalling = SignallingKeeper(longlink.signalling_period, longlink.signalling_keep)
        self._udp = longlink.signalling_udp
        self._socket: socket.socket | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._connect_at = NEVER
        self._failures = 0
        self._closed = False

    # -- reconnecting ---------------------------------------------------------------------------

    def wanted(self) -> bool:
        """A task needs the link; whether it is up."""
        return self._link.make_sure_connected()

    def on_state(self, state: LinkState) -> None:
        """The link's state changed."""
        if self._closed:
            return
        if state is LinkState.CONNECTED:
            self._failures = 0
            self._connect_at = NEVER
        elif state in (LinkState.DISCONNECTED, LinkState.CONNECT_FAILED) and self._keep_alive:
            wait = (0.5, 1.0, 5.0, 10.0, 20.0, 30.0)[min(self._failures, 5)]
            self._failures += 1
            self._connect_at = self._now() + wait
            self._arm()

    def connect_now(self) -> None:
        """Forget all waiting times (a network came, the machine woke)."""
        self._failures = 0
        self._connect_at = NEVER
        self._link.make_sure_connected()

    def on_active(self) -> None:
        """The foreground or the activity changed."""

    # -- signalling -----------------------------------------------------------------------------

    def keep_signalling(self) -> None:
        """Keep the way warm from now on."""
        if self.signalling.keep(self._now()):
            self._signal()

    def stop_signalling(self) -> None:
        """No more signalling."""
        self.signalling.stop()
        self._close_socket()

    def on_traffic(self) -> None:
        """Data went or came on the link."""
        if self.signalling.keeping:
            self.signalling.on_data(self._now())
            self._arm()

    def _signal(self) -> None:
        link = self._link
        if self._udp:
            self._send_udp(link.profile.ip, link.profile.port)
        else:
            link.send_when_idle(link.encoder.signalling_cmdid, SIGNALLING_TASK_ID, b"")
        if self._context.observer.active:
            self._context.observer.emit(SignallingSent(link=link.name, udp=self._udp))
        self.on_traffic()

    def _send_udp(self, ip: str, port: int) -> None:
        if not ip or not port:
            return
        family = socket.AF_INET6 if ":" in ip else socket.AF_INET
        if self._socket is not None and self._socket.family != family:
            self._close_socket()
        try:
            if self._socket is None:
                self._socket = socket.socket(family, socket.SOCK_DGRAM)
                self._socket.setblocking(False)
            encoder = self._link.encoder
            self._socket.sendto(encoder.pack(encoder.signalling_cmdid, 0, b""), (ip, port))
        except OSError as error:  # a hint to the network: never worth more than a line
            _log.debug("%s: signalling failed: %s", self._link.name, error)

    def _close_socket(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    # -- the timer ------------------------------------------------------------------------------

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        due = min(self._connect_at, self.signalling.due)
        if due < NEVER and not self._closed:
            delay = max(0.0, due - self._now())
            self._timer = asyncio.get_running_loop().call_later(delay, self.tick)

    def tick(self) -> None:
        """Do what is due by the clock; also called after a wake-up."""
        now = self._now()
        if now >= self._connect_at:
            self._connect_at = NEVER
            self._link.make_sure_connected()
        if self.signalling.on_due(now):
            self._signal()
        if not self.signalling.keeping:
            self._close_socket()
        self._arm()

    def close(self) -> None:
        """Close every handle."""
        self._closed = True
        self.stop_signalling()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
