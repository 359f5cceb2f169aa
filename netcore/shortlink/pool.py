"""Connections kept for later requests (``mars/stn/src/socket_pool.h``).

:class:`IdleConnections` decides, sans-I/O; :class:`Pool` closes what it says and owns the one
timer.

Rules
    1. A connection waits no longer than its peer allows (5 s when it does not say), and leaves as
       soon as the peer closes it or says something unasked.
    2. The latest put in is taken first: it is the least likely to be stale.
    3. At most ``most`` wait; the oldest gives way.
    4. When a reused connection gave no answer, or one that could not be decoded, none is reused
       for ``ban`` seconds, or until one that was out already does well. A peer that merely closed
       is no reason: that happens to every pool.
    5. A :class:`Key` names all that must be equal: address, host, proxy and TLS settings.

Differs from Mars: HTTP errors do not count against the pool, an answer that never came does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from netcore.observe import Event, Observer
from netcore.runtime.alarm import Alarm
from netcore.runtime.clock import NEVER
from netcore.shortlink.connection import HttpConnection, Key

C = TypeVar("C")


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolReused(Event):
    """A kept connection was taken for a request, after ``idle`` seconds."""

    host: str
    address: str
    idle: float
    left: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolKept(Event):
    """A connection is kept for ``timeout`` seconds at most; ``kept`` in all."""

    host: str
    address: str
    timeout: float
    kept: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolDropped(Event):
    """A kept connection was closed: ``reason`` is expired, closed, full or cleared."""

    host: str
    address: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolBanned(Event):
    """Reused connections did badly: none is reused for ``seconds``."""

    seconds: float


@dataclass(slots=True)
class _Kept(Generic[C]):
    key: Key
    what: C
    since: float
    until: float


class IdleConnections(Generic[C]):
    """Which connections wait, and for how long. The rules are in the module's docstring."""

    __slots__ = ("_ban", "_banned_until", "_kept", "_most")

    def __init__(self, *, most: int, ban: float) -> None:
        self._most = most
        self._ban = ban
        self._kept: list[_Kept[C]] = []  # the oldest first
        self._banned_until = -NEVER

    def __len__(self) -> int:
        return len(self._kept)

    def put(self, key: Key, what: C, timeout: float, now: float) -> list[C]:
        """Keep a connection; those to close in its place (itself, if none may be kept)."""
        if not self._most or self.banned(now):
            return [what]
        self._kept.append(_Kept(key, what, now, now + timeout))
        if len(self._kept) <= self._most:
            return []
        return [self._kept.pop(0).what]

    def take(self, keys: list[Key], now: float) -> tuple[C, float] | None:
        """A connection for the first of ``keys`` that has one, and how many seconds it waited."""
        if self.banned(now):
            return None
        for key in keys:
            for at in range(len(self._kept) - 1, -1, -1):
                kept = self._kept[at]
                if kept.key == key and now < kept.until:
                    del self._kept[at]
                    return kept.what, now - kept.since
        return None

    def remove(self, what: C) -> bool:
        """A connection is of no use any more; whether it was kept."""
        for at, kept in enumerate(self._kept):
            if kept.what is what:
                del self._kept[at]
                return True
        return False

    def expire(self, now: float) -> list[C]:
        """Those whose time is over."""
        over = [each.what for each in self._kept if now >= each.until]
        self._kept = [each for each in self._kept if now < each.until]
        return over

    def clear(self) -> list[C]:
        """All, and forget the ban: the network may be another one."""
        kept, self._kept = self._kept, []
        self._banned_until = -NEVER
        return [each.what for each in kept]

    def due(self) -> float:
        """When :meth:`expire` has something to do; infinite while nothing waits."""
        return min((each.until for each in self._kept), default=NEVER)

    def banned(self, now: float) -> bool:
        """Whether nothing is reused at present (rule 4)."""
        return now < self._banned_until

    def report(self, *, reused: bool, good: bool, now: float) -> bool:
        """How a connection did; whether a ban began with it."""
        if not reused:
            return False
        if good:
            self._banned_until = -NEVER
            return False
        began = not self.banned(now)
        self._banned_until = now + self._ban
        return began and self._ban > 0


class Pool:
    """The kept connections, their timer and their events."""

    def __init__(
        self, now: Callable[[], float], observer: Observer, *, most: int, ban: float
    ) -> None:
        self._now = now
        self._observer = observer
        self._idle: IdleConnections[HttpConnection] = IdleConnections(most=most, ban=ban)
        self._ban = ban
        self._alarm = Alarm(now, self._expire)

    def __len__(self) -> int:
        return len(self._idle)

    def take(self, keys: list[Key]) -> HttpConnection | None:
        """A live connection for the first of ``keys`` that has one."""
        found = self._idle.take(keys, self._now())
        if found is None:
            return None
        connection, idle = found
        connection.on_idle_end = None
        connection.reused = True
        if self._observer.active:
            self._observer.emit(
                PoolReused(
                    host=connection.endpoint.host,
                    address=str(connection.endpoint),
                    idle=idle,
                    left=len(self._idle),
                )
            )
        return connection

    def put(self, connection: HttpConnection, timeout: float) -> None:
        """Keep a connection for ``timeout`` seconds at most, or close it."""
        if not connection.alive:
            connection.abort()
            return
        connection.on_idle_end = self._ended
        dropped = self._idle.put(connection.key, connection, timeout, self._now())
        for each in dropped:
            self._drop(each, "full")
        self._alarm.set(self._idle.due())
        if self._observer.active and connection not in dropped:
            self._observer.emit(
                PoolKept(
                    host=connection.endpoint.host,
                    address=str(connection.endpoint),
                    timeout=timeout,
                    kept=len(self._idle),
                )
            )

    def report(self, *, reused: bool, good: bool) -> None:
        """How a connection did (rule 4)."""
        began = self._idle.report(reused=reused, good=good, now=self._now())
        if began and self._observer.active:
            self._observer.emit(PoolBanned(seconds=self._ban))

    def clear(self) -> None:
        """Close all."""
        self._alarm.cancel()
        for each in self._idle.clear():
            self._drop(each, "cleared")

    def _expire(self) -> None:
        for each in self._idle.expire(self._now()):
            self._drop(each, "expired")
        self._alarm.set(self._idle.due())

    def _ended(self, connection: HttpConnection) -> None:
        if self._idle.remove(connection):
            self._drop(connection, "closed")

    def _drop(self, connection: HttpConnection, reason: str) -> None:
        connection.on_idle_end = None
        connection.abort()
        if self._observer.active:
            self._observer.emit(
                PoolDropped(
                    host=connection.endpoint.host,
                    address=str(connection.endpoint),
                    reason=reason,
                )
            )
