"""What is asked before a task is sent, for both kinds of link.

``MakesureAuthed`` and ``Req2Buf`` of ``mars/stn/stn_logic.h``; the answer's side is in
:mod:`netcore.links.verdicts`.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Protocol

from netcore.callbacks import Callbacks, EncodeError
from netcore.errors import ErrorType, Failure, LocalCode
from netcore.links.context import Context
from netcore.links.contract import LinkPolicies
from netcore.links.pending_task import PendingTask
from netcore.task import Channel, Task

_log = logging.getLogger("netcore.task")


class WaitingTasks(Protocol):
    """The list that the tasks wait on."""

    def waits(self, pending: PendingTask) -> bool:
        """Whether this very task still waits there."""
        ...


class Preparation:
    """Makes the tasks of one link ready to be sent."""

    def __init__(
        self, context: Context, policies: LinkPolicies, channel: Channel, tasks: WaitingTasks
    ) -> None:
        self._context = context
        self._policies = policies
        self._channel = channel
        self._tasks = tasks
        # A callback left at its default is not called at all: this is the hot path.
        self._encodes = type(context.callbacks).req2buf is not Callbacks.req2buf

    def authed(self, task: Task, hosts: Sequence[str]) -> bool:
        """Whether the task's user is logged in."""
        host = hosts[0] if hosts else ""
        return self._context.ask(
            self._context.callbacks.make_sure_authed, False, host, task.user_id
        )

    def body(
        self, pending: PendingTask, hosts: Sequence[str], now: float
    ) -> bytes | Failure | None:
        """The body to send, once the limiters have let the task pass.

        A :class:`Failure` ends the task; None: a callback stopped it, and it is no longer here.
        """
        task = pending.task
        body = task.body
        if self._encodes:
            wrong: EncodeError | None = None
            try:
                body = encode(self._context, task, self._channel, hosts[0] if hosts else "")
            except EncodeError as error:
                wrong = error
            if not self._tasks.waits(pending):
                return None
            if wrong is not None:
                pending.cause = wrong
                return Failure(ErrorType.EN_DECODE, wrong.code)
        if not pending.checked:
            if not self._policies.passes_limits(task, body, now):
                return Failure.local(LocalCode.ANTI_AVALANCHE)
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
