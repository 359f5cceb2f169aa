"""What the operating system tells netcore: network, foreground, sleep.

Small sans-I/O policies live here. :class:`SleepWatch` finds out what the system did not tell,
:class:`ActiveLogic` is ``mars/baseevent/active_logic.cc``.
:class:`NetworkWatch` decides which network reports matter::

    report                         while                     verdict
    -----------------------------  ------------------------  ----------------------------
    any network                    never told before         FOUND (it cuts nothing)
    same network again             online                    SAME
    another kind or label          online or offline         CHANGED, at once
    no network                     online, or never told     PENDING, held for 100 ms
    same network again             held                      SAME (a blip cuts nothing)
    another kind or label          held                      CHANGED, at once
    (poll after 100 ms)            held                      LOST

A flapping adapter often says "offline" for some 30 ms; cutting a healthy link for it costs the
user a reconnect. A loss that lasts is acted on as soon as the hold ends.

The first network reported is the one that a link is already on, or is connecting over: it only gets
its name, under which what is learned is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum

from netcore.observe import Event

INACTIVE_AFTER = 600.0  # seconds in the background until inactive
WATCH = 20.0  # seconds between two looks at the clock
LATE = 5.0  # seconds by which a look must be late to mean sleep
BLIP = 0.1  # seconds an "offline" is held before it counts


class NetworkKind(IntEnum):
    """The kind of network in use; policies with Mars's wifi values treat WIRED and OTHER alike."""

    NONE = 0
    WIFI = 1
    WIRED = 2
    MOBILE = 3
    OTHER = 4


class PowerSource(Enum):
    """What the machine runs on, as far as the operating system says."""

    UNKNOWN = "unknown"
    MAINS = "mains"
    BATTERY = "battery"


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerChanged(Event):
    """The machine runs on another source of power now."""

    source: PowerSource


