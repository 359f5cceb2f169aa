import math
import random
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum

import pytest

from app.diagnostics.panel.log import LINES, ROOM_OF
from app.diagnostics.panel.model import PanelModel
from netcore.connect.race import (
    AttemptEnded,
    AttemptStarted,
    AttemptState,
    AttemptStep,
    RaceEnded,
    RaceStarted,
)
from netcore.connect.sources import EndpointReported, EndpointsChosen, NameResolved
from netcore.core import NetCore
from netcore.events import ActiveChanged, CaptivePortal, NetworkChanged, NetworkKind, Woke
from netcore.observe import Event
from netcore.policy.dynamic import NetworkQuality
from netcore.policy.flow import FlowRefused
from netcore.policy.frequency import FrequencyRefused
from netcore.policy.netcheck import NetCheckDue
from netcore.policy.timeouts import TimeoutsChanged
from netcore.policy.traffic import TrafficReported
from netcore.policy.weak import WeakChanged, WeakReason
from netcore.runtime.clock import ManualClock
from netcore.settings import Settings

from .scripts import T0, beat, ended, play, up


def kinds() -> list[type[Event]]:
    """Every event of netcore, as far as it is imported by whoever imports the core."""
    import netcore.sdt.run

    assert netcore.sdt.run
    found, left = [], [Event]
    while left:
        for each in left.pop().__subclasses__():
            left.append(each)
            if each.__module__.startswith("netcore."):
                found.append(each)
    return sorted(found, key=lambda each: each.__name__)


def test_a_race_becomes_bars():
    addresses = ("10.0.0.1:8081", "10.0.0.2:8081")
    model = play(
        RaceStarted(at=T0, race=3, label="x", addresses=addresses),
        AttemptStarted(at=T0, race=3, index=0, address=addresses[0], source="DNS", after=0.0),
        AttemptStarted(at=T0, race=3, index=1, address=addresses[1], source="BACKUP", after=0.2),
        AttemptStep(at=T0, race=3, index=1, step="tcp", after=0.25),
        AttemptEnded(
            at=T0,
            race=3,
            index=1,
            address=addresses[1],
            state=AttemptState.WON,
            error="",
            after=0.3,
        ),
        AttemptEnded(
            at=T0,
            race=3,
            index=0,
            address=addresses[0],
            state=AttemptState.LOST,
            error="",
            after=0.3,
        ),
        RaceEnded(at=T0 + 0.3, race=3, winner=1, seconds=0.3, error=""),
    )
    race = model.races.latest()
    assert (race.over, race.winner, race.length(T0 + 99)) == (True, 1, 0.3)
    first, second = race.attempts
    assert (first.state, first.start, first.end) == ("lost", 0.0, 0.3)
    assert (second.state, second.source, second.steps) == ("won", "backup", [("tcp", 0.25)])


def test_a_race_that_began_before_is_left_alone():
    model = play(RaceEnded(at=T0, race=9, winner=0, seconds=0.1, error=""))
    assert model.races.latest() is None


def test_addresses_have_rank_bans_and_history():
    model = play(
        EndpointsChosen(
            at=T0, hosts=("im.example",), longlink=True, addresses=("a:1", "b:1"),
            sources=("DNS", "BACKUP"),
        ),
        EndpointReported(at=T0, address="b:1", ok=True, banned_for=0.0),
        EndpointReported(at=T0, address="b:1", ok=False, banned_for=60.0),
        NameResolved(
            at=T0, host="im.example", kind="system", addresses=("a",), seconds=0.02, error=""
        ),
    )  # fmt: skip
    first, second = model.addresses.rows()
    assert (first.address, first.rank, first.source, first.history) == ("a:1", 0, "dns", ())
    assert (second.rank, second.history) == (1, (False, True))
    assert second.banned_for(T0 + 10) == 50.0
    assert second.banned_for(T0 + 61) == 0.0
    assert model.addresses.lookups["im.example"] == "system, 20 ms: a"
    model.take(
        EndpointsChosen(
            at=T0, hosts=("im.example",), longlink=True, addresses=("b:1",), sources=("DNS",)
        ),
        T0,
    )
    assert [(each.address, each.rank) for each in model.addresses.rows()] == [
        ("b:1", 0),
        ("a:1", None),
    ]


