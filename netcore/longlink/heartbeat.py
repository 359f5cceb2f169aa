"""How long a link may stay silent before it must send a heartbeat, sans-I/O.

Mars: ``mars/stn/src/smart_heartbeat.cc`` and ``config.h``. NATs, firewalls and balancers forget a
connection that is silent for too long, each after a time of its own, and say nothing of it. So the
interval is learned for each network: it grows while heartbeats are answered and steps back when
they are not.

Rules
    1. While the app is active, and for the first ``short_first`` (3) heartbeats of silence of each
       connection, the interval is the ``shortest`` (3.5 min). The heartbeat sent on connecting
       does not count. With ``learned_while_active`` activity makes no difference once the network
       is STABLE.
    2. Else it is the network's. A heartbeat *tests* it when the link was silent both ways for about
       that long (``back`` less or more); others teach nothing. The table says what a test does.
    3. A failure is a test's heartbeat unanswered, or the link's end while it was.
    4. ``bad_network`` (6) failures in a row before the third short heartbeat mean that the network
       is bad, whatever the interval: it is told, and nothing is learned.
    5. Records are kept for each link and network, the newest 20 networks of a link.
    6. On mains power the interval is ``on_mains`` (45 s) at most, so that a link that died silently
       is noticed within a minute. Nothing is learned from silences that short.

=======  =======================  =============================================================
state    test                     then
=======  =======================  =============================================================
GROWING  answered, 5th in a row   a ``step`` (60 s) longer; at ``longest`` less ``back`` (9 min
                                  40 s) STABLE
GROWING  failed, 2nd in a row     STABLE, a ``step`` and ``back`` (80 s) shorter
STABLE   answered                 a week after the last change: ``back`` (20 s) longer, GROWING
STABLE   failed, 2nd in a row     ``shortest``, GROWING
=======  =======================  =============================================================

Differs from Mars: works on every system (Mars: Android alone); a test is known by the silence that
the heartbeat really ended, where Mars takes the interval asked for last and leaves out the first
one after each change, so that answers to data and a late timer (a sleep) are not mistaken for
tests; the heartbeat sent on connecting is none of the three short ones; no doze mode, which is
Android's; rule 6, which a phone on its battery could not afford.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import Enum
from typing import Any

from netcore.errors import ConfigError

_VERSION = 1
LINKS_KEPT = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class HeartbeatSettings:
    """All times in seconds (``config.h``); raises ConfigError for what could never work."""

    shortest: float = 210.0  # MinHeartInterval
    longest: float = 600.0  # MaxHeartInterval
    step: float = 60.0  # HeartStep
    back: float = 20.0  # SuccessStep
    short_first: int = 3  # NetStableTestCount
    good_to_grow: int = 5  # BaseSuccCount
    bad_to_settle: int = 2  # MaxHeartFailCount
    bad_network: int = 6
    probe_after: float = 7 * 24 * 60 * 60.0
    networks: int = 20  # MAX_INI_SECTIONS
    learned_while_active: bool = False  # see rule 1; Mars never does
    on_mains: float = 45.0  # see rule 6; 0 for the same pace as on battery, which is Mars's

    def __post_init__(self) -> None:
        if not 0 < self.back < self.step:
            raise ConfigError("heartbeat: back must be more than 0 s and less than step")
        if not self.back < self.shortest < self.longest - self.back:
            raise ConfigError(
                "heartbeat: shortest must lie between back and longest less back, "
                f"not {self.shortest:g} s"
            )
        if not self.on_mains >= 0:
            raise ConfigError("heartbeat: on_mains must be 0 s or more")
        if min(self.good_to_grow, self.bad_to_settle, self.bad_network, self.networks) < 1:
            raise ConfigError("heartbeat: counts must be 1 or more")

    @property
    def most(self) -> float:
        """The longest interval there can be."""
        return self.longest - self.back


class HeartbeatState(Enum):
    """What is known of a network."""

    GROWING = "growing"
    STABLE = "stable"


@dataclass(slots=True)
class HeartbeatRecord:
    """What was learned of one network by one link; ``changed`` is wall time."""

    interval: float
    stable: bool = False
    good: int = 0  # tests answered in a row at this interval
    bad: int = 0  # tests failed in a row at this interval
    short_bad: int = 0  # failures in a row of the short ones
    changed: float = 0.0

    @property
    def state(self) -> HeartbeatState:
        """Whether the interval is still sought."""
        return HeartbeatState.STABLE if self.stable else HeartbeatState.GROWING


@dataclass(frozen=True, slots=True)
class Change:
    """A decision: the network's interval was ``before`` and is ``interval`` now; why, in words."""

    network: str
    before: float
    interval: float
    state: HeartbeatState
    why: str


