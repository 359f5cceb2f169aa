"""Takes in what a killed process left in its memory buffer, into the files, once.

Both layouts and Mars's own buffers. A kill may have come between the write to the file and the
clearing of the buffer, also in an earlier recovery: before anything is written, the files are asked
whether it is there. A staged region says where (its intent). A block of layout "mars" has no
place for that: the newest files are searched for its body.
"""

from __future__ import annotations

import contextlib
import os
import time
import zlib
from collections.abc import Callable
from enum import Enum
from pathlib import Path

from xlog import key_cache, staging
from xlog.blocks import BlockMaker, undone
from xlog.buffer import with_end_hour
from xlog.errors import FormatError
from xlog.files import LogFiles, parse_name, truncate
from xlog.format import END_HOUR_OFFSET, HEADER_SIZE, LENGTH_OFFSET, MAGICS, parse_header
from xlog.mapping import Mapping

BEGIN = b"~~~~~ begin of mmap ~~~~~\n"
END = b"~~~~~ end of mmap ~~~~~"
_SEARCHED_FILES = 3
_SEARCHED_BYTES = 8 << 20


class RecoveryOutcome(Enum):
    """What became of a left-over buffer."""

    EMPTY = "empty"
    """There was nothing in it."""
    TAKEN = "taken in"
    """All of it is in the files now, and the buffer is clear."""
    ASIDE = "set aside"
    """It cannot be read here; it has another name now and the mapping is closed."""


Mark = Callable[[], bytes]


def recover(
    mapping: Mapping, maker: BlockMaker, files: LogFiles, *, now: float, mark: Mark
) -> RecoveryOutcome:
    """Empty ``mapping``; raises OSError where the files cannot be written, then nothing is lost.

    ``mark`` gives process, thread and time for the closing line.
    """
    data = bytes(mapping.memory)
    if not any(data):
        return RecoveryOutcome.EMPTY
    if staging.is_stage(data):
        return _recover_stage(data, mapping, maker, files, now, mark)
    if data[0] in MAGICS:
        return _recover_block(data, mapping, maker, files, now, mark)
    if data[0] == 0:
        mapping.clear()  # a kill while it was being cleared or begun
        return RecoveryOutcome.EMPTY
    return _set_aside(mapping, files, now)


def _recover_stage(
    data: bytes, mapping: Mapping, maker: BlockMaker, files: LogFiles, now: float, mark: Mark
) -> RecoveryOutcome:
    assert mapping.path is not None
    try:
        left = staging.parse(data)
    except FormatError:
        return _set_aside(mapping, files, now)
    key = key_cache.find(mapping.path, left.client_key) if left.kind.is_crypt else None
    waiting = []
    for region in left.regions:
        at = staging.region_offset(region.place, left.region_size)
        if region.intent is not None and is_written(region.intent, files):
            staging.clear_region(mapping.memory, at)
        else:
            waiting.append((at, region))
    if waiting and left.kind.is_crypt and (key is None or not left.fits(key)):
        return _set_aside(mapping, files, now)
    hour = time.localtime(now).tm_hour
    for number, (at, region) in enumerate(waiting, 1):
        text = left.text(region, key)
        if number == 1:
            text = BEGIN + text
        if number == len(waiting):
            text += END + mark() + b"\n"
        _write(maker.stream(text, region.begin_hour % 24, hour), at, mapping, files, now)
        staging.clear_region(mapping.memory, at)
        files.settle()
    mapping.clear()
    key_cache.forget(mapping.path)
    return RecoveryOutcome.TAKEN if left.regions else RecoveryOutcome.EMPTY


def _write(block: bytes, at: int, mapping: Mapping, files: LogFiles, now: float) -> None:
    def intending(cached: bool, name: str, offset: int) -> None:
        intent = staging.Intent.of(block, cached=cached, name=name, offset=offset)
        staging.set_intent(mapping.memory, at, intent)

    try:
        files.append(block, now, intending, move=False)
    except OSError:
        staging.clear_intent(mapping.memory, at)
        raise


def is_written(intent: staging.Intent, files: LogFiles) -> bool:
    """Whether the bytes of ``intent`` stand whole in a file; cuts off a part of them.

    A file of the cache folder may have been moved since: then its target is asked.
    """
    folders = files.folders[::-1] if intent.cached else files.folders
    for folder in folders:
        path = folder / intent.name
        with contextlib.suppress(OSError):
            size = path.stat().st_size
            if folder == folders[0] and intent.offset < size < intent.offset + intent.length:
                truncate(path, intent.offset)
                return False
            with path.open("rb") as file:
                file.seek(intent.offset)
                if zlib.crc32(file.read(intent.length)) == intent.crc:
                    return True
    return False


def _recover_block(
    data: bytes, mapping: Mapping, maker: BlockMaker, files: LogFiles, now: float, mark: Mark
) -> RecoveryOutcome:
    data = undone(data)
    length = min(parse_header(data).length, len(data) - HEADER_SIZE - 1)
    hour = time.localtime(now).tm_hour
    block = with_end_hour(data[: HEADER_SIZE + length] + b"\0", hour)
    taken = length > 0
    if taken and not _stands_in(block, files):
        begin = maker.note(BEGIN, hour)
        files.append(
            begin + block + maker.note(END + mark() + b"\n", hour),
            now,
            lambda cached, name, offset: None,
            move=False,
        )
    mapping.clear()
    files.settle()
    return RecoveryOutcome.TAKEN if taken else RecoveryOutcome.EMPTY


def _stands_in(block: bytes, files: LogFiles) -> bool:
    """Whether one of the newest files has ``block``, whatever its end hour; cuts off a part."""
    for path in _newest(files):
        with contextlib.suppress(OSError), path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            start = file.seek(max(0, size - _SEARCHED_BYTES))
            tail = file.read()
            at = tail.rfind(block[LENGTH_OFFSET : min(len(block), HEADER_SIZE + 64)])
            if at < LENGTH_OFFSET:
                # The part may be shorter than what was looked for.
                at = tail.rfind(block[LENGTH_OFFSET:HEADER_SIZE])
            at -= LENGTH_OFFSET
            if at < 0 or tail[at : at + END_HOUR_OFFSET] != block[:END_HOUR_OFFSET]:
                continue
            found = tail[at + LENGTH_OFFSET : at + len(block)]
            if found == block[LENGTH_OFFSET:]:
                return True
            if at + len(block) > len(tail) and block[LENGTH_OFFSET:].startswith(found):
                truncate(path, start + at)
    return False


def _newest(files: LogFiles) -> list[Path]:
    found = []
    for folder in files.folders:
        with contextlib.suppress(OSError):
            for path in folder.iterdir():
                parts = parse_name(path.name)
                if parts is not None and parts.prefix == files.prefix:
                    found.append((path.stat().st_mtime, path))
    return [path for _, path in sorted(found, reverse=True)[:_SEARCHED_FILES]]


def _set_aside(mapping: Mapping, files: LogFiles, now: float) -> RecoveryOutcome:
    assert mapping.path is not None
    name = f"{files.prefix}_{time.strftime('%Y%m%d_%H%M%S', time.localtime(now))}"
    suffix = mapping.path.suffix
    for number in range(1000):
        target = f"{name}{f'_{number}' if number else ''}{suffix}"
        if not mapping.path.with_name(target).exists():
            break
    key_cache.forget(mapping.path)
    mapping.set_aside(target)
    return RecoveryOutcome.ASIDE
