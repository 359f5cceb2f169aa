"""Requests of both links and both protocols to their answers, sans-I/O.

A frame or an HTTP body goes in; an :class:`~app.server.response.Outcome` comes out. Whatever a
request holds, it ends in an answer with a code. An exception is a fault of the server's own, and
:meth:`app.server.connection.ClientConnection.guard` is where it ends.
"""

from __future__ import annotations

import logging
import math
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from typing import Any

from google.protobuf.message import DecodeError

from app.chat.proto import chat_pb2 as pb
from app.chat.protocol import PATHS, SAMPLE_PATHS, Command, SampleCommand
from app.server.accounts import Accounts
from app.server.chat import Caller, Chat, Reply, Slow, Wait
from app.server.database import is_full
from app.server.errors import RefusedError
from app.server.mars_sample import MarsSample
from app.server.presence import Peer
from app.server.response import Done, Held, Later, Outcome
from netcore.longlink.codec import Frame

BATCH_BYTES = 64 * 1024
FULL_WAIT = 30.0  # seconds until a client asks again when the disk is full
_log = logging.getLogger("app.server.service")

_COMMANDS = {int(command): command for command in Command}
_PHOBOS = range(0x1000, 0x2000)  # Phobos's command ids, those of later versions too
_SAMPLE = {
    int(each): each for each in (SampleCommand.HELLO, SampleCommand.HELLO_2, SampleCommand.SEND)
}


class NotFoundError(Exception):
    """The short link has nothing under that path."""


class BadBodyError(Exception):
    """An HTTP body is not what its path takes, and its protocol has no way to say so."""


