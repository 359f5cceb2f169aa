"""What an operating system tells the app, whatever system it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from netcore.events import NetworkKind, PowerSource


class PlatformListener(Protocol):
    """Receives the signals, always on the event loop's thread."""

    def on_foreground(self, foreground: bool) -> None:
        """One of our windows is the active one, or none is."""

    def on_idle(self, seconds: float | None) -> None:
        """How long there was no key or pointer; None where nobody can tell."""

    def on_network(self, kind: NetworkKind, label: str) -> None:
        """The network in use changed; ``label`` tells networks of a kind apart, "" if unknown."""

    def on_power(self, source: PowerSource) -> None:
        """What the machine runs on, at the start and whenever it changes."""

    def on_sleep(self) -> None:
        """The machine is about to sleep; there may be a second or less left."""

    def on_wake(self, slept: float) -> None:
        """The machine woke; ``slept`` is in seconds, 0.0 where nobody knows."""

    def on_captive_portal(self, behind: bool) -> None:
        """A log-in page of the network is between us and the internet, or no longer is."""


@dataclass(slots=True)
class Capabilities:
    """What this adapter can tell, and in words what it cannot (for diagnostics and docs)."""

    sleep: bool = False
    network: bool = False
    idle: bool = False
    captive_portal: bool = False
    power: bool = False
    notifications: bool = False
    limits: list[str] = field(default_factory=list)

    def limit(self, text: str) -> None:
        """Note, once, something that will not work here."""
        if text not in self.limits:
            self.limits.append(text)
