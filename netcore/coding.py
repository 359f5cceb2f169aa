"""Asks the application for a task's body and for its verdict on an answer, for both kinds of link.

``Req2Buf`` and ``Buf2Resp`` of ``mars/stn/stn_logic.h``.
"""

from __future__ import annotations

import logging

from netcore.callbacks import Decoded, EncodeError
from netcore.context import Context
from netcore.errors import FailHandle
from netcore.longlink.entry import Entry
from netcore.task import Channel, Task

_log = logging.getLogger("netcore.task")
_FAILED = Decoded(FailHandle.TASK_END, -1)  # what a decoder that raises is taken to mean


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


def decode(context: Context, entry: Entry, body: bytes, channel: Channel) -> tuple[FailHandle, int]:
    """The verdict on an answer and its code; notes in the entry how long that took."""
    attempt, task = entry.attempt, entry.task
    attempt.decode_start = context.clock.now()
    handle, code, task.server_sequence_id = context.ask(
        context.callbacks.buf2resp, _FAILED, task, body, channel
    )
    attempt.decode_end = context.clock.now()
    return handle, code