def test_policies_are_kept_as_they_decide():
    model = play(
        TimeoutsChanged(
            at=T0, level=NetworkQuality.BAD, mobile=True, first_package=18.0, package_package=12.0,
            read_write=30.0,
        ),
        WeakChanged(at=T0, weak=True, reason=WeakReason.CONNECT_RTT, seconds=5.0),
        FrequencyRefused(at=T0, task_id=1, cmdid=3, cgi="", count=106, gap=0.1),
        FlowRefused(at=T0, task_id=2, cmdid=3, cgi="/up", size=9, used=80, volume=81),
        NetCheckDue(at=T0, longlink=True, good=2),
    )  # fmt: skip
    limits = model.limits
    assert (limits.level, limits.mobile, limits.first_package) == ("bad", True, 18.0)
    assert (limits.weak, limits.weak_reason, limits.weak_since) == (True, "connect_rtt", T0)
    assert [(each.limiter, each.name, each.amount) for each in limits.refusals] == [
        ("frequency", "cmdid 3", 106),
        ("flow", "/up", 9),
    ]
    assert limits.good_long == 2


def test_traffic_is_counted_by_kind_and_cgi():
    model = play(
        TrafficReported(at=T0, kind=NetworkKind.WIFI, sent=10, received=20),
        TrafficReported(at=T0, kind=NetworkKind.WIFI, sent=1, received=2),
        TrafficReported(at=T0, kind=NetworkKind.MOBILE, sent=5, received=5),
        ended(T0, 1),
        ended(T0, 2, cgi=""),
    )
    assert (model.traffic.by_kind["wifi"].sent, model.traffic.by_kind["wifi"].received) == (11, 22)
    assert model.traffic.by_kind["mobile"].total == 10
    assert model.traffic.by_cgi["/send"].total == model.traffic.by_cgi["cmdid 7"].total == 1200


def test_signals_of_the_system_are_listed():
    model = play(
        NetworkChanged(at=T0, kind=NetworkKind.NONE, label="", generation=1),
        ActiveChanged(at=T0 + 1, foreground=False, active=True),
        CaptivePortal(at=T0 + 2, found=True),
        Woke(at=T0 + 3, seconds=30.0),
    )
    assert [(each.kind, each.value) for each in model.signals.latest] == [
        ("network", "none"),
        ("active", "behind"),
        ("portal", "found"),
        ("woke", ""),
    ]
    assert not model.signals.online


def test_every_event_of_netcore_has_a_room_in_the_log():
    assert [each.__name__ for each in kinds() if each.__name__ not in ROOM_OF] == []


class Nasty:
    """Everything one does with it fails."""

    def __str__(self):
        raise RuntimeError("no")

    __repr__ = __str__


ODD = [
    b"\xff\xfe\x00odd",
    "\ud800 lone \x00\x1b[31m \u202e turned",
    "x" * 1_000_000,
    float("nan"),
    float("inf"),
    -1e308,
    10**400,
    None,
    [],
    ["a", b"\xff", None, float("nan")] * 1000,
    {"a": 1},
    -1,
    2**80,
    Nasty(),
    object(),
    True,
]


def odd_event(kind: type[Event], rng: random.Random) -> Event:
    values = {each.name: rng.choice(ODD) for each in fields(kind)}
    for name in rng.sample(sorted(values), rng.randint(0, len(values))):
        values[name] = {"at": T0, "link": "default-longlink", "race": 1}.get(name, values[name])
    return kind(**values)


