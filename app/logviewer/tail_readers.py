"""The growing ends of logs: what comes to a file, and to the memory buffer of its writer.

A writer goes on with the newest of its logs, so of several logs of one writer that one alone is
read with the buffer; a :class:`xlog.buffer_reader.Seam` that they share keeps what was shown from
the buffer from being shown again out of a file. A buffer that was opened without a log (its writer
has not written out yet) waits for the log that it goes to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from app.logviewer.sources import (
    LogSource,
    buffer_among,
    buffer_of,
    buffers_beside,
    logs_beside,
    place_of,
    successors_of,
)
from xlog.buffer_reader import Seam, is_staged, live_text
from xlog.findings import Finding
from xlog.follow import Follower
from xlog.keys import KeyRing
from xlog.reader import Block


class Tail:
    """One log that is followed, with the memory buffer of its writer where it has one.

    ``file`` is its number in the store, ``start`` how far the log was read.
    """

    def __init__(
        self,
        file: int,
        source: LogSource,
        keys: KeyRing,
        *,
        start: int = 0,
        buffer: Path | None = None,
        seam: Seam | None = None,
    ) -> None:
        self.file = file
        self.source = source
        self.told = ""  # the code of the problem that was told last
        self.quiet = False  # whether the file had nothing new at the latest poll
        self.seam = seam if seam is not None else Seam()
        self.staged = buffer if buffer is not None and is_staged(buffer) else None
        self._keys = keys
        self._log: Path | None = Path(source.path)
        mars = None if self.staged is not None else buffer
        # A last block that was not whole is read again when it is.
        self._follower = Follower(source.path, keys, buffer=mars, start=start)

    def poll(self) -> Iterator[Block | Finding]:
        """What is new in the file; raises :class:`xlog.errors.SourceError`."""
        items = self._follower.poll()
        self.quiet = not items
        for item in items:
            if isinstance(item, Block):
                yield replace(item, data=self.seam.from_file(item.data))
            else:
                yield item

    def poll_buffer(self) -> bytes:
        """What is new in a staged buffer."""
        if self.staged is None or not self.quiet:
            return b""
        text = live_text(self.staged, self._keys)
        return b"" if text is None else self.seam.from_buffer(text)

    def next_logs(self) -> list[Path]:
        """The logs that the writer has begun since, or goes on with now."""
        return [] if self._log is None else successors_of(self._log)

    def goes_on_in(self, file: int, source: LogSource) -> Tail:
        """The tail of the log that comes after this one: the buffer is read with that from now."""
        buffer, self.staged = self.staged, None
        return Tail(file, source, self._keys, buffer=buffer, seam=self.seam)


class BufferTail(Tail):
    """A staged buffer opened by itself, and the log that it is written out to.

    ``shown`` is the text that was taken from the buffer already. The rows of the log stay with the
    buffer's.
    """

    def __init__(self, file: int, source: LogSource, keys: KeyRing, shown: bytes) -> None:
        buffer = Path(source.path)
        super().__init__(file, source, keys, buffer=buffer)
        self.seam.from_buffer(shown)
        self._log = _log_of(buffer)
        if self._log is not None:
            self._follower = Follower(self._log, keys, from_end=True)

    def poll(self) -> Iterator[Block | Finding]:
        """See :meth:`Tail.poll`; nothing as long as there is no log."""
        if self._log is None and self.staged is not None:
            self._log = _log_of(self.staged)
            if self._log is not None:
                self._follower = Follower(self._log, self._keys)
        if self._log is None:
            self.quiet = True
            return iter(())
        return super().poll()


def _log_of(buffer: Path) -> Path | None:
    """The newest log that the writer of a buffer has written, if there is one."""
    logs = [log for log in logs_beside(buffer) if buffer_of(log) == buffer]
    return max(logs, key=place_of, default=None)


def tails_of(
    sources: Sequence[LogSource],
    positions: Mapping[int, int],
    texts: Mapping[int, bytes],
    keys: KeyRing,
) -> list[Tail]:
    """The tails of logs that were read up to ``positions``, and of buffers whose ``texts`` were.

    Both are by the number of the source; what is in neither does not grow.
    """
    own = {Path(source.path) for source in sources}
    beside: dict[Path, list[Path]] = {}  # a folder may have thousands of logs: looked at once
    buffers: dict[int, Path] = {}
    newest: dict[Path, int] = {}
    for file in positions:
        source = sources[file]
        path = Path(source.path)
        if path.parent not in beside:
            beside[path.parent] = buffers_beside(path)
        buffer = Path(source.buffer) if source.buffer else buffer_among(path, beside[path.parent])
        if buffer is None or buffer in own:
            continue
        buffers[file] = buffer
        other = newest.setdefault(buffer, file)
        if place_of(Path(sources[other].path)) < place_of(Path(source.path)):
            newest[buffer] = file
    seams = {buffer: Seam() for buffer in newest}
    tails: list[Tail] = []
    for file, start in positions.items():
        buffer = buffers.get(file)
        seam = None if buffer is None else seams[buffer]
        mine = buffer if buffer is not None and newest[buffer] == file else None
        tails.append(Tail(file, sources[file], keys, start=start, buffer=mine, seam=seam))
    return tails + [BufferTail(file, sources[file], keys, text) for file, text in texts.items()]
