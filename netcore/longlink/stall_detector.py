"""Whether a silent link still lives, asked before a time-out says so, sans-I/O.

TCP does not tell that a path is dead: a NAT that forgot the connection, a cable pulled behind the
switch, a night's sleep. Waiting for the first-package time-out costs the user 12 s and more. So a
link that ought to answer and does not is doubted, and a second connection (a *rival*) is made
beside it. Whichever shows life first stays: if it is the old one, nothing was lost but a SYN.

=========  =============================================  ==========================================
state      event                                          then
=========  =============================================  ==========================================
TRUSTED    data sent                                      WAITING for ``patience`` (0.5 s), and
                                                          until it was silent for 2 s
TRUSTED,   asked outright (wake-up, back in front)        ASK; RIVAL after the wait below
WAITING
WAITING    that is over                                   ASK: send a heartbeat, its own answer may
                                                          come while the data's is still worked on
ASKED      the wait over                                  RIVAL: connect a second time
RIVAL      it cannot be made                              ASKED again, the same wait
any        a byte came                                    TRUSTED: the rival, if any, is given up
=========  =============================================  ==========================================

A connection that the peer's system acknowledges everything on lives, whatever its application does:
it is given :data:`EXTENSIONS` more waits (Linux: :mod:`netcore.links.tcp_info`). One on which data
stays unacknowledged loses packets or is dead, and only a candidate's answer tells which.

The wait after asking is ``timeout`` (1 s; asked outright ``urgent``, 0.25 s), or 4 times the latest
round trip if that is longer, so that a slow network is not doubted for being slow. Nor is one that
is busy with our own data: all that was written since the peer was last heard may take its time at
``rate`` (12 KiB/s), and while the socket takes no heartbeat the link is WAITING again.

Mars has none of it: it waits for the time-outs (``longlink_task_manager.cc``).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from netcore.errors import ConfigError
from netcore.runtime.clock import NEVER

ROUND_TRIPS = 4
EXTENSIONS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkStallSettings:
    """Times in seconds; a ``silence`` of infinity switches it off but for wake-ups."""

    silence: float = 2.0
    patience: float = 0.5
    timeout: float = 1.0
    urgent: float = 0.25
    rate: float = 12 * 1024  # bytes in a second, kWifiMinRate

    def __post_init__(self) -> None:
        if min(self.silence, self.patience, self.timeout, self.urgent) < 0:
            raise ConfigError("doubt: times must be 0 s or more")
        if not self.rate > 0:
            raise ConfigError("doubt: the rate must be more than 0 bytes in a second")


class LinkStallState(Enum):
    """How far the doubt has gone."""

    TRUSTED = "trusted"
    WAITING = "waiting"
    ASKED = "asked"
    HEDGED = "rival"


_TRUSTED, _WAITING, _ASKED, _HEDGED = LinkStallState  # to look one up takes longer than a call


class StallDetector:
    """The doubt about one connection. The rules are in the module's docstring."""

    __slots__ = ("_extensions", "_urgent", "_wait", "due", "settings", "state")

    def __init__(self, settings: LinkStallSettings | None = None) -> None:
        self.settings = settings or LinkStallSettings()
        self.state = _TRUSTED
        self.due = NEVER  # when to call `poll`
        self._urgent = False
        self._wait = 0.0  # for the answer to the heartbeat that asked
        self._extensions = 0  # of that

    def trust(self) -> bool:
        """A byte came, or the connection is another one; whether there was any doubt."""
        stalled = self.state is not _TRUSTED
        self.state = _TRUSTED
        self.due = NEVER
        return stalled

    def sent(self, silence: float, now: float, unheard: int = 0) -> None:
        """Data went out that will be answered; nothing came for ``silence`` seconds.

        ``unheard`` bytes were written since the peer was last heard.
        """
        settings = self.settings
        allowance = unheard / settings.rate
        if self.state is _TRUSTED:
            self.state = _WAITING
            self.due = now + max(settings.patience, settings.silence - silence) + allowance
            self._urgent = False
        elif self.state is not _HEDGED:
            self.due = max(self.due, now + allowance)

    def postpone(self, now: float) -> None:
        """The heartbeat that asks could not be sent."""
        if self.state is _ASKED:
            self.state = _WAITING
            self.due = now + max(self.settings.patience, self.settings.timeout)

    def suspect(self, now: float) -> None:
        """Ask at once: :meth:`poll` will say so."""
        if self.state in (_TRUSTED, _WAITING):
            self.state = _WAITING
            self.due = now
            self._urgent = True

    def hedge_failed(self, now: float) -> None:
        """The rival could not be made; another one may, soon."""
        if self.state is _HEDGED:
            self.state = _ASKED
            self.due = now + self.settings.timeout

    def poll(self, now: float, rtt: float, *, acknowledged: bool = False) -> LinkStallState | None:
        """ASKED: send a heartbeat; HEDGED: connect a second time; None: nothing to do yet.

        ``acknowledged``: the peer's system is known to have everything that was sent.
        """
        if now < self.due:
            return None
        settings = self.settings
        if self.state is _WAITING:
            self.state = _ASKED
            wait = settings.urgent if self._urgent else settings.timeout
            self._wait = max(wait, ROUND_TRIPS * rtt)
            self._extensions = 0
            self.due = now + self._wait
            return self.state
        if self.state is _ASKED and acknowledged and self._extensions < EXTENSIONS:
            self._extensions += 1
            self.due = now + self._wait
            return None
        self.due = NEVER
        if self.state is _ASKED:
            self.state = _HEDGED
            return self.state
        return None