class HeartbeatBook:
    """The records of all links and networks; see rule 5."""

    def __init__(self, settings: HeartbeatSettings | None = None) -> None:
        self.settings = settings or HeartbeatSettings()
        self._links: dict[str, dict[str, HeartbeatRecord]] = {}

    def record(self, link: str, network: str, wall: float) -> HeartbeatRecord:
        """What is known of a network, a fresh record if nothing is."""
        records = self._links.pop(link, {})
        self._links[link] = records  # the link used last stands last
        record = records.get(network)
        if record is None:
            record = records[network] = HeartbeatRecord(self.settings.shortest, changed=wall)
            for old in sorted(records, key=lambda each: records[each].changed):
                if len(records) <= self.settings.networks:
                    break
                if old != network:
                    del records[old]
        # A clock that was set back must not put the weekly probe off for years.
        record.changed = min(record.changed, wall)
        return record

    def as_dict(self) -> dict[str, Any]:
        """Everything, ready for JSON."""
        kept = list(self._links.items())[-LINKS_KEPT:]
        return {
            "version": _VERSION,
            "links": {
                link: {network: asdict(record) for network, record in records.items()}
                for link, records in kept
            },
        }

    def restore(self, stored: dict[str, Any]) -> None:
        """Take in what :meth:`as_dict` gave.

        Raises :class:`ValueError`, and changes nothing, when it is something else. An interval
        outside the settings' bounds is moved to the nearest.
        """
        if not stored:
            return
        try:
            if stored["version"] != _VERSION:
                raise ValueError(f"version {stored['version']!r} is unknown")
            links = {
                str(link): {str(name): self._record(each) for name, each in records.items()}
                for link, records in stored["links"].items()
            }
        except (KeyError, TypeError, AttributeError, OverflowError) as error:
            raise ValueError(f"not a heartbeat record: {error!r}") from error
        self._links = links

    def _record(self, each: dict[str, Any]) -> HeartbeatRecord:
        settings = self.settings
        interval = float(each["interval"])
        if not interval > 0:
            raise ValueError(f"an interval of {interval} s")
        return HeartbeatRecord(
            min(max(interval, settings.shortest), settings.most),
            bool(each["stable"]),
            int(each["good"]),
            int(each["bad"]),
            int(each["short_bad"]),
            float(each["changed"]),
        )


