"""The way back from a backup address (``mars/stn/src/netsource_timercheck.cc``).

While the long link runs on a backup address, an address of the DNS is tried every 2.5 minutes; if
it answers, the link moves back to it.

========  =================================  ==============================================
state     when                               then
========  =================================  ==============================================
stopped   the app is inactive                nothing is checked
waiting   less than ``period`` since start   nothing
          or since the last check
due       not on a backup address            wait another period
due       30 checks within the last hour     wait another period
due       otherwise                          :func:`check_back`; on success the link is reset
========  =================================  ==============================================
"""

from __future__ import annotations

import asyncio
import math
import random
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from netcore.connect.endpoint import AddressSource, Endpoint
from netcore.connect.sources import Sources
from netcore.errors import NetcoreError
from netcore.observe import Event, Observer
from netcore.runtime.clock import NEVER

TIMEOUT = 10.0  # kTimeout: of one try, seconds


@dataclass(frozen=True, slots=True)
class FailbackSettings:
    """Times in seconds."""

    period: float = 2.5 * 60  # kTimeCheckPeriod
    limit: int = 30  # kMaxSpeedTestCount
    limit_window: float = 60 * 60  # kIntervalTime
    timeout: float = TIMEOUT


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupChecked(Event):
    """A DNS address was tried because the link is on a backup; ``address`` "" is none to try."""

    host: str
    address: str
    ok: bool
    error: str


class FailbackPolicy:
    """The policy: when to try (sans-I/O)."""

    def __init__(self, settings: FailbackSettings | None = None) -> None:
        self.settings = settings or FailbackSettings()
        self._next = NEVER
        self._checks: deque[float] = deque()

    @property
    def next_at(self) -> float:
        """When to call :meth:`due` next; infinite while stopped."""
        return self._next

    def on_active(self, active: bool, now: float) -> None:
        """The app became active (checks run) or inactive (they stop)."""
        if not active:
            self._next = NEVER
        elif self._next == NEVER:
            self._next = now + self.settings.period

    def due(self, source: AddressSource, now: float) -> bool:
        """Whether to check now; ``source`` is where the link's address came from.

        Counts the check when it says yes.
        """
        if now < self._next:
            return False
        # Whole periods, so that a sleeping machine does not catch up on those it slept through.
        missed = math.floor((now - self._next) / self.settings.period)
        self._next += (missed + 1) * self.settings.period
        if source is not AddressSource.BACKUP:
            return False
        while self._checks and now - self._checks[0] >= self.settings.limit_window:
            self._checks.popleft()
        if len(self._checks) >= self.settings.limit:
            return False
        self._checks.append(now)
        return True


def candidate(
    addresses: Sequence[str], ports: Sequence[int], current: Endpoint, rng: random.Random
) -> Endpoint | None:
    """One address of the DNS at random; None when there is none or we are on one of them."""
    if not addresses or not ports or current.ip in addresses:
        return None
    return Endpoint(rng.choice(addresses), rng.choice(ports), current.host, AddressSource.DNS)


async def check_back(
    sources: Sources,
    current: Endpoint,
    probe: Callable[[Endpoint], Awaitable[None]],
    *,
    rng: random.Random,
    ports: Sequence[int] = (),
    timeout: float = TIMEOUT,
    observer: Observer | None = None,
) -> Endpoint | None:
    """Try an address of the DNS; the one to move back to, or None.

    ``probe`` connects, sends a noop and waits for its answer, then closes; it raises when any of
    that fails. ``ports`` of () are the settings'. A good address is forgiven its past. Never raises
    but for cancellation and faults.
    """
    addresses = await sources.dns_addresses(current.host)
    found = candidate(addresses, ports or sources.settings.longlink_ports, current, rng)
    error = ""
    if found is not None:
        try:
            async with asyncio.timeout(timeout):
                await probe(found)
            sources.forgive(found.ip)
        except TimeoutError:
            error = f"no answer within {timeout:g} s"
        except (NetcoreError, OSError, EOFError) as failure:
            error = str(failure) or type(failure).__name__
    ok = found is not None and not error
    if observer is not None and observer.active:
        observer.emit(
            BackupChecked(
                host=current.host, address=str(found) if found else "", ok=ok, error=error
            )
        )
    return found if ok else None
