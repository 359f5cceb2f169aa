"""The commands that read: decode, cat, tail, grep, stat."""

from __future__ import annotations

import argparse
import contextlib
import functools
import re
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from xlog.builds import FACTS_LIMIT, Fact, builds_of, facts_in
from xlog.cli_output import (
    FINDINGS,
    Out,
    ProgressMeter,
    Report,
    finding_fields,
    json_line,
    keep_apart,
    output,
    record_json,
    stdin,
    stdout,
)
from xlog.decode import Block, Items
from xlog.errors import SourceError
from xlog.findings import Finding
from xlog.format import BUFFER_SUFFIXES, is_buffer_name, is_log_name
from xlog.keys import KeyRing
from xlog.reader import Reader
from xlog.record import LETTERS, local_time, parse_line, record_starts, split_records
from xlog.spans import BlockSpan

T = TypeVar("T")

_EMPTY_BLOCKS = 4096
"""How many blocks without a record ``tail`` looks behind for those it is to show."""
_UNTIMED = 64
_HEAD_BYTES = 4096
_NUMBERS = re.compile(r"(\d+)")
_LOG_NAME = re.compile(r"(.+)_\d{8}(_\d+)?\.xlog", re.IGNORECASE)


def logs(paths: list[str], report: Report) -> Iterator[str]:
    """The logs that the arguments name: files, ``-`` for stdin, folders for what is in them."""
    for name in paths:
        path = Path(name)
        if name == "-" or not path.is_dir():
            yield name
            continue
        try:
            inside = [
                p
                for p in path.iterdir()
                if (is_log_name(p.name) or is_buffer_name(p.name)) and p.is_file()
            ]
        except OSError as error:
            report.error(f"{name}: {error.strerror or error}")
            continue
        if not inside:
            report.error(f"{name}: this folder has no .xlog, .mmap3 or .mmap2")
        yield from (str(p) for p in sorted(inside, key=_natural))


def _natural(path: Path) -> list[tuple[bool, int, str]]:
    """Sorts ``a_2`` before ``a_10``, and a buffer behind the logs of its name."""
    parts = _NUMBERS.split(path.stem)
    return [(part.isdigit(), int(part) if part.isdigit() else 0, part) for part in parts]


def _reader(name: str, keys: KeyRing, workers: int | None) -> Reader:
    return Reader(stdin() if name == "-" else name, keys, workers=workers)


def _mapped(reader: Reader, task: Callable[[Items], T], report: Report) -> Iterator[T]:
    """The results of a task over one log; what makes it unusable is told."""
    return _guarded(reader, reader.map(task), report)


def _guarded(reader: Reader, results: Iterable[T], report: Report) -> Iterator[T]:
    progress = ProgressMeter(reader.name)
    try:
        for result in results:
            yield result
            progress.at(reader.position, reader.size)
    except SourceError as error:
        progress.done()
        report.error(error)
    progress.done()


def _as_json(items: Items) -> tuple[bytes, list[Finding]]:
    findings: list[Finding] = []
    lines: list[bytes] = []
    for item in items:
        if isinstance(item, Finding):
            findings.append(item)
        else:
            findings.extend(item.findings)
            lines.extend(map(record_json, item.records()))
    return b"".join(lines), findings


def decode(arguments: argparse.Namespace, keys: KeyRing, report: Report) -> None:
    """Text of all logs, one after the other; with ``-o FOLDER`` a file for each log."""
    target: Path | None = arguments.output
    names = list(logs(arguments.paths, report))
    if target is None or not target.is_dir():
        _decode_into(target, names, arguments, keys, report)
        return
    suffix = ".jsonl" if arguments.json else ".log"
    for name in names:
        stem = "stdin" if name == "-" else Path(name).name
        _decode_into(target / f"{stem}{suffix}", [name], arguments, keys, report)


def _decode_into(
    target: Path | None,
    names: list[str],
    arguments: argparse.Namespace,
    keys: KeyRing,
    report: Report,
) -> None:
    keep_apart(target, names)
    with contextlib.suppress(_NothingRead), output(target) as out:
        before = report.errors
        for name in names:
            _decode_one(name, out, arguments, keys, report)
        if report.errors - before == len(names):
            raise _NothingRead  # so that no empty file is left


class _NothingRead(Exception):  # noqa: N818 - no error: the errors were told
    """Not one log could be read."""


