"""The event log: the latest events as lines of printable text, whatever they held."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from typing import Any

from app.diagnostics.panel.coerce import LINE, pairs, text, word

LINES = 5000
ROOMS = ("link", "task", "address", "policy", "system", "diagnosis", "other")

_ROOM = {
    "link": (
        "LinkStateChanged", "LinkStalled", "LinkRecovered", "HeartbeatSent", "HeartbeatAnswered",
        "HeartbeatMissed", "HeartbeatAdapted", "ReconnectPlanned", "IdentifyAnswered",
        "SignallingSent", "StatusChanged", "Pushed", "PoolReused", "PoolKept", "PoolDropped",
        "PoolBanned", "ShortlinkConnected", "ShortlinkConnectFailed", "ShortlinkStale",
    ),
    "task": (
        "TaskStarted", "TaskSent", "TaskWritten", "TaskPart", "TaskRetry", "TaskMoved", "TaskEnded",
        "TaskHeld", "TaskHedged", "AnswerUnknown", "TaskIntercepted", "ShortlinkAnswered",
        "ZombieQueued", "ZombieRevived",
    ),
    "address": (
        "RaceStarted", "AttemptStarted", "AttemptStep", "AttemptEnded", "RaceEnded",
        "NameResolved", "EndpointsChosen", "EndpointReported", "BackupChecked",
    ),
    "policy": (
        "TimeoutsChanged", "WeakChanged", "FrequencyRefused", "FlowRefused", "InterceptStarted",
        "SyncDue", "NetCheckDue", "TrafficReported", "HedgeChanged",
    ),
    "system": ("NetworkChanged", "ActiveChanged", "CaptivePortal", "PowerChanged", "Slept", "Woke",
               "LoopStalled"),
    "diagnosis": ("DiagnosisStarted", "CheckEnded", "DiagnosisEnded"),
}  # fmt: skip
ROOM_OF = {name: room for room, names in _ROOM.items() for name in names}

_BAD = {
    "HeartbeatMissed", "ShortlinkConnectFailed", "FrequencyRefused", "FlowRefused", "PoolBanned",
    "TaskRetry", "NetCheckDue", "ZombieQueued", "AnswerUnknown", "LinkStalled", "ShortlinkStale",
    "LoopStalled",
}  # fmt: skip
_JUDGED: dict[str, Callable[[Any], bool]] = {
    "LinkStateChanged": lambda event: word(event.state) in ("disconnected", "connect_failed"),
    "TaskEnded": lambda event: word(event.error_type) != "ok",
    "RaceEnded": lambda event: event.winner < 0,
    "AttemptEnded": lambda event: word(event.state) in ("failed", "timed_out"),
    "EndpointReported": lambda event: not event.ok,
    "NameResolved": lambda event: bool(event.error),
    "NetworkChanged": lambda event: word(event.kind) == "none",
    "WeakChanged": lambda event: bool(event.weak),
    "HedgeChanged": lambda event: bool(event.weak),
    "CaptivePortal": lambda event: bool(event.found),
    "CheckEnded": lambda event: word(event.result.status) == "failed",
}


@dataclass(frozen=True, slots=True)
class LogLine:
    """One event. ``bad`` marks what went wrong, ``task_id`` is 0 where it is about none."""

    serial: int
    at: float
    room: str
    name: str
    words: str
    bad: bool
    task_id: int = 0

    def matches(self, wanted: str) -> bool:
        """Whether ``wanted``, in small letters, is in it."""
        return wanted in self.name.lower() or wanted in self.words.lower()


class EventLog:
    """The last :data:`LINES` events."""

    def __init__(self) -> None:
        self.lines: deque[LogLine] = deque(maxlen=LINES)
        self.total = 0

    def take(self, event: Any, at: float) -> None:
        """Write a line about an event; never raises, whatever the event holds."""
        name = text(type(event).__name__, 60)
        self.total += 1
        try:
            words = "  ".join(f"{key}={value}" for key, value in pairs(event) if value != "")
        except Exception:  # a property of an odd event may do anything
            words = "?"
        bad = name in _BAD
        judge = _JUDGED.get(name)
        if judge is not None:
            try:
                bad = bool(judge(event))
            except Exception:
                bad = True  # it is not what it should be
        task_id = getattr(event, "task_id", 0)
        self.lines.append(
            LogLine(
                self.total,
                at,
                ROOM_OF.get(name, "other"),
                name,
                words[:LINE],
                bad,
                task_id if isinstance(task_id, int) else 0,
            )
        )

    def since(self, serial: int) -> list[LogLine]:
        """The lines after the one of this serial that are still there, oldest first."""
        fresh = min(len(self.lines), self.total - serial)
        return list(islice(self.lines, len(self.lines) - fresh, None))
