"""What 10,000 clients do to 8 servers when 3 of them die, in virtual time.

``python -m benchmarks.fleet [--clients N]`` prints one JSON object. Nothing but the policies runs:
each client has an address source with its ranking, a race, a connect monitor and a doubt of its
own, exactly as in NetCore; the servers answer after a round trip of 50 ms. All clients know all 8
addresses from the DNS.

0 s: the clients come up within a minute. 600 s: three servers die. 1,200 s: they return. Two ways
to die:

- ``crash``: the processes end; connections are reset and new ones refused
- ``crash_spread``: the same with clients that wait up to 5 s more at random (``after_loss_spread``)
- ``power_off``: nothing answers any more; a client finds out when it sends, once in 20 s on average

``moved`` is the share of the clients concerned that is on a survivor so many seconds after;
``p95_s`` when 95 % are. ``peak_connects_per_s`` is the most that one survivor saw in a second,
``per_client`` that over the clients that each survivor has to take. ``worst_share`` is the fullest
survivor over the fair share. ``second_wave`` counts connects in the ten minutes after the return.
"""

from __future__ import annotations

import argparse
import heapq
import itertools
import json
import logging
import platform
import random
from collections import Counter
from collections.abc import Callable, Coroutine
from typing import Any

from netcore.connect.endpoint import Endpoint
from netcore.connect.ipstack import LocalStack
from netcore.connect.pace import Race, RaceSettings, Start
from netcore.connect.resolver import Answer
from netcore.connect.sources import Sources, SourcesSettings
from netcore.longlink.monitor import ConnectMonitor, ConnectPlan, MonitorSettings, Situation
from netcore.longlink.stall_detector import LinkStallState, StallDetector

SERVERS = [f"192.0.2.{n}" for n in range(1, 9)]
DEAD = frozenset(SERVERS[:3])
ROUND_TRIP = 0.05
DIE, RETURN, END = 600.0, 1200.0, 1800.0
SENDS = 20.0  # seconds between two messages of a client, on average
HOST = "im.example"


class Names:
    """A DNS that knows all servers."""

    kind = "fleet"

    async def resolve(self, host: str, *, timeout: float = 2.0) -> Answer:
        """All of them."""
        return Answer(tuple(SERVERS))


def at_once(work: Coroutine[Any, Any, Any]) -> Any:
    """The result of a coroutine that never has to wait."""
    try:
        work.send(None)
    except StopIteration as done:
        return done.value
    raise AssertionError("it waits")


class Fleet:
    """The servers, the clock and what is due."""

    def __init__(self, clients: int, silent: bool, spread: float) -> None:
        self.now = 0.0
        self.silent = silent
        self.spread = spread
        self.down: frozenset[str] = frozenset()
        self.connects: Counter[tuple[str, int]] = Counter()  # by server and second
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = itertools.count()
        self.clients = [Client(self, number) for number in range(clients)]

    def at(self, when: float, call: Callable[[], None]) -> None:
        """Call it then."""
        heapq.heappush(self._due, (when, next(self._numbers), call))

    def run(self, until: float) -> None:
        """Let time pass."""
        while self._due and self._due[0][0] <= until:
            self.now, _, call = heapq.heappop(self._due)
            call()
        self.now = until