def _decode_one(
    name: str, out: Out, arguments: argparse.Namespace, keys: KeyRing, report: Report
) -> None:
    reader = _reader(name, keys, arguments.workers)
    if arguments.json:
        for text, findings in _mapped(reader, _as_json, report):
            out.write(text)
            for finding in findings:
                report.finding(name, finding)
        return
    for item in _guarded(reader, reader, report):
        if isinstance(item, Block):
            out.write(item.data)
        report.findings_of(name, item)


def grep(arguments: argparse.Namespace, keys: KeyRing, report: Report) -> None:
    """Records that match, whole, embedded line breaks and all."""
    # Here and in the other commands: what one needs alone is not imported for all.
    from xlog.cli_filter import Filter, parse_level, parse_moment, select

    wanted = Filter(
        arguments.pattern,
        arguments.ignore_case,
        arguments.invert_match,
        parse_level(arguments.level),
        tuple(arguments.tag),
        tuple(arguments.thread),
        None if arguments.since is None else parse_moment(arguments.since),
        None if arguments.until is None else parse_moment(arguments.until),
    )
    wanted.compile()
    names = list(logs(arguments.paths, report))
    keep_apart(arguments.output, names)
    with output(arguments.output) as out:
        for name in names:
            reader = _reader(name, keys, arguments.workers)
            task = functools.partial(select, wanted=wanted)
            count = 0
            for found, findings in _mapped(reader, task, report):
                count += len(found)
                if not arguments.count:
                    for line, record in found:
                        out.write(record_json(record) if arguments.json else line)
                for finding in findings:
                    report.finding(name, finding)
            if arguments.count:
                out.write(f"{name}: {count}\n".encode(errors="surrogateescape"))


def follow(arguments: argparse.Namespace, keys: KeyRing, report: Report) -> None:
    """The last records of a log; with ``-f`` also what comes."""
    from xlog.follow import tail

    path = Path(arguments.path)
    if not path.exists():
        raise SourceError(str(path), "No such file or directory")
    if not path.is_file() and not path.is_dir():
        raise SourceError(str(path), "is no file that grows; read it with cat")
    start = 0
    if path.is_file():
        start = _start_of_last(Reader(path, keys), arguments.lines)
    buffer = arguments.buffer or (None if arguments.no_buffer else _buffer_beside(path))

    waits = 0
    first: deque[bytes] = deque(maxlen=arguments.lines)
    out = stdout()

    def wait(seconds: float) -> bool:
        nonlocal waits
        waits += 1
        _write_first(first, out)
        out.flush()
        if not arguments.follow:
            return True
        time.sleep(seconds)
        return False

    following = tail(path, keys, buffer=buffer, start=start, poll=arguments.poll, wait=wait)
    for item in following:
        report.findings_of(str(path), item)
        if isinstance(item, Finding):
            continue
        pieces = map(record_json, item.records()) if arguments.json else split_records(item.data)
        if waits == 0:
            first.extend(pieces)
        else:
            out.write(b"".join(pieces))
            out.flush()


def _write_first(first: deque[bytes], out: Out) -> None:
    out.write(b"".join(first))
    first.clear()


def _start_of_last(reader: Reader, count: int) -> int:
    """Where the block begins that holds the last but ``count`` record.

    Raises :class:`xlog.errors.NotXlogError` for a file that is no log.
    """
    # Not all of them: a log may have more than memory holds. Most blocks have a record at least.
    spans: deque[BlockSpan] = deque(maxlen=count + _EMPTY_BLOCKS)
    spans.extend(item for item in reader.spans() if isinstance(item, BlockSpan))
    if not spans:
        next(iter(reader), None)  # raises where it is no log at all
    found = 0
    for span in reversed(spans):
        found += len(record_starts(reader.decode(span).data))
        if found >= count:
            return span.offset
    return spans[0].offset if spans else 0


def _buffer_beside(path: Path) -> Path | None:
    """The memory buffer that the writer of this log has, where it is in the same folder."""
    if path.is_dir():
        buffers = [each for each in path.iterdir() if is_buffer_name(each.name)]
        return buffers[0] if len(buffers) == 1 else None
    name = _LOG_NAME.fullmatch(path.name)
    beside = [path.with_name(f"{name[1]}{suffix}") for suffix in BUFFER_SUFFIXES] if name else []
    return next((buffer for buffer in beside if buffer.exists()), None)


