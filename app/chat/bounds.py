"""What a server may give, brought into range at the door, before anything looks at it.

Our own server gives nothing else; another one, or a fault, might. Texts that are too long are cut
(normalising, searching or painting 80 KB for a name holds the window up for seconds), numbers are
brought to their nearest good value, and an id that is too long is none. What is left to judge is
whether it makes sense (:mod:`app.chat.receiver`).
"""

from __future__ import annotations

from collections.abc import MutableSequence

from google.protobuf.message import Message

from app.chat.proto import chat_pb2 as pb
from app.chat.protocol import (
    MAX_CLIENT_ID,
    MAX_MEMBERS,
    MAX_NAME,
    MAX_PAGE,
    MAX_PIECE,
    MAX_TEXT,
    MAX_TITLE,
)

MAX_ID = 64  # characters of a conversation's or a server's id
MAX_TOKEN = 4096
MAX_EPOCH = 64  # bytes of a store's epoch
MAX_DETAIL = 200  # characters of a refusal's text, which is for the log
MAX_TIME_MS = 253_370_764_800_000  # the year 9999: Python's dates end with it, in every time zone
MAX_RETRY_AFTER = 3600.0  # seconds; a message never waits for longer than that


def bound(made: Message) -> None:
    """Bring all that a result or a push holds into range."""
    if isinstance(made, pb.MessageInfo):
        _bound_message(made)
    elif isinstance(made, pb.ConversationInfo):
        _bound_conversation(made)
    elif isinstance(made, pb.Synced):
        for conversation in made.conversations:
            _bound_conversation(conversation)
    elif isinstance(made, pb.Pulled):
        for message in made.messages:
            _bound_message(message)
    elif isinstance(made, pb.Sent):
        made.time_ms = _time(made.time_ms)
        made.epoch = made.epoch[:MAX_EPOCH]
        for number in made.released:
            number.client_id = _id(number.client_id, MAX_CLIENT_ID)
            number.time_ms = _time(number.time_ms)
    elif isinstance(made, pb.Uploaded):
        made.held = min(made.held, 2**62)
    elif isinstance(made, pb.Downloaded):
        made.data = made.data[:MAX_PIECE]
    elif isinstance(made, pb.Identified):
        made.name = made.name[:MAX_NAME]
        made.server_id = _id(made.server_id)
        made.epoch = made.epoch[:MAX_EPOCH]
    elif isinstance(made, pb.Found):
        _bound_names(made.names, MAX_PAGE)
    elif isinstance(made, pb.LoggedIn):
        made.name = made.name[:MAX_NAME]
        made.server_id = _id(made.server_id)
        made.token = _id(made.token, MAX_TOKEN)
        made.epoch = made.epoch[:MAX_EPOCH]


def retry_after(seconds: int) -> float:
    """How long to wait before asking again, at most an hour."""
    return min(float(seconds), MAX_RETRY_AFTER)


def _bound_message(info: pb.MessageInfo) -> None:
    info.conversation_id = _id(info.conversation_id)
    info.client_id = _id(info.client_id, MAX_CLIENT_ID)
    info.sender = info.sender[:MAX_NAME]
    info.text = info.text[:MAX_TEXT]
    info.time_ms = _time(info.time_ms)


def _bound_conversation(info: pb.ConversationInfo) -> None:
    info.id = _id(info.id)
    info.title = info.title[:MAX_TITLE]
    _bound_names(info.members, MAX_MEMBERS + 1)  # the asker's own is not counted by the server
    if info.HasField("last"):
        _bound_message(info.last)


def _bound_names(names: MutableSequence[str], most: int) -> None:
    kept = [name[:MAX_NAME] for name in names[:most]]
    if kept != names:
        del names[:]
        names.extend(kept)


def _id(text: str, most: int = MAX_ID) -> str:
    return text if len(text) <= most else ""


def _time(milliseconds: int) -> int:
    return min(max(milliseconds, 0), MAX_TIME_MS)
