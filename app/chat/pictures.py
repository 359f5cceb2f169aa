"""Pictures are decoded in a process of its own, with limits: they come from anybody.

:func:`describe` makes a thumbnail and takes out of a photo what says where it was taken. Pillow is
loaded in that process alone. A picture that is broken, larger than ``MAX_PIXELS``, or takes longer
than ``PATIENCE`` or more than ``MEMORY``, "cannot be shown": it stays a file like any other.
"""

from __future__ import annotations

import contextlib
import io
import logging
import multiprocessing
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NamedTuple

PATIENCE = 20.0  # seconds
MEMORY = 1536 * 1024 * 1024  # bytes of address space, where the system has such a limit
MAX_PIXELS = 100_000_000
THUMBNAIL = 480  # pixels of the longer side
BLUR = 24
_THUMBNAIL_BYTES = 24 * 1024
_BLUR_BYTES = 1024
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")
_log = logging.getLogger("app.chat.pictures")


class Picture(NamedTuple):
    """A picture's size as it is shown, a small JPEG of it, and a tiny one."""

    width: int
    height: int
    thumbnail: bytes
    blur: bytes


class Pixels(NamedTuple):
    """A decoded picture: RGBA, four bytes a pixel, without padding."""

    width: int
    height: int
    rgba: bytes


def describe(path: Path, *, keep_places: bool) -> Picture | None:
    """Look at a file; None where it is no picture that can be shown.

    Unless ``keep_places``, a photo with metadata is written again in place without them: its
    compressed pixels are as they were, and only how to turn it is kept. Blocks for
    :data:`PATIENCE` at most; raises OSError where the file cannot be read.
    """
    with path.open("rb") as file:
        head = file.read(16)
    if not _looks_like_picture(head):
        return None
    answer = _ask(_describe, str(path), keep_places)
    return answer if isinstance(answer, Picture) else None


def decode(source: Path | bytes, longest: int) -> Pixels | None:
    """The picture's pixels, the longer side ``longest`` at most; None: it cannot be shown.

    Blocks for :data:`PATIENCE` at most.
    """
    answer = _ask(_decode, source if isinstance(source, bytes) else str(source), longest)
    return answer if isinstance(answer, Pixels) else None


def _looks_like_picture(head: bytes) -> bool:
    return head.startswith(
        (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8", b"BM", b"II*\0", b"MM\0*")
    ) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP")


def _ask(work: Callable[..., Any], *arguments: Any) -> Any:
    """Have the work done in a process, and the answer; None where it has none to give."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_serve, args=(theirs, work, arguments), daemon=True)
    process.start()
    theirs.close()
    try:
        if not ours.poll(PATIENCE):
            _log.info("a picture took longer than %g s", PATIENCE)
            return None
        answer = ours.recv()
    except (EOFError, OSError):  # it ran out of memory, or worse
        _log.info("the process that looked at a picture ended")
        return None
    finally:
        ours.close()
        process.kill()
        process.join()
        process.close()
    if isinstance(answer, str):
        _log.info("a picture cannot be shown: %s", answer)
    return answer


def _serve(pipe: Connection, work: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    """The process's work."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (int(PATIENCE), int(PATIENCE)))
    try:
        answer = work(*arguments)
    except BaseException as error:  # whatever a broken picture makes Pillow raise
        answer = f"{type(error).__name__}: {error}"
    with contextlib.suppress(OSError):
        pipe.send(answer)


def _open(source: str | io.BytesIO) -> Any:
    from PIL import Image, ImageFile

    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    picture = Image.open(source, formats=_FORMATS)
    if picture.width * picture.height > MAX_PIXELS:
        raise ValueError(f"{picture.width} x {picture.height} pixels")
    return picture


def _describe(path: str, keep_places: bool) -> Picture:
    from PIL import ImageOps

    from app.chat.photo_places import without_places

    with _open(path) as picture:
        orientation = picture.getexif().get(0x0112, 1)
        turned = orientation in (5, 6, 7, 8)
        width, height = picture.size[::-1] if turned else picture.size
        if picture.format == "JPEG":
            picture.draft("RGB", (2 * THUMBNAIL, 2 * THUMBNAIL))  # decodes at a fraction
        small = ImageOps.exif_transpose(picture)
        small.thumbnail((THUMBNAIL, THUMBNAIL))
        small = _on_white(small)
    blur = small.copy()
    blur.thumbnail((BLUR, BLUR))
    made = Picture(width, height, _jpeg(small, _THUMBNAIL_BYTES), _jpeg(blur, _BLUR_BYTES))
    if not keep_places:
        old = Path(path).read_bytes()
        new = without_places(old, orientation)
        if new != old:
            Path(path).write_bytes(new)
    return made


def _on_white(picture: Any) -> Any:
    from PIL import Image

    rgba = picture.convert("RGBA")
    ground = Image.new("RGBA", rgba.size, "white")
    ground.alpha_composite(rgba)
    return ground.convert("RGB")


def _jpeg(picture: Any, most: int) -> bytes:
    for quality in (80, 65, 50, 35, 20, 10):
        out = io.BytesIO()
        picture.save(out, "JPEG", quality=quality, optimize=True)
        if out.tell() <= most:
            return out.getvalue()
    return b""


def _decode(source: str | bytes, longest: int) -> Pixels:
    from PIL import ImageOps

    with _open(io.BytesIO(source) if isinstance(source, bytes) else source) as picture:
        if picture.format == "JPEG":
            picture.draft("RGB", (longest, longest))
        shown = ImageOps.exif_transpose(picture)
        shown.thumbnail((longest, longest))
        rgba = shown.convert("RGBA")
    return Pixels(rgba.width, rgba.height, rgba.tobytes())
