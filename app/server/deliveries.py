"""Pushes that their device has not acknowledged yet, sans-I/O.

A device that has a second way beside its long link (a poll that waits, see
:mod:`app.server.polls`) acknowledges what it is pushed. What it does not acknowledge in the usual
time goes over the other way too: the long link's packets may be lost, or the link dead without
anybody knowing. A device with one way alone acknowledges nothing: what is lost with its link it
finds by the gap, or by SYNC on the next one.

The usual time is TCP's own (RFC 6298): the mean of the times that acknowledgements took, and four
times their deviation.

=============  ==================================  ===============================
a push is      event                               becomes
=============  ==================================  ===============================
unknown        pushed                              outstanding
outstanding    acknowledged                        unknown; its time is learned
outstanding    its time is over                    unknown; goes over the other way
outstanding    too many of them                    unknown
=============  ==================================  ===============================
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from app.server.accounts import LogIn
from netcore.runtime.clock import NEVER

FIRST_TIME = 1.0  # seconds until an acknowledgement is late, before any has come
LEAST_TIME, MOST_TIME = 0.3, 5.0
DEVICES = 10_000  # whose times are known; the oldest are forgotten
OUTSTANDING = 256  # of one device; the oldest are forgotten, its gaps tell it of them


@dataclass(slots=True)
class _Device:
    outstanding: dict[int, float] = field(default_factory=dict)  # revision -> when, oldest first
    mean: float = 0.0
    deviation: float = 0.0
    time: float = FIRST_TIME

    def learn(self, took: float) -> None:
        if not self.mean:
            self.mean, self.deviation = took, took / 2
        else:
            self.deviation += (abs(took - self.mean) - self.deviation) / 4
            self.mean += (took - self.mean) / 8
        self.time = min(max(self.mean + 4 * self.deviation, LEAST_TIME), MOST_TIME)


class Deliveries:
    """What is outstanding; see the module's table. ``now`` is any clock's seconds."""

    def __init__(self) -> None:
        self._devices: dict[LogIn, _Device] = {}

    def pushed(self, log_in: LogIn, revision: int, now: float) -> float:
        """A message was pushed over a device's long link; gives when it will be late."""
        device = self._devices.setdefault(log_in, _Device())
        if len(self._devices) > DEVICES:
            del self._devices[next(iter(self._devices))]
        device.outstanding.setdefault(revision, now)
        if len(device.outstanding) > OUTSTANDING:
            del device.outstanding[next(iter(device.outstanding))]
        return now + device.time

    def acknowledged(self, log_in: LogIn, revisions: Iterable[int], now: float) -> None:
        """A device has them; unknown ones are ignored."""
        device = self._devices.get(log_in)
        if device is None:
            return
        for revision in revisions:
            pushed = device.outstanding.pop(revision, None)
            if pushed is not None:
                device.learn(now - pushed)

    def late(self, now: float) -> list[LogIn]:
        """The devices that are to be told over their other way; what was late is forgotten."""
        found = []
        for log_in, device in self._devices.items():
            late = [each for each, at in device.outstanding.items() if now - at >= device.time]
            for each in late:
                del device.outstanding[each]
            if late:
                found.append(log_in)
        return found

    def deadline(self) -> float:
        """When :meth:`late` may next give something."""
        return min(
            (
                next(iter(device.outstanding.values())) + device.time
                for device in self._devices.values()
                if device.outstanding
            ),
            default=NEVER,
        )
