"""The wires by name: how each direction is, and what happens to it while messages are sent."""

from __future__ import annotations

from dataclasses import dataclass, replace

from benchmarks.wire import Burst, Conditions, Dark, Firewall

USUAL = Conditions(delay=0.125, jitter=0.025)  # 300 ms there and back at most
OPEN = Firewall()
QUICK = Conditions(delay=0.025, jitter=0.01)
HTTPS = 443
PROXY = 3128


@dataclass(frozen=True, slots=True, kw_only=True)
class Weather:
    """A wire. ``forget`` and ``new_address``: when, as shares of the time in which is sent."""

    up: Conditions = USUAL
    down: Conditions = USUAL
    firewall: Firewall = OPEN
    forget: tuple[float, ...] = ()
    new_address: tuple[float, ...] = ()
    proxy: bool = False  # a CONNECT proxy is told to the clients that can take one

    @property
    def calm(self) -> Weather:
        """The same as far away, without any of its faults."""
        up, down = (
            Conditions(delay=each.delay, jitter=each.jitter) for each in (self.up, self.down)
        )
        return Weather(up=up, down=down)

    def only(self, way: str) -> Weather:
        """The same with one direction as good as the usual wire: ``up`` or ``down`` stays bad."""
        if way == "up":
            return replace(self, down=replace(USUAL, delay=self.down.delay))
        return replace(self, up=replace(USUAL, delay=self.up.delay)) if way == "down" else self


def _both(conditions: Conditions) -> Weather:
    return Weather(up=conditions, down=conditions)


def _lossy(share: float) -> Weather:
    return _both(replace(USUAL, loss=share))


GOOD = _both(QUICK)
WIRES: dict[str, Weather] = {
    "good": GOOD,
    "far": _both(USUAL),
    "loss5": _lossy(0.05),
    "loss20": _lossy(0.2),
    "loss30": _lossy(0.3),
    # A quarter of the time 80 % of the packets are lost.
    "bursts": _both(replace(USUAL, burst=Burst(good=6.0, bad=2.0, loss=0.8))),
    "slow": _both(Conditions(delay=0.275, jitter=0.05, loss=0.05, rate=6 * 1024, queue=16 * 1024)),
    "reorder": _both(replace(USUAL, reorder=0.2, reorder_by=0.15)),
    "dark": _both(replace(QUICK, dark=Dark(period=30.0, length=8.0))),
    "nat": replace(_both(QUICK), forget=(0.33,)),
    "new_address": replace(_both(QUICK), new_address=(0.33,)),
    "small_packets": replace(_both(QUICK), firewall=Firewall(largest=1452)),
    "no_udp": replace(_both(QUICK), firewall=Firewall(udp=False)),
    "no_ipv6": replace(_both(QUICK), firewall=Firewall(ipv6=False)),
    "only_443": replace(
        _both(QUICK), firewall=Firewall(udp=False, tcp_ports=frozenset({HTTPS, PROXY})), proxy=True
    ),
}
"""``no_udp``, ``no_ipv6`` and ``only_443`` are for what chooses between carriers."""
DEFAULT = (
    "good", "loss5", "loss20", "loss30", "bursts", "slow", "dark", "nat", "new_address",
)  # fmt: skip
