"""Files in messages: what a message says of one, and the folder that keeps their bytes here.

What others wrote is brought into range before anybody sees it (:func:`file_of`): a name is a name
and no path, whatever system it came from, and shows no other ending than it has.
"""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from google.protobuf.message import DecodeError

from app.chat.errors import ChatError
from app.chat.model import MAX_TEXT, Message
from app.chat.proto import chat_pb2 as pb
from app.chat.protocol import HASH_SIZE

TYPE, VERSION = "file", 1
MAX_SIZE = 100 * 1024 * 1024  # bytes of a file that we send
MAX_FETCHED = 2**40  # of one that somebody sent: another server may allow more
MAX_THUMBNAIL = 24 * 1024
MAX_BLUR = 1024
MAX_PIXELS_SIDE = 100_000  # of what a message says of a picture
_MAX_NAME = 120  # characters
_BLOCK = 1024 * 1024
_NOT_IN_NAMES = re.compile(r'[<>:"|?*]')
_RESERVED = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)", re.I)
_SHOWN = frozenset(
    {"png", "jpg", "jpeg", "gif", "webp", "bmp", "tif", "tiff", "pdf", "txt", "md", "csv", "log"}
    | {"json", "mp3", "ogg", "opus", "flac", "wav", "m4a", "mp4", "mkv", "webm", "mov"}
    | {"odt", "ods", "odp"}
)
"""Endings of files that another program may show; anything else might be a program itself."""


@dataclass(frozen=True, slots=True)
class FileInfo:
    """A file as its message describes it; all of it is its sender's word but the hash."""

    name: str
    type: str
    size: int
    hash: bytes
    caption: str = ""
    width: int = 0
    height: int = 0
    thumbnail: bytes = b""
    blur: bytes = b""

    @property
    def is_picture(self) -> bool:
        """Whether it is said to be a picture."""
        return self.width > 0 and self.height > 0

    @property
    def may_be_opened(self) -> bool:
        """Whether it is of a kind that is shown by a program and is none itself."""
        return self.name.rpartition(".")[2].lower() in _SHOWN and "." in self.name


def safe_name(name: str) -> str:
    """The name alone, without folders, such as every system can keep and nobody misreads."""
    name = re.split(r"[/\\]", name[-4096:])[-1]
    # Control characters, and those that turn "gpj.exe" round or hide parts of it.
    name = "".join(each for each in name if unicodedata.category(each) not in _UNSEEN)
    name = _NOT_IN_NAMES.sub("_", name).strip(" .")
    stem, dot, ending = name.rpartition(".")
    if len(name) > _MAX_NAME:
        ending = ending[:20] if dot else ""
        name = (stem or name)[: _MAX_NAME - len(ending) - 1].rstrip(" .") + dot + ending
    while len(name.encode()) > 240:  # bytes of a name on Linux: 255
        stem, dot, ending = name.rpartition(".")
        name = stem[:-1] + dot + ending if len(stem) > 1 else name[:-1]
    if _RESERVED.match(name):
        name = "_" + name
    return name or "file"


_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def file_of(message: Message) -> FileInfo | None:
    """The file that a message brings; None where it brings none that makes sense."""
    return parse(message.content)


def parse(content: bytes) -> FileInfo | None:
    """The same of a message's content alone."""
    if not content:
        return None
    try:
        outer = pb.Content.FromString(content)
        if outer.type != TYPE or outer.version != VERSION:
            return None
        made = pb.File.FromString(outer.body)
    except DecodeError:
        return None
    if len(made.hash) != HASH_SIZE or not 0 < made.size <= MAX_FETCHED:
        return None
    drawn = max(made.width, made.height) <= MAX_PIXELS_SIDE
    return FileInfo(
        safe_name(made.name),
        made.type[:100] if made.type.isascii() and made.type.isprintable() else "",
        made.size,
        made.hash,
        made.caption[:MAX_TEXT],
        made.width if drawn else 0,
        made.height if drawn else 0,
        made.thumbnail if len(made.thumbnail) <= MAX_THUMBNAIL else b"",
        made.blur if len(made.blur) <= MAX_BLUR else b"",
    )


def content_of(info: FileInfo) -> bytes:
    """The content of a message that brings a file."""
    body = pb.File(
        name=info.name,
        type=info.type,
        size=info.size,
        hash=info.hash,
        caption=info.caption,
        width=info.width,
        height=info.height,
        thumbnail=info.thumbnail,
        blur=info.blur,
    )
    return pb.Content(type=TYPE, version=VERSION, body=body.SerializeToString()).SerializeToString()


