"""What happened in the network recently: netcore's events and diagnoses, bounded and kept on disk.

Recording an event costs one append to a bounded queue. Each kind of event has a queue of its own,
so that heartbeats by the thousand never push out the one change of network before them. Once a
minute, and at the end, a thread writes what is new to ``history.json`` in the profile's folder, so
that an export has something to tell when Phobos does not run, or was killed.

File, schema ``phobos-history/1`` (docs/diagnostics.md)::

    {"schema": "phobos-history/1", "saved": 1764076800.0,
     "events": [{"event": "LinkStateChanged", "at": 1764076799.1, ...}, ...],
     "diagnoses": [{...}, ...]}
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from netcore.connect.store import load_json, save_json
from netcore.observe import Event, Observer
from netcore.runtime.task_holder import TaskHolder

_log = logging.getLogger("app.diagnostics.history")

SCHEMA = "phobos-history/1"
FILE_NAME = "history.json"
PER_KIND = 300  # events of a kind that are kept
KINDS = 100  # kinds of event; there are some forty
DIAGNOSES = 10
INTERVAL = 60.0  # seconds between two writes

FAR = 32_503_680_000.0  # the year 3000: no event is later

_Entry = Event | dict[str, Any]


@dataclass(frozen=True, slots=True)
class HistorySnapshot:
    """What a history knew at one moment. Can be sent to another process."""

    entries: list[_Entry]
    diagnoses: list[dict[str, Any]]

    def __call__(self) -> dict[str, Any]:
        """The same as the file has it; takes a while, so call it in a thread."""
        events = [each for each in map(_plain, self.entries) if is_moment(each.get("at"))]
        events.sort(key=lambda entry: entry["at"])
        return {
            "schema": SCHEMA,
            "saved": time.time(),
            "events": events,
            "diagnoses": [_finite(each) for each in self.diagnoses],
        }


class History:
    """The recorder; ``path`` None keeps it in memory alone."""

    def __init__(self, path: Path | None = None, *, interval: float = INTERVAL) -> None:
        self._path = path
        self._interval = interval
        self._kinds: dict[str, deque[_Entry]] = {}
        self._diagnoses: deque[dict[str, Any]] = deque(maxlen=DIAGNOSES)
        self._changed = False
        self._tasks = TaskHolder("history")
        self._closing = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None
        if path is not None:
            self._restore(load_json(path))

    def _restore(self, kept: dict[str, Any]) -> None:
        if kept.get("schema") != SCHEMA:
            return
        for entry in kept.get("events") or ():
            if isinstance(entry, dict) and is_moment(entry.get("at")):
                self._put(str(entry.get("event", "")), entry)
        self._diagnoses.extend(d for d in kept.get("diagnoses") or () if isinstance(d, dict))

    # -- recording ------------------------------------------------------------------------------

    def follow(self, observer: Observer) -> Callable[[], None]:
        """Record an observer's events from now on; the answer ends that."""
        return observer.subscribe(self.record)

    def record(self, event: Event) -> None:
        """Keep one event. Cheap: nothing is converted or written here."""
        self._put(type(event).__name__, event)
        self._changed = True

    def _put(self, kind: str, entry: _Entry) -> None:
        queue = self._kinds.get(kind)
        if queue is None:
            if len(self._kinds) >= KINDS:
                return
            queue = self._kinds[kind] = deque(maxlen=PER_KIND)
        queue.append(entry)

    def add_diagnosis(self, found: dict[str, Any]) -> None:
        """Keep a diagnosis (``netcore.sdt.run.Diagnosis.as_dict``)."""
        self._diagnoses.append(found)
        self._changed = True

    # -- telling --------------------------------------------------------------------------------

    def events(self) -> list[Event]:
        """The events of this run that are kept, in order of time."""
        found = [e for queue in self._kinds.values() for e in queue if isinstance(e, Event)]
        return sorted((e for e in found if is_moment(e.at)), key=lambda event: event.at)

    def snapshot(self) -> HistorySnapshot:
        """What is known now; cheap, but for what calling it costs."""
        entries = [entry for queue in self._kinds.values() for entry in queue]
        return HistorySnapshot(entries, list(self._diagnoses))

    # -- keeping --------------------------------------------------------------------------------

    def start(self) -> None:
        """Write once a minute from now on; needs the running loop."""
        if self._path is not None:
            self._closing.clear()
            self._keeper = self._tasks.start(self._keep(), "keep")

    async def _keep(self) -> None:
        while not self._closing.is_set():
            try:
                async with asyncio.timeout(self._interval):
                    await self._closing.wait()
            except TimeoutError:
                await self.save()

    async def save(self) -> None:
        """Write what is new, in a thread."""
        if self._path is None or not self._changed:
            return
        self._changed = False
        path, convert = self._path, self.snapshot()
        if not await asyncio.to_thread(lambda: save_json(path, convert())):
            self._changed = True

    async def close(self) -> None:
        """Write no more, but what is new now; a write under way is waited for."""
        self._closing.set()
        if self._keeper is not None:
            await asyncio.wait([self._keeper])
            self._keeper = None
        await self.save()


def read_history(path: Path) -> dict[str, Any]:
    """The history that a run left behind; an empty one where there is none."""
    history = History()
    history._restore(load_json(path) if path.exists() else {})
    return history.snapshot()()


def is_moment(at: object) -> bool:
    """Whether this is a time of day, in seconds since the epoch, that can be shown and sorted."""
    return isinstance(at, (int, float)) and 0 <= at < FAR


def _plain(entry: _Entry) -> dict[str, Any]:
    if isinstance(entry, dict):
        return {key: _finite(value) for key, value in entry.items()}
    try:
        return {key: _finite(value) for key, value in entry.as_dict().items()}
    except Exception as error:  # an event of somebody else's making: say so, and go on
        return {"event": type(entry).__name__, "at": entry.at, "unreadable": str(error)}


def _finite(value: Any) -> Any:
    """JSON has no infinity."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, dict):
        return {key: _finite(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(each) for each in value]
    return value
