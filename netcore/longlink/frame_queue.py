"""Frames on their way into one wire: written together, held back while the socket is full."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from netcore.links.wire import Wire

WRITE_CHUNK = 64 * 1024  # bytes handed to the transport before asking whether it is full


class FrameQueue:
    """The packed frames that wait, in order; ``wrote(size)`` is told of bytes handed over.

    As Mars writes all that is pending by one ``writev``, all frames of one turn of the loop leave
    in one write (several, of 64 KiB at least, when they are many).
    """

    __slots__ = ("_frames", "_paused", "_transport", "_wrote")

    def __init__(self, wrote: Callable[[int], None]) -> None:
        self._wrote = wrote
        self._frames: list[tuple[int, bytes]] = []
        self._paused = False
        self._transport: asyncio.Transport | None = None

    @property
    def busy(self) -> bool:
        """Whether frames wait, or would have to."""
        return bool(self._frames) or self._paused

    def open(self, wire: Wire) -> None:
        """Write into this wire from now on."""
        self._transport = wire.transport
        self._frames.clear()
        self._paused = False

    def close(self) -> None:
        """There is no wire: forget all."""
        self._transport = None
        self._frames.clear()

    def put(self, task_id: int, data: bytes) -> None:
        """Queue a frame."""
        self._frames.append((task_id, data))

    def take_back(self, task_id: int) -> bool:
        """Take a queued frame back; whether it was there."""
        for index, (queued, _) in enumerate(self._frames):
            if queued == task_id:
                del self._frames[index]
                return True
        return False

    def flush(self) -> None:
        """Write what is queued, as far as the socket takes it."""
        frames, transport = self._frames, self._transport
        if not frames or transport is None or self._paused:
            return
        if len(frames) == 1:
            data = frames[0][1]
            frames.clear()
            transport.write(data)
            self._wrote(len(data))
            return
        start = written = 0
        while start < len(frames) and not self._paused and self._transport is transport:
            size = 0
            end = start
            while end < len(frames) and size < WRITE_CHUNK:
                size += len(frames[end][1])
                end += 1
            transport.write(b"".join([data for _, data in frames[start:end]]))
            written += size
            start = end
        if start == len(frames):
            frames.clear()
        else:
            del frames[:start]
        self._wrote(written)

    def pause(self, paused: bool) -> list[int]:
        """The socket is full, or takes bytes again: the tasks whose held frames went out then."""
        self._paused = paused
        if paused or self._transport is None:
            return []
        held = [task_id for task_id, _ in self._frames]
        self.flush()
        left = {task_id for task_id, _ in self._frames}
        return [task_id for task_id in held if task_id not in left]
