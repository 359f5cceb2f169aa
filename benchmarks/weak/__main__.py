"""Read the arguments, run every wire, side and seed, print medians and ratios."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import json
import platform
import signal
import sys
from collections.abc import Sequence
from typing import Any

import benchmarks.weak
from benchmarks.weak.conditions import DEFAULT, WIRES
from benchmarks.weak.figures import figures, medians, ratios
from benchmarks.weak.net import LabError, remove_leftovers
from benchmarks.weak.servers import what_is_missing
from benchmarks.weak.trial import PRODUCTS, SIDES, Plan, run

WAYS = ("both", "up", "down")


def parser() -> argparse.ArgumentParser:
    """The parser of the command line."""
    made = argparse.ArgumentParser(description=(benchmarks.weak.__doc__ or "").splitlines()[0])
    made.add_argument("--wires", nargs="+", choices=WIRES, default=DEFAULT)
    made.add_argument("--sides", nargs="+", choices=SIDES, default=["sender"])
    made.add_argument("--ways", nargs="+", choices=WAYS, default=["both"], help="what is bad")
    made.add_argument("--products", nargs="+", choices=PRODUCTS, default=PRODUCTS)
    made.add_argument("--seeds", type=int, default=1, help="how many; medians are printed")
    made.add_argument("--first-seed", type=int, default=1)
    made.add_argument("--count", type=int, default=60, help="messages of each product")
    made.add_argument("--interval", type=float, default=1.0, help="seconds between two")
    made.add_argument("--length", type=int, default=100, help="characters of a message")
    made.add_argument("--untold", action="store_true", help="nobody hears of a new address")
    made.add_argument("--parallel", type=int, default=2, help="trials at the same time")
    return made


def plans(wanted: argparse.Namespace) -> list[Plan]:
    """All trials, the seeds of one wire one after the other."""
    seeds = range(wanted.first_seed, wanted.first_seed + wanted.seeds)
    return [
        Plan(
            wire=wire,
            side=side,
            way=way,
            seed=seed,
            count=wanted.count,
            interval=wanted.interval,
            length=wanted.length,
            products=wanted.products,
            told=not wanted.untold,
        )
        for wire, side, way, seed in itertools.product(
            wanted.wires, wanted.sides, wanted.ways, seeds
        )
    ]


async def measure(wanted: argparse.Namespace) -> dict[str, Any]:
    """Run them, ``--parallel`` at a time."""
    turns = asyncio.Semaphore(wanted.parallel)

    async def one(plan: Plan) -> dict[str, dict[str, Any]]:
        async with turns:
            print(f"{plan.wire} {plan.side} {plan.way} {plan.seed}", file=sys.stderr, flush=True)
            trials = await run(plan)
            return {product: figures(trial) for product, trial in trials.items()}

    loop = asyncio.get_running_loop()
    task = asyncio.current_task()
    assert task is not None
    loop.add_signal_handler(signal.SIGTERM, task.cancel)
    todo = plans(wanted)
    # A group waits for what it cancels: whatever ends us, every trial has cleaned up before.
    async with asyncio.TaskGroup() as group:
        running = [group.create_task(one(plan)) for plan in todo]
    done = [each.result() for each in running]
    by_wire: dict[str, list[dict[str, dict[str, Any]]]] = {}
    for plan, found in zip(todo, done, strict=True):
        by_wire.setdefault(f"{plan.wire} {plan.side} {plan.way}", []).append(found)
    return {name: summary(found) for name, found in by_wire.items()}


def summary(found: list[dict[str, dict[str, Any]]]) -> dict[str, Any]:
    """The medians of all products on one wire, and Phobos over the best other."""
    middle = {product: medians([each[product] for each in found]) for product in found[0]}
    each = [ratios(trial) for trial in found]
    return {
        "products": middle,
        "phobos_over_best_other": medians(each) if each[0] else {},
        "seeds": [{p: [t[p]["p50_s"], t[p]["p95_s"]] for p in t} for t in found],
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """The whole program."""
    wanted = parser().parse_args(arguments)
    missing = what_is_missing()
    if missing:
        raise SystemExit("\n".join(missing))
    remove_leftovers()
    try:
        found = asyncio.run(measure(wanted))
    except (KeyboardInterrupt, asyncio.CancelledError):
        raise SystemExit(130) from None
    except ExceptionGroup as errors:
        wrong, others = errors.split(LabError)
        if others is not None or wrong is None:
            raise
        raise SystemExit(str(wrong.exceptions[0])) from errors
    answer = {
        "python": platform.python_version(),
        "messages": wanted.count,
        "interval_s": wanted.interval,
        "seeds": wanted.seeds,
        "wires": found,
    }
    print(json.dumps(answer, indent=1))


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        main()
