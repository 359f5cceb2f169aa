"""The sample chat: what Mars's own sample clients speak, as its server answers it (samples/Server).

Every connection is in all topics. A message is pushed to every other connection that speaks this
protocol, and it is a message of the public conversation of the topic's name for Phobos's users,
whose messages there reach the sample's clients in turn. What differs from the sample's server is in
docs/protocol.md.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import time
from collections.abc import Callable
from typing import NamedTuple, TypeVar

from google.protobuf.message import DecodeError, Message

from app.chat.proto import sample_pb2 as sample
from app.chat.protocol import GUEST_MARK, MAX_NAME, MAX_TEXT, PushCommand, SampleCommand
from app.chat.visible import is_blank
from app.server.conversations import Conversations
from app.server.database import is_full
from app.server.messages import Messages
from app.server.presence import Peer, Presence
from app.server.response import Done, Push
from app.server.settings import WRITES_WINDOW, Limits
from app.server.throttle import Throttle
from netcore.longlink.codec import PUSH_SEQ, Frame, encode

M = TypeVar("M", bound=Message)
_log = logging.getLogger("app.server.mars_sample")
OK = 0
FAILED = -1
_DUMPS = {"64KB": 64 * 1024, "128KB": 128 * 1024}  # what hello2 is asked for by its text


class Topic(NamedTuple):
    """A topic and what the list says of it."""

    id: str
    notice: str
    name: str = "Mars"


TOPICS = (Topic("0", "STN Discuss"), Topic("1", "Xlog Discuss"), Topic("2", "SDT Discuss"))
_IDS = frozenset(topic.id for topic in TOPICS)


class MarsSample:
    """Answers the sample's requests."""

    def __init__(
        self,
        conversations: Conversations,
        messages: Messages,
        presence: Presence,
        *,
        random_bytes: Callable[[int], bytes] = os.urandom,
        limits: Limits | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._messages = messages
        self._presence = presence
        self._random_bytes = random_bytes
        self._clock = clock
        limits = limits or Limits()
        self._writes = Throttle(limits.writes, WRITES_WINDOW)
        self._requests = Throttle(limits.requests, WRITES_WINDOW)
        for topic in TOPICS:
            conversations.ensure_public(topic.id, topic.notice)

    def handle(self, command: SampleCommand, host: str, peer: Peer | None, body: bytes) -> Done:
        """Answer a request that came from ``host``, over the short link where ``peer`` is None.

        Raises DecodeError for a list request that does not parse; the other requests have a way to
        say so.
        """
        if command is SampleCommand.SEND:
            return self._send(host, peer, body)
        if command is SampleCommand.CONVERSATIONS:
            return self._list(body)
        return self._hello(command, host, peer, body)

    def _hello(self, command: SampleCommand, host: str, peer: Peer | None, body: bytes) -> Done:
        problem = ""
        try:
            request = _parsed(sample.HelloRequest, body)
        except DecodeError:
            problem = "the request does not parse"
        else:
            wait = self._requests.attempt(host, self._clock())
            if wait > 0:
                problem = f"too many requests: wait {wait:.1f} s"
        if problem:
            answer = sample.HelloResponse(retcode=FAILED, errmsg=problem)
            return Done(answer.SerializeToString())
        if peer is not None:
            peer.guest_name = shown_name(request.user[:MAX_NAME])
        if command is SampleCommand.HELLO:
            answer = sample.HelloResponse(
                retcode=OK, errmsg="congratulations, " + request.user[:MAX_NAME]
            )
        else:
            answer = sample.HelloResponse(retcode=OK, errmsg="hello mars")
            if request.text in _DUMPS:
                answer.dump_content = self._random_bytes(_DUMPS[request.text])
        return Done(answer.SerializeToString())

    def _list(self, body: bytes) -> Done:
        if _parsed(sample.ListRequest, body).type != 0:
            return Done(None)
        answer = sample.ListResponse()
        for topic in TOPICS:
            answer.list.add(topic=topic.id, notice=topic.notice, name=topic.name)
        return Done(answer.SerializeToString())

    def _send(self, host: str, peer: Peer | None, body: bytes) -> Done:
        try:
            request = _parsed(sample.SendRequest, body)
            problem = _problem(request) or self._too_many(host)
        except DecodeError:
            request = sample.SendRequest()
            problem = "the request does not parse"
        sender: str = getattr(request, "from")[:MAX_NAME]
        pushes: list[Push] = []
        if not problem:
            try:
                pushes = self._keep(request, sender, host, peer)
            except sqlite3.Error as error:
                if is_full(error):
                    _log.error("a guest's message is not kept: the disk is full")
                    problem = "the server's disk is full"
                else:
                    _log.error("a guest's message could not be kept", exc_info=error)
                    problem = "the server could not keep the message"
        answer = sample.SendResponse(
            err_code=FAILED if problem else OK,
            err_msg=problem or "congratulations, " + sender,
            text="" if problem else request.text,
            topic="" if problem else request.topic,
            **{"from": sender},
        )
        return Done(answer.SerializeToString(), pushes)

    def _too_many(self, host: str) -> str:
        wait = self._writes.attempt(host, self._clock())
        return f"too many messages: wait {wait:.1f} s" if wait > 0 else ""

    def _keep(
        self, request: sample.SendRequest, sender: str, host: str, peer: Peer | None
    ) -> list[Push]:
        message = self._messages.add_guest(
            request.topic, request.text, sender=GUEST_MARK + shown_name(sender)
        )
        if peer is not None:
            peer.guest_name = shown_name(sender)
        frame = encode(Frame(PushCommand.MESSAGE, PUSH_SEQ, message.SerializeToString()))
        pushes = self.pushes(request.topic, request.text, sender, host, peer)
        known = (each for each in self._presence.known() if each is not peer)
        return pushes + [Push(each, frame) for each in known]

    def pushes(
        self, topic: str, text: str, sender: str, host: str = "", peer: Peer | None = None
    ) -> list[Push]:
        """A message for every connection of the sample's protocol but its sender's.

        Over the short link nothing names the sender's long link; taken for it is one of the same
        host that has called itself by the same name.
        """
        body = sample.TopicMessage(topic=topic, content=text, **{"from": sender})
        frame = encode(Frame(SampleCommand.PUSH, PUSH_SEQ, body.SerializeToString()))

        def is_sender(each: Peer) -> bool:
            if peer is not None:
                return each is peer
            return each.host == host and each.guest_name == shown_name(sender)

        return [Push(each, frame) for each in self._presence.guests() if not is_sender(each)]


def is_topic(conversation_id: str) -> bool:
    """Whether a conversation is one of the sample's topics."""
    return conversation_id in _IDS


def shown_name(name: str) -> str:
    """What a guest calls itself, made fit to be shown."""
    shown = "".join(each if each.isprintable() else " " for each in name)
    return " ".join(shown.split())[: MAX_NAME - len(GUEST_MARK)].strip() or "guest"


def _parsed(kind: type[M], body: bytes) -> M:
    """Raises DecodeError, for missing fields too: not every protobuf runtime looks for them.

    A proto2 string is not parsed as UTF-8: one that is none comes out as bytes, or raises when it
    is read, so each is read here.
    """
    made = kind.FromString(body)
    if not made.IsInitialized():
        raise DecodeError("required fields are missing")
    try:
        strings = [value for kept, value in made.ListFields() if kept.type == kept.TYPE_STRING]
    except UnicodeDecodeError as error:
        raise DecodeError("a string is not UTF-8") from error
    if not all(isinstance(value, str) for value in strings):
        raise DecodeError("a string is not UTF-8")
    return made


def _problem(request: sample.SendRequest) -> str:
    if request.topic not in _IDS:
        return "there is no such topic"
    if len(request.text) > MAX_TEXT:
        return f"the message is longer than {MAX_TEXT} characters"
    if is_blank(request.text):
        return "the message is empty"
    return ""
