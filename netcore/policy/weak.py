"""Whether the network is weak (``mars/stn/src/weak_network_logic.cc``), sans-I/O.

Only what happens in the foreground is judged.

======  ===========================================================  =======
state   event                                                        next
======  ===========================================================  =======
good    connected, but not by the first address                      weak
good    connected, in more than 2 s                                  weak
good    more than 2 s to the first package, or between two           weak
good    a task ended well, but took 5 s or more                      weak
good    a task failed whose connection was not to the first address  weak
good    somebody says so (to try it out), in the foreground or not   weak
weak    any of these                                                 weak, its 60 s start again
weak    a task ended well in under 0.6 s, 8 s or more after a mark   good
weak    no connection came about, 8 s or more after a mark           good (there is none at all)
weak    60 s without a new mark                                      good
weak    the application left the foreground                          good
======  ===========================================================  =======

Differs from Mars: the long link's connections count like the short link's.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from netcore.observe import Event
from netcore.runtime.clock import NEVER


@dataclass(frozen=True, slots=True, kw_only=True)
class WeakSettings:
    """Times in seconds."""

    connect_rtt: float = 2.0  # WEAK_CONNECT_RTT
    package_gap: float = 2.0  # WEAK_PKG_SPAN
    task_cost: float = 5.0  # WEAK_TASK_SPAN
    good_task_cost: float = 0.6  # GOOD_TASK_SPAN
    least: float = 8.0  # WEAK_LEAST_SPAN
    mark: float = 60.0  # MARK_TIMEOUT


class WeakReason(Enum):
    """Why the network became weak, or is no longer."""

    NONE = "none"
    CONNECT_INDEX = "connected by a later address"
    CONNECT_RTT = "slow to connect"
    FIRST_PACKAGE = "slow first package"
    PACKAGE_PACKAGE = "slow between packages"
    TASK_SLOW = "slow task"
    TASK_FAILED = "failed task"
    TOLD = "told so"
    GOOD_TASK = "quick task"
    CONNECT_FAILED = "no connection"
    EXPIRED = "nothing weak lately"
    BACKGROUND = "in the background"
    RESET = "another network"


@dataclass(frozen=True, slots=True, kw_only=True)
class WeakChanged(Event):
    """The network became weak, or is no longer; the state before lasted ``seconds``."""

    weak: bool
    reason: WeakReason
    seconds: float


class WeakNetwork:
    """Judges the network. Methods that may change ``weak`` say whether they did."""

    __slots__ = (
        "_marked",
        "_settings",
        "foreground",
        "lasted",
        "package_gap",
        "reason",
        "since",
        "task_cost",
        "weak",
    )

    def __init__(
        self, now: float, *, foreground: bool, settings: WeakSettings | None = None
    ) -> None:
        self._settings = settings or WeakSettings()
        self.package_gap = self._settings.package_gap
        self.task_cost = self._settings.task_cost
        self.foreground = foreground
        self.weak = False
        self.reason = WeakReason.NONE
        self.since = now  # of the present state
        self.lasted = 0.0  # seconds of the state before
        self._marked = now

    @property
    def due(self) -> float:
        """When :meth:`poll` will end a weak state; infinite while there is none."""
        return self._marked + self._settings.mark if self.weak else NEVER

    def poll(self, now: float) -> bool:
        """End a weak state that was not marked again for long enough."""
        return self.weak and now >= self.due and self._set(False, WeakReason.EXPIRED, now)

    def on_foreground(self, foreground: bool, now: float) -> bool:
        """The application came to the front or left it."""
        self.foreground = foreground
        return not foreground and self.weak and self._set(False, WeakReason.BACKGROUND, now)

    def on_network(self, now: float) -> bool:
        """Another network: what was marked belongs to the old one."""
        return self.weak and self._set(False, WeakReason.RESET, now)

    def on_connect(self, ok: bool, rtt: float, index: int, now: float) -> bool:
        """A connection by the ``index``-th address took ``rtt`` seconds, or none came about."""
        if not self.foreground:
            return False
        if not ok:
            return self._leave(WeakReason.CONNECT_FAILED, now)
        if index > 0:
            return self._mark(WeakReason.CONNECT_INDEX, now)
        if rtt > self._settings.connect_rtt:
            return self._mark(WeakReason.CONNECT_RTT, now)
        return False

    def on_package(self, first: bool, gap: float, now: float) -> bool:
        """Bytes of an answer came ``gap`` seconds after the sending or the bytes before."""
        if gap <= self._settings.package_gap or not self.foreground:
            return False
        return self._mark(WeakReason.FIRST_PACKAGE if first else WeakReason.PACKAGE_PACKAGE, now)

    def on_answer(self, cost: float, now: float) -> bool:
        """A task ended well after ``cost`` seconds."""
        if not self.foreground:
            return False
        if cost >= self._settings.task_cost:
            return self._mark(WeakReason.TASK_SLOW, now)
        if cost < self._settings.good_task_cost:
            return self._leave(WeakReason.GOOD_TASK, now)
        return False

    def on_failure(self, index: int, now: float) -> bool:
        """A task failed, not for its content, whose connection was by the ``index``-th address."""
        return self.foreground and index > 0 and self._mark(WeakReason.TASK_FAILED, now)

    def on_told(self, now: float) -> bool:
        """Somebody says that it is weak."""
        return self._mark(WeakReason.TOLD, now)

    def _mark(self, reason: WeakReason, now: float) -> bool:
        self._marked = now
        return not self.weak and self._set(True, reason, now)

    def _leave(self, reason: WeakReason, now: float) -> bool:
        if not self.weak or now - self._marked < self._settings.least:
            return False
        return self._set(False, reason, now)

    def _set(self, weak: bool, reason: WeakReason, now: float) -> bool:
        self.weak = weak
        self.reason = reason
        self.lasted = now - self.since
        self.since = now
        return True
