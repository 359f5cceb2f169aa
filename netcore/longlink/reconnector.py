"""What keeps a long link up and warm (``longlink_metadata.cc``).

The shell around three policies: the connect monitor (:mod:`netcore.longlink.monitor`), the
signalling keeper (:mod:`netcore.longlink.signalling`) and the way back from a backup address
(:mod:`netcore.longlink.failback`); with one timer for all.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from netcore.links.context import Context
from netcore.longlink.failback import Failback
from netcore.longlink.link import LongLink
from netcore.longlink.monitor import ConnectMonitor, ConnectPlan, Situation
from netcore.longlink.signalling import SignallingKeeper, SignallingSent
from netcore.longlink.state import LinkState
from netcore.longlink.udp import UdpHint
from netcore.observe import Event
from netcore.runtime.alarm import Alarm
from netcore.task import SIGNALLING_TASK_ID

_log = logging.getLogger("netcore.longlink")
STALE = 270.0  # seconds of silence after which a link is asked when the app comes to the front


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconnectPlanned(Event):
    """A link that is down connects in ``delay`` seconds (0: now); ``reason`` says why then."""

    link: str
    delay: float
    reason: str


class Reconnector:
    """Owns the timer of one long link's upkeep."""

    def __init__(
        self,
        link: LongLink,
        context: Context,
        *,
        keep_alive: bool,
        failback: Failback | None = None,
    ) -> None:
        self._link = link
        self._context = context
        self._now = context.clock.now
        longlink = context.settings.longlink
        self.monitor = ConnectMonitor(context.rng, longlink.monitor, keep_alive=keep_alive)
        self.signalling = SignallingKeeper(longlink.signalling_period, longlink.signalling_keep)
        self._hint = UdpHint(link.name) if longlink.signalling_udp else None
        self._failback = failback
        self._alarm = Alarm(context.clock.now, self.tick)
        self._closed = False

    # -- reconnecting ---------------------------------------------------------------------------

    def wanted(self) -> bool:
        """A task needs the link; whether it is up."""
        link = self._link
        if not link.connected and not self._closed:
            if link.state is LinkState.IDLE:
                return link.make_sure_connected()
            self._carry_out(self.monitor.wanted(self._now(), self._situation()))
        return link.connected

    def on_state(self, state: LinkState) -> None:
        """The link's state changed."""
        if self._closed:
            return
        monitor = self.monitor
        if state is LinkState.CONNECTING:
            monitor.connecting(self._now())
        elif state is LinkState.CONNECTED:
            monitor.connected(self._now())
        elif state in (LinkState.DISCONNECTED, LinkState.CONNECT_FAILED):
            monitor.went_down(self._now())
        if self._failback is not None:
            up = state is LinkState.CONNECTED
            self._failback.connected(self._link.profile.endpoint if up else None)
        self._arm()

    def connect_now(self) -> None:
        """Forget all waiting times (a network came, the machine woke)."""
        if not self._closed:
            self._carry_out(self.monitor.network_changed(self._now()))
            self._link.make_sure_connected()

    def on_active(self) -> None:
        """The foreground, the activity or the account changed."""
        if self._closed:
            return
        link, now = self._link, self._now()
        if self._failback is not None:
            self._failback.on_active()
        if self._context.active.foreground and now - link.last_received > STALE:
            link.probe(self._context.settings.longlink.noop_timeout)
        if link.state is not LinkState.IDLE:
            self._carry_out(self.monitor.situation_changed(now, self._situation()))
        link.tick()  # the heartbeat's interval is another
        self._arm()

    def _situation(self) -> Situation:
        context = self._context
        active = context.active
        return Situation(
            active.active,
            active.foreground,
            self._now() - active.changed_at,
            context.network.state.online,
            context.logged_in,
            context.on_mains,
        )

    def _carry_out(self, plan: ConnectPlan | None) -> None:
        if plan is None:
            return
        _log.info("%s: connects in %.1f s: %s", self._link.name, plan.delay, plan.reason)
        if self._context.observer.active:
            self._context.observer.emit(
                ReconnectPlanned(link=self._link.name, delay=plan.delay, reason=plan.reason)
            )
        if plan.delay <= 0:
            self._link.make_sure_connected()
        self._arm()

    # -- signalling -----------------------------------------------------------------------------

    def keep_signalling(self) -> None:
        """Keep the way warm from now on."""
        if self.signalling.keep(self._now()):
            self._signal()

    def stop_signalling(self) -> None:
        """No more signalling."""
        self.signalling.stop()
        if self._hint is not None:
            self._hint.close()

    def on_traffic(self) -> None:
        """Data went or came on the link."""
        if self.signalling.keeping:
            self.signalling.on_data(self._now())
            self._arm()

    def _signal(self) -> None:
        link = self._link
        encoder = link.encoder
        if self._hint is not None:
            data = encoder.pack(encoder.signalling_cmdid, 0, b"")
            sent = self._hint.send(data, link.profile.ip, link.profile.port)
        else:
            sent = link.send_when_idle(encoder.signalling_cmdid, SIGNALLING_TASK_ID, b"")
        if sent and self._context.observer.active:
            udp = self._hint is not None
            self._context.observer.emit(SignallingSent(link=link.name, udp=udp))
        self.on_traffic()

    # -- the timer ------------------------------------------------------------------------------

    def _arm(self) -> None:
        due = min(self.monitor.due, self.signalling.due)
        if self._failback is not None:
            due = min(due, self._failback.due)
        if not self._closed:
            self._alarm.set(due)

    def tick(self) -> None:
        """Do what is due by the clock; also called after a wake-up, when the alarm is late."""
        self._alarm.cancel()
        now = self._now()
        self._carry_out(self.monitor.poll(now, self._situation()))
        if self._failback is not None:
            self._failback.tick()
        if self.signalling.on_due(now):
            self._signal()
        if not self.signalling.keeping and self._hint is not None:
            self._hint.close()
        self._arm()

    def close(self) -> None:
        """Close every handle."""
        self._closed = True
        self.stop_signalling()
        if self._failback is not None:
            self._failback.close()
        self._alarm.cancel()
