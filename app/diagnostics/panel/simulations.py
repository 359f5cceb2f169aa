"""Tries out what the network may do: drop the link, sleep, another network, none, a weak one.

Without Qt. What was changed is set right again by :meth:`Simulations.end`, or by the operating
system's next word. ``core`` is asked each time, for the session may have begun again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from netcore.errors import DisconnectReason
from netcore.events import NetworkKind

if TYPE_CHECKING:
    from netcore.core import NetCore

SLEEP = 5.0  # seconds of pretended sleep
NETWORK = 15.0  # seconds of a pretended network
LABEL = "pretended"


class Simulations:
    """``pretending`` is "", "sleep" or "network"."""

    def __init__(self, core: Callable[[], NetCore | None]) -> None:
        self._core = core
        self.pretending = ""
        self._real: tuple[NetworkKind, str] | None = None

    @property
    def possible(self) -> bool:
        """Whether there is something to try it on."""
        return self._core() is not None

    def drop(self) -> bool:
        """Cut the main long link as if by hand; it comes back by itself. Whether it was there."""
        core = self._core()
        carrier = None if core is None else core.longlinks.main
        if carrier is None:
            return False
        carrier.link.disconnect(DisconnectReason.RESET, detail="dropped by hand")
        return True

    def sleep(self) -> bool:
        """Say that the machine goes to sleep; :meth:`end` wakes it."""
        core = self._core()
        if core is None or self.pretending:
            return False
        self.pretending = "sleep"
        core.sleep()
        return True

    def network(self, kind: NetworkKind) -> bool:
        """Say that the network is another one; :meth:`end` gives the real one back."""
        core = self._core()
        if core is None or self.pretending == "sleep":
            return False
        if self._real is None:
            network = core.snapshot().network
            self._real = network.kind, network.label
        self.pretending = "network"
        core.network_changed(kind, "" if kind is NetworkKind.NONE else LABEL)
        return True

    def weak(self) -> bool:
        """Say that the network is weak, for the next minute; whether it now counts as weak."""
        core = self._core()
        return core is not None and core.pretend_weak()

    def noticed(self, kind: str, label: str) -> None:
        """The network is now this one; the system's own word ends what was pretended."""
        if self.pretending == "network" and label != LABEL and kind != "none":
            self.pretending, self._real = "", None

    def end(self) -> None:
        """Wake, or give the real network back."""
        core, was = self._core(), self.pretending
        real, self._real, self.pretending = self._real, None, ""
        if core is None or not was:
            return
        if was == "sleep":
            core.wake()
        elif real is not None:
            core.network_changed(*real)
