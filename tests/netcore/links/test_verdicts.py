"""What becomes of a task when its answer is here: the one table of both links."""

from __future__ import annotations

import pytest

from netcore.errors import FailHandle
from netcore.links.verdicts import Verdict, verdict_on

SERVERS = {
    FailHandle.NO_ERROR: Verdict.ANSWERED,
    FailHandle.DEFAULT: Verdict.UNDECODABLE,
    FailHandle.RETRY_ALL_TASKS: Verdict.RETRY_ALL,
    FailHandle.SESSION_TIMEOUT: Verdict.RETRY_ALL,
    FailHandle.TASK_END: Verdict.FAILED,
    FailHandle.TASK_TIMEOUT: Verdict.UNDECODABLE,
    FailHandle.SILENT_TASK_END: Verdict.SILENT,
}


def test_every_word_of_a_decoder_has_its_verdict():
    assert set(SERVERS) == set(FailHandle)
    assert {each: verdict_on(each) for each in FailHandle} == SERVERS


@pytest.mark.parametrize("handle", list(FailHandle))
def test_an_answer_that_was_kept_is_never_asked_for_again(handle):
    kept = verdict_on(handle, kept=True)
    if SERVERS[handle] in (Verdict.ANSWERED, Verdict.SILENT):
        assert kept is SERVERS[handle]
    else:
        assert kept is Verdict.FAILED


def test_a_number_that_is_no_member_is_undecodable():
    assert verdict_on(-12345) is Verdict.UNDECODABLE  # type: ignore[arg-type]
    assert verdict_on(-13) is Verdict.RETRY_ALL  # type: ignore[arg-type]
