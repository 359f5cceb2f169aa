"""Stops a task that is sent over and over (``mars/stn/src/frequency_limit.cc``), sans-I/O.

An avalanche begins when a fault makes every client repeat the same request. So equal requests are
counted.

Rules
    1. A request is a command (cmdid and cgi) with a body. At its ``limit + 1`` st time (the 106th)
       and every further time it is refused; refused ones count too.
    2. ``records`` (30) requests are remembered; the one not seen for the longest time gives way.
    3. Once a ``window`` (hour) the records are cleared, but for those that were seen ``keep_count``
       (75) times or more and within the last ``keep_time`` (10 minutes): these go on, from
       ``resume_count`` (99) if they had more. So one that goes on unchanged is let through only a
       few times an hour.

Differs from Mars: there the Adler-32 of the body alone is counted, and short bodies of different
commands easily share one.
"""

from __future__ import annotations

from dataclasses import dataclass

from netcore.errors import ConfigError
from netcore.observe import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class FrequencySettings:
    """Counts, and times in seconds."""

    limit: int = 105  # RECORD_INTERCEPT_COUNT
    records: int = 30  # MAX_RECORD_COUNT
    window: float = 60 * 60  # RUN_CLEAR_RECORDS_INTERVAL_MINUTE
    keep_count: int = 75  # NOT_CLEAR_INTERCEPT_COUNT
    keep_time: float = 10 * 60  # NOT_CLEAR_INTERCEPT_INTERVAL_MINUTE
    resume_count: int = 99  # NOT_CLEAR_INTERCEPT_COUNT_RETRY

    def __post_init__(self) -> None:
        if self.limit < 1 or self.records < 1:
            raise ConfigError("limit and records of the frequency limit must be 1 or more")


@dataclass(frozen=True, slots=True, kw_only=True)
class FrequencyRefused(Event):
    """A task was refused: it was sent ``count`` times, ``gap`` seconds ago for the last time."""

    task_id: int
    cmdid: int
    cgi: str
    count: int
    gap: float


@dataclass(slots=True)
class FrequencyRecord:
    """How often a request was seen, and when last."""

    cmdid: int
    cgi: str
    size: int  # of its body
    count: int
    last: float
    gap: float = 0.0  # seconds between the last two times


_Once = tuple[int, str, int, int, float]  # the first fields of a FrequencyRecord


class FrequencyLimit:
    """Counts equal requests. The rules are in the module's docstring."""

    __slots__ = ("_clear_at", "_limit", "_most", "_records", "_settings")

    def __init__(self, now: float, settings: FrequencySettings | None = None) -> None:
        self._settings = settings or FrequencySettings()
        self._limit = self._settings.limit
        self._most = self._settings.records
        self._clear_at = now + self._settings.window
        # The stalest first. Most requests are seen once, and a tuple is made much faster.
        self._records: dict[int, FrequencyRecord | _Once] = {}

    @property
    def records(self) -> tuple[FrequencyRecord, ...]:
        """What is remembered, the stalest first."""
        return tuple(
            FrequencyRecord(*each) if isinstance(each, tuple) else each
            for each in self._records.values()
        )

    @property
    def limit(self) -> int:
        """How many equal requests go through."""
        return self._limit

    def refused(self, cmdid: int, cgi: str, body: bytes, now: float) -> FrequencyRecord | None:
        """Count a request; its record when it must not go, else None."""
        if now >= self._clear_at:
            self._clear(now)
        records = self._records
        key = hash((cmdid, cgi, body))
        record = records.get(key)
        if record is None:
            if len(records) >= self._most:
                del records[next(iter(records))]
            records[key] = (cmdid, cgi, len(body), 1, now)
            return None
        del records[key]
        if isinstance(record, tuple):
            record = FrequencyRecord(*record)
        record.count += 1
        record.gap = now - record.last
        record.last = now
        records[key] = record
        return record if record.count > self._limit else None

    def _clear(self, now: float) -> None:
        settings = self._settings
        self._clear_at = now + settings.window
        for key, record in tuple(self._records.items()):
            if isinstance(record, tuple):
                record = self._records[key] = FrequencyRecord(*record)
            if record.count >= settings.keep_count and now - record.last <= settings.keep_time:
                record.count = min(record.count, settings.resume_count)
            else:
                del self._records[key]
