import pytest

from app.diagnostics.failure_detector import FAILURES, PAUSE, SPAN, SendFailureDetector
from netcore.errors import ErrorType, LocalCode, SocketCode, TimeoutCode

FAILED = (ErrorType.NET_MSG_XP, TimeoutCode.FIRST_PACKAGE)


def offers(*ends):
    """``ends``: (seconds, error type, code) of one request after another."""
    trouble = SendFailureDetector()
    return [trouble.on_end(kind, code, at) for at, kind, code in ends]


def test_the_third_failure_in_a_row_over_some_seconds_is_an_offer():
    assert offers((0, *FAILED), (SPAN / 2, *FAILED), (SPAN, *FAILED)) == [False, False, True]


def test_one_break_that_fails_many_at_once_is_none():
    assert not any(offers(*[(0.1 * n, *FAILED) for n in range(20)]))


@pytest.mark.parametrize("kind", [ErrorType.OK, ErrorType.SERVER, ErrorType.EN_DECODE])
def test_an_answer_counts_from_zero_again(kind):
    ends = [(0, *FAILED), (9, *FAILED), (10, kind, 0), (20, *FAILED), (21, *FAILED)]
    assert not any(offers(*ends))


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (ErrorType.CANCELED, SocketCode.USER_BREAK),
        (ErrorType.LOCAL, LocalCode.CANCEL),
        (ErrorType.LOCAL, LocalCode.FREQUENCY_LIMIT),
    ],
)
def test_what_we_ended_ourselves_means_nothing(kind, code):
    assert not any(offers(*[(10.0 * n, kind, code) for n in range(10)]))


def test_no_network_is_a_failure():
    lost = (ErrorType.LOCAL, LocalCode.NO_NET)
    assert offers(*[(10.0 * n, *lost) for n in range(FAILURES)])[-1]


def test_the_offer_is_not_made_again_too_soon():
    found = offers(*[(10.0 * n, *FAILED) for n in range(int(PAUSE / 10) + 4)])
    assert sum(found) == 2
    assert found.index(True) == 2