class SmartHeartbeat:
    """The heartbeat of one link. The rules are in the module's docstring."""

    __slots__ = (
        "_answered",
        "_beats",
        "_book",
        "_link",
        "_network",
        "_record",
        "_silence",
        "_waiting",
        "settings",
    )

    def __init__(self, link: str, book: HeartbeatBook | None = None) -> None:
        self._book = book or HeartbeatBook()
        self.settings = self._book.settings
        self._link = link
        self._network = ""
        self._record = HeartbeatRecord(self.settings.shortest)
        self._beats = 0  # sent on this connection
        self._answered = 0  # of those after silence
        self._silence = 0.0  # that the latest one ended
        self._waiting = False

    @property
    def network(self) -> str:
        """The network that the link is on."""
        return self._network

    @property
    def learned(self) -> float:
        """The network's interval, in seconds, whether it is in force or not."""
        return self._record.interval

    @property
    def state(self) -> HeartbeatState:
        """Whether the interval is still sought."""
        return self._record.state

    def established(self, network: str, wall: float) -> None:
        """The link came up on this network; "" is one that cannot be told from others."""
        if network != self._network or self._beats == 0:
            self._network = network
            if network:
                self._record = self._book.record(self._link, network, wall)
            else:
                self._record = HeartbeatRecord(self.settings.shortest, changed=wall)
        self._beats = self._answered = 0
        self._waiting = False

    def interval(self, active: bool, *, on_mains: bool = False) -> float:
        """Seconds of silence until the next heartbeat (rules 1, 2 and 6)."""
        interval, most = self._unplugged(active), self.settings.on_mains
        return min(interval, most) if on_mains and most else interval

    def _unplugged(self, active: bool) -> float:
        settings, record = self.settings, self._record
        if active and not (settings.learned_while_active and record.stable):
            return settings.shortest
        return settings.shortest if self._answered < settings.short_first else record.interval

    def sent(self, silence: float) -> None:
        """A heartbeat went out after ``silence`` seconds without a byte in either direction."""
        self._beats += 1
        self._silence = silence
        self._waiting = True

    def disconnected(self, wall: float, *, ours: bool = False) -> Change | None:
        """The link went down; a heartbeat under way failed with it, unless we cut it ourselves."""
        if ours:
            self._waiting = False
        change = self.result(False, False, wall)
        self._record.good = 0
        return change

    def result(
        self, ok: bool, timed_out: bool, wall: float, *, online: bool = True
    ) -> Change | None:
        """The heartbeat was answered or was not (``timed_out``: nothing came at all).

        ``online`` is whether there is a network at all. What changed, or None.
        """
        if not self._waiting:
            return None
        self._waiting = False
        settings, record = self.settings, self._record
        if self._answered < settings.short_first:
            if ok:
                if self._beats > 1:  # the first one, on connecting, ended no silence
                    self._answered += 1
                    record.short_bad = 0
                return None
            return self._short_failed(online)
        if self._silence < record.interval - settings.back:
            return None
        if ok:
            return self._good(record, wall)
        if self._silence > record.interval + settings.back:
            return None  # the timer came late: so long a silence was never promised to hold
        return self._bad(record, timed_out, wall)

    def _short_failed(self, online: bool) -> Change | None:
        record = self._record
        record.short_bad += online
        if record.short_bad < self.settings.bad_network:
            return None
        record.short_bad = 0
        return self._change(record.interval, "even short heartbeats fail: the network is bad")

    def _good(self, record: HeartbeatRecord, wall: float) -> Change | None:
        settings = self.settings
        before = record.interval
        record.good += 1
        record.bad = 0
        if record.stable:
            if before >= settings.most or wall - record.changed < settings.probe_after:
                return None
            record.interval = min(before + settings.back, settings.most)
            record.stable = False
            record.good = 0
            record.changed = wall
            return self._change(before, "stable for a week: a longer one is tried")
        record.changed = wall
        if record.good < settings.good_to_grow:
            return None
        record.good = 0
        if before >= settings.most:
            record.interval = settings.most
            record.stable = True
            return self._change(before, "the longest there is holds")
        record.interval = min(before + settings.step, settings.most)
        return self._change(before, f"{settings.good_to_grow} heartbeats were answered")

    def _bad(self, record: HeartbeatRecord, timed_out: bool, wall: float) -> Change | None:
        settings = self.settings
        before = record.interval
        record.bad += 1
        if timed_out:
            record.good = 0
        if before <= settings.shortest or record.bad < settings.bad_to_settle:
            return None
        record.good = record.bad = 0
        record.changed = wall
        if record.stable:
            record.interval = settings.shortest
            record.stable = False
            return self._change(before, "what was stable no longer holds: sought anew")
        record.interval = max(before - settings.step - settings.back, settings.shortest)
        record.stable = True
        return self._change(before, f"{settings.bad_to_settle} heartbeats failed: settled")

    def _change(self, before: float, why: str) -> Change:
        record = self._record
        return Change(self._network, before, record.interval, record.state, why)