@pytest.mark.parametrize("seed", range(8))
def test_odd_values_in_any_field_break_nothing(seed: int):
    rng = random.Random(seed)
    model = play(up(T0), *beat(T0 + 1, 0.04))
    for _ in range(25):
        for kind in kinds():
            model.take(odd_event(kind, rng), T0 + 2)
    assert model.taken == 25 * len(kinds()) + 3
    # What is shown is printable and finite, whatever came.
    for line in model.log.lines:
        assert line.words.isprintable()
        assert len(line.words) <= 400
        assert line.name.isprintable()
        assert math.isfinite(line.at)
    for link in model.links.records.values():
        assert (link.name + link.reason + link.detail + link.host + link.ip).isprintable()
        assert math.isfinite(link.ping(T0 + 9).rtt)
        assert math.isfinite(link.figures(T0 + 9).median)
    for record in model.tasks.records.values():
        assert record.name.isprintable()
        for _, start, end in record.spans(T0 + 3):
            assert math.isfinite(start)
            assert math.isfinite(end)
    # And it goes on.
    model.take(up(T0 + 10), T0 + 10)
    assert model.links.records["default-longlink"].up


def test_an_event_of_an_unknown_kind_stands_in_the_log():
    @dataclass(frozen=True, slots=True, kw_only=True)
    class Novelty(Event):
        what: str

    model = play(Novelty(at=T0, what="so"))
    line = model.log.lines[-1]
    assert (line.name, line.room, line.words) == ("Novelty", "other", "what=so")


def test_an_event_of_another_time_counts_as_now():
    model = PanelModel()
    model.take(up(T0 - 10 * 86_400), T0)
    assert model.link.changed_at == T0


def test_the_log_gives_what_is_new_and_still_there():
    model = PanelModel()
    for _ in range(LINES + 10):
        model.take(up(T0), T0)
    assert len(model.log.lines) == LINES
    assert [each.serial for each in model.log.since(LINES + 7)] == [
        LINES + 8,
        LINES + 9,
        LINES + 10,
    ]
    assert len(model.log.since(0)) == LINES
    assert model.log.since(model.log.total) == []


def size_of(value, seen=None) -> int:
    """How many objects hang on this one."""
    seen = set() if seen is None else seen
    if id(value) in seen or isinstance(value, (type, Enum)) or callable(value):
        return 0
    seen.add(id(value))
    count = 1
    if isinstance(value, dict):
        count += sum(size_of(each, seen) for each in value.values())
    elif isinstance(value, (list, tuple, set)) or type(value).__name__ == "deque":
        count += sum(size_of(each, seen) for each in value)
    elif is_dataclass(value):
        count += sum(size_of(getattr(value, each.name), seen) for each in fields(value))
    elif type(value).__module__.startswith("app."):
        names = list(getattr(value, "__dict__", ())) or list(getattr(value, "__slots__", ()))
        count += sum(size_of(getattr(value, name, None), seen) for name in names)
    return count


def test_what_is_kept_stops_growing():
    from tests.support.panel_traffic import Traffic

    clock = ManualClock(wall=T0)
    traffic, model = Traffic(clock.wall), PanelModel()
    sizes = []
    for _ in range(4):
        for _ in range(15_000):
            clock.advance(1 / 60)
            model.take(next(traffic), clock.wall())
        sizes.append(size_of(model))
    assert model.odd == 0
    assert sizes[3] <= sizes[1] * 1.05


async def test_a_snapshot_gives_the_state_at_opening():
    core = NetCore(Settings(longlink_hosts=("im.example",), longlink_ports=(8081,)))
    core.network_changed(NetworkKind.MOBILE, "roaming")
    model = PanelModel()
    model.load(core.snapshot(), T0, core_now=0.0)
    assert (model.signals.kind, model.signals.label) == ("mobile", "roaming")
    assert model.limits.level == "evaluating"
    assert model.limits.mobile
    assert model.limits.flow_in_force
    assert model.limits.first_package > 0
    assert "mobile" in model.traffic.by_kind
