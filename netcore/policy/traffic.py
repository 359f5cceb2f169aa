"""How many bytes went where (``mars/app/src/traffic_statistics.cc``), sans-I/O.

Bytes on the wire, heads included and TLS's own left out, are counted by kind of network and by link
(with its carrier, where that is not TCP); bodies of tasks are counted by cgi (or cmdid, where there
is none). All counts go from the start. News of them is reported when ``report_size`` (10 KiB) have
gathered or ``report_time`` (10 s) have passed since the last report, whichever is first.

Differs from Mars: it counts mobile and all other networks only, and forgets at each report.
"""

from __future__ import annotations

from dataclasses import dataclass

from netcore.events import NetworkKind
from netcore.observe import Event

CGIS = 200  # how many are told apart; the rest is counted together, as OTHERS
OTHERS = "..."


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficSettings:
    """Bytes, and seconds."""

    report_size: int = 10 * 1024
    report_time: float = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficReported(Event):
    """Bytes on the wire since the last report, on a network of this kind."""

    kind: NetworkKind
    sent: int
    received: int


@dataclass(slots=True)
class Count:
    """Bytes sent and received."""

    sent: int = 0
    received: int = 0

    @property
    def total(self) -> int:
        """Both together."""
        return self.sent + self.received


class Traffic:
    """Counts. ``wire`` and ``task`` are on the hot path and do no more than add."""

    __slots__ = ("_cgis", "_gathered", "_kind", "_kinds", "_links", "_news", "_pending", "settings")

    def __init__(self, kind: NetworkKind, settings: TrafficSettings | None = None) -> None:
        self.settings = settings or TrafficSettings()
        self._news: dict[str, Count] = {}  # by link, not yet in the counts
        self._gathered = 0  # bytes not reported yet, sent and received
        self._pending = Count()  # the same, but for the news
        self._kind = kind
        self._kinds: dict[NetworkKind, Count] = {kind: Count()}
        self._links: dict[str, Count] = {}
        self._cgis: dict[str | int, Count] = {}

    @property
    def kind(self) -> NetworkKind:
        """The kind of network that is being counted on."""
        return self._kind

    def by_kind(self) -> dict[NetworkKind, Count]:
        """The counts of each kind of network."""
        self._take_in()
        return dict(self._kinds)

    def by_link(self) -> dict[str, Count]:
        """The counts of each link."""
        self._take_in()
        return dict(self._links)

    def by_cgi(self) -> dict[str, Count]:
        """The counts of each cgi; "cmdid 6" and the like where a task had none."""
        return {
            each if isinstance(each, str) else f"cmdid {each}": count
            for each, count in self._cgis.items()
        }

    def on_network(self, kind: NetworkKind) -> None:
        """Count on another kind of network from now on (report what is pending before)."""
        self._take_in()
        self._kind = kind
        self._kinds.setdefault(kind, Count())

    def wire(self, link: str, sent: int, received: int) -> bool:
        """Bytes went over the network; whether so much gathered that it is to be reported."""
        news = self._news.get(link)
        if news is None:
            news = self._news[link] = Count()
        news.sent += sent
        news.received += received
        self._gathered += sent + received
        return self._gathered > self.settings.report_size

    def task(self, cgi: str, cmdid: int, sent: int, received: int) -> None:
        """A task with bodies of these sizes is over."""
        name = cgi or cmdid
        count = self._cgis.get(name)
        if count is None:
            if len(self._cgis) >= CGIS:
                name = OTHERS
            count = self._cgis.setdefault(name, Count())
        count.sent += sent
        count.received += received

    def take(self) -> Count:
        """What gathered since the last report; that starts again."""
        self._take_in()
        taken, self._pending = self._pending, Count()
        self._gathered = 0
        return taken

    def _take_in(self) -> None:
        """Add the news to the counts."""
        for link, news in self._news.items():
            count = self._links.setdefault(link, Count())
            for each in (count, self._kinds[self._kind], self._pending):
                each.sent += news.sent
                each.received += news.received
        self._news.clear()
