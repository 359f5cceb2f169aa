"""The long link's frames (``mars/stn/proto/longlink_packer.cc``), sans-I/O.

A frame is a head of five big-endian 32-bit numbers, then the body::

    head_length=20 | client_version | cmdid | seq | body_length | body ...

``seq`` is the task's id; 0 marks a push. The decoder refuses, with :class:`FrameError`, a frame of
another client version, a head length under 20 or over the limit, and a frame (head and body) over
1 MiB; after that the stream has no known frame border any more and the link must be closed.

:class:`Encoder` is what a long link asks of its codec; give :class:`LonglinkConfig` another one to
speak another head. :class:`MarsEncoder` is the default.

Public surface::

    Frame(cmdid, seq, body)
    encode(frame, client_version=200) -> bytes
    Decoder(client_version=200, max_package=1 MiB).feed(data) -> list[Frame]
    MarsEncoder(client_version=200, ...)
"""

from __future__ import annotations

import struct
from functools import partial
from typing import NamedTuple, Protocol

from netcore.errors import FrameError
from netcore.task import IDENTIFY_TASK_ID, NOOP_TASK_ID

HEAD = struct.Struct(">IIIII")
HEAD_LENGTH = HEAD.size
MAX_PACKAGE = 1024 * 1024  # bytes of head and body
CLIENT_VERSION = 200  # what Mars's sample server speaks

NOOP_CMDID = 6
SIGNALLING_CMDID = 243
PUSH_SEQ = 0

_pack = HEAD.pack
_unpack_from = HEAD.unpack_from


class Frame(NamedTuple):
    """One message on the long link."""

    cmdid: int
    seq: int
    body: bytes


_frame = partial(tuple.__new__, Frame)  # a frame of its parts, made faster than by its name


def encode(frame: Frame, client_version: int = CLIENT_VERSION) -> bytes:
    """The frame's bytes."""
    cmdid, seq, body = frame
    return _pack(HEAD_LENGTH, client_version, cmdid, seq, len(body)) + body


class FrameDecoder(Protocol):
    """Bytes in, frames out."""

    @property
    def pending(self) -> int:
        """Bytes held of a frame that is not whole yet."""
        ...

    @property
    def pending_head(self) -> tuple[int, int, int] | None:
        """(cmdid, seq, package length) of the frame that is not whole yet, once its head is."""
        ...

    def feed(self, data: bytes) -> list[Frame]:
        """The frames completed by ``data``; raises :class:`FrameError` on what is no frame."""
        ...


class Decoder:
    """Cuts a stream of bytes into frames, whatever the borders of the reads."""

    __slots__ = ("_buffer", "_client_version", "_max_package", "_need")

    def __init__(
        self, client_version: int = CLIENT_VERSION, max_package: int = MAX_PACKAGE
    ) -> None:
        self._client_version = client_version
        self._max_package = max_package
        self._buffer = bytearray()
        self._need = HEAD_LENGTH  # bytes until anything more can be said

    @property
    def pending(self) -> int:
        """Bytes held of a frame that is not whole yet."""
        return len(self._buffer)

    @property
    def pending_head(self) -> tuple[int, int, int] | None:
        """(cmdid, seq, package length) of the frame that is not whole yet, once its head is."""
        if len(self._buffer) < HEAD_LENGTH:
            return None
        head_length, _, cmdid, seq, body_length = _unpack_from(self._buffer)
        return cmdid, seq, head_length + body_length

    def feed(self, data: bytes) -> list[Frame]:
        """The frames completed by ``data``, in order.

        Raises :class:`FrameError` at bytes that are no frame; it carries the frames before them.
        """
        if type(data) is not bytes:  # Windows's loop hands on a bytearray before Python 3.12
            data = bytes(data)
        held = self._buffer
        if held:
            held += data
            if len(held) < self._need:  # a large body trickles in: do not copy it at each read
                return []
            data = bytes(held)
        frames: list[Frame] = []
        size = len(data)
        start = 0
        version = self._client_version
        need = HEAD_LENGTH
        while size - start >= HEAD_LENGTH:
            head_length, client_version, cmdid, seq, body_length = _unpack_from(data, start)
            package = head_length + body_length
            if (
                client_version != version
                or head_length < HEAD_LENGTH
                or package > self._max_package
            ):
                raise self._refusal(head_length, client_version, package, frames)
            if size - start < package:
                need = package
                break
            end = start + package
            frames.append(_frame((cmdid, seq, data[start + head_length : end])))
            start = end
        else:
            need = HEAD_LENGTH
        if start == size:
            if held:
                held.clear()
        elif held:
            del held[:start]
        else:
            held += memoryview(data)[start:]
        self._need = need
        return frames

    def _refusal(
        self, head_length: int, client_version: int, package: int, frames: list[Frame]
    ) -> FrameError:
        if client_version != self._client_version:
            text = (
                f"a frame of client version {client_version}, expected {self._client_version}: "
                "the peer speaks another protocol"
            )
        elif head_length < HEAD_LENGTH:
            text = f"a frame with a head of {head_length} bytes, at least {HEAD_LENGTH} expected"
        else:
            text = f"a frame of {package} bytes, over the limit of {self._max_package}"
        return FrameError(text, frames)


