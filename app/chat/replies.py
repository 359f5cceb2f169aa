"""What a message answers: a Content of the type "reply", made and read.

The quote travels with the answer, so it can be shown where the message itself is not on the device.
What a peer sends is cut to what is shown; what cannot be read is no reply.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from google.protobuf.message import DecodeError

from app.chat.model import Message
from app.chat.proto import chat_pb2 as pb
from app.chat.visible import is_blank, one_line

TYPE = "reply"
VERSION = 1
MAX_EXCERPT = 200  # characters
MAX_NAME = 65  # characters: a name of 64 and a guest's mark
_MAX_SEQ = 2**62


@dataclass(frozen=True, slots=True)
class Quote:
    """The message that is answered: its number, who wrote it, and how it begins."""

    seq: int
    sender: str
    excerpt: str


def quote_of(message: Message) -> Quote | None:
    """What a message may be quoted as; None for one that has no number yet."""
    if message.seq is None:
        return None
    return Quote(message.seq, message.sender, _excerpt(message.text))


def reply_content(quote: Quote) -> bytes:
    """The serialized Content of an answer."""
    body = pb.Reply(seq=quote.seq, sender=quote.sender, excerpt=quote.excerpt)
    return pb.Content(type=TYPE, version=VERSION, body=body.SerializeToString()).SerializeToString()


@lru_cache(maxsize=1024)
def answered(content: bytes) -> Quote | None:
    """What a message with this content answers; None where it is no reply that we know."""
    if not content:
        return None
    found, body = pb.Content(), pb.Reply()
    try:
        found.ParseFromString(content)
        if found.type != TYPE or found.version != VERSION:
            return None
        body.ParseFromString(found.body)
    except DecodeError:
        return None
    sender = one_line(body.sender[:MAX_NAME]).strip()
    if not 0 < body.seq < _MAX_SEQ or is_blank(sender):
        return None
    return Quote(body.seq, sender, _excerpt(body.excerpt))


def _excerpt(text: str) -> str:
    return one_line(" ".join(text[: 4 * MAX_EXCERPT].split()))[:MAX_EXCERPT]
