"""One trial: one wire, one seed, all products at once; what was sent, what came, what it cost."""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.weak.conditions import WIRES, Weather
from benchmarks.weak.figures import LATE, Trial
from benchmarks.weak.net import Net, Process
from benchmarks.weak.servers import PORTS, Servers, ports_of

PRODUCTS = ("phobos", "mqtt", "ws", "sio", "xmpp", "single", "tls", "quic")
ALONE = frozenset({"single", "tls", "quic"})  # senders whose tasks are answered; nobody receives
SIDES = ("sender", "receiver", "both")
SETTLE = 2.0  # seconds between the change of the wire and the first message
AWAY = 3.0  # seconds without an interface before it comes back with a new address
DRAIN = 60.0  # seconds that what came too late has on a good wire, before it counts as lost


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to run. ``way`` is "both", "up" or "down": which direction is bad."""

    wire: str
    side: str = "sender"
    way: str = "both"
    seed: int = 1
    count: int = 60
    interval: float = 1.0
    length: int = 100  # characters of a message
    products: Sequence[str] = PRODUCTS
    told: bool = True  # the platform tells Phobos of a new address, as an operating system would

    @property
    def longest(self) -> float:
        """Seconds after which something hangs: starting, sending, late ones, draining, reports."""
        return 200 + self.count * self.interval + LATE + DRAIN

    @property
    def weather(self) -> Weather:
        """The wire's conditions."""
        return WIRES[self.wire].only(self.way)


class _Run:
    def __init__(self, plan: Plan, net: Net, folder: Path) -> None:
        self._plan = plan
        self._net = net
        self._folder = folder
        self._servers = Servers(net, folder)
        self._senders: dict[str, Process] = {}
        self._receivers: dict[str, Process] = {}
        self._done: set[Process] = set()  # that have everything

    async def run(self) -> dict[str, Trial]:
        plan, net = self._plan, self._net
        net.change(plan.weather.calm)
        products = [each for each in plan.products if each not in ALONE or plan.side == "sender"]
        await self._servers.start(products)
        await self._start_clients(products)
        net.change(plan.weather)
        begun = time.monotonic() + SETTLE
        bytes_before = await net.counts()
        cost_before = {each: self._servers.processor_seconds(each) for each in products}
        for process in self._all():
            process.tell(
                do="go", at=begun, count=plan.count, interval=plan.interval, length=plan.length
            )
        async with asyncio.TaskGroup() as group:
            events = group.create_task(self._events(begun))
            await self._until_all(begun + plan.count * plan.interval + LATE)
            events.cancel()
        bytes_after = await net.counts()
        cost_after = {each: self._servers.processor_seconds(each) for each in products}
        net.change(plan.weather.calm)
        await self._until_all(time.monotonic() + DRAIN)
        trials: dict[str, Trial] = {}
        for product in products:
            used = [(bytes_before.get(p, {}), bytes_after.get(p, {})) for p in ports_of(product)]
            before, after = cost_before[product], cost_after[product]
            trials[product] = await self._trial(
                product,
                {
                    name: sum(new.get(name, 0) - old.get(name, 0) for old, new in used)
                    for name in ("bytes", "packets", "lost", "opened")
                },
                None if before is None or after is None else after - before,
            )
        return trials

    def _all(self) -> list[Process]:
        return [*self._senders.values(), *self._receivers.values()]

    async def _start_clients(self, products: Sequence[str]) -> None:
        net, side = self._net, self._plan.side
        sender_side = net.server if side == "receiver" else net.client
        receiver_side = net.server if side == "sender" else net.client
        receiving = [each for each in products if each not in ALONE]
        # A sender that makes a conversation needs its receiver's account first.
        for group, where, role in (
            (receiving, receiver_side, "receiver"),
            (products, sender_side, "sender"),
        ):
            made = self._receivers if role == "receiver" else self._senders
            for product in group:
                folder = self._folder / f"{product}-{role}"
                folder.mkdir()
                words = (product, role, json.dumps(PORTS), str(folder))
                made[product] = await net.start(
                    where, sys.executable, "-m", "benchmarks.weak.clients", *words,
                    name=f"{product}'s {role}",
                )  # fmt: skip
            await asyncio.gather(*(each.hear("ready", 60.0) for each in made.values()))
        for process in self._receivers.values():
            process.tell(do="warm")
        await asyncio.gather(*(each.hear("warm", 60.0) for each in self._receivers.values()))

    async def _events(self, begun: float) -> None:
        weather, plan = self._plan.weather, self._plan
        length = plan.count * plan.interval
        events = [(share, "forget") for share in weather.forget]
        events += [(share, "address") for share in weather.new_address]
        for share, event in sorted(events):
            await asyncio.sleep(begun + share * length - time.monotonic())
            if event == "forget":
                self._net.forget()
                continue
            self._net.interface_down()
            self._tell_network("")
            await asyncio.sleep(AWAY)
            self._net.interface_up()
            self._tell_network(f"after {share}")

    def _tell_network(self, name: str) -> None:
        if not self._plan.told:
            return
        side = self._plan.side
        inside = [] if side == "receiver" else [*self._senders.values()]
        inside += [] if side == "sender" else [*self._receivers.values()]
        for process in inside:
            process.tell(do="network", name=name)

    async def _until_all(self, ends: float) -> None:
        """Wait until every receiver has everything, or ``ends``."""
        finishing = [*self._receivers.values()]
        finishing += [self._senders[each] for each in ALONE & self._senders.keys()]

        async def one(process: Process) -> None:
            if process not in self._done:
                await process.hear("all", max(0.1, ends - time.monotonic()))
                self._done.add(process)

        await asyncio.gather(*(one(each) for each in finishing), return_exceptions=True)

    async def _trial(self, product: str, used: dict[str, int], server: float | None) -> Trial:
        reports: list[dict[str, Any]] = []
        for process in (self._senders[product], self._receivers.get(product)):
            if process is not None:
                process.tell(do="report")
                reports.append(await process.hear("report", 20.0))
        return Trial(
            sent={int(number): at for number, at in reports[0]["sent"].items()},
            arrivals=[(number, at) for number, at in reports[-1]["arrivals"]],
            view=reports[-1]["view"],
            used=used,
            processor=sum(each["processor"] for each in reports),
            server_processor=server,
            stored_twice=await self._servers.stored_twice() if product == "single" else None,
        )


async def run(plan: Plan) -> dict[str, Trial]:
    """Run a plan; by product. Raises LabError when it cannot be set up."""
    with tempfile.TemporaryDirectory(prefix="weak-") as folder:
        async with Net(plan.seed) as net:
            return await _Run(plan, net, Path(folder)).run()
