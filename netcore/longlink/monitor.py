"""When a long link that is down connects again, sans-I/O.

Mars: ``mars/stn/src/longlink_connect_monitor.cc``. All waiting times count from the beginning of
the last attempt, so a link that lived longer than its waiting time comes back at once.

Rules
    1. ``after_loss`` (0.5 s) after a link went down, or could not be made, the waiting time is
       looked up; before that only a task or a new network connects. ``after_loss_spread`` (0) more
       at random keeps a fleet from coming all at once when a server dies.
    2. While the app is active and there is a network, the first attempts come quickly: ``quick``
       (1, 2, 4, 8 s, a quarter more or less at random). A link that lived for ``proven`` (10 s), a
       new network and the user's return allow them anew; one that dies young does not.
    3. After those the table says how long to wait; but in the first ``search_for`` (10 min) of an
       outage no longer than ``search_front`` (5 s) in front and ``search_behind`` (15 s) behind, so
       that a server that returns is found soon. Up to two fifths less at random spread a fleet over
       those seconds. Not without a network or an account, not for a server that takes connections
       and drops them, and while inactive only on mains power.
    4. After ten minutes in the foreground the link's own wish waits longer: without a network 3
       times and 600 s, without an account 2 times and 300 s, else up to ``spread`` (20 s) at
       random.
    5. While inactive the link's own wish climbs a ladder of 0, 1, 2, 4, 6, 8, 10 min: a rung up
       when the last attempt is less than 10 min old, else a rung down. Without an account it waits
       for a task, a network or the user (7 days).
    6. A new network, and whatever ends inactivity, starts the ladder anew.

===========================  ==========  ============  ===========
the app                      for a task  for itself    new network
===========================  ==========  ============  ===========
in front, for under 1 min    5 s         15 s          0
in front, for under 10 min   10 s        30 s          0
in front, for longer         20 s        120 s (4.)    0
behind, active               30 s        300 s         0
inactive                     300 s       ladder (5.)   0
===========================  ==========  ============  ===========

Differs from Mars: rule 2 and the search of rule 3 are ours, for a server that is only restarted
(:data:`MARS_MONITOR` is without them); a task that has to wait makes the link connect as soon as
its time has come (Mars asks again each second); an inactive link that connects for a task follows
the table, for itself the ladder (Mars: the ladder for both, one rung for each time it is asked); a
server that closes in good order is connected to again like any other (Mars: not before a task wants
it).
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from enum import Enum, IntEnum

from netcore.errors import ConfigError
from netcore.runtime.clock import NEVER


class UserPresence(IntEnum):
    """How present the user is; the column of the waiting times."""

    FIRST_MINUTE = 0
    TEN_MINUTES = 1
    FOREGROUND = 2
    BACKGROUND = 3
    INACTIVE = 4


@dataclass(frozen=True, slots=True)
class Situation:
    """What the decision depends on; ``foreground_for`` in seconds since front or back changed."""

    active: bool = True
    foreground: bool = True
    foreground_for: float = 0.0
    online: bool = True
    logged_in: bool = True
    on_mains: bool = False

    @property
    def presence(self) -> UserPresence:
        """The column."""
        if not self.active:
            return UserPresence.INACTIVE
        if not self.foreground:
            return UserPresence.BACKGROUND
        if self.foreground_for >= 600.0:
            return UserPresence.FOREGROUND
        return (
            UserPresence.TEN_MINUTES if self.foreground_for >= 60.0 else UserPresence.FIRST_MINUTE
        )


class ConnectCause(Enum):
    """Who wants the link."""

    TASK = "a task waits"
    SELF = "kept alive"
    NETWORK = "a new network"


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorSettings:
    """Waiting times in seconds, by :class:`UserPresence`; raises ConfigError for a wrong number."""

    task: tuple[float, ...] = (5.0, 10.0, 20.0, 30.0, 300.0)
    alone: tuple[float, ...] = (15.0, 30.0, 120.0, 300.0, 600.0)
    after_loss: float = 0.5
    after_loss_spread: float = 0.0
    quick: tuple[float, ...] = (1.0, 2.0, 4.0, 8.0)
    proven: float = 10.0
    search_front: float = 5.0
    search_behind: float = 15.0
    search_for: float = 600.0
    spread: float = 20.0
    no_network_factor: float = 3.0  # kNoNetSaltRate
    no_network_more: float = 600.0  # kNoNetSaltRise
    no_account_factor: float = 2.0  # kNoAccountInfoSaltRate
    no_account_more: float = 300.0  # kNoAccountInfoSaltRise
    no_account_inactive: float = 7 * 24 * 60 * 60.0
    ladder: tuple[float, ...] = (0.0, 60.0, 120.0, 240.0, 360.0, 480.0, 600.0)
    ladder_turn: float = 600.0  # kUpOrDownThreshold

    def __post_init__(self) -> None:
        if (
            len(self.task) != len(UserPresence)
            or len(self.alone) != len(UserPresence)
            or not self.ladder
        ):
            raise ConfigError(
                f"reconnect: {len(UserPresence)} waiting times are needed, and a ladder"
            )
        times = (
            self.after_loss, self.after_loss_spread, self.spread,
            self.search_front, self.search_behind, self.search_for,
        )  # fmt: skip
        if min(*self.task, *self.alone, *self.ladder, *self.quick, *times) < 0:
            raise ConfigError("reconnect: waiting times must be 0 s or more")


MARS_MONITOR = MonitorSettings(quick=(), search_for=0.0)


@dataclass(frozen=True, slots=True)
class ConnectPlan:
    """A decision: connect in ``delay`` seconds (0: now), because of ``reason``, in words."""

    delay: float
    reason: str


class ConnectMonitor:
    """Decides for one link. The rules are in the module's docstring.

    Every method that may decide answers a :class:`ConnectPlan` when it did; :attr:`due` is when to
    call :meth:`poll`.
    """

    __slots__ = (
        "_attempt",
        "_down",
        "_dropped",
        "_inactive",
        "_lost_at",
        "_planned",
        "_quick",
        "_rng",
        "_rung",
        "_task",
        "_up_since",
        "due",
        "keep_alive",
        "settings",
    )

    def __init__(
        self,
        rng: random.Random,
        settings: MonitorSettings | None = None,
        *,
        keep_alive: bool = True,
    ) -> None:
        self.settings = settings or MonitorSettings()
        self.keep_alive = keep_alive
        self.due = NEVER
        self._rng = rng
        self._attempt = -NEVER  # when the last attempt began
        self._down = True
        self._planned = False  # whether `due` is a moment decided on, or that of rule 1
        self._task = False  # whether a task waits
        self._rung = 0
        self._inactive = False
        self._quick = 0  # how many quick attempts are used up
        self._up_since: float | None = None
        self._lost_at: float | None = None  # when the outage began
        self._dropped = False  # whether the last connection came about and died young

    def connecting(self, now: float) -> None:
        """An attempt began."""
        self._attempt = now
        self._quick += 1
        self._down = self._task = False
        self.due = NEVER

    def connected(self, now: float) -> None:
        """The link is up."""
        self._up_since = now
        self._down = False
        self.due = NEVER

    def went_down(self, now: float) -> None:
        """The link was lost or could not be made (rule 1)."""
        lived = None if self._up_since is None else now - self._up_since
        self._dropped = lived is not None and lived < self.settings.proven
        if lived is not None and lived >= self.settings.proven:
            self._quick = 0
            self._lost_at = now
        elif self._lost_at is None:
            self._lost_at = now
        self._up_since = None
        self._down = True
        self._planned = False
        self.due = NEVER
        if self.keep_alive:
            spread = self._rng.uniform(0.0, self.settings.after_loss_spread)
            self.due = now + self.settings.after_loss + spread

    def wanted(self, now: float, situation: Situation) -> ConnectPlan | None:
        """A task waits for the link."""
        if not self._down:
            return None
        self._task = True
        wait = self._task_wait(now, situation)
        if now + max(0.0, wait) >= self.due:
            return None
        return self._plan(wait, now, ConnectCause.TASK.value)

    def network_changed(self, now: float) -> ConnectPlan | None:
        """There is another network."""
        self._rung = self._quick = 0
        self._lost_at = now
        return self._plan(0.0, now, ConnectCause.NETWORK.value) if self._down else None

    def situation_changed(self, now: float, situation: Situation) -> ConnectPlan | None:
        """The foreground, the activity or the account changed."""
        if situation.active and self._inactive:
            self._quick = 0
            self._lost_at = now
        self._inactive = not situation.active
        if not self._down or not self.keep_alive:
            return None
        return self._decide(now, situation)

    def poll(self, now: float, situation: Situation) -> ConnectPlan | None:
        """What :attr:`due` asks for."""
        if not self._down or now < self.due:
            return None
        if self._planned:
            return self._plan(0.0, now, "the waiting time is over")
        return self._decide(now, situation)

    def _decide(self, now: float, situation: Situation) -> ConnectPlan:
        wait, reason = self._own_wait(now, situation)
        if self._task and (for_task := self._task_wait(now, situation)) < wait:
            wait, reason = for_task, ConnectCause.TASK.value
        return self._plan(wait, now, reason)

    def _task_wait(self, now: float, situation: Situation) -> float:
        return self.settings.task[situation.presence] - (now - self._attempt)

    def _own_wait(self, now: float, situation: Situation) -> tuple[float, str]:
        settings = self.settings
        age = now - self._attempt
        presence = situation.presence
        search = self._search(now, situation, presence)
        if presence is UserPresence.INACTIVE:
            if search is not None:
                return search - age, "looking for the server"
            if not situation.logged_in:
                return settings.no_account_inactive - age, "inactive, no account"
            if age < settings.ladder_turn:
                self._rung = min(self._rung + 1, len(settings.ladder) - 1)
            else:
                self._rung = max(self._rung - 1, 0)
            return settings.ladder[self._rung] - age, f"inactive, rung {self._rung}"
        self._rung = 0
        wait = settings.alone[presence]
        reason = presence.name.lower().replace("_", " ")
        if situation.online and self._quick < len(settings.quick):
            soon = settings.quick[self._quick] * self._rng.uniform(0.75, 1.25)
            if soon < min(wait, search or wait):
                return soon - age, f"quick attempt {self._quick + 1}"
        if search is not None and search < wait:
            return search - age, "looking for the server"
        if presence is UserPresence.FOREGROUND:
            if not situation.online:
                wait = wait * settings.no_network_factor + settings.no_network_more
                reason = "no network"
            elif not situation.logged_in:
                wait = wait * settings.no_account_factor + settings.no_account_more
                reason = "no account"
            else:
                wait += self._rng.uniform(0.0, settings.spread)
        return wait - age, reason

    def _search(self, now: float, situation: Situation, presence: UserPresence) -> float | None:
        """The waiting time of a link that looks for its server (rule 3); None: it does not."""
        settings = self.settings
        if self._dropped or not (situation.online and situation.logged_in):
            return None
        if self._lost_at is None or now - self._lost_at >= settings.search_for:
            return None
        if presence is UserPresence.INACTIVE and not situation.on_mains:
            return None
        behind = presence in (UserPresence.BACKGROUND, UserPresence.INACTIVE)
        most = settings.search_behind if behind else settings.search_front
        return most * self._rng.uniform(0.6, 1.0)

    def _plan(self, wait: float, now: float, reason: str) -> ConnectPlan:
        delay = max(0.0, wait)
        self._planned = True
        self.due = now + delay
        return ConnectPlan(delay, reason)