@dataclass
class Statistics:
    """What ``stat`` says about one log."""

    blocks: Counter[str] = field(default_factory=Counter)
    levels: Counter[str] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)
    records: int = 0
    stored: int = 0
    text: int = 0
    writers: set[bytes] = field(default_factory=set)
    facts: list[Fact] = field(default_factory=list)
    first: tuple[float, int] | None = None
    last: tuple[float, int] | None = None

    def add(self, other: Statistics) -> None:
        """Take in the numbers of another part of the same log."""
        self.blocks.update(other.blocks)
        self.levels.update(other.levels)
        self.findings.extend(other.findings)
        self.records += other.records
        self.stored += other.stored
        self.text += other.text
        self.writers |= other.writers
        self.facts.extend(other.facts[: FACTS_LIMIT - len(self.facts)])
        self.first = min(filter(None, (self.first, other.first)), default=None)
        self.last = max(filter(None, (self.last, other.last)), default=None)


def _count(items: Items) -> Statistics:
    total = Statistics()
    for item in items:
        if isinstance(item, Finding):
            total.findings.append(item)
            continue
        total.findings.extend(item.findings)
        header = item.header
        total.blocks[header.kind.name.lower()] += 1
        total.stored += item.length
        total.text += len(item.data)
        if header.kind.is_crypt:
            total.writers.add(header.client_key)
        total.facts.extend(facts_in(item.data))
        starts = record_starts(item.data)
        total.records += len(starts)
        letters = Counter(item.data[at + 1 : at + 2] for at in starts if item.data[at] == 0x5B)
        total.levels.update(
            {letter.decode(): n for letter, n in letters.items() if letter.decode() in LETTERS}
        )
        times = [*_first_time(item.data, starts), *_first_time(item.data, starts[::-1])]
        if times:
            total.first = min(filter(None, (total.first, *times)))
            total.last = max(filter(None, (total.last, *times)))
    return total


def _first_time(text: bytes, starts: list[int]) -> Iterator[tuple[float, int]]:
    """Time and zone of the first record that has one, if it is near; the others have none."""
    for at in starts[:_UNTIMED]:
        record = parse_line(text[at : at + _HEAD_BYTES])
        if record.time:
            yield record.time, record.zone
            return


def statistics(arguments: argparse.Namespace, keys: KeyRing, report: Report) -> None:
    """Blocks, records, time span, ratio and findings of each log."""
    with output(None) as out:
        for name in logs(arguments.paths, report):
            reader = _reader(name, keys, arguments.workers)
            total = Statistics()
            before = report.errors
            for part in _mapped(reader, _count, report):
                total.add(part)
            if total.findings:
                report.code = max(report.code, FINDINGS)
            if report.errors > before:
                continue
            text = _stat_json(name, total) if arguments.json else _stat_text(name, total)
            out.write(text.encode(errors="surrogateescape"))


def _stat_json(name: str, total: Statistics) -> str:
    fields = {
        "log": name,
        "blocks": dict(total.blocks),
        "records": total.records,
        "levels": dict(total.levels),
        "stored_bytes": total.stored,
        "text_bytes": total.text,
        "ratio": round(total.text / total.stored, 2) if total.stored else None,
        "first": _moment(total.first),
        "last": _moment(total.last),
        "writers": sorted(key.hex() for key in total.writers),
        "builds": [
            {**build._asdict(), "version": build.version or None, "openings": count}
            for build, count in builds_of(total.facts).items()
        ],
        "findings": [finding_fields(finding) for finding in total.findings],
    }
    return json_line(fields)


def _stat_text(name: str, total: Statistics) -> str:
    builds = [
        f"{build}{f', opened {count} times' if count > 1 else ''}"
        for build, count in builds_of(total.facts).items()
    ]
    ratio = f"{total.text / total.stored:.2f}" if total.stored else "-"
    levels = "  ".join(f"{letter} {total.levels[letter]}" for letter in LETTERS)
    rows = [
        ("blocks", f"{sum(total.blocks.values())} ({_counts(total.blocks)})"),
        ("records", f"{total.records}  ({levels})"),
        ("bytes", f"{total.stored} stored, {total.text} of text, ratio {ratio}"),
        ("span", f"{_moment(total.first) or '-'} to {_moment(total.last) or '-'}"),
        ("writers", f"{len(total.writers)} with a client key"),
        ("build", "; ".join(builds) or "the log names no build of Mars"),
        ("findings", _counts(Counter(str(f.kind) for f in total.findings)) or "none"),
    ]
    lines = [name, *(f"  {label:9} {value}" for label, value in rows)]
    lines.extend(f"    {finding}" for finding in total.findings)
    return "\n".join(lines) + "\n"


def _counts(counter: Counter[str]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(counter.items()))


def _moment(at: tuple[float, int] | None) -> str | None:
    if at is None:
        return None
    return local_time(*at).isoformat(" ", "milliseconds")
