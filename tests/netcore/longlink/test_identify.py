"""The identify check."""

from __future__ import annotations

from netcore.callbacks import Identify, IdentifyMode
from netcore.longlink.identify import IdentifyCheck


def test_never_settles_the_check_at_once():
    check = IdentifyCheck()
    assert check.next(lambda: Identify(IdentifyMode.NEVER)) is None
    assert check.settled


def test_next_asks_again_at_the_next_heartbeat():
    check = IdentifyCheck()
    assert check.next(lambda: Identify(IdentifyMode.NEXT)) is None
    assert check.next(lambda: Identify(IdentifyMode.NOW, 26, b"who")) == (26, b"who")


def test_a_good_answer_settles_and_a_bad_one_opens_it_again():
    check = IdentifyCheck()
    ask = lambda: Identify(IdentifyMode.NOW, 26, b"who", b"hash")  # noqa: E731
    check.next(ask)
    assert (check.sent_seq, check.hash) == (0xFFFFFFFE, b"hash")
    check.answered(False)
    assert check.sent_seq == 0  # what comes now answers nothing
    assert check.next(ask) is not None
    check.answered(True)
    assert check.next(ask) is None
    check.reset()
    assert (check.sent_seq, check.hash, check.settled) == (0, b"", False)
    assert check.next(ask) is not None
    check.reset()
    assert (check.sent_seq, check.hash) == (0, b"")


def test_a_minor_long_link_marks_its_check():
    check = IdentifyCheck(minor=True)
    assert check.next(lambda: Identify(IdentifyMode.NOW, 26, b"")) == (0xFF00001A, b"")