class Service:
    """The server's one door. ``wall`` is the wall clock in seconds since the epoch."""

    def __init__(
        self,
        accounts: Accounts,
        chat: Chat,
        sample: MarsSample,
        *,
        wall: Callable[[], float],
        batch: Callable[[], AbstractContextManager[None]],
    ) -> None:
        self._accounts = accounts
        self._chat = chat
        self._sample = sample
        self._wall = wall
        self._batch = batch

    def frames(self, peer: Peer, frames: Iterable[Frame]) -> list[tuple[Frame, Outcome]]:
        """Answer frames; what they write reaches the disk together, before anybody hears of it.

        A frame is taken from ``frames`` when its turn comes; none after one that takes longer, or
        after ``BATCH_BYTES`` of answers.
        """
        found: list[tuple[Frame, Outcome]] = []
        size = 0
        try:
            with self._batch():
                for frame in frames:
                    outcome = self.frame(peer, frame)
                    found.append((frame, outcome))
                    if isinstance(outcome, Later):
                        break
                    size += len(outcome.body or b"")
                    if size > BATCH_BYTES:  # let the client take it first
                        break
        except sqlite3.Error as error:
            return [(frame, self._unkept(frame, outcome, error)) for frame, outcome in found]
        return found

    def _unkept(self, frame: Frame, outcome: Outcome, error: sqlite3.Error) -> Outcome:
        """What becomes of a frame whose batch did not reach the disk."""
        if isinstance(outcome, Later) or frame.cmdid == SampleCommand.NOOP:
            return outcome
        return self._failed(error) if frame.cmdid in _PHOBOS else Done(None)

    def frame(self, peer: Peer, frame: Frame) -> Outcome:
        """Answer a frame of a long link; the answer carries its command id and sequence number."""
        cmdid, _, body = frame
        if cmdid == SampleCommand.NOOP:
            return Done(body)
        if cmdid in _PHOBOS:
            peer.speaks_phobos = True
            command = _COMMANDS.get(cmdid)
            if command is None:
                _log.info("%s asked for the unknown command %#x", peer.host, cmdid)
                return self._refused(RefusedError(pb.NOT_SUPPORTED, f"command {cmdid:#x}"))
            caller = Caller(peer.host, peer, peer.log_in)
            outcome = self._phobos(command, lambda: caller, body)
            return outcome.again() if isinstance(outcome, Held) else outcome
        known = _SAMPLE.get(cmdid)
        if known is None or not body:
            # As the sample's server: no answer. Its list is served over the short link alone.
            _log.debug("%s sent command %d with %d bytes: ignored", peer.host, cmdid, len(body))
            return Done(None)
        return self._sample.handle(known, peer.host, peer, body)

    def http(self, path: str, host: str, token: str, body: bytes) -> Outcome | Held:
        """Answer a POST of the short link; ``token`` is its bearer's, "" where it names none.

        Raises :class:`NotFoundError` and :class:`BadBodyError`.
        """
        if path in SAMPLE_PATHS:
            try:
                return self._sample.handle(SAMPLE_PATHS[path], host, None, body)
            except DecodeError:
                raise BadBodyError("the request does not parse") from None
        if path not in PATHS:
            raise NotFoundError(path)

        def caller() -> Caller:
            if not token:
                return Caller(host, None, None)
            log_in = self._accounts.log_in_of(token)
            if log_in is None:
                raise RefusedError(pb.SESSION_EXPIRED)
            return Caller(host, None, log_in)

        return self._phobos(PATHS[path], caller, body)

    # -- Phobos's answers -----------------------------------------------------------------------

    def _phobos(
        self, command: Command, caller: Callable[[], Caller], body: bytes
    ) -> Outcome | Held:
        try:
            reply = self._chat.handle(command, caller(), body)
        except Exception as error:
            return self._failed(error)
        if isinstance(reply, Slow):
            return self._later(reply)
        if isinstance(reply, Wait):
            return self._held(reply, command, caller, body)
        if reply.silent:
            return Done(None, reply.pushes)
        return self._done(reply)

    def _held(
        self, wait: Wait, command: Command, caller: Callable[[], Caller], body: bytes
    ) -> Held:
        polls = self._chat.polls

        def join(wake: Callable[[], None]) -> Callable[[], None]:
            peer = polls.join(wait.log_in, caller().host, wake)
            return lambda: polls.leave(wait.log_in, peer)

        def again() -> Done:
            try:
                reply = self._chat.handle(command, caller(), body)
            except Exception as error:  # the log-in may have been ended meanwhile
                return self._failed(error)
            assert not isinstance(reply, Slow)
            return self._done(reply.reply if isinstance(reply, Wait) else reply)

        return Held(wait.seconds, join, again)

    def _later(self, slow: Slow) -> Later:
        def then(result: Any) -> Done:
            try:
                return self._done(slow.then(result))
            except Exception as error:
                return self._failed(error)

        def failed(error: Exception) -> Done:
            slow.undo()
            return self._failed(error)

        return Later(slow.job, then, failed)

    def _done(self, reply: Reply) -> Done:
        if isinstance(reply.result, RefusedError):
            return Done(self._refused(reply.result).body, reply.pushes)
        answer = pb.Answer(
            code=pb.OK,
            result=reply.result.SerializeToString(),
            server_time_ms=self._now_ms(),
        )
        return Done(answer.SerializeToString(), reply.pushes)

    def _failed(self, error: Exception) -> Done:
        if isinstance(error, RefusedError):
            return self._refused(error)
        if isinstance(error, DecodeError):
            return self._refused(RefusedError(pb.BAD_REQUEST, "the request does not parse"))
        if is_full(error):
            _log.error("a request is put off: the disk of the data folder is full")
            return self._refused(
                RefusedError(pb.SERVER_FULL, "the server's disk is full", retry_after=FULL_WAIT)
            )
        _log.error("a request failed", exc_info=error)
        return self._refused(RefusedError(pb.SERVER_ERROR, "see the server's log"))

    def _refused(self, refusal: RefusedError) -> Done:
        answer = pb.Answer(
            code=refusal.code,
            detail=str(refusal),
            retry_after=math.ceil(refusal.retry_after),
            server_time_ms=self._now_ms(),
        )
        return Done(answer.SerializeToString())

    def _now_ms(self) -> int:
        return int(self._wall() * 1000)
