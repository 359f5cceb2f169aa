"""Keeps the way to the server warm while the user is about to talk (``signalling_keeper.cc``).

Sans-I/O. :meth:`SignallingKeeper.keep` starts it; from then on a small signalling frame goes out
``period`` (5 s) after the last data in either direction, until ``keep_time`` (20 s) have passed
since the latest ``keep``. The frame goes over UDP to the link's address, where it holds a NAT entry
and wakes a radio without disturbing the stream, or over the long link itself.

=======  ==============================  =========================  ===========
state    keep                            data within keep_time      data later
=======  ==============================  =========================  ===========
off      send, keeping                   .                          .
keeping  keep_time starts again          due in ``period``          off
=======  ==============================  =========================  ===========
"""

from __future__ import annotations

from dataclasses import dataclass

from netcore.errors import ConfigError
from netcore.observe import Event
from netcore.runtime.clock import NEVER


@dataclass(frozen=True, slots=True, kw_only=True)
class SignallingSent(Event):
    """A signalling frame went out, over UDP or over the long link."""

    link: str
    udp: bool


class SignallingKeeper:
    """When to send the next signalling frame."""

    __slots__ = ("_touched", "due", "keep_time", "keeping", "period")

    def __init__(self, period: float = 5.0, keep_time: float = 20.0) -> None:
        self.period = period
        self.keep_time = keep_time
        self.keeping = False
        self.due = NEVER  # when to send the next one
        self._touched = -NEVER

    def set_strategy(self, period: float, keep_time: float) -> None:
        """Other times, in seconds; raises :class:`~netcore.errors.ConfigError` unless positive."""
        if not (period > 0 and keep_time > 0):
            raise ConfigError("signalling period and keep time must be more than 0 s")
        self.period = period
        self.keep_time = keep_time

    def keep(self, now: float) -> bool:
        """Keep the way warm from now on; whether to send a frame at once."""
        self._touched = now
        if self.keeping:
            return False
        self.keeping = True
        return True

    def stop(self) -> None:
        """No more."""
        self.keeping = False
        self.due = NEVER

    def on_data(self, now: float) -> None:
        """Data went or came, a signalling frame included."""
        if not self.keeping:
            return
        if now - self._touched > self.keep_time:
            self.stop()
        else:
            self.due = now + self.period

    def on_due(self, now: float) -> bool:
        """Whether a frame is to be sent at ``now``."""
        if not self.keeping or now < self.due:
            return False
        self.due = NEVER
        return True