@dataclass(frozen=True, slots=True)
class NetworkState:
    """A network: its kind and a label (SSID, adapter) that tells it from others of its kind."""

    kind: NetworkKind = NetworkKind.OTHER
    label: str = ""

    @property
    def online(self) -> bool:
        """Whether there is a network at all."""
        return self.kind is not NetworkKind.NONE

    @property
    def key(self) -> str:
        """What is learned of it is kept under this: the label, else the kind; "" when offline."""
        return (self.label or self.kind.name.lower()) if self.online else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkChanged(Event):
    """The network changed, was lost (kind NONE) or came; ``generation`` counts the changes.

    The first one reported is no change: it only has a name now.
    """

    kind: NetworkKind
    label: str
    generation: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiveChanged(Event):
    """Foreground or activity changed; inactive means ten minutes in the background."""

    foreground: bool
    active: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptivePortal(Event):
    """The network wants a login in a browser, or no longer does."""

    found: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Slept(Event):
    """The machine is going to sleep."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Woke(Event):
    """The machine woke after ``seconds`` of sleep (0 when unknown)."""

    seconds: float


class SleepWatch:
    """Finds out that time jumped, where no signal of the system says that the machine slept.

    Asked every ``every`` seconds; one that comes more than ``late`` seconds after its time was
    slept through (or the process was stopped, which does the same to connections).
    """

    __slots__ = ("_last", "every", "late")

    def __init__(self, now: float, *, every: float = WATCH, late: float = LATE) -> None:
        self.every = every
        self.late = late
        self._last = now

    def woke(self, now: float) -> None:
        """The system said so itself."""
        self._last = now

    def poll(self, now: float) -> float:
        """Seconds slept since the last time, 0.0 if none."""
        missed = now - self._last - self.every
        self._last = now
        return missed if missed > self.late else 0.0


class NetworkVerdict(Enum):
    """What a network report means."""

    FOUND = "found"
    SAME = "same"
    PENDING = "pending"
    CHANGED = "changed"
    LOST = "lost"


class NetworkWatch:
    """Decides whether a network report is a change. The rules are in the module's docstring.

    Without a ``state`` nothing was told yet, and the network is taken for one without a name.
    """

    __slots__ = ("_held_until", "_told", "blip", "generation", "state")

    def __init__(self, state: NetworkState | None = None, *, blip: float = BLIP) -> None:
        self.state = state or NetworkState()
        self._told = state is not None
        self.blip = blip
        self.generation = 0
        self._held_until: float | None = None

    @property
    def deadline(self) -> float | None:
        """When :meth:`poll` is due, or None."""
        return self._held_until

    def report(self, state: NetworkState, now: float) -> NetworkVerdict:
        """The operating system says the network is ``state``."""
        if state.online:
            self._held_until = None
            if not self._told:
                self._told = True
                self.state = state
                return NetworkVerdict.FOUND
            if state == self.state:
                return NetworkVerdict.SAME
            return self._settle(state, NetworkVerdict.CHANGED)
        if not self.state.online:
            return NetworkVerdict.SAME
        if self._held_until is None:
            self._held_until = now + self.blip
        return self.poll(now)

    def poll(self, now: float) -> NetworkVerdict:
        """LOST once a held "offline" has lasted; else PENDING or SAME."""
        if self._held_until is None:
            return NetworkVerdict.SAME
        if now < self._held_until:
            return NetworkVerdict.PENDING
        self._held_until = None
        return self._settle(NetworkState(NetworkKind.NONE), NetworkVerdict.LOST)

    def _settle(self, state: NetworkState, verdict: NetworkVerdict) -> NetworkVerdict:
        self.state = state
        self._told = True
        self.generation += 1
        return verdict


class ActiveLogic:
    """Foreground and activity (``active_logic.cc``): ten minutes away means inactive.

    =============  =========================  ===========================================
    foreground     no key or pointer          active
    =============  =========================  ===========================================
    yes            for under ten minutes      yes
    yes            for longer                 no: the person left; coming back ends it
    no             for under ten minutes      for the first ten minutes in the background
    no             for longer                 no
    =============  =========================  ===========================================

    How long there was no key or pointer is only known where the platform says so
    (:meth:`set_idle`); Mars has the background alone.
    """

    __slots__ = ("_away", "active", "changed_at", "foreground", "inactive_after")

    def __init__(
        self, now: float, *, foreground: bool = True, inactive_after: float = INACTIVE_AFTER
    ) -> None:
        self.foreground = foreground
        self.active = foreground
        self.changed_at = now
        self.inactive_after = inactive_after
        self._away = False  # by the idle time

    @property
    def deadline(self) -> float | None:
        """When :meth:`poll` is due to make it inactive, or None."""
        if self.foreground or not self.active:
            return None
        return self.changed_at + self.inactive_after

    def set_foreground(self, foreground: bool, now: float) -> bool:
        """The app came to the front or left it; whether ``active`` changed."""
        if foreground == self.foreground:
            return False
        self.foreground = foreground
        self.changed_at = now
        if foreground:
            self._away = False
        return self._set_active(True)  # it stays active for the first ten minutes behind

    def set_active(self, active: bool, now: float) -> bool:
        """Say outright whether the user is there; whether ``active`` changed."""
        if not active and not self.foreground:
            self.changed_at = min(self.changed_at, now - self.inactive_after)
        return self._set_active(active)

    def set_idle(self, idle: float | None, now: float) -> bool:
        """Seconds since the last key or pointer, None where nobody can tell.

        Answers whether ``active`` changed; only crossing the ten minutes does anything.
        """
        away = idle is not None and idle >= self.inactive_after
        if away == self._away:
            return False
        self._away = away
        return self.set_active(not away, now)

    def poll(self, now: float) -> bool:
        """Whether the ten minutes have now passed (``active`` changed)."""
        due = self.deadline
        return due is not None and now >= due and self._set_active(False)

    def _set_active(self, active: bool) -> bool:
        changed = active != self.active
        self.active = active
        return changed
