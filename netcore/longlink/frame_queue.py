"""Frames on their way into one wire: written together, held back while the socket is full."""

from __future__ import annotations

import asyncio

WRITE_CHUNK = 64 * 1024  # bytes handed to the transport before asking whether it is full


class FrameQueue:
    """The packed frames that wait for one connection, in order.

    As Mars writes all that is pending by one ``writev``, all frames of one turn of the loop leave
    in one write (several, of 64 KiB at least, when they are many).
    """

    __slots__ = ("_frames", "_paused", "_transport")

    def __init__(self, transport: asyncio.Transport) -> None:
        self._frames: list[tuple[int, bytes]] = []  # each with its task's id
        self._paused = False
        self._transport: asyncio.Transport | None = transport

    @property
    def busy(self) -> bool:
        """Whether frames wait, or would have to."""
        return bool(self._frames) or self._paused

    def close(self) -> None:
        """The connection is gone: forget all."""
        self._transport = None
        self._frames.clear()

    def put(self, frames: list[tuple[int, bytes]]) -> None:
        """Queue frames, each with its task's id."""
        self._frames += frames

    def take_back(self, task_id: int) -> bool:
        """Take a queued frame back; whether it was there."""
        for index, (queued, _) in enumerate(self._frames):
            if queued == task_id:
                del self._frames[index]
                return True
        return False

    def flush(self, more: list[tuple[int, bytes]] | None = None) -> int:
        """Write what is queued, and ``more``, as far as the socket takes it; how many bytes."""
        frames, transport = self._frames, self._transport
        if more:
            frames += more
        if not frames or transport is None or self._paused:
            return 0
        if len(frames) == 1:
            data = frames[0][1]
            frames.clear()
            transport.write(data)
            return len(data)
        start = written = 0
        while start < len(frames) and not self._paused:
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
        return written

    def pause(self) -> None:
        """The socket is full."""
        self._paused = True

    def resume(self) -> tuple[list[int], int]:
        """The socket takes bytes again: the tasks whose held frames went out, and the bytes."""
        self._paused = False
        held = [task_id for task_id, _ in self._frames]
        written = self.flush()
        left = {task_id for task_id, _ in self._frames}
        return [task_id for task_id in held if task_id not in left], written