def fallback_text(info: FileInfo) -> str:
    """What a client shows that does not know of files."""
    line = f"[{info.name}, {size_text(info.size)}]"
    return f"{line}\n{info.caption}"[:MAX_TEXT] if info.caption else line


def size_text(size: int) -> str:
    """A size for people: bytes, kB, MB (10**6), GB."""
    if size < 1000:
        return f"{size} B"
    value, unit = size / 1000, "kB"
    for unit in ("kB", "MB", "GB", "TB"):  # noqa: B007
        if value < 999.5:
            break
        value /= 1000
    return f"{value:.1f} {unit}" if value < 10 else f"{value:.0f} {unit}"


class BodyFolder:
    """The bodies on this device, by hash; ``.part`` is what has come of one.

    All methods block (they belong in threads) and may raise OSError.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, body_hash: bytes) -> Path:
        """Where a whole body is, or would be."""
        return self.folder / body_hash.hex()

    def has(self, info: FileInfo) -> bool:
        """Whether a body is whole; its hash was right when it was put there."""
        try:
            return self.path(info.hash).stat().st_size == info.size
        except OSError:
            return False

    def copy_in(self, source: Path, name: str) -> Path:
        """Take a copy of a file that is to be sent; raises ChatError for one that cannot be.

        Codes: "no_such_file", "empty_file", "body_too_large".
        """
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        aside = self.folder / f"{name}.new"
        size = 0
        try:
            if not source.is_file():  # a folder, a device, a pipe that would never end
                raise ChatError("no_such_file", str(source))
            with source.open("rb") as old, aside.open("wb") as new:
                while block := old.read(_BLOCK):
                    size += len(block)
                    if size > MAX_SIZE:
                        raise ChatError("body_too_large", f"over {MAX_SIZE} bytes")
                    new.write(block)
            if not size:
                raise ChatError("empty_file", str(source))
        except BaseException:
            aside.unlink(missing_ok=True)
            raise
        return aside

    def keep(self, aside: Path) -> tuple[bytes, int]:
        """Put a copy under its hash, for good: (the hash, its size)."""
        with aside.open("rb+") as file:
            body_hash = hashlib.file_digest(file, "sha256").digest()
            size = file.seek(0, 2)
            os.fsync(file.fileno())
        aside.replace(self.path(body_hash))
        return body_hash, size

    def read(self, body_hash: bytes, offset: int, limit: int) -> bytes:
        """A piece of a whole body."""
        with self.path(body_hash).open("rb") as file:
            file.seek(offset)
            return file.read(limit)

    def fetched(self, info: FileInfo) -> int:
        """Bytes that have come of a body; what is more than it can have is thrown away."""
        part = self._part(info.hash)
        try:
            size = part.stat().st_size
        except FileNotFoundError:
            return 0
        if size > info.size:
            part.unlink()
            return 0
        return size

    def append(self, info: FileInfo, offset: int, data: bytes) -> int:
        """Keep what came next; how much is there now. Whole, it is put under its hash.

        Raises ChatError "bad_body" where it does not have the hash; nothing of it is left then.
        """
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = self._part(info.hash)
        with part.open("ab") as file:
            if file.tell() == offset:
                file.write(data)
            held = file.tell()
        if held < info.size:
            return held
        with part.open("rb+") as file:
            good = hashlib.file_digest(file, "sha256").digest() == info.hash and held == info.size
            os.fsync(file.fileno())
        if not good:
            part.unlink()
            raise ChatError("bad_body", "what came does not have the hash it was announced with")
        part.replace(self.path(info.hash))
        return held

    def drop_part(self, body_hash: bytes) -> None:
        """Forget what has come of a body."""
        self._part(body_hash).unlink(missing_ok=True)

    def named(self, info: FileInfo) -> Path:
        """A copy of a whole body under its own name, for other programs to look at."""
        folder = self.folder / "named" / info.hash.hex()[:16]
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        target = folder / info.name
        if not target.exists() or target.stat().st_size != info.size:
            save_copy(self.path(info.hash), target)
        return target

    def tidy(self) -> None:
        """Delete copies that a kill has left unfinished."""
        if self.folder.is_dir():
            for each in self.folder.glob("*.new"):
                each.unlink(missing_ok=True)

    def _part(self, body_hash: bytes) -> Path:
        return self.folder / f"{body_hash.hex()}.part"


def save_copy(source: Path, target: Path) -> None:
    """Copy a file so that ``target`` is whole or as it was; raises OSError."""
    aside = target.with_name(target.name + ".part")
    try:
        with source.open("rb") as old, aside.open("wb") as new:
            while block := old.read(_BLOCK):
                new.write(block)
            new.flush()
            os.fsync(new.fileno())
        aside.replace(target)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise
