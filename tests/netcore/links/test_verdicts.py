"""What becomes of a task when its answer is here: the one table of both links."""

from __future__ import annotations

import pytest

from netcore.errors import FailHandle
from netcore.links.verdicts import AnswerVerdict, verdict_on

SERVERS = {
    FailHandle.NO_ERROR: AnswerVerdict.ANSWERED,
    FailHandle.DEFAULT: AnswerVerdict.UNDECODABLE,
    FailHandle.RETRY_ALL_TASKS: AnswerVerdict.RETRY_ALL,
    FailHandle.SESSION_TIMEOUT: AnswerVerdict.RETRY_ALL,
    FailHandle.TASK_END: AnswerVerdict.FAILED,
    FailHandle.TASK_TIMEOUT: AnswerVerdict.UNDECODABLE,
    FailHandle.SILENT_TASK_END: AnswerVerdict.SILENT,
}


def test_every_word_of_a_decoder_has_its_verdict():
    assert set(SERVERS) == set(FailHandle)
    assert {each: verdict_on(each) for each in FailHandle} == SERVERS


@pytest.mark.parametrize("handle", list(FailHandle))
def test_an_answer_that_was_kept_is_never_asked_for_again(handle):
    kept = verdict_on(handle, kept=True)
    if SERVERS[handle] in (AnswerVerdict.ANSWERED, AnswerVerdict.SILENT):
        assert kept is SERVERS[handle]
    else:
        assert kept is AnswerVerdict.FAILED


def test_a_number_that_is_no_member_is_undecodable():
    assert verdict_on(-12345) is AnswerVerdict.UNDECODABLE  # type: ignore[arg-type]
    assert verdict_on(-13) is AnswerVerdict.RETRY_ALL  # type: ignore[arg-type]