class Encoder(Protocol):
    """What a long link needs to know of its protocol (``LongLinkEncoder``)."""

    noop_cmdid: int
    signalling_cmdid: int
    noop_interval: float  # seconds; 0 leaves it to the smart heartbeat
    verify_connect: bool  # prove each raced connection by a noop before it may win

    def pack(self, cmdid: int, seq: int, body: bytes) -> bytes:
        """The bytes of one frame."""
        ...

    def decoder(self) -> FrameDecoder:
        """A decoder for one new connection."""
        ...

    def noop_body(self) -> bytes:
        """The body of a heartbeat."""
        ...

    def is_noop_answer(self, frame: Frame) -> bool:
        """Whether the frame answers a heartbeat."""
        ...

    def is_push(self, frame: Frame) -> bool:
        """Whether the frame was sent by the server on its own."""
        ...

    def is_identify_answer(self, sent_seq: int, frame: Frame) -> bool:
        """Whether the frame answers the identify check sent with ``sent_seq`` (0: none sent)."""
        ...


class MarsEncoder:
    """Mars's 20-byte head; subclass it to change a part."""

    noop_cmdid = NOOP_CMDID
    signalling_cmdid = SIGNALLING_CMDID

    def __init__(
        self,
        client_version: int = CLIENT_VERSION,
        *,
        max_package: int = MAX_PACKAGE,
        noop_interval: float = 0.0,
        verify_connect: bool = False,
    ) -> None:
        self.client_version = client_version
        self.max_package = max_package
        self.noop_interval = noop_interval
        self.verify_connect = verify_connect

    def pack(self, cmdid: int, seq: int, body: bytes) -> bytes:
        """The bytes of one frame."""
        return _pack(HEAD_LENGTH, self.client_version, cmdid, seq, len(body)) + body

    def decoder(self) -> FrameDecoder:
        """A decoder for one new connection."""
        return Decoder(self.client_version, self.max_package)

    def noop_body(self) -> bytes:
        """Nothing."""
        return b""

    def is_noop_answer(self, frame: Frame) -> bool:
        """Whether cmdid and seq are the noop's."""
        return frame.seq == NOOP_TASK_ID and frame.cmdid == self.noop_cmdid

    def is_push(self, frame: Frame) -> bool:
        """Whether seq is 0."""
        return frame.seq == PUSH_SEQ

    def is_identify_answer(self, sent_seq: int, frame: Frame) -> bool:
        """Whether the sequence number is the one sent."""
        return sent_seq != 0 and frame.seq == sent_seq == IDENTIFY_TASK_ID


def marks_as_mars(encoder: Encoder) -> bool:
    """Whether its heartbeats' answers and its pushes are known by Mars's sequence numbers."""
    kind = type(encoder)
    return (
        getattr(kind, "is_noop_answer", None) is MarsEncoder.is_noop_answer
        and getattr(kind, "is_push", None) is MarsEncoder.is_push
    )
