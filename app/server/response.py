"""What becomes of a request: an answer with what it makes others hear, now or a little later."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from google.protobuf.message import Message

from app.chat.protocol import PushCommand
from app.server.presence import Peer
from netcore.longlink.codec import PUSH_SEQ, Frame, encode


class Push(NamedTuple):
    """A whole frame for a connected client."""

    peer: Peer
    frame: bytes


def push_frame(command: PushCommand, body: Message) -> bytes:
    """The frame of a push of Phobos's."""
    return encode(Frame(command, PUSH_SEQ, body.SerializeToString()))


@dataclass(frozen=True, slots=True)
class Done:
    """``body`` goes back to who asked, where there is an answer at all; ``pushes`` go to others."""

    body: bytes | None
    pushes: list[Push] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Later:
    """``job`` is slow: run it in a worker thread and call ``then`` with its result.

    ``then`` is called on the loop's thread. Call ``failed`` instead where the job raised, or could
    not be run. Neither raises.
    """

    job: Callable[[], Any]
    then: Callable[[Any], Done]
    failed: Callable[[Exception], Done]


@dataclass(frozen=True, slots=True)
class Held:
    """There is nothing to say yet: call ``again`` when ``join``'s argument was called, or in time.

    ``join`` gives what is to be called when the waiting is over, however it ends.
    """

    seconds: float
    join: Callable[[Callable[[], None]], Callable[[], None]]
    again: Callable[[], Done]


Outcome = Done | Later
