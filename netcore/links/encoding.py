"""What is asked before a task is sent and about its answer, for both kinds of link.

``MakesureAuthed``, ``Req2Buf`` and ``Buf2Resp`` of ``mars/stn/stn_logic.h``.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from netcore.callbacks import Callbacks, Decoded, EncodeError
from netcore.errors import ErrorType, FailHandle, LocalCode
from netcore.links.context import Context
from netcore.links.contract import Engine
from netcore.links.pending_task import PendingTask
from netcore.task import Channel, Task

_log = logging.getLogger("netcore.task")
_FAILED = Decoded(FailHandle.TASK_END, -1)  # what a decoder that raises is taken to mean


class Preparation:
    """Makes tasks ready to be sent by one link.

    ``waits(pending)`` tells whether a task still waits there: a callback may have stopped it.
    ``fail(entry, error_type, code)`` ends one that must not go.
    """

    def __init__(
        self,
        context: Context,
        engine: Engine,
        channel: Channel,
        *,
        waits: Callable[[PendingTask], bool],
        fail: Callable[[PendingTask, ErrorType, int], None],
    ) -> None:
        self._context = context
        self._engine = engine
        self._channel = channel
        self._waits = waits
        self._fail = fail
        # A callback left at its default is not called at all: this is the hot path.
        self._encodes = type(context.callbacks).req2buf is not Callbacks.req2buf

    def authed(self, task: Task, hosts: Sequence[str]) -> bool:
        """Whether the task's user is logged in."""
        host = hosts[0] if hosts else ""
        return self._context.ask(
            self._context.callbacks.make_sure_authed, False, host, task.user_id
        )

    def body(self, pending: PendingTask, hosts: Sequence[str], now: float) -> bytes | None:
        """The body to send, once the limiters have let the task pass; None if it must not go."""
        task = pending.task
        body = task.body
        if self._encodes:
            failure: EncodeError | None = None
            try:
                body = encode(self._context, task, self._channel, hosts[0] if hosts else "")
            except EncodeError as error:
                failure = error
            if not self._waits(pending):  # the callback stopped it
                return None
            if failure is not None:
                pending.failure = failure
                self._fail(pending, ErrorType.EN_DECODE, failure.code)
                return None
        if not pending.checked:
            if not self._engine.passes_limits(task, body, now):
                self._fail(pending, ErrorType.LOCAL, LocalCode.ANTI_AVALANCHE)
                return None
            pending.checked = True
        pending.body = body
        return body


def encode(context: Context, task: Task, channel: Channel, host: str) -> bytes:
    """The body to send; raises EncodeError, also for whatever else the callback raises.

    Each attempt has a ``client_sequence_id`` of its own, to be found again at the server.
    """
    task.client_sequence_id = context.rng.randrange(1, 0x10000)  # GenSequenceId
    try:
        return context.callbacks.req2buf(task, channel, host)
    except EncodeError:
        raise
    except Exception as error:
        _log.exception("req2buf failed for %s", task.cgi or task.cmdid)
        raise EncodeError(str(error) or type(error).__name__) from error


def decode(
    context: Context, pending: PendingTask, body: bytes, channel: Channel
) -> tuple[FailHandle, int]:
    """The verdict on an answer and its code; notes in the entry how long that took."""
    attempt, task = pending.attempt, pending.task
    attempt.decode_start = context.clock.now()
    handle, code, task.server_sequence_id = context.ask(
        context.callbacks.buf2resp, _FAILED, task, body, channel
    )
    attempt.decode_end = context.clock.now()
    return handle, code
