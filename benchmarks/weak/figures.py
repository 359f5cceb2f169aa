"""From what was sent and what arrived to the figures that are printed."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

LATE = 30.0  # seconds from send to the receiver's hand after which a message is late
PHOBOS = "phobos"
NOT_COMPARED = frozenset({PHOBOS, "single", "tls", "quic"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What one product did over one wire."""

    sent: Mapping[int, float]
    arrivals: Sequence[tuple[int, float]]
    view: Sequence[int]
    """What the receiver's person sees in the end, in order."""
    used: Mapping[str, int]
    processor: float  # seconds, sender and receiver
    server_processor: float | None
    stored_twice: int | None = None


def percentile(values: Sequence[float], share: float) -> float:
    """The nearest-rank percentile; infinity counts like any number."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def figures(trial: Trial) -> dict[str, Any]:
    """One trial's figures. What never came counts as infinitely late; then p95 may be None."""
    first: dict[int, float] = {}
    for number, at in trial.arrivals:
        first.setdefault(number, at)
    waits = [first[n] - at if n in first else math.inf for n, at in trial.sent.items()]
    count = len(waits)
    seen = Counter(number for number, _ in trial.arrivals)
    made: dict[str, Any] = {
        "within_30_s": round(sum(wait <= LATE for wait in waits) / count, 4),
        "p50_s": _seconds(percentile(waits, 0.5)),
        "p95_s": _seconds(percentile(waits, 0.95)),
        "max_s": _seconds(max(waits)),
        "duplicates": sum(times - 1 for times in seen.values()),
        "order_broken": sum(a > b for a, b in zip(trial.view, trial.view[1:], strict=False)),
        "lost": sum(math.isinf(wait) for wait in waits),
        "bytes_a_message": round(trial.used["bytes"] / count),
        "packets_a_message": round(trial.used["packets"] / count, 2),
        "connections": trial.used["opened"],
        "processor_ms_a_message": round(trial.processor * 1000 / count, 2),
    }
    if trial.server_processor is not None:
        made["server_ms_a_message"] = round(trial.server_processor * 1000 / count, 2)
    if trial.stored_twice is not None:
        made["stored_twice"] = trial.stored_twice
    return made


def _seconds(value: float) -> float | None:
    return None if math.isinf(value) else round(value, 3)


def medians(trials: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The median of each figure over several seeds; None sorts above every number.

    What must not happen at all (lost, doubled, out of order) is added up instead.
    """
    made: dict[str, Any] = {}
    for name in trials[0]:
        values = [math.inf if trial[name] is None else trial[name] for trial in trials]
        if name in ("duplicates", "order_broken", "lost", "stored_twice"):
            made[name] = sum(values)
        else:
            middle = statistics.median(values)
            made[name] = None if math.isinf(middle) else round(middle, 4)
    return made


def ratios(found: Mapping[str, Mapping[str, Any]]) -> dict[str, float | None]:
    """Phobos's p50, p95 and max over the best of the others, and its bytes over MQTT's."""
    others = [each for each in found if each not in NOT_COMPARED]
    made: dict[str, float | None] = {}
    if PHOBOS not in found:
        return made
    for name in ("p50_s", "p95_s", "max_s", "processor_ms_a_message"):
        ours = found[PHOBOS][name]
        theirs = [found[each][name] for each in others if found[each][name] is not None]
        made[name] = round(ours / min(theirs), 3) if theirs and ours is not None else None
    if "mqtt" in found and found["mqtt"]["bytes_a_message"]:
        ours = found[PHOBOS]["bytes_a_message"]
        made["bytes_over_mqtt"] = round(ours / found["mqtt"]["bytes_a_message"], 2)
    return made
