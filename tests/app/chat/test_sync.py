"""What is fetched and when, in virtual time."""

from __future__ import annotations

import pytest

from app.chat.store import MessageRange
from app.chat.sync import FAR, GAP_WAIT, LONGEST_WAIT, PARALLEL, Page, Phase, Step, Sync, missing
from netcore.runtime.clock import NEVER


def live() -> Sync:
    """One that has just fetched the list."""
    sync = Sync()
    sync.begin(0.0)
    (step,) = sync.take(0.0)
    sync.listed(step, 0.0, more=False)
    return sync


@pytest.mark.parametrize(
    ("span", "page"),
    [
        (MessageRange(0, 0, 0), None),
        (MessageRange(1, 7, 7), None),
        (MessageRange(1, 8, 7), None),
        (MessageRange(0, 0, 7), Page(before=8)),
        (MessageRange(1, 5, 7), Page(after=5)),
        (MessageRange(1, 5, 5 + FAR), Page(after=5)),
        (MessageRange(1, 5, 6 + FAR), Page(before=7 + FAR)),
    ],
)
def test_what_is_missing_is_asked_for(span, page) -> None:
    assert missing(span) == page


def test_the_list_is_fetched_page_by_page_then_the_messages() -> None:
    sync = Sync()
    assert sync.phase is Phase.RESTING and sync.take(0.0) == []
    sync.begin(0.0)
    (first,) = sync.take(0.0)
    assert first.conversation_id is None
    assert sync.take(0.0) == []
    sync.want("a", 0.0)
    sync.listed(first, 0.0, more=True)
    (second,) = sync.take(0.0)
    sync.listed(second, 0.0, more=False)
    assert not sync.settled
    (pull,) = sync.take(0.0)
    assert pull.conversation_id == "a"
    sync.pulled(pull, 0.0, more=True)
    (again,) = sync.take(0.0)
    sync.pulled(again, 0.0, more=False)
    assert sync.settled and sync.deadline() == NEVER


def test_a_gap_is_given_half_a_second_to_fill() -> None:
    sync = live()
    sync.want("a", 10.0, wait=GAP_WAIT)
    sync.want("a", 10.2, wait=GAP_WAIT)  # the first wish stands
    assert sync.take(10.0) == [] and sync.deadline() == 10.0 + GAP_WAIT
    assert [step.conversation_id for step in sync.take(10.5)] == ["a"]


def test_no_more_than_so_many_conversations_at_once() -> None:
    sync = live()
    for number in range(PARALLEL + 2):
        sync.want(f"c{number}", 0.0)
    steps = sync.take(0.0)
    assert len(steps) == PARALLEL and sync.take(0.0) == [] and sync.deadline() == NEVER
    sync.pulled(steps[0], 0.0, more=False)
    assert len(sync.take(0.0)) == 1


def test_a_conversation_is_never_fetched_twice_at_once() -> None:
    sync = live()
    sync.want("a", 0.0)
    (step,) = sync.take(0.0)
    sync.want("a", 0.0)
    assert sync.take(0.0) == [] and sync.deadline() == NEVER
    sync.pulled(step, 0.0, more=False)
    assert len(sync.take(0.0)) == 1


def test_failures_wait_longer_and_longer() -> None:
    sync = Sync()
    sync.begin(0.0)
    now, waits = 0.0, []
    for _ in range(8):
        (step,) = sync.take(now)
        sync.failed(step, now)
        waits.append(sync.deadline() - now)
        now = sync.deadline()
    assert waits[:3] == [1.0, 2.0, 4.0] and waits[-1] == LONGEST_WAIT
    (step,) = sync.take(now)
    sync.failed(step, now, retry_after=99.0)
    assert sync.deadline() == now + 99.0


def test_a_refusal_for_good_is_not_asked_again() -> None:
    sync = live()
    sync.want("a", 0.0)
    (step,) = sync.take(0.0)
    sync.failed(step, 0.0, permanent=True)
    assert sync.settled


def test_ends_of_an_earlier_connection_are_ignored() -> None:
    sync = live()
    sync.want("a", 0.0)
    (old,) = sync.take(0.0)
    sync.rest()
    assert sync.phase is Phase.RESTING and sync.take(0.0) == [] and sync.deadline() == NEVER
    sync.pulled(old, 0.0, more=True)
    sync.failed(old, 0.0)
    sync.begin(1.0)
    sync.listed(Step(old.generation), 1.0, more=False)
    assert sync.phase is Phase.LISTING
    (step,) = sync.take(1.0)
    sync.listed(step, 1.0, more=False)
    assert sync.settled
