"""The addresses: where each came from, its place, its bans and its latest results."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from app.diagnostics.panel.coerce import seconds, text, texts, whole, word

ADDRESSES = 200
HISTORY = 8  # results told apart, as netcore.connect.ranking keeps them


@dataclass(slots=True)
class AddressRecord:
    """One address; ``history`` has the latest results, newest first, True for a good one."""

    address: str
    host: str = ""
    source: str = ""
    longlink: bool = True
    rank: int | None = None
    banned_until: float = 0.0
    history: tuple[bool, ...] = ()
    used_by: tuple[str, ...] = ()
    good: int = 0  # since the panel listens
    bad: int = 0

    def banned_for(self, now: float) -> float:
        """Seconds that it is left out yet."""
        return max(0.0, self.banned_until - now)


class Addresses:
    """All addresses known, those of the latest choice first."""

    def __init__(self) -> None:
        self.records: OrderedDict[str, AddressRecord] = OrderedDict()
        self.lookups: OrderedDict[str, str] = OrderedDict()  # host -> the latest look-up, in words

    def handlers(self) -> dict[str, Callable[[Any, float], None]]:
        """What to do on which event."""
        return {
            "EndpointsChosen": self.chosen,
            "EndpointReported": self.reported,
            "NameResolved": self.resolved,
        }

    def rows(self) -> list[AddressRecord]:
        """Those to be tried first, in their order, then the others."""
        last = 1 << 30
        return sorted(
            self.records.values(),
            key=lambda each: (not each.longlink, last if each.rank is None else each.rank),
        )

    def _get(self, address: str) -> AddressRecord:
        record = self.records.get(address)
        if record is None:
            record = self.records[address] = AddressRecord(address)
            while len(self.records) > ADDRESSES:
                self.records.popitem(last=False)
        return record

    def load(self, snapshots: Any, now: float) -> None:
        """Take a snapshot's addresses in place of what is known."""
        before, self.records = self.records, OrderedDict()
        for shot in snapshots:
            ip = text(shot.ip, 64)
            address = f"[{ip}]:{whole(shot.port)}" if ":" in ip else f"{ip}:{whole(shot.port)}"
            if address in self.records:
                continue
            record = self._get(address)
            record.host, record.source = text(shot.host), word(shot.source)
            record.longlink = bool(shot.longlink)
            record.rank = None if shot.rank is None else whole(shot.rank)
            banned = seconds(shot.banned_for)
            record.banned_until = now + banned if banned else 0.0
            record.used_by = texts(shot.used_by)
            old = before.get(address)
            if old is not None:
                record.good, record.bad = old.good, old.bad
                record.history = old.history
            if shot.history is not None:
                record.history = _results(whole(shot.history), record.good + record.bad)

    # -- events ---------------------------------------------------------------------------------

    def chosen(self, event: Any, at: float) -> None:
        """These will be tried, in this order."""
        longlink = bool(event.longlink)
        host = texts(event.hosts)
        sources = texts(event.sources)
        for record in self.records.values():
            if record.longlink == longlink:
                record.rank = None
        for rank, address in enumerate(texts(event.addresses)):
            record = self._get(address)
            self.records.move_to_end(address)
            record.longlink, record.rank = longlink, rank
            record.host = record.host or (host[0] if host else "")
            if rank < len(sources):
                record.source = sources[rank].lower()

    def reported(self, event: Any, at: float) -> None:
        """One was used."""
        banned, ok = seconds(event.banned_for), bool(event.ok)
        record = self._get(text(event.address))
        record.banned_until = at + banned if banned else 0.0
        record.history = (ok, *record.history[: HISTORY - 1])
        if ok:
            record.good += 1
        else:
            record.bad += 1

    def resolved(self, event: Any, at: float) -> None:
        """A name was looked up."""
        host, found = text(event.host), texts(event.addresses)
        answer = ", ".join(found) if found else text(event.error) or "-"
        self.lookups.pop(host, None)
        self.lookups[host] = (
            f"{text(event.kind, 40)}, {seconds(event.seconds) * 1000:.0f} ms: {answer}"
        )
        while len(self.lookups) > 20:
            self.lookups.popitem(last=False)


def _results(bits: int, told: int) -> tuple[bool, ...]:
    """The bits of a snapshot as results; how many there were is told by the highest failure only.

    Bits that are clear stand for good results and for none at all, so at least as many are shown as
    were reported, and as far as to the oldest failure.
    """
    count = min(HISTORY, max(told, bits.bit_length(), 1))
    return tuple(not bits >> place & 1 for place in range(count))
