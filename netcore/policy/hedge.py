"""When a task that is not answered goes out again beside the first, sans-I/O.

Only tasks that say they are ``idempotent`` are hedged ("The Tail at Scale", Dean and Barroso, CACM
2013): the same bytes go out on another connection once the answer is later than usual, and the
first answer counts. What is usual is measured for each network.

- **Usual** is a quarter above the second decile of the latest answer times, with four times their
  spread below it and a little slack. The lower times are what the network is like when nothing is
  lost, so that it is not drawn along by the losses that are to be hedged against.
- **Weak** is a network on which several of the latest tasks, or pushes, were later than usual. On a
  good one next to none is, so next to nothing is hedged; a weak one stays weak until ``calm``
  seconds have passed without it. While it is weak spare long links are kept.
- **Pushes** are judged by how much later than their like they come: who sends and who receives may
  have clocks that do not agree. So a network is known to be weak where nobody asks for anything.
- **A copy** goes out a usual time after the task, the next one as much later. From the moment that
  something is late on it, a long link is passed by.
- **The budget** bounds the extra bytes: each task that is sent earns ``share`` of its size, on a
  weak network ``weak_share``; copies are paid from that, and what is saved up never exceeds
  ``burst``. Where many tasks are late because the line is full, copies stop by themselves.

=======  ==================================================  ======
state    event                                               next
=======  ==================================================  ======
good     ``late`` of the latest ``window`` tasks were late   weak
weak     ``calm`` seconds since that was last so             good
any      another network                                     good
=======  ==================================================  ======

Mars has none of it: it only notes that a network is weak (:mod:`netcore.policy.weak`).
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from netcore.errors import ConfigError
from netcore.observe import Event
from netcore.runtime.clock import NEVER
from netcore.task import SPARE_LONGLINKS

OVERHEAD = 160  # bytes of a task's heads and acknowledgements on a long link
SHORT_OVERHEAD = 1000  # of one on the short link: a connection, and HTTP's heads
_KEPT = 16  # answer times
_ENOUGH = 4  # answer times that say what is usual
_PUSH_SPREADS = 4  # above the second decile of their times pushes are late, and:
_PUSH_SLACK = 0.15  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class HedgeSettings:
    """Times in seconds, sizes in bytes; ``copies`` of 0 switches it off."""

    copies: int = 2  # of a task, beside the first
    first_wait: float = 1.0  # before anything was measured
    least_wait: float = 0.1
    slack: float = 0.05
    share: float = 0.05
    weak_share: float = 0.6
    burst: int = 4096
    spare_links: int = 2  # long links beside the main one, while the network is weak
    window: int = 16  # tasks
    late: int = 2
    calm: float = 30.0

    def __post_init__(self) -> None:
        if self.copies < 0 or not 0 < self.late <= self.window:
            raise ConfigError("hedge: copies must be 0 or more, late 1 to window")
        if not 0 <= self.spare_links <= len(SPARE_LONGLINKS):
            raise ConfigError(f"hedge: spare_links must be 0 to {len(SPARE_LONGLINKS)}")
        if min(self.first_wait, self.least_wait, self.slack, self.calm) < 0:
            raise ConfigError("hedge: times must be 0 s or more")
        if min(self.share, self.weak_share, self.burst) < 0:
            raise ConfigError("hedge: share, weak_share and burst must be 0 or more")


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskHedged(Event):
    """A task was sent again on ``link`` after it had waited ``waited`` seconds for its answer."""

    task_id: int
    cmdid: int
    cgi: str
    link: str
    waited: float


@dataclass(frozen=True, slots=True, kw_only=True)
class HedgeChanged(Event):
    """Tasks are later than usual on this network, or no longer; ``usual`` in seconds."""

    weak: bool
    usual: float


class Hedging:
    """What is usual, and what may be sent again. The rules are in the module's docstring."""

    __slots__ = (
        "_earned",
        "_lateness",
        "_push_times",
        "_times",
        "_weak_until",
        "settings",
        "usual",
        "weak",
    )

    def __init__(self, settings: HedgeSettings | None = None) -> None:
        self.settings = settings or HedgeSettings()
        self._times: deque[float] = deque(maxlen=_KEPT)
        self._push_times: deque[float] = deque(maxlen=_KEPT)
        self._lateness: deque[bool] = deque(maxlen=self.settings.window)
        self._weak_until = -NEVER
        self._earned = float(self.settings.burst)
        self.weak = False
        self.usual = self.settings.first_wait  # seconds until an answer is late

    @property
    def enabled(self) -> bool:
        """Whether anything is ever hedged."""
        return self.settings.copies > 0

    def reset(self) -> bool:
        """Another network: nothing is known of it; whether the old one was weak."""
        was_weak, self.weak = self.weak, False
        self._times.clear()
        self._push_times.clear()
        self._lateness.clear()
        self._earned = float(self.settings.burst)
        self.usual = self.settings.first_wait
        return was_weak

    # -- what happens -----------------------------------------------------------------------------

    def sent(self, size: int) -> None:
        """An idempotent task of ``size`` bytes went out for the first time: its share is earned."""
        settings = self.settings
        share = settings.weak_share if self.weak else settings.share
        self._earned = min(float(settings.burst), self._earned + share * (size + OVERHEAD))

    def answered(self, seconds: float) -> None:
        """A task, or a copy, was answered so long after it was sent itself."""
        times = self._times
        times.append(seconds)
        if len(times) < _ENOUGH:
            return
        ordered = sorted(times)
        low, base = ordered[len(ordered) // 10], ordered[len(ordered) // 5]
        spread = min(base, 4 * (base - low))  # of two networks, just after a change, it is none
        settings = self.settings
        self.usual = max(settings.least_wait, 1.25 * base + spread + settings.slack)

    def in_time(self, now: float) -> bool:
        """A task was answered before it was late; whether the network is weak no longer."""
        self._lateness.append(False)
        return self.poll(now)

    def late(self, now: float) -> bool:
        """A task is later than usual; whether the network is weak for that from now on."""
        lateness = self._lateness
        lateness.append(True)
        if sum(lateness) < self.settings.late:
            return False
        was_weak, self.weak = self.weak, True
        self._weak_until = now + self.settings.calm
        return not was_weak

    def push_took(self, seconds: float, now: float) -> bool:
        """A push came so long after it was sent, by two clocks; whether ``weak`` has changed."""
        times = self._push_times
        times.append(seconds)
        if len(times) < _ENOUGH:
            return False
        ordered = sorted(times)
        low, base = ordered[0], ordered[len(ordered) // 5]
        late = seconds > base + _PUSH_SPREADS * (base - low) + _PUSH_SLACK
        return self.late(now) if late else self.in_time(now)

    def poll(self, now: float) -> bool:
        """Whether the network has just stopped being weak."""
        if not self.weak or now < self._weak_until:
            return False
        self.weak = False
        return True

    @property
    def due(self) -> float:
        """When to call :meth:`poll`."""
        return self._weak_until if self.weak else NEVER

    # -- what is to be done -----------------------------------------------------------------------

    def wait(self, copies: int) -> float:
        """Seconds after its first sending at which a task with so many copies is to get another."""
        return self.usual * (copies + 1) if copies < self.settings.copies else NEVER

    def pay(self, size: int, overhead: int = OVERHEAD) -> bool:
        """Whether the budget bears a copy of ``size`` bytes; it is taken from it then."""
        cost = size + overhead
        if cost > self._earned:
            return False
        self._earned -= cost
        return True
