"""What the policies promise whatever happens."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from netcore.policy.dynamic import DynamicTimeout, NetworkQuality
from netcore.policy.flow import FlowLimit
from netcore.policy.frequency import FrequencyLimit
from netcore.policy.netcheck import NetCheck
from netcore.policy.timeouts import Timeouts
from netcore.policy.weak import WeakNetwork
from netcore.policy.zombie import Zombies

HOUR = 3600.0
gaps = st.floats(0.0, 1000.0)


def test_a_client_gone_mad_sends_a_few_hundred_equal_requests_a_day():
    """Every second the same request, for a day: 105 in the first hour, 6 in each further one."""
    limit = FrequencyLimit(0.0)
    through = sum(limit.refused(3, "/x", b"same", float(now)) is None for now in range(24 * 3600))
    assert through == 105 + 23 * 6


@settings(deadline=None)
@given(st.lists(st.tuples(gaps, st.integers(0, 40)), max_size=400))
def test_the_frequency_limit_never_remembers_more_than_30(requests):
    limit = FrequencyLimit(0.0)
    now = 0.0
    for gap, body in requests:
        now += gap
        record = limit.refused(3, "", bytes([body]), now)
        assert record is None or record.count > 105
        assert len(limit.records) <= 30
        assert limit.records[-1].last == now


@settings(deadline=None)
@given(st.lists(st.tuples(gaps, st.integers(0, 200 * 2**20), st.booleans()), max_size=100))
def test_the_funnel_lets_through_no_more_than_its_volume_and_what_ran_dry(bodies):
    flow = FlowLimit(0.0, active=True)
    now, sent = 0.0, 0
    for gap, size, active in bodies:
        now += gap
        flow.on_active(active, now)
        if flow.passes(size, now):
            sent += size
        assert 0.0 <= flow.used(now) <= flow.volume
    # at most what it holds, twice for the room made on becoming inactive, and 80 MiB an hour
    rooms = 20 * 2**20 * sum(not active for _, _, active in bodies)
    assert sent <= flow.volume + rooms + now * 80 * 2**20 / HOUR + 1


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(gaps, st.sampled_from(["good", "slow", "large", "failed", "reset"])),
        max_size=300,
    )
)
def test_the_level_says_when_it_changed(events):
    policy = DynamicTimeout()
    now = 0.0
    for gap, event in events:
        now += gap
        before = policy.level
        if event == "failed":
            changed = policy.on_failure(now)
            assert policy.level is not NetworkQuality.EXCELLENT
        elif event == "reset":
            policy.reset(mobile=False)
            assert policy.level is NetworkQuality.EVALUATING
            continue
        else:
            size = 5000 if event == "large" else 100
            changed = policy.on_answer(size, 9.0 if event == "slow" else 0.1, now)
        assert changed is (policy.level is not before)


@settings(deadline=None)
@given(
    st.sampled_from(NetworkQuality),
    st.booleans(),
    st.integers(0, 2**30),
    st.integers(0, 1000),
    st.floats(0.0, 120.0),
)
def test_time_outs_are_bounded(level, mobile, size, sent, cost):
    policy = Timeouts()
    policy.use(level, mobile=mobile)
    first, read_write = policy.of(size, sent, cost)
    assert first >= 7.0 or cost > 0
    assert first < read_write
    if not cost:
        assert first <= (30.0 + 5 * 3.0 if mobile else 22.0 + 5 * 1.5)


@settings(deadline=None)
@given(st.lists(st.tuples(gaps, st.booleans(), st.booleans()), max_size=400))
def test_a_diagnosis_is_due_once_an_hour_at_most(results):
    check = NetCheck()
    now, last = 0.0, float("-inf")
    for gap, ok, longlink in results:
        now += gap
        if ok:
            check.on_good(longlink=longlink)
        elif check.on_bad(now, longlink=longlink):
            assert now - last >= HOUR
            assert check.good(longlink=longlink) < 3
            last = now


def happen(network: WeakNetwork, event: str, seconds: float, now: float) -> bool:
    if event == "connect":
        return network.on_connect(True, seconds, int(seconds) % 2, now)
    if event == "none":
        return network.on_connect(False, 0.0, -1, now)
    if event == "package":
        return network.on_package(True, seconds, now)
    if event == "answer":
        return network.on_answer(seconds, now)
    if event == "failure":
        return network.on_failure(int(seconds) % 2, now)
    return network.on_foreground(event == "front", now)


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            gaps,
            st.sampled_from(["connect", "none", "package", "answer", "failure", "front", "behind"]),
            st.floats(0.0, 10.0),
        ),
        max_size=200,
    )
)
def test_a_weak_network_is_weak_for_a_reason_and_not_for_ever(events):
    network = WeakNetwork(0.0, foreground=True)
    now = 0.0
    for gap, event, seconds in events:
        now += gap
        network.poll(now)
        before = network.weak
        changed = happen(network, event, seconds, now)
        assert changed is (network.weak is not before)
        assert not network.weak or network.foreground
        assert not network.weak or now <= network.due <= now + 60.0


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            gaps,
            st.sampled_from(["rest", "wake", "poll", "start", "remove"]),
            st.integers(1, 5),
            st.floats(0.0, 600.0),
        ),
        max_size=200,
    )
)
def test_every_zombie_is_revived_or_ended_or_taken_back_once(events):
    policy: Zombies[int] = Zombies(0.0)
    now = 0.0
    parked: dict[int, float] = {}  # the deadlines of those that must be there
    for number, (gap, event, task_id, left) in enumerate(events):
        now += gap
        if event == "rest":
            task = task_id * 1000 + number
            if policy.rest(task, task, task_id, now + left, now):
                parked[task] = now + left
        elif event == "start":
            policy.started(now)
        elif event == "remove" and parked:
            task, _ = parked.popitem()
            assert policy.remove(task) == task
        elif event in ("wake", "poll"):
            woken = policy.wake(now) if event == "wake" else policy.poll(now)
            for each in woken.revived:
                assert now < parked.pop(each.item)
            for each in woken.ended:
                assert now >= parked.pop(each.item)
            assert event == "poll" or not parked
        assert set(policy.parked) == set(parked)
        assert policy.due <= min(parked.values(), default=float("inf"))
