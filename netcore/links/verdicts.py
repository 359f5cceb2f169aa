"""What becomes of a task when its answer is here, on both kinds of link.

The application's ``buf2resp`` says what an answer is worth (``TaskFailHandleType`` in
``mars/stn/stn.h``). One table for both links:

=================  ============  ==============================================================
it says            verdict       then
=================  ============  ==============================================================
NO_ERROR           ANSWERED      the task ends well
SILENT_TASK_END    SILENT        it ends, and ``on_task_end`` is not called
TASK_END           FAILED        it ends with EN_DECODE and the answer's code
SESSION_TIMEOUT,   RETRY_ALL     all running tasks of its user are sent again, on new connections
RETRY_ALL_TASKS
anything else      UNDECODABLE   the attempt failed, and the address is blamed: the long link's
                                 running tasks all, and the link is cut; the short link's one
=================  ============  ==============================================================

A kept answer (:mod:`netcore.policy.intercept`) that is not NO_ERROR or SILENT_TASK_END is FAILED:
it says nothing of the link, and trying again would only get it again.
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from netcore.callbacks import Callbacks, Decoded
from netcore.errors import FailHandle
from netcore.links.context import Context
from netcore.links.contract import LinkPolicies
from netcore.links.pending_task import PendingTask
from netcore.task import Channel

_FAILED = Decoded(FailHandle.TASK_END, -1)  # what a decoder that raises is taken to mean


class AnswerVerdict(Enum):
    """What is done about an answer. See the module's docstring."""

    ANSWERED = "answered"
    SILENT = "silent"
    FAILED = "failed"
    RETRY_ALL = "retry all"
    UNDECODABLE = "undecodable"


_TABLE = {
    FailHandle.NO_ERROR: AnswerVerdict.ANSWERED,
    FailHandle.SILENT_TASK_END: AnswerVerdict.SILENT,
    FailHandle.TASK_END: AnswerVerdict.FAILED,
    FailHandle.SESSION_TIMEOUT: AnswerVerdict.RETRY_ALL,
    FailHandle.RETRY_ALL_TASKS: AnswerVerdict.RETRY_ALL,
}


def verdict_on(handle: FailHandle, *, kept: bool = False) -> AnswerVerdict:
    """The table's word on an answer, ``kept`` or the server's own."""
    verdict = _TABLE.get(handle, AnswerVerdict.UNDECODABLE)
    if kept and verdict in (AnswerVerdict.RETRY_ALL, AnswerVerdict.UNDECODABLE):
        return AnswerVerdict.FAILED
    return verdict


class Judged(NamedTuple):
    """What is done about an answer, and the application's own words for it."""

    verdict: AnswerVerdict
    handle: FailHandle
    code: int


class AnswerJudge:
    """Asks the application about the answers that come over one link."""

    def __init__(self, context: Context, policies: LinkPolicies, channel: Channel) -> None:
        self._context = context
        self._policies = policies
        self._channel = channel
        # A callback left at its default is not called at all: this is the hot path.
        self.asks = type(context.callbacks).buf2resp is not Callbacks.buf2resp

    def judge(self, pending: PendingTask, body: bytes, *, kept: bool = False) -> Judged:
        """Ask about one answer; the entry's attempt gets the times.

        The application may stop the task meanwhile: see whether it is still there.
        """
        context, attempt, task = self._context, pending.attempt, pending.task
        attempt.decode_start = context.clock.now()
        handle, code, task.server_sequence_id = context.ask(
            context.callbacks.buf2resp, _FAILED, task, body, self._channel
        )
        attempt.decode_end = context.clock.now()
        self._policies.intercept(task, code, body, attempt.decode_end)
        return Judged(verdict_on(handle, kept=kept), handle, code)
