"""The long link's side of a client: frames in, answers and pushes out, in the order asked for.

Frames are worked on one after the other. While a password is with a worker thread, or the client
does not take its answers, the next ones wait and nothing more is read.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from functools import partial

from app.server.connection import SLICE, ClientConnection
from app.server.connections import Connections
from app.server.presence import Peer, Presence
from app.server.response import Done, Later
from app.server.service import Service
from netcore.errors import FrameError
from netcore.longlink.codec import Decoder, Frame, encode

FRAME_COST = 150  # bytes of memory for a frame beside its body


class LongLinkConnection(ClientConnection):
    """One long link."""

    link = "long link"

    def __init__(self, connections: Connections, service: Service, presence: Presence) -> None:
        super().__init__(connections)
        self._service = service
        self._presence = presence
        self._decoder = Decoder(max_package=self.limits.max_package)
        self._frames: deque[Frame] = deque()
        self._queued = 0  # bytes of those
        self._broken = ""  # why nothing after the frames in hand can be understood
        self._busy = False  # a worker thread has the frame before those
        self._scheduled = False
        self._heard = 0.0  # when the last byte came
        self._begun = 0.0  # when the first byte of the frame in hand came

    def opened(self) -> None:
        """From here on it is in the sample's topics."""
        self.peer = Peer(self.host, lambda data: self.guard(self.write, data))
        self._heard = self.loop.time()
        self._presence.add(self.peer)

    def closed(self) -> None:
        """It is reached no more."""
        self._frames.clear()
        self._queued = 0
        self._presence.remove(self.peer)

    def received(self, data: bytes) -> None:
        """Bytes, whatever the borders of the frames."""
        if self._broken:
            return
        self._heard = self.loop.time()
        fresh = not self._decoder.pending
        try:
            frames = self._decoder.feed(data)
        except FrameError as error:
            frames = list(error.frames)
            self._broken = str(error)
        if frames or fresh:
            self._begun = self._heard
        self._frames.extend(frames)
        self._queued += sum(FRAME_COST + len(frame.body) for frame in frames)
        self._work()
        self.watch()

    def finished(self) -> None:
        """Say so when a frame is not whole."""
        if self._decoder.pending and not self.closing:
            self.end("the client closed in the middle of a frame")

    def unfinished(self) -> int:
        """The frame that is not whole yet, and the frames that wait for their turn."""
        return self._decoder.pending + self._queued

    def deadline(self) -> tuple[float, str]:
        """Time-outs of a frame that is not whole yet, and of silence."""
        limits = self.limits
        if not self._decoder.pending:
            return self._heard + limits.idle_timeout, f"silent for {limits.idle_timeout:g} s"
        pause = self._heard + limits.frame_timeout
        whole = self._begun + limits.frame_total_timeout
        if pause <= whole:
            return pause, f"silent for {limits.frame_timeout:g} s in the middle of a frame"
        return whole, f"a frame is not whole after {limits.frame_total_timeout:g} s"

    def ready(self) -> None:
        """Go on."""
        self._work()

    def _work(self) -> None:
        self._scheduled = False
        for frame, outcome in self._service.frames(self.peer, self._slice()):
            if isinstance(outcome, Later):
                self._busy = True
                self.wait_for(outcome, partial(self._go_on, frame))
            else:
                self._tell(frame, outcome)
        if self.closing:
            return
        if not self._frames and self._broken and not self._busy:
            self.end(self._broken)
            return
        if self._frames and not (self._busy or self.stalled) and not self._scheduled:
            self._scheduled = True
            self.soon(self._work)
        self.listen(not (self._frames or self._busy))

    def _slice(self) -> Iterator[Frame]:
        """The frames of one turn, each when it is asked for."""
        left = SLICE
        while self._frames and left and not (self._busy or self.closing or self.stalled):
            left -= 1
            frame = self._frames.popleft()
            self._queued -= FRAME_COST + len(frame.body)
            yield frame

    def _go_on(self, frame: Frame, done: Done) -> None:
        self._busy = False
        self._tell(frame, done)
        self._work()
        self.watch()

    def _tell(self, frame: Frame, done: Done) -> None:
        if done.body is not None:
            self.write(encode(Frame(frame.cmdid, frame.seq, done.body)))
        for peer, data in done.pushes:
            peer.send(data)
