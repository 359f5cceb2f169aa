"""Makes ``tests/data/xlog/released``: logs in the forms that released versions of Mars write.

``python -m tests.xlog.released`` writes them again, always the same bytes.
Forms are those of public logs of Mars 1.0.5 to 1.2.6 and of its history (``xlog/record.py`` lists
them); texts and keys are our own. Each entry of :data:`LOGS` says what a reader must find.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from pathlib import Path

from tests.xlog.samples import CLIENT_KEYS, DATA, READER_KEYS
from xlog.codec import new_compressor
from xlog.crypt import derive_tea_key, tea_encrypt
from xlog.format import AnyKind, LegacyKind, build_block
from xlog.format import BlockKind as Kind

FOLDER = DATA / "released"
STRAY_KEY = b"log_gets_whatever_was_in_memory".ljust(64, b"\x7f")


@dataclass(frozen=True)
class Log:
    """A log and what is in it: ``lines`` of text, ``heads`` of them with level, time and thread."""

    name: str
    kind: AnyKind
    texts: tuple[bytes, ...]
    lines: int
    heads: int
    zone: int | None
    build: str = ""
    seqs: tuple[int, ...] = ()
    levels: str = "IWE"


def opening(build: str, zone: str, *mars: str) -> bytes:
    """What Mars writes when a log is opened."""
    lines = (f"^^^^^^^^^^{build}^^^^^^^^^^[4321,4321][2023-03-30 {zone} 09:35:45]", *mars)
    return "".join(f"{line}\n" for line in lines).encode()


def heads(zone: str, place: str, *, tag: str = "net", main: str = "*") -> bytes:
    """Four lines with all that a head can have, one of them over two lines."""
    day = "2023-03-30"
    return (
        f"[I][{day} {zone} 09:35:45.243][4321, 1{main}][{tag}][{place}][初始化日志成功\n"
        f"[W][{day} {zone} 09:35:46.001][4321, 7][{tag}][{place}][slow: [3 s], retry\n"
        f"[E][{day} {zone} 09:35:47.999][4321, 7][{tag}][{place}][failed\nat the second line\n"
        f"[I][{day} {zone} 09:36:00.000][4321, 1{main}][][{place}][flush:true\n"
    ).encode()


CLOSED = b"$$$$$$$$$$Jul 17 2017$$$10:05:14$$$$$$$$$$[4321,4321][2023-03-30 +0800 09:36:00]\n"
MARS_105 = ("MARS_URL: ", "MARS_PATH: master", "MARS_REVISION: 7ad8d70",
            "MARS_BUILD_TIME: 2017-07-17 10:04:50", "log appender mode:0, use mmap:1")  # fmt: skip
MARS_126 = ("MARS_URL: ", "MARS_PATH: rb/2021-FEB", "MARS_REVISION: 42a9695b",
            "MARS_BUILD_TIME: 2021-02-24 09:50:42", "log appender mode:0, use mmap:1")  # fmt: skip
MASTER = ("MARS_PATH: master", "MARS_REVISION: 6326c569", "MARS_BUILD_TIME: 2021-05-20 09:49:46")
_OLD = "link.cc, connect, 120"
_OBJC = "View.m, -[View draw:with:], 33"
_CPP = "hub.cc, void mars::Hub::Send(int, const char*), 88"
_105 = opening("Jul 17 2017^^^10:05:14", "+0800", *MARS_105)
_126 = opening("Feb 24 2021^^^09:51:12", "+0800", *MARS_126)
_SYNC = tuple(b"line %d without a head\n" % number for number in range(5))

LOGS = (
    Log("android-1.0.5.xlog", Kind.ASYNC_ZLIB_CRYPT, (_105 + heads("+8.0", ", , 0"), CLOSED),
        12, 4, 28800, "Mars 1.0.5"),
    Log("android-1.2.4.XLOG", Kind.ASYNC_ZSTD_CRYPT, (heads("+8.0", _OLD), heads("-5.0", _OBJC)),
        10, 8, None),
    Log("android-1.2.6.xlog", Kind.ASYNC_ZLIB_PLAIN, (_126 + heads("+80", ", , 0"), CLOSED),
        12, 4, 28800, "Mars 1.2.6"),
    Log("india-1.2.6.xlog", Kind.ASYNC_ZLIB_PLAIN, (heads("+55", _CPP),), 5, 4, 19800),
    Log("new-york-1.2.6.xlog", Kind.ASYNC_ZLIB_PLAIN, (heads("+-50", _OLD),), 5, 4, -18000),
    Log("chatham-1.2.6.xlog", Kind.ASYNC_ZLIB_PLAIN, (heads("+127", _OLD),), 5, 4, 45900),
    Log("utc-1.2.6.xlog", Kind.ASYNC_ZLIB_PLAIN, (heads("+0", _OLD),), 5, 4, 0),
    Log("ios-utc-2021.xlog", Kind.SYNC_ZLIB_CRYPT, tuple(heads("0", _OBJC).splitlines(True)[:2]),
        2, 2, 0, levels="IW"),
    Log("ios-new-york-2021.xlog", Kind.ASYNC_ZLIB_CRYPT, (heads("-50", _OBJC),), 5, 4, -18000),
    Log("june-2020.xlog", Kind.ASYNC_ZLIB_PLAIN, (heads("+-5.", _OLD),), 5, 4, -18000),
    Log("master-2024.xlog", Kind.ASYNC_ZSTD_PLAIN, (heads("+8.0", "link.cc:120, connect"),),
        5, 4, 28800),
    Log("no-date.xlog", Kind.ASYNC_ZLIB_PLAIN,
        (b"[E][][0, 0*][][, , 0][no date\n[F][ the buffer is nearly full, len: 99\n",),
        2, 2, None, levels="EF"),
    Log("no-heads-async.xlog", Kind.ASYNC_ZLIB_CRYPT,
        (opening("May 20 2021^^^09:51:00", "+0800", *MASTER) + b"".join(_SYNC),), 9, 0, None,
        "newer than 1.2.6", levels=""),
    Log("no-heads-sync.xlog", Kind.SYNC_ZLIB_PLAIN, _SYNC, 5, 0, None, levels=""),
    Log("crlf-and-colours.xlog", Kind.ASYNC_ZLIB_PLAIN,
        (heads("+8.0", _OLD).replace(b"failed", b"\x1b[31mfail\x1b[0med \xe2\x80\xaegnp.exe")
         .replace(b"\n", b"\r\n"),), 5, 4, 28800),
    Log("magic-03.xlog", LegacyKind.SYNC, tuple(heads("+8.0", _OLD).splitlines(True)[:2]),
        2, 2, 28800, levels="IW"),
    Log("magic-04.xlog", LegacyKind.ASYNC, (heads("+8.0", _OLD), heads("+8.0", _OLD)),
        10, 8, 28800),
    Log("magic-05.xlog", LegacyKind.ASYNC_PIECES, (heads("+8.0", _OLD), heads("+8.0", _OLD)),
        10, 8, 28800),
    Log("left-over.mmap2", Kind.ASYNC_ZLIB_CRYPT, (heads("+8.0", _OLD),), 5, 4, 28800),
    Log("shared-counter.xlog", Kind.ASYNC_ZLIB_PLAIN, (heads("+8.0", _OLD),) * 4, 20, 16, 28800,
        seqs=(1, 4, 9, 13)),
    Log("set-back.xlog", Kind.ASYNC_ZLIB_PLAIN, (heads("+8.0", _OLD),) * 5, 25, 20, 28800,
        seqs=(73, 74, 75, 73, 76)),
)  # fmt: skip


def body_of(kind: AnyKind, text: bytes) -> bytes:
    """What a writer of this kind puts in a block: flushed line by line, as Mars does."""
    if not kind.is_async:
        return text
    if kind is LegacyKind.ASYNC_PIECES:
        stream = zlib.compressobj(9, zlib.DEFLATED, -15)
        pieces = [
            stream.compress(line) + stream.flush(zlib.Z_SYNC_FLUSH)
            for line in text.splitlines(True)
        ]
        return b"".join(len(piece).to_bytes(2, "little") + piece for piece in pieces)
    compressor = new_compressor(kind.codec)
    body = b"".join(compressor.compress(line) for line in text.splitlines(True))
    if not kind.is_encrypted:
        return body
    return tea_encrypt(body, derive_tea_key(CLIENT_KEYS.private, READER_KEYS.public))


def data_of(log: Log) -> bytes:
    """The bytes of a log."""
    key = CLIENT_KEYS.public if log.kind.is_crypt else STRAY_KEY
    blocks = [
        build_block(
            log.kind,
            body_of(log.kind, text),
            seq=(log.seqs[number] if log.seqs else number + 1) if log.kind.is_async else 0,
            begin_hour=9,
            end_hour=9,
            client_key=key,
        )
        for number, text in enumerate(log.texts)
    ]
    data = b"".join(blocks)
    return data[:-1] + bytes(4096) if log.name.endswith("mmap2") else data


def main() -> None:
    """Write all of them."""
    Path(FOLDER).mkdir(exist_ok=True)
    for log in LOGS:
        (FOLDER / log.name).write_bytes(data_of(log))


if __name__ == "__main__":
    main()
