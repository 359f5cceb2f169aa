"""Watches this process: its event loop that stands still, and the files and sockets it has open.

Runs netcore's watchdog on the app's loop, which is the window's as well. A stall is in the log as
soon as it is noticed; afterwards it is an event of the NetCore in use, so that the panel and the
history have it too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from netcore.runtime.open_files import OpenFiles, count_open
from netcore.runtime.stalls import StallSettings
from netcore.runtime.watchdog import LoopStalled, Watchdog

if TYPE_CHECKING:
    from netcore.core import NetCore


@dataclass(frozen=True, slots=True)
class ProcessHealth:
    """The state of the process; ``longest`` is the longest stall in seconds since the start.

    ``hangs`` are the stalls that lasted long enough to count as hung; each is a stall as well.
    """

    stalls: int
    hangs: int
    longest: float
    files: OpenFiles

    def as_dict(self) -> dict[str, Any]:
        """The same, ready for JSON; -1 is a count that the system does not give."""
        return {
            "stalls": self.stalls,
            "hangs": self.hangs,
            "longest_stall": round(self.longest, 3),
            "open": asdict(self.files),
        }


class ProcessWatch:
    """The watchdog of the app's loop; ``core`` gives the NetCore in use now, or None."""

    def __init__(
        self, core: Callable[[], NetCore | None], settings: StallSettings | None = None
    ) -> None:
        self._core = core
        self._watchdog = Watchdog(settings, self._report)

    def start(self) -> None:
        """Watch the running loop from now on."""
        self._watchdog.start()

    def stop(self) -> None:
        """Stop watching; what was counted remains."""
        self._watchdog.stop()

    def health(self) -> ProcessHealth:
        """How the process is now; counts the open files, which takes well under a millisecond."""
        dog = self._watchdog
        return ProcessHealth(dog.stalls, dog.hangs, dog.longest, count_open())

    def _report(self, event: LoopStalled) -> None:
        if (core := self._core()) is not None:
            core.observer.emit(event)
