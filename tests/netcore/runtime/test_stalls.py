"""Whether a loop stands still, judged in virtual time."""

import pytest

from netcore.errors import ConfigError
from netcore.runtime.stalls import Sign, StallSettings, StallWatch

SETTINGS = StallSettings(period=1.0, stall=1.0, hang=10.0)


def watch_loop(answers_after, *, until=60.0, settings=SETTINGS, jumps=()):
    """The signs seen of a loop that answers each question ``answers_after(time)`` s later."""
    watch = StallWatch(settings)
    now, answer_at, signs = 0.0, None, []
    jumps = dict(jumps)
    while now < until:
        answered = answer_at if answer_at is not None and answer_at <= now else None
        if answered is not None:
            answer_at = None
        look = watch.look(now, answered_at=answered)
        if look.sign is not Sign.NOTHING:
            signs.append((round(now, 2), look.sign, round(look.seconds, 2)))
        if not watch.waiting and answered is None:
            watch.asked(now)
            answer_at = now + answers_after(now)
        step = look.wait
        if watch.waiting and answer_at is not None:
            step = min(step, max(0.0, answer_at - now))
        for at, length in tuple(jumps.items()):
            if now <= at < now + step:
                step += length
                answer_at = None if answer_at is None else max(answer_at, now + step)
                del jumps[at]
        now += step
    return signs


def test_a_loop_that_answers_gives_no_sign():
    assert watch_loop(lambda now: 0.001, until=3600.0) == []


def test_a_stall_is_noticed_once_and_its_length_is_said_at_its_end():
    signs = watch_loop(lambda now: 3.5 if 4.5 < now < 5.5 else 0.0, until=20.0)
    assert [sign for _, sign, _ in signs] == [Sign.STALLED, Sign.ENDED]
    (_, _, noticed), (_, _, length) = signs
    assert noticed == pytest.approx(1.0)
    assert length == 3.5


def test_a_long_stall_counts_as_hung_once():
    signs = watch_loop(lambda now: 45.0 if now < 1.0 else 0.0, until=60.0)
    assert [sign for _, sign, _ in signs] == [Sign.STALLED, Sign.HUNG, Sign.ENDED]
    assert signs[1][2] == pytest.approx(10.0)
    assert signs[2][2] == 45.0


def test_a_loop_that_never_answers_is_reported_and_not_repeated():
    signs = watch_loop(lambda now: 1e9, until=600.0)
    assert [sign for _, sign, _ in signs] == [Sign.STALLED, Sign.HUNG]


def test_under_the_mark_nothing_is_said():
    assert watch_loop(lambda now: 0.99, until=60.0) == []


def test_a_sleep_of_the_machine_is_no_stall():
    # The watcher itself comes eight hours late: nothing ran, so the loop has done no wrong.
    assert watch_loop(lambda now: 0.0, until=40_000.0, jumps=[(10.0, 28_800.0)]) == []
    waiting = watch_loop(lambda now: 0.9, until=40_000.0, jumps=[(10.5, 28_800.0)])
    assert [sign for _, sign, _ in waiting] in ([], [Sign.STALLED, Sign.ENDED])


@pytest.mark.parametrize(
    "wrong", [{"period": 0.0}, {"stall": 0.0}, {"stall": 5.0, "hang": 5.0}, {"hang": -1.0}]
)
def test_marks_that_cannot_be_used_are_refused(wrong):
    with pytest.raises(ConfigError, match="watchdog"):
        StallSettings(**wrong)
