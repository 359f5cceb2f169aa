"""What the results of the links mean (``net_core.cc``: ``__OnLongLinkNetworkError`` and the like).

================================  ======  =======  ========  ========  =======
result                            status  address  netcheck  time-out  zombies
================================  ======  =======  ========  ========  =======
the main long link came up        yes     good     .         .         wake
another long link came up         .       good     .         .         .
the main long link's other state  yes     .        .         .         .
a task answered                   short   short    good      good      wake
a heartbeat answered              .       good     .         .         .
a time-out of a package           short   bad      bad       bad       .
a connection lost                 short   bad      bad       .         .
no connection                     short   .        bad       short     .
================================  ======  =======  ========  ========  =======

"short" is on the short link only; the race itself reports the addresses that did not connect. On
the short link a time-out does not speak against an address when its type is NET_MSG_XP, as in Mars.
"""

from __future__ import annotations

from netcore.callbacks import Callbacks
from netcore.engine.longlinks import Longlinks
from netcore.engine.parked_tasks import ParkedTasks
from netcore.engine.policies import Policies
from netcore.engine.status import StatusBoard
from netcore.engine.task_events import StatusChanged
from netcore.errors import ErrorType, Failure
from netcore.links.context import Context
from netcore.links.contract import Link
from netcore.links.pending_task import PendingTask
from netcore.longlink.state import LinkState
from netcore.profile import ConnectProfile

REPORT_GAP = 10.0  # seconds between two reports that an address works

# Which failures speak against the address, on each kind of link.
_LONG_BLAMES = (ErrorType.SOCKET, ErrorType.NET_MSG_XP, ErrorType.EN_DECODE)
_SHORT_BLAMES = (ErrorType.SOCKET, ErrorType.HTTP, ErrorType.EN_DECODE)


class ResultRouter:
    """Hands each result to those who learn from it. See the module's docstring."""

    def __init__(
        self, context: Context, longlinks: Longlinks, policies: Policies, parked: ParkedTasks
    ) -> None:
        self.status = StatusBoard(use_longlink=context.settings.use_longlink)
        self.shortlink: Link | None = None
        self._context = context
        self._now = context.clock.now
        self._longlinks = longlinks
        self._policies = policies
        self._parked = parked
        self._next_good_report: dict[str, float] = {}
        kind = type(context.callbacks)
        self._calls_network = kind.on_network_error is not Callbacks.on_network_error

    def short_answered(self, link: Link, pending: PendingTask) -> None:
        """A task was answered over the short link."""
        if self._short_result(True):
            self._emit_status()
        connect = pending.attempt.connect
        if connect is not None and connect.endpoint is not None:
            link.report_address(connect.endpoint, True)  # the ranking keeps its own gaps

    def link_changed(self, link: Link, state: LinkState, profile: ConnectProfile) -> None:
        """A long link's state changed."""
        if state in (LinkState.CONNECTED, LinkState.DISCONNECTED):
            self._context.ask(
                self._context.callbacks.on_longlink_status,
                None,
                link.name,
                state is LinkState.CONNECTED,
            )
        if state in (LinkState.DISCONNECTED, LinkState.CONNECT_FAILED):
            self._context.ask(self._context.callbacks.report_connect_profile, None, profile)
        if link.main:
            if self.status.on_longlink(state):
                self._emit_status()
            if state is LinkState.CONNECTED:
                self._policies.longlink_up(True)
            elif state is LinkState.DISCONNECTED:
                self._policies.longlink_up(False)
        if state is LinkState.CONNECTED:
            now = self._now()
            self._report_address(link, profile, True, now)
            self._policies.connect_result(True, profile, now)
            if link.main:
                self._parked.wake()

    def connect_result(self, link: Link, ok: bool, profile: ConnectProfile) -> None:
        """A connection came about, or did not."""
        self._policies.connect_result(ok, profile, self._now())

    def network_worked(self, link: Link, profile: ConnectProfile) -> None:
        """An address worked, as a heartbeat showed."""
        self._report_network(link, Failure(ErrorType.OK), profile)
        if link is self.shortlink and self._short_result(True):
            self._emit_status()
        self._report_address(link, profile, True, self._now())

    def network_failed(self, link: Link, failure: Failure, profile: ConnectProfile) -> None:
        """An address failed, as a time-out, a connection or a task showed."""
        now = self._now()
        short = link is self.shortlink
        self._report_network(link, failure, profile)
        self._policies.network_failed(failure, now, longlink=not short)
        if not short and profile.endpoint is None:
            self._policies.connect_result(False, profile, now)
        if short and self._short_result(False):
            self._emit_status()
        if failure.type in (_SHORT_BLAMES if short else _LONG_BLAMES):
            self._report_address(link, profile, False, now)

    def _report_network(self, link: Link, result: Failure, profile: ConnectProfile) -> None:
        if self._calls_network and (link.main or link is self.shortlink):
            self._context.ask(
                self._context.callbacks.on_network_error,
                None,
                link.name,
                result.type,
                result.code,
                profile.ip,
                profile.port,
            )

    def _short_result(self, ok: bool) -> bool:
        main = self._longlinks.main
        return self.status.on_shortlink(ok, LinkState.IDLE if main is None else main.link.state)

    def _report_address(self, link: Link, profile: ConnectProfile, ok: bool, now: float) -> None:
        endpoint = profile.endpoint
        if endpoint is None:
            return
        if ok:
            if now < self._next_good_report.get(link.name, 0.0):
                return
            self._next_good_report[link.name] = now + REPORT_GAP
        link.report_address(endpoint, ok)

    def _emit_status(self) -> None:
        status = self.status
        if self._context.observer.active:
            self._context.observer.emit(
                StatusChanged(status=status.overall, longlink=status.longlink)
            )
        self._context.ask(
            self._context.callbacks.report_connect_status, None, status.overall, status.longlink
        )
