"""Typed events of everything that netcore does, for panels, tests and logs.

One :class:`Observer` per NetCore. The parts call ``observer.emit(SomeEvent(...))``; on a hot path
ask ``observer.active`` first, so that nobody listening costs nothing. Subscribers are called at
once, on the loop's thread, in order of subscription; an exception in one is logged and stops no
other.

Each package defines its own events beside its code as frozen, slotted dataclasses derived from
:class:`Event`, with units in the docstring, and this module stays free of them.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from enum import Enum
from typing import Any

_log = logging.getLogger("netcore.observe")


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """The root of all events; ``at`` is wall-clock time, seconds since the epoch."""

    at: float = field(default_factory=time.time)

    @property
    def name(self) -> str:
        """The event's class name, as in exports and logs."""
        return type(self).__name__

    def as_dict(self) -> dict[str, Any]:
        """The event as JSON-ready values, its name under "event"."""
        values: dict[str, Any] = {"event": self.name}
        for each in fields(self):
            values[each.name] = _plain(getattr(self, each.name))
        return values


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if hasattr(value, "__dataclass_fields__"):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
    return str(value)


Subscriber = Callable[[Event], None]


class Observer:
    """Hands each event to every subscriber."""

    __slots__ = ("_subscribers", "active")

    def __init__(self) -> None:
        self.active = False  # whether anybody listens; for reading only
        self._subscribers: tuple[Subscriber, ...] = ()

    def subscribe(self, subscriber: Subscriber) -> Callable[[], None]:
        """Call ``subscriber`` with every event from now on; the answer ends that."""
        self._subscribers = (*self._subscribers, subscriber)
        self.active = True

        def unsubscribe() -> None:
            self._subscribers = tuple(s for s in self._subscribers if s is not subscriber)
            self.active = bool(self._subscribers)

        return unsubscribe

    def emit(self, event: Event) -> None:
        """Tell every subscriber."""
        for subscriber in self._subscribers:
            try:
                subscriber(event)
            except Exception:
                _log.exception("an observer failed on %s", event.name)
