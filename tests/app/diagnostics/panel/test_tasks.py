import pytest

from app.diagnostics.panel.model import PanelModel
from app.diagnostics.panel.tasks import ATTEMPTS, TASKS
from netcore.connect.endpoint import AddressSource
from netcore.core import NetCore
from netcore.engine.task_events import TaskMoved
from netcore.links.pending_task import TaskWritten
from netcore.policy.zombie import ZombieQueued, ZombieRevived
from netcore.settings import Settings
from netcore.shortlink.link import ShortlinkConnected
from netcore.task import Channel

from .scripts import T0, ended, part, play, retry, sent, started, up


def stages(model: PanelModel, now: float = T0 + 100) -> list[tuple[str, float, float]]:
    record = model.tasks.latest(1)[0]
    return [
        (stage, pytest.approx(start - T0, abs=1e-3), pytest.approx(end - T0, abs=1e-3))
        for stage, start, end in record.spans(now)
    ]


def test_a_long_link_task_waits_goes_out_and_is_answered():
    model = play(
        up(T0 - 50),
        started(T0),
        sent(T0 + 0.1, queue=0.1),
        TaskWritten(at=T0 + 0.15, task_id=1, link="x"),
        part(T0 + 0.5),
        part(T0 + 0.7),
        ended(T0 + 0.71),
    )
    assert stages(model) == [
        ("queue", 0.0, 0.1),
        ("send", 0.1, 0.15),
        ("wait", 0.15, 0.5),
        ("body", 0.5, 0.7),
    ]
    record = model.tasks.latest(1)[0]
    assert (record.state, record.sent, record.received) == ("done", 300, 900)
    assert record.cost(T0 + 999) == pytest.approx(0.71)


def test_an_answer_of_one_piece_is_placed_by_the_end():
    model = play(up(T0 - 50), started(T0), sent(T0), ended(T0 + 0.3, decode=0.1))
    assert stages(model) == [("wait", 0.0, 0.2)]


def test_waiting_for_the_link_is_connecting():
    model = play(started(T0), up(T0 + 2), sent(T0 + 2.1, queue=2.1))
    assert stages(model, T0 + 3) == [
        ("connect", 0.0, 2.0),
        ("queue", 2.0, 2.1),
        ("wait", 2.1, 3.0),
    ]


def test_a_short_link_task_connects_after_its_turn():
    connected = ShortlinkConnected(
        at=T0 + 0.4, task_id=1, host="im.example", ip="10.0.0.1",
        port=8080, source=AddressSource.DNS,
        proxy="", index=0, rtt=0.03, dns=0.0, connect=0.1, tls=0.2,
    )  # fmt: skip
    model = play(
        started(T0, channel=Channel.SHORT),
        connected,
        sent(T0 + 0.4, link="shortlink", queue=0.1),
        part(T0 + 0.6),
        ended(T0 + 0.6, channel=Channel.SHORT),
    )
    assert stages(model) == [("queue", 0.0, 0.1), ("connect", 0.1, 0.4), ("wait", 0.4, 0.6)]
    assert model.tasks.latest(1)[0].attempts[0].address == "10.0.0.1:8080"


def test_each_attempt_has_its_own_stages():
    model = play(
        up(T0 - 5),
        started(T0),
        sent(T0),
        retry(T0 + 12),
        sent(T0 + 13, attempt=2),
        ended(T0 + 14, ok=False),
    )
    assert stages(model) == [("wait", 0.0, 12.0), ("queue", 12.0, 13.0), ("wait", 13.0, 14.0)]
    record = model.tasks.latest(1)[0]
    assert [each.error for each in record.attempts] == ["socket -10090", "local -1"]
    assert (record.state, record.error) == ("failed", "local -1")
    assert model.tasks.retries == 1


def test_the_first_attempt_is_kept_when_there_are_many():
    events = [up(T0 - 5), started(T0)]
    for number in range(ATTEMPTS + 5):
        events += [sent(T0 + number), retry(T0 + number + 0.5)]
    record = play(*events).tasks.latest(1)[0]
    assert len(record.attempts) == ATTEMPTS
    assert record.attempts[0].queued == T0
    assert record.left_out == 6


def test_a_zombie_rests_and_comes_back_as_the_same_task():
    model = play(
        up(T0 - 5),
        started(T0),
        sent(T0),
        ZombieQueued(at=T0 + 5, task_id=1, cgi="/send", left=300.0),
    )
    record = model.tasks.latest(1)[0]
    assert record.state == "resting"
    assert model.limits.zombies[1].until == T0 + 305
    for event in (
        ZombieRevived(at=T0 + 65, task_id=1, cgi="/send", rested=60.0, left=240.0),
        started(T0 + 65),
        sent(T0 + 65.1, queue=0.1),
        ended(T0 + 65.5),
    ):
        model.take(event, event.at)
    assert model.tasks.latest(5) == [record]
    assert (record.state, record.started) == ("done", T0)
    assert not model.limits.zombies
    assert model.limits.revived == 1


def test_a_task_refused_at_once_is_shown_too():
    model = play(ended(T0, ok=False, cost=0.0, first_package=0.0, sent=0, received=0))
    record = model.tasks.latest(1)[0]
    assert (record.state, record.error) == ("failed", "local -1")
    assert not model.tasks.running


def test_the_same_id_again_ends_what_was():
    model = play(started(T0), started(T0 + 5))
    first, second = reversed(model.tasks.latest(2))
    assert first.over
    assert model.tasks.running[1] is second


def test_tasks_are_bounded_those_that_never_end_as_well():
    model = PanelModel()
    for number in range(TASKS + 500):
        model.take(started(T0, number + 1), T0)
    assert len(model.tasks.records) == TASKS
    assert len(model.tasks.running) == TASKS
    assert min(model.tasks.running) == 501


def test_events_of_a_task_that_began_before_are_left_alone():
    model = play(sent(T0, 9), part(T0, 9), retry(T0, 9))
    assert not model.tasks.records


def test_a_task_that_goes_over_to_another_link_makes_an_attempt_there():
    moved = TaskMoved(at=T0 + 12, task_id=1, cgi="/send", source="default-longlink", target="short")
    model = play(up(T0 - 5), started(T0), sent(T0), moved, sent(T0 + 12.1, link="short", queue=0.1))
    record = model.tasks.latest(1)[0]
    assert record.link == "short"
    assert stages(model, T0 + 13) == [
        ("wait", 0.0, 12.0),
        ("queue", 12.0, 12.1),
        ("wait", 12.1, 13.0),
    ]


async def test_a_task_that_the_snapshot_does_not_have_is_over():
    core = NetCore(Settings(longlink_hosts=("im.example",), longlink_ports=(8081,)))
    model = play(up(T0 - 5), started(T0, 1), sent(T0 + 1, 1, queue=1.0))
    model.load(core.snapshot(), T0 + 50)
    record = model.tasks.latest(1)[0]
    assert (record.state, record.ended, record.error) == ("failed", T0 + 1, "end unknown")
    assert not model.tasks.running
