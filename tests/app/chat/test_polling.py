"""When to wait for news over the short link, in virtual time."""

from __future__ import annotations

from app.chat.polling import LONGEST_WAIT, WAIT, Polling
from netcore.runtime.clock import NEVER


def wanted() -> Polling:
    polling = Polling()
    polling.want(True)
    return polling


def test_nothing_is_asked_unless_it_is_wanted() -> None:
    polling = Polling()
    assert not polling.take(0.0) and polling.deadline() == NEVER
    polling.want(True)
    assert polling.deadline() == 0.0 and polling.take(0.0)
    polling.want(False)
    assert polling.deadline() == NEVER


def test_one_request_at_a_time_and_the_next_as_soon_as_it_is_answered() -> None:
    polling = wanted()
    assert polling.take(0.0) and not polling.take(0.0) and polling.deadline() == NEVER
    polling.answered(0.2, news=True)
    assert polling.take(0.2)
    polling.answered(0.2 + WAIT, news=False)
    assert polling.take(0.2 + WAIT)


def test_a_server_that_keeps_nothing_back_is_asked_less_and_less() -> None:
    polling, now, waits = wanted(), 0.0, []
    for _ in range(7):
        assert polling.take(now)
        polling.answered(now + 0.1, news=False)
        waits.append(polling.deadline() - now - 0.1)
        now = polling.deadline()
    assert [round(each) for each in waits] == [5, 10, 20, 40, 60, 60, 60]
    polling.take(now)
    polling.answered(now, news=True)
    assert polling.take(now)


def test_failures_wait_longer_and_longer() -> None:
    polling, now, waits = wanted(), 0.0, []
    for _ in range(8):
        assert polling.take(now)
        polling.failed(now)
        waits.append(polling.deadline() - now)
        now = polling.deadline()
    assert waits[:3] == [1.0, 2.0, 4.0] and waits[-1] == LONGEST_WAIT
    polling.take(now)
    polling.failed(now, retry_after=99.0)
    assert polling.deadline() == now + 99.0
    polling.want(False)
    polling.want(True)
    assert polling.take(now)


def test_an_answer_after_the_link_is_back_counts_and_no_other_is_asked() -> None:
    polling = wanted()
    polling.take(0.0)
    polling.want(False)
    polling.answered(3.0, news=True)
    assert not polling.take(3.0)