class Client:
    """One client: its policies, and where it is connected."""

    def __init__(self, fleet: Fleet, number: int) -> None:
        self.fleet = fleet
        self.server = ""
        self.rng = random.Random(number)
        settings = SourcesSettings(longlink_hosts=[HOST], longlink_ports=[80])
        self.sources = Sources(
            settings,
            resolver=Names(),
            rng=self.rng,
            now=lambda: fleet.now,
            wall=lambda: fleet.now,
            stack=lambda: LocalStack.V4,
        )
        self.sources.on_network_change("home")
        self.monitor = ConnectMonitor(self.rng, MonitorSettings(after_loss_spread=fleet.spread))
        self.stall = StallDetector()
        self.race: Race | None = None
        self._life = 0  # counts the connections
        fleet.at(self.rng.uniform(0.0, 60.0), self.connect)
        fleet.at(self.rng.uniform(60.0, 60.0 + SENDS), self.send)

    # -- connecting

    def connect(self) -> None:
        """Begin a connect."""
        self.monitor.connecting(self.fleet.now)
        self._start_race()

    def _start_race(self) -> None:
        endpoints = at_once(self.sources.endpoints(HOST, longlink=True))
        self.race = Race(endpoints, RaceSettings(), self.fleet.now)
        self._poll(self.race)

    def _poll(self, race: Race) -> None:
        if race is not self.race:
            return
        now = self.fleet.now
        for action in race.poll(now):
            if isinstance(action, Start):
                self._attempt(race, action.index)
        if race.over:
            self._finish(race)
        elif race.deadline() < float("inf"):
            self.fleet.at(max(race.deadline(), now), lambda: self._poll(race))

    def _attempt(self, race: Race, index: int) -> None:
        fleet = self.fleet
        endpoint: Endpoint = race.attempts[index].endpoint
        fleet.connects[endpoint.ip, int(fleet.now)] += 1
        if endpoint.ip not in fleet.down:
            fleet.at(fleet.now + ROUND_TRIP, lambda: self._won(race, index))
        elif not fleet.silent:
            fleet.at(fleet.now + ROUND_TRIP, lambda: self._refused(race, index))

    def _won(self, race: Race, index: int) -> None:
        if race is self.race:
            race.on_success(index, self.fleet.now)
            self._poll(race)

    def _refused(self, race: Race, index: int) -> None:
        if race is self.race:
            race.on_error(index, ConnectionRefusedError(), self.fleet.now)
            self._poll(race)

    def _finish(self, race: Race) -> None:
        self.race = None
        now = self.fleet.now
        for each in race.attempts:
            if each.state.value in ("failed", "timed out"):
                self.sources.report(each.endpoint, False)
        if race.winner is None:
            self.server = ""
            self.monitor.went_down(now)
            self._wait()
            return
        endpoint = race.attempts[race.winner].endpoint
        self.sources.report(endpoint, True)
        self.server = endpoint.ip
        self._life += 1
        self.stall.trust()
        self.monitor.connected(now)

    def _wait(self) -> None:
        self.fleet.at(self.monitor.due, self._due)

    def _due(self) -> None:
        if self.race is None and not self.server:
            self._carry_out(self.monitor.poll(self.fleet.now, self._situation()))

    def _carry_out(self, plan: ConnectPlan | None) -> None:
        if plan is None:
            return
        if plan.delay <= 0:
            self.connect()
        else:
            self._wait()

    def _situation(self) -> Situation:
        return Situation(foreground_for=self.fleet.now)

    # -- losing

    def lost(self) -> None:
        """The server reset the connection."""
        self.server = ""
        self.monitor.went_down(self.fleet.now)
        self._wait()

    def send(self) -> None:
        """A message, and the next one later."""
        fleet = self.fleet
        fleet.at(fleet.now + self.rng.expovariate(1 / SENDS), self.send)
        if self.race is not None:
            return
        if not self.server:
            self._carry_out(self.monitor.wanted(fleet.now, self._situation()))
        elif self.server in fleet.down:
            self.stall.sent(SENDS, fleet.now)
            life = self._life
            fleet.at(self.stall.due, lambda: self._doubts(life))

    def _doubts(self, life: int) -> None:
        if (
            life != self._life
            or self.race is not None
            or self.stall.state is LinkStallState.TRUSTED
        ):
            return
        verdict = self.stall.poll(self.fleet.now, ROUND_TRIP)
        if verdict is LinkStallState.HEDGED:
            self._start_race()
        elif verdict is not None:
            self.fleet.at(self.stall.due, lambda: self._doubts(life))


def play(clients: int, *, silent: bool = False, spread: float = 0.0) -> dict[str, Any]:
    fleet = Fleet(clients, silent, spread)
    fleet.run(DIE)
    concerned = [each for each in fleet.clients if each.server in DEAD]
    before = Counter(each.server for each in fleet.clients)
    fleet.down = DEAD
    if not silent:
        for each in concerned:
            each.lost()
    moved: dict[str, float] = {}
    p95 = None
    for second in range(1, 301):
        fleet.run(DIE + second)
        share = sum(each.server not in DEAD and each.server != "" for each in concerned)
        share_now = share / len(concerned)
        if second in (1, 2, 5, 10, 30, 60, 120, 300):
            moved[str(second)] = round(share_now, 4)
        if p95 is None and share_now >= 0.95:
            p95 = second
    fleet.run(RETURN)
    survivors = [server for server in SERVERS if server not in DEAD]
    after = Counter(each.server for each in fleet.clients)
    peak = max(
        fleet.connects[server, second]
        for server in survivors
        for second in range(int(DIE), int(RETURN))
    )
    wasted = sum(
        count
        for (server, second), count in fleet.connects.items()
        if server in DEAD and second >= DIE
    )
    fleet.down = frozenset()
    fleet.run(END)
    wave = sum(count for (_, second), count in fleet.connects.items() if second >= RETURN)
    fair = clients / len(survivors)
    return {
        "concerned": len(concerned),
        "moved": moved,
        "p95_s": p95,
        "peak_connects_per_s": peak,
        "per_client": round(peak / (len(concerned) / len(survivors)), 2),
        "worst_share": round(max(after[server] for server in survivors) / fair, 3),
        "worst_share_before": round(max(before.values()) / (clients / len(SERVERS)), 3),
        "connects_to_the_dead": wasted,
        "second_wave": wave,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clients", type=int, default=10_000)
    wanted = parser.parse_args()
    logging.disable(logging.WARNING)
    print(
        json.dumps(
            {
                "python": platform.python_version(),
                "clients": wanted.clients,
                "servers": len(SERVERS),
                "dead": len(DEAD),
                "crash": play(wanted.clients),
                "crash_spread": play(wanted.clients, spread=5.0),
                "power_off": play(wanted.clients, silent=True),
            },
            indent=2,
        )
    )


if __name__ == "__main__":
    main()
